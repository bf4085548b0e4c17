"""Runs at the same time, in every order of their steps: one account each, states whole, nothing written over."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from support.factories import an_account_request
from support.turns import HonestTerraform, TurnLedger, Turns, every_order
from support.worlds import World
from vend import lifecycle
from vend.ledger import SqliteFile
from vend.models import AccountRequest, Report

REQUEST = an_account_request(opt_in_regions=("ap-east-1",))
CHANGED = an_account_request(opt_in_regions=("ap-east-1", "me-south-1"))
Choose = Callable[[Sequence[str]], str]


class Several:
    """Several runs in one fleet, each with the requests of its own checkout."""

    def __init__(self, directory: Path, choose: Choose) -> None:
        self.world = World(directory)
        self.turns = Turns(choose)
        self.terraforms: dict[str, HonestTerraform] = {}

    def play(self, wanted: Mapping[str, AccountRequest]) -> dict[str, Report]:
        """Plans and applies in each run."""
        with ExitStack() as opened:
            runs = {name: self._run(name, request, opened) for name, request in wanted.items()}
            return self.turns.play(runs)

    def _run(self, name: str, request: AccountRequest, opened: ExitStack) -> Callable[[], Report]:
        world = self.world
        ledger = opened.enter_context(closing(TurnLedger(world.directory / "ledger.sqlite3", self.turns, name)))
        terraform = HonestTerraform()
        states = world.directory / ".vend" / "o-fakefakefake" / "state"
        terraform.honestly(world.aws, {request.account: request}, states, self.turns, name)
        self.terraforms[name] = terraform
        world.requests, world.ledger, world.terraform = [request], ledger, terraform
        workspace = world.workspace()
        opened.callback(workspace.leases.close)
        opened.callback(workspace.folders.close)

        def run() -> Report:
            return lifecycle.apply(workspace, lifecycle.plan(workspace))

        return run


@contextmanager
def several(choose: Choose) -> Iterator[Several]:
    """A fleet of its own, removed at once: there are hundreds."""
    directory = Path(tempfile.mkdtemp(prefix="vend-several-"))
    several = Several(directory, choose)
    first = several.world.ledger
    try:
        yield several
    finally:
        first.close()
        shutil.rmtree(directory)


def first_of(able: Sequence[str]) -> str:
    return able[0]


def codes(report: Report) -> set[str]:
    return {d.code for result in report.results for stage in result.stages for d in stage.diagnostics}


def assert_sound(several: Several, reports: Mapping[str, Report], wanted: AccountRequest) -> None:
    """One account, no plan of another state applied, the truth in the ledger, and nothing left to do."""
    steps = several.turns.steps
    assert len(several.world.aws.accounts) == 1, steps
    assert [terraform.stale for terraform in several.terraforms.values()] == [0] * len(several.terraforms), steps
    assert {report.status for report in reports.values()} <= {"succeeded", "failed"}, steps
    assert all(codes(report) <= {"plan-stale"} for report in reports.values()), (steps, reports)
    assert "succeeded" in {report.status for report in reports.values()}, steps
    with closing(SqliteFile(several.world.directory / "ledger.sqlite3")) as ledger:
        (entry,) = ledger.applied().values()
    assert {stage.status for stage in entry.stages.values()} == {"succeeded"}, steps
    later = several.play({"later": wanted})["later"]
    assert later.status == "succeeded", (steps, later)
    again = several.play({"again": wanted})["again"]
    assert (again.status, again.results[0].changed, several.terraforms["again"].log) == ("succeeded", False, []), steps


def test_two_runs_that_make_one_account_end_well_in_every_order() -> None:
    """One makes it; the other finds it done, or says that its plan is stale; neither starts a Terraform in vain."""
    ended: set[tuple[Any, ...]] = set()

    def play(choose: Choose) -> None:
        with several(choose) as both:
            reports = both.play({"one": REQUEST, "two": REQUEST})
            ended.add(tuple(sorted((r.status, r.results[0].changed) for r in reports.values())))
            assert {result.account_id for r in reports.values() for result in r.results if r.status == "succeeded"} == {
                "222222222222"
            }
            assert_sound(both, reports, REQUEST)

    orders = every_order(play)
    assert orders > 10
    assert ended == {(("succeeded", False), ("succeeded", True))}


def test_two_checkouts_that_want_different_things_do_not_undo_each_other_unseen() -> None:
    """Whoever comes second has planned before the first applied: its plan is stale, whatever it was for."""
    ended: set[tuple[Any, ...]] = set()

    def play(choose: Choose) -> None:
        with several(first_of) as both:
            both.play({"before": REQUEST})
            both.turns = Turns(choose)
            both.terraforms.clear()
            newer = an_account_request(opt_in_regions=("me-south-1",))
            reports = both.play({"one": CHANGED, "two": newer})
            ended.add(tuple(sorted(report.status for report in reports.values())))
            assert_sound(both, reports, CHANGED)

    assert every_order(play) > 10
    assert ended == {("failed", "succeeded"), ("succeeded", "succeeded")}, (
        "both succeed where one begins after the other"
    )


@pytest.mark.parametrize("seed", range(12))
def test_four_runs_end_well_in_any_order(seed: int) -> None:
    """A dozen of the very many orders."""
    choice = random.Random(seed)  # noqa: S311 - an order that can be played again
    with several(choice.choice) as four:
        reports = four.play(dict.fromkeys(("one", "two", "three", "four"), REQUEST))
        assert sorted(report.results[0].changed for report in reports.values()) == [False, False, False, True]
        assert_sound(four, reports, REQUEST)
