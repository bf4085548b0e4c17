"""Plain values, and their conversion to strings as in Terraform."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from vend.hcl import Expression, Value


@dataclass(frozen=True, slots=True)
class Number:
    """A number as Terraform writes it as a string: decimal, without exponent and needless zeros."""

    text: str


Plain: TypeAlias = "str | bool | Number | Sequence[Plain] | Mapping[str, Plain] | None"
"""A value without expressions."""

_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
"""What `jsonencode` escapes, though JSON does not ask for it."""


def number(written: str) -> Number:
    """A number from its source, such as `1.10`, `012`, `1e3` or `- 5`.

    >>> [number(text).text for text in ("1.10", "012", "1e3", "- 5", "0.0")]
    ['1.1', '12', '1000', '-5', '0']
    """
    text = format(Decimal("".join(written.split())), "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return Number("0" if text == "-0" else text)


def plain(value: Value) -> Plain | Expression:
    """What a literal of HCL says; the first `Expression` in it where it is none."""
    if isinstance(value.value, bool) or value.value is None or isinstance(value.value, str | Expression):
        return value.value
    if isinstance(value.value, int | float):
        return number(value.text)
    elements = {key: plain(element) for key, element in value.elements.items()}
    found = next((element for element in elements.values() if isinstance(element, Expression)), None)
    if found is not None:
        return found
    if isinstance(value.value, list):
        return [elements[index] for index in range(len(elements))]  # type: ignore[misc]  # none is an Expression
    return {str(key): element for key, element in elements.items()}  # type: ignore[misc]  # likewise


def from_json(document: str) -> Plain:
    """What Terraform's `jsonencode` wrote.

    Raises:
        ValueError: it is no JSON.
    """
    found: Plain = json.loads(document, parse_float=number, parse_int=number)
    return found


def as_text(value: Plain) -> str | None:
    """The value as a string: text as it is, `true`, digits; other shapes as `jsonencode` writes them; None for null."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.text if isinstance(value, Number) else _encoded(value)


def is_scalar(value: Plain) -> bool:
    """Whether Terraform converts it to a string by itself."""
    return value is None or isinstance(value, str | bool | Number)


def kind(value: Plain) -> str:
    """What sort of value it is, for a sentence."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, Number):
        return "a number"
    return "a map" if isinstance(value, Mapping) else "a list"


def _encoded(value: Plain) -> str:
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_quoted(key)}:{_encoded(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Sequence):
        return "[" + ",".join(_encoded(element) for element in value) + "]"
    return as_text(value) or "null"


def _quoted(text: str) -> str:
    return "".join(_ESCAPES.get(character, character) for character in json.dumps(text, ensure_ascii=False))
