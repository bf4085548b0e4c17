"""The examples of docs/how-to/python.md, against a sandbox, as they are committed."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.sandboxed import REPOSITORY, Bench
from vend.process import Command, Completed, run
from vend.requests import load_settings
from vend.sandbox import Sandbox, config_from

pytestmark = [pytest.mark.e2e, pytest.mark.terraform, pytest.mark.xdist_group("python-examples")]
EXAMPLES = REPOSITORY / "docs" / "examples"
INVOKE = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
from lambda_handler import handler
class Context:
    def __init__(self, seconds):
        self.end = time.monotonic() + seconds
    def get_remaining_time_in_millis(self):
        return int((self.end - time.monotonic()) * 1000)
print(json.dumps(handler({}, Context(float(sys.argv[2])))))
"""


@pytest.fixture
def bench(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Bench]:
    fleet = tmp_path / "fleet"
    (fleet / "account-requests").mkdir(parents=True)
    (fleet / "vend.hcl").write_text(
        'fleet "scripts" {\n  home_region = "eu-west-1"\n}\n'
        'state "s3" {\n  bucket = "scripts-state"\n  region = "eu-west-1"\n}\n'
        'ledger "dynamodb" {\n  table = "scripts-ledger"\n}\n'
    )
    (fleet / "account-requests" / "first.hcl").write_text(
        'account "first" {\n  email               = "first@example.com"\n  organizational_unit = "Sandbox"\n}\n'
    )
    with Sandbox(config_from(load_settings(fleet), getattr(request, "param", 1.0))) as sandbox:
        yield Bench(directory=fleet, environ=sandbox.environment(dict(os.environ)))


def python(bench: Bench, *arguments: str, **environ: str) -> Completed:
    argv = [sys.executable, *arguments]
    return run(Command(argv=argv, env={**bench.environ, **environ}, cwd=bench.directory, timeout_seconds=300))


def test_the_scripts_vend_what_they_say(bench: Bench) -> None:
    """The script plans, applies and shows; the batch adds the rows of a table and vends them, once."""
    completed = python(bench, str(EXAMPLES / "plan_and_apply.py"))
    assert completed.returncode == 0, completed.stderr
    assert "first: create" in completed.stdout
    assert "first: succeeded " in completed.stdout
    assert "first is in Sandbox" in completed.stdout
    table = bench.directory / "accounts.csv"
    table.write_text(
        "account,email,organizational_unit,tags.CostCenter\n"
        "first,first@example.com,Sandbox,\nsecond,second@example.com,Sandbox,4711\n"
    )
    batch = python(bench, str(EXAMPLES / "vend_from_table.py"), str(table))
    assert (batch.returncode, batch.stdout) == (0, "second: succeeded\n"), batch.stderr
    again = python(bench, str(EXAMPLES / "vend_from_table.py"), str(table))
    assert (again.returncode, again.stdout) == (0, "nothing to add\n"), again.stderr


@pytest.mark.parametrize("bench", [12.0], indirect=True)
def test_a_function_whose_time_runs_out_is_resumed_by_the_next(bench: Bench, tmp_path: Path) -> None:
    """The first run stops while Control Tower works, the second resumes and ends it, the third finds nothing to do."""
    environ = {"FLEET_SOURCE": str(bench.directory), "FLEET_WORK": str(tmp_path / "work"), "STOP_BEFORE_SECONDS": "5"}

    def invoked(seconds: int) -> dict[str, object]:
        completed = python(bench, "-c", INVOKE, str(EXAMPLES), str(seconds), **environ)
        assert completed.returncode == 0, completed.stderr
        return dict(json.loads(completed.stdout))

    # It stops after 8 seconds, and Control Tower alone takes 12.
    assert invoked(13)["status"] == "aborted"
    assert invoked(290) == {"status": "succeeded", "accounts": {"first": "succeeded"}}
    assert invoked(290) == {"status": "succeeded", "accounts": {"first": "succeeded"}}
    emails = [account["Email"] for account in bench.client("organizations").list_accounts()["Accounts"]]
    assert emails.count("first@example.com") == 1


def test_the_role_of_the_function_may_assume_the_vending_role_and_no_more() -> None:
    """The policy in docs/examples names one role to assume and one log group; no wildcard stands alone."""
    policy = json.loads((EXAMPLES / "lambda_role_policy.json").read_text())
    actions = [action for statement in policy["Statement"] for action in statement["Action"]]
    assert actions == ["sts:AssumeRole", "sts:TagSession", "logs:CreateLogStream", "logs:PutLogEvents"]
    assert all(statement["Resource"].startswith("arn:aws:") for statement in policy["Statement"])
