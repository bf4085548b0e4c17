"""Leases, slots and the runs that hold them, in the DynamoDB table of a ledger."""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from vend.errors import Diagnostic, LedgerError
from vend.ledger._dynamodb_items import Item, Items, key, text
from vend.models import Held, RunOwner

_KEEP_SECONDS = 400 * 24 * 3600
"""Runs and events are kept for more than a year, then the table's TTL removes them."""
_TRIES = 60


@dataclass(frozen=True, slots=True)
class _Slot:
    """One slot: since when it is held, and when it ends by itself."""

    since: float | None
    ends: float


class DynamodbHolds:
    """The part of `Ledger` that keeps runs apart.

    Args:
        items: of the table.
        table: its name.
        now: a clock in seconds since 1970.
        pause: waits that many seconds before a conflicting write is tried again.
    """

    def __init__(self, items: Items, table: str, *, now: Callable[[], float], pause: Callable[[float], None]) -> None:
        self._items = items
        self._table = table
        self._now = now
        self._pause = pause

    def register_run(self, owner: RunOwner) -> None:
        """Says who a run is, before it holds anything, and that it lives."""
        self._items.put(
            {
                **key(f"run#{owner.run}", "owner"),
                "owner": {"S": json.dumps(owner.to_json())},
                "heartbeat": {"N": repr(self._now())},
                **self._kept(),
            }
        )

    def beat(self, run: str) -> None:
        """Says that a run lives."""
        self._items.update(f"run#{run}", "owner", {"heartbeat": {"N": repr(self._now())}})

    def run_owner(self, run: str) -> RunOwner | None:
        """Who a run is, and when it said last that it lives; None where it is not known."""
        item = self._items.get(f"run#{run}", "owner")
        if item is None or "owner" not in item:
            return None
        return replace(RunOwner.from_json(json.loads(text(item, "owner"))), heartbeat=float(item["heartbeat"]["N"]))

    def acquire_lease(self, name: str, holder: str, ttl_seconds: float) -> bool:
        """Takes a lease; False where another holder has it."""
        now = self._now()
        item = {
            **key(f"lease#{name}", "lease"),
            "holder": {"S": holder},
            "since": {"N": repr(now)},
            **_ending(now + ttl_seconds),
        }
        condition = "attribute_not_exists(pk) OR holder = :holder OR ends_at <= :now"
        return self._items.put(item, condition, {":holder": {"S": holder}, ":now": {"N": repr(now)}})

    def renew_lease(self, name: str, holder: str, ttl_seconds: float) -> bool:
        """Keeps a lease; False where it has ended or is another's."""
        now = self._now()
        return self._items.update(
            f"lease#{name}",
            "lease",
            _ending(now + ttl_seconds),
            "holder = :holder AND ends_at > :now",
            {":holder": {"S": holder}, ":now": {"N": repr(now)}},
        )

    def lease(self, name: str) -> Held | None:
        """Who has a lease; None where nobody has."""
        item = self._items.get(f"lease#{name}", "lease")
        if item is None:
            return None
        since = float(item["since"]["N"]) if "since" in item else None
        held = Held(name=name, holder=text(item, "holder"), since=since, ends=float(item["ends_at"]["N"]))
        return held if held.ends > self._now() else None

    def release_lease(self, name: str, holder: str) -> None:
        """Gives a lease back, if it is this holder's."""
        self._items.delete(f"lease#{name}", "lease", "holder = :holder", {":holder": {"S": holder}})

    def acquire_slot(self, pool: str, holder: str, limit: int, ttl_seconds: float) -> bool:
        """Takes one of a pool's slots; False where `limit` others hold one."""

        def acquire(holders: dict[str, _Slot], now: float) -> bool:
            if len(holders.keys() - {holder}) >= limit:
                return False
            holders[holder] = _Slot(now, now + ttl_seconds)
            return True

        return self._change_slots(pool, acquire)

    def renew_slot(self, pool: str, holder: str, ttl_seconds: float) -> bool:
        """Keeps a slot; False where it has ended."""

        def renew(holders: dict[str, _Slot], now: float) -> bool:
            if holder not in holders:
                return False
            holders[holder] = replace(holders[holder], ends=now + ttl_seconds)
            return True

        return self._change_slots(pool, renew)

    def release_slot(self, pool: str, holder: str) -> None:
        """Gives a slot back, if there is one."""
        self._change_slots(pool, lambda holders, _: holders.pop(holder, None) is not None)

    def slots(self, pool: str) -> tuple[Held, ...]:
        """Who has the slots of a pool, in the order in which they took them."""
        found = _slots(self._items.get(f"slots#{pool}", "slots"), self._now())
        order = sorted(found, key=lambda holder: (found[holder].since or 0.0, holder))
        return tuple(Held(name=pool, holder=one, since=found[one].since, ends=found[one].ends) for one in order)

    def _change_slots(self, pool: str, change: Callable[[dict[str, _Slot], float], bool]) -> bool:
        """Reads a pool's holders, changes them, and writes them if nobody else did in between."""
        pk = f"slots#{pool}"
        for attempt in range(_TRIES):
            now = self._now()
            item = self._items.get(pk, "slots")
            version = text(item, "version") if item else ""
            holders = _slots(item, now)
            if not change(holders, now):
                return False
            known = {name: slot.since for name, slot in sorted(holders.items()) if slot.since is not None}
            changed = {
                **key(pk, "slots"),
                "version": {"S": secrets.token_hex(8)},
                "holders": {"M": {name: {"N": repr(slot.ends)} for name, slot in sorted(holders.items())}},
                "since": {"M": {name: {"N": repr(since)} for name, since in known.items()}},
                **_ending(max((slot.ends for slot in holders.values()), default=now)),
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


def _slots(item: Item | None, now: float) -> dict[str, _Slot]:
    """The holders of a pool's slots that have not ended."""
    if item is None:
        return {}
    since = item.get("since", {}).get("M", {})
    slots = {
        name: _Slot(float(since[name]["N"]) if name in since else None, float(ends["N"]))
        for name, ends in item["holders"]["M"].items()
    }
    return {name: slot for name, slot in slots.items() if slot.ends > now}


def _ending(at: float) -> Item:
    # TTL takes whole seconds; what decides is `ends_at`.
    return {"ends_at": {"N": repr(at)}, "expires_at": {"N": str(int(at) + 3600)}}
