"""What was last applied to each account, runs, events, leases and slots."""

from vend.ledger._dynamodb import DynamodbTable
from vend.ledger._ledger import AccountEntry, EventEntry, EventRecord, Ledger, RunRecord
from vend.ledger._open import LEDGER_FILE, Clients, open_ledger
from vend.ledger._schema import SCHEMA_VERSION
from vend.ledger._sqlite import SqliteFile

__all__ = [
    "LEDGER_FILE",
    "SCHEMA_VERSION",
    "AccountEntry",
    "Clients",
    "DynamodbTable",
    "EventEntry",
    "EventRecord",
    "Ledger",
    "RunRecord",
    "SqliteFile",
    "open_ledger",
]
