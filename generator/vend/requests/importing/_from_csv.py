"""Importing account requests from a CSV file: all rows, or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vend.errors import Diagnostic, InvalidInputError, Related, has_errors, sort_diagnostics
from vend.hcl import Block
from vend.models import AccountRequest, Position
from vend.requests.editing._editor import Editor, FleetGrowth
from vend.requests.editing._placement import file_below
from vend.requests.importing._csv_rows import blocks_of
from vend.requests.importing._csv_table import read_table
from vend.requests.language._problems import Problems
from vend.requests.reading._blocks import check_label, read_block
from vend.requests.reading._files import read_file
from vend.requests.reading._fleet import AddedAccount, FleetReading
from vend.requests.text._plain_block import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvImport:
    """What an import would write; nothing is written yet.

    Attributes:
        files: where each new account is to stand, by its label.
        known: labels of those whose requests are there already, and say what their rows say.
    """

    files: Mapping[str, str]
    known: tuple[str, ...]
    grown: FleetGrowth
    warnings: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """An account that a row asks for."""

    block: Block
    added: AddedAccount


def import_csv(path: Path, name: str, editor: Editor, folder: str) -> CsvImport:
    """Requests for the rows of a file that have none yet, each in a file of its own, in a folder for its unit.

    Args:
        path: of the file.
        name: relative to the fleet, for places.
        editor: of the fleet.
        folder: of requests, relative to the fleet.

    Raises:
        InvalidInputError: everything that is wrong with the file, or would be with the fleet.
    """
    problems = Problems()
    rows = _rows(path, name, folder, problems)
    known, new = _known_and_new(rows, editor, problems)
    reading, found = editor.judged([row.added for row in new])
    problems.extend(found)
    if has_errors(problems.found):
        raise InvalidInputError(sort_diagnostics(problems.found))
    files = {row.added.account: row.added.file for row in new}
    grown = editor.add_all([(plain(row.block), row.added.file) for row in new])
    wrong = [problem for problems in grown.left_out.values() for problem in problems]
    wanted, existing = _by_account(reading), _by_account(grown.reading)
    wrong += [
        _differs(row.added) for row in new if not _same(wanted.get(row.added.account), existing.get(row.added.account))
    ]
    if wrong:
        raise InvalidInputError(wrong)
    return CsvImport(files=files, known=tuple(known), grown=grown, warnings=sort_diagnostics(problems.found))


def _rows(path: Path, name: str, folder: str, problems: Problems) -> list[_Row]:
    """The accounts of the file, as far as they can be read."""
    try:
        content = read_file(path, name, problems)
    except FileNotFoundError:
        problems.add("unreadable-file", Position(file=name, line=1, column=1), "there is no such file")
        content = None
    table = read_table(content, name, problems) if content is not None else None
    rows = []
    for block in blocks_of(table, problems) if table is not None else ():
        label = check_label(block, problems)
        with problems.about(label):
            block_values = read_block(block, problems, default=False)
        if label is not None:
            unit = block_values.scalars.get("organizational_unit")
            file = file_below(folder, unit.value if unit is not None else "", label)
            rows.append(_Row(block=block, added=AddedAccount(file=file, account=label, block_values=block_values)))
    return rows


def _known_and_new(rows: Sequence[_Row], editor: Editor, problems: Problems) -> tuple[list[str], list[_Row]]:
    """The labels of rows whose requests are there already, and the other rows; a request that differs is diagnosed."""
    existing = {account.casefold(): request for account, request in _by_account(editor.reading).items()}
    again = [row.added for row in rows if row.added.account.casefold() in existing]
    beside = [
        AddedAccount(file=place.file, account=one.account, block_values=one.block_values)
        for one in again
        if (place := existing[one.account.casefold()].position()) is not None
    ]
    reading = editor.judged(beside)[0] if beside else editor.reading
    by_position = {request.position(): request for request in (*reading.requests, *reading.incomplete)}
    known = []
    for one in again:
        request = existing[one.account.casefold()]
        if _same(by_position.get(one.block_values.position), request):
            known.append(one.account)
        else:
            with problems.about(one.account):
                _another(one, request, problems)
    return known, [row for row in rows if row.added.account.casefold() not in existing]


def _by_account(reading: FleetReading) -> dict[str, AccountRequest]:
    return {request.account: request for request in (*reading.requests, *reading.incomplete)}


def _another(row: AddedAccount, request: AccountRequest, problems: Problems) -> None:
    place = request.position()
    problems.twice(
        "duplicate-account",
        row.block_values.position,
        f'account request "{request.account}" already exists with other values',
        first=Related.at("it is here", place) if place is not None else None,
        hint=f"`vend set {request.account} FIELD=VALUE` changes it; remove the row from the file, or use the same "
        "values",
    )


def _same(one: AccountRequest | None, other: AccountRequest | None) -> bool:
    return one is not None and other is not None and _fields(one) == _fields(other)


def _fields(request: AccountRequest) -> dict[str, Any]:
    return {**request.to_json(), "source": None}


def _differs(row: AddedAccount) -> Diagnostic:
    summary = f'account "{row.account}" would not mean the same in a file of requests'
    return Diagnostic(code="import-differs", summary=summary, account=row.account).at(row.block_values.position)
