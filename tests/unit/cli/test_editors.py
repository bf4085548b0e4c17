"""What editors and shells get: schemas, snippets that can be filled in, completion."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from support import typed_into_bash
from support.sandboxed import copy_example
from vend.cli._main import main
from vend.hcl import parse
from vend.process import Command, run
from vend.requests import ACCOUNT, SETTINGS, json_schema, load_fleet, snippets

CHOICE = re.compile(r"\$\{\d+\|((?:\\.|[^|\\])*)\|\}")
TEXT = re.compile(r"\$\{\d+:((?:\\.|[^}\\])*)\}")
LEAST = 'fleet "test" { home_region = "eu-west-1" }\n'


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = copy_example(tmp_path / "fleet")
    monkeypatch.chdir(directory)
    return directory


def filled_in(body: list[str]) -> list[str]:
    """What an editor puts in before anything is typed; one text for each choice."""
    text = TEXT.sub(lambda stop: re.sub(r"\\(.)", r"\1", stop[1]), "\n".join(body)).replace("\t$0\n", "")
    choices = CHOICE.search(text)
    if choices is None:
        return [text]
    options = [re.sub(r"\\(.)", r"\1", option) for option in re.split(r"(?<!\\),", choices[1])]
    rest = text[choices.end() :]
    return [done for option in options for done in filled_in((text[: choices.start()] + option + rest).split("\n"))]


def loads(directory: Path, settings: str, requests: str) -> list[str]:
    """What reading such a fleet objects to; customizations and missing fields aside."""
    (directory / "account-requests").mkdir(exist_ok=True)
    (directory / "vend.hcl").write_text(settings)
    (directory / "account-requests" / "a.hcl").write_text(requests)
    problems = load_fleet(directory).diagnostics
    return [p.summary for p in problems if p.code not in {"unknown-customization", "missing-setting", "no-requests"}]


REQUEST_SNIPPETS = {n: s for n, s in snippets().items() if n.split(":")[0] in {"account", "defaults"}}
SETTING_SNIPPETS = {n: s for n, s in snippets().items() if n not in REQUEST_SNIPPETS}


@pytest.mark.parametrize("name", REQUEST_SNIPPETS)
def test_a_snippet_of_a_request_can_be_left_as_it_comes(tmp_path: Path, name: str) -> None:
    """Every choice, and every text that stands there first, is one that vend takes."""
    for text in filled_in(REQUEST_SNIPPETS[name]["body"]):
        requests = text
        if ":" in name:
            base = {"email": 'email = "a@example.com"', "organizational_unit": 'organizational_unit = "Prod"'}
            others = [line for field, line in base.items() if not text.startswith(field)]
            requests = "\n".join(['account "a" {', *others, text, "}", ""])
        assert loads(tmp_path, LEAST, requests + "\n") == [], text


@pytest.mark.parametrize("name", SETTING_SNIPPETS)
def test_a_snippet_of_a_setting_is_hcl(name: str) -> None:
    """A whole block, or one line of it."""
    for text in filled_in(SETTING_SNIPPETS[name]["body"]):
        assert parse(f"{text}\n".encode(), "f.hcl").body is not None, text


def test_every_field_has_a_snippet() -> None:
    """Of the tables that requests and settings are read by."""
    names = set(snippets())
    assert {f"account: {name}" for name in (*ACCOUNT.field_names, *ACCOUNT.block_names)} < names
    for block in SETTINGS:
        for label, kind in block.kinds.items() or [(None, block)]:
            named = f'{block.name} "{label}"' if label is not None else block.name
            assert {named, *(f"{named}: {field}" for field in kind.field_names)} <= names


def test_snippets_know_the_fleet(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Units that requests name, customizations that have a folder; without a fleet, the examples of the language."""
    assert main(["schema", "--snippets", "vscode"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    units = "${1|Platform/Network,Sandbox,Workloads/Prod,Workloads/Test|}"
    assert found["account: organizational_unit"]["body"] == [f'organizational_unit = "{units}"']
    assert found["account: customizations"]["body"] == ['customizations = ["${1|ci-deploy,spoke-network|}"]']
    assert {entry["scope"] for entry in found.values()} == {"hcl"}
    os.chdir(fleet.parent)
    assert main(["schema", "--snippets", "vscode"]) == 0
    assert json.loads(capsys.readouterr().out) == snippets()


@pytest.mark.parametrize("name", ["requests", "settings"])
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_schema_is_printed(capsys: pytest.CaptureFixture[str], name: Any, form: str) -> None:
    """As JSON in either form."""
    assert main(["schema", name, "--format", form]) == 0
    assert json.loads(capsys.readouterr().out) == json_schema(name)


# Completion

COMPLETED = [
    (("set", "pay"), ["payments-prod", "payments-test"]),
    (("remove", "sand"), ["sandbox-grace"]),
    (("plan", "--account", "net"), ["network-hub"]),
    (("move", "payments-prod", "Work"), ["Workloads/Prod", "Workloads/Test"]),
    (("new", "x", "--ou", "Plat"), ["Platform/Network"]),
    (("new", "x", "--customization", ""), ["ci-deploy", "spoke-network"]),
    (("set", "payments-prod", "sso"), ["sso_user.email=", "sso_user.first_name=", "sso_user.last_name="]),
    (("set", "payments-prod", "t"), ["tags."]),
    (("set", "payments-prod", "organizational_unit=Sand"), ["organizational_unit=Sandbox"]),
    (("set", "payments-prod", "alternate_contact.billing.p"), ["alternate_contact.billing.phone="]),
    (("set", "payments-prod", "acc"), ["access."]),
    (("set", "payments-prod", "--unset", "cust"), ["custom_fields", "customizations"]),
    (("set", "payments-prod", "email=x"), []),
    (("set", "payments-prod", "on_removal=c"), ["on_removal=close"]),
    (("requests", "--explain", "net"), ["network-hub"]),
    (("explain", "hcl-too"), ["hcl-too-deep", "hcl-too-large"]),
]


@pytest.mark.parametrize(("words", "expected"), COMPLETED, ids=str)
def test_names_are_completed_from_the_fleet(
    fleet: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    expected: list[str],
) -> None:
    """Whatever else is wrong with its files, and whatever cannot be read."""
    (fleet / "account-requests" / "broken.hcl").write_text("account {{{")
    (fleet / "account-requests" / "folder.hcl").mkdir()
    monkeypatch.setenv("_VEND_COMPLETE", "complete_fish")
    monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", " ".join(["vend", *words]))
    with pytest.raises(SystemExit):
        main([])
    assert [line.split("\t")[0] for line in capsys.readouterr().out.splitlines() if line] == expected


def test_completion_heeds_the_fleet_that_is_named(
    fleet: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And its folders of requests; without a fleet there is nothing to complete."""
    (fleet / "account-requests").rename(fleet / "teams")
    (fleet / "vend.hcl").write_text(LEAST + 'requests {\n  paths = ["teams"]\n}\n')
    monkeypatch.chdir(fleet.parent)
    monkeypatch.setenv("_VEND_COMPLETE", "complete_fish")
    monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    for words, expected in (("vend --fleet fleet set net", "network-hub"), ("vend set net", "")):
        monkeypatch.setenv("_TYPER_COMPLETE_ARGS", words)
        with pytest.raises(SystemExit):
            main([])
        assert capsys.readouterr().out.strip() == expected


TYPED = {
    "vend move eu Work\t": "vend move eu Workloads/",
    "vend move eu Data\t": r"vend move eu Data\ Platform/Prod\ EU ",
    "vend move eu Data\\ P\t": r"vend move eu Data\ Platform/Prod\ EU ",
    'vend move eu "Dat\t': 'vend move eu "Data Platform/Prod EU" ',
    "vend set eu organizational_u\tSa\t": "vend set eu organizational_unit=Sandbox ",
    "vend set eu organizational_unit=D\t": r"vend set eu organizational_unit=Data\ Platform/Prod\ EU ",
    'vend set eu organizational_unit="D\t': 'vend set eu organizational_unit="Data Platform/Prod EU" ',
    "vend set eu ta\tA=1": "vend set eu tags.A=1",
    "vend set eu on_removal=c\t": "vend set eu on_removal=close ",
    "vend requests --explain net\t": "vend requests --explain network-hub ",
    "vend explain hcl-too-l\t": "vend explain hcl-too-large ",
    "vend fmt account-r\t": "vend fmt account-requests/",
}


def test_the_script_for_bash_works_in_bash(fleet: Path) -> None:
    """Typed into one: blanks are quoted as what is typed is, and what follows `=` is completed, a new word to bash."""
    (fleet / "account-requests" / "eu.hcl").write_text(
        'account "eu" {\n  email = "eu@example.com"\n  organizational_unit = "Data Platform/Prod EU"\n}\n'
    )
    bin_directory = fleet.parent / "bin"
    bin_directory.mkdir()
    program = bin_directory / "vend"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m vend "$@"\n')
    program.chmod(0o755)
    environ = {"PATH": f"{bin_directory}:{os.environ['PATH']}", "HOME": str(fleet.parent)}
    script = str(Path(typed_into_bash.__file__))
    argv = [sys.executable, script, "source <(vend completion bash)", *TYPED]
    completed = run(Command(argv=argv, env=environ, cwd=fleet, timeout_seconds=120))
    assert completed.stderr == ""
    assert dict(zip(TYPED, completed.stdout.splitlines(), strict=True)) == TYPED


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_script_asks_vend(capsys: pytest.CaptureFixture[str], shell: str) -> None:
    """By the variable that vend looks for."""
    assert main(["completion", shell]) == 0
    assert f"_VEND_COMPLETE=complete_{shell}" in capsys.readouterr().out


def test_another_shell_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 4, with those that there are."""
    assert main(["completion", "csh"]) == 4
    assert "bash" in capsys.readouterr().err
