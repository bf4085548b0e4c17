"""The verbs of `vend.lifecycle` that commands call, and the exit codes that their results mean."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from vend.cli.call._call import DONE, FAILED, INTERRUPTED, REFUSED

if TYPE_CHECKING:
    from vend.customizations import Catalogue
    from vend.events import OnEvent
    from vend.lifecycle import AccountHolds, FleetHistory, FleetStatus, Sealing, StartEmulation, Workspace
    from vend.models import Applied, Fleet, Report
    from vend.plan import Plan, Selection
    from vend.review import Bundle, Key


class Lifecycle(Protocol):
    """The verbs of `vend.lifecycle` that the command line needs; a module is one."""

    def open_workspace(
        self,
        fleet: Fleet,
        catalogue: Catalogue,
        *,
        environ: Mapping[str, str],
        on_event: OnEvent,
        stop: threading.Event,
    ) -> AbstractContextManager[Workspace]:
        """Connects to AWS and opens the ledger."""

    def plan(self, workspace: Workspace, selection: Selection = ..., *, emulate: StartEmulation | None = ...) -> Plan:
        """Plans what differs."""

    def bundle(self, workspace: Workspace, plan: Plan, selection: Selection, sealing: Sealing) -> Bundle:
        """The bundle of a plan."""

    def plan_of_bundle(
        self, workspace: Workspace, bundle: Bundle, key: Key | None, accounts: Collection[str] = ()
    ) -> Plan:
        """What of a bundle may be applied now."""

    def apply(self, workspace: Workspace, plan: Plan, *, max_failures: int | None = ...) -> Report:
        """Applies a plan made in this workspace."""

    def ledger_entry(self, workspace: Workspace, account: str) -> Applied:
        """What the ledger knows of a label."""

    def account_holds(self, workspace: Workspace, account: str) -> AccountHolds:
        """Everything that somebody holds of an account."""

    def unlock(self, workspace: Workspace, account: str, holds: AccountHolds) -> None:
        """Releases all of it."""

    def forget(self, workspace: Workspace, account: str) -> None:
        """Lets go of it."""

    def status(self, workspace: Workspace, accounts: Collection[str] = ...) -> FleetStatus:
        """The fleet as it stands."""

    def history(self, workspace: Workspace, account: str | None = ..., limit: int = ...) -> FleetHistory:
        """The runs that the ledger remembers."""


def lifecycle_room() -> Lifecycle:
    """The real one."""
    from vend import lifecycle

    return lifecycle


def plan_exit_code(planned: Plan) -> int:
    """1 where an account could not be planned, 3 where one was refused or a policy could not be judged, else 0."""
    from vend.errors import has_errors

    actions = {account.action for account in planned.accounts}
    if "failed" in actions:
        return FAILED
    return REFUSED if "refused" in actions or has_errors(planned.diagnostics) else DONE


def report_exit_code(report: Report, planned: Plan) -> int:
    """130 where it was stopped, 3 where nothing but refused accounts failed, 1 where anything else did."""
    if report.status == "aborted":
        return INTERRUPTED
    refused = {account.account for account in planned.accounts if account.action == "refused"}
    failed = {result.account for result in report.results if result.status == "failed"}
    if failed - refused or (report.status == "failed" and not failed):
        return FAILED
    return REFUSED if failed or refused else DONE
