"""Adding or removing one element of a list or map; comments and layout stay."""

from __future__ import annotations

from vend.hcl import Value, key, literal
from vend.requests.text._plain_block import INDENT
from vend.requests.text._source import Source, SourceSpan
from vend.requests.text._splice import replaced, with_comments_above, without_lines


def put_entry(source: Source, value: Value, name: str, text: str) -> str:
    """A map with an entry that it does not have yet, behind its last one, written as that is."""
    elements = _spans(source, value)
    if not elements:
        return _only_element(source, value, f"{key(name)} = {literal(text)}")
    last = elements[-1]
    key_end = source.key_end(last.start)
    signs = source.text[key_end : source.value(list(value.elements.values())[-1]).start]
    blanks = len(signs) - len(signs.lstrip())
    wanted = key(name)
    if blanks:
        width = key_end - last.start + blanks if source.starts_line(last.start) else 0
        wanted = wanted.ljust(max(width, len(wanted) + 1))
    return _behind(source, value, len(elements) - 1, f"{wanted}{signs.lstrip()}{literal(text)}")


def put_element(source: Source, value: Value, index: int, text: str) -> str:
    """A list with a string more, which then has this index."""
    elements = _spans(source, value)
    if not elements:
        return _only_element(source, value, literal(text))
    if index > 0:
        return _behind(source, value, index - 1, literal(text))
    first = elements[0]
    between = f",{source.line_break}{source.indent(first.start)}" if source.starts_line(first.start) else ", "
    return replaced(source, SourceSpan(start=first.start, end=first.start), literal(text) + between)


def drop_element(source: Source, value: Value, index: int) -> str:
    """A list or map without one of its elements, and without the comma that went with it."""
    elements = _spans(source, value)
    element, inside = elements[index], _inside(source, value)
    end = source.rest_of_line(element.end, beyond=",")
    if end is not None and end <= inside.end and source.starts_line(element.start):
        lines = SourceSpan(start=source.line_start(inside.start), end=inside.end)
        start = max(with_comments_above(source, element, end, lines), inside.start)
        return without_lines(source, start, end, inside)
    behind = _behind_comma(source, element.end)
    if len(elements) == 1:
        left = source.text[inside.start : element.start] + source.text[behind : inside.end]
        return replaced(source, inside, left if left.strip() else "")
    if index + 1 == len(elements):
        before = SourceSpan(start=elements[index - 1].end, end=element.start)
        if any(source.comments(before)):  # they stay, and with them the comma before them
            return replaced(source, SourceSpan(start=element.start, end=behind), "")
        return replaced(source, SourceSpan(start=before.start, end=element.end), "")
    gap = SourceSpan(start=behind, end=elements[index + 1].start)
    if not source.text[gap.start : gap.end].strip() and source.is_one_line(gap):
        return replaced(source, SourceSpan(start=element.start, end=gap.end), "")
    start = _behind_comma(source, elements[index - 1].end) if index else element.start
    return replaced(
        source,
        SourceSpan(start=start if not source.text[start : element.start].strip() else element.start, end=behind),
        "",
    )


def _inside(source: Source, value: Value) -> SourceSpan:
    span = source.value(value)
    return SourceSpan(start=span.start + 1, end=span.end - 1)


def _spans(source: Source, value: Value) -> list[SourceSpan]:
    """The elements in the order of the file; those of a map from their keys on."""
    return [
        SourceSpan(
            start=source.offset(value.key_positions[name] if isinstance(name, str) else element.position),
            end=source.value(element).end,
        )
        for name, element in value.elements.items()
    ]


def _only_element(source: Source, value: Value, element: str) -> str:
    """A list or map that was empty, with an element; comments in it stay."""
    inside = _inside(source, value)
    held = source.text[inside.start : inside.end]
    if not held.strip() and source.is_one_line(inside):
        blank = " " if isinstance(value.value, dict) else ""
        return replaced(source, inside, f"{blank}{element}{blank}")
    if not source.starts_line(inside.end):
        return replaced(source, SourceSpan(start=inside.end, end=inside.end), f" {element} ")
    at, outer = source.line_start(inside.end), source.indent(inside.end)
    return replaced(source, SourceSpan(start=at, end=at), f"{outer}{INDENT}{element}{source.line_break}")


def _behind(source: Source, value: Value, index: int, element: str) -> str:
    """A list or map with an element behind another one: on a line of its own if that one has one."""
    elements, inside = _spans(source, value), _inside(source, value)
    before = elements[index]
    at = source.rest_of_line(before.end, beyond=",")
    if at is None or at > inside.end or not source.starts_line(before.start):
        return replaced(source, SourceSpan(start=before.end, end=before.end), f", {element}")
    has_comma = _behind_comma(source, before.end) != before.end
    is_list = isinstance(value.value, list)
    comma = "," if has_comma or (is_list and index + 1 < len(elements)) else ""
    line = f"{source.indent(before.start)}{element}{comma}{source.line_break}"
    joint = "," if is_list and not has_comma else ""
    return f"{source.text[: before.end]}{joint}{source.text[before.end : at]}{line}{source.text[at:]}"


def _behind_comma(source: Source, end: int) -> int:
    """Behind the comma that follows an element on its line, or the element's own end where there is none."""
    at = source.after_trivia(end)
    return at + 1 if source.text[at : at + 1] == "," else end
