"""Policies and approvals from the command line and from another checkout."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from support.factories import an_account_request
from vend.cli.changes._policy_options import PolicyOptions, judged_by
from vend.errors import InvalidInputError
from vend.models import Approval, Fleet
from vend.settings import ReviewSettings, Settings

OWN = Approval(violation="aaaaaaaaaaaa", by="the pull request")
FLEET = Fleet(
    directory=Path("fleet"),
    settings=Settings(
        name="example",
        home_region="eu-west-1",
        review=ReviewSettings(sensitive_patterns=("own",), rules={"data-would-be-lost": "off"}),
    ),
    requests=(an_account_request(),),
    approvals=(OWN,),
)


def _base(directory: Path) -> Path:
    (directory / "vend.hcl").write_text(
        'fleet "f" { home_region = "eu-west-1" }\nreview {\n  sensitive_patterns = ["base"]\n  max_accounts = 3\n}\n'
    )
    (directory / "approvals.hcl").write_text('approval "bbbbbbbbbbbb" { by = "a code owner" }\n')
    return directory


def test_approvals_of_the_command_line_are_added() -> None:
    """To those of the fleet."""
    fleet = judged_by(FLEET, PolicyOptions(approvals=("cccccccccccc=grace",)))
    assert fleet.approvals == (OWN, Approval(violation="cccccccccccc", by="grace"))
    assert judged_by(FLEET, PolicyOptions()) == FLEET


def test_what_is_no_approval_is_told_all_at_once() -> None:
    """As bad input."""
    with pytest.raises(InvalidInputError) as raised:
        judged_by(FLEET, PolicyOptions(approvals=("x", "cccccccccccc=grace", "y=z")))
    assert [problem.code for problem in raised.value.diagnostics] == ["invalid-approval", "invalid-approval"]


def test_the_base_branch_judges(tmp_path: Path) -> None:
    """Its rules, its policies and its approvals; nothing that the pull request says of them counts."""
    fleet = judged_by(FLEET, PolicyOptions(source=_base(tmp_path), approvals=("cccccccccccc=grace",)))
    review = fleet.settings.review
    assert (review.max_accounts, review.rules) == (3, {})
    assert set(review.sensitive_patterns) == {"base", "own"}
    assert [approval.by for approval in fleet.approvals] == ["a code owner", "grace"]
    assert fleet.policy_directory == tmp_path
    assert fleet.directory == FLEET.directory
    assert replace(fleet.settings, review=FLEET.settings.review) == FLEET.settings


def test_a_base_branch_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    """Rather than no policy at all."""
    with pytest.raises(InvalidInputError):
        judged_by(FLEET, PolicyOptions(source=tmp_path))
    (_base(tmp_path) / "approvals.hcl").write_text("approval {}\n")
    with pytest.raises(InvalidInputError):
        judged_by(FLEET, PolicyOptions(source=tmp_path))
