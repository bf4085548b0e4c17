"""Ledgers that older releases left: both kinds are opened, and say the same."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from support.releases import RELEASES, ledger_items, unpack_working
from vend.errors import RefusedError
from vend.ledger import LEDGER_FILE, SCHEMA_VERSION, DynamodbTable, Ledger, SqliteFile
from vend.models import AppliedStage

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


STAGE = AppliedStage(fingerprint="f", status="succeeded", run="r", at="2026-01-01T00:00:00Z")
OLD = "fleet#frozen#accounts"


def under(client: Any, pk: str) -> dict[str, Any]:
    """The items of a key by their second one."""
    values = {":pk": {"S": pk}}
    found = client.query(TableName="vend-ledger", KeyConditionExpression="pk = :pk", ExpressionAttributeValues=values)
    return {item["sk"]["S"]: item for item in found["Items"]}


def test_reading_migrates_no_table(table: Any) -> None:
    """The role that plans may only read: what an older vend wrote is read where it is."""
    for item in ledger_items(RELEASES[0]):
        table.put_item(TableName="vend-ledger", Item=item)
    before = table.scan(TableName="vend-ledger")["Items"]
    ledger = DynamodbTable(table, "vend-ledger", fleet="frozen")
    assert (len(ledger.applied()), len(ledger.runs())) == (3, 2)
    assert table.scan(TableName="vend-ledger")["Items"] == before


@pytest.mark.parametrize("killed", [False, True], ids=["whole", "killed in between"])
def test_vend_0_1_0_finds_what_it_knew_and_an_account_that_it_refuses(table: Any, killed: bool) -> None:  # noqa: FBT001
    """It checks no version. So it plans nothing again, and ends with 3 over an account whose name and word say why."""
    for item in ledger_items(RELEASES[0]):
        table.put_item(TableName="vend-ledger", Item=item)
    known = under(table, OLD)
    DynamodbTable(table, "vend-ledger", fleet="frozen").record_stage("plain", "account", STAGE)
    if killed:  # after the items, before the mark
        table.delete_item(TableName="vend-ledger", Key={"pk": {"S": "fleet#frozen"}, "sk": {"S": "schema"}})
        assert (
            "this-ledger-needs-vend-0.2.0-or-newer" not in DynamodbTable(table, "vend-ledger", fleet="frozen").applied()
        )
    again = DynamodbTable(table, "vend-ledger", fleet="frozen")
    again.record_stage("plain", "settings", STAGE)
    assert again.applied()["plain"].stages == {"account": STAGE, "settings": STAGE}
    assert list(again.applied()) == ["ledgers", "payments", "plain"]
    found = under(table, OLD)
    fence = found.pop("this-ledger-needs-vend-0.2.0-or-newer")
    assert found == known
    assert fence["account_id"]["S"] == "000000000000"  # what has no id, 0.1.0 passes over
    # Neither "retain", which it takes for no wish, nor "close"; it shows the word.
    assert fence["request"]["S"] == (
        '{"on_removal": "nothing, but this ledger was written by vend 0.2.0 or newer: install that version"}'
    )


def test_a_newer_table_is_neither_read_nor_written(table: Any) -> None:
    """It is refused with the vend to install, before anything is written; another fleet's is not concerned."""
    DynamodbTable(table, "vend-ledger", fleet="frozen").record_stage("plain", "account", STAGE)
    table.update_item(
        TableName="vend-ledger",
        Key={"pk": {"S": "fleet#frozen"}, "sk": {"S": "schema"}},
        UpdateExpression="SET version = :version, vend = :vend",
        ExpressionAttributeValues={":version": {"N": str(SCHEMA_VERSION + 1)}, ":vend": {"S": "7.8.9"}},
    )
    before = table.scan(TableName="vend-ledger")["Items"]
    uses: tuple[Callable[[DynamodbTable], object], ...] = (
        lambda ledger: ledger.applied(),
        lambda ledger: ledger.start_run("r", "apply", "2026-01-01T00:00:00Z"),
        lambda ledger: ledger.record_stage("plain", "account", STAGE),
    )
    for use in uses:
        with pytest.raises(RefusedError) as caught:
            use(DynamodbTable(table, "vend-ledger", fleet="frozen"))
        (problem,) = caught.value.diagnostics
        assert (problem.code, problem.hint) == ("ledger-newer", "install vend 7.8.9 or newer")
    assert table.scan(TableName="vend-ledger")["Items"] == before
    assert DynamodbTable(table, "vend-ledger", fleet="other").applied() == {}
