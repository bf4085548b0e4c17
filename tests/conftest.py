"""What holds for all tests."""

from __future__ import annotations

import signal

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # A shell starts what runs in the background with interrupts ignored, and every process of the tests would inherit
    # that: those that must end when they are interrupted would not.
    signal.signal(signal.SIGINT, signal.default_int_handler)
