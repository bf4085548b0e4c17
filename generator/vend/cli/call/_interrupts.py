"""Ctrl-C: the first asks work in hand to end well, the second does not ask."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from vend.cli.call._call import Call
from vend.process import Stop

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stopping(stop: Stop, call: Call) -> Iterator[None]:
    """While it lasts, the first SIGINT or SIGTERM sets `stop`; the next one forces it and raises KeyboardInterrupt.

    Signals can be taken over in the main thread only; in another one this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def on_signal(number: int, frame: FrameType | None) -> None:
        del number, frame
        if stop.is_set():
            stop.force()
            raise KeyboardInterrupt
        stop.set()
        # A signal may come while the view holds its lock, so another thread does the telling.
        threading.Thread(target=_tell, args=(call,), daemon=True).start()

    before = {number: signal.signal(number, on_signal) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)


def _tell(call: Call) -> None:
    from vend.events import Notice

    call.view.on_event(
        Notice(message="stopping: running steps end first, so that nothing is left half done; again forces it")
    )
