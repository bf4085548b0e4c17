"""The workflows that `vend init` writes: valid, and safe to have in a repository that others send pull requests to."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from support.workflows import job, jobs, workflow
from vend.cli._scaffold import NewFleet, scaffold
from vend.process import Command, run

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_PINNED = re.compile(r"[a-z-]+/[a-z-]+@(v\d+(\.\d+)*|[0-9a-f]{40})")


@pytest.fixture(scope="module", params=["plain", "accounts"])
def fleet(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fleet with workflows; once with a plan that enters accounts, which has an environment of its own."""
    accounts = request.param == "accounts"
    new = NewFleet(
        name="example",
        home_region="eu-west-1",
        email="aws@example.com",
        ci="github",
        repository="example/accounts",
        management_account="111111111111",
        state_bucket="example-vend-state",
        saved_plans="encrypt" if accounts else "omit",
        plan_in_accounts=accounts,
    )
    directory = tmp_path_factory.mktemp(str(request.param))
    for name, text in scaffold(new).items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text)
    return directory


def test_they_fit_github_s_schema(fleet: Path) -> None:
    """With JSON Schema Store's schema of workflows; a workflow with a misspelt key does not."""
    files = sorted((fleet / ".github" / "workflows").iterdir())
    wrong = fleet / "wrong.yml"
    wrong.write_text(files[0].read_text().replace("timeout-minutes", "timeout-minuets"))
    for paths, code in ((files, 0), ([wrong], 1)):
        found = run(
            Command(
                argv=[
                    *(sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"),
                    *map(str, paths),
                ],
                env=dict(os.environ),
                cwd=fleet,
                timeout_seconds=60,
            )
        )
        assert found.returncode == code, found.stdout + found.stderr


def test_code_of_a_fork_gets_nothing(fleet: Path) -> None:
    """Pull requests run as `pull_request`; what runs for forks may read, and has neither secrets nor a token."""
    assert set(workflow(fleet / ".github/workflows/vend-plan.yml")["on"]) == {"pull_request"}
    assert set(workflow(fleet / ".github/workflows/vend-apply.yml")["on"]) == {"push", "workflow_dispatch"}
    for each in jobs(fleet):
        if each.workflow != "vend-plan" or each.name == "validate":
            continue
        own = "github.event.pull_request.head.repo.full_name == github.repository"
        assert each.body.get("if") == own or each.body["needs"] == "plan"
    validate = job(fleet, "vend-plan", "validate")
    assert validate.permissions == {"contents": "read"}
    assert "secrets." not in str(validate.body)
    assert "github.token" not in str(validate.body)


def test_permissions_are_named_for_each_job(fleet: Path) -> None:
    """None by default; what may get AWS credentials writes nothing on GitHub, and the other way round."""
    for path in (fleet / ".github" / "workflows").iterdir():
        assert workflow(path)["permissions"] == {}
    for each in jobs(fleet):
        assert each.writes <= {"id-token"} or not each.writes & {"id-token"}
        assert bool(each.uses("aws-actions/configure-aws-credentials")) == ("id-token" in each.writes)
        assert each.body["timeout-minutes"] > 0
    assert job(fleet, "vend-plan", "plan").permissions == {"contents": "read", "id-token": "write"}
    assert job(fleet, "vend-apply", "apply").permissions == {
        "actions": "read",
        "contents": "read",
        "id-token": "write",
        "pull-requests": "read",
    }


def test_no_expression_becomes_code(fleet: Path) -> None:
    """Scripts hold none at all: what an event says reaches them through the environment, in quotes."""
    for each in jobs(fleet):
        for script in each.scripts:
            assert not _EXPRESSION.search(script)
            assert not re.search(r'(?<!")\$[A-Z_]+', script)


def test_checkouts_keep_no_credentials(fleet: Path) -> None:
    """Nor do steps that come after them find any; every action is one of a few, with a version."""
    known = {"actions", "aws-actions", "hashicorp"}
    for each in jobs(fleet):
        for step in each.uses("actions/checkout"):
            assert step["with"]["persist-credentials"] is False
        for step in each.steps:
            assert "uses" not in step or (_PINNED.fullmatch(step["uses"]) and step["uses"].split("/")[0] in known)


def test_each_role_is_assumed_where_it_belongs(fleet: Path) -> None:
    """Planning as the role that looks; applying as the other, in its environment, on what was merged."""
    roles = {
        (each.workflow, each.name): step["with"]["role-to-assume"]
        for each in jobs(fleet)
        for step in each.uses("aws-actions/configure-aws-credentials")
    }
    assert roles == {
        ("vend-plan", "plan"): "arn:aws:iam::111111111111:role/vend-plan",
        ("vend-apply", "apply"): "arn:aws:iam::111111111111:role/vend-apply",
    }
    accounts = "environment" in job(fleet, "vend-plan", "plan").body
    assert job(fleet, "vend-apply", "apply").body["environment"] == "vend-apply"
    foundation = (fleet / "foundation/main.tf").read_text()
    subject = "environment:vend-plan" if accounts else "pull_request"
    assert f'plan_subjects = ["repo:example/accounts:{subject}"]' in foundation
    assert 'apply_subjects = ["repo:example/accounts:environment:vend-apply"]' in foundation
    assert 'apply_refs     = ["refs/heads/main"]' in foundation
    assert f"plan_in_accounts = {str(accounts).lower()}" in foundation


def test_plans_are_replaced_and_applies_wait(fleet: Path) -> None:
    """One plan for a pull request; one apply at a time, all of them, none stopped half way."""
    plan = workflow(fleet / ".github/workflows/vend-plan.yml")["concurrency"]
    apply = workflow(fleet / ".github/workflows/vend-apply.yml")["concurrency"]
    assert plan["cancel-in-progress"] is True
    assert "pull_request.number" in plan["group"]
    assert apply == {"group": "vend-apply", "cancel-in-progress": False, "queue": "max"}


def test_no_saved_plan_leaves_the_machine_in_clear(fleet: Path) -> None:
    """Whatever vend.hcl of the branch says."""
    (plan,) = (script for script in job(fleet, "vend-plan", "plan").scripts if script.startswith("vend plan"))
    assert re.search(r"--saved-plans (omit|encrypt) ", plan)
    assert "--policy-from .vend/base" in plan
