"""What AFT does not catch before it is too late, by name: each is caught here before anything is applied."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from support.aft_repositories import module, request, write
from support.factories import a_change
from support.worlds import PROD, SANDBOX, World
from vend.models import AccountRequest
from vend.requests import FleetReading, load_fleet

SETTINGS = 'fleet "x" { home_region = "eu-west-1" }\nrequests { aft = "." }\n'


class Failure(NamedTuple):
    """A request that AFT takes, and what vend says of it, in which line."""

    text: str
    code: str
    wrong: str


FAILURES = {
    "email syntax": Failure(request("a", AccountEmail="grace@"), "invalid-email", '"grace@"'),
    "email with a blank": Failure(request("a", AccountEmail="gra ce@example.com"), "invalid-email", "gra ce"),
    "email length": Failure(request("a", AccountEmail=f"{'x' * 60}@example.com"), "invalid-email", "x@example"),
    "account-name charset": Failure(request("a", AccountName="Prüfung"), "invalid-account-name", "Prüfung"),
    "account-name length": Failure(request("a", AccountName="n" * 51), "invalid-account-name", "nnn"),
    "a name that no product can have": Failure(request("a", AccountName="Payments (prod)"), "invalid-label", "(prod)"),
    "two names with one product": Failure(
        request("a", AccountName="Team A") + request("b", AccountName="team-a"), "duplicate-account", 'module "b"'
    ),
    "two requests with one email": Failure(
        request("a", AccountEmail="aws@example.com") + request("b", AccountEmail="AWS@example.com"),
        "duplicate-email",
        "AWS@example.com",
    ),
    "tag charset": Failure(request("a", 'account_tags = { Owner = "r&d" }'), "invalid-tag", "r&d"),
    "tag key charset": Failure(request("a", 'account_tags = { "a|b" = "x" }'), "invalid-tag", "a|b"),
    "too many tags": Failure(
        request("a", f"account_tags = {{ {', '.join(f'k{n} = {n}' for n in range(51))} }}"), "invalid-tag", "k50"
    ),
    "a customization folder that does not exist": Failure(
        request("a", 'account_customizations_name = "spokes"'), "unknown-customization", '"spokes"'
    ),
    "a custom field that SSM does not store": Failure(
        request("a", 'custom_fields = { a = "" }'), "invalid-custom-field", 'a = ""'
    ),
    "an organizational unit that cannot be one": Failure(
        request("a", ManagedOrganizationalUnit="Prod (ou-1)"), "invalid-organizational-unit", "ou-1"
    ),
    "a field that is missing": Failure(
        request("a").replace("AccountEmail ", "AccountMail "), "missing-field", "control_tower_parameters"
    ),
    "a field that is empty": Failure(request("a", SSOUserLastName=""), "missing-field", "SSOUserLastName"),
    "an argument that the module does not have": Failure(
        request("a", 'acount_tags = { a = "b" }'), "unknown-field", "acount_tags"
    ),
}


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str], FleetReading]:
    def reading(text: str) -> FleetReading:
        files = {**module(), "vend.hcl": SETTINGS, "customizations/spoke/main.tf": "", "terraform/main.tf": text}
        return load_fleet(write(tmp_path, files))

    return reading


@pytest.mark.parametrize("name", FAILURES)
def test_a_request_that_cannot_succeed_is_told_where_it_is_wrong(
    read: Callable[[str], FleetReading], name: str
) -> None:
    """AFT says "CT Request is not valid", or fails after the merge, or after the account was made."""
    failure = FAILURES[name]
    reading = read(failure.text)
    assert reading.fleet is None
    problems = [d for d in reading.diagnostics if d.code == failure.code]
    assert problems, reading.diagnostics
    (problem,) = problems
    assert problem.severity == "error"
    assert problem.file == "terraform/main.tf"
    assert problem.line is not None
    assert failure.wrong in failure.text.splitlines()[problem.line - 1]


def test_a_number_in_custom_fields_does_not_break_after_vending(read: Callable[[str], FleetReading]) -> None:
    """It is text by the time anything is made of it, and so are booleans; null is nothing."""
    reading = read(request("a", "custom_fields = { a = 1, b = true, c = null, d = [1, true] }"))
    (found,) = reading.requests
    assert found.custom_fields == {"a": "1", "b": "true", "d": "[1,true]"}
    assert reading.diagnostics == ()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.ledger.close()


def aft(world: World, *texts: str) -> list[AccountRequest]:
    """The requests of an AFT checkout, in the world's fleet."""
    write(world.directory, {**module(), "terraform/main.tf": "".join(texts)})
    reading = load_fleet(world.directory)
    assert reading.fleet is not None, reading.diagnostics
    return list(reading.fleet.requests)


def vended(world: World, *texts: str) -> None:
    """Applies requests whose accounts do not exist."""
    for found in aft(world, *texts):
        world.wants(found, SANDBOX)
    assert world.apply().status == "succeeded"


def test_an_organizational_unit_that_does_not_exist(world: World) -> None:
    """Its account is refused, at its place in AFT's repository."""
    world.requests = aft(world, request("a", ManagedOrganizationalUnit="Sandbux"))
    (account,) = world.plan().accounts
    (problem,) = account.diagnostics
    assert account.action == "refused"
    assert (problem.code, problem.file, problem.line) == ("unknown-organizational-unit", "terraform/main.tf", 7)
    assert problem.hint == 'did you mean "Sandbox"?'


def test_an_organizational_unit_below_another_needs_no_id(world: World) -> None:
    """By its path, which AFT does not take, as well as by `Name (ou-id)`, which is kept as written."""
    both = aft(
        world,
        request("a", ManagedOrganizationalUnit="Workloads/Prod"),
        request("b", ManagedOrganizationalUnit=f"Prod ({PROD.id})"),
    )
    assert [found.organizational_unit for found in both] == ["Workloads/Prod", f"Prod ({PROD.id})"]
    world.requests = both
    assert [planned.action for planned in world.plan().accounts] == ["create", "create"]


def test_a_changed_email_makes_no_second_account(world: World) -> None:
    """The product of that name has an account with another email: refused."""
    vended(world, request("a"))
    world.requests = aft(world, request("a", AccountEmail="aws+new@example.com"))
    (planned,) = world.plan().accounts
    assert planned.action == "refused"
    assert [(d.code, d.file, d.line) for d in planned.diagnostics] == [("email-changed", "terraform/main.tf", 5)]


def test_an_email_in_other_letters_is_the_same(world: World) -> None:
    """AWS compares them without regard to case, and so does vend."""
    vended(world, request("a"))
    world.requests = aft(world, request("a", AccountEmail="AWS+A@Example.com"))
    world.writes_state()
    assert world.plan().accounts[0].action != "refused"


def test_a_removed_tag_does_not_stay(world: World) -> None:
    """The tags of the account are those of the request."""
    vended(world, request("a", 'account_tags = { Old = "x", Kept = "y" }'))
    world.requests = aft(world, request("a", 'account_tags = { Kept = "y" }'))
    (planned,) = world.plan().accounts
    assert [(o.operation, o.before, o.after) for o in planned.operations] == [
        ("tag", {"Kept": "y", "Old": "x"}, {"Kept": "y"})
    ]


def test_a_suspended_account_does_not_break_all(world: World) -> None:
    """It alone is refused; the others are planned."""
    vended(world, request("a"), request("b"))
    account_id = world.aws.products["a"].account_id
    assert account_id is not None
    world.aws.accounts[account_id] = replace(world.aws.accounts[account_id], state="SUSPENDED")
    world.requests = aft(world, request("a", 'account_tags = { a = "b" }'), request("b", 'account_tags = { a = "b" }'))
    assert {p.account: p.action for p in world.plan(refresh=True).accounts} == {"a": "refused", "b": "update"}


def test_a_changed_customizations_name_starts_something(world: World) -> None:
    """The account is customized with what it names now."""
    write(
        world.directory,
        {
            "vend.hcl": SETTINGS,
            **{f"customizations/{name}/main.tf": f'resource "terraform_data" "{name}" {{}}\n' for name in "xy"},
        },
    )
    (first,) = aft(world, request("a", 'account_customizations_name = "x"'))
    world.wants(first, SANDBOX, customized=True)
    assert world.apply().status == "succeeded"
    assert [planned.action for planned in world.plan().accounts] == ["none"]
    world.requests = aft(world, request("a", 'account_customizations_name = "y"'))
    world.terraform.changes["a", "customizations"] = (a_change(action="create", address="x.y", type="x"),)
    assert [planned.action for planned in world.plan().accounts] == ["customize"]
