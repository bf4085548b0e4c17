"""Ctrl-C and its like, also with a program that does not care."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from vend.cli.call._call import Call, Streams, answer, view_for
from vend.cli.call._interrupts import stopping
from vend.cli.call._standard_streams import standard_streams
from vend.process import Command, Completed, Stop, run

DEAF = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"


def a_call() -> Call:
    """A call whose streams are read by nobody."""
    streams = Streams(stdin=io.StringIO(), out=io.StringIO(), err=io.StringIO())
    return Call(fleet=None, directory=Path(), environ={}, form="text", streams=streams, view=view_for("text", streams))


def said(call: Call) -> str:
    """What a call has written to standard error."""
    assert isinstance(call.streams.err, io.StringIO)
    return call.streams.err.getvalue()


@contextmanager
def told_by_threads() -> Iterator[None]:
    """Waits for the threads that are started within."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(10)


def clock(*seconds: float) -> Callable[[], float]:
    """A clock that shows these times, one after the other."""
    return iter(seconds).__next__


def test_the_second_interrupt_ends_what_ignores_the_first() -> None:
    """A program that takes no notice of being asked is killed when the user asks again."""
    stop, ended = Stop(), list[Completed]()
    ready = threading.Event()
    command = Command(
        argv=(sys.executable, "-c", DEAF),
        env={"PATH": os.environ["PATH"]},
        stop=stop,
        grace_seconds=60,
        on_stdout=lambda _: ready.set(),
    )
    worker = threading.Thread(target=lambda: ended.append(run(command)))
    worker.start()
    assert ready.wait(30)
    with stopping(stop, a_call(), clock(0.0, 2.0)):
        signal.raise_signal(signal.SIGINT)
        worker.join(0.5)
        assert worker.is_alive()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    worker.join(20)
    assert not worker.is_alive()
    assert ended[0].killed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_signal_asks(number: signal.Signals) -> None:
    """Ctrl-C, a service manager and a terminal that is closed all ask for a graceful end, which is told once."""
    stop, call = Stop(), a_call()
    with told_by_threads(), stopping(stop, call, clock(0.0)):
        signal.raise_signal(number)
    assert stop.is_set()
    assert not stop.forced
    told = "note: Stopping after the current step. Ctrl-C again forces it and may leave a state locked\n"
    assert said(call) == told


def test_two_interrupts_in_haste_are_one() -> None:
    """0.4 s after the first nobody has read what it said: the second does not force, and says nothing new."""
    stop, call = Stop(), a_call()
    with told_by_threads(), stopping(stop, call, clock(0.0, 0.4, 1.4)):
        for _ in range(3):
            signal.raise_signal(signal.SIGINT)
    assert not stop.forced
    assert said(call).count("Stopping") == 1


def test_a_closed_terminal_never_forces() -> None:
    """Whoever presses Ctrl-C and closes the terminal a minute later still wants the step to end well."""
    stop = Stop()
    with stopping(stop, a_call(), clock(0.0)):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGHUP)
    assert not stop.forced


def test_what_is_forced_says_what_it_may_have_left() -> None:
    """The exit code is 130, and the message names the state that may be locked."""
    call = a_call()

    def work(call: Call) -> int:
        with stopping(Stop(), call, clock(0.0, 60.0)):
            signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGTERM)
        return 0

    assert answer(call, work) == 130
    assert "error[interrupted]: stopped by force: a Terraform state may be locked" in said(call)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_command_without_steps_ends_in_order(number: signal.Signals) -> None:
    """What a command holds is let go, as with Ctrl-C; afterwards signals mean what they meant before."""
    before = signal.getsignal(number)
    cleared = []

    def work(_: Call) -> int:
        try:
            signal.raise_signal(number)
        finally:
            cleared.append(True)
        return 0

    assert answer(a_call(), work) == 130
    assert cleared == [True]
    assert signal.getsignal(number) == before


@pytest.mark.parametrize("number", [errno.EPIPE, errno.EIO, errno.ENOSPC])
def test_a_connection_that_is_gone_is_a_closed_terminal(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Without a terminal no SIGHUP comes: that nobody reads standard error asks as well, in whatever thread it is seen.

    A full disk does not ask. Nothing is raised in the middle of a step, by which Terraform would be killed.
    """

    class Gone(io.StringIO):
        """A stream whose other end is gone."""

        def write(self, text: str) -> int:
            raise OSError(number, text)

        def fileno(self) -> int:
            return spare

    spare = os.open(os.devnull, os.O_WRONLY)
    monkeypatch.setattr(sys, "stderr", Gone())
    stop = Stop()
    with standard_streams(), stopping(stop, a_call()):
        worker = threading.Thread(target=sys.stderr.write, args=("step 1",))
        worker.start()
        worker.join()
        stop.wait(0.05)
    os.close(spare)
    assert stop.is_set() == (number != errno.ENOSPC)
    assert not stop.forced


def test_a_connection_that_drops_between_two_steps_asks_at_once() -> None:
    """Nothing is written meanwhile: that the reader of standard error has gone is seen all the same."""
    reading, writing = os.pipe()
    kept = os.dup(2)
    os.dup2(writing, 2)
    os.close(writing)
    try:
        stop = Stop()
        with stopping(stop, a_call()):
            assert not stop.wait(0.05)
            os.close(reading)
            assert stop.wait(20)
        assert not stop.forced
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def test_nohup_is_respected() -> None:
    """Whoever started vend so that it survives its terminal gets that."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        stop = Stop()
        with stopping(stop, a_call()):
            signal.raise_signal(signal.SIGHUP)
        assert not stop.is_set()
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_signals_are_left_alone_outside_of_the_main_thread() -> None:
    """Where handlers cannot be set nothing is done, and nothing fails."""
    entered = threading.Event()

    def work() -> None:
        with stopping(Stop(), a_call()):
            entered.set()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert entered.is_set()
