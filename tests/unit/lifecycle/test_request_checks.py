"""What AWS shows to be wrong is told before anything is planned: all of it, each thing at its place."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.factories import an_account_request, an_organization_account
from support.worlds import PROD, SANDBOX, World
from vend.errors import AwsError, Diagnostic, sort_diagnostics
from vend.lifecycle.survey import _quotas, _request_checks
from vend.models import AccessAssignment, AccountRequest, IdentityCenter, Position

CENTER = IdentityCenter(
    instance_arn="arn:aws:sso:::instance/ssoins-1",
    identity_store_id="d-1",
    groups={"Developers": "g-1", "Operators": "g-2"},
    permission_sets={"ReadOnly": "ps-1", "Administrator": "ps-2"},
)
QUOTA = Diagnostic(severity="warning", code="quota-unknown", summary="could not be read")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.aws.center = CENTER
    yield world
    world.ledger.close()


def a_request(label: str, **overrides: Any) -> AccountRequest:
    """One of its own name and email."""
    return an_account_request(**{"account": label, "name": label, "email": f"{label}@example.com", **overrides})


def granting(name: str, *given: tuple[str, str]) -> AccountRequest:
    """A request with access for groups, each on a line of its own."""
    positions = {"": Position(file="f.hcl", line=1, column=1)}
    for line, (group, permission_set) in enumerate(given, start=2):
        positions[f"access.{group}"] = Position(file="f.hcl", line=line, column=10)
        positions[f"access.{group}.permission_set[{permission_set}]"] = Position(file="f.hcl", line=line, column=40)
    return a_request(
        name,
        access=tuple(AccessAssignment(group=group, permission_set=name) for group, name in given),
        positions=positions,
    )


def problems(world: World, **options: Any) -> list[Diagnostic]:
    """Errors that keep accounts from being planned; no Terraform was started for those."""
    plan = world.plan(**options)
    found = sort_diagnostics(d for account in plan.accounts if account.action == "refused" for d in account.diagnostics)
    refused = {account.account for account in plan.accounts if account.action == "refused"}
    assert {problem.account for problem in found} == refused
    assert not refused & {account for _, account, _ in world.terraform.log}
    return list(found)


def warnings(world: World, **options: Any) -> list[tuple[str, str | None]]:
    """Warnings of the plan as a whole."""
    return [(found.code, found.account) for found in world.plan(**options).diagnostics]


def looked_up(world: World, what: str) -> int:
    return world.aws.calls.count((what,))


def test_groups_and_permission_sets_of_all_accounts_are_checked_with_one_look_up(world: World) -> None:
    """Each value at its own place, several permission sets of one group too, with the nearest name."""
    world.wants(granting("a", ("Developer", "ReadOnly"), ("Operators", "ReadOnly"), ("Operators", "Admin1strator")))
    world.wants(granting("b", ("Developers", "Readonly"), ("Nobody", "ReadOnly")))
    found = problems(world)
    assert [(d.account, d.code, d.line, d.column, d.hint) for d in found] == [
        ("a", "unknown-group", 2, 10, 'did you mean "Developers"?'),
        ("b", "unknown-permission-set", 2, 40, 'did you mean "ReadOnly"?'),
        ("b", "unknown-group", 3, 10, "there is Developers, Operators"),
        ("a", "unknown-permission-set", 4, 40, 'did you mean "Administrator"?'),
    ]
    assert looked_up(world, "identity_center") == 1


def test_everything_that_is_wrong_is_told_at_once(world: World) -> None:
    """A unit that does not exist hides no group, and neither hides the quota."""
    world.wants(replace(granting("a", ("Nobody", "ReadOnly")), organizational_unit="Nowhere"))
    world.wants(a_request("b"))
    world.aws.quota = 1
    assert sorted(d.code for d in problems(world)) == [
        "account-quota-exceeded",
        "unknown-group",
        "unknown-organizational-unit",
    ]


def test_an_organization_without_identity_center_gives_no_group_access(world: World) -> None:
    """Told at the first access block of each account."""
    world.aws.center = None
    world.wants(granting("a", ("Developers", "ReadOnly"), ("Operators", "ReadOnly")))
    assert [(d.code, d.line) for d in problems(world)] == [("no-identity-center", 2)]


def test_identity_center_that_may_not_be_read_stops_those_accounts_alone_that_need_it(world: World) -> None:
    """The others are planned."""
    world.aws.center = Diagnostic(code="access-denied", summary="AWS denied ListInstances")
    world.wants(granting("a", ("Developers", "ReadOnly")))
    world.wants(a_request("b"))
    plans = {plan.account: plan for plan in world.plan().accounts}
    assert (plans["a"].action, plans["b"].action) == ("failed", "create")
    assert [d.code for d in plans["a"].diagnostics] == ["access-denied"]


def test_access_that_was_applied_is_not_looked_up_again(world: World) -> None:
    """The second run asks nothing of Identity Center; changed access, and a refresh, do."""
    request = granting("a", ("Developers", "ReadOnly"))
    world.wants(request)
    world.apply()
    world.aws.calls.clear()
    assert [plan.action for plan in world.plan().accounts] == ["none"]
    assert looked_up(world, "identity_center") == 0
    world.aws.center = replace(CENTER, groups={})
    assert [d.code for d in problems_of_second_run(world, refresh=True)] == ["unknown-group"]
    world.requests[:] = [granting("a", ("Developers", "Administrator"))]
    assert [d.code for d in problems_of_second_run(world)] == ["unknown-group"]


def problems_of_second_run(world: World, **options: Any) -> list[Diagnostic]:
    world.terraform.log.clear()
    return problems(world, **options)


def test_the_name_of_another_account_is_a_warning_for_a_new_one(world: World) -> None:
    """AWS takes it; which account has it is said, since it may be the one that is meant."""
    other = an_organization_account(id="333333333333", name="tool", email="other@example.com")
    world.aws.accounts[other.id] = other
    place = Position(file="f.hcl", line=3, column=12)
    world.wants(a_request("tool", positions={"name": place}))
    (found,) = world.plan().diagnostics
    assert (found.severity, found.code, found.account) == ("warning", "name-in-use", "tool")
    assert (found.file, found.line, found.column) == ("f.hcl", 3, 12)
    assert "333333333333" in found.summary
    assert found.detail == "Its email is other@example.com. AWS lets two accounts have one name."
    world.aws.manage(a_request("older"), other)
    (found,) = world.plan().diagnostics
    assert 'provisioned product "older" manages it' in str(found.detail)
    assert 'give the request its email and "older" for its label' in str(found.hint)
    world.apply()
    assert warnings(world) == []  # it exists now: there is nothing to choose any more


def test_a_probable_rename_is_told_as_one_and_not_as_a_name_in_use(world: World) -> None:
    """One finding for one mistake."""
    request = a_request("old", name="Tool")
    world.wants(request)
    world.apply()
    world.requests[:] = [replace(request, account="new", email="new@example.com")]
    plan = world.plan()
    assert plan.diagnostics == ()
    assert [d.code for account in plan.accounts for d in account.diagnostics] == ["label-changed"] * 2


def test_the_name_of_an_account_that_was_closed_is_a_warning_too(world: World) -> None:
    """It is listed for 90 days, and can be reinstated."""
    other = an_organization_account(id="333333333333", name="tool", email="other@example.com", state="CLOSED")
    world.aws.accounts[other.id] = other
    world.wants(a_request("tool"))
    (found,) = world.plan().diagnostics
    assert (found.code, found.account) == ("name-in-use", "tool")
    assert "it is CLOSED" in str(found.detail)
    assert "within 90 days" in str(found.hint)


def test_one_request_that_names_no_unit_or_group_is_refused_alone(world: World) -> None:
    """The others are planned, and applied."""
    world.wants(a_request("a", organizational_unit="Workloads/Renamed"))
    world.wants(granting("b", ("Nobody", "ReadOnly")))
    world.wants(a_request("c"))
    plans = {plan.account: plan for plan in world.plan().accounts}
    assert {name: plan.action for name, plan in plans.items()} == {"a": "refused", "b": "refused", "c": "create"}
    assert [d.code for d in plans["a"].diagnostics] == ["unknown-organizational-unit"]
    assert [d.code for d in plans["b"].diagnostics] == ["unknown-group"]
    report = world.apply()
    assert {result.account: result.status for result in report.results} == {
        "a": "failed",
        "b": "failed",
        "c": "succeeded",
    }
    assert set(world.aws.products) == {"c"}


def test_new_accounts_beyond_the_quota_are_errors(world: World) -> None:
    """Every account that is listed counts, also for 90 days after it was closed; those that are there are not new."""
    for number, state in enumerate(("ACTIVE", "SUSPENDED", "PENDING_CLOSURE", "CLOSED")):
        there = an_organization_account(id=f"33333333333{number}", name=state, email=f"{state}@x.com", state=state)
        world.aws.accounts[there.id] = there
    for name in ("a", "b", "c"):
        world.wants(a_request(name))
    world.aws.quota = 6
    (found,) = problems(world)
    assert (found.code, found.account) == ("account-quota-exceeded", "c")
    assert found.summary == "the organization would have 7 accounts, and its quota is 6"
    world.aws.quota = 7
    assert world.apply().status == "succeeded"
    world.aws.quota = 1
    world.aws.calls.clear()
    assert [plan.action for plan in world.plan().accounts] == ["none"] * 3
    assert looked_up(world, "account_quota") == 0


def test_a_quota_that_cannot_be_read_is_a_warning(world: World) -> None:
    """Vend says so and goes on."""
    world.aws.quota = QUOTA
    world.wants(a_request("a"))
    assert warnings(world) == [("quota-unknown", None)]
    assert world.apply().status == "succeeded"
    assert warnings(world) == []


def test_a_product_whose_account_left_is_no_new_account(world: World) -> None:
    """It is refused for what it is, not for a quota."""
    world.wants(a_request("a"))
    world.apply()
    world.aws.accounts.clear()
    world.aws.quota = 0
    (plan,) = world.plan(refresh=True).accounts
    assert [d.code for d in plan.diagnostics] == ["account-gone"]


def test_accounts_that_move_into_a_full_unit_are_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that moves out makes room for one that comes in, whatever their order."""
    monkeypatch.setattr(_request_checks, "_MOST_ACCOUNTS", 1)
    a, b = a_request("a"), a_request("b", organizational_unit="Sandbox")
    world.wants(a)
    world.wants(b, SANDBOX)
    world.apply()
    world.terraform.log.clear()
    world.requests[:] = [a, replace(b, organizational_unit="Workloads/Prod")]
    assert [(d.code, d.account) for d in problems(world)] == [("organizational-unit-full", "b")]
    world.requests[:] = [
        replace(a, organizational_unit="Sandbox"),
        replace(b, organizational_unit=PROD.path),
    ]
    assert {plan.account for plan in world.plan().accounts} == {"a", "b"}


def test_a_landing_zone_that_would_be_full_is_a_warning(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Governed accounts times governed Regions; accounts that Control Tower does not govern do not count."""
    for number, enrolled in enumerate((True, True, False)):
        there = an_organization_account(
            id=f"33333333333{number}", name=f"n{number}", email=f"n{number}@example.com", enrolled=enrolled
        )
        world.aws.accounts[there.id] = there
    world.wants(a_request("a"))
    assert warnings(world) == []
    monkeypatch.setattr(_quotas, "_MOST_IN_REGIONS", 3)
    assert warnings(world) == []
    monkeypatch.setattr(_quotas, "_MOST_IN_REGIONS", 2)
    (found,) = world.plan().diagnostics
    assert (found.code, found.summary) == ("landing-zone-full", "Control Tower would govern 3 accounts in 1 Regions")

    def deny() -> None:
        raise AwsError(Diagnostic(code="access-denied", summary="AWS denied GetLandingZone"))

    monkeypatch.setattr(world.aws, "landing_zone", deny)
    assert warnings(world) == [("access-denied", None)]


REGIONS = tuple(f"xx-region-{number}" for number in range(1, 8))


def test_more_regions_at_once_than_aws_works_on_are_a_warning(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one account, at the first that is too many; and of all together."""
    place = Position(file="f.hcl", line=9, column=3)
    many = a_request("a", opt_in_regions=REGIONS, positions={"opt_in_regions[6]": place})
    world.wants(many)
    (found,) = world.plan().diagnostics
    assert (found.severity, found.code, found.account, found.line) == ("warning", "opt-in-quota-exceeded", "a", 9)
    monkeypatch.setattr(_quotas, "MOST_OPT_INS_OF_ORGANIZATION", 8)
    world.wants(a_request("b", opt_in_regions=REGIONS[:2]))
    assert sorted(warnings(world), key=str) == [("opt-in-quota-exceeded", "a"), ("opt-in-quota-exceeded", None)]


def test_regions_that_an_account_has_already_are_not_counted(world: World) -> None:
    """Only what is new since the last apply is opted in to."""
    request = a_request("a", opt_in_regions=REGIONS[:6])
    world.wants(request)
    world.apply()
    world.requests[:] = [replace(request, opt_in_regions=REGIONS)]
    assert warnings(world) == []


def removing(world: World, count: int) -> tuple[str, ...]:
    """Makes accounts whose requests then go, each to be closed; one request is left."""
    names = tuple(f"a{number}" for number in range(count))
    for name in names:
        world.wants(a_request(name, on_removal="close"))
    world.wants(a_request("left"))
    world.apply()
    world.requests[:] = [request for request in world.requests if request.account == "left"]
    return names


def test_closures_beyond_the_quota_are_refused_before_anything_is_unmanaged(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account that is unmanaged and then not closed would be open and governed by nobody."""
    monkeypatch.setattr(_quotas, "_FEWEST_CLOSINGS", 2)
    names = removing(world, 3)
    plan = world.plan(allow_removal=names)
    actions = {found.account: found.action for found in plan.accounts}
    assert actions == {"a0": "close", "a1": "close", "a2": "refused", "left": "none"}
    (refused,) = [found for found in plan.accounts if found.action == "refused"]
    assert (refused.operations, [d.code for d in refused.diagnostics]) == ((), ["closing-quota-exceeded"])
    closed = {world.aws.products[name].account_id for name in names[:2]}
    world.apply(allow_removal=names)
    assert {call[1] for call in world.aws.calls if call[0] == "close"} == closed
    assert "a2" in world.aws.products


def test_closures_that_earlier_ones_may_have_used_up_are_a_warning(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When an account was closed is not known; that it was lately, is."""
    monkeypatch.setattr(_quotas, "_FEWEST_CLOSINGS", 2)
    names = removing(world, 2)
    assert warnings(world, allow_removal=names) == []
    restricted = an_organization_account(id="444444444444", name="y", email="y@example.com", state="SUSPENDED")
    world.aws.accounts[restricted.id] = restricted
    assert warnings(world, allow_removal=names) == []
    closed = an_organization_account(id="333333333333", name="x", email="x@example.com", state="CLOSED")
    world.aws.accounts[closed.id] = closed
    assert warnings(world, allow_removal=names) == [("closing-quota-exceeded", None)]
    assert warnings(world) == []  # nothing is closed that nobody allowed


def test_a_fifth_of_the_members_is_closed_where_that_is_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """And never more than the most."""
    monkeypatch.setattr(_quotas, "_FEWEST_CLOSINGS", 1)
    names = removing(world, 3)
    for number in range(6):
        there = an_organization_account(id=f"33333333333{number}", name=f"n{number}", email=f"n{number}@example.com")
        world.aws.accounts[there.id] = there
    closing = [plan.account for plan in world.plan(allow_removal=names).accounts if plan.action == "close"]
    assert closing == ["a0", "a1"]  # ten members
    monkeypatch.setattr(_quotas, "_MOST_CLOSINGS", 1)
    closing = [plan.account for plan in world.plan(allow_removal=names).accounts if plan.action == "close"]
    assert closing == ["a0"]
