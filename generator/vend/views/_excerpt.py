"""The line of a file that a diagnostic is about, with what is wrong underlined."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from vend.views._text import Excerpt, Line, Span, neutralized, width

Sources: TypeAlias = Callable[[str], Sequence[str] | None]
"""The lines of a file that is named relative to the fleet; None where it cannot be shown."""

_TAB = "    "
_WIDEST = 100
"""Columns of source that are shown; of a longer line, those around what is wrong."""
_BEFORE = 30
_CUT = "..."


def no_sources(_file: str) -> None:
    """There is nothing to show."""
    return


def with_excerpts(lines: Iterable[Line], sources: Sources) -> Iterator[Line]:
    """The lines with every excerpt replaced by the source it stands for."""
    for pieces in lines:
        excerpt = next((piece for piece in pieces if isinstance(piece, Excerpt)), None)
        if excerpt is None:
            yield pieces
            continue
        before = tuple(piece for piece in pieces if piece is not excerpt)
        for drawn in _drawn(excerpt, sources(excerpt.file)):
            yield (*before, *drawn)


def _drawn(at: Excerpt, source: Sequence[str] | None) -> Iterator[Line]:
    if source is None or not 0 < at.line <= len(source):
        return
    text = source[at.line - 1].removesuffix("\r")
    number = str(at.line)
    shown, underline = _window(text, at)
    yield (Span(f"  {number} |", "dim"), Span(f" {shown}" if shown else ""))
    if underline:
        yield (Span(f"  {' ' * len(number)} | ", "dim"), Span(underline, at.style))


def _window(text: str, at: Excerpt) -> tuple[str, str]:
    """What is shown of a line, and the underline below it."""
    start = min(len(text), (at.column or 1) - 1)
    end = _end(at, start, len(text.rstrip()))
    offset = max(0, start - _WIDEST)
    near = text[offset : start + _WIDEST]
    drawn = [_TAB if character == "\t" else neutralized(character) for character in near]
    first, last = _fitting([width(cells) for cells in drawn], start - offset, whole=len(near) == len(text))
    head = _CUT if offset + first else ""
    tail = _CUT if offset + last < len(text) else ""
    shown = (head + "".join(drawn[first:last])).rstrip() + tail
    if at.column is None:
        return shown, ""
    indent = width(head + "".join(drawn[first : start - offset]))
    marked = width("".join(drawn[start - offset : min(end - offset, last)]))
    return shown, " " * indent + "^" * max(1, marked)


def _end(at: Excerpt, start: int, length: int) -> int:
    """Where the underline ends: with what is wrong, or with the line."""
    if at.end_column is None or at.end_line is None:
        return start + 1
    return at.end_column - 1 if at.end_line == at.line else length


def _fitting(widths: Sequence[int], start: int, *, whole: bool) -> tuple[int, int]:
    """The first and the last character, exclusive, of the part that is shown around `start`."""
    if whole and sum(widths) <= _WIDEST:
        return 0, len(widths)
    first, room = start, _BEFORE
    while first and widths[first - 1] <= room:
        first -= 1
        room -= widths[first]
    last, room = first, _WIDEST - 2 * len(_CUT)
    while last < len(widths) and widths[last] <= room:
        room -= widths[last]
        last += 1
    return first, last
