"""The ledger in one DynamoDB table, shared by a team and its CI.

============================  =======================  =================================================
pk                            sk                       holds
============================  =======================  =================================================
``fleet#F``                   ``schema``               the version of the fleet's items, and which vend wrote it
``fleet#F#accounts#2``        ``A``                    an account
``fleet#F#accounts#2``        ``A#stage#S``            a stage of it
``fleet#F#runs``              ``STARTED#RUN``          a run, without its report
``fleet#F#run#RUN``           ``run``                  where the run's own item is
``fleet#F#run#RUN``           ``report#NNNN``          a piece of its report, compressed
``fleet#F#run#RUN``           ``event#AT#NNNN#…``      an event
``lease#NAME``                ``lease``                a lease
``slots#POOL``                ``slots``                all slots of a pool, and a version
============================  =======================  =================================================

Leases and slots are the organization's, the rest is the fleet's. `expires_at` is the table's TTL
attribute; since DynamoDB deletes late, whoever reads a lease or a slot compares the clock too. vend 0.1.0 had its
accounts under ``fleet#F#accounts``; `vend.ledger._dynamodb_schema` migrates them.
"""

from __future__ import annotations

import itertools
import json
import random
import secrets
import time
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Unpack, cast

from vend.errors import Diagnostic, LedgerError
from vend.ledger._dynamodb_items import Item, Items, key, text
from vend.ledger._dynamodb_schema import TableSchema
from vend.ledger._ledger import AccountEntry, EventEntry, EventRecord, RunRecord
from vend.models import Applied, AppliedStage, Stage, Status

_KEEP_SECONDS = 400 * 24 * 3600
"""Runs and events are kept for more than a year, then the table's TTL removes them."""
_PIECE_BYTES = 300_000
"""An item holds at most 400 KB."""
_TRIES = 60
_STAGE_MARK = "#stage#"


class DynamodbTable:
    """The ledger in a table with the string keys `pk` and `sk`; see `Ledger`.

    Args:
        client: a botocore client of DynamoDB.
        table: its name.
        fleet: keeps the accounts and runs of several fleets apart.
        now: a clock in seconds since 1970; machines that share a table must agree to a few seconds.
        pause: waits that many seconds before a conflicting write is tried again.

    Raises:
        LedgerError: on first use, when the table is not there or access to it is denied.
        RefusedError: on first use, when a newer vend wrote it.
    """

    def __init__(
        self,
        client: Any,
        table: str,
        *,
        fleet: str,
        now: Callable[[], float] = time.time,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._items = Items(client, table)
        self._table = table
        self._fleet = f"fleet#{fleet}"
        self._schema = TableSchema(self._items, table, self._fleet)
        self._now = now
        self._pause = pause
        self._count = itertools.count()

    def __repr__(self) -> str:
        return f"DynamodbTable({self._table!r})"

    def close(self) -> None:
        """Nothing is held open."""

    def applied(self) -> Mapping[str, Applied]:
        """What is remembered of every account, by slug."""
        accounts: dict[str, Item] = {}
        stages: dict[str, dict[Stage, AppliedStage]] = {}
        for item in self._schema.accounts():
            account, mark, stage = text(item, "sk").partition(_STAGE_MARK)
            if mark:
                stages.setdefault(account, {})[cast("Stage", stage)] = AppliedStage(
                    fingerprint=text(item, "fingerprint"),
                    status=cast("Status", text(item, "status")),
                    run=text(item, "run"),
                    at=text(item, "at"),
                )
            else:
                accounts[account] = item
        return {
            account: _applied(account, accounts.get(account, {}), stages.get(account, {}))
            for account in sorted({*accounts, *stages})
        }

    def record_stage(self, account: str, stage: Stage, entry: AppliedStage) -> None:
        """Remembers how a stage of an account ended; the newest entry counts."""
        self._items.put(
            {
                **key(self._schema.key_of_accounts(), f"{account}{_STAGE_MARK}{stage}"),
                "fingerprint": {"S": entry.fingerprint},
                "status": {"S": entry.status},
                "run": {"S": entry.run},
                "at": {"S": entry.at},
            }
        )

    def replace_fingerprint(self, account: str, stage: Stage, former: str, fingerprint: str) -> None:
        """Writes a fingerprint in another form; nothing where another than the former is remembered by now."""
        item = self._items.get(self._schema.key_of_accounts(), f"{account}{_STAGE_MARK}{stage}")
        if item is not None:
            changed = {**item, "fingerprint": {"S": fingerprint}}
            self._items.put(changed, "fingerprint = :former", {":former": {"S": former}})

    def record_account(self, **entry: Unpack[AccountEntry]) -> None:
        """Remembers an account and the request that was applied to it; its stages stay."""
        item = {
            **key(self._schema.key_of_accounts(), entry["account"]),
            "email": {"S": entry["email"]},
            "organizational_unit": {"S": entry["organizational_unit"]},
            "request": {"S": _json(entry["request"])},
            "last_run": {"S": entry["run"]},
        }
        if entry["account_id"] is not None:
            item["account_id"] = {"S": entry["account_id"]}
        self._items.put(item)

    def forget_account(self, account: str) -> None:
        """Forgets an account that is managed no more, stages included."""
        pk = self._schema.key_of_accounts()
        for item in [*self._items.query(pk, f"{account}{_STAGE_MARK}"), key(pk, account)]:
            self._items.delete(pk, text(item, "sk"))

    def start_run(self, run: str, command: str, at: str) -> None:
        """Records that a run began."""
        self._schema.migrate()
        place = f"{at}#{run}"
        self._items.put({**key(f"{self._fleet}#run#{run}", "run"), "place": {"S": place}, **self._kept()})
        self._items.put(
            {
                **key(f"{self._fleet}#runs", place),
                "run": {"S": run},
                "command": {"S": command},
                "started": {"S": at},
                "status": {"S": "running"},
                **self._kept(),
            }
        )

    def finish_run(self, run: str, status: Status, report: Mapping[str, Any], at: str) -> None:
        """Records how a run ended."""
        pk = f"{self._fleet}#run#{run}"
        begun = self._items.get(pk, "run")
        if begun is None:
            return
        packed = zlib.compress(_json(report).encode())
        pieces = [packed[start : start + _PIECE_BYTES] for start in range(0, len(packed), _PIECE_BYTES)]
        for number, piece in enumerate(pieces):
            self._items.put({**key(pk, f"report#{number:04d}"), "piece": {"B": piece}, **self._kept()})
        self._items.update(
            f"{self._fleet}#runs",
            text(begun, "place"),
            {"status": {"S": status}, "finished": {"S": at}, "pieces": {"N": str(len(pieces))}},
        )

    def runs(self, limit: int = 20) -> tuple[RunRecord, ...]:
        """The last runs, newest first."""
        newest = itertools.islice(self._items.query(f"{self._fleet}#runs", newest_first=True), limit)
        return tuple(self._run(item) for item in newest)

    def _run(self, item: Item) -> RunRecord:
        report = None
        if "pieces" in item:
            pieces = self._items.query(f"{self._fleet}#run#{text(item, 'run')}", "report#")
            report = json.loads(zlib.decompress(b"".join(piece["piece"]["B"] for piece in pieces)))
        return RunRecord(
            run=text(item, "run"),
            command=text(item, "command"),
            started=text(item, "started"),
            finished=text(item, "finished") or None,
            status=cast("Status", text(item, "status")),
            report=report,
        )

    def record_event(self, **entry: Unpack[EventEntry]) -> None:
        """Adds to the journal of a run."""
        # Seconds are too coarse an order: the count orders one process, the random end keeps two apart.
        place = f"event#{entry['at']}#{next(self._count):08d}#{secrets.token_hex(4)}"
        self._items.put(
            {
                **key(f"{self._fleet}#run#{entry['run']}", place),
                "at": {"S": entry["at"]},
                "account": {"S": entry["account"]},
                "stage": {"S": entry["stage"]},
                "kind": {"S": entry["kind"]},
                "payload": {"S": _json(entry["payload"])},
                **self._kept(),
            }
        )

    def events(self, run: str) -> tuple[EventRecord, ...]:
        """The journal of a run, oldest first."""
        return tuple(
            EventRecord(
                run=run,
                at=text(item, "at"),
                account=text(item, "account"),
                stage=cast("Any", text(item, "stage")),
                kind=text(item, "kind"),
                payload=json.loads(text(item, "payload")),
            )
            for item in self._items.query(f"{self._fleet}#run#{run}", "event#")
        )

    def acquire_lease(self, name: str, holder: str, ttl_seconds: float) -> bool:
        """Takes a lease; False where another holder has it."""
        return self._hold_lease(
            name,
            holder,
            ttl_seconds,
            "attribute_not_exists(pk) OR holder = :holder OR ends_at <= :now",
        )

    def renew_lease(self, name: str, holder: str, ttl_seconds: float) -> bool:
        """Keeps a lease; False where it has ended or is another's."""
        return self._hold_lease(name, holder, ttl_seconds, "holder = :holder AND ends_at > :now")

    def _hold_lease(self, name: str, holder: str, ttl_seconds: float, condition: str) -> bool:
        now = self._now()
        item = {**key(f"lease#{name}", "lease"), "holder": {"S": holder}, **_ending(now + ttl_seconds)}
        return self._items.put(item, condition, {":holder": {"S": holder}, ":now": {"N": repr(now)}})

    def release_lease(self, name: str, holder: str) -> None:
        """Gives a lease back, if it is this holder's."""
        self._items.delete(f"lease#{name}", "lease", "holder = :holder", {":holder": {"S": holder}})

    def acquire_slot(self, pool: str, holder: str, limit: int, ttl_seconds: float) -> bool:
        """Takes one of a pool's slots; False where `limit` others hold one."""

        def acquire(holders: dict[str, float], now: float) -> bool:
            if len(holders.keys() - {holder}) >= limit:
                return False
            holders[holder] = now + ttl_seconds
            return True

        return self._change_slots(pool, acquire)

    def renew_slot(self, pool: str, holder: str, ttl_seconds: float) -> bool:
        """Keeps a slot; False where it has ended."""

        def renew(holders: dict[str, float], now: float) -> bool:
            if holder not in holders:
                return False
            holders[holder] = now + ttl_seconds
            return True

        return self._change_slots(pool, renew)

    def release_slot(self, pool: str, holder: str) -> None:
        """Gives a slot back, if there is one."""
        self._change_slots(pool, lambda holders, _: holders.pop(holder, None) is not None)

    def _change_slots(self, pool: str, change: Callable[[dict[str, float], float], bool]) -> bool:
        """Reads a pool's holders, changes them, and writes them if nobody else did in between."""
        pk = f"slots#{pool}"
        for attempt in range(_TRIES):
            now = self._now()
            item = self._items.get(pk, "slots")
            version = text(item, "version") if item else ""
            found = item["holders"]["M"] if item else {}
            holders = {name: float(ends["N"]) for name, ends in found.items() if float(ends["N"]) > now}
            if not change(holders, now):
                return False
            changed = {
                **key(pk, "slots"),
                "version": {"S": secrets.token_hex(8)},
                "holders": {"M": {name: {"N": repr(ends)} for name, ends in sorted(holders.items())}},
                **_ending(max(holders.values(), default=now)),
            }
            condition = "attribute_not_exists(pk)" if item is None else "version = :version"
            if self._items.put(changed, condition, {":version": {"S": version}} if item else {}):
                return True
            self._pause(random.uniform(0, 0.05 * min(attempt + 1, 20)))  # noqa: S311 (spreads retries)
        raise LedgerError(
            Diagnostic(
                code="ledger-busy",
                summary=f'the slots of "{pool}" change too fast to be written',
                detail=f"writing to DynamoDB table {self._table}: {_TRIES} conflicts in a row",
                hint="run the command again: it resumes",
            )
        )

    def _kept(self) -> Item:
        return {"expires_at": {"N": str(int(self._now()) + _KEEP_SECONDS)}}


def _applied(account: str, item: Item, stages: Mapping[Stage, AppliedStage]) -> Applied:
    request = text(item, "request")
    runs = [(stage.at, stage.run) for stage in stages.values()]
    return Applied(
        account=account,
        account_id=text(item, "account_id") or None,
        email=text(item, "email") or None,
        organizational_unit=text(item, "organizational_unit") or None,
        request=json.loads(request) if request else None,
        stages=stages,
        last_run=text(item, "last_run") or (max(runs)[1] if runs else None),
    )


def _ending(at: float) -> Item:
    # TTL takes whole seconds; what decides is `ends_at`.
    return {"ends_at": {"N": repr(at)}, "expires_at": {"N": str(int(at) + 3600)}}


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
