"""Commands that do to an account of the running sandbox what AWS does unasked."""

from __future__ import annotations

from typing import Literal

from vend.cli.call._call import DONE, Call
from vend.cli.sandbox._processes import running_directory


def change(call: Call, account: str, change: Literal["suspend", "reinstate", "expire"]) -> int:
    """Changes an account's state.

    Raises:
        VendError: there is no such account, its state does not allow the change, or no sandbox is running.
    """
    from vend import sandbox
    from vend.views import outcome_document

    changed = sandbox.change_account(account, change, running_directory(call))
    after = changed["state"] or "no longer in the organization"
    summary = f"{changed['name']} ({changed['account_id']}): {changed['state_before']} → {after}"
    call.view.show(outcome_document({"account": changed}, (summary,)))
    return DONE
