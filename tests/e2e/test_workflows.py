"""The workflows that `vend init` writes, run: from a pull request to the account that its merge makes."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.github_api import HEAD, MERGE, TOKEN, GithubApi, served
from support.github_api import REPOSITORY as REPOSITORY_ON_GITHUB
from support.sandboxed import REPOSITORY, Bench
from support.workflows import Event, Outcome, Runner
from vend.cli import main
from vend.requests import load_settings
from vend.sandbox import Sandbox, config_from

pytestmark = [pytest.mark.e2e, pytest.mark.terraform]

BEFORE, LATER, LATER_MERGE = "0" * 40, "d" * 40, "e" * 40
REQUEST = "account-requests/example.hcl"
KEYS = frozenset({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"})


@dataclass
class Forge:
    """A repository on GitHub, its runner, and the AWS behind it."""

    api: GithubApi
    runner: Runner
    bench: Bench
    roles: list[str]

    def pull_request(self, sha: str, *, fork: bool = False) -> dict[str, Outcome]:
        """Somebody pushes to a pull request; its artifacts are those of the API then."""
        repository = "mallory/accounts" if fork else REPOSITORY_ON_GITHUB
        head = {"sha": sha, "repo": {"full_name": repository}}
        self.api.pulls[7] |= {"head": {"sha": sha}, "state": "open", "merge_commit_sha": None, "merged_at": None}
        payload = {"pull_request": {"number": 7, "head": head, "base": {"ref": "main"}}}
        found = self.runner.workflow("vend-plan", Event(name="pull_request", sha=sha, payload=payload))
        for name, content in self.runner.artifacts.items():
            if name == f"vend-plan-{sha}":
                self.api.an_artifact(name, _zipped(content), commit=sha)
        return found

    def merge(self, sha: str, before: str) -> dict[str, Outcome]:
        """The pull request is merged."""
        self.api.pulls[7] |= {"state": "closed", "merge_commit_sha": sha, "merged_at": "2026-11-24T10:00:00Z"}
        self.runner.trees["main"] = self.runner.trees[sha]
        return self.runner.workflow("vend-apply", Event(name="push", sha=sha, payload={"before": before}))

    def dispatch(self, sha: str, digest: str) -> dict[str, Outcome]:
        """Somebody starts the apply by hand."""
        event = Event(name="workflow_dispatch", sha=sha, payload={}, inputs={"digest": digest})
        return self.runner.workflow("vend-apply", event)

    def reviewed(self, sha: str) -> dict[str, Any]:
        """The review in the bundle of a commit."""
        path = self.bench.directory / f"{sha[:7]}.vend"
        path.write_bytes(self.runner.artifacts[f"vend-plan-{sha}"]["reviewed.vend"])
        return self.bench.document("show", str(path))


def _zipped(content: Mapping[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        for name, data in content.items():
            opened.writestr(name, data)
    return archive.getvalue()


def _fleet(directory: Path) -> Path:
    """What `vend init` writes, with the lock file that `vend lock` does."""
    options = ["--name", "example", "--home-region", "eu-west-1", "--email", "aws@example.com"]
    options += ["--repository", REPOSITORY_ON_GITHUB, "--management-account", "111111111111"]
    assert main(["init", str(directory), *options, "--state-bucket", "example-vend-state"]) == 0
    shutil.copy(REPOSITORY / "terraform.lock.hcl", directory)
    return directory


@pytest.fixture
def forge(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Forge]:
    head = _fleet(tmp_path / "head")
    capsys.readouterr()
    before = Path(shutil.copytree(head, tmp_path / "before"))
    (before / REQUEST).unlink()
    later = Path(shutil.copytree(head, tmp_path / "later"))
    (later / REQUEST).write_text((later / REQUEST).read_text().replace('"0000"', '"4711"'))
    (tmp_path / "jobs").mkdir()
    trees = {"main": before, BEFORE: before, HEAD: head, MERGE: head, LATER: later, LATER_MERGE: later}
    with Sandbox(config_from(load_settings(head), 0.5)) as sandbox, served() as api:
        environ = sandbox.environment(dict(os.environ))
        bench = Bench(directory=tmp_path, environ=environ)
        # What leads to the sandbox, its proxy for S3 Control included; keys come with a role.
        aws = {name: value for name, value in sandbox.variables().items() if name not in KEYS}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        roles: list[str] = []

        def assume(role: str) -> Mapping[str, str]:
            roles.append(role.rpartition("/")[2])
            got = bench.client("sts").assume_role(RoleArn=role, RoleSessionName="ci")["Credentials"]
            values = (got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"])
            return dict(zip(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"), values, strict=True))

        runner = Runner(
            trees=trees,
            scratch=tmp_path / "jobs",
            environ={"PATH": path, "HOME": str(tmp_path), "LANG": "C.UTF-8"},
            aws=aws,
            assume=assume,
            github={"repository": REPOSITORY_ON_GITHUB, "api_url": api.url, "token": TOKEN},
        )
        yield Forge(api=api, runner=runner, bench=bench, roles=roles)


def test_a_pull_request_is_planned_reviewed_merged_and_applied(forge: Forge) -> None:
    """As the role that looks, then as the other; the comment says what will happen, and then what did.

    A fork's pull request is validated and no more. A change whose plan is no longer to be had is applied by hand, by
    the digest that was reviewed, and by no other.
    """
    planned = forge.pull_request(HEAD)
    logs = "\n".join(each.log for each in planned.values())
    assert {name: each.result for name, each in planned.items()} == dict.fromkeys(planned, "success"), logs
    assert list(planned) == ["validate", "plan", "publish"]
    assert forge.roles == ["vend-plan"]
    (body,) = forge.api.bodies()
    assert "1 create" in body
    assert planned["plan"].outputs["report"] in body
    assert not [name for name in _bundle_members(forge, HEAD) if name.startswith("plans/")]

    merged = forge.merge(MERGE, BEFORE)
    assert {name: each.result for name, each in merged.items()} == {"apply": "success", "publish": "success"}, (
        merged["apply"].log + merged["publish"].log
    )
    assert forge.roles == ["vend-plan", "vend-apply"]
    report = json.loads(forge.runner.artifacts["vend-applied"]["applied.json"])
    (result,) = report["results"]
    assert (result["account"], result["status"], result["changed"]) == ("example", "succeeded", True)
    assert {stage["stage"]: stage["status"] for stage in result["stages"]}["customizations"] == "succeeded"
    (body,) = forge.api.bodies()
    assert "## vend `example`: applied\n" in body

    forked = forge.pull_request(LATER, fork=True)
    assert {name: each.result for name, each in forked.items()} == {
        "validate": "success",
        "plan": "skipped",
        "publish": "skipped",
    }
    assert len(forge.roles) == 2

    assert forge.pull_request(LATER)["plan"].result == "success"
    digest = forge.reviewed(LATER)["digest"]
    for artifact in forge.api.artifacts:
        artifact["expired"] = True
    lost = forge.merge(LATER_MERGE, MERGE)
    assert {name: each.result for name, each in lost.items()} == {"apply": "failure", "publish": "skipped"}
    assert "error[review-not-found]" in lost["apply"].log
    assert forge.dispatch(LATER_MERGE, "f" * 64)["apply"].result == "failure"
    assert _tags(forge, result["account_id"])["CostCenter"] == "0000"
    by_hand = forge.dispatch(LATER_MERGE, digest)
    assert by_hand["apply"].result == "success", by_hand["apply"].log
    assert _tags(forge, result["account_id"])["CostCenter"] == "4711"


def _bundle_members(forge: Forge, sha: str) -> list[str]:
    import tarfile

    content = forge.runner.artifacts[f"vend-plan-{sha}"]["reviewed.vend"]
    with tarfile.open(fileobj=io.BytesIO(content)) as opened:
        return opened.getnames()


def _tags(forge: Forge, account_id: str) -> dict[str, str]:
    found = forge.bench.client("organizations").list_tags_for_resource(ResourceId=account_id)["Tags"]
    return {tag["Key"]: tag["Value"] for tag in found}
