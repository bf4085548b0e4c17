"""What exists is looked up once for everything that needs it, and again only where that is asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from support.factories import an_account_request
from support.worlds import SANDBOX, World
from vend import lifecycle
from vend.errors import InvalidInputError, RefusedError
from vend.ledger import SqliteFile
from vend.lifecycle.survey._account_survey import AccountSurvey, survey_account_again
from vend.lifecycle.survey._fleet_survey import survey_fleet
from vend.lifecycle.survey._scope import choose_accounts
from vend.models import Applied, AppliedStage
from vend.plan import Selection
from vend.settings import ReviewSettings

PAYMENTS = an_account_request(on_removal="unmanage")
TOOLS = an_account_request(account="tools", name="Tools", email="tools@example.com")


class CountingLedger(SqliteFile):
    """Counts how often all of its entries were read."""

    readings = 0

    def applied(self) -> dict[str, Applied]:
        self.readings += 1
        return dict(super().applied())


class CountingWorld(World):
    """Two accounts that were vended, and a count of what is looked up from then on."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.ledger.close()
        self.counted = CountingLedger(directory / "ledger.sqlite3")
        self.ledger = self.counted
        self.wants(PAYMENTS)
        self.wants(TOOLS)
        assert self.apply().status == "succeeded"
        self.begin()

    def begin(self) -> None:
        """Counts from here."""
        self.counted.readings = 0
        self.aws.calls.clear()

    @property
    def look_ups(self) -> dict[str, int]:
        """How often each of the three was looked up."""
        calls = Counter(call[0] for call in self.aws.calls)
        return {
            "ledger": self.counted.readings,
            "organization": calls["organization"],
            "products": calls["provisioned_products"],
        }


@pytest.fixture
def world(tmp_path: Path) -> Iterator[CountingWorld]:
    world = CountingWorld(tmp_path)
    yield world
    world.ledger.close()


ONCE = {"ledger": 1, "organization": 1, "products": 1}


def test_a_plan_looks_everything_up_once(world: CountingWorld) -> None:
    """Checks, decisions, removals, the closing quota and what reviewers are told of each account share it."""
    world.writes_state("tools")
    world.settings = replace(world.settings, review=ReviewSettings(rules={"move-out-of-production": "warn"}))
    world.requests[:] = [replace(TOOLS, organizational_unit=SANDBOX.path)]
    world.begin()
    plan = world.plan(allow_removal=("payments-prod",))
    assert [account.action for account in plan.accounts] == ["unmanage", "move"]
    assert world.look_ups == ONCE


def test_a_label_change_costs_no_look_up_of_its_own(world: CountingWorld) -> None:
    """The refusals of the old label and of the new one come from one value."""
    world.requests[:] = [replace(PAYMENTS, account="pay"), TOOLS]
    assert [account.action for account in world.plan().accounts] == ["refused", "refused", "none"]
    assert world.look_ups == ONCE


def test_a_bundle_is_planned_again_with_one_look_up(world: CountingWorld) -> None:
    """Which of its accounts are left is known from the same reading of the ledger."""
    world.requests[:] = [TOOLS]
    bundle = world.bundle(Selection(allow_removal=("payments-prod",)))
    world.begin()
    assert [account.action for account in world.plan_bundle(bundle).accounts] == ["unmanage"]
    assert world.look_ups == ONCE


def test_a_bundle_whose_accounts_are_all_gone_asks_nothing_of_aws(world: CountingWorld) -> None:
    """The ledger says so."""
    world.requests[:] = [TOOLS]
    bundle = world.bundle(Selection(allow_removal=("payments-prod",)))
    assert world.apply_bundle(bundle).status == "succeeded"
    world.begin()
    assert [account.action for account in world.plan_bundle(bundle).accounts] == ["none"]
    assert world.look_ups == {"ledger": 1, "organization": 0, "products": 0}


def test_the_status_looks_everything_up_once(world: CountingWorld) -> None:
    """A fleet without requests has a status too."""
    world.requests.clear()
    found = lifecycle.status(world.workspace())
    assert [account.account for account in found.accounts] == ["payments-prod", "tools"]
    assert world.look_ups == ONCE


def test_an_unknown_name_costs_no_call_of_aws(world: CountingWorld) -> None:
    """It is refused first; and so is a fleet whose requests are all gone, whatever is named."""
    with pytest.raises(InvalidInputError, match="paymnts"):
        world.plan(accounts=("paymnts", "tools"))
    world.requests.clear()
    with pytest.raises(RefusedError) as refused:
        world.plan(accounts=("paymnts",))
    assert [problem.code for problem in refused.value.diagnostics] == ["requests-gone"]
    assert not world.aws.calls


def test_accounts_are_chosen_from_requests_and_the_ledger(world: CountingWorld) -> None:
    """By label; all where none is named; unknown ones may be left out, which may leave nothing."""
    world.requests[:] = [TOOLS]
    workspace = world.workspace()
    everything = choose_accounts(workspace)
    assert [request.account for request in everything.requests] == ["tools"]
    assert [last.account for last in everything.without_request] == ["payments-prod"]
    removed = choose_accounts(workspace, ["payments-prod"])
    assert (removed.requests, [last.account for last in removed.without_request]) == ((), ["payments-prod"])
    assert choose_accounts(workspace, ["nowhere"], ignore_unknown=True).is_empty


def test_an_account_that_was_tried_and_left_nothing_is_unknown(world: CountingWorld) -> None:
    """The ledger has its label, AWS has nothing of it: whoever names it is told, and no plan shows it."""
    world.requests[:] = [TOOLS]
    entry = AppliedStage(fingerprint="f", status="failed", run="r", at="2026-01-01T00:00:00+00:00")
    world.ledger.record_stage("tried", "account", entry)
    assert "tried" not in {account.account for account in world.plan().accounts}
    with pytest.raises(InvalidInputError, match="tried"):
        world.plan(accounts=("tried",))


def test_one_account_is_surveyed_again_as_it_is_by_then(world: CountingWorld) -> None:
    """With fresh look-ups, and the same result as a survey of all would have."""
    workspace = world.workspace()
    fleet = survey_fleet(workspace, choose_accounts(workspace))
    before = fleet.account_of(TOOLS)
    assert before is not None
    world.aws.accounts[before.id] = replace(before, parent_id=SANDBOX.id)
    world.begin()
    again = survey_account_again(workspace, TOOLS)
    assert isinstance(again, AccountSurvey)
    assert again.situation.account == replace(before, parent_id=SANDBOX.id)
    assert again.situation.misplaced
    assert world.aws.calls[0] == ("refresh",)
    assert world.look_ups == ONCE
