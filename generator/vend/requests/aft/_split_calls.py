"""Splitting a module call with `for_each` into several, because one failing instance fails the whole call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vend.hcl import Block, literal
from vend.requests.aft._text_edits import Lines, Shift, TextEdit, applied, blanked
from vend.requests.text._source import SourceSpan

_KEY, _VALUE = "vend_key", "vend_value"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPart:
    """Some instances of a call, as a call of their own.

    Attributes:
        label: of that call, and the name of its file.
        keys: of the instances.
    """

    label: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitCall:
    """A module call with `for_each` that is made in parts; without any, it is asked for its keys.

    Attributes:
        path: of its file.
        probe: label of the resource that has an instance for each key, where keys are asked for.
    """

    path: str
    block: Block
    probe: str
    parts: tuple[CallPart, ...] = ()

    @property
    def label(self) -> str:
        """Of the whole call."""
        return self.block.labels[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPartFile:
    """A file beside that of the call; what stands in it stands on the same line there."""

    name: str
    text: str
    shifts: tuple[Shift, ...] = ()


def part_files(text: str, edits: Sequence[TextEdit], calls: Sequence[SplitCall]) -> Iterator[CallPartFile]:
    """The files that calls of one file are made in, or asked for their keys.

    Args:
        text: of their file.
        edits: that it needs anyway.
        calls: of that file.
    """
    lines = Lines(text)
    for call in calls:
        keys = call.block.body.attributes["for_each"].expression
        over = SourceSpan(start=lines.offset(keys.position), end=lines.offset(keys.end))
        if not call.parts:
            yield _probe(call, text[over.start : over.end], _moved(edits, over))
        own = _span(lines, call.block)
        inner = [edit for edit in edits if _within(edit, own)]
        label = lines.offset(call.block.label_positions[0])
        for part in call.parts:
            chosen = f") : {_KEY} => {_VALUE} if contains([{', '.join(map(literal, part.keys))}], {_KEY}) }}"
            changed, shifts = applied(
                text,
                [
                    blanked(text, 0, own.start),
                    TextEdit(start=label, end=label + len(f'"{call.label}"'), text=f'"{part.label}"'),
                    TextEdit(start=over.start, end=over.start, text=f"{{ for {_KEY}, {_VALUE} in ("),
                    *inner,
                    TextEdit(start=over.end, end=over.end, text=chosen),
                    blanked(text, own.end, len(text)),
                ],
            )
            inside = range(call.block.position.line - 1, call.block.end.line)
            kept = (line if number in inside else "" for number, line in enumerate(changed.split("\n")))
            yield CallPartFile(name=f"{part.label}.tf", text="\n".join(kept), shifts=shifts)


def remaining(text: str, edits: Sequence[TextEdit], calls: Sequence[SplitCall]) -> list[TextEdit]:
    """The edits to a file whose calls are made elsewhere, in parts."""
    lines = Lines(text)
    spans = [_span(lines, call.block) for call in calls if call.parts]
    kept = [edit for edit in edits if not any(_within(edit, span) for span in spans)]
    return [*kept, *(blanked(text, span.start, span.end) for span in spans)]


def _probe(call: SplitCall, keys: str, edits: Sequence[TextEdit]) -> CallPartFile:
    each, _ = applied(keys, edits)
    text = f'resource "terraform_data" "{call.probe}" {{\n  for_each = {each}\n  input    = each.key\n}}\n'
    return CallPartFile(name=f"{call.probe}.tf", text=text)


def _moved(edits: Sequence[TextEdit], span: SourceSpan) -> list[TextEdit]:
    return [
        TextEdit(start=edit.start - span.start, end=edit.end - span.start, text=edit.text)
        for edit in edits
        if _within(edit, span)
    ]


def _span(lines: Lines, block: Block) -> SourceSpan:
    return SourceSpan(start=lines.offset(block.position), end=lines.offset(block.end))


def _within(edit: TextEdit, span: SourceSpan) -> bool:
    return span.start <= edit.start and edit.end <= span.end
