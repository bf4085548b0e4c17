"""The guard of this process: it starts programs for it, and ends them when this process is gone."""

from __future__ import annotations

import atexit
import errno
import marshal
import os
import signal
import socket
import subprocess  # noqa: TID251 - this room is the door
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from vend.errors import Diagnostic, ProcessError
from vend.process import guard
from vend.process._command import Command
from vend.process._start import not_started, start

ORPHAN_GRACE_SECONDS = 10.0
"""How long a program may take to end when this process was killed; after that it is killed as well."""
_END_SECONDS = 1.0
_KILLED = -int(signal.SIGKILL)


class Kept:
    """A program that a keeper started, or watches.

    Attributes:
        pid: 0 for one that is only watched.
        returncode: None while it runs; negative when a signal ended it.
    """

    def __init__(self, status: socket.socket) -> None:
        self._status = status
        self._received = b""
        self.pid = 0
        self.returncode: int | None = None

    def fileno(self) -> int:
        """Readable once the program has ended."""
        return self._status.fileno()

    def interrupt(self, *, group: bool) -> None:
        """Sends it SIGINT, or sends it to its whole process group."""
        self._order(guard.INTERRUPT_GROUP if group else guard.INTERRUPT)

    def kill(self) -> None:
        """Kills it and everything that it started."""
        self._order(guard.KILL)

    def read(self) -> None:
        """Learns how it ended, waiting for it if need be."""
        kind, value = self._answer()
        if kind == b"e":
            self.returncode = value
            return
        # Somebody killed the keeper, which knew more of it than we do.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self.returncode = _KILLED

    def started(self) -> int | None:
        """Waits until it is started; gives the error number where it is not, and None where no keeper took it on."""
        if self._answer()[0] != b"r":
            return None
        kind, value = self._answer()
        if kind == b"s":
            self.pid = value
            return 0
        return value if kind == b"f" else errno.ECHILD  # somebody killed the keeper: who knows whether it runs

    def request(self, document: int | dict[str, Any]) -> None:
        """Tells the keeper what to do."""
        text = marshal.dumps(document)
        with suppress(BrokenPipeError, ConnectionResetError):
            self._status.sendall(guard.LENGTH.pack(len(text)) + text)

    def done(self) -> None:
        """Tells it that what it watches has ended."""
        self._order(guard.DONE)
        self._status.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.pid and self.returncode is None:
            self.kill()
            self.read()
        self._status.close()

    def _order(self, order: bytes) -> None:
        with suppress(BrokenPipeError, ConnectionResetError):  # it has ended, or its keeper was killed
            self._status.sendall(order)

    def _answer(self) -> tuple[bytes, int]:
        while len(self._received) < guard.ANSWER.size:
            with suppress(ConnectionResetError):
                if more := self._status.recv(guard.ANSWER.size - len(self._received)):
                    self._received += more
                    continue
            return b"", 0
        answer, self._received = self._received, b""
        kind, value = guard.ANSWER.unpack(answer)
        return kind, value


class _Guard:
    """Starts the guard when it is needed first, and again where somebody has killed it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def keeper(self, descriptors: Sequence[int]) -> Kept:
        """A new keeper, which is given these descriptors."""
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            for _ in range(2):
                control = self._control or self._start()
                try:
                    socket.send_fds(control, [b"+"], [theirs.fileno(), *descriptors])
                    break
                except OSError:
                    self._end()
        return Kept(ours)

    def prepare(self) -> None:
        """Starts it without waiting for it."""
        with self._lock:
            if self._control is None:
                self._start()

    def end(self) -> None:
        """Ends it; its keepers end what they keep."""
        with self._lock:
            self._end()

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with theirs:
            # In a session of its own: neither the terminal nor a kill of our process group ends it before us.
            self._process = start(
                (sys.executable, "-I", "-S", str(Path(guard.__file__))),
                {"PATH": os.environ.get("PATH", os.defpath)},
                Path("/"),
                stdin=theirs.fileno(),
                start_new_session=True,
                **quiet,
            )
        self._control = ours
        return ours

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):  # a keeper is still at work, for a thread that was left behind
                self._process.wait(_END_SECONDS)
        self._control = self._process = None


_guard = _Guard()
atexit.register(_guard.end)
prepare = _guard.prepare


def keep(command: Command, streams: tuple[int, int, int], outputs: tuple[int, int]) -> Kept:
    """Starts a program in a session of its own; its keeper ends it when this process is killed.

    Args:
        command: what to run.
        streams: its standard input, output and error.
        outputs: the ends of the latter two that are read; the keeper reads them once this process does not.

    Raises:
        ProcessError: it could not be started.
    """
    argv, cwd = command.argv, command.cwd
    try:
        request = {
            "argv": [_text(argument) for argument in argv],
            "env": {_text(name): _text(value) for name, value in command.env.items()},
            "directory": os.fsencode(Path.cwd() if cwd is None else cwd.absolute()),
            "grace": min(command.grace_seconds, ORPHAN_GRACE_SECONDS),
            "order": guard.INTERRUPT_GROUP if command.interrupt_group else guard.INTERRUPT,
            "stays": command.leaves_daemons,
        }
    except (OSError, ValueError) as error:
        raise ProcessError(not_started(argv, cwd, error)) from error
    for _ in range(2):  # a guard that was killed may have taken the first request with it
        kept = _guard.keeper((*streams, *outputs))
        kept.request(request)
        reason = kept.started()
        if reason == 0:
            return kept
        with kept:
            if reason is not None:
                raise ProcessError(not_started(argv, cwd, OSError(reason, os.strerror(reason))))
    raise ProcessError(
        Diagnostic(
            code="program-not-startable",
            summary=f'"{argv[0] if argv else ""}" cannot be started',
            detail="the process that starts programs for vend was killed twice",
            hint="find out who kills it: a limit on memory or on processes, or a clean-up of the machine",
        )
    )


def watch() -> Kept:
    """A keeper that waits for the id of a process to watch: `request(pid)`, then `done()`."""
    return _guard.keeper(())


def _text(text: str) -> bytes:
    found = os.fsencode(text)
    if b"\0" in found:
        raise ValueError("embedded null byte")
    return found
