"""The ledger in one SQLite file, shared by the processes of one machine."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Unpack, cast

from vend.ledger._ledger import AccountEntry, EventEntry, EventRecord, RunRecord
from vend.ledger._sqlite_database import Database
from vend.ledger._sqlite_holds import SqliteHolds
from vend.models import Applied, AppliedStage, RunOrigin, Stage, Status

_RUNS = "SELECT run, command, started, finished, status, report, origin FROM runs"


class SqliteFile(SqliteHolds):
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
        self._database = Database(path)
        super().__init__(self._database, now)

    def __repr__(self) -> str:
        return f"SqliteFile({str(self._path)!r})"

    def close(self) -> None:
        """Closes the file; may be called twice."""
        self._database.close()

    def applied(self) -> Mapping[str, Applied]:
        """What is remembered of every account, by slug."""
        return self._applied(None)

    def applied_to(self, account: str) -> Applied | None:
        """What is remembered of one account."""
        return self._applied(account).get(account)

    def _applied(self, account: str | None) -> dict[str, Applied]:
        """Of one account, or of all."""
        with self._database.reading() as connection:
            accounts = connection.execute(
                "SELECT account, account_id, email, organizational_unit, request, last_run FROM accounts "
                "WHERE ?1 IS NULL OR account = ?1",
                (account,),
            ).fetchall()
            stages = connection.execute(
                "SELECT account, stage, fingerprint, status, run, at FROM stages WHERE ?1 IS NULL OR account = ?1 "
                "ORDER BY account, stage",
                (account,),
            ).fetchall()
        entries: dict[str, dict[Stage, AppliedStage]] = {}
        for name, stage, fingerprint, status, run, at in stages:
            entries.setdefault(name, {})[stage] = AppliedStage(fingerprint=fingerprint, status=status, run=run, at=at)
        known = {row[0]: row for row in accounts}
        return {
            name: _applied(known.get(name, (name, None, None, None, None, None)), entries.get(name, {}))
            for name in sorted({*known, *entries})
        }

    def record_stage(self, account: str, stage: Stage, entry: AppliedStage) -> None:
        """Remembers how a stage of an account ended; the newest entry counts."""
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO stages (account, stage, fingerprint, status, run, at) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (account, stage, entry.fingerprint, entry.status, entry.run, entry.at),
            )

    def replace_fingerprint(self, account: str, stage: Stage, former: str, fingerprint: str) -> None:
        """Writes a fingerprint in another form; nothing where another than the former is remembered by now."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE stages SET fingerprint = ? WHERE account = ? AND stage = ? AND fingerprint = ?",
                (fingerprint, account, stage, former),
            )

    def record_account(self, **entry: Unpack[AccountEntry]) -> None:
        """Remembers an account and the request that was applied to it; its stages stay."""
        with self._database.writing() as connection:
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
        with self._database.writing() as connection:
            connection.execute("DELETE FROM stages WHERE account = ?", (account,))
            connection.execute("DELETE FROM accounts WHERE account = ?", (account,))

    def start_run(self, run: str, command: str, at: str, origin: RunOrigin | None = None) -> None:
        """Records that a run began."""
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO runs (run, command, started, status, origin) VALUES (?, ?, ?, 'running', ?)",
                (run, command, at, _json(origin.to_json()) if origin else None),
            )

    def finish_run(self, run: str, status: Status, report: Mapping[str, Any], at: str) -> None:
        """Records how a run ended."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE runs SET status = ?, report = ?, finished = ? WHERE run = ?", (status, _json(report), at, run)
            )

    def runs(self, limit: int = 20) -> tuple[RunRecord, ...]:
        """The last runs, newest first."""
        with self._database.reading() as connection:
            rows = connection.execute(f"{_RUNS} ORDER BY started DESC, number DESC LIMIT ?", (limit,)).fetchall()
        return tuple(map(_run, rows))

    def recorded_run(self, run: str) -> RunRecord | None:
        """One run; None where it is not known."""
        with self._database.reading() as connection:
            row = connection.execute(f"{_RUNS} WHERE run = ?", (run,)).fetchone()
        return _run(row) if row else None

    def record_event(self, **entry: Unpack[EventEntry]) -> None:
        """Adds to the journal of a run."""
        with self._database.writing() as connection:
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
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT at, account, stage, kind, payload FROM events WHERE run = ? ORDER BY number", (run,)
            ).fetchall()
        return tuple(
            EventRecord(run=run, at=at, account=account, stage=stage, kind=kind, payload=json.loads(payload))
            for at, account, stage, kind, payload in rows
        )


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


def _run(row: tuple[Any, ...]) -> RunRecord:
    run, command, started, finished, status, report, origin = row
    return RunRecord(
        run=run,
        command=command,
        started=started,
        finished=finished,
        status=status,
        report=json.loads(report) if report else None,
        origin=RunOrigin.from_json(json.loads(origin)) if origin else None,
    )


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
