"""What a plan tells its reviewers of each account beside its changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from support.factories import a_change, a_unit, an_account_request
from support.worlds import PROD, SANDBOX, World
from vend.errors import Diagnostic
from vend.models import Change
from vend.plan import AccountReview
from vend.review import review_of
from vend.settings import ReviewSettings

WORKLOADS = a_unit(id="ou-ab12-workload", name="Workloads", path="Workloads", parent_id="r-ab12")
ROOT = a_unit(id="r-ab12", name="Root", path="", parent_id=None)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.aws.units.update({unit.id: unit for unit in (WORKLOADS, ROOT)})
    world.aws.controls = {
        PROD.id: frozenset({"AWS-GR_ENCRYPTED_VOLUMES", "AWS-GR_BOTH"}),
        WORKLOADS.id: frozenset({"AWS-GR_REGION_DENY"}),
        SANDBOX.id: frozenset({"AWS-GR_BOTH", "AWS-GR_SMALL_INSTANCES"}),
    }
    yield world
    world.ledger.close()


def _reviewed(world: World) -> AccountReview:
    (account,) = review_of(world.plan()).accounts
    return account


def _moved(world: World) -> AccountReview:
    """An account was vended into Workloads/Prod, and its request now says Sandbox."""
    request = an_account_request(tags={"CostCenter": "4711"})
    world.settings = replace(world.settings, review=ReviewSettings(rules={"move-out-of-production": "warn"}))
    world.wants(request)
    world.apply()
    world.writes_state()
    change = Change(requested_by="grace@example.com", reason="less traffic")
    world.requests = [replace(request, organizational_unit="Sandbox", tags={"CostCenter": "4712"}, change=change)]
    world.terraform.changes["payments-prod", "account"] = (a_change(),)
    return _reviewed(world)


def test_a_move_is_told_with_its_controls(world: World) -> None:
    """From the unit it is in, controls of the units above included."""
    account = _moved(world)
    assert [change.summary for change in account.semantic] == [
        "moves Workloads/Prod → Sandbox",
        "gains 1 control: AWS-GR_SMALL_INSTANCES",
        "loses 2 controls: AWS-GR_ENCRYPTED_VOLUMES, AWS-GR_REGION_DENY",
        "tag CostCenter 4711 → 4712",
    ]
    assert (account.name, account.requested_by, account.risk.level) == (
        "Payments (prod)",
        "grace@example.com",
        "high",
    )


def test_a_denied_look_up_fails_nothing(world: World) -> None:
    """Whoever may not list controls may still plan; the review says what it does not know."""
    world.aws.controls[SANDBOX.id] = Diagnostic(code="access-denied", summary="AWS denied ListEnabledControls")
    account = _moved(world)
    assert account.action == "move"
    (told,) = (change for change in account.semantic if change.topic == "controls")
    assert told.summary.endswith("are not known: AWS denied ListEnabledControls")


def test_an_account_that_stays_costs_no_look_up(world: World) -> None:
    """Controls are asked for where an account comes or moves."""
    world.wants(an_account_request())
    assert "controls" in {change.topic for change in _reviewed(world).semantic}
    world.apply()
    world.aws.calls.clear()
    assert _reviewed(world).semantic == ()
    assert [call for call in world.aws.calls if call[0] == "enabled_controls"] == []


def test_an_account_whose_request_is_gone_is_still_named(world: World) -> None:
    """Its name and email come from AWS."""
    world.wants(an_account_request(on_removal="unmanage"))
    world.wants(an_account_request(account="other", name="Other", email="other@example.com"))
    world.apply()
    world.requests = world.requests[1:]
    plan = world.plan(allow_removal=["payments-prod"])
    (account,) = (account for account in review_of(plan).accounts if account.ends)
    assert (account.name, account.email) == ("Payments (prod)", "aws+payments-prod@example.com")
    assert (account.unit_before, account.unit_after, account.risk.level) == ("Workloads/Prod", None, "critical")
