"""Standard input, output and error, whatever whoever started vend made of them."""

from __future__ import annotations

import errno
import io
import os
import select
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any, TextIO, cast

from vend.cli.call._signals import hang_up

_GONE = frozenset({errno.EPIPE, errno.EIO})
"""What is told of a pipe whose reader, or a terminal whose window, is gone; a full disk is none of it."""


class OutputLostError(Exception):
    """Standard output takes no more: the disk that it leads to is full, for example."""


@contextmanager
def standard_streams() -> Iterator[None]:
    """Makes the standard streams fit to be written to, and gives them back.

    One that is closed leads nowhere, rather than to the next file that is opened. What a terminal cannot show is
    escaped. What standard error does not take is lost, since nobody can be told; where its terminal or its reader is
    gone, that is a SIGHUP, if somebody handles it: a connection that drops does not always send one. That standard
    output takes no more raises OutputLostError, or BrokenPipeError for a pipe whose reader has gone.
    """
    _open_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    with redirect_stdout(cast("TextIO", _Out(sys.stdout))), redirect_stderr(cast("TextIO", _Err(sys.stderr))):
        yield


@contextmanager
def watched_error() -> Iterator[None]:
    """While it lasts, a standard error that nobody can read any more is a SIGHUP at once, not at the next write.

    A pipe whose reader is gone, as that of a dropped connection without a terminal: between two steps of an account
    nothing is written for minutes.
    """
    ended, end = os.pipe()
    watcher = threading.Thread(target=_watch, args=(ended,), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        os.close(end)
        watcher.join()
        os.close(ended)


def _watch(ended: int) -> None:
    poll = select.poll()
    poll.register(ended, select.POLLIN)  # its other end is closed: done
    poll.register(2, 0)  # errors alone, which are always told
    while ended not in (ready := dict(poll.poll())):
        if ready.get(2, 0) & (select.POLLERR | select.POLLHUP):
            hang_up()
        poll.unregister(2)


def abandon_output() -> None:
    """What is still buffered for standard output must not raise again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


class _Out:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        with _told():
            return self._stream.write(text)

    def flush(self) -> None:
        with _told():
            self._stream.flush()


class _Err(_Out):
    def write(self, text: str) -> int:
        with self._lost():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with self._lost():
            self._stream.flush()

    @contextmanager
    def _lost(self) -> Iterator[None]:
        """From the first loss on it leads nowhere: what is still buffered must not raise again at exit."""
        try:
            yield
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
            if error.errno in _GONE:
                hang_up()


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputLostError(error.strerror or str(error)) from error


def _open_closed() -> None:
    """Python has None for a stream that was closed when it started."""
    for descriptor, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            # The lowest number that is free is given: the stream's own, where nothing has taken it since.
            opened = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(opened, mode, closefd=opened != descriptor))
