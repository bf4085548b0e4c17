"""What an account was like when it was planned, as far as it tells whether anybody changed it since."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from vend.models import Applied, ProvisionedProduct, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Two of them are equal where nothing was changed.

    Attributes:
        run: the last one that recorded something.
        applied: by stage, which run recorded how it ended, and when.
        product: its id, status and artifact; which account it has, a look at one product alone does not always tell.
        states: by stage, a digest of its Terraform state; None where there was none.
    """

    run: str | None
    applied: Mapping[Stage, tuple[str, str, str]]
    product: tuple[str | None, ...] | None
    states: Mapping[Stage, str | None]


def seen(applied: Applied | None, product: ProvisionedProduct | None, states: Mapping[Stage, bytes | None]) -> Seen:
    """What was seen of an account.

    Args:
        applied: as the ledger has it.
        product: as Service Catalog has it.
        states: of the stages that are to be applied.
    """
    return Seen(
        run=applied.last_run if applied else None,
        # The fingerprint is left out: a newer vend writes it anew, in another form.
        applied={stage: (entry.run, entry.at, entry.status) for stage, entry in applied.stages.items()}
        if applied
        else {},
        product=(product.id, product.status, product.provisioning_artifact_id) if product else None,
        states={
            stage: None if content is None else hashlib.sha256(content).hexdigest() for stage, content in states.items()
        },
    )
