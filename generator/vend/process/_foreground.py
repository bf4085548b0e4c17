"""Handing the terminal over to a command."""

from __future__ import annotations

import os
import signal
import subprocess  # noqa: TID251 - this room is the door
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from types import FrameType

from vend.process._start import start


def run_foreground(
    argv: Sequence[str], env: Mapping[str, str], cwd: Path | None = None, *, guarded: bool = False
) -> int:
    """Runs a command on our own standard input, output and error, and gives its exit code.

    A command ended by signal N gives 128 + N, as in a shell. Ctrl-C in a terminal reaches the command directly and
    leaves us waiting for it; a SIGINT or SIGTERM sent to us alone is passed on.

    Args:
        argv: program and arguments.
        env: its whole environment.
        cwd: where it runs; None means here.
        guarded: whether the command, and everything that it started, is killed when this process is.

    Raises:
        ProcessError: `program-not-found` (a shell says 127) or `program-not-startable` (126).
    """
    with _guard() if guarded else nullcontext() as watch:
        process = start(argv, env, cwd)
        if watch is not None:
            watch(process.pid)
        with _forwarding(process):
            returncode = process.wait()
    return 128 - returncode if returncode < 0 else returncode


@contextmanager
def _guard() -> Iterator[Callable[[int], None]]:
    """A process that waits for our end: it is there before the command is, and learns from us when all is well."""
    argv = (sys.executable, "-I", "-S", str(Path(__file__).with_name("guard.py")))
    # In a session of its own: what a terminal sends to our process group does not end it before us.
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    guard = start(argv, {"PATH": os.environ.get("PATH", os.defpath)}, None, stdin=subprocess.PIPE, **quiet)
    pipe = guard.stdin
    if pipe is None:
        raise RuntimeError("a pipe was asked for")

    def tell(text: str) -> None:
        # A guard that somebody has killed guards nothing; the command runs all the same.
        with suppress(BrokenPipeError):
            pipe.write(text.encode())
            pipe.flush()

    try:
        yield lambda pid: tell(f"{pid}\n")
    finally:
        tell("done\n")
        with suppress(BrokenPipeError):
            pipe.close()
        guard.wait()


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
