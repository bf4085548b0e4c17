"""Leases and slots that this run holds, kept alive while it does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from vend.errors import LedgerError

if TYPE_CHECKING:
    from vend.ledger import Ledger

TTL_SECONDS = 30.0
"""A lease or slot whose owner died is free again after this long."""
CONTROL_TOWER = "control-tower"
UNMANAGING = "control-tower-unmanage"
"""Control Tower unmanages one account at a time (user guide, limits)."""
_RENEW_SECONDS = 10.0
_POLL_SECONDS = 1.0


class Leases:
    """Takes leases and slots from the ledger and renews them until they are given back.

    The ledger limits all runs and machines; a run that is killed lets go when its leases and slots expire.
    """

    def __init__(self, ledger: Ledger, holder: str, *, patience_seconds: float = TTL_SECONDS + 5.0) -> None:
        self._ledger = ledger
        self._holder = holder
        self._patience = patience_seconds
        self._renewals: dict[str, Callable[[], object]] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def lease(self, name: str, stop: threading.Event, on_wait: Callable[[], None]) -> Iterator[bool]:
        """Leases the lease of this name; gives False where another run keeps it.

        Waits as long as the lease of a run that was killed may last.

        Args:
            name: of the lease.
            stop: ends the waiting.
            on_wait: called once if it is not free at once.
        """
        deadline = time.monotonic() + self._patience
        waited = False
        while not self._ledger.acquire_lease(name, self._holder, TTL_SECONDS):
            if time.monotonic() >= deadline or stop.is_set():
                yield False
                return
            if not waited:
                on_wait()
                waited = True
            stop.wait(_POLL_SECONDS)
        self._keep(name, lambda: self._ledger.renew_lease(name, self._holder, TTL_SECONDS))
        try:
            yield True
        finally:
            self._forget(name)
            self._ledger.release_lease(name, self._holder)

    @contextmanager
    def slot(self, account: str, limit: int, stop: threading.Event, on_wait: Callable[[], None]) -> Iterator[bool]:
        """Waits for one of Control Tower's slots; gives False where the run was asked to stop first.

        Args:
            account: the account that needs it.
            limit: how many there are, across all runs.
            stop: ends the waiting.
            on_wait: called once if there is none free at once.
        """
        with self._slot((CONTROL_TOWER, limit), account, stop, on_wait) as held:
            yield held

    @contextmanager
    def turn_to_unmanage(self, account: str, stop: threading.Event, on_wait: Callable[[], None]) -> Iterator[bool]:
        """Waits until no other run, and no other account of this one, unmanages; otherwise as `slot`."""
        with self._slot((UNMANAGING, 1), account, stop, on_wait) as held:
            yield held

    @contextmanager
    def _slot(
        self, pool: tuple[str, int], account: str, stop: threading.Event, on_wait: Callable[[], None]
    ) -> Iterator[bool]:
        name, limit = pool
        holder = f"{self._holder}/{account}"
        waited = False
        while not self._ledger.acquire_slot(name, holder, limit, TTL_SECONDS):
            if not waited:
                on_wait()
                waited = True
            if stop.wait(_POLL_SECONDS):
                yield False
                return
        self._keep(f"{name} {holder}", lambda: self._ledger.renew_slot(name, holder, TTL_SECONDS))
        try:
            yield True
        finally:
            self._forget(f"{name} {holder}")
            self._ledger.release_slot(name, holder)

    def close(self) -> None:
        """Ends the renewing."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join()

    def _keep(self, name: str, renewal: Callable[[], object]) -> None:
        with self._lock:
            self._renewals[name] = renewal
            if self._thread is None:
                self._thread = threading.Thread(target=self._renew, name="vend-leases", daemon=True)
                self._thread.start()

    def _forget(self, name: str) -> None:
        with self._lock:
            self._renewals.pop(name, None)

    def _renew(self) -> None:
        due = time.monotonic() + _RENEW_SECONDS
        while not self._closed.wait(max(0.0, due - time.monotonic())):
            with self._lock:
                renewals = list(self._renewals.values())
            for renewal in renewals:
                # One renewal that fails is made good by the next: a lease lasts for several.
                with suppress(LedgerError):
                    renewal()
            due = time.monotonic() + _RENEW_SECONDS
