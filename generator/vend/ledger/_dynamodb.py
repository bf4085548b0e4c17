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
``run#RUN``                   ``owner``                who a run is, and that it lives
``lease#NAME``                ``lease``                a lease
``slots#POOL``                ``slots``                all slots of a pool, and a version
============================  =======================  =================================================

Runs as owners, leases and slots are the organization's, the rest is the fleet's. `expires_at` is the table's TTL
attribute; since DynamoDB deletes late, whoever reads a lease or a slot compares the clock too. vend 0.1.0 had its
accounts under ``fleet#F#accounts``; `vend.ledger._dynamodb_schema` migrates them.
"""

from __future__ import annotations

import itertools
import json
import secrets
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Unpack, cast

from vend.ledger._dynamodb_holds import DynamodbHolds
from vend.ledger._dynamodb_items import Item, Items, key, text
from vend.ledger._dynamodb_schema import TableSchema
from vend.ledger._ledger import AccountEntry, EventEntry, EventRecord, RunRecord
from vend.models import Applied, AppliedStage, RunOrigin, Stage, Status

_PIECE_BYTES = 300_000
"""An item holds at most 400 KB."""
_STAGE_MARK = "#stage#"


class DynamodbTable(DynamodbHolds):
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
        items = Items(client, table)
        super().__init__(items, table, now=now, pause=pause)
        self._fleet = f"fleet#{fleet}"
        self._schema = TableSchema(self._items, table, self._fleet)
        self._count = itertools.count()

    def __repr__(self) -> str:
        return f"DynamodbTable({self._table!r})"

    def close(self) -> None:
        """Nothing is held open."""

    def applied(self) -> Mapping[str, Applied]:
        """What is remembered of every account, by slug."""
        return _all_applied(self._schema.accounts())

    def applied_to(self, account: str) -> Applied | None:
        """What is remembered of one account."""
        return _all_applied(self._schema.accounts(account)).get(account)

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

    def start_run(self, run: str, command: str, at: str, origin: RunOrigin | None = None) -> None:
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
                **({"origin": {"B": zlib.compress(_json(origin.to_json()).encode())}} if origin else {}),
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

    def recorded_run(self, run: str) -> RunRecord | None:
        """One run; None where it is not known."""
        begun = self._items.get(f"{self._fleet}#run#{run}", "run")
        item = self._items.get(f"{self._fleet}#runs", text(begun, "place")) if begun else None
        return self._run(item) if item else None

    def _run(self, item: Item) -> RunRecord:
        report = None
        if "pieces" in item:
            pieces = self._items.query(f"{self._fleet}#run#{text(item, 'run')}", "report#")
            report = _unpacked(b"".join(piece["piece"]["B"] for piece in pieces))
        return RunRecord(
            run=text(item, "run"),
            command=text(item, "command"),
            started=text(item, "started"),
            finished=text(item, "finished") or None,
            status=cast("Status", text(item, "status")),
            report=report,
            origin=RunOrigin.from_json(_unpacked(item["origin"]["B"])) if "origin" in item else None,
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


def _all_applied(items: Iterable[Item]) -> dict[str, Applied]:
    accounts: dict[str, Item] = {}
    stages: dict[str, dict[Stage, AppliedStage]] = {}
    for item in items:
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


def _unpacked(packed: bytes) -> Any:
    return json.loads(zlib.decompress(packed))


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
