"""`vend import organization`: requests for the accounts that an organization has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vend.cli.call._call import DONE, Call
from vend.cli.call._fleet import fleet_editor, name_in_fleet

if TYPE_CHECKING:
    from vend.aws import Aws
    from vend.errors import Diagnostic
    from vend.models import OrganizationalUnit
    from vend.requests import Editor, FleetGrowth, ImportedAccount, LeftOut


@dataclass(frozen=True, slots=True, kw_only=True)
class _Import:
    """What came of looking at the organization.

    Attributes:
        known: how many accounts have a request already.
    """

    accounts: tuple[ImportedAccount, ...]
    left_out: tuple[LeftOut, ...]
    known: int
    grown: FleetGrowth


def import_organization(call: Call, out: Path | None, into: str | None, *, dry_run: bool) -> int:
    """Writes a request for each account that has none."""
    from vend.aws import Aws
    from vend.requests import load_settings, save

    with fleet_editor(call) as (directory, editor):
        aws = Aws.connect(load_settings(directory, environ=call.environ).as_planning_role(), call.environ)
        folder = name_in_fleet(call, directory, out) if out is not None else (editor.reading.paths or ("",))[0]
        found = _imported(aws, editor, folder, into)
    written = bool(found.grown.files) and not dry_run
    if written:
        save(directory, found.grown.files)
    _show(call, found, dry_run=dry_run)
    return DONE


def _imported(aws: Aws, editor: Editor, folder: str, into: str | None) -> _Import:
    from vend.requests import Destination, choose, requests_for

    organization = aws.organization()
    target = _into(aws, into)
    choice = choose(
        organization, aws.landing_zone().shared_accounts, aws.provisioned_products().values(), editor.reading
    )
    inventory = aws.inventory(choice.to_import)
    place = Destination(folder=folder, into=target, unit_text=lambda unit: _unit_text(aws, unit))
    imported, without = requests_for(organization, inventory, editor.reading, place)
    grown = editor.add_all([(account.block, account.file) for account in imported])
    refused = tuple(_refused(account, inventory, grown) for account in imported if account.account in grown.left_out)
    return _Import(
        accounts=tuple(account for account in imported if account.account in grown.accounts),
        left_out=tuple(sorted((*choice.left_out, *without, *refused), key=lambda one: one.account.id)),
        known=choice.known,
        grown=grown,
    )


def _unit_text(aws: Aws, unit: OrganizationalUnit) -> str:
    """The unit's path, or its name and id where a path could be another's."""
    from vend.aws import control_tower_value, resolve_unit

    return unit.path if resolve_unit(aws.organization(), unit.path) == unit else control_tower_value(unit)


def _into(aws: Aws, into: str | None) -> OrganizationalUnit | None:
    """The unit that `--into` names, once it is known that Control Tower governs it.

    Raises:
        InvalidInputError: it is none.
    """
    from vend.aws import resolve_unit
    from vend.errors import Diagnostic, InvalidInputError

    if into is None:
        return None
    unit = resolve_unit(aws.organization(), into)
    if isinstance(unit, Diagnostic):
        raise InvalidInputError(unit)
    if unit.registered is False:
        raise InvalidInputError(
            Diagnostic(
                code="unregistered-organizational-unit",
                summary=f'"{unit.path}" ({unit.id}) is not registered with Control Tower',
                hint="name a registered one",
            )
        )
    return unit


def _refused(account: ImportedAccount, inventory: Sequence[Any], grown: FleetGrowth) -> LeftOut:
    """An account whose request would be wrong: a name, for example, that vend does not take."""
    from vend.errors import Diagnostic
    from vend.requests import LeftOut

    found = next(one.account for one in inventory if one.account.id == account.account_id)
    problems = grown.left_out[account.account]
    summary = f'account {found.id} ("{found.name}") is left out: {problems[0].summary}'
    problem = Diagnostic(severity="warning", code="import-left-out", summary=summary, hint=problems[0].hint)
    return LeftOut(account=found, reason=problems[0].summary, problem=problem)


def _show(call: Call, found: _Import, *, dry_run: bool) -> None:
    from vend.errors import sort_diagnostics
    from vend.views import columns, diff_lines, line, outcome_document

    problems = _diagnostics(found)
    rows = [(one.account, one.account_id, one.action, one.file) for one in found.accounts]
    lines = columns(rows, header=("ACCOUNT", "ID", "ACTION", "FILE")) if rows else []
    many = f"{len(rows)} account request{'' if len(rows) == 1 else 's'} {'to write' if dry_run else 'written'}"
    told = [many]
    told += [f"{found.known} account{'' if found.known == 1 else 's'} had one already"] if found.known else []
    told += [
        f"left out: {one.account.id} {one.account.name}: {one.reason}" for one in found.left_out if not one.problem
    ]
    json = {
        "accounts": [
            {"account": one.account, "account_id": one.account_id, "action": one.action, "file": one.file}
            for one in found.accounts
        ],
        "left_out": [
            {"account_id": one.account.id, "name": one.account.name, "reason": one.reason} for one in found.left_out
        ],
        "known": found.known,
        "files": [edit.file for edit in found.grown.files],
        "written": bool(found.grown.files) and not dry_run,
    }
    document = outcome_document(json, (), sort_diagnostics(problems))
    shown = [piece for edit in found.grown.files for piece in diff_lines(edit.diff())] if dry_run else []
    call.view.show(replace(document, text=(*shown, *lines, *document.text, *map(line, told))))


def _diagnostics(found: _Import) -> list[Diagnostic]:
    problems = [one.problem for one in found.left_out if one.problem is not None]
    problems += [warning for account in found.accounts for warning in account.warnings]
    return [*problems, *found.grown.warnings]
