"""IAM policy documents: what they allow, as far as the sandbox enforces them.

Understood: Effect, Principal, NotPrincipal, Action, NotAction, Resource, NotResource with `*` and `?`, and the string,
ARN, Bool and Null condition operators with IfExists, ForAnyValue and ForAllValues (IAM user guide, JSON policy
elements). A condition with another operator never allows and always denies. A key that the call does not have makes a
condition false, and one with a negated operator true, as in AWS.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

Document = Mapping[str, Any]
Verdict = Literal["allow", "deny", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What is asked of a policy.

    Attributes:
        resource: None where it is not known; every resource element then matches.
        principals: the ARNs, ids and service names by which a policy may name the caller.
        keys: condition keys in lower case.
    """

    action: str
    resource: str | None = None
    principals: frozenset[str] = frozenset()
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def parse(text: str) -> Document:
    """A policy document.

    Raises:
        ValueError: it is not a JSON object with statements.
    """
    document = json.loads(text)
    if not isinstance(document, dict) or "Statement" not in document:
        raise ValueError("a policy document has a Statement")
    return document


def verdict(document: Document, access: Access, *, with_principal: bool = False) -> Verdict:
    """What one document says: an explicit deny wins over any allow.

    Args:
        document: the policy.
        access: what is asked.
        with_principal: true for policies of resources and roles, whose statements name principals.
    """
    found: Verdict = "none"
    for statement in _listed(document.get("Statement")):
        effect = statement.get("Effect")
        if not _applies(statement, access, with_principal=with_principal, denies=effect == "Deny"):
            continue
        if effect == "Deny":
            return "deny"
        if effect == "Allow":
            found = "allow"
    return found


def _applies(statement: Mapping[str, Any], access: Access, *, with_principal: bool, denies: bool) -> bool:
    if with_principal and not _names(statement, access.principals):
        return False
    if not _covers(statement, "Action", access.action, ignore_case=True):
        return False
    if "Resource" in statement or "NotResource" in statement:
        if access.resource is not None and not _covers(statement, "Resource", access.resource):
            return False
    elif not with_principal:
        return False
    return all(
        _holds(operator, key, _listed(operand), access, unknown=denies)
        for operator, tests in statement.get("Condition", {}).items()
        for key, operand in tests.items()
    )


def _names(statement: Mapping[str, Any], principals: frozenset[str]) -> bool:
    if "NotPrincipal" in statement:
        return not _among(statement["NotPrincipal"], principals)
    return _among(statement.get("Principal"), principals)


def _among(principal: Any, principals: frozenset[str]) -> bool:
    if principal == "*":
        return True
    if not isinstance(principal, Mapping):
        return False
    named = [str(one) for kind in principal.values() for one in _listed(kind)]
    return "*" in named or any(one in principals for one in named)


def _covers(statement: Mapping[str, Any], element: str, value: str, *, ignore_case: bool = False) -> bool:
    if f"Not{element}" in statement:
        return not _matches_any(_listed(statement[f"Not{element}"]), value, ignore_case=ignore_case)
    return _matches_any(_listed(statement.get(element)), value, ignore_case=ignore_case)


def _matches_any(patterns: Iterable[Any], value: str, *, ignore_case: bool = False) -> bool:
    return any(matches(str(pattern), value, ignore_case=ignore_case) for pattern in patterns)


def matches(pattern: str, value: str, *, ignore_case: bool = False) -> bool:
    """Whether a value fits a pattern in which `*` stands for anything and `?` for one character."""
    return _compiled(pattern, ignore_case).fullmatch(value) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:  # noqa: FBT001 — a cache key
    text = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    return re.compile(text, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def _equal(operand: str, value: str) -> bool:
    return operand == value


def _equal_ignoring_case(operand: str, value: str) -> bool:
    return operand.casefold() == value.casefold()


_OPERATORS: dict[str, tuple[Callable[[str, str], bool], bool]] = {
    "StringEquals": (_equal, True),
    "StringNotEquals": (_equal, False),
    "StringEqualsIgnoreCase": (_equal_ignoring_case, True),
    "StringNotEqualsIgnoreCase": (_equal_ignoring_case, False),
    "StringLike": (matches, True),
    "StringNotLike": (matches, False),
    "ArnEquals": (matches, True),
    "ArnNotEquals": (matches, False),
    "ArnLike": (matches, True),
    "ArnNotLike": (matches, False),
    "Bool": (_equal_ignoring_case, True),
}
"""The comparison of each operator, and what its outcome must be."""


def _holds(operator: str, key: str, operands: list[Any], access: Access, *, unknown: bool) -> bool:
    quantifier, _, name = operator.rpartition(":")
    optional = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    values = access.keys.get(key.lower())
    texts = [_text(one) for one in operands]
    if name == "Null":
        return (values is None) == (texts == ["true"])
    if name not in _OPERATORS:
        return unknown
    compare, expected = _OPERATORS[name]
    if values is None:
        return optional or quantifier == "ForAllValues" or not expected
    outcomes = [any(compare(text, value) for text in texts) is expected for value in values]
    return all(outcomes) if quantifier == "ForAllValues" else any(outcomes)


def _text(value: Any) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
