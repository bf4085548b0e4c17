"""Operations in progress and quotas, as the status shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vend.codec import JsonDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningOperation:
    """One operation.

    Attributes:
        operation: what was called, such as `ProvisionProduct`.
        subject: the product or unit that it is about.
        started: seconds since the epoch.
        ends: the same; None where a fault holds it.
        fault: the id of the fault that struck it.
        refused: whether Control Tower will say that it cannot begin it.
    """

    operation: str
    subject: str
    started: float
    ends: float | None
    fault: str | None = None
    refused: bool = False

    def to_json(self, now: float) -> dict[str, Any]:
        """For the status; progress is a part of 1."""
        left = None if self.ends is None else max(0.0, self.ends - now)
        whole = (self.ends or now) - self.started
        return {
            "operation": self.operation,
            "subject": self.subject,
            "started": self.started,
            "progress": None if left is None or whole <= 0 else round(1 - left / whole, 3),
            "seconds_left": None if left is None else round(left, 3),
            "fault": self.fault,
            "refused": self.refused,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota(JsonDocument):
    """A quota: its limit and its current usage."""

    name: str
    used: int
    limit: int
