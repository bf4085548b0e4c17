"""Reading a CSV file as cells with positions."""

from __future__ import annotations

import csv
import io
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from vend.hcl import MAX_BYTES
from vend.models import Position
from vend.requests.language._problems import Problems

CODE = "invalid-csv"
_DELIMITERS = (",", ";", "\t")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_HINT = "save it as CSV in UTF-8, with double quotes around values that contain the separator or a line break"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A value, quotes taken off, and where it stands; text whatever it looks like."""

    text: str
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The first row, and the others; each of them has as many cells as the first."""

    header: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]


def read_table(content: bytes, name: str, problems: Problems) -> Table | None:
    """The cells of a file in UTF-8; None where not even its first row can be told.

    Cells are separated by commas, semicolons or tabs: by what makes most columns of the first row. Lines without
    anything on them are passed over; rows that are shorter or longer than the first one are diagnosed.

    Args:
        content: of the file.
        name: of the file, for the places.
        problems: takes what is wrong with its form.
    """
    text = _decoded(content, name, problems)
    if text is None:
        return None
    places = _Places(text, name)
    delimiter = max(_DELIMITERS, key=lambda each: _columns(text, each))
    rows = list(_rows(text, delimiter, places, problems))
    if not rows:
        if not problems.found:
            problems.add(
                CODE, places.at(0, 0), "the file has no rows", hint="the first row must name the fields: account,…"
            )
        return None
    header, *others = rows
    even = []
    for row in others:
        if len(row) == len(header):
            even.append(row)
        else:
            problems.add(
                CODE,
                row[min(len(row), len(header) + 1) - 1].position,
                f"the row has {_many(len(row))}, but the first row has {len(header)}",
                hint="put a value that contains the separator in double quotes",
            )
    return Table(header=header, rows=tuple(even))


def _decoded(content: bytes, name: str, problems: Problems) -> str | None:
    start = Position(file=name, line=1, column=1)
    if len(content) > MAX_BYTES:
        problems.add(CODE, start, f"the file has more than {MAX_BYTES:,} bytes", hint="split it")
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        sixteen = content.startswith(_UTF_16)
        line = 1 if sixteen else content.count(b"\n", 0, error.start) + 1
        problems.add(
            CODE,
            Position(file=name, line=line, column=1),
            "the file is UTF-16, not UTF-8" if sixteen else "the file is not UTF-8",
            hint=_HINT,
        )
        return None
    if "\0" in text:
        problems.add(CODE, _Places(text, name).at(text.index("\0"), 1), "the file contains a NUL character", hint=_HINT)
        return None
    return text


class _Places:
    """Lines and columns of offsets; lines end with a line feed, as in vend's other files."""

    def __init__(self, text: str, name: str) -> None:
        self._name = name
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def at(self, start: int, length: int) -> Position:
        line, column = self._place(start)
        end_line, end_column = self._place(start + length)
        return Position(file=self._name, line=line, column=column, end_line=end_line, end_column=end_column)

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def _columns(text: str, delimiter: str) -> int:
    try:
        return len(next((row for row in _values(text, delimiter) if row), ()))
    except csv.Error:
        return 0


def _values(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _rows(text: str, delimiter: str, places: _Places, problems: Problems) -> Iterator[tuple[Cell, ...]]:
    """Every row with something on it; reading ends where the quotes do not match."""
    values = _values(text, delimiter)
    for spans in _spans(text, delimiter):
        try:
            row = next(values, [])
        except csv.Error as error:
            problems.add(CODE, places.at(spans[0][0], 0), f"the row cannot be read: {error}", hint=_HINT)
            return
        if row:
            yield tuple(
                Cell(text=value, position=places.at(start, end - start))
                for value, (start, end) in zip(row, spans, strict=True)
            )


def _spans(text: str, delimiter: str) -> Iterator[list[tuple[int, int]]]:
    """Begin and end of every cell, row by row, as the csv module tells them apart."""
    cell = re.compile(rf'"[^"]*(?:""[^"]*)*"|[^{delimiter}\r\n"][^{delimiter}\r\n]*|')
    line_end = re.compile(r"\r\n|\n|\r|$")
    position = 0
    while position < len(text):
        row = []
        while True:
            found = cell.match(text, position)
            position = found.end() if found is not None else position
            row.append(found.span() if found is not None else (position, position))
            if not text.startswith(delimiter, position):
                break
            position += 1
        yield row
        behind = line_end.match(text, position)
        position = behind.end() if behind is not None else len(text)


def _many(cells: int) -> str:
    return "1 cell" if cells == 1 else f"{cells} cells"
