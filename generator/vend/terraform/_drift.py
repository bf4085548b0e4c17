"""What of the changes made outside Terraform matters to a plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from vend.plan import ResourceChange

Relevant = Mapping[str, frozenset[str]]
"""By address, the attributes that values of the plan were taken from."""


def relevant_attributes(entries: Iterable[Mapping[str, Any]] | None) -> Relevant:
    """What `relevant_attributes` of a plan's JSON says, by address; only the outermost attribute of each path."""
    found: dict[str, set[str]] = {}
    for entry in entries or ():
        path = entry.get("attribute") or ()
        found.setdefault(entry["resource"], set()).update(str(part) for part in tuple(path)[:1])
    return {address: frozenset(names) for address, names in found.items()}


def relevant_drift(
    drift: Iterable[ResourceChange], changes: Iterable[ResourceChange], relevant: Relevant
) -> tuple[ResourceChange, ...]:
    """The changes made outside Terraform that the plan undoes or builds on, cut down to the attributes it does so with.

    Terraform lists everything it found: computed attributes that count up, empty maps for none, and what
    `ignore_changes` covers. Its own `relevant_attributes` name what other resources take their values from, not what
    the plan sets back on the resource itself (measured with 1.11.4).
    """
    planned = {change.address: change for change in changes}
    cut = (_cut(found, planned.get(found.address), relevant.get(found.address, frozenset())) for found in drift)
    return tuple(change for change in cut if change is not None)


def _cut(found: ResourceChange, planned: ResourceChange | None, relevant: frozenset[str]) -> ResourceChange | None:
    if found.after is None:
        return found if planned is not None or relevant else None
    before, after = _mapping(found.before), _mapping(found.after)
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    names = [name for name in names if name in relevant or (planned is not None and _sets(planned, name))]
    if not names:
        return None
    kept = {side: _only(getattr(found, side), names) for side in ("before", "after", "after_unknown")}
    masks = {side: _only(getattr(found, side), names) for side in ("before_sensitive", "after_sensitive")}
    return replace(found, **kept, **masks)


def _sets(planned: ResourceChange, name: str) -> bool:
    """Whether the plan sets the attribute, rather than leaving it as it is or to the provider."""
    unknown = _mapping(planned.after_unknown).get(name)
    return not unknown and _mapping(planned.before).get(name) != _mapping(planned.after).get(name)


def _only(value: Any, names: Iterable[str]) -> Any:
    return {name: value[name] for name in names if name in value} if isinstance(value, Mapping) else value


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
