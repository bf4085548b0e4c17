"""Commands that plan and apply."""

from __future__ import annotations

from dataclasses import replace

from vend.cli.call._call import DONE, PENDING, Call
from vend.cli.call._fleet import open_fleet
from vend.cli.call._interrupts import stopping
from vend.cli.changes._arguments import Asked
from vend.cli.changes._lifecycle import Lifecycle, plan_exit_code, report_exit_code
from vend.cli.changes._policy_options import judged_by
from vend.process import Stop


def plan(call: Call, asked: Asked, lifecycle: Lifecycle) -> int:
    """Shows what an apply would do, and writes its bundle."""
    from vend.cli.changes._bundle_files import ready, write
    from vend.cli.changes._preview_sandbox import emulating
    from vend.views import plan_document

    fleet, catalogue = open_fleet(call)
    fleet = judged_by(replace(fleet, settings=fleet.settings.as_planning_role()), asked.policies)
    sealing = ready(call, fleet, asked.bundling)
    stop = Stop()
    with (
        stopping(stop, call),
        lifecycle.open_workspace(
            fleet, catalogue, environ=call.environ, on_event=call.on_event, stop=stop
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
    from vend.cli.changes._bundle_files import refuse_other_digest
    from vend.lifecycle import refuse_frozen
    from vend.review import review_of
    from vend.views import plan_document, report_document

    fleet, catalogue = open_fleet(call)
    fleet = judged_by(fleet, asked.policies)
    refuse_frozen(fleet.settings)
    stop = Stop()
    with lifecycle.open_workspace(
        fleet, catalogue, environ=call.environ, on_event=call.on_event, stop=stop
    ) as workspace:
        with stopping(stop, call):
            planned = lifecycle.plan(workspace, asked.selection)
        if not call.quiet and (planned.pending or plan_exit_code(planned)):
            call.view.show(plan_document(review_of(planned, fleet.settings.review)))
        refuse_other_digest(asked.digest, planned.digest)
        if planned.pending and not (asked.auto_approve or asked.digest):
            _ask(call)
        with stopping(stop, call):
            report = lifecycle.apply(workspace, planned, max_failures=asked.max_failures)
    call.view.show(report_document(report))
    return report_exit_code(report, planned)


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
                summary="the plan needs approval, and there is no terminal to ask on",
                hint="review the output of `vend plan`, then run `vend apply --auto-approve`",
            )
        )
    if not call.agreed("Apply these changes?"):
        raise RefusedError(Diagnostic(code="not-approved", summary="not approved; nothing was changed"))
