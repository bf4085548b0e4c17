"""The syntax tree of a file of HCL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from vend.models import Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """Something that is not a literal: a reference, a call, a template, an operation.

    Attributes:
        text: its source.
        key: of a map that is no literal, the key that makes it none.
        first: where the same key stands before, if that is why.
    """

    text: str
    key: Position | None = field(default=None, compare=False, repr=False)
    first: Position | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value with its place.

    Attributes:
        value: str, int, float, bool, None, list, dict, or `Expression`; a list or dict holds plain values,
            and `Expression` where an element is no literal.
        text: its source.
        elements: of a list by index, of a map by key.
        key_positions: of a map, where each key stands.
    """

    value: Any
    text: str
    position: Position
    elements: Mapping[int | str, Value] = field(default_factory=dict)
    key_positions: Mapping[str, Position] = field(default_factory=dict)

    @property
    def end(self) -> Position:
        """Just behind its last character."""
        return after(self.position, self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """`name = value`; `position` is the name's."""

    name: str
    position: Position
    expression: Value

    @property
    def value(self) -> Any:
        """The plain value; see `Value`."""
        return self.expression.value

    @property
    def value_position(self) -> Position:
        """Where the value begins."""
        return self.expression.position


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """`type "label" { … }`; `position` is the type's, `end` just behind the closing brace."""

    type: str
    labels: tuple[str, ...]
    position: Position
    end: Position
    label_positions: tuple[Position, ...]
    body: Body


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Attributes by name and blocks, both in the order of the file."""

    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()

    def blocks_of(self, kind: str) -> Iterator[Block]:
        """The blocks of one type."""
        return (block for block in self.blocks if block.type == kind)


def after(position: Position, text: str) -> Position:
    """Just behind this text, which begins at this position."""
    lines = text.count("\n")
    column = len(text) - text.rfind("\n") if lines else position.column + len(text)
    return Position(file=position.file, line=position.line + lines, column=column)
