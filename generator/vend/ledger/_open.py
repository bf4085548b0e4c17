"""Which ledger a fleet has."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from vend.ledger._dynamodb import DynamodbTable
from vend.ledger._ledger import Ledger
from vend.ledger._sqlite import SqliteFile
from vend.settings import DynamodbLedger, Settings

LEDGER_FILE = "ledger.sqlite3"


class Clients(Protocol):
    """Where a client of the management account comes from; `vend.aws.Aws` is one."""

    def client(self, service: str, region: str | None = None) -> Any:
        """A botocore client."""
        ...


def open_ledger(settings: Settings, directory: Path, clients: Clients | None = None) -> Ledger:
    """The ledger that the settings name, to be closed.

    Args:
        settings: of the fleet.
        directory: `.vend/<organization-id>`, for the SQLite file.
        clients: where the DynamoDB client comes from; not needed for SQLite.

    Raises:
        LedgerError: it cannot be opened.
        ValueError: the ledger is in DynamoDB and there are no clients.
    """
    chosen = settings.ledger
    if not isinstance(chosen, DynamodbLedger):
        return SqliteFile(directory / LEDGER_FILE)
    if clients is None:
        raise ValueError("a ledger in DynamoDB needs a connection to AWS")
    return DynamodbTable(clients.client("dynamodb", chosen.region), chosen.table, fleet=settings.name)
