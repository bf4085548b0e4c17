"""Reading the value of one setting, by its field's type."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vend.hcl import Attribute
from vend.models import Position
from vend.requests.language._language import Field, Rule
from vend.requests.language._problems import Problems
from vend.requests.reading._literals import boolean, number, text, text_list, text_map


def setting(field: Field, attribute: Attribute, problems: Problems) -> Any | None:
    """The value; None after a diagnostic. Lists are tuples, maps dictionaries, of what is usable in them."""
    match field.kind:
        case "string":
            found = text(attribute, problems)
            return found.value if found and _passes(field.rule, found.value, found.position, problems) else None
        case "list":
            items = text_list(attribute, problems)
            if items is None:
                return None
            return tuple(item.value for item in items if _passes(field.rule, item.value, item.position, problems))
        case "map":
            return _map(field, attribute, problems)
        case "number":
            return _number(field, attribute, problems)
        case "boolean":
            return boolean(attribute, problems)


def _map(field: Field, attribute: Attribute, problems: Problems) -> dict[str, str] | None:
    pairs = text_map(attribute, problems)
    if pairs is None:
        return None
    return {
        key: value.value
        for key, value in pairs.items.items()
        if _passes(field.key, key, pairs.keys[key], problems)
        & _passes(field.rule, value.value, value.position, problems)
    }


def _number(field: Field, attribute: Attribute, problems: Problems) -> float | None:
    found = number(attribute, problems)
    if found is None:
        return None
    low, high = field.lowest, field.highest
    whole = isinstance(found, int) or not field.whole
    if whole and (low is None or low <= found) and (high is None or found <= high):
        return found
    wanted = f"{'whole ' if field.whole else ''}number from {low} to {high}"
    problems.add(
        "invalid-setting",
        attribute.value_position,
        f'"{field.name}" must be a {wanted}, not {attribute.expression.text}',
    )
    return None


def _passes(rule: Rule, value: str, position: Position, problems: Problems) -> bool:
    """Whether the value can be used; what is wrong with it is reported, in the settings' own terms."""
    violation = rule(value)
    if violation is None:
        return True
    if violation.severity == "error":
        violation = replace(violation, code="invalid-setting")
    problems.violation(position, violation)
    return violation.severity == "warning"
