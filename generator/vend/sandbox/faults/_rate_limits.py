"""How often an account may call; switched on by `SandboxConfig.rate_limits`.

Source: Account Management reference guide, quotas. Other services publish no figures, or none that vending comes near.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from vend.sandbox.faults._answers import throttled
from vend.sandbox.protocol._call import ApiCall

_ACCOUNT_API: Mapping[str, tuple[float, int]] = {
    "AcceptPrimaryEmailUpdate": (1, 1),
    "DeleteAlternateContact": (1, 6),
    "DisableRegion": (1, 1),
    "EnableRegion": (1, 1),
    "GetAccountInformation": (3, 3),
    "GetAlternateContact": (10, 15),
    "GetContactInformation": (10, 15),
    "GetPrimaryEmail": (3, 3),
    "GetRegionOptStatus": (5, 5),
    "ListRegions": (5, 5),
    "PutAccountName": (1, 1),
    "PutAlternateContact": (5, 8),
    "PutContactInformation": (5, 8),
    "StartPrimaryEmailUpdate": (1, 1),
}
"""Calls a second, and at once."""


class RateLimits:
    """One bucket for each account and operation: a call takes one token, and tokens come back with time.

    Args:
        clock: seconds since the epoch.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}

    def check(self, call: ApiCall, account_id: str) -> None:
        """Counts a call.

        Args:
            call: of any service.
            account_id: in which it is made.

        Raises:
            ApiError: the service's throttling error; the call costs nothing then.
        """
        limit = _ACCOUNT_API.get(call.operation) if call.service == "account" else None
        if limit is None:
            return
        rate, burst = limit
        now, key = self._clock(), (account_id, call.operation)
        tokens, since = self._buckets.get(key, (float(burst), now))
        tokens = min(float(burst), tokens + (now - since) * rate)
        if tokens < 1:
            self._buckets[key] = (tokens, now)
            raise throttled(call)
        self._buckets[key] = (tokens - 1, now)
