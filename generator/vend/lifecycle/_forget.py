"""Letting go of what the ledger knows of an account; AWS stays as it is."""

from __future__ import annotations

from vend.errors import Diagnostic, InvalidInputError, RefusedError, did_you_mean
from vend.lifecycle._workspace import Workspace
from vend.lifecycle.stages._stage import account_busy, account_lease
from vend.models import Applied


def ledger_entry(workspace: Workspace, account: str) -> Applied:
    """What the ledger knows of a label.

    Raises:
        InvalidInputError: nothing.
    """
    applied = workspace.ledger.applied()
    if account not in applied:
        raise InvalidInputError(
            Diagnostic(
                code="nothing-to-forget",
                summary=f'the ledger knows no account of the label "{account}"',
                hint=did_you_mean(account, applied) or "`vend status` lists what it knows",
            )
        )
    return applied[account]


def forget(workspace: Workspace, account: str) -> None:
    """Makes vend forget an account: a request of this label then means another one, unless AWS still has this one.

    Raises:
        InvalidInputError: the ledger knows nothing of it.
        RefusedError: another run works on it.
        LedgerError: the ledger cannot be written.
    """
    ledger_entry(workspace, account)
    with account_lease(workspace, account) as under:
        if under is None:
            raise RefusedError(account_busy(workspace, account))
        workspace.ledger.forget_account(account)
