"""`vend fmt`: the fleet's files in the canonical format of HCL."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from vend.cli.call._call import DONE, FAILED, INVALID, Call
from vend.cli.call._fleet import fleet_directory, name_in_fleet

if TYPE_CHECKING:
    from vend.terraform import TerraformBinary


def fmt(call: Call, files: Sequence[Path], *, check: bool, diff: bool) -> int:
    """Formats files, or with `check` says which would change."""
    from vend.errors import InvalidInputError, has_errors
    from vend.requests import format_fleet, save
    from vend.terraform import format_texts
    from vend.views import edit_document

    try:
        directory = fleet_directory(call)
    except InvalidInputError:
        if not files:
            raise
        directory = call.directory  # of several fleets, or of none: files that are named can be formatted anywhere
    binary = _binary(call, directory)
    named = [name_in_fleet(call, directory, file) for file in files]
    formatted = format_fleet(directory, named, lambda texts: format_texts(binary, texts, call.environ))
    changed = [file for file in formatted.files if file.changed]
    if not check:
        save(directory, changed)
    diffs = [file.diff() for file in changed]
    shown = [
        {"file": file.file, "changed": file.changed, "diff": "".join(f"{line}\n" for line in file.diff())}
        for file in formatted.files
    ]
    told = [file.file for file in changed] if not diff else []
    document = edit_document(
        {"files": shown, "written": bool(changed) and not check}, diffs if diff else [], told, formatted.diagnostics
    )
    call.view.show(document)
    if has_errors(formatted.diagnostics):
        return INVALID
    return FAILED if check and changed else DONE


def _binary(call: Call, directory: Path) -> TerraformBinary:
    from vend.errors import InvalidInputError, WorkingDirectoryError
    from vend.requests import load_settings
    from vend.settings import SETTINGS_FILE, TerraformSettings
    from vend.terraform import find_binary
    from vend.working import prepare_working_directory

    settings = TerraformSettings()
    with suppress(InvalidInputError):  # what is wrong with vend.hcl keeps nothing from being formatted
        settings = load_settings(directory, environ=call.environ).terraform
    with tempfile.TemporaryDirectory(prefix="vend-fmt-") as nowhere:
        remembered = Path(nowhere)
        if (directory / SETTINGS_FILE).is_file():
            with suppress(WorkingDirectoryError):  # then Terraform's version is asked for each time
                prepare_working_directory(directory / ".vend")
                remembered = directory / ".vend"
        return find_binary(settings, call.environ, remembered / "terraform.json")
