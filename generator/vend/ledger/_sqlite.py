"""The ledger in one SQLite file, shared by the processes of one machine."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Unpack, cast

from vend._version import __version__
from vend.errors import Diagnostic, LedgerError
from vend.ledger._ledger import AccountEntry, EventEntry, EventRecord, RunRecord
from vend.ledger._schema import MIGRATIONS, SCHEMA_VERSION, newer_ledger
from vend.models import Applied, AppliedStage, Stage, Status

_APPLICATION_ID = 0x76656E64
"""`vend`: tells a ledger from any other SQLite file."""
_BUSY_SECONDS = 30.0

_VERSION_1 = """
CREATE TABLE accounts (
  account TEXT PRIMARY KEY, account_id TEXT, email TEXT, organizational_unit TEXT, request TEXT, last_run TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE stages (
  account TEXT NOT NULL, stage TEXT NOT NULL, fingerprint TEXT NOT NULL, status TEXT NOT NULL,
  run TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (account, stage)
) STRICT, WITHOUT ROWID;
CREATE TABLE runs (
  number INTEGER PRIMARY KEY, run TEXT NOT NULL UNIQUE, command TEXT NOT NULL, started TEXT NOT NULL,
  finished TEXT, status TEXT NOT NULL, report TEXT
) STRICT;
CREATE TABLE events (
  number INTEGER PRIMARY KEY, run TEXT NOT NULL, at TEXT NOT NULL, account TEXT NOT NULL, stage TEXT NOT NULL,
  kind TEXT NOT NULL, payload TEXT NOT NULL
) STRICT;
CREATE INDEX events_of_run ON events (run);
CREATE TABLE leases (
  name TEXT PRIMARY KEY, holder TEXT NOT NULL, expires_at REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE slots (
  pool TEXT NOT NULL, holder TEXT NOT NULL, expires_at REAL NOT NULL, PRIMARY KEY (pool, holder)
) STRICT, WITHOUT ROWID;
"""


class SqliteFile:
    """The ledger in a file; see `Ledger`.

    Args:
        path: made, readable by its owner alone, if it is not there.
        now: a clock in seconds since 1970, for leases and slots.

    Raises:
        LedgerError: it cannot be opened, is no ledger, or is damaged.
        RefusedError: a newer vend wrote it.
    """

    def __init__(self, path: Path, *, now: Callable[[], float] = time.time) -> None:
        self._path = path
        self._now = now
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        with self._translated():
            self._connection = _open(path)
            try:
                self._prepare(self._connection)
            except BaseException:
                self.close()
                raise

    def __repr__(self) -> str:
        return f"SqliteFile({str(self._path)!r})"

    def close(self) -> None:
        """Closes the file; may be called twice."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def applied(self) -> Mapping[str, Applied]:
        """What is remembered of every account, by slug."""
        with self._reading() as connection:
            accounts = connection.execute(
                "SELECT account, account_id, email, organizational_unit, request, last_run FROM accounts"
            ).fetchall()
            stages = connection.execute(
                "SELECT account, stage, fingerprint, status, run, at FROM stages ORDER BY account, stage"
            ).fetchall()
        entries: dict[str, dict[Stage, AppliedStage]] = {}
        for account, stage, fingerprint, status, run, at in stages:
            entries.setdefault(account, {})[stage] = AppliedStage(
                fingerprint=fingerprint, status=status, run=run, at=at
            )
        known = {row[0]: row for row in accounts}
        return {
            account: _applied(known.get(account, (account, None, None, None, None, None)), entries.get(account, {}))
            for account in sorted({*known, *entries})
        }

    def record_stage(self, account: str, stage: Stage, entry: AppliedStage) -> None:
        """Remembers how a stage of an account ended; the newest entry counts."""
        with self._writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO stages (account, stage, fingerprint, status, run, at) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (account, stage, entry.fingerprint, entry.status, entry.run, entry.at),
            )

    def replace_fingerprint(self, account: str, stage: Stage, former: str, fingerprint: str) -> None:
        """Writes a fingerprint in another form; nothing where another than the former is remembered by now."""
        with self._writing() as connection:
            connection.execute(
                "UPDATE stages SET fingerprint = ? WHERE account = ? AND stage = ? AND fingerprint = ?",
                (fingerprint, account, stage, former),
            )

    def record_account(self, **entry: Unpack[AccountEntry]) -> None:
        """Remembers an account and the request that was applied to it; its stages stay."""
        with self._writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO accounts (account, account_id, email, organizational_unit, request, last_run) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (
                    entry["account"],
                    entry["account_id"],
                    entry["email"],
                    entry["organizational_unit"],
                    _json(entry["request"]),
                    entry["run"],
                ),
            )

    def forget_account(self, account: str) -> None:
        """Forgets an account that is managed no more, stages included."""
        with self._writing() as connection:
            connection.execute("DELETE FROM stages WHERE account = ?", (account,))
            connection.execute("DELETE FROM accounts WHERE account = ?", (account,))

    def start_run(self, run: str, command: str, at: str) -> None:
        """Records that a run began."""
        with self._writing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO runs (run, command, started, status) VALUES (?, ?, ?, 'running')",
                (run, command, at),
            )

    def finish_run(self, run: str, status: Status, report: Mapping[str, Any], at: str) -> None:
        """Records how a run ended."""
        with self._writing() as connection:
            connection.execute(
                "UPDATE runs SET status = ?, report = ?, finished = ? WHERE run = ?", (status, _json(report), at, run)
            )

    def runs(self, limit: int = 20) -> tuple[RunRecord, ...]:
        """The last runs, newest first."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT run, command, started, finished, status, report FROM runs "
                "ORDER BY started DESC, number DESC LIMIT ?",
                (limit,),
            ).fetchall()
        return tuple(
            RunRecord(
                run=run,
                command=command,
                started=started,
                finished=finished,
                status=status,
                report=json.loads(report) if report else None,
            )
            for run, command, started, finished, status, report in rows
        )

    def record_event(self, **entry: Unpack[EventEntry]) -> None:
        """Adds to the journal of a run."""
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO events (run, at, account, stage, kind, payload) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    entry["run"],
                    entry["at"],
                    entry["account"],
                    entry["stage"],
                    entry["kind"],
                    _json(entry["payload"]),
                ),
            )

    def events(self, run: str) -> tuple[EventRecord, ...]:
        """The journal of a run, oldest first."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT at, account, stage, kind, payload FROM events WHERE run = ? ORDER BY number", (run,)
            ).fetchall()
        return tuple(
            EventRecord(run=run, at=at, account=account, stage=stage, kind=kind, payload=json.loads(payload))
            for at, account, stage, kind, payload in rows
        )

    def acquire_lease(self, name: str, holder: str, ttl_seconds: float) -> bool:
        """Takes a lease; False where another holder has it."""
        now = self._now()
        with self._writing() as connection:
            cursor = connection.execute(
                "INSERT INTO leases (name, holder, expires_at) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO UPDATE "
                "SET holder = ?2, expires_at = ?3 WHERE holder = ?2 OR expires_at <= ?4",
                (name, holder, now + ttl_seconds, now),
            )
            return cursor.rowcount == 1

    def renew_lease(self, name: str, holder: str, ttl_seconds: float) -> bool:
        """Keeps a lease; False where it has ended or is another's."""
        now = self._now()
        with self._writing() as connection:
            cursor = connection.execute(
                "UPDATE leases SET expires_at = ? WHERE name = ? AND holder = ? AND expires_at > ?",
                (now + ttl_seconds, name, holder, now),
            )
            return cursor.rowcount == 1

    def release_lease(self, name: str, holder: str) -> None:
        """Gives a lease back, if it is this holder's."""
        with self._writing() as connection:
            connection.execute("DELETE FROM leases WHERE name = ? AND holder = ?", (name, holder))

    def acquire_slot(self, pool: str, holder: str, limit: int, ttl_seconds: float) -> bool:
        """Takes one of a pool's slots; False where `limit` others hold one."""
        now = self._now()
        with self._writing() as connection:
            connection.execute("DELETE FROM slots WHERE pool = ? AND expires_at <= ?", (pool, now))
            (others,) = connection.execute(
                "SELECT count(*) FROM slots WHERE pool = ? AND holder <> ?", (pool, holder)
            ).fetchone()
            if others >= limit:
                return False
            connection.execute(
                "INSERT OR REPLACE INTO slots (pool, holder, expires_at) VALUES (?, ?, ?)",
                (pool, holder, now + ttl_seconds),
            )
            return True

    def renew_slot(self, pool: str, holder: str, ttl_seconds: float) -> bool:
        """Keeps a slot; False where it has ended."""
        now = self._now()
        with self._writing() as connection:
            cursor = connection.execute(
                "UPDATE slots SET expires_at = ? WHERE pool = ? AND holder = ? AND expires_at > ?",
                (now + ttl_seconds, pool, holder, now),
            )
            return cursor.rowcount == 1

    def release_slot(self, pool: str, holder: str) -> None:
        """Gives a slot back, if there is one."""
        with self._writing() as connection:
            connection.execute("DELETE FROM slots WHERE pool = ? AND holder = ?", (pool, holder))

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA journal_mode = WAL").fetchone()
        connection.execute("PRAGMA synchronous = NORMAL")
        with self._writing():
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            if tables == 0:
                for statement in _VERSION_1.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
                version = 1
            elif application != _APPLICATION_ID:
                raise LedgerError(_damaged(self._path, "it is a database of something else"))
            elif version > SCHEMA_VERSION:
                raise newer_ledger(self._path.name, version, _writer(connection))
            _migrate(connection, version)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._translated():
            yield self._opened()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._translated():
            connection = self._opened()
            # IMMEDIATE: whoever reads in order to write must not find at the end that another wrote first.
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            raise LedgerError(Diagnostic(code="ledger-closed", summary="the ledger is closed already"))
        return self._connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise LedgerError(_unusable(self._path, error)) from error
        except sqlite3.DatabaseError as error:
            raise LedgerError(_damaged(self._path, str(error))) from error
        except OSError as error:
            raise LedgerError(_unusable(self._path, error)) from error


def _migrate(connection: sqlite3.Connection, version: int) -> None:
    """Makes a file of an older version one of ours, or leaves it as it is: within a transaction."""
    if version == SCHEMA_VERSION:
        return
    for later in range(version + 1, SCHEMA_VERSION + 1):
        for statement in MIGRATIONS[later]:
            connection.execute(statement)
    connection.execute("UPDATE written SET vend = ?", (__version__,))
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _writer(connection: sqlite3.Connection) -> str | None:
    """The vend that made or migrated a file, if it says so."""
    try:
        (vend,) = connection.execute("SELECT vend FROM written").fetchone()
    except (sqlite3.OperationalError, TypeError):
        return None
    return str(vend)


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # SQLite would make it readable by everyone; its -wal and -shm files get the mode of the file itself.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    return sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def _applied(row: tuple[Any, ...], stages: Mapping[Stage, AppliedStage]) -> Applied:
    account, account_id, email, unit, request, last_run = row
    runs = [(stage.at, stage.run) for stage in stages.values()]
    return Applied(
        account=account,
        account_id=account_id,
        email=email,
        organizational_unit=unit,
        request=cast("Mapping[str, Any]", json.loads(request)) if request else None,
        stages=stages,
        last_run=last_run or (max(runs)[1] if runs else None),
    )


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _damaged(path: Path, why: str) -> Diagnostic:
    return Diagnostic(
        code="ledger-damaged",
        summary="the ledger cannot be read",
        detail=f"opening {path.name}: {why}",
        hint=f"delete {path}: this only costs time, since vend then plans every account again",
    )


def _unusable(path: Path, error: Exception) -> Diagnostic:
    if "locked" in str(error):
        return Diagnostic(
            code="ledger-busy",
            summary="the ledger is in use by another process",
            detail=f"waiting for {path.name}: {error} for {_BUSY_SECONDS:.0f} seconds",
            hint="end the other process, then run the command again: it resumes",
        )
    return Diagnostic(
        code="ledger-unavailable",
        summary="the ledger cannot be read or written",
        detail=f"using {path.name}: {error}",
        hint=f"check the permissions of {path.parent} and the free space there",
    )
