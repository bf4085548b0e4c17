"""Ctrl-C, with a program that does not care."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from vend.cli.call._call import Call, Streams, view_for
from vend.cli.call._interrupts import stopping
from vend.process import Command, Completed, Stop, run

DEAF = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"


def a_call() -> Call:
    """A call whose streams are read by nobody."""
    streams = Streams(stdin=io.StringIO(), out=io.StringIO(), err=io.StringIO())
    return Call(fleet=None, directory=Path(), environ={}, form="text", streams=streams, view=view_for("text", streams))


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
    with stopping(stop, a_call()):
        signal.raise_signal(signal.SIGINT)
        worker.join(0.5)
        assert worker.is_alive()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    worker.join(20)
    assert not worker.is_alive()
    assert ended[0].killed


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
