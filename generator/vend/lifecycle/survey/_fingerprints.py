"""What would be applied, by a fingerprint of each stage; and what was applied, in the form of today."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from vend.models import ROOTS, AccountRequest, Applied, RootModule, Stage

if TYPE_CHECKING:
    from vend.render import Renderer
    from vend.terraform import TerraformBinary


class Fingerprints:
    """Makes the fingerprints of one fleet's accounts, in any thread.

    Args:
        binary: the Terraform that would apply; another one may plan otherwise.
        renderer: of the fleet.
    """

    def __init__(self, binary: TerraformBinary, renderer: Renderer) -> None:
        self._tool = f"{binary.flavour} {binary.version}"
        self._renderer = renderer

    def of(self, request: AccountRequest, roots: Mapping[Stage, RootModule]) -> dict[Stage, str]:
        """What would be applied now, by stage; `settings` is always there, for the account's tags."""
        digests = {stage: root.digest for stage, root in roots.items()}
        digests.setdefault("settings", "")
        return {stage: self._fingerprint(request, stage, digests[stage]) for stage in ROOTS if stage in digests}

    def former(
        self, request: AccountRequest, roots: Mapping[Stage, RootModule], applied: Applied | None
    ) -> dict[Stage, str]:
        """The fingerprints in the ledger that an older release made of what would be applied now, by stage."""
        found: dict[Stage, str] = {}
        wanted = self.of(request, roots)
        for stage, entry in applied.stages.items() if applied is not None else ():
            if stage in roots and entry.fingerprint != wanted[stage]:
                digests = self._renderer.former_digests(request, roots[stage], _file(request, applied))
                if entry.fingerprint in {self._fingerprint(request, stage, digest) for digest in digests}:
                    found[stage] = entry.fingerprint
        return found

    def _fingerprint(self, request: AccountRequest, stage: Stage, digest: str) -> str:
        tags = json.dumps(dict(request.tags), sort_keys=True) if stage == "settings" else ""
        return hashlib.sha256(f"{self._tool}\0{digest}\0{tags}".encode()).hexdigest()


def in_form_of_today(
    applied: Applied | None, former: Mapping[Stage, str], fingerprints: Mapping[Stage, str]
) -> Applied | None:
    """What was applied, as if this release had remembered it."""
    if applied is None or not former:
        return applied
    renewed = {stage: replace(applied.stages[stage], fingerprint=fingerprints[stage]) for stage in former}
    return replace(applied, stages={**applied.stages, **renewed})


def _file(request: AccountRequest, applied: Applied | None) -> str | None:
    """The file in which a request stood when it was applied; where it stands now if nobody remembers."""
    if applied is not None and applied.request is not None:
        source: Mapping[str, str | None] = applied.request.get("source") or {}
        return source.get("file")
    position = request.position()
    return position.file if position is not None else None
