"""The text of one file, and the offsets of its parts in characters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from vend.hcl import BOM, Attribute, Block, Body, Value, parse
from vend.models import Position

_BLANKS = re.compile(r"[ \t\r]+")
_COMMENT = re.compile(r"(?:#|//)[^\n]*|/\*.*?\*/", re.DOTALL)
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL)
_WORD = re.compile(r"[^\s{}\[\]()=:,\"#]+")


class NotLocatedError(Exception):
    """What the parser read is not found where it should stand: the file is better left alone."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class SourceSpan:
    """From a character up to, and without, another."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file that HCL's parsers understand.

    Attributes:
        text: without its byte order mark; line endings are as they lie on disk.
        mark: the byte order mark, or nothing.
        lines: where each line begins.
    """

    file: str
    text: str
    body: Body
    mark: bytes = b""
    lines: tuple[int, ...] = field(default=(), repr=False)

    @classmethod
    def read(cls, content: bytes, file: str) -> Source:
        """Parses a file.

        Raises:
            InvalidInputError: its syntax is wrong; every error of it.
        """
        from vend.errors import InvalidInputError

        parsed = parse(content, file)
        if parsed.body is None:
            raise InvalidInputError(parsed.diagnostics)
        mark = BOM if content.startswith(BOM) else b""
        text = content.removeprefix(mark).decode("utf-8")
        lines = (0, *(index + 1 for index, character in enumerate(text) if character == "\n"))
        return cls(file=file, text=text, body=parsed.body, mark=mark, lines=lines)

    def encoded(self, text: str) -> bytes:
        """Another text of this file as it is to lie on disk."""
        return self.mark + text.encode("utf-8")

    @property
    def line_break(self) -> str:
        """How this file ends its lines: as it ends the first."""
        first = self.text.find("\n")
        return "\r\n" if first > 0 and self.text[first - 1] == "\r" else "\n"

    def offset(self, position: Position) -> int:
        """Where a place is."""
        return self.lines[position.line - 1] + position.column - 1

    def value(self, value: Value) -> SourceSpan:
        """A value, from its first character to its last.

        Raises:
            NotLocatedError: something else stands there.
        """
        start = self.offset(value.position)
        if not value.text or not self.text.startswith(value.text, start):
            raise NotLocatedError(value.text)
        return SourceSpan(start=start, end=start + len(value.text))

    def attribute(self, attribute: Attribute) -> SourceSpan:
        """`name = value`."""
        return SourceSpan(start=self.offset(attribute.position), end=self.value(attribute.expression).end)

    def block(self, block: Block) -> SourceSpan:
        """`type "label" { … }`.

        Raises:
            NotLocatedError: something else stands there.
        """
        span = SourceSpan(start=self.offset(block.position), end=self.offset(block.end))
        if not self.text.startswith(block.type, span.start) or self.text[span.end - 1 : span.end] != "}":
            raise NotLocatedError(block.type)
        return span

    def inside(self, block: Block) -> SourceSpan:
        """What stands between a block's braces.

        Raises:
            NotLocatedError: there are no braces where they should be.
        """
        span = self.block(block)
        at = span.start + len(block.type)
        while self.text[at : at + 1] != "{":
            at = self.after_trivia(at)
            at = at if self.text[at : at + 1] == "{" else self.key_end(at)
        return SourceSpan(start=at + 1, end=span.end - 1)

    def after_trivia(self, offset: int, *, beyond: str = "") -> int:
        """The first character from here on that is neither blank nor comment, nor one of `beyond`."""
        while True:
            match = _BLANKS.match(self.text, offset) or _COMMENT.match(self.text, offset)
            if match is not None:
                offset = match.end()
            elif offset < len(self.text) and self.text[offset] in beyond:
                offset += 1
            else:
                return offset

    def key_end(self, offset: int) -> int:
        """The end of the name or quoted string that begins here.

        Raises:
            NotLocatedError: neither does.
        """
        quoted = self.text[offset : offset + 1] == '"'
        match = (_QUOTED if quoted else _WORD).match(self.text, offset)
        if match is None:
            raise NotLocatedError(self.text[offset : offset + 1])
        return match.end()

    def line_start(self, offset: int) -> int:
        """The beginning of the line that this character is on."""
        return self.text.rfind("\n", 0, offset) + 1

    def rest_of_line(self, offset: int, *, beyond: str = "") -> int | None:
        """The beginning of the next line, where nothing but blanks and comments (and `beyond`) comes before it.

        None where something else does. The end of the text counts as the end of a line.
        """
        end = self.after_trivia(offset, beyond=beyond)
        if end == len(self.text):
            return end
        return end + 1 if self.text[end] == "\n" else None

    def starts_line(self, offset: int) -> bool:
        """Whether nothing but blanks stands before it on its line."""
        return not self.text[self.line_start(offset) : offset].strip()

    def indent(self, offset: int) -> str:
        """The blanks that the line begins with."""
        start = self.line_start(offset)
        line = self.text[start:]
        return line[: len(line) - len(line.lstrip(" \t"))]

    def comments(self, span: SourceSpan) -> Iterator[SourceSpan]:
        """The comments in a stretch that holds nothing but blanks, comments and punctuation."""
        for match in _COMMENT.finditer(self.text, span.start, span.end):
            yield SourceSpan(start=match.start(), end=match.end())

    def is_one_line(self, span: SourceSpan) -> bool:
        """Whether no line ends within."""
        return "\n" not in self.text[span.start : span.end]
