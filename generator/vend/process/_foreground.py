"""Handing the terminal over to a command."""

from __future__ import annotations

import os
import signal
import subprocess  # noqa: TID251 - this room is the door
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import FrameType

from vend.process._guard import Kept, watch
from vend.process._start import start


def run_foreground(
    argv: Sequence[str], env: Mapping[str, str], cwd: Path | None = None, *, guarded: bool = False
) -> int:
    """Runs a command on our own standard input, output and error, and gives its exit code.

    A command ended by signal N gives 128 + N, as in a shell. Ctrl-C in a terminal reaches the command directly and
    leaves us waiting for it; a SIGINT, SIGTERM or SIGHUP sent to us alone is passed on.

    Args:
        argv: program and arguments.
        env: its whole environment.
        cwd: where it runs; None means here.
        guarded: whether the command, and everything that it started, is killed when this process is.

    Raises:
        ProcessError: `program-not-found` (a shell says 127) or `program-not-startable` (126).
    """
    with _watched() if guarded else nullcontext() as kept:
        process = start(argv, env, cwd)
        if kept is not None:
            kept.request(process.pid)
        with _forwarding(process):
            returncode = process.wait()
    return 128 - returncode if returncode < 0 else returncode


@contextmanager
def _watched() -> Iterator[Kept]:
    """A keeper that is there before the command is; one that somebody has killed keeps nothing, which is no failure."""
    kept = watch()
    try:
        yield kept
    finally:
        kept.done()


@contextmanager
def _forwarding(process: subprocess.Popen[bytes]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set signal handlers
        return

    def forward(number: int, frame: FrameType | None) -> None:
        del frame
        if number != signal.SIGINT or not _in_terminal_foreground():
            process.send_signal(number)

    before = {number: signal.signal(number, forward) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _in_terminal_foreground() -> bool:
    """Whether the terminal's Ctrl-C went to our whole process group, the command included."""
    try:
        return os.tcgetpgrp(sys.__stdin__.fileno() if sys.__stdin__ else 0) == os.getpgrp()
    except (OSError, ValueError):
        return False
