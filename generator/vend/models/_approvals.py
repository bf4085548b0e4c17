"""Approvals: who allowed a policy violation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from vend.models._position import Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One violation that somebody approved by name.

    Attributes:
        violation: the beginning of the violation's digest, 12-64 hexadecimal digits.
        by: who approved it.
        reason: why; stored, never interpreted.
        expires: the last day on which it counts; None for ever.
        position: where it stands; None where it was given on the command line.
    """

    violation: str
    by: str
    reason: str | None = None
    expires: date | None = None
    position: Position | None = None
