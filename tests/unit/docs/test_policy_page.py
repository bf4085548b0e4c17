"""docs/reference/policy.md: its rules are the code's, and its examples do what it says."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from support.factories import an_account_request
from unit.docs.pages import examples, sections
from vend.models import AlternateContact
from vend.plan import AccountPlan, Plan, Subject
from vend.rego import evaluate, read_policies
from vend.requests import load_approvals, load_settings
from vend.review import RULES, policy_input
from vend.settings import FIXED_RULES, POLICY_RULES, ReviewSettings

PAGE = "docs/reference/policy.md"


def _write(directory: Path, file: str) -> None:
    (example,) = [each for each in examples(PAGE, "hcl", "rego") if each.file == file]
    target = directory / file
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(example.text, encoding="utf-8")


def test_the_rules_are_named_where_settings_are_read() -> None:
    """vend.hcl may name exactly the rules that there are."""
    assert sorted(RULES) == list(POLICY_RULES)
    assert set(RULES) >= FIXED_RULES


@pytest.mark.parametrize("code", RULES)
def test_every_rule_has_its_section(code: str) -> None:
    """The page says of each rule how severe it is, when it is violated, and why that matters."""
    rule = RULES[code]
    assert sections(PAGE)[code].strip().startswith(f"`{rule.severity}`. {rule.summary} {rule.reason}")


def test_the_settings_on_the_page_can_be_read(tmp_path: Path) -> None:
    """The example of the review block is valid, and means what it says."""
    _write(tmp_path, "vend.hcl")
    review = load_settings(tmp_path).review
    assert review.rules == {"administrator-access": "deny", "landing-zone-drift": "warn"}
    assert (review.max_accounts, review.data_types) == (50, ("aws_lightsail_database",))


def test_the_approval_on_the_page_can_be_read(tmp_path: Path) -> None:
    """The example of an approval is valid."""
    _write(tmp_path, "approvals.hcl")
    (approval,) = load_approvals(tmp_path)
    assert (approval.violation, approval.by, approval.expires) == (
        "3f2a9c51b0d47e68",
        "grace@example.com",
        date(2026, 12, 31),
    )


def test_the_policy_on_the_page_refuses_and_warns(tmp_path: Path) -> None:
    """The example in Rego finds an account without a contact, and passes one that has it."""
    _write(tmp_path, "policies/contacts.rego")
    files, problems = read_policies(tmp_path)
    assert not problems
    contact = AlternateContact(kind="security", name="Desk", title="CSIRT", email="s@example.com", phone="+1 555")
    requests = (
        an_account_request(account="bare", custom_fields={"db_password": "hunter2"}),
        an_account_request(account="reachable", alternate_contacts=(contact,)),
    )
    plan = Plan(
        accounts=tuple(
            AccountPlan(
                account=request.account,
                action="create",
                subject=Subject(request=request, unit_after=request.organizational_unit),
            )
            for request in requests
        ),
        digest="d" * 64,
        terraform_runs=0,
    )
    document = policy_input(plan, ReviewSettings())
    found = evaluate(files, document)
    assert not found.diagnostics
    assert [(one.severity, one.code, one.account) for one in found.findings] == [
        ("deny", "no-security-contact", "bare"),
        ("warn", "policy", None),
        ("warn", "policy", None),
    ]
    assert "hunter2" not in str(document)
