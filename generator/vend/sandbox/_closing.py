"""Closing accounts: PENDING_CLOSURE, then SUSPENDED, within Organizations' quota."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vend.sandbox._identities import Identity
from vend.sandbox._organization import Organization
from vend.sandbox._quotas import Quota
from vend.sandbox._wire import ApiError

_FEWEST, _SHARE, _MOST = 250, 0.2, 1000
_WINDOW_SECONDS = 30 * 24 * 3600.0
_QUOTA = "You have exceeded close account quota for the past 30 days."


class Closing:
    """`organizations:CloseAccount`.

    Args:
        organization: whose accounts are closed.
        clock: seconds since the epoch.
        seconds: how long a closure takes.
    """

    def __init__(self, organization: Organization, clock: Callable[[], float], seconds: float) -> None:
        self._organization = organization
        self._clock = clock
        self._seconds = seconds
        self._closed: list[float] = []
        self._pending: dict[str, float] = {}

    def operations(self) -> dict[str, Callable[[Identity, Mapping[str, Any]], dict[str, Any]]]:
        """By botocore's name."""
        return {"CloseAccount": self._close}

    def quotas(self) -> tuple[Quota, ...]:
        """Closures of the last 30 days."""
        return (Quota(name="accounts closed in 30 days", used=len(self._recent()), limit=self._most()),)

    def _recent(self) -> list[float]:
        since = self._clock() - _WINDOW_SECONDS
        self._closed = [moment for moment in self._closed if moment > since]
        return self._closed

    def _most(self) -> int:
        members = len(self._organization.accounts()) - 1
        return min(max(_FEWEST, int(members * _SHARE)), _MOST)

    def settle(self) -> None:
        """Suspends the accounts whose closure is over."""
        now = self._clock()
        for account_id in [account_id for account_id, due in self._pending.items() if due <= now]:
            del self._pending[account_id]
            account = self._organization.account(account_id)
            if account is not None:
                account.status = account.state = "SUSPENDED"

    def _close(self, caller: Identity, given: Mapping[str, Any]) -> dict[str, Any]:
        del caller
        account = self._organization.account(given["AccountId"])
        if account is None:
            raise ApiError("AccountNotFoundException", "You specified an account that doesn't exist.")
        if account.id == self._organization.management_account_id:
            raise ApiError("ConstraintViolationException", "You cannot close the management account.")
        if account.state != "ACTIVE":
            raise ApiError("AccountAlreadyClosedException", "The provided account is already closed.")
        now = self._clock()
        if len(self._recent()) >= self._most():
            raise ApiError("ConstraintViolationException", _QUOTA)
        self._closed.append(now)
        account.status = account.state = "PENDING_CLOSURE"
        self._pending[account.id] = now + self._seconds
        return {}
