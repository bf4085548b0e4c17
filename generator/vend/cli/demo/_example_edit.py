"""The edit that the demo makes to an account request, and the organization drawn as a tree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vend.models import Organization
    from vend.requests import FleetEdit

TAG = "CostCenter"


def edit_of(directory: Path) -> FleetEdit | None:
    """Moves one account to a unit that another one has, and gives it another cost centre.

    It is the last that has one and can go elsewhere; None where none is.
    """
    from vend.requests import Editor, assignments

    editor = Editor(directory)
    requests = editor.reading.requests
    units = sorted({request.organizational_unit for request in requests})
    for request in reversed(requests):
        elsewhere = _nearest_first(units, request.organizational_unit)
        if elsewhere and TAG in request.tags:
            written = [f"organizational_unit={elsewhere[0]}", f"tags.{TAG}={_next(request.tags[TAG])}"]
            return editor.change(request.account, assignments(written))
    return None


def _nearest_first(units: Sequence[str], current: str) -> list[str]:
    """The other units, those below the same parent first."""
    parent = current.rpartition("/")[0]
    others = [name for name in units if name != current]
    return sorted(others, key=lambda name: (name.rpartition("/")[0] != parent, name))


def _next(value: str) -> str:
    return str(int(value) + 1) if value.isdecimal() else f"{value}-2"


def unit_tree(organization: Organization) -> list[str]:
    """The organization as an indented tree: each unit, and the accounts in it."""

    def below(parent: str, indent: str) -> Iterator[str]:
        for account in sorted(organization.accounts.values(), key=lambda found: (found.name, found.id)):
            if account.parent_id == parent:
                yield f"{indent}{account.id}  {account.name}"
        for unit in sorted(organization.units.values(), key=lambda found: found.path):
            if unit.parent_id == parent:
                yield f"{indent}{unit.name}/"
                yield from below(unit.id, indent + "  ")

    return ["Root/", *below(organization.root_id, "  ")]
