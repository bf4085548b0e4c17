"""Comparing the values from python-hcl2 with those from HashiCorp's parser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from vend.hcl._tree import Body, Expression, Value


def disagreements(body: Body) -> tuple[Value, ...]:
    """The literals of a body that HashiCorp's parser reads otherwise.

    All of them are evaluated in one go, from their source; only where that fails, one by one.
    """
    literals = tuple(_in_body(body))
    found = _evaluated(literals)
    if found is None:
        single = [(literal, _evaluated((literal,))) for literal in literals]
        return tuple(literal for literal, value in single if value is None or not _same(value[0], literal.value))
    return tuple(literal for literal, value in zip(literals, found, strict=True) if not _same(value, literal.value))


def _in_body(body: Body) -> Iterator[Value]:
    for attribute in body.attributes.values():
        yield from _in_value(attribute.expression)
    for block in body.blocks:
        yield from _in_body(block.body)


def _in_value(value: Value) -> Iterator[Value]:
    """The largest parts that hold no expression."""
    if _is_literal(value.value):
        yield value
        return
    for element in value.elements.values():
        yield from _in_value(element)


def _is_literal(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_literal(inner) for inner in value.values())
    if isinstance(value, list):
        return all(_is_literal(inner) for inner in value)
    return not isinstance(value, Expression)


def _evaluated(literals: Sequence[Value]) -> list[Any] | None:
    import pygohcl

    source = "".join(f"v{index} = {literal.text}\n" for index, literal in enumerate(literals))
    try:
        found = pygohcl.attributes_loads(source)
    except (pygohcl.HCLParseError, pygohcl.HCLInternalError, ValueError, RecursionError):
        return None
    return [found[f"v{index}"] for index in range(len(literals))]


def _same(left: Any, right: Any) -> bool:
    """Equal, and of one kind: Python takes 1 for True. HCL's numbers are of one kind, whole or not."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return bool(left == right)
