"""Reading literal values from HCL, with a diagnostic for anything else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from vend.errors import Related
from vend.hcl import Attribute, Expression, Value
from vend.models import Position
from vend.requests.language._problems import Problems

_LIKE_TEXT = re.compile(r"[0-9][\w.:/+-]*")
"""Dates, ranges of addresses and the like, which HCL takes for arithmetic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A string and where it stands."""

    value: str
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMap:
    """A map of strings, and where it and each of its keys stands."""

    position: Position
    items: Mapping[str, Text] = field(default_factory=dict)
    keys: Mapping[str, Position] = field(default_factory=dict)


def text(attribute: Attribute, problems: Problems) -> Text | None:
    """The attribute as a string; None after a diagnostic. An empty string counts as one."""
    return _text(attribute.expression, f'"{attribute.name}"', problems)


def text_list(attribute: Attribute, problems: Problems) -> tuple[Text, ...] | None:
    """The attribute as a list of strings; None after a diagnostic on the list itself."""
    value = attribute.expression
    if not _literal(value, f'"{attribute.name}"', problems):
        return None
    if not isinstance(value.value, list):
        problems.add(
            "wrong-type",
            value.position,
            f'"{attribute.name}" must be a list of strings, not {_kind(value)}',
            hint=f'{attribute.name} = ["…"]',
        )
        return None
    items = (_text(value.elements[i], f'"{attribute.name}[{i}]"', problems) for i in range(len(value.value)))
    return tuple(item for item in items if item is not None)


def text_map(attribute: Attribute, problems: Problems) -> TextMap | None:
    """The attribute as a map of strings; None after a diagnostic on the map itself."""
    value = attribute.expression
    if not _literal(value, f'"{attribute.name}"', problems):
        return None
    if not isinstance(value.value, dict):
        problems.add(
            "wrong-type",
            value.position,
            f'"{attribute.name}" must be a map of strings, not {_kind(value)}',
            hint=f'{attribute.name} = {{ key = "value" }}',
        )
        return None
    items: dict[str, Text] = {}
    for key, element in value.elements.items():
        item = _text(element, f'"{attribute.name}.{key}"', problems)
        if item is not None:
            items[str(key)] = item
    return TextMap(position=value.position, items=items, keys=value.key_positions)


def number(attribute: Attribute, problems: Problems) -> float | None:
    """The attribute as a number; None after a diagnostic."""
    value = attribute.expression
    if not _literal(value, f'"{attribute.name}"', problems):
        return None
    if isinstance(value.value, bool) or not isinstance(value.value, int | float):
        problems.add("wrong-type", value.position, f'"{attribute.name}" must be a number, not {_kind(value)}')
        return None
    return value.value


def boolean(attribute: Attribute, problems: Problems) -> bool | None:
    """The attribute as true or false; None after a diagnostic."""
    value = attribute.expression
    if not _literal(value, f'"{attribute.name}"', problems):
        return None
    if not isinstance(value.value, bool):
        problems.add("wrong-type", value.position, f'"{attribute.name}" must be true or false, not {_kind(value)}')
        return None
    return value.value


def _text(value: Value, name: str, problems: Problems) -> Text | None:
    if not _literal(value, name, problems):
        return None
    plain = value.value
    if isinstance(plain, str):
        return Text(value=plain, position=value.position)
    hint = None
    if isinstance(plain, bool | int | float):
        hint = f'put it in quotes: "{value.text}"'
    elif plain is None:
        hint = "remove the line"
    problems.add(
        "wrong-type",
        value.position,
        f"{name} must be a string, not {_kind(value)}",
        detail="HCL reads unquoted digits as a number and drops leading zeros." if _digits(value) else None,
        hint=hint,
    )
    return None


def _literal(value: Value, name: str, problems: Problems) -> bool:
    if not isinstance(value.value, Expression):
        return True
    if value.value.first is not None:
        first = Related.at("the first is here", value.value.first)
        problems.twice("not-literal", value.value.key, f"{name} has a key twice", first=first, hint="keep one of them")
        return False
    source = value.text.strip()
    if source.startswith(('"', "<<")):
        hint = 'values are not evaluated; for a literal "${" write "$${", for a literal "%{" write "%%{"'
    elif value.value.key is not None:
        hint = "write every key as a plain name or string"
    else:
        text = source.isidentifier() or _LIKE_TEXT.fullmatch(source)
        hint = f'put it in quotes: "{source}"' if text else "write the value itself"
    problems.add(
        "not-literal",
        value.value.key or value.position,
        f"{name} has a computed key" if value.value.key is not None else f"{name} is an expression",
        detail="Account requests and settings are data and are not evaluated.",
        hint=hint,
    )
    return False


def _digits(value: Value) -> bool:
    return isinstance(value.value, int) and not isinstance(value.value, bool) and value.text.startswith("0")


def _kind(value: Value) -> str:
    plain = value.value
    if plain is None:
        return "null"
    if isinstance(plain, bool):
        return f"the boolean {value.text}"
    if isinstance(plain, int | float):
        return f"the number {value.text}"
    if isinstance(plain, str):
        return "a string"
    return "a list" if isinstance(plain, list) else "a map"
