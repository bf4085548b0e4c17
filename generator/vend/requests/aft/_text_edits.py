"""Text edits that keep line numbers, and mapping positions back to the original text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vend.models import Position

_CHARACTER = re.compile(r"[^\n]")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextEdit:
    """Characters `start` to `end` become `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """From this column of an edited line on, columns are this much larger than in the original."""

    line: int
    column: int
    by: int
    guard: bool


class Lines:
    """Offsets of places in a text."""

    def __init__(self, text: str) -> None:
        self._starts = [0]
        for index, character in enumerate(text):
            if character == "\n":
                self._starts.append(index + 1)

    def offset(self, place: Position) -> int:
        """Of a line and column."""
        return self._starts[place.line - 1] + place.column - 1


def blanked(text: str, start: int, end: int) -> TextEdit:
    """Takes characters away, line breaks left in place."""
    return TextEdit(start=start, end=end, text=_CHARACTER.sub(" ", text[start:end]))


def applied(text: str, edits: Iterable[TextEdit]) -> tuple[str, tuple[Shift, ...]]:
    """The edited text, and how its columns differ; edits do not overlap, but may touch.

    Edits keep line breaks, so lines stay what they are.
    """
    parts: list[str] = []
    shifts: list[Shift] = []
    position = 0
    line, grown = 1, 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        passed = text[position : edit.start]
        parts += [passed, edit.text]
        if "\n" in passed:
            line, grown = line + passed.count("\n"), 0
        column = edit.start - (text.rfind("\n", 0, edit.start) + 1) + 1
        by = len(edit.text) - (edit.end - edit.start)
        if by and "\n" not in edit.text:
            grown += by
            shifts.append(Shift(line=line, column=column + grown, by=grown, guard=edit.start == edit.end))
        if "\n" in edit.text:
            line, grown = line + edit.text.count("\n"), 0
        position = edit.end
    return "".join([*parts, text[position:]]), tuple(shifts)


def original_column(shifts: Sequence[Shift], line: int, column: int) -> int:
    """The column in the original of a place in an edited text."""
    before = [shift for shift in shifts if shift.line == line and shift.column <= column]
    return max(1, column - before[-1].by) if before else column
