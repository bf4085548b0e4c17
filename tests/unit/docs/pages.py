"""The documentation's pages, taken apart for tests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{2,3} (.+)$", re.MULTILINE)
_FILE = re.compile(r"\A(?:#!.*\n)?# ((?:[\w.-]+/)*[\w-]+\.\w+)$", re.MULTILINE)
_BAR = re.compile(r"(?<!\\)\|")
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A fenced block.

    Attributes:
        page: relative to the repository.
        line: of its first line.
        file: the path that its first comment names, where it names one.
    """

    page: str
    line: int
    language: str
    text: str
    file: str | None

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def examples(page: str, *languages: str) -> tuple[Example, ...]:
    """The fenced blocks of these languages on a page, in order."""
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    return tuple(
        Example(
            page=page,
            line=text.count("\n", 0, match.start()) + 2,
            language=match[1],
            text=match[2],
            file=named[1] if (named := _FILE.search(match[2])) else None,
        )
        for match in _FENCE.finditer(text)
        if match[1] in languages
    )


def prose(page: str) -> str:
    """A page without its fenced blocks."""
    return _FENCE.sub("", (REPOSITORY / page).read_text(encoding="utf-8"))


def sections(page: str) -> Mapping[str, str]:
    """The text below each heading of the second and third level, by heading without backticks."""
    text = prose(page)
    headings = [*_HEADING.finditer(text)]
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    return {heading[1].replace("`", ""): text[heading.end() : end] for heading, end in zip(headings, ends, strict=True)}


def rows(section: str) -> Iterator[tuple[str, ...]]:
    """The cells of every row of the section's tables, headings and rules left out."""
    previous = ""
    for line in section.splitlines():
        is_row = line.startswith("|")
        if is_row and previous.startswith("|") and not set(line) <= set("|-"):
            yield tuple(cell.strip() for cell in _BAR.split(line)[1:-1])
        previous = line if is_row else ""


def codes(cell: str) -> tuple[str, ...]:
    """What stands in backticks."""
    return tuple(_CODE.findall(cell))
