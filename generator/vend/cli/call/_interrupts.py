"""Ctrl-C and its like: the first asks work in hand to end well, a later one does not ask."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from vend.cli.call._call import Call
from vend.cli.call._signals import ForcedInterrupt, taken_over
from vend.cli.call._standard_streams import watched_error
from vend.process import Stop, prepare

_AGAIN_SECONDS = 1.5
"""Within which a second signal is the first one's echo: a key pressed twice in haste, a shell that passes it on too."""
_ASKED = "Stopping after the current step. Ctrl-C again forces it and may leave a state locked"


@contextmanager
def stopping(stop: Stop, call: Call, clock: Callable[[], float] = time.monotonic) -> Iterator[None]:
    """While it lasts, a SIGINT, SIGTERM or SIGHUP sets `stop`; a later SIGINT or SIGTERM forces it.

    What forces raises ForcedInterrupt as well. SIGHUP never forces: it says that the terminal is gone, perhaps right
    after a Ctrl-C, and nobody is there who could be impatient.

    Signals can be taken over in the main thread only; in another one this does nothing.

    Args:
        stop: what ends.
        call: whose view tells that it ends.
        clock: seconds, for what counts as an echo.
    """
    asked = float("-inf")

    def on_signal(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        del frame
        if not stop.is_set():
            asked = clock()
            stop.set()
            # A signal may come while the view holds its lock, so another thread does the telling.
            threading.Thread(target=_tell, args=(call,), daemon=True).start()
        elif number != signal.SIGHUP and clock() - asked > _AGAIN_SECONDS:
            stop.force()
            raise ForcedInterrupt

    prepare()  # programs are about to be run: what guards them starts meanwhile
    with taken_over(on_signal, signal.SIGINT, signal.SIGTERM, signal.SIGHUP), watched_error():
        yield


def _tell(call: Call) -> None:
    from vend.events import Notice

    call.on_event(Notice(message=_ASKED))
