"""A position in a file."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Position:
    """Where a value stands.

    Attributes:
        file: relative to the fleet directory, with forward slashes.
        line: 1-based.
        column: 1-based, in characters.
        end_line: of the first character that does not belong to it; None where its extent is not known.
        end_column: of the same.
    """

    file: str
    line: int
    column: int
    end_line: int | None = field(default=None, compare=False)
    end_column: int | None = field(default=None, compare=False)
