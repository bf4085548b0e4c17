"""Where the bundle of a plan is written, and the key that seals it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vend.cli.call._call import Call
from vend.cli.changes._arguments import Bundling

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
    return Sealing(saved_plans=saved_plans if bundling.out else "omit", key=bundle_key(call))


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
    return placed(call, bundle, bundling.out or kept)


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
            summary="the digest of what would be applied differs from the expected one",
            detail="\n".join([f"expected: {expected}", *(f"found: {digest}" for digest in found)]),
            hint="run `vend plan` again and review the new plan",
        )
    )


def placed(call: Call, bundle: Bundle, path: Path) -> Review:
    """The review of a bundle, with its place as it would be typed here."""
    shown = path.relative_to(call.directory) if path.is_relative_to(call.directory) else path
    return replace(bundle.review, bundle=str(shown), bundle_digest=bundle.digest)


def bundle_key(call: Call) -> Key | None:
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
                    hint=f"{KEY_FILE} must name a file that contains the output of `openssl rand -base64 32`",
                )
            ) from error
    return Key(text) if text else None
