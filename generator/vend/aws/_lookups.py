"""What is looked up once, whoever asks."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any, TypeVar, cast

_T = TypeVar("_T")


class Lookups:
    """Answers by name, each looked up by the first thread that asks; the others wait for it. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ticks = itertools.count(1)
        self._floor = 0
        self._known: dict[str, tuple[int, Any]] = {}
        self._locks: dict[str, threading.Lock] = {}

    def get(self, name: str, look_up: Callable[[], _T], *, refresh: bool = False) -> _T:
        """The answer since `forget` was last called, looked up now where there is none.

        Args:
            name: of the answer.
            look_up: finds it; what it raises is raised, and the next call looks up again.
            refresh: only an answer that was looked up after this call counts, not one whose look-up had begun before.
        """
        with self._lock:
            lock = self._locks.setdefault(name, threading.Lock())
            floor = next(self._ticks) if refresh else self._floor
        with lock:
            known = self._known.get(name)
            if known is None or known[0] < floor:
                known = self._known[name] = (next(self._ticks), look_up())
            return cast("_T", known[1])

    def forget(self) -> None:
        """Looks everything up again when it is next asked for."""
        with self._lock:
            self._floor = next(self._ticks)
