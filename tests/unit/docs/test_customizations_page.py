"""docs/how-to/customizations.md: the customization that it builds is read, rendered, and its hooks run."""

from __future__ import annotations

import os
import re
import stat
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import typer

from unit.docs.pages import Example, codes, examples, rows, sections
from vend.cli._commands import app
from vend.customizations import (
    HOOK_STAGES,
    INPUT_VARIABLES,
    Catalogue,
    HookContext,
    HookOutcome,
    hooks_of,
    load_customizations,
    run_hook,
)
from vend.customizations._run import _LAST_LINES, _PASSED
from vend.models import AccountRequest, StageName, StageResult
from vend.render import render_account
from vend.requests import load_fleet
from vend.settings import Settings

PAGE = "docs/how-to/customizations.md"
_SECTIONS = sections(PAGE)
_SEEN = [*rows(_SECTIONS["What a hook sees"])]
SESSION = {"AWS_ACCESS_KEY_ID": "AKIAMADEUP", "AWS_SECRET_ACCESS_KEY": "made-up", "AWS_SESSION_TOKEN": "made-up-token"}


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """Every file that the page shows, at the path that its first comment names."""
    for example in examples(PAGE, "hcl", "python", "sh"):
        if example.file:
            file = tmp_path / example.file
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(example.text, encoding="utf-8")
            if file.suffix == ".sh":
                file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return tmp_path


def read(fleet: Path) -> tuple[AccountRequest, Settings, Catalogue]:
    """The page's one account request, its settings and customizations, with nothing wrong."""
    reading, catalogue = load_fleet(fleet), load_customizations(fleet)
    assert (*reading.diagnostics, *catalogue.diagnostics) == ()
    assert reading.fleet is not None
    return reading.requests[0], reading.fleet.settings, catalogue


def run(fleet: Path, stage: StageName, **context: Any) -> tuple[HookOutcome, list[str]]:
    """Runs the page's hook of a stage; its outcome and lines."""
    request, settings, catalogue = read(fleet)
    lines: list[str] = []
    (hook,) = hooks_of(request, catalogue, stage)
    outcome = run_hook(
        hook,
        HookContext(
            **{
                "request": request,
                "account_id": "222222222222",
                "stage": stage,
                "region": settings.home_region,
                "environ": {"PATH": os.environ["PATH"]},
                **context,
            }
        ),
        on_line=lines.append,
        stop=threading.Event(),
        timeout_seconds=30,
    )
    return outcome, lines


def test_the_pages_customization_is_read(fleet: Path) -> None:
    """Terraform and hooks where vend looks for them, and every variable given."""
    _, _, catalogue = read(fleet)
    customization = catalogue.customizations["data-network"]
    assert customization.input_variables == INPUT_VARIABLES
    assert [hook.path.name for hook in customization.hooks] == ["post_customizations.sh", "pre_customizations.py"]
    assert [hook.path.name for hook in catalogue.hooks] == ["on_failure.py"]


def test_the_pages_customization_is_rendered(fleet: Path) -> None:
    """One module block with the three variables, beside it the modules, among them one that ships with vend."""
    request, settings, catalogue = read(fleet)
    roots = render_account(request, settings=settings, catalogue=catalogue, fleet_directory=fleet)
    files = next(root.files for root in roots if root.stage == "customizations")
    main = files["main.tf"].decode()
    assert 'module "data-network" {\n  source = "./customizations/data-network"' in main
    assert '"/vend/custom-fields/${each.key}"' in main
    assert "modules/vpc-spoke/main.tf" in files
    assert not [name for name in files if name.startswith("customizations/data-network/hooks")]
    values = files["terraform.tfvars.json"].decode()
    assert '"10.40.0.0/16"' in values
    assert "aws+data-prod@example.com" in values


def test_the_pages_account_object_is_the_templates(fleet: Path) -> None:
    """The parts of `account` that the table lists are those that the rendered root has."""
    request, settings, catalogue = read(fleet)
    roots = render_account(request, settings=settings, catalogue=catalogue, fleet_directory=fleet)
    variables = next(root.files for root in roots if root.stage == "customizations")["variables.tf"].decode()
    declared = re.search(r'variable "account" \{\n  type = object\(\{\n(.*?)\}\)', variables, re.DOTALL)
    assert declared is not None
    listed = {
        name: set(codes(holds))
        for (name,), holds in ((codes(a), c) for a, _, c in rows(_SECTIONS["1. Declare its variables"]))
    }
    assert set(listed) == set(INPUT_VARIABLES)
    assert listed["account"] == {"id", *re.findall(r"^\s+(\w+) +=", declared[1], re.MULTILINE)}


def test_the_pages_python_hook_passes_and_refuses(fleet: Path) -> None:
    """It needs no session; an overlap fails it with its message and no traceback."""
    outcome, lines = run(fleet, "pre_customizations")
    assert (outcome.ok, lines) == (True, ["10.40.0.0/16 is free for data-prod in eu-west-1"])
    file = fleet / "account-requests/data.hcl"
    file.write_text(file.read_text(encoding="utf-8").replace("10.40.", "10.4."), encoding="utf-8")
    outcome, lines = run(fleet, "pre_customizations")
    assert (outcome.ok, lines) == (False, ["vpc_cidr 10.4.0.0/16 overlaps with 10.0.0.0/12"])


def test_the_pages_shell_hook_runs(fleet: Path) -> None:
    """With the variables that the page lists."""
    outcome, lines = run(fleet, "post_customizations", session=SESSION)
    assert (outcome.ok, lines) == (True, ["network of data-prod (222222222222) is up in eu-west-1"])


def test_the_pages_failure_hook_runs(fleet: Path) -> None:
    """It finds what failed under the keys that the page lists."""
    outcome, _ = run(fleet, "pre_customizations", account_id=None)
    assert outcome.ok
    refused = run_and_refuse(fleet)
    failed = StageResult(stage="pre_customizations", status="failed", diagnostics=refused.diagnostics).to_json()
    outcome, lines = run(fleet, "on_failure", failed=failed)
    assert outcome.ok
    assert lines == [
        "data-prod: pre_customizations: hook-failed: data-network/pre_customizations.py exited with 1",
    ]
    assert set(failed) == set(codes(_context_keys()["failed"])) - {"on_failure"}


def run_and_refuse(fleet: Path) -> HookOutcome:
    """The outcome of the page's Python hook where the networks overlap."""
    file = fleet / "account-requests/data.hcl"
    file.write_text(file.read_text(encoding="utf-8").replace("10.40.", "10.4."), encoding="utf-8")
    return run(fleet, "pre_customizations")[0]


def test_every_stage_is_on_the_page() -> None:
    """In their order."""
    assert tuple(codes(stage)[0] for stage, *_ in rows(_SECTIONS["3. Add hooks"])) == HOOK_STAGES


def test_the_environment_on_the_page_is_the_one_a_hook_gets(fleet: Path) -> None:
    """Every variable of a hook is in the table, and every one in the table is there when the caller has it."""
    listed = {name for first, _ in _SEEN for name in codes(first) if name.isupper() and "*" not in name}
    passed = _PASSED | {"AWS_ENDPOINT_URL"}
    spelled = listed | {name.lower() for name in listed if name.endswith("_PROXY")}
    (fleet / "hooks" / "post_account.sh").write_text("#!/bin/sh\nexec env\n", encoding="utf-8")
    (fleet / "hooks" / "post_account.sh").chmod(0o755)
    values = {"PATH": os.environ["PATH"], "TMPDIR": str(fleet)}
    outcome, lines = run(
        fleet,
        "post_account",
        session=SESSION,
        environ={name: values.get(name, "x") for name in passed},
    )
    assert outcome.ok
    found = {line.partition("=")[0] for line in lines} - {"PWD", "SHLVL", "_", "OLDPWD"}
    assert found == spelled


def test_the_keys_of_the_context_are_on_the_page(fleet: Path) -> None:
    """All of them, and no other."""
    request, settings, _ = read(fleet)
    context = HookContext(request=request, account_id=None, stage="pre_account", region=settings.home_region)
    assert set(_context_keys()) == set(context.to_json())


def _context_keys() -> Mapping[str, str]:
    """What each key of the context holds, as the second table says."""
    return {name: holds for first, holds in _SEEN for name in codes(first) if not name.isupper() and "*" not in name}


def test_figures_on_the_page_are_the_codes() -> None:
    """How many lines a diagnostic holds, and how long a hook may take."""
    assert _LAST_LINES == 20
    assert "last twenty lines" in _SECTIONS["How it ends"]
    minutes = Settings(name="x", home_region="eu-west-1").hook_timeout_minutes
    assert f"timeout_minutes = {minutes}" in _SECTIONS["How it ends"]


@pytest.mark.parametrize("example", [e for e in examples(PAGE, "sh") if not e.file], ids=str)
def test_every_command_line_is_one_of_vends(example: Example) -> None:
    """Commands and options exist; what stands behind `--` is a command line of its own."""
    lines = [line for line in example.text.splitlines() if line.strip()]
    for line in lines:
        inner = re.fullmatch(r'eval "\$\((.*)\)"', line)
        for part in (inner[1] if inner else line).split(" -- "):
            words = part.split()
            assert words[0] == "vend"
            assert parsed(words[1:]), line
    assert lines


def parsed(words: list[str]) -> bool:
    """Whether the command line has commands and options that exist; nothing is run."""
    command: Any = typer.main.get_command(app)
    while words and hasattr(command, "commands"):
        assert words[0] in command.commands
        command, words = command.commands[words[0]], words[1:]
    options = {name for parameter in command.params for name in parameter.opts}
    return all(word in options for word in words if word.startswith("-"))
