"""The SQLite file of a ledger: opened, of the version of today, and its transactions."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vend._version import __version__
from vend.errors import Diagnostic, LedgerError
from vend.ledger._schema import MIGRATIONS, SCHEMA_VERSION, newer_ledger

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


class Database:
    """A file, for several threads and processes.

    Args:
        path: made, readable by its owner alone, if it is not there.

    Raises:
        LedgerError: it cannot be opened, is no ledger, or is damaged.
        RefusedError: a newer vend wrote it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        with self._translated():
            self._connection = _open(path)
            try:
                self._prepare(self._connection)
            except BaseException:
                self.close()
                raise

    def close(self) -> None:
        """Closes the file; may be called twice."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Reads; raises LedgerError."""
        with self._lock, self._translated():
            yield self._opened()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Writes all or nothing; raises LedgerError."""
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

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA journal_mode = WAL").fetchone()
        connection.execute("PRAGMA synchronous = NORMAL")
        with self.writing():
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
