"""Plan bundles on the command line: written by plan, shown by show, applied by apply."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from vend.cli._asked import Asked, Bundling
from vend.cli._call import DONE, Call
from vend.cli._changing import Lifecycle, plan_exit_code, report_exit_code
from vend.cli._fleet import fleet_directory, open_fleet
from vend.cli._policies import judged_by
from vend.cli._stopping import stopping
from vend.process import Stop

if TYPE_CHECKING:
    from vend.lifecycle import Sealing
    from vend.models import Fleet
    from vend.plan import Review
    from vend.review import Bundle, Key

KEY, KEY_FILE = "VEND_BUNDLE_KEY", "VEND_BUNDLE_KEY_FILE"


def ready(call: Call, fleet: Fleet, bundling: Bundling) -> Sealing:
    """How the bundle of a plan will be kept; what would keep it from being written is told before anything is planned.

    Raises:
        RefusedError: there is no key where one is needed, or it is none.
        InvalidInputError: something else lies where it is to be written.
    """
    from vend.lifecycle import Sealing
    from vend.review import refuse_place

    if bundling.out is not None:
        refuse_place(call.directory / bundling.out)
    saved_plans = bundling.saved_plans or fleet.settings.review.saved_plans
    return Sealing(saved_plans=saved_plans if bundling.out else "omit", key=_key(call))


def write(call: Call, fleet: Fleet, bundling: Bundling, bundle: Bundle) -> Review:
    """Writes the bundle of a plan, and gives its review with the place where it lies.

    It goes to the fleet's working directory too, or there alone, for `vend show`; never with its saved plans: nothing
    secret stays where nobody asked for it.

    Raises:
        InvalidInputError: it cannot be written there.
    """
    from vend.review import write_bundle

    kept = fleet.directory / ".vend" / bundle.manifest.organization_id / "bundle"
    write_bundle(bundle.without_plans(), call.directory / kept)
    if bundling.out is not None:
        write_bundle(bundle, call.directory / bundling.out)
    return _placed(call, bundle, bundling.out or kept)


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
    bundle = read_bundle(path, _key(call))
    if datetime.now(UTC) >= datetime.fromisoformat(bundle.manifest.expires):
        call.view.diagnostics(wipe_plans(bundle, path))
    return _placed(call, bundle, path)


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
    key = _key(call)
    bundle = read_bundle(path, key)
    refuse_other_digest(asked.digest, bundle.manifest.digest, bundle.digest)
    stop = Stop()
    with (
        stopping(stop, call),
        lifecycle.open_workspace(
            fleet, catalogue, environ=call.environ, on_event=call.view.on_event, stop=stop
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
            report = lifecycle.apply(workspace, planned)
        finally:
            call.view.diagnostics(wipe_plans(bundle, path))
    call.view.show(report_document(report, command))
    return report_exit_code(report, planned)


def refuse_other_digest(expected: str | None, *found: str) -> None:
    """Stops where another digest was expected.

    Args:
        expected: what `--digest` says; None asks for nothing.
        found: the digests that there are: of the change set, and of its bundle.

    Raises:
        RefusedError: none of them is the one that was expected.
    """
    from vend.errors import Diagnostic, RefusedError

    if expected is None or expected.strip().casefold() in found:
        return
    raise RefusedError(
        Diagnostic(
            code="bundle-digest",
            summary="what would be applied has another digest than the one that was expected",
            detail="\n".join([f"expected: {expected}", *(f"found: {digest}" for digest in found)]),
            hint="run `vend plan` again, and review what is new",
        )
    )


def _placed(call: Call, bundle: Bundle, path: Path) -> Review:
    """The review of a bundle, with its place as it would be typed here."""
    shown = path.relative_to(call.directory) if path.is_relative_to(call.directory) else path
    return replace(bundle.review, bundle=str(shown), bundle_digest=bundle.digest)


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
                summary="no plan was made in this fleet yet",
                hint="`vend plan` makes one; `vend show PATH` shows a bundle that lies elsewhere",
            )
        )
    return found


def _key(call: Call) -> Key | None:
    """The key for bundles that the environment names.

    Raises:
        RefusedError: it is none, or its file cannot be read.
    """
    from vend.errors import Diagnostic, RefusedError
    from vend.review import Key

    text, file = call.environ.get(KEY), call.environ.get(KEY_FILE)
    if not text and file:
        try:
            text = (call.directory / Path(file).expanduser()).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise RefusedError(
                Diagnostic(
                    code="bundle-key",
                    summary=f"the key for plan bundles cannot be read from {file}",
                    detail=str(error),
                    hint=f"{KEY_FILE} names a file with what `openssl rand -base64 32` gives",
                )
            ) from error
    return Key(text) if text else None
