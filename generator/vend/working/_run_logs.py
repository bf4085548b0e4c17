"""The files in which runs leave their logs, below a fleet's `.vend`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TextIO

MOST_LOGS = 50
LONGEST_DAYS = 90


def run_log_path(directory: Path, run: str) -> Path:
    """Where a run's log is: below `.vend/<organization-id>`."""
    return directory / "logs" / f"{run}.log"


def open_run_log(directory: Path, run: str, now: float) -> TextIO:
    """Opens the log of a run, readable by its owner alone, and removes those that are over.

    The newest 50 are kept, each for up to 90 days.

    Args:
        directory: `.vend/<organization-id>`.
        run: its id; ids sort by time.
        now: seconds since 1970.

    Raises:
        OSError: it cannot be written.
    """
    path = run_log_path(directory, run)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    log = os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace", buffering=1)
    try:
        _rotate(path, now)
    except BaseException:
        log.close()
        raise
    return log


def _rotate(newest: Path, now: float) -> None:
    """Another run may rotate at the same time: what is gone by then is no problem."""
    others = sorted((path for path in newest.parent.glob("*.log") if path != newest), reverse=True)
    for number, path in enumerate(others, 1):
        if number >= MOST_LOGS or _age_seconds(path, now) > LONGEST_DAYS * 86400:
            path.unlink(missing_ok=True)


def _age_seconds(path: Path, now: float) -> float:
    try:
        return now - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
