"""Many states as one, and one plan as many: what lets Terraform plan many root modules in one run.

Each root module becomes an instance of a module, `module.account_1a2b3c4d["payments-prod"]`; the addresses of its
resources gain that prefix in the state and lose it again in the plan.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from vend.plan import ChangeAction, ResourceChange
from vend.terraform._messages import PlannedChange
from vend.terraform._plan_json import PlanDocument

_VERSION = 4
_KNOWN = frozenset({"version", "terraform_version", "serial", "lineage", "outputs", "resources", "check_results"})
_PROVIDER = re.compile(r'provider\["[^"\[\]]+"\]')
"""A provider's default configuration in the root module; any other is not that of the run they share."""
_LINEAGE = "00000000-0000-0000-0000-000000000000"
_INSTANCE = re.compile(r'(module\.[A-Za-z0-9_]+\["[A-Za-z0-9._-]+"\])\.(.+)', re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedState:
    """The state of a root module that calls others as modules.

    Attributes:
        content: to be read by Terraform; holds secrets.
        held: by module instance, the addresses of what its state has, as in the state it came from.
        refused: by module instance, why its state cannot be one of many.
    """

    content: bytes
    held: Mapping[str, frozenset[str]]
    refused: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitPlan:
    """One plan, split.

    Attributes:
        changes: by module instance, with the addresses that a plan of its root alone gives.
        drift: likewise, what changed outside Terraform.
        doubtful: instances whose part of the plan does not add up.
        strays: addresses that belong to no instance.
    """

    changes: Mapping[str, tuple[ResourceChange, ...]]
    drift: Mapping[str, tuple[ResourceChange, ...]]
    doubtful: frozenset[str] = frozenset()
    strays: tuple[str, ...] = ()


def merge_states(states: Mapping[str, bytes | None], terraform_version: str) -> MergedState:
    """Makes one state of the states of many root modules.

    Args:
        states: by module instance (`module.account_1a2b3c4d["payments-prod"]`); None where there is none yet.
        terraform_version: of the Terraform that will read it; a state that a newer one wrote is refused.
    """
    resources: list[dict[str, Any]] = []
    held: dict[str, frozenset[str]] = {}
    refused: dict[str, str] = {}
    for instance, content in states.items():
        try:
            entries = _resources(content, terraform_version) if content is not None else []
            addresses = frozenset(address for entry in entries for address in _addresses(entry))
            moved = [_below(entry, instance) for entry in entries]
        except _RefusedStateError as error:
            refused[instance] = str(error)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            refused[instance] = f"its structure is not that of version {_VERSION}: {error!r}"
        else:
            held[instance] = addresses
            resources += moved
    document = {
        "version": _VERSION,
        "terraform_version": terraform_version,
        "serial": 1,
        "lineage": _LINEAGE,
        "outputs": {},
        "resources": resources,
    }
    return MergedState(content=json.dumps(document).encode(), held=held, refused=refused)


def split_planned(planned: Iterable[PlannedChange]) -> tuple[dict[str, tuple[PlannedChange, ...]], tuple[str, ...]]:
    """What Terraform said while it planned: by module instance, and the addresses that belong to none."""
    found: dict[str, list[PlannedChange]] = {}
    strays = []
    for change in planned:
        instance, address = split_address(change.address)
        if instance is None:
            strays.append(change.address)
        else:
            found.setdefault(instance, []).append(replace(change, address=address))
    return {instance: tuple(changes) for instance, changes in found.items()}, tuple(strays)


def split_plan(
    document: PlanDocument,
    planned: Mapping[str, tuple[PlannedChange, ...]],
    held: Mapping[str, Collection[str]],
) -> SplitPlan:
    """Splits a plan by module instance.

    A part is doubtful where the plan has other changes than Terraform told of while it planned, or knows nothing of
    something that the state has.

    Args:
        document: the plan, read back.
        planned: from `split_planned`.
        held: from `merge_states`; says which instances there are.
    """
    strays: list[str] = []
    changes = _by_instance(document.changes, held, strays)
    drift = _by_instance(document.drift, held, strays)
    seen: dict[str, set[str]] = {instance: set() for instance in held}
    for whole in document.mentioned:
        instance, address = split_address(whole)
        if instance in seen:
            seen[instance].add(address)
        else:
            strays.append(whole)
    doubtful = frozenset(
        instance
        for instance, addresses in held.items()
        if not seen[instance].issuperset(addresses)
        or _actions(changes[instance]) != _actions(planned.get(instance, ()))
    )
    return SplitPlan(changes=changes, drift=drift, doubtful=doubtful, strays=tuple(strays))


def _by_instance(
    changes: Iterable[ResourceChange], instances: Iterable[str], strays: list[str]
) -> dict[str, tuple[ResourceChange, ...]]:
    found: dict[str, list[ResourceChange]] = {instance: [] for instance in instances}
    for change in changes:
        instance, address = split_address(change.address)
        if instance in found:
            found[instance].append(replace(change, address=address))
        else:
            strays.append(change.address)
    return {instance: tuple(of_one) for instance, of_one in found.items()}


def split_address(address: str) -> tuple[str | None, str]:
    """Module instance and the rest of an address; no instance where there is none in front."""
    match = _INSTANCE.fullmatch(address)
    return (match[1], match[2]) if match else (None, address)


class _RefusedStateError(Exception):
    """A state that cannot be one of many."""


def _resources(content: bytes, terraform_version: str) -> list[dict[str, Any]]:
    document = json.loads(content)
    if document["version"] != _VERSION:
        raise _RefusedStateError(f"its format version is {document['version']}")
    if strange := sorted(document.keys() - _KNOWN):
        raise _RefusedStateError(f"it has {', '.join(strange)}, which this format does not")
    written_by = str(document["terraform_version"])
    if _release(written_by) > _release(terraform_version):
        raise _RefusedStateError(f"it was written by version {written_by}")
    return list(document["resources"] or ())


def _release(version: str) -> tuple[int, ...]:
    """The numbers of a version; of two with the same numbers neither is newer for our purpose."""
    match = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)(?:[-+].*)?", version)
    if match is None:
        raise _RefusedStateError(f"{version!r} is not a version")
    return tuple(int(number) for number in match.groups())


def _addresses(entry: Mapping[str, Any]) -> Iterator[str]:
    if entry["mode"] != "managed":
        return
    module = f"{entry['module']}." if entry.get("module") else ""
    for instance in entry["instances"]:
        index = instance.get("index_key")
        key = "" if index is None else f"[{json.dumps(index, ensure_ascii=False)}]"
        yield f"{module}{entry['type']}.{entry['name']}{key}"


def _below(entry: Mapping[str, Any], instance: str) -> dict[str, Any]:
    """A resource of a state as that of a module instance."""
    if not _PROVIDER.fullmatch(entry["provider"]):
        raise _RefusedStateError(f"{entry['type']}.{entry['name']} belongs to {entry['provider']}")
    inner = entry.get("module")
    module, _, _ = instance.partition("[")

    def dependent(found: Mapping[str, Any]) -> dict[str, Any]:
        # Dependencies are addresses of configuration, in which modules have no keys.
        needed = [f"{module}.{address}" for address in found.get("dependencies") or ()]
        return {**found, "dependencies": needed} if needed else dict(found)

    return {
        **entry,
        "module": f"{instance}.{inner}" if inner else instance,
        "instances": [dependent(found) for found in entry["instances"]],
    }


def _actions(changes: Iterable[ResourceChange | PlannedChange]) -> Counter[tuple[str, ChangeAction]]:
    return Counter((change.address, change.action) for change in changes)
