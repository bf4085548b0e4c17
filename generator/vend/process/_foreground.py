"""Handing the terminal over to a command."""

from __future__ import annotations

import os
import signal
import subprocess  # noqa: TID251 - this room is the door
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from vend.process._start import start


def run_foreground(argv: Sequence[str], env: Mapping[str, str], cwd: Path | None = None) -> int:
    """Runs a command on our own standard input, output and error, and gives its exit code.

    A command ended by signal N gives 128 + N, as in a shell. Ctrl-C in a terminal reaches the command directly and
    leaves us waiting for it; a SIGINT or SIGTERM sent to us alone is passed on.

    Raises:
        ProcessError: `program-not-found` (a shell says 127) or `program-not-startable` (126).
    """
    process = start(argv, env, cwd)
    with _forwarding(process):
        returncode = process.wait()
    return 128 - returncode if returncode < 0 else returncode


@contextmanager
def _forwarding(process: subprocess.Popen[bytes]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set signal handlers
        return

    def forward(number: int, frame: FrameType | None) -> None:
        del frame
        if number != signal.SIGINT or not _in_terminal_foreground():
            process.send_signal(number)

    before = {number: signal.signal(number, forward) for number in (signal.SIGINT, signal.SIGTERM)}
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
