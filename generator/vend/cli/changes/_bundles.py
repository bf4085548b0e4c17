"""Plan bundles on the command line: written by plan, shown by show, applied by apply."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from vend.cli.call._call import DONE, Call
from vend.cli.call._fleet import fleet_directory, open_fleet
from vend.cli.call._interrupts import stopping
from vend.cli.changes._arguments import Asked
from vend.cli.changes._bundle_files import bundle_key, placed, refuse_other_digest
from vend.cli.changes._lifecycle import Lifecycle, plan_exit_code, report_exit_code
from vend.cli.changes._policy_options import judged_by
from vend.process import Stop

if TYPE_CHECKING:
    from vend.plan import Review


def show(call: Call, path: Path | None) -> int:
    """Shows a bundle again, as `vend plan` showed it; looks at nothing else."""
    from vend.views import plan_document

    call.view.show(plan_document(opened_bundle(call, path)))
    return DONE


def opened_bundle(call: Call, path: Path | None) -> Review:
    """The review of a bundle: of the one that is named, or of the last plan's. Saved plans that expired are removed.

    Raises:
        InvalidInputError: there is none.
        RefusedError: it was altered, or its key is missing.
    """
    from vend.review import read_bundle, wipe_plans

    path = _found(call, path)
    bundle = read_bundle(path, bundle_key(call))
    if datetime.now(UTC) >= datetime.fromisoformat(bundle.manifest.expires):
        call.view.diagnostics(wipe_plans(bundle, path))
    return placed(call, bundle, path)


def apply(call: Call, path: Path, asked: Asked, lifecycle: Lifecycle) -> int:
    """Applies a bundle as it was reviewed, without asking; what differs is refused by name.

    Its saved plans are removed once they were used, or have expired.
    """
    from vend.errors import RefusedError
    from vend.lifecycle import refuse_frozen
    from vend.review import read_bundle, review_of, wipe_plans
    from vend.views import plan_document, report_document

    fleet, catalogue = open_fleet(call)
    fleet = judged_by(fleet, asked.policies)
    refuse_frozen(fleet.settings)
    command, path = f"vend apply {shlex.quote(str(path))}", call.directory / path
    key = bundle_key(call)
    bundle = read_bundle(path, key)
    refuse_other_digest(asked.digest, bundle.manifest.digest, bundle.digest)
    stop = Stop()
    with (
        stopping(stop, call),
        lifecycle.open_workspace(
            fleet, catalogue, environ=call.environ, on_event=call.on_event, stop=stop
        ) as workspace,
    ):
        try:
            planned = lifecycle.plan_of_bundle(workspace, bundle, key, asked.selection.accounts)
        except RefusedError as refused:
            if any(diagnostic.code == "bundle-expired" for diagnostic in refused.diagnostics):
                call.view.diagnostics(wipe_plans(bundle, path))
            raise
        if not call.quiet and (planned.pending or plan_exit_code(planned)):
            call.view.show(plan_document(review_of(planned, fleet.settings.review)))
        try:
            report = lifecycle.apply(workspace, planned, max_failures=asked.max_failures)
        finally:
            call.view.diagnostics(wipe_plans(bundle, path))
    call.view.show(report_document(report, command))
    return report_exit_code(report, planned)


def _found(call: Call, path: Path | None) -> Path:
    """The bundle that was named, or the one of the last plan.

    Raises:
        InvalidInputError: none was named, and the fleet has none.
    """
    from vend.errors import Diagnostic, InvalidInputError
    from vend.review import latest_bundle

    if path is not None:
        return call.directory / path
    found = latest_bundle(fleet_directory(call) / ".vend")
    if found is None:
        raise InvalidInputError(
            Diagnostic(
                code="bundle-not-found",
                summary="this fleet has no plan yet",
                hint="run `vend plan` to make one, or `vend show PATH` to show a bundle stored elsewhere",
            )
        )
    return found
