from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from vend.errors import CODES, LedgerError
from vend.ledger import DynamodbTable, open_ledger
from vend.models import AppliedStage
from vend.settings import DynamodbLedger, Settings


class ConditionError(Exception):
    """What DynamoDB raises for a condition that does not hold."""


class Exceptions:
    """A client's own exceptions."""

    ConditionalCheckFailedException = ConditionError


class FailingTable:
    """A client whose every call raises the same."""

    exceptions = Exceptions

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Any:
        def fail(**_: Any) -> Any:
            raise self._error

        return fail


def refusal(code: str) -> Exception:
    from botocore.exceptions import ClientError

    return ClientError({"Error": {"Code": code, "Message": "made up"}}, "PutItem")


def code_of(error: Exception) -> str:
    ledger = DynamodbTable(FailingTable(error), "vend-ledger", fleet="example")
    codes = set()
    for use in (
        ledger.applied,
        lambda: ledger.acquire_slot("control-tower", "a", 5, 60),
        lambda: ledger.release_lease("payments", "a"),
        lambda: ledger.record_stage(
            "payments", "account", AppliedStage(fingerprint="f", status="failed", run="r", at="2026-01-01T00:00:00Z")
        ),
    ):
        with pytest.raises(LedgerError) as caught:
            use()
        codes.add(caught.value.diagnostics[0].code)
    (code,) = codes
    assert code in CODES
    return code


def test_a_table_that_cannot_be_used_is_diagnosed() -> None:
    """Missing, denied and unreachable: each call says so in the same way."""
    from botocore.exceptions import EndpointConnectionError

    assert code_of(refusal("ResourceNotFoundException")) == "ledger-missing"
    assert code_of(refusal("AccessDeniedException")) == "ledger-unavailable"
    assert code_of(EndpointConnectionError(endpoint_url="https://example.com")) == "ledger-unavailable"


def test_slots_that_others_keep_changing_are_given_up_at_last() -> None:
    """Not silently: a slot that could not be given back would be held until it ends."""

    class Contended(FailingTable):
        def get_item(self, **_: Any) -> Any:
            return {}

    pauses: list[float] = []
    ledger = DynamodbTable(Contended(ConditionError()), "vend-ledger", fleet="example", pause=pauses.append)
    with pytest.raises(LedgerError) as caught:
        ledger.acquire_slot("control-tower", "a", 5, 60)
    assert caught.value.diagnostics[0].code == "ledger-busy"
    assert len(pauses) > 10
    assert max(pauses) <= 1.0


def test_the_client_is_asked_for_in_the_tables_region(tmp_path: Path) -> None:
    """The ledger knows no sessions; whoever opens it brings them."""
    asked: list[tuple[str, str | None]] = []

    class Clients:
        def client(self, service: str, region: str | None = None) -> Any:
            asked.append((service, region))
            return FailingTable(refusal("ResourceNotFoundException"))

    settings = Settings(
        name="example", home_region="eu-west-1", ledger=DynamodbLedger(table="vend-ledger", region="eu-north-1")
    )
    ledger = open_ledger(settings, tmp_path, Clients())
    assert isinstance(ledger, DynamodbTable)
    assert asked == [("dynamodb", "eu-north-1")]
    assert list(tmp_path.iterdir()) == []
