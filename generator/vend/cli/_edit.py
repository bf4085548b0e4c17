"""The edit that the demo makes to an account request, and the organization drawn as a tree."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vend.models import AccountRequest, Organization, Position

TAG = "CostCenter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A change to the text of one request.

    Attributes:
        file: relative to the fleet directory.
        unit: the organizational unit it moves the account to.
        tag: the value it gives the tag.
    """

    account: str
    file: str
    before: str
    after: str
    unit: str
    tag: str

    def diff(self) -> list[str]:
        """The edit as a unified diff."""
        return list(
            difflib.unified_diff(
                self.before.splitlines(),
                self.after.splitlines(),
                fromfile=f"a/{self.file}",
                tofile=f"b/{self.file}",
                lineterm="",
            )
        )


def edit_of(requests: Sequence[AccountRequest], directory: Path) -> Edit | None:
    """Moves one account to a unit that another one has, and gives it another cost centre.

    It is the last request that says both of these itself; None where none does. The rest of its file stays
    byte by byte.
    """
    units = sorted({request.organizational_unit for request in requests})
    for request in reversed(requests):
        block, unit, tag = (request.position(path) for path in ("", "organizational_unit", f"tags.{TAG}"))
        elsewhere = _nearest_first(units, request.organizational_unit)
        if block is None or unit is None or tag is None or not elsewhere or TAG not in request.tags:
            continue
        if len({block, unit, tag}) < 3 or len({block.file, unit.file, tag.file}) > 1:  # noqa: PLR2004 — each has a place
            continue
        before = (directory / block.file).read_text(encoding="utf-8")
        wanted = {unit: elsewhere[0], tag: _next(request.tags[TAG])}
        after = before
        for position in sorted(wanted, reverse=True):
            after = spliced(after, position, wanted[position])
        return Edit(
            account=request.account, file=block.file, before=before, after=after, unit=elsewhere[0], tag=wanted[tag]
        )
    return None


def _nearest_first(units: Sequence[str], current: str) -> list[str]:
    """The other units, those below the same parent first."""
    parent = current.rpartition("/")[0]
    others = [name for name in units if name != current]
    return sorted(others, key=lambda name: (name.rpartition("/")[0] != parent, name))


def _next(value: str) -> str:
    return str(int(value) + 1) if value.isdecimal() else f"{value}-2"


def spliced(text: str, position: Position, value: str) -> str:
    """The text with the quoted string at this place, or the next one on its line, replaced.

    Args:
        text: an HCL file.
        position: of the value, or of the name before it.
        value: plain characters that need no escape.
    """
    lines = text.splitlines(keepends=True)
    found = lines[position.line - 1]
    opening = found.index('"', position.column - 1)
    closing = found.index('"', opening + 1)
    lines[position.line - 1] = f"{found[: opening + 1]}{value}{found[closing:]}"
    return "".join(lines)


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
