"""Commands that look at AWS: plan, apply, status."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from vend.cli._asked import Asked
from vend.cli._call import DONE, FAILED, INTERRUPTED, PENDING, REFUSED, Call
from vend.cli._fleet import looking, open_fleet
from vend.cli._policies import judged_by
from vend.cli._stopping import stopping
from vend.process import Stop

if TYPE_CHECKING:
    from vend.customizations import Catalogue
    from vend.events import OnEvent
    from vend.lifecycle import Emulate, Sealing
    from vend.models import Fleet, Report
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
    ) -> AbstractContextManager[Any]:
        """Connects to AWS and opens the ledger."""

    def plan(self, workspace: Any, selection: Selection = ..., *, emulate: Emulate | None = ...) -> Plan:
        """Plans what differs."""

    def bundle(self, workspace: Any, plan: Plan, selection: Selection, sealing: Sealing) -> Bundle:
        """The bundle of a plan."""

    def plan_of_bundle(self, workspace: Any, bundle: Bundle, key: Key | None, accounts: Collection[str] = ()) -> Plan:
        """What of a bundle may be applied now."""

    def apply(self, workspace: Any, plan: Plan) -> Report:
        """Applies a plan made in this workspace."""

    def status(self, workspace: Any) -> Any:
        """The fleet as it stands."""


def lifecycle_room() -> Lifecycle:
    """The real one."""
    from vend import lifecycle

    return lifecycle


def plan(call: Call, asked: Asked, lifecycle: Lifecycle) -> int:
    """Shows what an apply would do, and writes its bundle."""
    from vend.cli._bundles import ready, write
    from vend.cli._previewing import emulating
    from vend.views import plan_document

    fleet, catalogue = open_fleet(call)
    fleet = judged_by(replace(fleet, settings=looking(fleet.settings)), asked.policies)
    sealing = ready(call, fleet, asked.bundling)
    stop = Stop()
    with (
        stopping(stop, call),
        lifecycle.open_workspace(
            fleet, catalogue, environ=call.environ, on_event=call.view.on_event, stop=stop
        ) as workspace,
    ):
        planned = lifecycle.plan(workspace, asked.selection, emulate=emulating(call, fleet) if asked.previews else None)
        bundle = lifecycle.bundle(workspace, planned, asked.selection, sealing)
        review = write(call, fleet, asked.bundling, bundle)
    call.view.show(plan_document(review))
    code = plan_exit_code(planned)
    return PENDING if code == DONE and asked.detailed_exitcode and planned.pending else code


def apply(call: Call, asked: Asked, lifecycle: Lifecycle) -> int:
    """Plans, asks, applies and reports; does not ask where it is given the digest that the plan must have."""
    from vend.cli._bundles import refuse_other_digest
    from vend.lifecycle import refuse_frozen
    from vend.review import review_of
    from vend.views import plan_document, report_document

    fleet, catalogue = open_fleet(call)
    fleet = judged_by(fleet, asked.policies)
    refuse_frozen(fleet.settings)
    stop = Stop()
    with lifecycle.open_workspace(
        fleet, catalogue, environ=call.environ, on_event=call.view.on_event, stop=stop
    ) as workspace:
        with stopping(stop, call):
            planned = lifecycle.plan(workspace, asked.selection)
        if not call.quiet and (planned.pending or plan_exit_code(planned)):
            call.view.show(plan_document(review_of(planned, fleet.settings.review)))
        refuse_other_digest(asked.digest, planned.digest)
        if planned.pending and not (asked.auto_approve or asked.digest):
            _ask(call)
        with stopping(stop, call):
            report = lifecycle.apply(workspace, planned)
    call.view.show(report_document(report))
    return report_exit_code(report, planned)


def status(call: Call, lifecycle: Lifecycle) -> int:
    """Shows the fleet as it stands."""
    from vend.views import status_document

    fleet, catalogue = open_fleet(call)
    fleet = replace(fleet, settings=looking(fleet.settings))
    with lifecycle.open_workspace(
        fleet, catalogue, environ=call.environ, on_event=call.view.on_event, stop=threading.Event()
    ) as workspace:
        found = lifecycle.status(workspace)
    call.view.show(status_document(found.to_json()))
    return DONE


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


def _ask(call: Call) -> None:
    """Asks whether to apply.

    Raises:
        RefusedError: the answer is no, or there is nobody to ask.
    """
    from vend.errors import Diagnostic, RefusedError

    if not call.can_ask:
        raise RefusedError(
            Diagnostic(
                code="approval-needed",
                summary="nobody approved the plan, and there is no terminal to ask on",
                hint="read it with `vend plan`, then run `vend apply --auto-approve`",
            )
        )
    if not call.agreed("Apply these changes?"):
        raise RefusedError(Diagnostic(code="not-approved", summary="not approved; nothing was changed"))
