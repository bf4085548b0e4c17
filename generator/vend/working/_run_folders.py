"""Which folders below `.vend/<organization-id>` a run works in, so that two runs in one fleet never meet."""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
from pathlib import Path

from vend.errors import Diagnostic, WorkingDirectoryError

_LOCK = "lock"
_RUNS = "runs"
_FOLDERS = ("roots", "data", "batch")
"""They stay for the next run, which then need not initialize again."""
_PLANS = "plans"


class RunFolders:
    """The folders of one run; nothing is locked before they are needed. In any thread.

    One run at a time has those that stay; another one that works in the fleet meanwhile has folders of its own, which
    go with it. What runs have left that were killed goes as well, saved plans before all: they are secrets. The kernel
    tells which runs live, by locks that it releases when their processes end.

    Args:
        directory: `.vend/<organization-id>`.
        run: its id.
    """

    def __init__(self, directory: Path, run: str) -> None:
        self._directory = directory
        self._own = directory / _RUNS / run
        self._locks: list[int] = []
        self._ending: str | None = None
        self._lock = threading.Lock()

    def kept(self, name: str) -> Path:
        """The folder `roots`, `data` or `batch`: that of the run before, or this run's own.

        Raises:
            WorkingDirectoryError: nothing can be written there.
        """
        return self._directory / f"{name}{self._begun()}"

    @property
    def plans(self) -> Path:
        """The folder of saved plans, this run's own. Raises WorkingDirectoryError."""
        self._begun()
        return self._directory / _PLANS / self._own.name

    def _begun(self) -> str:
        """The end of the names of the folders that stay, or of this run's in their place."""
        with self._lock:
            if self._ending is None:
                try:
                    self._ending = self._begin()
                except OSError as error:
                    raise WorkingDirectoryError(_unwritable(self._directory, error)) from error
            return self._ending

    def close(self) -> None:
        """Removes the folders that do not stay, and lets others have those that do."""
        with self._lock:
            _remove(self._directory, self._own)
            for lock in self._locks:
                os.close(lock)
            self._locks.clear()

    def _begin(self) -> str:
        self._own.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # It gets its name once it is locked, so that nobody takes it for that of a run that is dead.
        new = self._own.with_name(f".{self._own.name}")
        self._locks.append(_open(new))
        fcntl.flock(self._locks[-1], fcntl.LOCK_EX)
        new.rename(self._own)
        self._locks.append(_open(self._directory / _LOCK))
        ending = "" if _is_free(self._locks[-1]) else f"-{self._own.name}"
        for other in sorted(self._own.parent.iterdir()):
            if other != self._own and not other.name.startswith("."):
                _remove_if_dead(self._directory, other)
        return ending


def _remove_if_dead(directory: Path, run: Path) -> None:
    try:
        lock = os.open(run, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:  # it has just ended
        return
    try:
        if _is_free(lock):
            _remove(directory, run)
    finally:
        os.close(lock)


def _remove(directory: Path, run: Path) -> None:
    for folder in (directory / _PLANS / run.name, *(directory / f"{name}-{run.name}" for name in _FOLDERS)):
        shutil.rmtree(folder, ignore_errors=True)
    run.unlink(missing_ok=True)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _is_free(lock: int) -> bool:
    """Takes the lock, if nobody has it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _unwritable(directory: Path, error: OSError) -> Diagnostic:
    return Diagnostic(
        code="working-directory",
        summary=f"vend cannot write in {directory}",
        detail=error.strerror,
        hint="make the fleet's folder writable, and make room on its disk",
    )
