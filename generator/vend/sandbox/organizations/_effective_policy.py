"""What an account's management policies come to: those of the root, of the units above it, and its own, merged.

Operators and order: Organizations user guide, inheritance syntax for management policy types.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from vend.sandbox.organizations._organization import Organization

_ALLOWED = "@@operators_allowed_for_child_policies"
_ASSIGN, _APPEND, _REMOVE = "@@assign", "@@append", "@@remove"
_ALL = "@@all"
_NONE = "@@none"


def effective_policy(organization: Organization, policy_type: str, account_id: str) -> str | None:
    """The merged policy as JSON text without operators; None where no policy of the type is attached above.

    Args:
        organization: whose policies they are.
        policy_type: such as `TAG_POLICY`.
        account_id: the account.
    """
    merged: dict[str, Any] = {}
    locked: dict[tuple[str, ...], frozenset[str]] = {}
    found = False
    for target in reversed(list(_upwards(organization, account_id))):
        policies = [policy for policy in organization.policies_on(target) if policy.type == policy_type]
        for policy in sorted(policies, key=lambda policy: str(policy.id)):
            found = True
            _merge(merged, json.loads(policy.content), locked, ())
    return json.dumps(merged, separators=(",", ":")) if found else None


def _upwards(organization: Organization, account_id: str) -> Iterator[str]:
    yield account_id
    account = organization.account(account_id)
    parent = account.parent_id if account is not None else None
    while parent is not None:
        yield parent
        unit = organization.unit(parent)
        parent = unit.parent_id if unit is not None else None


def _merge(
    into: dict[str, Any], policy: dict[str, Any], locked: dict[tuple[str, ...], frozenset[str]], path: tuple[str, ...]
) -> None:
    """Merges the policies of one level into the result of the levels above."""
    for key, value in policy.items():
        if key.startswith("@@") or not isinstance(value, dict):
            continue
        here = (*path, key.casefold())
        allowed = _allowed(locked, here)
        known = next((name for name in into if name.casefold() == key.casefold()), key)
        if any(operator in value for operator in (_ASSIGN, _APPEND, _REMOVE)):
            into[known] = _operated(into.get(known), value, allowed)
        else:
            level = into.setdefault(known, {})
            if isinstance(level, dict):
                _merge(level, value, locked, here)
        # What a policy allows to those below binds them, not itself.
        if _ALLOWED in value and here not in locked:
            locked[here] = frozenset(value[_ALLOWED])


def _allowed(locked: dict[tuple[str, ...], frozenset[str]], path: tuple[str, ...]) -> frozenset[str]:
    for length in range(len(path), 0, -1):
        found = locked.get(path[:length])
        if found is not None:
            return found
    return frozenset({_ALL})


def _operated(before: Any, value: dict[str, Any], allowed: frozenset[str]) -> Any:
    def may(operator: str) -> bool:
        return operator in value and _NONE not in allowed and bool({_ALL, operator} & allowed)

    after = value[_ASSIGN] if may(_ASSIGN) else before
    if may(_APPEND):
        held = after if isinstance(after, list) else [] if after is None else [after]
        after = [*held, *(one for one in _listed(value[_APPEND]) if one not in held)]
    if may(_REMOVE) and isinstance(after, list):
        after = [one for one in after if one not in _listed(value[_REMOVE])]
    return after


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
