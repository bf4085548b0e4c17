"""What the ledger remembers of an account that was applied."""

from __future__ import annotations

from vend.decide import due_stages
from vend.lifecycle._workspace import PreparedAccount, Workspace
from vend.models import MadeWith


def record_account(workspace: Workspace, prepared: PreparedAccount, account_id: str | None) -> None:
    """Remembers an account and the request that was applied to it.

    Raises:
        LedgerError: the ledger cannot be written.
    """
    request, situation = prepared.request, prepared.situation
    sent = situation.product_request
    workspace.ledger.record_account(
        account=request.account,
        account_id=account_id,
        email=request.email,
        organizational_unit=situation.wanted_unit.path,
        request={**request.to_json(), "made_with": MadeWith(email=sent.email, name=sent.name).to_json()},
        run=workspace.run,
    )


def record_edit(workspace: Workspace, prepared: PreparedAccount, account_id: str | None) -> None:
    """Remembers the request of an account with nothing to do, where it was edited into what AWS has already.

    What another run has remembered since the planning stays.

    Raises:
        LedgerError: the ledger cannot be read or written.
    """
    applied = prepared.situation.applied
    if applied is None or applied.request is None or due_stages(prepared.situation):
        return
    said = {name: value for name, value in applied.request.items() if name != "made_with"}
    if said == prepared.request.to_json():
        return
    latest = workspace.ledger.applied_to(prepared.request.account)
    if latest is not None and latest.request == applied.request:
        record_account(workspace, prepared, account_id)
