"""Taking signals over for a while."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

Handler = Callable[[int, FrameType | None], None]


class ForcedInterrupt(KeyboardInterrupt):
    """The user did not wait until work in hand had ended."""


@contextmanager
def interruptible() -> Iterator[None]:
    """While it lasts, SIGTERM and SIGHUP are what Ctrl-C is: KeyboardInterrupt, so that everything is cleared away."""
    with taken_over(_interrupt, signal.SIGTERM, signal.SIGHUP):
        yield


@contextmanager
def taken_over(handler: Handler, *numbers: signal.Signals) -> Iterator[None]:
    """Handles these signals while it lasts.

    SIGHUP is left alone where whoever started us wants it ignored, as nohup does. Outside of the main thread, where
    signals cannot be taken over, this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ignored = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    taken = [number for number in numbers if number != signal.SIGHUP or not ignored]
    before = {number: signal.signal(number, handler) for number in taken}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)


def hang_up() -> None:
    """Does what SIGHUP does, where somebody handles it."""
    main = threading.main_thread().ident
    if main is not None and callable(signal.getsignal(signal.SIGHUP)):
        signal.pthread_kill(main, signal.SIGHUP)


def _interrupt(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise KeyboardInterrupt
