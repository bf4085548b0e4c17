"""Lines of text with styles, safe to print."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # control characters, escape sequences among them
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # directions, which make text read as another
    "\u2028\u2029\ufeff\ufff9-\ufffb\ud800-\udfff]"  # separators, marks and lone surrogates
)
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line; `style` is one of rich's style names, or empty."""

    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Excerpt(Span):
    """Stands in a line for the source that a view prints in its place; that line vanishes where there is none.

    Attributes:
        style: of the underline.
        file: relative to the fleet; line and column are 1-based, ends those of the first character beyond.
    """

    file: str = ""
    line: int = 0
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None


Line: TypeAlias = tuple[Span, ...]


def line(*parts: str | Span) -> Line:
    """A line from plain and styled pieces."""
    return tuple(part if isinstance(part, Span) else Span(part) for part in parts)


def neutralized(text: str) -> str:
    """The text with everything that a terminal would act on written out.

    Values come from account requests, AWS and other people's hooks; none of them may move the cursor,
    change colours, start a new line or turn the reading direction.
    """

    def written_out(match: re.Match[str]) -> str:
        character = match.group()
        code = ord(character)
        return _SHORT.get(character) or (f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}")  # noqa: PLR2004 — one byte

    return _UNSAFE.sub(written_out, text)


def plain(lines: Iterable[Line]) -> str:
    """The lines as text, neutralized, each ended by a newline; without excerpts."""
    shown = (pieces for pieces in lines if not any(isinstance(piece, Excerpt) for piece in pieces))
    return "".join(_plain(pieces) + "\n" for pieces in shown)


def columns(rows: Sequence[Sequence[str | Span]], *, header: Sequence[str] = ()) -> list[Line]:
    """Rows with their cells aligned, two spaces apart; nothing trails."""
    cells = [[cell if isinstance(cell, Span) else Span(cell) for cell in row] for row in rows]
    if header:
        cells.insert(0, [Span(title, "bold") for title in header])
    count = max((len(row) for row in cells), default=0)
    widths = [max((width(row[at].text) for row in cells if at < len(row)), default=0) for at in range(count)]
    return [_aligned(row, widths) for row in cells]


def width(text: str) -> int:
    """How many columns of a terminal the text takes once it is neutralized."""
    return sum(_character_width(character) for character in neutralized(text))


def count(number: int, singular: str, plural: str | None = None) -> str:
    """`1 account`, `2 accounts`."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def _aligned(row: Sequence[Span], widths: Sequence[int]) -> Line:
    filled = [at for at, span in enumerate(row) if span.text]
    spans: list[Span] = []
    for at, span in enumerate(row[: filled[-1] + 1] if filled else ()):
        spans.append(span)
        if at < filled[-1]:
            spans.append(Span(" " * (widths[at] - width(span.text) + 2)))
    return tuple(spans)


def _character_width(character: str) -> int:
    if unicodedata.combining(character) or character in "\u200d\ufe0f":
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _plain(pieces: Line) -> str:
    text = "".join(neutralized(span.text) for span in pieces)
    bare = text.lstrip()
    if bare.startswith(("::", "##[")):
        # GitHub Actions reads such a line of a log as a command to the runner.
        text = text[: len(text) - len(bare)] + "\\" + bare
    return text
