"""`vend import csv`: requests for the rows of a table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vend.cli.call._call import DONE, Call
from vend.cli.call._fleet import fleet_editor, name_in_fleet

if TYPE_CHECKING:
    from vend.requests import CsvImport


def import_csv(call: Call, file: Path, out: Path | None, *, dry_run: bool) -> int:
    """Writes a request for each row that has none yet; for all of them, or for none."""
    from vend.requests import import_csv as imported
    from vend.requests import save

    with fleet_editor(call) as (directory, editor):
        folder = name_in_fleet(call, directory, out) if out is not None else (editor.reading.paths or ("",))[0]
        found = imported(call.directory / file, name_in_fleet(call, directory, file), editor, folder)
    written = bool(found.grown.files) and not dry_run
    if written:
        save(directory, found.grown.files)
    _show(call, found, dry_run=dry_run)
    return DONE


def _show(call: Call, found: CsvImport, *, dry_run: bool) -> None:
    from vend.views import columns, edit_document, line

    lines = columns(list(found.files.items()), header=("ACCOUNT", "FILE")) if found.files else []
    many = f"{_requests(len(found.files))} {'to write' if dry_run else 'written'}"
    known = f"{_requests(len(found.known))} there already" if found.known else None
    json = {
        "accounts": [{"account": account, "file": file} for account, file in found.files.items()],
        "known": list(found.known),
        "files": [edit.file for edit in found.grown.files],
        "written": bool(found.grown.files) and not dry_run,
    }
    diffs = [edit.diff() for edit in found.grown.files] if dry_run else []
    document = edit_document(json, diffs, (), found.warnings)
    told = [line(text) for text in (many, known) if text is not None]
    call.view.show(replace(document, text=(*document.text, *lines, *told)))


def _requests(many: int) -> str:
    return f"{many} account request{'' if many == 1 else 's'}"
