"""Enrolling an account that exists."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.factories import a_new_product, a_product, an_account_request, an_organization_account
from support.worlds import PROD, World
from vend.models import AccountRequest, Report
from vend.plan import AccountPlan

REQUEST = an_account_request(tags={"a": "b"})
ACCOUNT = an_organization_account(parent_id="r-ab12", enrolled=False)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An account at the root that Control Tower can get into, and a request for it."""
    world = World(tmp_path)
    world.aws.accounts[ACCOUNT.id] = ACCOUNT
    world.aws.traces[ACCOUNT.id] = ()
    wants(world, REQUEST)
    yield world
    world.ledger.close()


def wants(world: World, request: AccountRequest) -> None:
    world.requests[:] = [request]
    world.terraform.changes["payments-prod", "account"] = (a_new_product(request, PROD),)

    def enrol() -> None:
        world.aws.manage(request, an_organization_account(parent_id=PROD.id, enrolled=True))

    world.terraform.on_apply["payments-prod", "account"] = enrol


def planned(world: World) -> AccountPlan:
    (account,) = world.plan().accounts
    return account


def codes(report: Report) -> list[str]:
    return [d.code for r in report.results for s in r.stages for d in s.diagnostics]


def test_the_plan_says_enrol_and_for_which_account(world: World) -> None:
    """The account, its operation and its tags are in what is reviewed; another account has another digest."""
    account = planned(world)
    assert (account.action, account.account_id) == ("enrol", ACCOUNT.id)
    assert [(o.operation, o.before, o.after) for o in account.operations] == [
        ("enrol", ACCOUNT.id, "Workloads/Prod"),
        ("tag", {}, {"a": "b"}),
    ]
    before = world.plan().digest
    other = an_organization_account(id="333333333333", parent_id="r-ab12", enrolled=False)
    world.aws.accounts, world.aws.traces = {other.id: other}, {other.id: ()}
    assert planned(world).action == "enrol"
    assert world.plan().digest != before


def test_applying_enrols_that_account_and_makes_no_other(world: World) -> None:
    """One account before and after; a second run finds nothing to do."""
    report = world.apply()
    assert (report.status, report.results[0].account_id) == ("succeeded", ACCOUNT.id)
    assert list(world.aws.accounts) == [ACCOUNT.id]
    second = world.apply()
    assert (second.terraform_runs, second.results[0].changed) == (0, False)


OBSTACLES: dict[str, tuple[dict[str, Any], str]] = {
    "no execution role": ({"traces": {}}, "role-not-assumed"),
    "Config": ({"traces": {ACCOUNT.id: ("recorder default in eu-west-1",)}}, "config-in-the-way"),
    "log archive": ({"shared_accounts": frozenset({ACCOUNT.id})}, "email-in-use"),
    "management": ({"management_account_id": ACCOUNT.id}, "email-in-use"),
    "managed by another product": ({"products": {"payments": a_product(name="payments")}}, "email-in-use"),
}


@pytest.mark.parametrize(("changes", "code"), OBSTACLES.values(), ids=OBSTACLES.keys())
def test_what_control_tower_would_not_enrol_is_refused_when_planning(
    world: World, changes: dict[str, Any], code: str
) -> None:
    """Nothing is asked of Control Tower, so that no failed product stays behind."""
    for name, value in changes.items():
        setattr(world.aws, name, value)
    account = planned(world)
    assert (account.action, account.stages, account.operations) == ("refused", (), ())
    assert [d.code for d in account.diagnostics] == [code]
    assert account.diagnostics[0].account == "payments-prod"
    world.apply()
    assert world.terraform.log == []


@pytest.mark.parametrize(
    "change",
    [
        {"email": "new@example.com"},
        {"name": "Renamed"},
        {"state": "PENDING_CLOSURE"},
        {"enrolled": True},
        {"id": "333333333333"},
    ],
    ids=str,
)
def test_what_changed_since_it_was_planned_is_not_enrolled(world: World, change: dict[str, Any]) -> None:
    """With another email Account Factory would make a second account: vend looks again right before it asks."""
    from vend import lifecycle

    workspace = world.workspace()
    plan = lifecycle.plan(workspace)
    world.aws.accounts = {ACCOUNT.id: an_organization_account(**{"parent_id": "r-ab12", "enrolled": False, **change})}
    world.aws.traces["333333333333"] = ()
    report = lifecycle.apply(workspace, plan)
    assert codes(report)[0] == "precondition-failed"
    assert not [entry for entry in world.terraform.log if entry[0] == "apply"]


def test_an_account_that_vanished_since_is_not_made_anew(world: World) -> None:
    """What was reviewed is an enrolment, never a creation."""
    from vend import lifecycle

    workspace = world.workspace()
    plan = lifecycle.plan(workspace)
    world.aws.accounts.clear()
    assert codes(lifecycle.apply(workspace, plan))[0] == "precondition-failed"


def test_a_second_account_is_noticed(world: World) -> None:
    """Should Control Tower make a new account all the same, the account fails and nothing else is applied to it."""

    def make_another() -> None:
        world.aws.manage(REQUEST, an_organization_account(id="444444444444", parent_id=PROD.id))

    world.terraform.on_apply["payments-prod", "account"] = make_another
    report = world.apply()
    assert codes(report) == ["another-account"]
    assert not [call for call in world.aws.calls if call[0] == "tag"]


@pytest.mark.parametrize("stage", ["settings", "customizations"])
def test_no_stage_comes_before_the_enrolment(world: World, stage: str) -> None:
    """`--stage settings` alone would tag an account that nothing manages."""
    (account,) = world.plan(stage=stage).accounts
    assert (account.action, account.operations, account.stages) == ("refused", (), ())
    assert [d.code for d in account.diagnostics] == ["stage-too-early"]
    assert world.apply(stage=stage).status == "failed"
    assert not [call for call in world.aws.calls if call[0] == "tag"]
    assert not world.terraform.log


def test_the_enrolment_alone_can_be_asked_for(world: World) -> None:
    """`--stage account` enrols; the settings are for a later run."""
    assert world.apply(stage="account").status == "succeeded"
    assert "payments-prod" in world.aws.products
    (account,) = world.plan(stage="settings").accounts
    assert [operation.operation for operation in account.operations] == ["tag"]
