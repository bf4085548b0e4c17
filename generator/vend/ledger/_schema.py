"""The version of what a ledger holds, for both kinds of ledger: the one place to raise it.

=======  =======  ===========================================================================================
version  since    what is new
=======  =======  ===========================================================================================
1        0.1.0
2        0.2.0    fingerprints are made without the name of the request's file; the ledger says which vend
                  wrote it. 0.1.0 would plan every account again and run its hooks. Whose leases and
                  slots they are, and since when, is known; so is who started a run, and on what.
=======  =======  ===========================================================================================

Raise the version where an older vend would misread, or spoil, what yours writes. A column or a kind of item that it
does not know, and does not need, is no reason to; nor is a value that yours can read in either form. To raise it:

1. Add a line above, and raise `SCHEMA_VERSION`. From then on an older vend refuses the ledger (exit code 3).
2. SQLite: add the statements that make the version before into yours to `MIGRATIONS`. A new file is made with the
   tables of version 1, then migrated; whoever opens a file migrates it.
3. DynamoDB: add a function to `vend.ledger._dynamodb_schema.MIGRATIONS`. The first write migrates, since the role
   that plans may only read: `applied` must be able to read the version before, as well.
4. `tests/contract/test_upgraded_ledger.py` opens what each release left, and shows whether it is still read.
"""

from __future__ import annotations

from collections.abc import Mapping

from vend._version import __version__
from vend.errors import Diagnostic, RefusedError

SCHEMA_VERSION = 2
MIGRATIONS: Mapping[int, tuple[str, ...]] = {
    2: (
        "CREATE TABLE written (vend TEXT NOT NULL) STRICT",
        "INSERT INTO written (vend) VALUES ('')",
        "ALTER TABLE leases ADD COLUMN since REAL",
        "ALTER TABLE slots ADD COLUMN since REAL",
        "ALTER TABLE runs ADD COLUMN origin TEXT",
        "CREATE TABLE owners (run TEXT PRIMARY KEY, owner TEXT NOT NULL, heartbeat REAL NOT NULL) STRICT",
    ),
}
"""SQL by the version that it leads to. `written.vend` is the vend that made or migrated the file, kept by `SqliteFile`;
every later version must have it, so that an older vend can name it."""


def newer_ledger(place: str, version: int, vend: str | None) -> RefusedError:
    """The refusal of a ledger that a newer vend wrote.

    Args:
        place: the file or the table.
        version: of its schema.
        vend: the vend that wrote it; None where it does not say so.
    """
    return RefusedError(
        Diagnostic(
            code="ledger-newer",
            summary=f"the ledger was written by a newer version of vend{f', {vend}' if vend else ''}",
            detail=f"{place} has schema {version}; this is vend {__version__}, which knows schemas up to "
            f"{SCHEMA_VERSION}.",
            hint=f"install vend {vend} or newer" if vend else "install the version of vend that the others have",
        )
    )
