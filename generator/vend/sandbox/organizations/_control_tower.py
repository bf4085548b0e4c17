"""What Organizations' operations know of Control Tower."""

from __future__ import annotations

from typing import Protocol


class ControlTowerWork(Protocol):
    """What works on units, and hears of accounts that are moved."""

    def units_in_work(self) -> set[str]:
        """Units that an operation on a baseline works on."""

    def moved(self, account_id: str, destination: str) -> None:
        """Hears that an account was moved by hand."""
