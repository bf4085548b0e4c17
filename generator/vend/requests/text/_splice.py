"""Replacing, adding and removing attributes and blocks in a text; every other byte stays.

Each function takes a parsed file and returns its new text. The caller checks the result by parsing it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vend.hcl import Attribute, Block, literal
from vend.requests.text._plain_block import INDENT, FieldValue, PlainBlock, attribute_lines, rank, written
from vend.requests.text._source import NotLocatedError, Source, SourceSpan


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """An attribute or block within a block; `sign` is where an attribute on one line has its `=`."""

    name: str
    span: SourceSpan
    is_block: bool
    sign: int | None = None


def put_attribute(source: Source, block: Block, name: str, value: FieldValue) -> str:
    """An attribute that the block does not have yet."""
    anchor = _anchor(source, block, name)
    lines = attribute_lines(name, value)
    if len(lines) == 1 and anchor is not None and anchor.sign is not None:
        lines = attribute_lines(name, value, pad=anchor.sign - anchor.span.start - 1)
    return _inserted(source, block, anchor, lines, like=None)


def put_block(source: Source, block: Block, new: PlainBlock) -> str:
    """A block inside of another."""
    return _inserted(source, block, _anchor(source, block, new.type), written(new), like=new.type)


def append_block(source: Source, new: PlainBlock) -> str:
    """A block at the end of the file; a file whose last line has no end keeps it so."""
    text, ending = source.text, source.line_break
    added = ending.join(written(new))
    if not text.strip():
        return added + ending
    if not text.endswith("\n"):
        return f"{text}{ending}{ending}{added}"
    between = "" if text.endswith(("\n\n", "\n\r\n")) else ending
    return f"{text}{between}{added}{ending}"


def drop_attribute(source: Source, block: Block, attribute: Attribute) -> str:
    """The block without an attribute."""
    return _without(source, source.attribute(attribute), source.inside(block))


def drop_block(source: Source, block: Block, *, inside: Block | None = None) -> str:
    """The file, or the block that it stands inside of, without a block and the comments that belong to it."""
    container = source.inside(inside) if inside is not None else SourceSpan(start=0, end=len(source.text))
    return _without(source, source.block(block), container)


def replaced(source: Source, span: SourceSpan, text: str) -> str:
    """The file's text with something else in the place of this."""
    return source.text[: span.start] + text + source.text[span.end :]


def without_lines(source: Source, start: int, end: int, container: SourceSpan) -> str:
    """The text without whole lines, and with one blank line fewer where two would meet or one would end a block."""
    text = source.text
    above, below = text[container.start : start], text[end : container.end]
    if not below.strip():
        kept = container.start + len(above.rstrip(" \t\r\n"))
        line_break = text.find("\n", kept, start)
        start = line_break + 1 if line_break >= 0 else start
        if end == len(text) and not text.endswith("\n"):
            start = kept
    elif not above.strip() or not text[source.line_start(start - 1) : start].strip():
        next_line = text.find("\n", end, container.end)
        if next_line >= 0 and not text[end:next_line].strip():
            end = next_line + 1
    return text[:start] + text[end:]


def with_comments_above(source: Source, span: SourceSpan, end: int, container: SourceSpan) -> int:
    """The beginning of the lines that go with something: its own, and comments right above that belong to it.

    They do where it takes several lines, or is followed by a blank line, a comment or nothing; otherwise they may
    speak of more than it.
    """
    text = source.text
    start = source.line_start(span.start)
    following = text[end : container.end].partition("\n")[0].strip()
    if following and not following.startswith(("#", "//", "/*")) and source.is_one_line(span):
        return start
    while start > container.start:
        line_start = source.line_start(start - 1)
        line = text[line_start : start - 1].strip()
        if line.endswith("*/") and not line.startswith(("#", "//")):
            opened = text.rfind("/*", container.start, start)
            line_start = source.line_start(opened) if opened >= 0 and source.starts_line(opened) else -1
        elif not line.startswith(("#", "//")):
            break
        if line_start < container.start:
            break
        start = line_start
    return start


def _items(source: Source, block: Block) -> list[_Item]:
    """What is in a block, in the order of the file."""
    items = [_Item(name=inner.type, span=source.block(inner), is_block=True) for inner in block.body.blocks]
    for attribute in block.body.attributes.values():
        span = source.attribute(attribute)
        sign = source.after_trivia(span.start + len(attribute.name)) if source.is_one_line(span) else None
        items.append(_Item(name=attribute.name, span=span, is_block=False, sign=sign))
    return sorted(items, key=lambda item: item.span)


def _anchor(source: Source, block: Block, name: str) -> _Item | None:
    """The item behind which a new one belongs: the last of those that vend would write before it."""
    wanted = rank(block.type, name)
    before = [item for item in _items(source, block) if rank(block.type, item.name) <= wanted]
    return max(before, key=lambda item: (rank(block.type, item.name), item.span), default=None)


def _inserted(source: Source, block: Block, anchor: _Item | None, lines: Sequence[str], *, like: str | None) -> str:
    """The block with new lines behind the anchor, or before everything else.

    Args:
        source: the file.
        block: gets the lines.
        anchor: one of its items.
        lines: not indented.
        like: the type of block that they are, if they are one.
    """
    inside = source.inside(block)
    outer = source.indent(source.block(block).start)
    items = _items(source, block)
    indents = (source.indent(item.span.start) for item in items if source.starts_line(item.span.start))
    indent = next(indents, outer + INDENT)
    new = [indent + line if line else "" for line in lines]
    if source.is_one_line(inside):
        held = source.text[inside.start : inside.end].strip()
        opened = ["", *([indent + held] if held else []), *new, outer]
        return replaced(source, inside, source.line_break.join(opened))
    at = source.rest_of_line(anchor.span.end if anchor is not None else inside.start)
    if at is None or at > inside.end:
        raise NotLocatedError(block.type)
    following = next((item for item in items if item.span.start >= at), None)
    parted = [
        other is not None and not _one_paragraph(source, other, like, several_lines=len(new) > 1)
        for other in (anchor, following)
    ]
    blank_follows = not source.text[at:].partition("\n")[0].strip()
    ending = source.line_break
    text = (
        (ending if parted[0] else "") + ending.join(new) + ending + (ending if parted[1] and not blank_follows else "")
    )
    return replaced(source, SourceSpan(start=at, end=at), text)


def _one_paragraph(source: Source, item: _Item, like: str | None, *, several_lines: bool) -> bool:
    """Whether something new may stand next to this item without a blank line between them."""
    if several_lines or not source.is_one_line(item.span):
        return False
    return item.name == like if item.is_block or like else True


def _without(source: Source, span: SourceSpan, container: SourceSpan) -> str:
    end = source.rest_of_line(span.end)
    if end is None or not source.starts_line(span.start) or source.is_one_line(container):
        before, after = source.text[container.start : span.start], source.text[span.end : container.end]
        return replaced(source, container, before + after if (before + after).strip() else "")
    return without_lines(source, with_comments_above(source, span, end, container), end, container)


def replace_value(source: Source, span: SourceSpan, new: FieldValue) -> str:
    """Another value in the place of one."""
    return replaced(source, span, literal(new))
