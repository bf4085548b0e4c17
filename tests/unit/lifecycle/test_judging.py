"""Policies between planning and applying: what is denied is never applied, what is approved is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from support.factories import a_change, an_account_request
from support.worlds import World
from vend.errors import InvalidInputError
from vend.models import Approval
from vend.settings import ReviewSettings

COST_CENTER = """package vend
import rego.v1
deny_no_cost_center contains {"msg": "no cost centre", "account": account.account} if {
  some account in input.accounts
  account.action == "create"
  not account.request.tags.CostCenter
}
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.ledger.close()


def _policy(world: World, text: str) -> None:
    folder = world.directory / "policies"
    folder.mkdir(exist_ok=True)
    (folder / "own.rego").write_text(text)


def _two(world: World) -> None:
    world.wants(an_account_request(tags={"CostCenter": "4711"}))
    world.wants(an_account_request(account="bare", name="Bare", email="bare@example.com"))


def _applied(world: World) -> set[str]:
    return {account for verb, account, _ in world.terraform.log if verb == "apply"}


def test_an_account_that_a_policy_of_the_fleet_denies_is_not_applied(world: World) -> None:
    """The others are; the result says which rule, and how to approve it."""
    _two(world)
    _policy(world, COST_CENTER)
    assert {a.account: a.action for a in world.plan().accounts} == {"bare": "refused", "payments-prod": "create"}
    report = world.apply()
    assert _applied(world) == {"payments-prod"}
    (failed,) = [result for result in report.results if result.status == "failed"]
    (problem,) = failed.stages[0].diagnostics
    assert (failed.account, problem.code, problem.file) == ("bare", "policy-denied", "policies/own.rego")


def test_an_approved_violation_is_applied(world: World) -> None:
    """By the digest that the plan shows; the plan says who approved it."""
    _two(world)
    _policy(world, COST_CENTER)
    (result,) = [one for account in world.plan().accounts for one in account.policy]
    world.approvals.append(Approval(violation=result.digest[:16], by="grace@example.com"))
    planned = {account.account: account for account in world.plan().accounts}
    assert planned["bare"].action == "create"
    assert planned["bare"].policy[0].approved_by == ("grace@example.com",)
    assert world.apply().status == "succeeded"


@pytest.mark.parametrize("text", [COST_CENTER + "deny contains m if { m := }\n", COST_CENTER + "deny := true\n"])
def test_a_policy_that_cannot_be_judged_lets_nothing_pass(world: World, text: str) -> None:
    """Every account that would change is refused, and the plan says why."""
    _two(world)
    _policy(world, text)
    plan = world.plan()
    assert {account.action for account in plan.accounts} == {"refused"}
    assert [problem.code for problem in plan.diagnostics] == ["policy-invalid"]
    assert world.apply().status == "failed"
    assert not _applied(world)


def test_a_policy_that_cannot_be_read_ends_the_plan(world: World) -> None:
    """Before anything was planned."""
    _two(world)
    _policy(world, COST_CENTER)
    (world.directory / "policies" / "latin.rego").write_bytes(b"package vend # \xe9\n")
    with pytest.raises(InvalidInputError, match="cannot be read"):
        world.plan()
    assert not world.terraform.log


def test_a_denial_without_an_account_refuses_the_whole(world: World) -> None:
    """A finding that names an account which is not in the plan counts as one of the fleet: it denies more, not less."""
    _two(world)
    _policy(world, 'package vend\nimport rego.v1\ndeny contains {"msg": "freeze", "account": "no such"}\n')
    plan = world.plan()
    assert {account.action for account in plan.accounts} == {"refused"}
    assert [result.summary for result in plan.policy] == ["freeze"]


def test_the_landing_zone_is_asked_only_where_it_matters(world: World) -> None:
    """Drift denies making accounts, and nothing that Control Tower has no part in."""
    world.wants(an_account_request(tags={"a": "b"}))
    world.aws.drift = "DRIFTED"
    assert [result.code for result in world.plan().accounts[0].policy] == ["landing-zone-drift"]
    world.settings = replace(world.settings, review=ReviewSettings(rules={"landing-zone-drift": "off"}))
    assert world.apply().status == "succeeded"
    world.settings = replace(world.settings, review=ReviewSettings())
    world.requests[0] = replace(world.requests[0], tags={"a": "c"})
    assert [(a.action, a.policy) for a in world.plan().accounts] == [("update", ())]


def test_a_denied_removal_ends_nothing(world: World) -> None:
    """Allowed by name, but denied by the rule: the product stays."""
    world.wants(an_account_request(account="stays", name="Stays", email="stays@example.com"))
    world.wants(an_account_request(on_removal="close"))
    assert world.apply().status == "succeeded"
    world.requests.pop()
    world.settings = replace(world.settings, review=ReviewSettings(rules={"account-would-end": "deny"}))
    report = world.apply(allow_removal=["payments-prod"])
    assert report.status == "failed"
    assert "payments-prod" in world.aws.products
    assert not [call for call in world.aws.calls if call[0] in {"terminate", "close"}]


def test_an_approval_allows_a_removal_too(world: World) -> None:
    """A named approval in git does what `--allow-removal` does; the refusal names its digest."""
    world.wants(an_account_request(account="stays", name="Stays", email="stays@example.com"))
    world.wants(an_account_request(on_removal="unmanage"))
    assert world.apply().status == "succeeded"
    world.requests.pop()
    (refused,) = [account for account in world.plan().accounts if account.action == "refused"]
    digest = (refused.diagnostics[0].hint or "").split(" approve ")[1].split()[0]
    world.approvals.append(Approval(violation=digest, by="grace@example.com"))
    report = world.apply()
    assert report.status == "succeeded"
    assert "payments-prod" not in world.aws.products


def test_data_is_not_lost_by_a_change_in_a_customization(world: World) -> None:
    """The plan of a stage that exists is judged like that of the product."""
    world.wants(an_account_request(custom_fields={"x": "y"}), customized=True)
    assert world.apply().status == "succeeded"
    change = a_change(action="destroy", type="aws_s3_bucket", address="module.a.aws_s3_bucket.b")
    world.terraform.changes["payments-prod", "customizations"] = (change,)
    world.requests[0] = replace(world.requests[0], custom_fields={"x": "z"})
    (planned,) = world.plan().accounts
    assert (planned.action, [result.code for result in planned.policy]) == ("refused", ["data-would-be-lost"])
