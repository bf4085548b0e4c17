"""Quotas, and how much of each is used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """How many of something there may be, and are."""

    name: str
    used: int
    limit: int

    def to_json(self) -> dict[str, Any]:
        """For the status."""
        return {"name": self.name, "used": self.used, "limit": self.limit}
