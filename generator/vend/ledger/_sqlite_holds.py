"""Leases, slots and the runs that hold them, in the SQLite file of a ledger."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from vend.ledger._sqlite_database import Database
from vend.models import Held, RunOwner


class SqliteHolds:
    """The part of `Ledger` that keeps runs apart.

    Args:
        database: of the ledger.
        now: a clock in seconds since 1970.
    """

    def __init__(self, database: Database, now: Callable[[], float]) -> None:
        self._database = database
        self._now = now

    def register_run(self, owner: RunOwner) -> None:
        """Says who a run is, before it holds anything, and that it lives."""
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO owners (run, owner, heartbeat) VALUES (?, ?, ?)",
                (owner.run, json.dumps(owner.to_json()), self._now()),
            )

    def beat(self, run: str) -> None:
        """Says that a run lives."""
        with self._database.writing() as connection:
            connection.execute("UPDATE owners SET heartbeat = ? WHERE run = ?", (self._now(), run))

    def run_owner(self, run: str) -> RunOwner | None:
        """Who a run is, and when it said last that it lives; None where it is not known."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT owner, heartbeat FROM owners WHERE run = ?", (run,)).fetchone()
        return replace(RunOwner.from_json(json.loads(row[0])), heartbeat=row[1]) if row else None

    def acquire_lease(self, name: str, holder: str, ttl_seconds: float) -> bool:
        """Takes a lease; False where another holder has it."""
        now = self._now()
        with self._database.writing() as connection:
            cursor = connection.execute(
                "INSERT INTO leases (name, holder, expires_at, since) VALUES (?1, ?2, ?3, ?4) "
                "ON CONFLICT (name) DO UPDATE SET holder = ?2, expires_at = ?3, since = ?4 "
                "WHERE holder = ?2 OR expires_at <= ?4",
                (name, holder, now + ttl_seconds, now),
            )
            return cursor.rowcount == 1

    def renew_lease(self, name: str, holder: str, ttl_seconds: float) -> bool:
        """Keeps a lease; False where it has ended or is another's."""
        now = self._now()
        with self._database.writing() as connection:
            cursor = connection.execute(
                "UPDATE leases SET expires_at = ? WHERE name = ? AND holder = ? AND expires_at > ?",
                (now + ttl_seconds, name, holder, now),
            )
            return cursor.rowcount == 1

    def release_lease(self, name: str, holder: str) -> None:
        """Gives a lease back, if it is this holder's."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM leases WHERE name = ? AND holder = ?", (name, holder))

    def lease(self, name: str) -> Held | None:
        """Who has a lease; None where nobody has."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT holder, since, expires_at FROM leases WHERE name = ? AND expires_at > ?", (name, self._now())
            ).fetchone()
        return Held(name=name, holder=row[0], since=row[1], ends=row[2]) if row else None

    def acquire_slot(self, pool: str, holder: str, limit: int, ttl_seconds: float) -> bool:
        """Takes one of a pool's slots; False where `limit` others hold one."""
        now = self._now()
        with self._database.writing() as connection:
            connection.execute("DELETE FROM slots WHERE pool = ? AND expires_at <= ?", (pool, now))
            (others,) = connection.execute(
                "SELECT count(*) FROM slots WHERE pool = ? AND holder <> ?", (pool, holder)
            ).fetchone()
            if others >= limit:
                return False
            connection.execute(
                "INSERT OR REPLACE INTO slots (pool, holder, expires_at, since) VALUES (?, ?, ?, ?)",
                (pool, holder, now + ttl_seconds, now),
            )
            return True

    def renew_slot(self, pool: str, holder: str, ttl_seconds: float) -> bool:
        """Keeps a slot; False where it has ended."""
        now = self._now()
        with self._database.writing() as connection:
            cursor = connection.execute(
                "UPDATE slots SET expires_at = ? WHERE pool = ? AND holder = ? AND expires_at > ?",
                (now + ttl_seconds, pool, holder, now),
            )
            return cursor.rowcount == 1

    def release_slot(self, pool: str, holder: str) -> None:
        """Gives a slot back, if there is one."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM slots WHERE pool = ? AND holder = ?", (pool, holder))

    def slots(self, pool: str) -> tuple[Held, ...]:
        """Who has the slots of a pool, in the order in which they took them."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT holder, since, expires_at FROM slots WHERE pool = ? AND expires_at > ? ORDER BY since, holder",
                (pool, self._now()),
            ).fetchall()
        return tuple(Held(name=pool, holder=holder, since=since, ends=ends) for holder, since, ends in rows)
