"""What every form of a review says, character by character; `UPDATE_GOLDEN=1` writes the files anew."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from support.plans import PLANS, SECRETS
from vend.errors import Diagnostic
from vend.models import AccountResult, Report, StageResult
from vend.plan import Review
from vend.review import review_of
from vend.views import CheckOptions, CommentOptions, check_run, comment, plain, plan_document

HERE = Path(__file__).parent
FORMS: dict[str, Callable[[Review], str]] = {
    "txt": lambda review: plain(plan_document(review).text),
    "md": comment,
}
"""How a review reads in each form, by the suffix of its golden files."""


_JSON = ("copied-secrets", "create", "mixed", "policy", "sensitive")
"""Plans whose JSON document has a golden file: between them they have every key."""


def _json(review: Review) -> str:
    return json.dumps(plan_document(review).json, indent=2, ensure_ascii=False) + "\n"


def _is_golden(path: Path, text: str) -> bool:
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    return text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", PLANS)
def test_a_review_reads_exactly_as_committed(name: str, form: str) -> None:
    """Each form of each plan is what its golden file holds."""
    assert _is_golden(HERE / f"{name}.{form}", FORMS[form](review_of(PLANS[name]())))


@pytest.mark.parametrize("name", _JSON)
def test_the_json_document_is_exactly_as_committed(name: str) -> None:
    """Keys are a contract."""
    assert _is_golden(HERE / f"{name}.json", _json(review_of(PLANS[name]())))


def _applied_in_part(review: Review) -> Report:
    """The first account failed, the others succeeded."""
    problem = Diagnostic(
        code="terraform-error",
        summary="creating EC2 VPC: VpcLimitExceeded",
        detail="The maximum number of VPCs has been reached.",
        hint="ask for a higher quota",
    )
    stage = StageResult(stage="customizations", status="failed", diagnostics=(problem,))
    first, *others = (account.account for account in review.accounts)
    results = [AccountResult(account=name, status="succeeded", changed=True) for name in others]
    failed = AccountResult(account=first, status="failed", stages=(stage,))
    return Report(run="r1", status="failed", terraform_runs=9, results=(failed, *results))


@pytest.mark.parametrize("name", ["mixed", "policy"])
def test_what_became_of_a_review_reads_exactly_as_committed(name: str) -> None:
    """The frozen comment."""
    review = review_of(PLANS[name]())
    text = comment(review, CommentOptions(applied=_applied_in_part(review)))
    assert _is_golden(HERE / f"{name}-applied.md", text)


@pytest.mark.parametrize("name", ["mixed", "move", "policy"])
def test_a_check_run_reads_exactly_as_committed(name: str) -> None:
    """Its verdict and remarks; the summary is the comment, which has its own files."""
    check = asdict(check_run(review_of(PLANS[name]()), CheckOptions(prefix="fleet/")))
    del check["summary"]
    assert _is_golden(HERE / f"{name}-check.json", json.dumps(check, indent=2, ensure_ascii=False) + "\n")


@pytest.mark.parametrize("form", [*FORMS, "json"])
def test_no_secret_is_in_any_form(form: str) -> None:
    """What Terraform marks as sensitive, and what only its name gives away, is in no form of any plan."""
    write = {**FORMS, "json": _json}[form]
    told = {name: write(review_of(make())) for name, make in PLANS.items()}
    assert {(name, secret) for name, text in told.items() for secret in SECRETS if secret in text} == set()
    assert "(sensitive, changed)" in told["sensitive"]


@pytest.mark.parametrize("name", PLANS)
def test_the_json_document_is_json(name: str) -> None:
    """Every value in it survives being written and read."""
    document = plan_document(review_of(PLANS[name]())).json
    assert json.loads(json.dumps(document)) == document
