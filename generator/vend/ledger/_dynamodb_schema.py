"""Which version of the schema a fleet's items in DynamoDB have, and how an older one becomes ours."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping

from vend._version import __version__
from vend.ledger._dynamodb_items import Item, Items, key, text
from vend.ledger._schema import SCHEMA_VERSION, newer_ledger

_OLDEST = 1
"""Of items without a mark: vend 0.1.0 wrote none."""
_FENCE = "fence"


def _accounts_key(fleet: str, version: int) -> str:
    """The key under which the accounts of this version stand."""
    return f"{fleet}#accounts" if version == 1 else f"{fleet}#accounts#2"


def _accounts(items: Items, pk: str, begins: str = "") -> Iterator[Item]:
    """The items of accounts and their stages; the fence is none of them."""
    return (item for item in items.query(pk, begins) if _FENCE not in item)


def _move_accounts(items: Items, fleet: str) -> None:
    """To version 2: the accounts go where vend 0.1.0, which checks no version, does not write.

    It goes on finding what it knew, so that it plans and runs nothing again, and an account whose removal it refuses
    (exit code 3) with words that say why: 0.1.0 shows an account without a request by its name and by the word that
    `on_removal` had. That account never exists, so allowing its removal does nothing.
    """
    old, new = _accounts_key(fleet, 1), _accounts_key(fleet, 2)
    for item in _accounts(items, old):
        items.put({**item, **key(new, text(item, "sk"))}, "attribute_not_exists(pk)")
    request = {"on_removal": "nothing, but this ledger was written by vend 0.2.0 or newer: install that version"}
    items.put(
        {
            **key(old, "this-ledger-needs-vend-0.2.0-or-newer"),
            "account_id": {"S": "000000000000"},
            "request": {"S": json.dumps(request)},
            _FENCE: {"BOOL": True},
        }
    )


MIGRATIONS: Mapping[int, Callable[[Items, str], None]] = {2: _move_accounts}
"""By the version that each leads to. Several runs may migrate at once, and one may be killed in between."""


class TableSchema:
    """The version of one fleet's items, looked up once; in any thread.

    Args:
        items: of the table.
        table: its name.
        fleet: how the fleet's keys begin.
    """

    def __init__(self, items: Items, table: str, fleet: str) -> None:
        self._items = items
        self._table = table
        self._fleet = fleet
        self._version: int | None = None
        self._lock = threading.Lock()

    def accounts(self, begins: str = "") -> Iterator[Item]:
        """The items of accounts and their stages, wherever the version has them; migrates nothing.

        Args:
            begins: only those of accounts whose slug begins so.

        Raises:
            RefusedError: a newer vend wrote them.
        """
        with self._lock:
            if self._version is None:
                self._version = self._marked()
        return _accounts(self._items, _accounts_key(self._fleet, self._version), begins)

    def key_of_accounts(self) -> str:
        """The key of the items of accounts, to write there; older items are migrated first.

        Raises:
            RefusedError: a newer vend wrote them.
        """
        self.migrate()
        return _accounts_key(self._fleet, SCHEMA_VERSION)

    def migrate(self) -> None:
        """Makes older items ones of today; called before anything of the fleet is written.

        Raises:
            RefusedError: a newer vend wrote them.
        """
        with self._lock:
            if self._version != SCHEMA_VERSION:
                for version in range(self._marked() + 1, SCHEMA_VERSION + 1):
                    MIGRATIONS[version](self._items, self._fleet)
                    self._mark(version)
                self._version = SCHEMA_VERSION

    def _marked(self) -> int:
        found = self._items.get(self._fleet, "schema")
        version = int(found["version"]["N"]) if found else _OLDEST
        if found and version > SCHEMA_VERSION:
            raise newer_ledger(f"DynamoDB table {self._table}", version, text(found, "vend") or None)
        return version

    def _mark(self, version: int) -> None:
        """Says which version the items have, unless another vend has gone further meanwhile."""
        self._items.put(
            {**key(self._fleet, "schema"), "version": {"N": str(version)}, "vend": {"S": __version__}},
            "attribute_not_exists(pk) OR version < :version",
            {":version": {"N": str(version)}},
        )
