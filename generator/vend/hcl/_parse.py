"""Parsing bytes into a tree, or diagnostics."""

from __future__ import annotations

import codecs
import gc
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from vend.errors import Diagnostic
from vend.hcl._tree import Body
from vend.hcl._tree_json import body_from_json, body_to_json
from vend.models import Position
from vend.working import Cache

MAX_BYTES = 1_000_000
"""A larger file is refused: python-hcl2 needs about four seconds for a megabyte."""

MAX_LINES = 50_000
"""A longer file is refused: HashiCorp's parser takes a time that grows with the square of a heredoc's lines."""

MAX_DEPTH = 100
"""Deeper nesting is refused: requests need two levels, and both parsers are recursive."""

_DEEPEST_READ = 5_000
"""Brackets beyond this are not even counted with care: at 100,000 HashiCorp's parser ends the whole process."""

_LARGEST_EXPONENT = 400
"""HashiCorp's parser writes a number out digit by digit: 1e99999999 keeps it busy for an hour."""

BOM = b"\xef\xbb\xbf"
_EXPONENT = re.compile(r"\d[eE]\+?-?(\d+)")
_BRACKETS = re.compile(r'"(?:\\.|[^"\\\n])*"|[\[\](){}]')
_ANY_BRACKET = re.compile(r"[\[\](){}]")
_PLACE = re.compile(r"tmp\.hcl:(\d+),(\d+)-(?:(\d+),)?(\d+): ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """The body where the syntax is right, else diagnostics."""

    body: Body | None
    diagnostics: tuple[Diagnostic, ...] = ()


def parse(content: bytes, file: str, cache: Cache | None = None) -> Parsed:
    """Reads one file of HCL.

    Args:
        content: as it lies on disk; a byte order mark is passed over.
        file: its name for diagnostics and positions.
        cache: remembers what was parsed before.

    Returns:
        The body, or the syntax errors in HashiCorp's wording, each with its place. Never raises for bad input.
    """
    if cache is None:
        return _parse(content, file)
    body, problems = cache.remembered("hcl", file, content, lambda: _parsed_to_json(_parse(content, file)))
    return Parsed(
        body=None if body is None else body_from_json(body, file),
        diagnostics=tuple(Diagnostic.from_json(problem) for problem in problems),
    )


def _parsed_to_json(parsed: Parsed) -> list[Any]:
    body = None if parsed.body is None else body_to_json(parsed.body)
    return [body, [problem.to_json() for problem in parsed.diagnostics]]


def _parse(content: bytes, file: str) -> Parsed:
    for amount, unit, most in ((len(content), "bytes", MAX_BYTES), (content.count(b"\n"), "lines", MAX_LINES)):
        if amount > most:
            return _refused(
                _too_large(f"the file has more than {most:,} {unit}; vend does not read larger files", file)
            )
    content = content.removeprefix(BOM)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        return _refused(_not_utf8(content, error.start, file))
    if "\0" in text:
        return _refused(_nul(text, file))
    offset = _too_deep_for_parsers(text)
    if offset is not None:
        return _refused(_too_deep(text, offset, file))
    with collector_paused():
        if _has_endless_number(text):
            return _refused(_endless_number(file))
        problems = _syntax_problems(text, file)
        return Parsed(body=None, diagnostics=problems) if problems else _tree(text, file)


def _too_deep_for_parsers(text: str) -> int | None:
    """Where the bracket stands that is too deep in others; None where none is."""
    if _deeper(_ANY_BRACKET, text, MAX_DEPTH) is None:
        return None
    offset = _deeper(_BRACKETS, text, MAX_DEPTH)
    return offset if offset is not None else _deeper(_ANY_BRACKET, text, _DEEPEST_READ)


def _deeper(brackets: re.Pattern[str], text: str, most: int) -> int | None:
    """Where brackets first nest more deeply than `most`; `_BRACKETS` leaves those in quoted strings aside."""
    depth = 0
    for match in brackets.finditer(text):
        if match[0] in "[({":
            depth += 1
            if depth > most:
                return match.start()
        elif match[0] in "])}":
            depth -= 1
    return None


def _has_endless_number(text: str) -> bool:
    """Whether a number, and not some text that looks like one, has an exponent beyond all use."""
    if not any(int(match[1][:9]) > _LARGEST_EXPONENT for match in _EXPONENT.finditer(text)):
        return False
    from vend.hcl._hcl2 import NotUnderstoodError, numbers

    try:
        found = [match for number in numbers(text) for match in _EXPONENT.finditer(number)]
    except NotUnderstoodError:
        return True
    return any(int(match[1][:9]) > _LARGEST_EXPONENT for match in found)


def _endless_number(file: str) -> Diagnostic:
    return Diagnostic(
        code="hcl-not-understood",
        summary=f"a number has an exponent of more than {_LARGEST_EXPONENT}",
        hint="put it in quotes if it is text",
        file=file,
    )


def _too_large(summary: str, file: str) -> Diagnostic:
    return Diagnostic(code="hcl-too-large", summary=summary, hint="split it into several files", file=file)


def _too_deep(text: str, offset: int, file: str) -> Diagnostic:
    return Diagnostic(
        code="hcl-too-deep",
        summary=f"values are nested more than {MAX_DEPTH} levels deep",
        hint="flatten them: requests need only two levels",
        file=file,
        line=text.count("\n", 0, offset) + 1,
        column=offset - text.rfind("\n", 0, offset),
    )


def _refused(problem: Diagnostic) -> Parsed:
    return Parsed(body=None, diagnostics=(problem,))


def _not_utf8(content: bytes, offset: int, file: str) -> Diagnostic:
    before = content[:offset]
    line_start = before.rfind(b"\n") + 1
    seems = "appears to use another encoding, such as Latin-1"
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        seems = "appears to be UTF-16"
    return Diagnostic(
        code="hcl-encoding",
        summary=f"byte 0x{content[offset]:02x} is not UTF-8",
        detail=f"HCL must be UTF-8; this file {seems}.",
        hint="save the file as UTF-8",
        file=file,
        line=before.count(b"\n") + 1,
        column=len(content[line_start:offset].decode("utf-8", "replace")) + 1,
    )


def _nul(text: str, file: str) -> Diagnostic:
    before = text[: text.index("\0")]
    return Diagnostic(
        code="hcl-encoding",
        summary="the file contains a NUL character",
        hint="save the file as plain UTF-8 text",
        file=file,
        line=before.count("\n") + 1,
        column=len(before) - (before.rfind("\n") + 1) + 1,
    )


def _syntax_problems(text: str, file: str) -> tuple[Diagnostic, ...]:
    import pygohcl

    try:
        pygohcl.loads(text)
    except pygohcl.HCLParseError as error:
        return tuple(_syntax_errors(str(error), text, file))
    except (pygohcl.HCLInternalError, ValueError, RecursionError):
        # The syntax is right; what fails is pygohcl's own step from there to JSON: a block and an argument of one
        # name, a null key, a number of more digits than Python turns into an integer.
        return ()
    return ()


def _syntax_errors(message: str, text: str, file: str) -> Iterator[Diagnostic]:
    """HashiCorp's diagnostics out of pygohcl's one line: `tmp.hcl:LINE,COLUMN-…: Summary; Detail, tmp.hcl:…`.

    A place also stands inside a detail ("was already set at tmp.hcl:1,1-2"), where no summary follows it.
    """
    starts = [
        match
        for match in _PLACE.finditer(message)
        if message[max(0, match.start() - 2) : match.start()] in {", ", ": "}
    ]
    if not starts:
        yield Diagnostic(code="hcl-syntax", summary="the file cannot be read as HCL", detail=message or None, file=file)
    lines = text.split("\n")
    for index, match in enumerate(starts):
        end = starts[index + 1].start() if index + 1 < len(starts) else len(message)
        summary, _, detail = message[match.end() : end].removesuffix(", ").partition("; ")
        yield Diagnostic(
            code="hcl-syntax",
            summary=summary[:1].lower() + summary[1:],
            detail=detail.replace("tmp.hcl:", f"{file}:") or None,
        ).at(_range(match, lines, file))


def _range(match: re.Match[str], lines: Sequence[str], file: str) -> Position:
    """A place in HashiCorp's terms, whose columns count characters as they are seen, in ours."""
    line, end_line = int(match[1]), int(match[3] or match[1])
    return Position(
        file=file,
        line=line,
        column=_column(lines, line, int(match[2])),
        end_line=end_line,
        end_column=_column(lines, end_line, int(match[4])),
    )


def _column(lines: Sequence[str], line: int, seen: int) -> int:
    if not 0 < line <= len(lines) or lines[line - 1].isascii():
        return seen
    import regex

    # HashiCorp's scanner counts token by token: a quote takes no mark that follows it.
    before = regex.findall(r'"|\X', lines[line - 1])[: seen - 1]
    return sum(map(len, before)) + seen - len(before)


def _tree(text: str, file: str) -> Parsed:
    from vend.hcl._agreement import disagreements
    from vend.hcl._hcl2 import NotUnderstoodError, read_tree

    try:
        body = read_tree(text, file)
    except NotUnderstoodError as error:
        return _refused(
            Diagnostic(
                code="hcl-not-understood",
                summary=str(error),
                detail=error.detail,
                hint="write it more simply; vend does not guess",
                file=file,
                line=error.line,
                column=error.column,
            )
        )
    differing = tuple(
        Diagnostic(
            code="hcl-not-understood",
            summary="the two HCL parsers read this value differently",
            hint="write it more simply; vend does not guess",
        ).at(value.position)
        for value in disagreements(body)
    )
    return Parsed(body=None if differing else body, diagnostics=differing)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Reading makes many objects and no garbage: the collector would only walk them again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
