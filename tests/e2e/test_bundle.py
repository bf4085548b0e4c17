"""A plan bundle from the plan to the apply, with the real provider: one account, planned, handed on and applied."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.github_api import HEAD, TOKEN, GithubApi, served
from support.github_api import REPOSITORY as REPOSITORY_ON_GITHUB
from support.sandboxed import REPOSITORY, Bench
from vend.requests import load_settings
from vend.sandbox import Sandbox, config_from

pytestmark = [pytest.mark.e2e, pytest.mark.terraform]

REQUEST = """account "payments-test" {
  name                = "Payments test"
  email               = "aws+payments-test@example.com"
  organizational_unit = "Workloads/Test"
  tags                = { CostCenter = "4711" }
}
"""
FILE = "account-requests/payments.hcl"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    (tmp_path / "vend.hcl").write_text(
        'fleet "bundled" { home_region = "eu-west-1" }\n'
        'sandbox { organizational_units = ["Workloads/Test"] }\n'
        'terraform { version = "~> 1.10" }\n'
    )
    (tmp_path / "terraform.lock.hcl").write_bytes((REPOSITORY / "terraform.lock.hcl").read_bytes())
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).write_text(REQUEST)
    with Sandbox(config_from(load_settings(tmp_path), 0.5)) as sandbox:
        yield Bench(directory=tmp_path, environ=sandbox.environment(dict(os.environ)))


def _published(bench: Bench, api: GithubApi, *arguments: str) -> list[dict[str, Any]]:
    """What comes of publishing on the pull request of a test's repository; the step has no summary."""
    environ = {"PATH": os.environ["PATH"], "GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": api.url}
    where = ("--repository", REPOSITORY_ON_GITHUB, "--pull-request", "7", "--commit", HEAD)
    document = Bench(directory=bench.directory, environ=environ).document("review", "publish", *arguments, *where)
    summary, *parts = document["published"]
    assert summary["status"] == "skipped"
    return parts


def test_what_was_reviewed_is_applied_and_nothing_else(bench: Bench) -> None:
    """The saved plan of the bundle makes the account; a second apply does nothing; what changed since is refused.

    Before and after, the review is published; without the AWS that it was planned against.
    """
    planned = bench.document("plan", "--out", "one.vend")
    (account,) = planned["accounts"]
    assert (planned["summary"], planned["counts"]["add"]) == ({"create": 1}, 1)
    assert any(change["topic"] == "controls" and change["items"] for change in account["semantic"])
    assert bench.document("show", "one.vend") == planned

    with served() as api:
        assert [each["status"] for each in _published(bench, api, "one.vend")] == ["created", "created", "updated"]
        made = bench.document("apply", "one.vend", "--digest", planned["digest"])
        (bench.directory / "applied.json").write_text(json.dumps(made))
        told = _published(bench, api, "one.vend", "--applied", "applied.json")
        assert [each["status"] for each in told] == ["updated", "created", "updated"]
        (body,) = api.bodies()
        assert "## vend `bundled`: applied\n" in body
        assert [check["conclusion"] for check in api.checks] == ["success", "success"]
        assert {a["path"] for check in api.checks for a in check["annotations"]} == {FILE}
    assert [(r["status"], r["changed"]) for r in made["results"]] == [("succeeded", True)]
    again = bench.document("apply", "one.vend")
    assert [(r["status"], r["changed"], again["terraform_runs"]) for r in again["results"]] == [("succeeded", False, 0)]

    bench.edit(FILE, "4711", "4712")
    bench.document("plan", "--out", "folder")
    bench.edit(FILE, "4712", "4713")
    refused = bench.document("apply", "folder", code=3)
    (problem,) = refused["results"][0]["stages"][0]["diagnostics"]
    assert (problem["code"], problem["file"]) == ("changed-since-review", FILE)
    assert "differs: request: tags.CostCenter" in problem["detail"]

    bench.edit(FILE, "4713", "4712")
    manifest = bench.directory / "folder" / "manifest.json"
    written = manifest.read_text()
    manifest.write_text(written.replace("payments-test", "payments-tost", 1))
    assert bench.document("apply", "folder", code=3)["diagnostics"][0]["code"] == "bundle-altered"
    manifest.write_text(written)
    bench.document("apply", "folder")
    tags = bench.client("organizations").list_tags_for_resource(ResourceId=made["results"][0]["account_id"])["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags}["CostCenter"] == "4712"
