"""What a status and a history look like, in 60, 80 and 120 columns, character by character."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from vend.views import history_document, plain, status_document

HERE = Path(__file__).parent
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def a_row(account: str, status: str = "succeeded", **fields: Any) -> dict[str, Any]:
    return {
        "account": account,
        "account_id": "123456789012",
        "email": f"aws+{account}@example.com",
        "organizational_unit": "Workloads/Prod",
        "status": status,
        "state": "ACTIVE",
        "requested": True,
        "stages": {"account": "succeeded", "settings": "succeeded"},
        "pending_stages": [],
        "pending_change": False,
        "pending_fields": [],
        "failure": None,
        "last_run": "20260304T100000Z-abc123",
        "customizations": [],
        **fields,
    }


FAILURE = {
    "code": "terraform-failed",
    "summary": "Error: creating S3 Bucket (logs): BucketAlreadyExists: the requested bucket name is not available",
    "stage": "customizations",
    "status": "failed",
    "at": "2026-03-04T09:30:00+00:00",
    "run": "20260304T093000Z-abc123",
}
STATUS = {
    "accounts": [
        a_row("closed-by-hand", state="CLOSED"),
        a_row("data-platform", "failed", failure=FAILURE, pending_stages=[]),
        a_row("edited", pending_change=True, pending_fields=["email", "organizational_unit", "tags"]),
        a_row("left-behind", requested=False, organizational_unit="Workloads/Business Unit Europe/Teams/Sandbox"),
        a_row(
            "new",
            "pending",
            account_id=None,
            state=None,
            stages={},
            pending_stages=["account", "settings"],
            last_run=None,
        ),
        a_row("payments-prod"),
        a_row("stopped", "aborted", failure={**FAILURE, "status": "aborted", "code": None, "summary": None}),
        a_row("unfinished", "pending", pending_stages=["customizations"]),
    ],
    "diagnostics": [],
}


def an_outcome(account: str, **fields: Any) -> dict[str, Any]:
    found = {"account": account, "account_id": "123456789012", "action": None, "status": "succeeded", "changed": False}
    return {**found, "stage": None, "codes": [], **fields}


def a_run(**fields: Any) -> dict[str, Any]:
    return {
        "run": "20260304T100000Z-abc123",
        "command": "apply",
        "started": "2026-03-04T10:00:00+00:00",
        "finished": "2026-03-04T10:25:00+00:00",
        "status": "succeeded",
        "user": "runner",
        "host": "ip-10-0-0-1.eu-west-1.compute.internal",
        "actor": "ada-lovelace",
        "commit": "0123456789abcdef0123456789abcdef01234567",
        "digest": "fedcba9876543210" * 4,
        "accounts": [],
        **fields,
    }


HISTORY = {
    "runs": [
        a_run(
            status="failed",
            accounts=[
                an_outcome("data-platform", action="update", status="failed", changed=True, stage="customizations",
                           codes=["terraform-failed"]),
                an_outcome("gone", action="close", changed=True),
                an_outcome("payments-prod", action="create", changed=True),
                an_outcome("refused", action="refused", status="failed", stage="account", codes=["email-changed"]),
                an_outcome("tools"),
                an_outcome("web"),
            ],
        ),
        a_run(finished=None, status="aborted", actor=None, accounts=[
            an_outcome("late", account_id=None, action="create", status="pending", changed=None),
        ]),
        a_run(finished=None, status="running", user=None, host=None, actor=None, commit=None, digest=None),
    ],
    "diagnostics": [],
}  # fmt: skip


@pytest.mark.parametrize("wide", [60, 80, 120])
@pytest.mark.parametrize("name", ["status", "history"])
def test_the_text_is_as_agreed_and_fits(name: str, wide: int) -> None:
    """No line is longer than it may be; UPDATE_GOLDEN=1 writes the files anew."""
    document = (
        status_document(STATUS, now=NOW, columns_wide=wide)
        if name == "status"
        else history_document(HISTORY, columns_wide=wide)
    )
    text = plain(document.text)
    path = HERE / f"{name}-{wide}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= wide


def test_the_history_of_an_account_says_that_nothing_was_changed() -> None:
    """A run of many accounts only counts those."""
    text = plain(history_document(HISTORY, columns_wide=80, account="tools").text)
    assert "  tools (123456789012): unchanged\n" in text
