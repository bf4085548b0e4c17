"""`vend unlock`: releases what a run that is dead holds of an account."""

from __future__ import annotations

import threading

from vend.cli.call._call import DONE, Call
from vend.cli.call._fleet import open_fleet
from vend.cli.changes._lifecycle import Lifecycle


def unlock(call: Call, account: str, lifecycle: Lifecycle, *, yes: bool) -> int:
    """Shows who holds what of an account, asks, and releases it.

    Raises:
        InvalidInputError: there is no such account.
        RefusedError: the answer is no, or there is nobody to ask; or a run that lives works on the account.
    """
    from vend.errors import Diagnostic, RefusedError
    from vend.views import hold_sentences, line, unlocked_document

    fleet, catalogue = open_fleet(call)
    with lifecycle.open_workspace(
        fleet, catalogue, environ=call.environ, on_event=call.view.on_event, stop=threading.Event()
    ) as workspace:
        found = lifecycle.account_holds(workspace, account)
        ask = bool(found.told) and not yes and not any(hold.alive for hold in found.told)
        if ask:
            if not call.can_ask:
                raise RefusedError(
                    Diagnostic(
                        code="approval-needed",
                        summary=f"nobody agreed to unlock {account}, and there is no terminal to ask on",
                        detail="\n".join(hold_sentences(found.told)),
                        hint=f"vend unlock {account} --yes",
                    )
                )
            call.view.say(*map(line, hold_sentences(found.told)))
            if not call.agreed(f"Release all of it? Only if nobody works on {account} any more."):
                raise RefusedError(Diagnostic(code="not-approved", summary="not approved; nothing was changed"))
        lifecycle.unlock(workspace, account, found)
    call.view.show(unlocked_document(account, found.told, asked=ask))
    return DONE
