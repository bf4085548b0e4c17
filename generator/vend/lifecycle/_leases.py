"""Leases and slots that this run holds, kept alive while it does.

::

    last renewal ── 10 s: the next ── 30 s: Terraform is interrupted ── 50 s: killed ── 60 s: another run may have it
                                      and writes its state                             (its locks: 60 s later)

Whoever cannot renew a lease stops its Terraform before it loses the lease. A machine that was asleep finds that its
lease has ended, and kills at once: a Terraform that ends gracefully writes its state.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from vend.errors import LedgerError
from vend.lifecycle._owners import TTL_SECONDS, Owners
from vend.models import Held, RunOwner
from vend.process import Stop

if TYPE_CHECKING:
    from vend.ledger import Ledger

CONTROL_TOWER = "control-tower"
UNMANAGING = "control-tower-unmanage"
"""Control Tower unmanages one account at a time (user guide, limits)."""
RENEW_SECONDS = 10.0
INTERRUPT_SECONDS = 30.0
KILL_SECONDS = 50.0
_LOOK_SECONDS = 0.5
_POLL_SECONDS = 1.0
_JUDGE_SECONDS = 5.0
"""Between two looks at who holds the slots."""

OnWait = Callable[[Held | None], None]
"""Told who has what is waited for, where that is known."""


def elapsed() -> float:
    """Seconds that pass while the machine sleeps as well, unlike `time.monotonic`'s."""
    # macOS has no such clock; its CLOCK_MONOTONIC goes on while it sleeps, but is not what Python's function reads.
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class LeaseStop(Stop):
    """Is set where the run is being stopped, and where a lease is lost."""

    def __init__(self, run: threading.Event) -> None:
        self._run = run
        self._forced = False
        super().__init__()

    @property
    def forced(self) -> bool:
        """Whether whatever has been asked to end is killed at once."""
        return self._forced or bool(getattr(self._run, "forced", False))

    @forced.setter
    def forced(self, value: bool) -> None:
        self._forced = value

    def is_set(self) -> bool:
        """Whether either is set."""
        return super().is_set() or self._run.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Waits for either."""
        until = None if timeout is None else time.monotonic() + timeout
        while not self.is_set():
            left = _LOOK_SECONDS if until is None else min(_LOOK_SECONDS, until - time.monotonic())
            if left <= 0:
                return False
            self._run.wait(left)
        return True


@dataclass(slots=True, kw_only=True)
class Lease:
    """A lease that this run has.

    Attributes:
        stop: set once the run is being stopped or may lose the lease: whatever works under it must end.
        lost: whether it could not be kept.
        renewed: when it was renewed last, in `elapsed` seconds.
    """

    name: str
    stop: LeaseStop
    renewed: float
    lost: bool = False
    renewing: threading.Lock = field(default_factory=threading.Lock)


class Leases:
    """Takes leases and slots from the ledger and renews them until they are given back.

    The ledger limits all runs and machines. What a run holds that was killed is taken from it at once where it is
    proved dead, and ends by itself elsewhere.

    Args:
        ledger: of the organization.
        owner: who this run is; the ledger learns it when the run takes its first hold.
        patience_seconds: how long a lease is waited for.
        clock: as `elapsed`.
        now: seconds since 1970, by the clock that the ledger goes by.
    """

    def __init__(
        self,
        ledger: Ledger,
        owner: RunOwner,
        *,
        patience_seconds: float = TTL_SECONDS + 5.0,
        clock: Callable[[], float] = elapsed,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._ledger = ledger
        self.owner = owner
        self._holder = owner.run
        self._patience = patience_seconds
        self._clock = clock
        self._leases: dict[str, Lease] = {}
        self._renewals: dict[str, Callable[[], object]] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._threads: list[threading.Thread] = []
        self.owners = Owners(ledger, owner.run, now)

    @contextmanager
    def lease(self, name: str, stop: threading.Event, on_wait: OnWait) -> Iterator[Lease | None]:
        """Leases the lease of this name; gives None where another run keeps it.

        Waits as long as the lease of a run that was killed elsewhere may last.

        Args:
            name: of the lease.
            stop: ends the waiting.
            on_wait: called once if it is not free at once.
        """
        self._begin()
        deadline = time.monotonic() + self._patience
        waited = False
        while True:
            began = self._clock()
            if self._ledger.acquire_lease(name, self._holder, TTL_SECONDS):
                break
            held = self._ledger.lease(name)
            if held is not None and self.owners.is_dead(held.holder):
                self._ledger.release_lease(name, held.holder)
                continue
            if time.monotonic() >= deadline or stop.is_set():
                yield None
                return
            if not waited:
                on_wait(held)
                waited = True
            stop.wait(_POLL_SECONDS)
        lease = Lease(name=name, stop=LeaseStop(stop), renewed=began)
        with self._lock:
            self._leases[name] = lease
        try:
            yield lease
        finally:
            with self._lock:
                self._leases.pop(name, None)
            # A renewal that is under way must not bring back what is given away.
            with lease.renewing:
                _attempted(lambda: self._ledger.release_lease(name, self._holder))

    @contextmanager
    def slot(self, account: str, limit: int, stop: threading.Event, on_wait: OnWait) -> Iterator[bool]:
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
    def turn_to_unmanage(self, account: str, stop: threading.Event, on_wait: OnWait) -> Iterator[bool]:
        """Waits until no other run, and no other account of this one, unmanages; otherwise as `slot`."""
        with self._slot((UNMANAGING, 1), account, stop, on_wait) as held:
            yield held

    @contextmanager
    def _slot(self, pool: tuple[str, int], account: str, stop: threading.Event, on_wait: OnWait) -> Iterator[bool]:
        self._begin()
        name, limit = pool
        holder = f"{self._holder}/{account}"
        waited = False
        judged = -_JUDGE_SECONDS
        while not self._ledger.acquire_slot(name, holder, limit, TTL_SECONDS):
            if time.monotonic() - judged >= _JUDGE_SECONDS:
                judged = time.monotonic()
                held = self._ledger.slots(name)
                dead = [one for one in held if self.owners.is_dead(run_of(one.holder))]
                for one in dead:
                    self._ledger.release_slot(name, one.holder)
                if dead:
                    continue
                if not waited:
                    on_wait(held[0] if held else None)
                    waited = True
            if stop.wait(_POLL_SECONDS):
                yield False
                return
        with self._lock:
            self._renewals[f"{name} {holder}"] = lambda: self._ledger.renew_slot(name, holder, TTL_SECONDS)
        try:
            yield True
        finally:
            with self._lock:
                self._renewals.pop(f"{name} {holder}", None)
            _attempted(lambda: self._ledger.release_slot(name, holder))

    def close(self) -> None:
        """Ends the renewing."""
        self._closed.set()
        for thread in self._threads:
            thread.join()

    def _begin(self) -> None:
        """Says who this run is, before it holds anything, and begins to renew."""
        with self._lock:
            if self._threads:
                return
            self._ledger.register_run(self.owner)
            for name, work in (("vend-renewals", self._renew), ("vend-leases", self._watch)):
                thread = threading.Thread(target=work, name=name, daemon=True)
                self._threads.append(thread)
                thread.start()

    def _renew(self) -> None:
        while not self._closed.wait(RENEW_SECONDS):
            self.renew()

    def renew(self) -> None:
        """Renews everything once. One renewal that fails is made good by the next: a hold lives for several."""
        with self._lock:
            leases, slots = list(self._leases.values()), list(self._renewals.values())
        for work in (lambda: self._ledger.beat(self._holder), *slots):
            _attempted(work)
        for lease in leases:
            _attempted(partial(self._renew_lease, lease))

    def _renew_lease(self, lease: Lease) -> None:
        with lease.renewing:
            if lease.name not in self._leases:
                return
            began = self._clock()
            if self._ledger.renew_lease(lease.name, self._holder, TTL_SECONDS):
                lease.renewed = began
            else:  # it ended, or another run has it
                lease.lost = True
                lease.stop.force()

    def _watch(self) -> None:
        while not self._closed.wait(_LOOK_SECONDS):
            self.watch()

    def watch(self) -> None:
        """Stops whatever works under a lease that was not renewed in time; apart from renewing, which may hang."""
        with self._lock:
            leases = list(self._leases.values())
        for lease in leases:
            age = self._clock() - lease.renewed
            if age > INTERRUPT_SECONDS and not lease.lost:
                lease.lost = True
                lease.stop.set()
            if age > KILL_SECONDS and not lease.stop.forced:
                lease.stop.force()


def lease_name(account: str) -> str:
    """The lease that keeps all other runs from an account."""
    return f"account/{account}"


def run_of(holder: str) -> str:
    """The run that holds a slot, for an account of it."""
    return holder.partition("/")[0]


def _attempted(work: Callable[[], object]) -> None:
    """Does what a later renewal, or the end of the hold by itself, makes good where it fails."""
    with suppress(LedgerError):
        work()
