"""`vend forget`: lets go of an account that is gone, or that the fleet is not to manage any more."""

from __future__ import annotations

import threading

from vend.cli.call._call import DONE, Call
from vend.cli.call._fleet import open_fleet
from vend.cli.changes._lifecycle import Lifecycle


def forget(call: Call, account: str, lifecycle: Lifecycle, *, yes: bool) -> int:
    """Asks, then removes what the ledger knows of an account; nothing is done to the account itself.

    Raises:
        InvalidInputError: the ledger knows nothing of it.
        RefusedError: the answer is no, or there is nobody to ask; or another run works on the account.
    """
    from vend.errors import Diagnostic, RefusedError
    from vend.views import line, outcome_document

    fleet, catalogue = open_fleet(call)
    requested = any(request.account == account for request in fleet.requests)
    with lifecycle.open_workspace(
        fleet, catalogue, environ=call.environ, on_event=call.on_event, stop=threading.Event()
    ) as workspace:
        found = lifecycle.ledger_entry(workspace, account)
        subject = f"account {found.account_id}" if found.account_id else "no account"
        next_plan = (
            "Its request is there: unless AWS still has that account, the next plan is to make a new one."
            if requested
            else "No request names it: vend shows it no more."
        )
        told = (f"The ledger knows {subject} as {account}. Nothing is done to it in AWS. {next_plan}",)
        if not yes:
            if not call.can_ask:
                raise RefusedError(
                    Diagnostic(
                        code="approval-needed",
                        summary=f"nobody agreed to forget {account}, and there is no terminal to ask on",
                        detail=told[0],
                        hint=f"`vend forget {account} --yes`",
                    )
                )
            call.view.say(*map(line, told))
            if not call.agreed(f"Forget {account}?"):
                raise RefusedError(Diagnostic(code="not-approved", summary="not approved; nothing was changed"))
        lifecycle.forget(workspace, account)
    json = {"account": account, "account_id": found.account_id, "forgotten": True}
    call.view.show(outcome_document(json, [*(told if yes else ()), f"{account} is forgotten"]))
    return DONE
