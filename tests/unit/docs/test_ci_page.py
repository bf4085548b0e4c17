"""docs/how-to/ci.md: its commands run, and what it says of the workflows is what `vend init` writes."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from support.sandboxed import REPOSITORY
from support.workflows import job, jobs
from unit.docs.pages import codes, examples, rows, sections
from vend.cli import main
from vend.process import Command, Completed, run
from vend.requests import load_settings
from vend.sandbox import Sandbox, config_from

PAGE = "docs/how-to/ci.md"
INIT, BEFORE_MERGE, AFTER_MERGE = (example.text for example in examples(PAGE, "sh"))
DEPENDABOT, REPOS = (example.text for example in examples(PAGE, "yaml"))
SETTINGS = """fleet "example" { home_region = "eu-west-1" }
terraform { version = "~> 1.10" }
"""


@pytest.fixture(scope="module")
def initialized(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the page's first command writes."""
    directory = tmp_path_factory.mktemp("page")
    program, command, target, *options = INIT.split()
    assert (program, command) == ("vend", "init")
    assert main([command, str(directory / target), *options]) == 0
    return directory / target


def test_the_files_of_the_page_are_those_that_are_written(initialized: Path) -> None:
    """And the roles and subjects, the checks, and the artifact."""
    for cell, _ in rows(sections(PAGE)["1. Create the repository"]):
        assert (initialized / codes(cell)[0]).exists()
    foundation = (initialized / "foundation" / "main.tf").read_text()
    for role, who, _ in rows(sections(PAGE)["2. Create the roles"]):
        assert f'"{codes(role)[0]}"' in foundation
        assert all(f'"{claim}"' in foundation for claim in codes(who))
    names = {each.name for each in jobs(initialized)}
    assert {"validate", "plan", "publish", "apply"} == names
    (environment,) = {each.body["environment"] for each in jobs(initialized) if "environment" in each.body}
    assert environment == "vend-apply"
    (upload,) = (
        step for step in job(initialized, "vend-plan", "plan").uses("actions/upload-artifact") if step["id"] == "bundle"
    )
    assert upload["with"]["name"] == "vend-plan-${{ github.event.pull_request.head.sha }}"


def test_the_commands_that_the_page_names_are_those_of_the_workflows(initialized: Path) -> None:
    """In words: fetch, apply, publish."""
    scripts = "\n".join(script for each in jobs(initialized) for script in each.scripts)
    for command in (
        "vend review fetch",
        "vend apply reviewed.vend",
        "vend review publish",
        "--saved-plans omit",
        "--policy-from",
    ):
        assert command in scripts


def test_dependabot_s_file_fits_its_schema(tmp_path: Path) -> None:
    """As GitHub reads it."""
    (tmp_path / "dependabot.yml").write_text(DEPENDABOT)
    argv = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.dependabot", "dependabot.yml"]
    found = run(Command(argv=argv, env=dict(os.environ), cwd=tmp_path, timeout_seconds=60))
    assert found.returncode == 0, found.stdout


@pytest.fixture
def pull_request(tmp_path: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """A clone with a branch that changes no account, and the environment of a sandbox."""
    upstream, clone = tmp_path / "upstream", tmp_path / "clone"
    upstream.mkdir()
    (upstream / "vend.hcl").write_text(SETTINGS)
    shutil.copy(REPOSITORY / "terraform.lock.hcl", upstream)
    (upstream / "account-requests").mkdir()
    (upstream / "account-requests" / "README.md").touch()
    git = "git -c user.name=x -c user.email=x@example.com"
    with Sandbox(config_from(load_settings(upstream), 0.2)) as sandbox:
        environ = sandbox.environment(dict(os.environ))
        environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environ['PATH']}"
        begun = shell(
            upstream, f"git init -q -b main && git add -A && {git} commit -qm x && git clone -q . {clone}", environ
        )
        assert begun.returncode == 0, begun.stderr
        (clone / "README.md").write_text("Ours.")
        added = shell(clone, f"git switch -qc change && git add -A && {git} commit -qm y", environ)
        assert added.returncode == 0, added.stderr
        yield clone, environ


def shell(directory: Path, script: str, environ: dict[str, str]) -> Completed:
    """Runs a script as CI does: it ends with the first command that fails."""
    return run(Command(argv=["bash", "-eo", "pipefail", "-c", script], env=environ, cwd=directory, timeout_seconds=300))


@pytest.mark.sandbox
def test_the_commands_plan_and_apply(pull_request: tuple[Path, dict[str, str]]) -> None:
    """Atlantis' steps, its plan repeated, then those of any CI: each ends well and writes the files that it names.

    The change set is empty, so that no Terraform is started: tests/e2e/test_workflows.py hands one on that is not.
    """
    clone, environ = pull_request
    steps = YAML(typ="safe").load(REPOS)["workflows"]["vend"]
    atlantis = {**environ, "PLANFILE": str(clone / "default.tfplan"), "BASE_BRANCH_NAME": "main"}
    for phase in ("plan", "plan", "apply"):
        for step in steps[phase]["steps"]:
            done = shell(clone, step["run"], atlantis)
            assert done.returncode == 0, done.stdout + done.stderr

    before = shell(clone, BEFORE_MERGE, environ)
    assert before.returncode == 0, before.stdout + before.stderr
    assert (clone / "comment.md").read_text().startswith("<!--")
    assert "<html" in (clone / "report.html").read_text()
    after = shell(clone, AFTER_MERGE, environ)
    assert after.returncode == 0, after.stdout + after.stderr
