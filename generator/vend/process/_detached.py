"""Programs that go on running after the command that started them."""

from __future__ import annotations

import os
import select
import signal
import subprocess  # noqa: TID251 - this room is the door
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from vend.process._start import start

_POLL_SECONDS = 0.05
_LOOK_SECONDS = 1.0
_started: dict[int, subprocess.Popen[bytes]] = {}
"""Ours, so that one that ends while we still run is reaped and not taken for a running one."""


def start_detached(argv: Sequence[str], env: Mapping[str, str], cwd: Path | None, log: Path) -> int:
    """Starts a program in a session of its own, its output appended to `log` (0600), and gives its process id.

    Raises:
        ProcessError: it could not be started.
    """
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        process = start(
            argv,
            env,
            cwd,
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    finally:
        os.close(descriptor)
    _started[process.pid] = process
    return process.pid


def is_running(pid: int) -> bool:
    """Whether a process with this id runs, whoever started it."""
    process = _started.get(pid)
    if process is not None:
        if process.poll() is None:
            return True
        del _started[pid]
        return False
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def wait_until_gone(pid: int) -> None:
    """Waits for the end of a process, whoever started it."""
    try:
        descriptor = os.pidfd_open(pid)
    except (AttributeError, OSError):  # macOS and old kernels have none; a process that is gone has none either
        while is_running(pid):
            time.sleep(_LOOK_SECONDS)
        return
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        poll.poll()
    finally:
        os.close(descriptor)


def terminate(pid: int, grace_seconds: float = 10.0) -> bool:
    """Ends a detached program: SIGTERM, then after the grace SIGKILL for its whole process group.

    Returns:
        Whether SIGTERM was enough; true too when it did not run any more.
    """
    if not is_running(pid):
        return True
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + grace_seconds
    while time.monotonic() < until:
        if not is_running(pid):
            return True
        time.sleep(_POLL_SECONDS)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    while is_running(pid):
        time.sleep(_POLL_SECONDS)
    return False


def _is_zombie(pid: int) -> bool:
    """Whether it ended and its parent has not noticed; only Linux tells."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[:1] == ["Z"]
