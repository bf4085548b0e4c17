"""Templates for emails and names: `aws+{account}@example.com`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from vend.errors import did_you_mean
from vend.requests.language._language import InvalidValue, Rule

ACCOUNT = "account"
UNIT = "organizational_unit"
PLACEHOLDERS = (ACCOUNT, UNIT)
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_WITH_ID = re.compile(r"(.+\S) \(ou-[^()]*\)")


def _template(value: str) -> InvalidValue | None:
    for name in _PLACEHOLDER.findall(value):
        if name not in PLACEHOLDERS:
            return _bad(
                f"unknown placeholder {{{name}}}",
                did_you_mean(f"{{{name}}}", [f"{{{known}}}" for known in PLACEHOLDERS], listing=len(PLACEHOLDERS)),
            )
    if set("{}") & set(_PLACEHOLDER.sub("", value)):
        return _bad("a brace has no counterpart", "write a placeholder as a name in braces: {account}")
    if ACCOUNT not in _PLACEHOLDER.findall(value):
        return _bad(
            "without {account}, every account would get the same value", f"{value}{{account}}" if not value else None
        )
    return None


def _bad(summary: str, hint: str | None) -> InvalidValue:
    return InvalidValue(code="invalid-template", summary=summary, hint=hint or 'such as "aws+{account}@example.com"')


TEMPLATE = Rule(
    check=_template,
    accepts="text with `{account}` (the label), and optionally `{organizational_unit}` (the last name in the unit's "
    "path); the result must be a valid value",
    shortest=9,
)


def filled(template: str, values: Mapping[str, str]) -> str:
    """The template with its placeholders replaced; those that are not known stay."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), template)


def values_of(account: str, unit: str) -> dict[str, str]:
    """What the placeholders stand for."""
    return {ACCOUNT: account, UNIT: without_id(unit).rpartition("/")[2]}


def without_id(unit: str) -> str:
    """A unit's path or name: what stands before its id in `Name (ou-id)`."""
    named = _WITH_ID.fullmatch(unit)
    return named[1] if named else unit
