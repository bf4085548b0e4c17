"""Ledgers that older releases left: both kinds are opened, and say the same."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from support.releases import RELEASES, ledger_items, unpack_working
from vend.ledger import LEDGER_FILE, DynamodbTable, Ledger, SqliteFile

Opened = Callable[[Path], Ledger]


@pytest.fixture(params=["sqlite", "dynamodb"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    """Opens the ledger that a release left."""

    def sqlite(release: Path) -> Ledger:
        return SqliteFile(unpack_working(release, tmp_path) / LEDGER_FILE)

    def dynamodb(release: Path) -> Ledger:
        client: Any = request.getfixturevalue("table")
        for item in ledger_items(release):
            client.put_item(TableName="vend-ledger", Item=item)
        return DynamodbTable(client, "vend-ledger", fleet="frozen")

    return sqlite if request.param == "sqlite" else dynamodb


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.name)
def test_what_an_older_release_recorded_is_read(opened: Opened, release: Path) -> None:
    """Accounts, their requests, their stages, and the runs with their reports; then it is written as any ledger is."""
    with closing(opened(release)) as ledger:
        applied = ledger.applied()
        assert {name: sorted(entry.stages) for name, entry in applied.items()} == {
            "ledgers": ["account", "settings"],
            "payments": ["account", "customizations", "settings"],
            "plain": ["account", "settings"],
        }
        assert {stage.status for entry in applied.values() for stage in entry.stages.values()} == {"succeeded"}
        assert all(len(stage.fingerprint) == 64 for entry in applied.values() for stage in entry.stages.values())
        payments = applied["payments"]
        assert (payments.email, payments.organizational_unit) == ("aws+payments@example.com", "Workloads/Prod")
        assert payments.request is not None
        assert payments.request["custom_fields"] == {"vpc_cidr": "10.20.0.0/16"}
        reports = [(run.command, run.status, len((run.report or {})["results"])) for run in ledger.runs()]
        assert reports == [("apply", "succeeded", 3)] * 2
        ledger.record_stage("plain", "settings", applied["ledgers"].stages["settings"])
        ledger.forget_account("ledgers")
        again = ledger.applied()
        assert list(again) == ["payments", "plain"]
        assert again["plain"].stages == {
            "account": applied["plain"].stages["account"],
            "settings": applied["ledgers"].stages["settings"],
        }
