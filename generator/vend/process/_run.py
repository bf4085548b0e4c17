"""Running a program to its end, line by line."""

from __future__ import annotations

import os
import selectors
import threading
import time
from collections import deque
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Self

from vend.process._command import Command, Completed, OnLine
from vend.process._guard import Kept, keep

_CHUNK = 65536
_MAX_LINE_BYTES = 1 << 20
"""A longer line is handed over in pieces, so that output without line ends takes no more memory than this."""
_POLL_SECONDS = 0.05
_LINGER_SECONDS = 1.0
"""How long output is still read after the program ended, if something it started holds the pipe open."""


def run(command: Command) -> Completed:
    """Runs a program to its end, in a session of its own.

    A terminal's Ctrl-C therefore reaches vend alone. On `stop` or timeout the program gets one SIGINT, `grace_seconds`
    later everything it started gets SIGKILL. Whatever it left running is killed when it ends: on Linux all of it, on
    macOS what is in its process group. The same happens when this process is killed (`guard`), with a grace of
    `ORPHAN_GRACE_SECONDS` at most. Callbacks run in the calling thread; an exception from one ends the program and is
    raised here.

    Raises:
        ProcessError: it could not be started.
    """
    began = time.monotonic()
    with ExitStack() as ours:
        with ExitStack() as theirs:
            out, out_end = _pipe(ours, theirs)
            err, err_end = _pipe(ours, theirs)
            source: IO[bytes]
            feed: IO[bytes] | None
            if command.stdin is None:
                source, feed = theirs.enter_context(Path(os.devnull).open("rb", 0)), None
            else:
                source, feed = _pipe(theirs, ours)
            streams = (source.fileno(), out_end.fileno(), err_end.fileno())
            kept = ours.enter_context(keep(command, streams, (out.fileno(), err.fileno())))
        watch = ours.enter_context(_Watch(kept, command, began))
        watch.listen(out, err, feed)
        watch.until_end()
    return Completed(
        argv=tuple(command.argv),
        returncode=kept.returncode or 0,
        stdout=watch.stdout.text(),
        stderr=watch.stderr.text(),
        seconds=time.monotonic() - began,
        timed_out=watch.timed_out,
        stopped=watch.stopped,
        killed=watch.killed,
    )


def _pipe(reader: ExitStack, writer: ExitStack) -> tuple[IO[bytes], IO[bytes]]:
    reading, writing = os.pipe()
    return reader.enter_context(os.fdopen(reading, "rb", 0)), writer.enter_context(os.fdopen(writing, "wb", 0))


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

    def __init__(self, kept: Kept, command: Command, began: float) -> None:
        self._kept = kept
        self._command = command
        self._deadline = None if command.timeout_seconds is None else began + command.timeout_seconds
        self._kill_at: float | None = None
        self._input = memoryview(command.stdin or b"")
        self.stdout = _Stream(command.on_stdout, command.keep_bytes)
        self.stderr = _Stream(command.on_stderr, command.keep_bytes)
        self.timed_out = self.stopped = self.killed = False
        self._selector = selectors.DefaultSelector()
        self._selector.register(kept, selectors.EVENT_READ)

    def listen(self, out: IO[bytes], err: IO[bytes], feed: IO[bytes] | None) -> None:
        """Takes the pipes to the process's standard output, error and input."""
        self._register(out, selectors.EVENT_READ, self.stdout)
        self._register(err, selectors.EVENT_READ, self.stderr)
        if feed is not None:
            self._register(feed, selectors.EVENT_WRITE, feed)

    def _register(self, pipe: IO[bytes], event: int, data: object) -> None:
        os.set_blocking(pipe.fileno(), False)
        self._selector.register(pipe, event, data)

    def until_end(self) -> None:
        while self._kept.returncode is None:
            self._move(_POLL_SECONDS)
            self._end_in_time()
        until = time.monotonic() + _LINGER_SECONDS
        while self._reading() and time.monotonic() < until:
            self._move(_POLL_SECONDS)
        self.stdout.end()
        self.stderr.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._selector.close()

    def _reading(self) -> bool:
        return any(isinstance(key.data, _Stream) for key in self._selector.get_map().values())

    def _move(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if isinstance(key.data, _Stream):
                self._read(key.fd, key.data)
            elif key.fileobj is self._kept:
                self._selector.unregister(self._kept)
                self._kept.read()
            else:
                self._write(key.data)

    def _read(self, fd: int, stream: _Stream) -> None:
        try:
            chunk = os.read(fd, _CHUNK)
        except BlockingIOError:
            return
        if chunk:
            stream.feed(chunk)
        else:
            self._selector.unregister(fd)

    def _write(self, feed: IO[bytes]) -> None:
        try:
            self._input = self._input[os.write(feed.fileno(), self._input[:_CHUNK]) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._input = memoryview(b"")
        if not self._input:
            self._selector.unregister(feed)
            feed.close()

    def _end_in_time(self) -> None:
        now = time.monotonic()
        if self._kept.returncode is not None:
            return
        if self._kill_at is not None:
            if now >= self._kill_at or (isinstance(self._command.stop, Stop) and self._command.stop.forced):
                self.killed = True
                self._kept.kill()
            return
        if self._command.stop is not None and self._command.stop.is_set():
            self.stopped = True
        elif self._deadline is not None and now >= self._deadline:
            self.timed_out = True
        else:
            return
        self._kill_at = now + self._command.grace_seconds
        self._kept.interrupt(group=self._command.interrupt_group)
