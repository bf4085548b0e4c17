"""Organizational units by what people write: a path, `Name (ou-id)`, or `ou-id`."""

from __future__ import annotations

import re

from vend.errors import Diagnostic, did_you_mean, suggestion
from vend.models import Organization, OrganizationalUnit

_ID = re.compile(r"^ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}$")
_NAME_AND_ID = re.compile(r"^(?P<name>.*\S)\s*\((?P<id>ou-[0-9a-z]{4,32}-[0-9a-z]{8,32})\)$", re.DOTALL)
_ROOT_ID = re.compile(r"^r-[0-9a-z]{4,32}$")


def control_tower_value(unit: OrganizationalUnit) -> str:
    """The unit as the Account Factory product takes it, at any depth: `Name (ou-id)`."""
    return f"{unit.name} ({unit.id})"


def resolve_unit(organization: Organization, text: str) -> OrganizationalUnit | Diagnostic:
    """The unit that an account request names, or a diagnostic without a place that says why there is none.

    A path counts from below the root. Whether Control Tower governs the unit is for the caller to judge.
    """
    wanted = text.strip()
    if wanted in {"", "/", "Root"} or _ROOT_ID.match(wanted) or wanted == organization.root_id:
        return Diagnostic(
            code="organizational-unit-is-root",
            summary="an account cannot be vended into the root",
            hint=f"choose an organizational unit below it{_such_as(organization)}",
        )
    if match := _NAME_AND_ID.match(wanted):
        return _by_id(organization, match["id"], match["name"])
    if _ID.match(wanted):
        return _by_id(organization, wanted, None)
    return _by_path(organization, wanted)


def _by_id(organization: Organization, unit_id: str, name: str | None) -> OrganizationalUnit | Diagnostic:
    unit = organization.units.get(unit_id)
    if unit is None or unit.id == organization.root_id:
        return Diagnostic(
            code="unknown-organizational-unit",
            summary=f'no organizational unit "{unit_id}"',
            detail=f"Organization {organization.id} has {_count(organization)} organizational units; none has this id.",
            hint=did_you_mean(unit_id, (u.id for u in _below_root(organization))),
        )
    if name is not None and name != unit.name:
        return Diagnostic(
            code="organizational-unit-name-differs",
            summary=f'organizational unit {unit_id} is named "{unit.name}", not "{name}"',
            hint=f'write "{control_tower_value(unit)}" or "{unit.path}"',
        )
    return unit


def _by_path(organization: Organization, text: str) -> OrganizationalUnit | Diagnostic:
    path = "/".join(part.strip() for part in text.strip("/").split("/"))
    path = path.removeprefix("Root/")
    units = _below_root(organization)
    found = [unit for unit in units if unit.path == path]
    if len(found) == 1:
        return found[0]
    if found:
        # A unit's name may contain a slash, so that two units can have one path.
        return Diagnostic(
            code="ambiguous-organizational-unit",
            summary=f'{len(found)} organizational units have the path "{text}"',
            detail="\n".join(sorted(control_tower_value(unit) for unit in found)),
            hint="use the id: " + " or ".join(f'"{control_tower_value(unit)}"' for unit in sorted(found, key=_id)[:5]),
        )
    return Diagnostic(
        code="unknown-organizational-unit",
        summary=f'no organizational unit "{text}"',
        detail=f"Paths start below the root of organization {organization.id}.",
        hint=_hint_for_path(path, units) or _all_paths(units),
    )


def _id(unit: OrganizationalUnit) -> str:
    return unit.id


def _hint_for_path(path: str, units: tuple[OrganizationalUnit, ...]) -> str | None:
    paths = [unit.path for unit in units]
    name = path.rsplit("/", 1)[-1].casefold()
    same_name = (unit.path for unit in units if unit.name.casefold() == name)
    return did_you_mean(path, paths, cutoff=0.85) or suggestion(same_name) or did_you_mean(path, paths)


def _all_paths(units: tuple[OrganizationalUnit, ...]) -> str | None:
    if not units:
        return None
    paths = sorted(unit.path for unit in units)
    shown = ", ".join(f'"{path}"' for path in paths[:10])
    return f"there are: {shown}" + (f" and {len(paths) - 10} more" if len(paths) > 10 else "")  # noqa: PLR2004 (as many as fit a line)


def _below_root(organization: Organization) -> tuple[OrganizationalUnit, ...]:
    return tuple(unit for unit in organization.units.values() if unit.id != organization.root_id)


def _count(organization: Organization) -> int:
    return len(_below_root(organization))


def _such_as(organization: Organization) -> str:
    paths = sorted(unit.path for unit in _below_root(organization))
    return f', such as "{paths[0]}"' if paths else ""
