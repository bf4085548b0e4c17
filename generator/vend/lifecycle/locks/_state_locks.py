"""The locks that Terraform takes on the states of one account.

A Terraform that is killed leaves its lock on a state in S3. Before each Terraform that locks, vend records in the
ledger which run starts it, and for which root; afterwards it takes the record back. A lock that fits a record of a run
that is proved dead is released; any other is waited for, then named.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from vend.errors import Diagnostic, VendError
from vend.events import Notice, Waiting
from vend.lifecycle._owners import at
from vend.models import Held, Stage, StateLock

if TYPE_CHECKING:
    from vend.lifecycle._workspace import Workspace

RECORDED_SECONDS = 400 * 24 * 3600.0
"""How long it is remembered which run's Terraform works on a root; longer than anybody waits."""
PATIENCE_SECONDS = 60.0
"""How long the lock of somebody else is waited for."""
_POLL_SECONDS = 1.0


def record_name(account: str, stage: Stage) -> str:
    """The name of the lease that says whose Terraform works on a root."""
    return f"terraform/{account}/{stage}"


class StateLocks:
    """Takes turns with whoever else has a lock on one account's states; used under the account's lease.

    Args:
        workspace: of that account.
        patience_seconds: how long a lock is waited for.
    """

    def __init__(self, workspace: Workspace, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._workspace = workspace
        self._places = workspace.places
        self._ledger = workspace.ledger
        self._owners = workspace.leases.owners
        self._patience = patience_seconds

    @contextmanager
    def terraform(self, account: str, stage: Stage) -> Iterator[None]:
        """Records that a Terraform of this run locks the state while it works.

        Raises:
            VendError: `state-locked`: somebody else has the lock, and may live.
        """
        self._wait(account, stage)
        since = self._workspace.leases.owners.now()
        try:
            yield
        finally:
            self._end(account, stage, since)

    def _wait(self, account: str, stage: Stage) -> None:
        """Takes the record, once nobody who may live has it, or the lock."""
        name, run = record_name(account, stage), self._workspace.run
        deadline = time.monotonic() + self._patience
        told = False
        while True:
            mine = self._ledger.acquire_lease(name, run, RECORDED_SECONDS)
            held = None if mine else self._ledger.lease(name)
            lock = self._places.lock(account, stage)
            if mine and lock is None:
                return
            if held is not None and self._cleared(account, stage, lock, held):
                self._ledger.release_lease(name, held.holder)
                continue
            if mine:
                self._ledger.release_lease(name, run)
            if not told:
                told = True
                self._tell(account, stage, lock, held)
            if time.monotonic() >= deadline or self._workspace.stop.wait(_POLL_SECONDS):
                raise VendError(self.problem(account, stage, lock, held))

    def _cleared(self, account: str, stage: Stage, lock: StateLock | None, held: Held) -> bool:
        """Whether the run that has the record is dead and has no lock any more; one that it left is released."""
        if not self._owners.is_dead(held.holder):
            return False
        if lock is None:
            self._places.clear(account, stage)
            return True
        if not self._owners.took(held.holder, held.since, lock):
            return False
        if self._places.release(account, stage, lock):
            message = (
                f"released the lock on the state of {stage}, which {self._owners.told(held.holder)} left behind: "
                "that run is dead"
            )
            self._workspace.on_event(Notice(message=message, account=account))
        return True

    def _end(self, account: str, stage: Stage, since: float) -> None:
        """Takes the record back; a lock that our own Terraform has left, since it was killed, goes before.

        Where the account's lease is lost, another run may be at work by now: it finds the record, and judges.
        """
        lease = self._workspace.lease
        if lease is not None and lease.lost:
            return
        lock = self._places.lock(account, stage)
        if lock is not None and self._owners.took(self._workspace.run, since, lock):
            self._places.release(account, stage, lock)
        self._ledger.release_lease(record_name(account, stage), self._workspace.run)

    def _tell(self, account: str, stage: Stage, lock: StateLock | None, held: Held | None) -> None:
        since = lock.created.isoformat(timespec="seconds") if lock else at(held.since if held else None)
        self._workspace.on_event(
            Waiting(account=account, stage=stage, hold="state-lock", holder=self._holder(lock, held), since=since)
        )

    def _holder(self, lock: StateLock | None, held: Held | None) -> str:
        if held is not None and (lock is None or self._owners.took(held.holder, held.since, lock)):
            return self._owners.told(held.holder)
        return (lock.who if lock else "") or "somebody"

    def problem(self, account: str, stage: Stage, lock: StateLock | None, held: Held | None) -> Diagnostic:
        """What is said of a lock that is not ours to release."""
        holder = self._holder(lock, held)
        since = f" since {lock.created.isoformat(timespec='seconds')}" if lock else ""
        known = held is not None and holder == self._owners.told(held.holder)
        return Diagnostic(
            code="state-locked",
            summary=f"{holder} has locked the state of {stage}{since}",
            detail=" ".join(
                (
                    f"Lock {lock.id} ({lock.operation}), {_age(self._workspace.clock() - lock.created)} old."
                    if lock
                    else "Its Terraform has not ended yet.",
                    "That run is not proved dead." if known else "The ledger knows no run of vend that took it.",
                )
            ),
            hint=f"wait until it ends; if nobody works on it any more: vend unlock {account}",
            account=account,
        )


def _age(passed: timedelta) -> str:
    """Whole units: `3 h`."""
    seconds = max(0, int(passed.total_seconds()))
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
