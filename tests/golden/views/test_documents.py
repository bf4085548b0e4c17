"""What people and programs read, character by character."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from vend.errors import Diagnostic
from vend.models import AccountResult, Report, StageResult
from vend.plan import AccountPlan, Operation, Plan, ResourceChange, StagePlan
from vend.review import attribute_changes
from vend.views import Document, plain, plan_document, report_document

HERE = Path(__file__).parent


PRODUCT = "aws_servicecatalog_provisioned_product"
ADDRESS = f"module.account.{PRODUCT}.this"


def _parameters(unit: str) -> list[dict[str, str]]:
    return [
        {"key": "AccountEmail", "value": "aws+sandbox-kim@example.com"},
        {"key": "ManagedOrganizationalUnit", "value": unit},
    ]


def a_plan() -> Plan:
    """One of each: a new account, a move with a tag, a customization that changes, refusals, nothing to do."""
    return Plan(
        digest="9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a39281706f5e4d3c2b1a0",
        terraform_runs=7,
        accounts=(
            AccountPlan(
                account="payments-prod",
                action="create",
                stages=(
                    StagePlan(
                        stage="account",
                        state="planned",
                        fingerprint="f1",
                        changes=(
                            ResourceChange(
                                address=ADDRESS,
                                type=PRODUCT,
                                name="this",
                                action="create",
                                after={
                                    "name": "payments-prod",
                                    "provisioning_parameters": _parameters("Prod (ou-ab12-11111111)"),
                                    "tags": None,
                                },
                                after_unknown={"id": True, "outputs": True},
                            ),
                        ),
                    ),
                    StagePlan(stage="settings", state="planned", fingerprint="f2"),
                    StagePlan(stage="customizations", state="follows", fingerprint="f3"),
                ),
            ),
            AccountPlan(
                account="sandbox-kim",
                action="move",
                account_id="123456789012",
                operations=(
                    Operation(
                        operation="tag",
                        stage="settings",
                        before={"CostCenter": "4711", "Owner": "kim"},
                        after={"CostCenter": "4712", "Owner": "kim", "Team": "\x1b[31mred"},
                    ),
                ),
                stages=(
                    StagePlan(
                        stage="account",
                        state="planned",
                        fingerprint="f4",
                        changes=(
                            ResourceChange(
                                address=ADDRESS,
                                type=PRODUCT,
                                name="this",
                                action="update",
                                before={
                                    "outputs": [{"key": "AccountId", "value": "123456789012"}],
                                    "provisioning_parameters": _parameters("Test (ou-ab12-22222222)"),
                                },
                                after={"provisioning_parameters": _parameters("Prod (ou-ab12-11111111)")},
                                after_unknown={"outputs": True},
                            ),
                        ),
                    ),
                    StagePlan(stage="settings", state="planned", fingerprint="f5"),
                ),
            ),
            AccountPlan(
                account="shared-network",
                action="customize",
                account_id="210987654321",
                stages=(
                    StagePlan(
                        stage="customizations",
                        state="planned",
                        fingerprint="f6",
                        changes=(
                            ResourceChange(
                                address='module.spoke.aws_vpc.this["main"]',
                                type="aws_vpc",
                                name="this",
                                action="replace",
                                before={"cidr_block": "10.20.0.0/16", "enable_dns": True},
                                after={"cidr_block": "10.21.0.0/16", "enable_dns": True},
                                after_unknown={"id": True},
                                replace_paths=(("cidr_block",),),
                            ),
                            ResourceChange(
                                address='aws_ssm_parameter.custom_field["api_token"]',
                                type="aws_ssm_parameter",
                                name="custom_field",
                                action="update",
                                before={"value": "old-secret", "type": "String"},
                                after={"value": "new-secret", "type": "String"},
                                before_sensitive={"value": True},
                                after_sensitive={"value": True},
                            ),
                            ResourceChange(
                                address="module.baseline.aws_iam_role.old",
                                type="aws_iam_role",
                                name="old",
                                action="destroy",
                                before={"name": "old"},
                            ),
                            ResourceChange(
                                address="module.baseline.aws_iam_policy.deploy",
                                type="aws_iam_policy",
                                name="deploy",
                                action="update",
                                before={"policy": '{"Statement":[{"Action":"s3:Get*","Effect":"Allow"}]}'},
                                after={"policy": '{"Statement":[{"Action":"s3:*","Effect":"Allow"}]}'},
                            ),
                        ),
                    ),
                ),
            ),
            AccountPlan(
                account="tooling",
                action="refused",
                diagnostics=(
                    Diagnostic(
                        code="email-in-use",
                        summary='the email belongs to account 333333333333 ("Old")',
                        detail="No provisioned product has this name.\nSo a second account would be asked for.",
                        hint="use another email",
                        file="account-requests/tooling.hcl",
                        line=3,
                        column=25,
                        account="tooling",
                    ),
                ),
            ),
            AccountPlan(
                account="taken-over",
                action="adopt",
                account_id="555555555555",
                operations=(
                    Operation(
                        operation="send_parameters",
                        stage="account",
                        before="ou-ab12-22222222",
                        after="ou-ab12-11111111",
                        precondition="no operation on the product is under way",
                    ),
                    Operation(operation="untaint", stage="customizations"),
                ),
                stages=(
                    StagePlan(
                        stage="account",
                        state="planned",
                        fingerprint="f7",
                        changes=(
                            ResourceChange(
                                address=ADDRESS, type=PRODUCT, name="this", action="import", importing="pp-abc"
                            ),
                        ),
                    ),
                    StagePlan(stage="settings", state="unchanged", fingerprint="f8"),
                ),
            ),
            AccountPlan(account="unchanged-one", action="none", account_id="444444444444"),
        ),
        diagnostics=(Diagnostic(severity="warning", code="setting-without-effect", summary="does nothing yet"),),
    )


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


def _document(name: str) -> Document:
    if name == "plan":
        return plan_document(a_plan(), attribute_changes)
    return report_document(a_report())


@pytest.mark.parametrize("name", ["plan", "report"])
@pytest.mark.parametrize("form", ["txt", "json"])
def test_the_document_reads_exactly_as_committed(name: str, form: str) -> None:
    """A plan and a report say exactly what the golden files say, as text and as JSON."""
    document = _document(name)
    text = plain(document.text) if form == "txt" else json.dumps(document.json, indent=2) + "\n"
    golden = HERE / f"{name}.{form}"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("form", ["txt", "json"])
def test_no_sensitive_value_is_shown(form: str) -> None:
    """What Terraform marks as sensitive stands in neither form of a plan."""
    document = _document("plan")
    text = plain(document.text) if form == "txt" else json.dumps(document.json)
    assert "old-secret" not in text
    assert "new-secret" not in text
    assert "(sensitive)" in text
