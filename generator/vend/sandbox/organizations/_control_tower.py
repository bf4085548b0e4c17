"""The part of Control Tower that Organizations' operations use."""

from __future__ import annotations

from typing import Protocol


class ControlTowerWork(Protocol):
    """Tells which units are being changed, and is told which accounts are moved."""

    def units_in_work(self) -> set[str]:
        """Units that an operation on a baseline is changing."""

    def moved(self, account_id: str, destination: str) -> None:
        """Called when an account was moved by hand."""
