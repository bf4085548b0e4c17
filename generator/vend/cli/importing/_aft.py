"""`vend import`: account requests from what exists."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from vend.cli.call._call import DONE, INVALID, Call

if TYPE_CHECKING:
    from vend.requests import FileEdit, Imported


def import_aft(call: Call, checkout: Path, out: Path | None, *, dry_run: bool) -> int:
    """Rewrites the requests of an AFT repository as vend's own."""
    from vend.errors import InvalidInputError, has_errors
    from vend.requests import import_aft as rewritten
    from vend.requests import load_settings
    from vend.settings import USUAL_PATHS, TerraformSettings

    directory = call.directory / checkout
    settings = TerraformSettings()
    base = call.directory
    with suppress(InvalidInputError):  # outside of a fleet, or with settings that are not right yet
        from vend.cli.call._fleet import fleet_directory

        base = fleet_directory(call)
        settings = load_settings(base, environ=call.environ).terraform
    shown = os.path.relpath(directory, base)
    imported = rewritten(directory, "" if shown == "." else f"{Path(shown).as_posix()}/", call.environ, settings)
    target = call.directory / out if out is not None else base / USUAL_PATHS[0]
    edits = _edits(imported, base, target)
    if not dry_run:
        _write(base, edits)
    _show(call, imported, edits, dry_run=dry_run)
    return INVALID if has_errors(imported.diagnostics) else DONE


def _edits(imported: Imported, base: Path, target: Path) -> list[FileEdit]:
    """The files, named relative to the fleet where they lie in it.

    Raises:
        InvalidInputError: one of them is there already.
    """
    from vend.errors import Diagnostic, InvalidInputError
    from vend.requests import FileEdit

    edits = []
    for name, text in imported.files.items():
        path = Path(os.path.normpath(target / name))
        shown = path.relative_to(base) if path.is_relative_to(base) else path
        edits.append(FileEdit(file=shown.as_posix(), before=None, after=text.encode()))
    there = [edit.file for edit in edits if os.path.lexists(base / edit.file)]
    if there:
        raise InvalidInputError(
            Diagnostic(
                code="import-in-the-way",
                summary=f"{name} already exists; nothing was written",
                hint="choose another folder with --out DIR",
                file=name,
            )
            for name in there
        )
    return edits


def _write(base: Path, edits: list[FileEdit]) -> None:
    from vend.requests import save

    save(base, edits)


def _show(call: Call, imported: Imported, edits: list[FileEdit], *, dry_run: bool) -> None:
    from vend.views import edit_document

    many = len(imported.requests)
    told = [edit.file for edit in edits]
    told.append(f"{many} account request{'s' if many != 1 else ''} {'to write' if dry_run else 'written'}")
    if imported.left_out:
        told.append(f"left out because of problems: {', '.join(imported.left_out)}")
    json = {
        "files": [edit.file for edit in edits],
        "requests": many,
        "left_out": list(imported.left_out),
        "written": not dry_run and bool(edits),
    }
    diffs = [edit.diff() for edit in edits] if dry_run else []
    call.view.show(edit_document(json, diffs, told, imported.diagnostics))
