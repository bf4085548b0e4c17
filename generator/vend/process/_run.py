"""Running a program to its end, line by line."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess  # noqa: TID251 - this room is the door
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from vend.process._start import start

_CHUNK = 65536
_MAX_LINE_BYTES = 1 << 20
"""A longer line is handed over in pieces, so that output without line ends takes no more memory than this."""
_POLL_SECONDS = 0.05
_LINGER_SECONDS = 1.0
"""How long output is still read after the program ended, if something it started holds the pipe open."""

OnLine = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What to run and how.

    Attributes:
        argv: program and arguments; the program is looked up on PATH of `env`.
        env: the whole environment; nothing is inherited.
        cwd: where it runs; None means here.
        timeout_seconds: after which it is ended; None waits for ever.
        grace_seconds: between the interrupt and the kill.
        interrupt_group: whether the interrupt goes to everything the program started too. Terraform passes it on
            itself; a shell does not.
        on_stdout: gets each line of standard output as it comes, without its end. Bytes that are no UTF-8 are replaced.
        on_stderr: likewise.
        stop: once set, the program is interrupted; a `Stop` that forces has it killed.
        stdin: what it reads; None means nothing.
        keep_bytes: how much of each stream is kept, from its end.
    """

    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: Path | None = None
    timeout_seconds: float | None = None
    grace_seconds: float = 10.0
    interrupt_group: bool = False
    on_stdout: OnLine | None = None
    on_stderr: OnLine | None = None
    stop: threading.Event | None = None
    stdin: bytes | None = None
    keep_bytes: int = 512 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """How a program ended.

    Attributes:
        returncode: negative when a signal ended it, as in the standard library.
        stdout: what it wrote, up to `keep_bytes` from the end.
        seconds: wall time.
        timed_out: whether it was ended because its time was up.
        stopped: whether it was ended because `stop` was set.
        killed: whether the interrupt was not enough.
    """

    argv: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str
    seconds: float
    timed_out: bool = False
    stopped: bool = False
    killed: bool = False


def run(command: Command) -> Completed:
    """Runs a program to its end, in a session of its own.

    A terminal's Ctrl-C therefore reaches vend alone. On `stop` or timeout the program gets one SIGINT, `grace_seconds`
    later everything it started gets SIGKILL. Whatever it left running in its process group is killed when it ends.
    Callbacks run in the calling thread; an exception from one ends the program and is raised here.

    Raises:
        ProcessError: it could not be started.
    """
    began = time.monotonic()
    process = start(
        command.argv,
        command.env,
        command.cwd,
        stdin=subprocess.DEVNULL if command.stdin is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        bufsize=0,
    )
    watch = _Watch(process, command, began)
    with process:
        try:
            watch.until_end()
        finally:
            _kill_group(process)
            process.wait()
            watch.close()
    return Completed(
        argv=tuple(command.argv),
        returncode=process.returncode,
        stdout=watch.stdout.text(),
        stderr=watch.stderr.text(),
        seconds=time.monotonic() - began,
        timed_out=watch.timed_out,
        stopped=watch.stopped,
        killed=watch.killed,
    )


class Stop(threading.Event):
    """Asks programs to end; `force` asks a second time, for those that do not.

    Any `threading.Event` will do as `Command.stop`; only this one can force.
    """

    def __init__(self) -> None:
        super().__init__()
        self.forced = False

    def force(self) -> None:
        """Kills at once whatever has been asked to end."""
        self.forced = True
        self.set()


class _Stream:
    """One output stream: hands lines over and keeps the end of it."""

    def __init__(self, on_line: OnLine | None, keep_bytes: int) -> None:
        self._on_line = on_line
        self._keep_bytes = keep_bytes
        self._kept: deque[bytes] = deque()
        self._size = 0
        self._line = bytearray()

    def feed(self, chunk: bytes) -> None:
        self._kept.append(chunk)
        self._size += len(chunk)
        while self._size - len(self._kept[0]) >= self._keep_bytes:
            self._size -= len(self._kept.popleft())
        if self._on_line is None:
            return
        self._line += chunk
        if b"\n" in chunk:
            *lines, rest = self._line.split(b"\n")
            self._line = bytearray(rest)
            for line in lines:
                self._emit(line)
        while len(self._line) > _MAX_LINE_BYTES:
            piece, self._line = self._line[:_MAX_LINE_BYTES], self._line[_MAX_LINE_BYTES:]
            self._emit(piece)

    def end(self) -> None:
        if self._line:
            line, self._line = self._line, bytearray()
            self._emit(line)

    def text(self) -> str:
        return b"".join(self._kept)[-self._keep_bytes :].decode("utf-8", "replace")

    def _emit(self, line: bytearray) -> None:
        if self._on_line is not None:
            self._on_line(bytes(line).removesuffix(b"\r").decode("utf-8", "replace"))


class _Watch:
    """Moves bytes between a process and its listeners, and ends it in time."""

    def __init__(self, process: subprocess.Popen[bytes], command: Command, began: float) -> None:
        self._process = process
        self._command = command
        self._deadline = None if command.timeout_seconds is None else began + command.timeout_seconds
        self._kill_at: float | None = None
        self._input = memoryview(command.stdin or b"")
        self.stdout = _Stream(command.on_stdout, command.keep_bytes)
        self.stderr = _Stream(command.on_stderr, command.keep_bytes)
        self.timed_out = self.stopped = self.killed = False
        self._selector = selectors.DefaultSelector()
        self._register(process.stdout, selectors.EVENT_READ, self.stdout)
        self._register(process.stderr, selectors.EVENT_READ, self.stderr)
        self._register(process.stdin, selectors.EVENT_WRITE, None)

    def _register(self, pipe: IO[bytes] | None, event: int, stream: _Stream | None) -> None:
        if pipe is not None:
            os.set_blocking(pipe.fileno(), False)
            self._selector.register(pipe, event, stream)

    def until_end(self) -> None:
        while True:
            self._move(_POLL_SECONDS)
            if self._process.poll() is not None:
                break
            if not self._selector.get_map():
                time.sleep(_POLL_SECONDS / 5)
            self._end_in_time()
        _kill_group(self._process)
        until = time.monotonic() + _LINGER_SECONDS
        while self._reading() and time.monotonic() < until:
            self._move(_POLL_SECONDS)
        self.stdout.end()
        self.stderr.end()

    def close(self) -> None:
        self._selector.close()

    def _reading(self) -> bool:
        return any(key.data is not None for key in self._selector.get_map().values())

    def _move(self, seconds: float) -> None:
        if not self._selector.get_map():
            return
        for key, _ in self._selector.select(seconds):
            if isinstance(key.data, _Stream):
                self._read(key.fd, key.data)
            else:
                self._write(key.fd)

    def _read(self, fd: int, stream: _Stream) -> None:
        try:
            chunk = os.read(fd, _CHUNK)
        except BlockingIOError:
            return
        if chunk:
            stream.feed(chunk)
        else:
            self._selector.unregister(fd)

    def _write(self, fd: int) -> None:
        try:
            self._input = self._input[os.write(fd, self._input[:_CHUNK]) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._input = memoryview(b"")
        if not self._input:
            self._selector.unregister(fd)
            if self._process.stdin is not None:
                self._process.stdin.close()

    def _end_in_time(self) -> None:
        now = time.monotonic()
        if self._kill_at is not None:
            if now >= self._kill_at or (isinstance(self._command.stop, Stop) and self._command.stop.forced):
                self.killed = True
                _kill_group(self._process)
            return
        if self._command.stop is not None and self._command.stop.is_set():
            self.stopped = True
        elif self._deadline is not None and now >= self._deadline:
            self.timed_out = True
        else:
            return
        self._kill_at = now + self._command.grace_seconds
        if self._command.interrupt_group:
            _signal_group(self._process, signal.SIGINT)
        else:
            self._process.send_signal(signal.SIGINT)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    _signal_group(process, signal.SIGKILL)


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    # The program leads its own session, so its process id names the group; where nothing is left of the group, or
    # (on macOS) only a dead leader, there is nobody to signal.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
