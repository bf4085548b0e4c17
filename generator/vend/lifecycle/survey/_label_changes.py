"""A label that vanished and a new one for the same account: rather a rename than a removal and a new account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from vend.models import AccountRequest, Applied, Organization

_CLOSED = frozenset({"PENDING_CLOSURE", "CLOSED"})


def probable_label_changes(
    requests: Iterable[AccountRequest], applied: Mapping[str, Applied], organization: Organization
) -> dict[str, str]:
    """The new label by the old one: a request that was never applied with the email or the name of one that is gone.

    An account that was closed is no one's any more: whoever asks for its name means another account.
    """
    requests = tuple(requests)
    labels = {request.account for request in requests}
    new = [request for request in requests if request.account not in applied]
    by_email = {request.email.casefold(): request.account for request in new}
    by_name = {request.name.casefold(): request.account for request in new}
    found: dict[str, str] = {}
    for name, last in applied.items():
        said = last.request or {}
        account = organization.accounts.get(last.account_id or "")
        if name in labels or last.account_id is None or (account is not None and account.state in _CLOSED):
            continue
        email, title = str(last.email or said.get("email") or ""), str(said.get("name") or "")
        renamed = by_email.get(email.casefold()) or by_name.get(title.casefold())
        if renamed is not None:
            found[name] = renamed
    return found
