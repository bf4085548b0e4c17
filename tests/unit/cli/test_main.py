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


def test_a_choice_that_is_none_is_told_plainly(capsys: pytest.CaptureFixture[str]) -> None:
    """Without the words of the library that found it."""
    assert main(["plan", "--format", "yaml"]) == 4
    assert "Invalid value for '--format': 'yaml' is not one of 'text', " in capsys.readouterr().err


def test_a_file_is_no_fleet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One problem, and what to write instead; nothing of what cannot lie in a file."""
    (tmp_path / "vend.hcl").write_text('fleet "x" { home_region = "eu-west-1" }\n')
    assert main(["--fleet", str(tmp_path / "vend.hcl"), "validate"]) == 4
    told = capsys.readouterr().out
    assert told.count("error[") == 1
    assert f"hint: vend --fleet {tmp_path} " in told


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
        "light = ('vend.cli', 'vend._version');"
        "rooms = {name for name in sys.modules if name.startswith('vend.') and not name.startswith(light)};"
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


def _in_a_shell(script: str, *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a shell script that has vend as `$0 -m vend`."""
    completed = run(Command(argv=("sh", "-c", script, sys.executable, *arguments), env={"PATH": os.environ["PATH"]}))
    return completed.returncode, completed.stdout, completed.stderr


@pytest.mark.parametrize("arguments", ["--version", "--help", "explain", "explain --format json"])
def test_a_full_disk_is_told_and_no_bug(arguments: str) -> None:
    """Whatever was to be written to standard output, and in whatever form."""
    code, _, told = _in_a_shell(f'"$0" -m vend {arguments} >/dev/full')
    assert code == 1
    assert told.startswith("error[output-not-writable]: standard output cannot be written\n  No space left on device\n")
    assert told.count("error[") == 1


@pytest.mark.parametrize("stream", ["<&-", ">&-", "2>&-", "2>/dev/full", "<&- >&- 2>&-"])
def test_a_closed_stream_changes_nothing_but_what_is_seen(stream: str) -> None:
    """The exit code is that of what was done; what standard error does not take is lost."""
    done, _, told = _in_a_shell(f'"$0" -m vend --version {stream}')
    assert (done, told) == (0, "")
    refused, _, told = _in_a_shell(f'"$0" -m vend explain no-such-code {stream}')
    assert refused == 4
    assert "Traceback" not in told


def test_a_closed_stream_is_no_file_that_is_opened_later() -> None:
    """Its number is taken before vend opens anything, so that no child process writes into a file of vend's."""
    code = (
        "import os, sys; from vend.cli import main; main(['--version']);"
        "sys.__stderr__.write(os.readlink('/proc/self/fd/1'))"
    )
    assert _in_a_shell('"$0" -c "$1" >&-', code) == (0, "", os.devnull)


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_working_directory_that_is_gone_is_told(tmp_path: Path, form: str) -> None:
    """In the form that was asked for; whatever shells complete, they complete nothing."""
    gone = 'mkdir "$1/gone" && cd "$1/gone" && rmdir "$1/gone" && '
    code, out, told = _in_a_shell(f'{gone}"$0" -m vend validate --format {form}', str(tmp_path))
    assert code == 4
    assert "error[fleet-not-found]: the working directory no longer exists" in told
    assert ('"code": "fleet-not-found"' in out) == (form == "json")
    complete = "_VEND_COMPLETE=complete_fish _TYPER_COMPLETE_FISH_ACTION=get-args _TYPER_COMPLETE_ARGS='vend set '"
    _, out, told = _in_a_shell(f'{gone}{complete} "$0" -m vend', str(tmp_path))
    assert (out.strip(), told) == ("", "")
