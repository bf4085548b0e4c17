"""Leases that are kept, lost, and taken from the dead."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from vend.errors import Diagnostic, LedgerError
from vend.ledger import SqliteFile
from vend.lifecycle._leases import CONTROL_TOWER, INTERRUPT_SECONDS, KILL_SECONDS, Leases, LeaseStop
from vend.lifecycle._owners import GRACE_SECONDS, TTL_SECONDS, Owners, own_owner
from vend.models import Held, ProcessIdentity, RunOwner
from vend.process import Stop

NOW = "2026-01-01T00:00:00+00:00"
ELSEWHERE = RunOwner(
    run="elsewhere",
    user="ci",
    host="runner",
    started=NOW,
    process=ProcessIdentity(boot="another", namespace="pid:[1]", pid=1, started=1),
)
DEAD = own_owner("dead", NOW)
DEAD = replace(DEAD, process=replace(DEAD.process, started=1) if DEAD.process else None)
"""A run on this machine whose process is gone."""


class Clock:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.seconds = 1_700_000_000.0

    def __call__(self) -> float:
        """Seconds."""
        return self.seconds


class Unreachable(SqliteFile):
    """A ledger that can be cut off."""

    cut = False

    def renew_lease(self, name: str, holder: str, ttl_seconds: float) -> bool:
        """Fails while it is cut off."""
        if self.cut:
            raise LedgerError(Diagnostic(code="ledger-unavailable", summary="gone"))
        return super().renew_lease(name, holder, ttl_seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(tmp_path: Path, clock: Clock) -> Iterator[Unreachable]:
    ledger = Unreachable(tmp_path / "ledger.sqlite3", now=clock)
    yield ledger
    ledger.close()


@pytest.fixture
def holds(ledger: Unreachable, clock: Clock) -> Iterator[Leases]:
    holds = Leases(ledger, own_owner("mine", NOW), patience_seconds=0, clock=clock, now=clock)
    yield holds
    holds.close()


def waited(told: list[Held | None]) -> list[str]:
    return [held.holder if held else "" for held in told]


def test_a_run_is_known_before_it_holds_anything(holds: Leases, ledger: Unreachable) -> None:
    """Whoever finds its lease finds who it is; afterwards the lease is free."""
    with holds.lease("account/a", threading.Event(), lambda _: None) as lease:
        assert lease is not None
        owner = ledger.run_owner("mine")
        assert owner is not None
        assert owner.process == own_owner("mine", NOW).process
        held = ledger.lease("account/a")
        assert held is not None
        assert held.holder == "mine"
    assert ledger.lease("account/a") is None


def test_the_lease_of_a_run_that_lives_is_left_and_its_holder_told(holds: Leases, ledger: Unreachable) -> None:
    """Here as elsewhere."""
    ledger.register_run(own_owner("alive", NOW))
    ledger.register_run(ELSEWHERE)
    stopped = threading.Event()
    for run in ("alive", "elsewhere", "nobody-knows"):
        assert ledger.acquire_lease(f"account/{run}", run, 60)
        told: list[Held | None] = []
        holds._patience = 3600
        stopped.clear()

        def on_wait(held: Held | None, told: list[Held | None] = told) -> None:
            told.append(held)
            stopped.set()

        with holds.lease(f"account/{run}", stopped, on_wait) as lease:
            assert lease is None
        assert waited(told) == [run]


def test_the_lease_of_a_run_that_is_dead_is_taken_at_once(holds: Leases, ledger: Unreachable) -> None:
    """Its process is gone from this machine: nobody waits for the lease to end."""
    ledger.register_run(DEAD)
    ledger.acquire_lease("account/a", "dead", 60)
    told: list[Held | None] = []
    with holds.lease("account/a", threading.Event(), told.append) as lease:
        assert lease is not None
    assert told == []


def test_the_slot_of_a_run_that_is_dead_is_taken_at_once(holds: Leases, ledger: Unreachable) -> None:
    """Others keep theirs."""
    ledger.register_run(DEAD)
    ledger.register_run(ELSEWHERE)
    ledger.acquire_slot(CONTROL_TOWER, "elsewhere/x", 2, 60)
    ledger.acquire_slot(CONTROL_TOWER, "dead/a", 2, 60)
    with holds.slot("a", 2, threading.Event(), lambda _: None) as held:
        assert held
        assert [one.holder for one in ledger.slots(CONTROL_TOWER)] == ["elsewhere/x", "mine/a"]


def test_a_slot_that_somebody_has_is_waited_for_and_the_holder_told(holds: Leases, ledger: Unreachable) -> None:
    """Until the run is stopped."""
    ledger.acquire_slot(CONTROL_TOWER, "elsewhere/x", 1, 60)
    stopped = threading.Event()
    told: list[Held | None] = []
    with holds.slot("a", 1, stopped, lambda one: (told.append(one), stopped.set())[0]) as held:
        assert not held
    assert waited(told) == ["elsewhere/x"]


def test_a_renewed_lease_is_kept(holds: Leases, clock: Clock) -> None:
    """However long the work takes."""
    with holds.lease("account/a", threading.Event(), lambda _: None) as lease:
        assert lease is not None
        for _ in range(20):
            clock.seconds += 10
            holds.renew()
            holds.watch()
        assert not lease.lost
        assert not lease.stop.is_set()


def test_work_is_stopped_before_the_lease_is_lost(holds: Leases, ledger: Unreachable, clock: Clock) -> None:
    """Asked to end, then killed, and all that while nobody else can have the lease; another account's goes on."""
    assert INTERRUPT_SECONDS < KILL_SECONDS < TTL_SECONDS
    with holds.lease("account/a", threading.Event(), lambda _: None) as lease:
        assert lease is not None
        ledger.cut = True
        clock.seconds += INTERRUPT_SECONDS
        holds.renew()
        holds.watch()
        assert not lease.stop.is_set()
        clock.seconds += 1
        holds.watch()
        assert (lease.lost, lease.stop.is_set(), lease.stop.forced) == (True, True, False)
        clock.seconds += KILL_SECONDS - INTERRUPT_SECONDS
        holds.watch()
        assert lease.stop.forced
        assert not ledger.acquire_lease("account/a", "elsewhere", 60)


def test_a_machine_that_wakes_up_kills_what_works_under_a_lease_that_has_ended(holds: Leases, clock: Clock) -> None:
    """At once: a Terraform that ends gracefully writes its state, over that of whoever has the lease now."""
    with holds.lease("account/a", threading.Event(), lambda _: None) as lease:
        assert lease is not None
        clock.seconds += 3600
        holds.watch()
        assert (lease.lost, lease.stop.forced) == (True, True)


def test_a_lease_that_another_run_has_is_lost(holds: Leases, ledger: Unreachable, clock: Clock) -> None:
    """It ended, and somebody took it: what still works under it is killed, and the other one's lease is left."""
    with holds.lease("account/a", threading.Event(), lambda _: None) as lease:
        assert lease is not None
        clock.seconds += TTL_SECONDS
        assert ledger.acquire_lease("account/a", "elsewhere", 60)
        holds.renew()
        assert (lease.lost, lease.stop.forced) == (True, True)
    held = ledger.lease("account/a")
    assert held is not None
    assert held.holder == "elsewhere"


@pytest.mark.parametrize(
    ("silent", "dead"),
    [(0, False), (TTL_SECONDS, False), (TTL_SECONDS + 1, None), (TTL_SECONDS + GRACE_SECONDS + 1, True)],
)
def test_a_run_elsewhere_is_dead_when_it_was_silent_for_long_enough(
    ledger: Unreachable, clock: Clock, silent: float, *, dead: bool | None
) -> None:
    """Longer than a lease lasts, and than it takes to stop a Terraform; in between nobody knows."""
    ledger.register_run(ELSEWHERE)
    clock.seconds += silent
    assert Owners(ledger, "mine", now=clock).is_dead("elsewhere") is dead


def test_a_run_here_is_judged_by_its_process(ledger: Unreachable, clock: Clock) -> None:
    """However long a process that was stopped has been silent, it lives; one that is not known is not judged."""
    ledger.register_run(own_owner("alive", NOW))
    ledger.register_run(DEAD)
    owners = Owners(ledger, "mine", now=clock)
    assert owners.is_dead("dead") is True
    clock.seconds += 3600
    assert owners.is_dead("alive") is False
    assert owners.is_dead("mine") is False
    assert owners.is_dead("unknown") is None


def test_a_stop_of_the_run_stops_what_works_under_a_lease() -> None:
    """Asked once and asked twice; and waiting ends with either."""
    run = Stop()
    stop = LeaseStop(run)
    assert not stop.wait(0)
    run.set()
    assert (stop.is_set(), stop.wait(60), stop.forced) == (True, True, False)
    run.force()
    assert stop.forced
    alone = LeaseStop(threading.Event())
    threading.Timer(0.01, alone.set).start()
    assert alone.wait(60)
    assert not alone.forced
