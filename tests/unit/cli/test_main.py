"""The entry point: usage, help, exit codes, start time."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from vend import __version__
from vend.cli import main, reference
from vend.process import Command, run


@pytest.mark.parametrize(
    "argv",
    [
        ["no-such-command"],
        ["plan", "--no-such-option"],
        ["plan", "--format", "yaml"],
        ["plan", "--stage", "everything"],
        ["validate", "surplus"],
        ["sandbox"],
        ["sandbox", "run"],
        ["--fleet"],
    ],
)
def test_bad_usage_is_four(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Typer would say 2, which here means that changes are pending."""
    assert main(argv) == 4
    assert "error[bad-usage]: " in capsys.readouterr().err


def test_version_and_help_are_answered(capsys: pytest.CaptureFixture[str]) -> None:
    """--version gives the version; --help, and nothing at all, list every command."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"vend {__version__}\n"
    for argv in (["--help"], []):
        assert main(argv) == 0
        told = capsys.readouterr().out
        for command in ("validate", "requests", "generate", "plan", "apply", "status", "lock", "doctor", "demo"):
            assert f"\n  {command} " in told


def test_every_command_says_what_it_does() -> None:
    """The reference has a section with a sentence for every command."""
    sections = reference.pages()["cli.md"].split("\n## ")[1:-1]
    assert len(sections) >= 14
    for section in sections:
        title, _, sentence = section.split("\n")[:3]
        assert sentence.strip(), title


def _exit_code(*argv: str) -> int:
    env = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    return run(Command(argv=(sys.executable, *argv), env=env)).returncode


def test_help_imports_no_heavy_library() -> None:
    """`vend --help` answers at once because nothing heavy is imported for it."""
    code = (
        "import sys; from vend.cli import main; main(['--help']);"
        "heavy = {'boto3', 'botocore', 'jinja2', 'hcl2', 'pygohcl', 'rich', 'moto', 'pydantic'} & set(sys.modules);"
        "rooms = {name for name in sys.modules if name.startswith('vend.') and not name.startswith('vend.cli')};"
        "assert not heavy | rooms, heavy | rooms"
    )
    assert _exit_code("-c", code) == 0


def test_a_missing_fleet_is_invalid_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a vend.hcl every command that needs one ends with 4 and says so."""
    monkeypatch.chdir(tmp_path)
    for command in ("validate", "requests", "generate", "plan", "apply", "status", "lock"):
        assert main([command]) == 4, command
        written = capsys.readouterr()
        assert "vend.hcl" in written.out + written.err
        assert "Traceback" not in written.err


def test_a_closed_pipe_is_no_error_message() -> None:
    """A reader that goes away, as `head` does, gets silence."""
    code = (
        "import os, sys; r, w = os.pipe(); os.close(r); os.dup2(w, 1);"
        "from vend.cli import main; sys.exit(main(['--help']))"
    )
    env = {"PATH": os.environ["PATH"]}
    completed = run(Command(argv=(sys.executable, "-c", code), env=env))
    assert (completed.returncode, completed.stderr) == (141, "")
