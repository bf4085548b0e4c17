"""What AWS does to an account unasked, done to an account of the sandbox on demand.

Organizations' API has no operation for any of it: AWS restricts an account, AWS Support reinstates one, and 90 days
after its closure an account is no longer listed (Organizations user guide, account states).
"""

from __future__ import annotations

from typing import Any

from vend.errors import Diagnostic, InvalidInputError
from vend.sandbox._landing_zone import LandingZone
from vend.sandbox.organizations._accounts_api import STATES_BEFORE, AccountChange


def change_account(zone: LandingZone, name: str, change: AccountChange) -> dict[str, Any]:
    """Changes an account's state.

    Args:
        zone: settled.
        name: product name or id, or account name, id or email.
        change: what AWS does.

    Returns:
        `account_id`, `name`, `state_before`, and `state`: None where the account is no longer listed.

    Raises:
        InvalidInputError: `unknown-sandbox-account`, or `sandbox-account-state`: its state does not allow the change.
    """
    account = _account(zone, name)
    before = account.state
    if account.id == zone.organization.management_account_id or before not in STATES_BEFORE[change]:
        raise InvalidInputError(_refusal(zone, account, change))
    zone.accounts_api.change(account.id, change)
    after = zone.organization.account(account.id)
    return {
        "account_id": account.id,
        "name": account.name,
        "state_before": before,
        "state": None if after is None else after.state,
    }


def _account(zone: LandingZone, name: str) -> Any:
    # Several accounts may share a name; ids and addresses are unique, so they come first.
    unique = [one for one in zone.organization.accounts() if name.casefold() in {one.id, one.email.casefold()}]
    names = zone.account_names.of(name)
    found = unique or [account for account in zone.organization.accounts() if account.id in names]
    if len(found) == 1:
        return found[0]
    ids = ", ".join(account.id for account in found)
    raise InvalidInputError(
        Diagnostic(
            code="unknown-sandbox-account",
            summary=f"{len(found)} accounts of the sandbox are named {name}"
            if found
            else f"the sandbox has no account named {name}",
            hint=f"use the id of one of them: {ids}" if found else "`vend sandbox status` lists the accounts",
        )
    )


def _refusal(zone: LandingZone, account: Any, change: AccountChange) -> Diagnostic:
    if account.id == zone.organization.management_account_id:
        return Diagnostic(
            code="sandbox-account-state",
            summary=f"{account.id} is the management account",
            hint="choose a member account; nothing in the sandbox works without the management account",
        )
    allowed = " or ".join(sorted(STATES_BEFORE[change]))
    return Diagnostic(
        code="sandbox-account-state",
        summary=f"{account.name} ({account.id}) is {account.state}; `{change}` needs an account that is {allowed}",
        hint="`vend sandbox status` shows the state of each account; aws organizations close-account closes one",
    )
