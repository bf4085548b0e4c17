"""docs/how-to/editors.md: its commands run, its task reads what vend prints, and its hooks run under pre-commit."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest

from support.hcl_json import as_json
from support.sandboxed import copy_example
from unit.docs.pages import REPOSITORY, examples, prose
from vend.cli._main import main
from vend.process import Command, Completed, run
from vend.requests import json_schema, snippets

PAGE = "docs/how-to/editors.md"


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example fleet, and a `vend` on PATH."""
    directory = copy_example(tmp_path / "fleet")
    program = tmp_path / "bin" / "vend"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m vend "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(directory)
    return directory


def shell(fleet: Path, script: str) -> Completed:
    return run(
        Command(argv=["bash", "-euo", "pipefail", "-c", script], env=dict(os.environ), cwd=fleet, timeout_seconds=120)
    )


def test_its_commands_write_what_they_say(fleet: Path) -> None:
    """Snippets and schemas, each in the file that is named."""
    for example in examples(PAGE, "sh")[:2]:
        assert shell(fleet, example.text).returncode == 0
    assert json.loads((fleet / ".vscode" / "vend.code-snippets").read_text()).keys() == snippets().keys()
    assert json.loads((fleet / "settings.schema.json").read_text()) == json_schema("settings")


def test_the_task_finds_problems_in_what_vend_prints(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Severity, file, line, column and message."""
    (fleet / "account-requests" / "x.hcl").write_text('account "x" {\n  email = "y"\n}\n')
    (fleet / "account-requests" / "y.hcl").write_text('account "y" {\n  tags = upper(\n    "y"\n  )\n}\n')
    (fleet / "account-requests" / "z.hcl").write_text('account "z" {\n  email = "z\n}\n')
    task = json.loads(examples(PAGE, "json")[0].text)["tasks"][0]
    assert task["command"] == "vend validate --format github"
    assert main(["validate", "--format", "github"]) == 4
    pattern = re.compile(task["problemMatcher"]["pattern"]["regexp"])
    lines = capsys.readouterr().out.splitlines()
    found = [match.groups() for line in lines if (match := pattern.search(line))]
    assert len(found) == len(lines)
    assert {match[:4] for match in found} > {
        ("error", "account-requests/x.hcl", "2", "11"),
        ("error", "account-requests/y.hcl", "2", None),  # more than a line
        ("error", "account-requests/z.hcl", "2", "13"),  # to the line's end
    }
    assert all(match[4] for match in found)


def test_the_mapping_is_what_the_tests_of_the_schema_use() -> None:
    """Each row that can be written as HCL."""
    mapped = as_json('account "a" {\n  access "G" { permission_set = "x" }\n  access "G" { permission_set = "y" }\n}\n')
    assert mapped == {"account": {"a": {"access": {"G": [{"permission_set": "x"}, {"permission_set": "y"}]}}}}
    assert as_json('sso_user { email = "a" }\n', arrays=True) == {"sso_user": [{"email": "a"}]}
    assert '`"access": {"G": [{ … }, { … }]}`' in prose(PAGE)


@pytest.mark.terraform
def test_the_hooks_run_under_pre_commit(fleet: Path, tmp_path: Path) -> None:
    """A problem and a file that is not formatted fail the commit; what is right passes.

    The hooks' environment is not installed here, which would need an index: `language: system` takes the vend on PATH.
    """
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / ".pre-commit-hooks.yaml").write_bytes((REPOSITORY / ".pre-commit-hooks.yaml").read_bytes())
    git = "git init -q && git add -A && git -c user.name=x -c user.email=x@example.com commit -qm x"
    assert shell(hooks, git).returncode == 0
    revision = shell(hooks, "git rev-parse HEAD").stdout.strip()
    (configuration,) = (example.text for example in examples(PAGE, "yaml"))
    configuration = configuration.replace("https://github.com/vend-accounts/vend", str(hooks)).replace("main", revision)
    configuration = re.sub(r"(- id: vend-\w+)", r"\1\n        language: system", configuration)
    (fleet / ".pre-commit-config.yaml").write_text(configuration)
    assert shell(fleet, git).returncode == 0
    right = shell(fleet, "pre-commit run --all-files")
    assert right.returncode == 0, right.stdout + right.stderr
    assert right.stdout.count("Passed") == 2
    file = fleet / "account-requests" / "x.hcl"
    file.write_text('account "x" {\n email="y"\n  organizational_unit = "Sandbox"\n}\n')
    wrong = shell(fleet, "git add -A && pre-commit run")
    assert wrong.returncode == 1
    assert "error[invalid-email]" in wrong.stdout
    assert "files were modified by this hook" in wrong.stdout
    assert '  email               = "y"\n' in file.read_text()
