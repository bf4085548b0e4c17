"""A lifecycle that plans and reports what it was given, and remembers what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from vend.events import OnEvent
from vend.lifecycle import AccountStatus, FleetHistory, FleetStatus, Sealing, StartEmulation
from vend.models import AccountResult, Fleet, Report, Status
from vend.plan import AccountAction, AccountPlan, Plan, Selection
from vend.review import Bundle, Key, Manifest, pack, review_of


def a_plan(*actions: AccountAction) -> Plan:
    """A plan with one account per action."""
    return Plan(
        accounts=tuple(AccountPlan(account=f"a{at}", action=action) for at, action in enumerate(actions)),
        digest="d" * 64,
        terraform_runs=0,
    )


def a_bundle(
    plan: Plan, plans: Mapping[str, bytes] | None = None, *, key: Key | None = None, **overrides: Any
) -> Bundle:
    """A bundle of a plan that nothing is known of but its review; keyword arguments replace fields of the manifest."""
    fields: dict[str, Any] = {
        "fleet": "example",
        "organization_id": "o-fakefakefake",
        "created": "2026-01-01T00:00:00+00:00",
        "expires": "2999-01-01T00:00:00+00:00",
        "accounts": (),
    }
    manifest = Manifest(**{**fields, **overrides})
    return pack(manifest, replace(review_of(plan), digest=manifest.digest), plans or {}, key)


def a_report(**statuses: Status) -> Report:
    """A report with one account per keyword."""
    order: tuple[Status, ...] = ("aborted", "failed", "succeeded")
    return Report(
        run="r1",
        status=next((status for status in order if status in statuses.values()), "succeeded"),
        terraform_runs=0,
        results=tuple(AccountResult(account=name, status=status) for name, status in statuses.items()),
    )


EVERYTHING = Selection()


@dataclass
class FakeLifecycle:
    """Plans and reports what it was given, and remembers what it was asked."""

    planned: Plan = field(default_factory=lambda: a_plan("none"))
    report: Report = field(default_factory=lambda: a_report(a0="succeeded"))
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    while_planning: Any = None
    key: Key | None = None
    emulate: StartEmulation | None = None
    rows: tuple[AccountStatus, ...] = ()
    """Of the status."""
    role: str | None = None
    """What the workspace was opened as."""

    @contextmanager
    def open_workspace(
        self, fleet: Fleet, catalogue: Any, *, environ: Mapping[str, str], on_event: OnEvent, stop: threading.Event
    ) -> Iterator[Any]:
        """Opens nothing."""
        del catalogue, environ, on_event
        self.role = fleet.settings.control_tower.vending_role
        self.stop = stop
        yield "workspace"

    def plan(self, workspace: Any, selection: Selection = EVERYTHING, *, emulate: StartEmulation | None = None) -> Plan:
        """Gives the plan."""
        self.emulate = emulate
        self.asked.append(("plan", workspace, selection))
        if self.while_planning:
            self.while_planning()
        return self.planned

    def bundle(self, workspace: Any, plan: Plan, selection: Selection, sealing: Sealing) -> Bundle:
        """A bundle of this plan."""
        self.asked.append(("bundle", workspace, plan, selection, sealing.saved_plans))
        return a_bundle(plan, selection=selection)

    def plan_of_bundle(self, workspace: Any, bundle: Bundle, key: Key | None, accounts: Collection[str] = ()) -> Plan:
        """Gives the plan."""
        self.key = key
        self.asked.append(("plan_of_bundle", workspace, bundle.digest, tuple(accounts)))
        if self.while_planning:
            self.while_planning()
        return self.planned

    def apply(self, workspace: Any, plan: Plan, *, max_failures: int | None = None) -> Report:
        """Gives the report."""
        self.asked.append(("apply", workspace, plan, max_failures))
        return self.report

    def status(self, workspace: Any, accounts: Collection[str] = ()) -> FleetStatus:
        """Gives the rows."""
        self.asked.append(("status", workspace, tuple(accounts)))
        return FleetStatus(accounts=self.rows)

    def history(self, workspace: Any, account: str | None = None, limit: int = 20) -> FleetHistory:
        """Gives no run."""
        self.asked.append(("history", workspace, account, limit))
        return FleetHistory(runs=())
