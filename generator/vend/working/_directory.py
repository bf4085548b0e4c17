"""Creating a fleet's working folder, `.vend`."""

from __future__ import annotations

import os
from errno import EACCES
from pathlib import Path

from vend.errors import Diagnostic, WorkingDirectoryError


def prepare_working_directory(working: Path) -> None:
    """Makes `.vend` with its own `.gitignore`, so that nothing in it is ever committed.

    Raises:
        WorkingDirectoryError: it cannot be made or written.
    """
    try:
        working.mkdir(parents=True, exist_ok=True, mode=0o700)
        ignore = working / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n")
        if not os.access(working, os.W_OK | os.X_OK):
            raise PermissionError(EACCES, os.strerror(EACCES), str(working))
    except OSError as error:
        raise WorkingDirectoryError(
            Diagnostic(
                code="working-directory",
                summary=f"vend cannot write in {working}",
                detail=error.strerror
                if not isinstance(error, FileExistsError)
                else "something with this name exists and is not a folder",
                hint="make the fleet's folder writable, or use a clone that is"
                if not isinstance(error, FileExistsError)
                else "remove it: vend creates a folder with this name",
            )
        ) from error
