"""Root modules planned together and one by one, by the real Terraform."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from vend.customizations import load_customizations
from vend.lifecycle import Workspace, open_workspace
from vend.lifecycle.plan._account_plans import AccountPlanner, AccountToPlan
from vend.lifecycle.roots._batch import BatchResult, Key, plan_together
from vend.lifecycle.roots._roots import RootPlan, RootRun
from vend.lifecycle.survey._account_survey import survey_accounts
from vend.lifecycle.survey._fleet_survey import survey_fleet
from vend.lifecycle.survey._scope import choose_accounts
from vend.plan import Selection
from vend.requests import load_fleet


@contextmanager
def workspace_of(directory: Path, environ: Mapping[str, str]) -> Iterator[Workspace]:
    """A workspace of the fleet in this folder."""
    fleet = load_fleet(directory, environ).fleet
    assert fleet is not None
    catalogue = load_customizations(directory)
    with open_workspace(
        fleet, catalogue, environ=environ, on_event=lambda _: None, stop=threading.Event()
    ) as workspace:
        yield workspace


def shared_runs(workspace: Workspace) -> list[RootRun]:
    """The `account` and `settings` roots of all accounts, whatever the ledger remembers of them."""
    with ThreadPoolExecutor() as pool:
        survey = survey_fleet(workspace, choose_accounts(workspace))
        planner = AccountPlanner(workspace, survey, Selection(refresh=True), pool)
        due = [planner.decide(account) for account in survey_accounts(workspace, survey)]
    return [
        run
        for one in due
        if isinstance(one, AccountToPlan)
        for stage, run in one.runs.items()
        if stage in {"account", "settings"}
    ]


def both_ways(
    workspace: Workspace, runs: list[RootRun], alone: frozenset[Key]
) -> tuple[BatchResult, dict[Key, RootPlan]]:
    """All of them planned together, and those with these keys also alone, two at a time."""
    together = plan_together(workspace, runs, {})
    with ThreadPoolExecutor(max_workers=2) as pool:
        chosen = [run for run in runs if run.key in alone]
        return together, dict(zip([run.key for run in chosen], pool.map(RootRun.plan, chosen), strict=True))
