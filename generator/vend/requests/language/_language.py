"""Describing a language of blocks and fields: one table for its reader, its documentation and its schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from vend.errors import Severity
from vend.hcl import Expression, parse

Kind = Literal["string", "list", "map", "number", "boolean"]
"""`list` and `map` are of strings."""
NOT_BLANK = r"^[\s\S]*\S[\s\S]*$"
"""A `Rule.pattern`: at least one character that is no blank."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvalidValue:
    """What is wrong with a value, and what would be right."""

    code: str
    summary: str
    hint: str | None = None
    severity: Severity = "error"


Check = Callable[[str], InvalidValue | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a string must be; called with one, it says what is wrong.

    Attributes:
        check: the whole rule.
        accepts: the rule in words, as Markdown: a phrase without a full stop; empty where there is none.
        shortest: characters.
        longest: characters; None where only `check` knows.
        pattern: a regular expression, anchored, in the syntax that JSON Schema and Python share. `check` refuses
            whatever `shortest`, `longest`, `pattern` and `choices` refuse, and may refuse more.
        choices: the only values there are; empty where there are many.
        model: the shape of botocore's service model that the rule is taken from: service and name.
    """

    check: Check
    accepts: str
    shortest: int = 0
    longest: int | None = None
    pattern: str | None = None
    choices: tuple[str, ...] = ()
    model: tuple[str, str] | None = None

    def __call__(self, value: str) -> InvalidValue | None:
        """What is wrong with the value; None where nothing is."""
        return self.check(value)


def anything(_value: str) -> InvalidValue | None:
    """Nothing is wrong with any string."""
    return None


ANY_TEXT = Rule(check=anything, accepts="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """An argument of a block.

    Attributes:
        description: what it is, as Markdown.
        example: a value as it is written.
        rule: of the string, of every item of a list, of every value of a map.
        key: of a map's keys.
        required: the block, its defaults included, cannot do without it.
        default: as it would be written; None where there is none.
        inherited: whether `defaults` may say it.
        unique: a list that names nothing twice.
        most: entries of a map.
        lowest: of a number, and `highest`; `whole` ones alone where that is set.
        as_block: a map that may be written as a block as well.
    """

    name: str
    kind: Kind
    description: str
    example: str
    rule: Rule = ANY_TEXT
    key: Rule = ANY_TEXT
    required: bool = False
    default: str | None = None
    inherited: bool = True
    unique: bool = False
    most: int | None = None
    lowest: float | None = None
    highest: float | None = None
    whole: bool = True
    as_block: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockType:
    """A kind of block.

    Attributes:
        description: what it is, as Markdown.
        label: the rule of its one label; None where it has none.
        kinds: what it holds by label, where the label says what it holds; else `fields` and `blocks`.
        repeats: whether a body may hold several.
        sets_something: none of its fields is required, but one of them must be there.
    """

    name: str
    description: str
    label: Rule | None = None
    fields: tuple[Field, ...] = ()
    blocks: tuple[BlockType, ...] = ()
    kinds: Mapping[str, BlockType] = field(default_factory=dict)
    repeats: bool = False
    sets_something: bool = False

    def field(self, name: str) -> Field | None:
        """The field of this name."""
        return next((found for found in self.fields if found.name == name), None)

    def block(self, name: str) -> BlockType | None:
        """The kind of block of this name inside."""
        return next((found for found in self.blocks if found.name == name), None)

    @property
    def field_names(self) -> tuple[str, ...]:
        """In the order of the table."""
        return tuple(found.name for found in self.fields)

    @property
    def block_names(self) -> tuple[str, ...]:
        """In the order of the table."""
        return tuple(found.name for found in self.blocks)

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the fields that it cannot do without."""
        return tuple(found.name for found in self.fields if found.required)


def value_of(written: str | None) -> Any:
    """What an example or a default of the table says; None where it is said in words, or not at all."""
    if written is None:
        return None
    body = parse(f"value = {written}\n".encode(), "table").body
    found = body.attributes["value"].value if body is not None else None
    return None if isinstance(found, Expression) else found
