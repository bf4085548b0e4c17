"""Starting a program, with what goes wrong there as diagnostics."""

from __future__ import annotations

import errno
import subprocess  # noqa: TID251 - this room is the door
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vend.errors import Diagnostic, ProcessError


def start(argv: Sequence[str], env: Mapping[str, str], cwd: Path | None, **options: Any) -> subprocess.Popen[bytes]:
    """Starts a program; `env` is its whole environment, and its PATH is where the program is looked up.

    Raises:
        ProcessError: `program-not-found` or `program-not-startable`.
    """
    try:
        return subprocess.Popen(list(argv), env=dict(env), cwd=cwd, **options)
    except (OSError, ValueError) as error:
        raise ProcessError(not_started(argv, cwd, error)) from error


def not_started(argv: Sequence[str], cwd: Path | None, error: OSError | ValueError) -> Diagnostic:
    """What goes wrong in starting a program, in words."""
    program = argv[0] if argv else ""
    if cwd is not None and not cwd.is_dir():
        return Diagnostic(
            code="program-not-startable",
            summary=f'no directory to start "{program}" in',
            detail=f"starting {program} in {cwd}: there is no such directory",
        )
    if isinstance(error, FileNotFoundError):
        missing = Path(program)
        if "/" in program and missing.exists():
            return Diagnostic(
                code="program-not-startable",
                summary=f'"{program}" names an interpreter that does not exist',
                detail=f"starting {program}: the interpreter in its first line was not found",
                hint="correct the first line of the script, or install its interpreter",
            )
        return Diagnostic(
            code="program-not-found",
            summary=f'no program "{program}"',
            detail=f"starting {program}: it is not there" if "/" in program else f"{program} is not on PATH",
            hint="check the spelling, or install it",
        )
    hints = {
        errno.EACCES: f"make it executable: chmod +x {program}",
        errno.ENOEXEC: "a script needs a first line that names its interpreter, such as #!/bin/sh",
    }
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return Diagnostic(
        code="program-not-startable",
        summary=f'"{program}" cannot be started',
        detail=f"starting {program}: {reason}",
        hint=hints.get(error.errno or 0) if isinstance(error, OSError) else None,
    )
