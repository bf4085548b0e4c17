"""Who the runs are that hold something, and which of them are proved dead.

============================================  ===================================================================
a run of                                      is dead when
============================================  ===================================================================
this boot of this machine, in this namespace  its process has ended, and every Terraform that it started
anywhere else                                 it has not said that it lives for as long as a lease lasts, and the
                                              grace is over in which it has stopped its Terraform
a ledger that was lost, or an older vend      never: `vend unlock` lets a person decide
============================================  ===================================================================

A machine that was booted again is "anywhere else": images and clones share names and ids, so that only time tells.
"""

from __future__ import annotations

import os
import pwd
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from vend.ledger import Ledger
from vend.models import RunOwner, StateLock
from vend.process import has_ended, own_identity, processes_with

TTL_SECONDS = 60.0
"""A hold whose owner cannot be asked any more is free again after this long."""
GRACE_SECONDS = 60.0
"""After that, how long its locks are left alone: for clocks that differ, and for a machine that wakes up."""
RUN_VARIABLE = "VEND_RUN"
"""In the environment of each Terraform, and of all that it starts: the run that it belongs to."""
_CREATED_EARLIER_SECONDS = 2.0
"""By how much a lock's time may seem to be before that of its record, since the two are rounded differently."""


def own_owner(run: str, started: str) -> RunOwner:
    """Who this run is.

    Args:
        run: its id.
        started: ISO 8601, UTC.
    """
    return RunOwner(run=run, user=_user(), host=socket.gethostname(), started=started, process=own_identity())


def _user() -> str:
    """The user's name as Terraform finds it: from the table of users, whatever the environment says."""
    with suppress(KeyError):
        return pwd.getpwuid(os.getuid()).pw_name
    return ""


@dataclass(frozen=True, slots=True)
class Owners:
    """Judges the runs that a ledger knows.

    Args:
        ledger: which knows them.
        run: this run's id, which is alive.
        now: seconds since 1970, by the clock that ledgers go by.
    """

    ledger: Ledger
    run: str
    now: Callable[[], float] = time.time

    def is_dead(self, run: str) -> bool | None:
        """Whether a run is proved dead; False where it is known to live, None where neither is known."""
        if run == self.run:
            return False
        owner = self.ledger.run_owner(run)
        if owner is None:
            return None
        ended = has_ended(owner.process) if owner.process else None
        if ended is not None:
            # What it started is ended by its guard within seconds of its own end; until then it may still write.
            return ended and not processes_with(RUN_VARIABLE, run)
        silent = self.now() - owner.heartbeat
        if silent > TTL_SECONDS + GRACE_SECONDS:
            return True
        return False if silent <= TTL_SECONDS else None

    def told(self, run: str) -> str:
        """A run in words: `grace@laptop (run 20260101T120000Z-ab12cd)`."""
        owner = self.ledger.run_owner(run)
        return f"{owner.who} (run {run})" if owner else f"run {run}"

    def took(self, run: str, since: float | None, lock: StateLock) -> bool:
        """Whether a lock is one that a Terraform of this run has taken.

        Terraform says who took a lock, and when, and nothing that we could have given it. So the lock must name the
        run's user and machine, and must have been taken after the run recorded that it starts this Terraform, and
        before it was silent for longer than a lease lasts.
        """
        owner = self.ledger.run_owner(run)
        if owner is None or since is None or lock.who != owner.who:
            return False
        created = lock.created.timestamp()
        return since - _CREATED_EARLIER_SECONDS <= created <= owner.heartbeat + TTL_SECONDS


def at(seconds: float | None) -> str:
    """ISO 8601, UTC, to the second; empty for None."""
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
