"""What people and programs read, character by character."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from vend.errors import Diagnostic
from vend.models import AccountResult, Report, StageResult
from vend.views import plain, report_document

HERE = Path(__file__).parent


def a_report() -> Report:
    """One that worked, one that failed in a hook, one with nothing to do, one that was stopped."""
    return Report(
        run="20261123T210000Z-abc123",
        status="aborted",
        terraform_runs=23,
        results=(
            AccountResult(
                account="payments-prod",
                status="succeeded",
                account_id="123456789012",
                changed=True,
                stages=(
                    StageResult(stage="account", status="succeeded", seconds=12.34),
                    StageResult(stage="settings", status="succeeded", seconds=3.0),
                ),
            ),
            AccountResult(
                account="sandbox-kim",
                status="failed",
                account_id="210987654321",
                changed=True,
                stages=(
                    StageResult(stage="account", status="succeeded", seconds=9.96),
                    StageResult(
                        stage="post_customizations",
                        status="failed",
                        seconds=0.5,
                        diagnostics=(
                            Diagnostic(
                                code="hook-failed",
                                summary="the hook baseline/post_customizations.sh ended with exit code 3",
                                detail="last lines:\n::stop-commands::x\n\x1b[2Jgone",
                                hint="run it by hand",
                                account="sandbox-kim",
                            ),
                        ),
                    ),
                ),
            ),
            AccountResult(account="shared-network", status="succeeded", account_id="333333333333"),
            AccountResult(
                account="tooling",
                status="aborted",
                stages=(StageResult(stage="account", status="aborted", seconds=1.0),),
            ),
        ),
        diagnostics=(Diagnostic(severity="warning", code="ledger-busy", summary="the ledger was busy"),),
    )


@pytest.mark.parametrize("form", ["txt", "json"])
def test_the_document_reads_exactly_as_committed(form: str) -> None:
    """A report says exactly what the golden files say, as text and as JSON."""
    document = report_document(a_report())
    text = plain(document.text) if form == "txt" else json.dumps(document.json, indent=2) + "\n"
    golden = HERE / f"report.{form}"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
