from __future__ import annotations

import json
import os
import signal
import stat
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from support.factories import an_account_request
from vend.customizations import HookContext, HookOutcome, _run, run_hook
from vend.customizations._python_hook import main as run_python_hook
from vend.models import Hook

SECRET = "made-up-secret-made-up"


@dataclass
class Bench:
    """A customization's folder to put hooks into and run them from."""

    folder: Path
    lines: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    on_line: Callable[[str], None] | None = None

    def run(self, text: str, *, name: str = "post_account.sh", seconds: float = 20.0, **context: Any) -> HookOutcome:
        """Writes the hook and runs it."""
        file = self.folder / name
        file.write_text(text, encoding="utf-8")
        file.chmod(0o755)
        fields: dict[str, Any] = {
            "request": an_account_request(custom_fields={"note": "${x} \u2028 'quoted' 🚀"}),
            "account_id": "222222222222",
            "stage": "post_account",
            "region": "eu-west-1",
            "session": {"AWS_ACCESS_KEY_ID": "AKIAMADEUP", "AWS_SECRET_ACCESS_KEY": SECRET},
            "environ": {"PATH": os.environ["PATH"]},
        }
        return run_hook(
            Hook(stage="post_account", origin="baseline", path=file, digest=""),
            HookContext(**{**fields, **context}),
            on_line=self.on_line or self.lines.append,
            stop=self.stop,
            timeout_seconds=seconds,
        )

    def environment(self, **context: Any) -> Mapping[str, str]:
        """What a hook finds in its environment; the session's secret is masked in what it prints."""
        assert self.run("#!/bin/sh\nexec env\n", **context).ok
        return dict(line.split("=", 1) for line in self.lines)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A customization called baseline."""
    folder = tmp_path / "customizations" / "baseline" / "hooks"
    folder.mkdir(parents=True)
    return Bench(folder)


def test_a_hook_gets_exactly_the_documented_environment(bench: Bench) -> None:
    """Nothing is inherited but the listed variables; the session is the given one."""
    found = bench.environment(
        environ={
            "PATH": os.environ["PATH"],
            "LANG": "de_DE.UTF-8",
            "TMPDIR": "/tmp",  # noqa: S108 - a value to be passed on
            "https_proxy": "http://proxy.example.com:3128",
            "NO_PROXY": "localhost",
            "AWS_CA_BUNDLE": "/ca.pem",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:5000",
            "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:5001",
            "AWS_PROFILE": "management",
            "AWS_SESSION_TOKEN": "management",
            "AWS_SHARED_CREDENTIALS_FILE": "/home/grace/.aws/credentials",
            "AWS_ENDPOINT_URLX": "no",
            "TF_VAR_x": "no",
            "PYTHONPATH": "/no",
            "GITHUB_TOKEN": "no",
            "HOME": "/home/grace",
        }
    )
    # The shell adds its own.
    found = {name: value for name, value in found.items() if name not in {"PWD", "SHLVL", "_", "OLDPWD"}}
    home, context = Path(found.pop("HOME")), Path(found.pop("VEND_CONTEXT"))
    assert found == {
        "PATH": os.environ["PATH"],
        "LANG": "de_DE.UTF-8",
        "TMPDIR": "/tmp",  # noqa: S108 - as passed on
        "https_proxy": "http://proxy.example.com:3128",
        "NO_PROXY": "localhost",
        "AWS_CA_BUNDLE": "/ca.pem",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:5000",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:5001",
        "AWS_ACCESS_KEY_ID": "AKIAMADEUP",
        "AWS_SECRET_ACCESS_KEY": "***",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "VEND_ACCOUNT": "payments-prod",
        "VEND_ACCOUNT_ID": "222222222222",
        "VEND_STAGE": "post_account",
        "VEND_REGION": "eu-west-1",
    }
    assert not home.exists()
    assert not context.exists()


def test_before_the_account_exists_there_is_no_session(bench: Bench) -> None:
    """`pre_account` has neither an account id nor credentials."""
    found = bench.environment(account_id=None, session={})
    assert found["VEND_ACCOUNT_ID"] == ""
    assert not any(name.startswith("AWS_") and ("KEY" in name or "TOKEN" in name) for name in found)


def test_the_context_is_the_whole_request_in_a_file_that_only_the_user_reads(bench: Bench) -> None:
    """`VEND_CONTEXT` is JSON, mode 0600, and values come through unchanged."""
    script = '#!/bin/sh\nstat -c %a "$VEND_CONTEXT" || stat -f %Lp "$VEND_CONTEXT"\ncat "$VEND_CONTEXT"\n'
    assert bench.run(script, failed={"stage": "settings", "status": "failed"}).ok
    assert stat.S_IMODE(int(bench.lines[0], 8)) == 0o600
    context = json.loads("\n".join(bench.lines[1:]))
    assert context == {
        "stage": "post_account",
        "region": "eu-west-1",
        "account": "payments-prod",
        "account_id": "222222222222",
        "request": an_account_request(custom_fields={"note": "${x} \u2028 'quoted' 🚀"}).to_json(),
        "failed": {"stage": "settings", "status": "failed"},
    }


def test_a_hook_runs_in_the_folder_of_its_customization(bench: Bench) -> None:
    """So that it finds what lies beside it."""
    assert bench.run("#!/bin/sh\npwd -P\n").ok
    assert bench.lines == [str(bench.folder.parent.resolve())]


def test_lines_come_as_they_are_written(bench: Bench) -> None:
    """Progress is seen while the hook runs, from both streams."""
    seen: list[tuple[str, bool]] = []
    gate = bench.folder / "gate"

    def listen(line: str) -> None:
        seen.append((line, gate.exists()))
        gate.touch()

    bench.on_line = listen
    assert bench.run("#!/bin/sh\necho first >&2\nwhile ! [ -e hooks/gate ]; do sleep 0.01; done\necho second\n").ok
    assert seen == [("first", False), ("second", True)]


def test_a_failing_hook_says_how_it_ended_and_what_it_said_last(bench: Bench) -> None:
    """Exit code, place, the last twenty lines, and what to do."""
    outcome = bench.run("#!/bin/sh\nfor i in $(seq 30); do echo line $i; done\nexit 7\n")
    assert not outcome.ok
    (problem,) = outcome.diagnostics
    assert (problem.code, problem.summary) == ("hook-failed", "baseline/post_account.sh exited with 7")
    assert (problem.file, problem.account) == ("customizations/baseline/hooks/post_account.sh", "payments-prod")
    assert (problem.detail or "").splitlines() == [f"line {i}" for i in range(11, 31)]
    assert problem.hint


def test_a_hook_that_a_signal_ended_says_so(bench: Bench) -> None:
    """Not a negative exit code."""
    (problem,) = bench.run("#!/bin/sh\nkill -TERM $$\n").diagnostics
    assert problem.summary == f"baseline/post_account.sh was ended by signal {int(signal.SIGTERM)}"


def test_secrets_of_the_session_are_masked_in_lines_and_diagnostics(bench: Bench) -> None:
    """A hook that prints its environment leaks nothing into a log."""
    outcome = bench.run("#!/bin/sh\necho key $AWS_SECRET_ACCESS_KEY\nexit 1\n")
    assert bench.lines == ["key ***"]
    assert SECRET not in repr(outcome)


def test_a_hanging_hook_is_ended_with_everything_it_started(bench: Bench) -> None:
    """Out of time: interrupted, and nothing is left behind."""
    began = time.monotonic()
    outcome = bench.run(
        "#!/bin/sh\n(while :; do touch hooks/alive; sleep 0.05; done) &\necho started\nsleep 60\n", seconds=0.5
    )
    assert time.monotonic() - began < 50
    (problem,) = outcome.diagnostics
    assert (problem.code, problem.summary) == (
        "hook-timeout",
        "baseline/post_account.sh did not finish within 0.5 seconds",
    )
    assert "hooks.timeout_minutes" in (problem.hint or "")
    (bench.folder / "alive").unlink()
    time.sleep(0.2)
    assert not (bench.folder / "alive").exists()


def test_a_hook_is_stopped_when_the_user_asks(bench: Bench) -> None:
    """Stopped is not failed."""
    bench.on_line = lambda _: bench.stop.set()
    (problem,) = bench.run("#!/bin/sh\necho ready\nsleep 60\n").diagnostics
    assert problem.code == "hook-stopped"


@pytest.mark.parametrize("text", ["#!/no/such/interpreter\n", "echo no interpreter named\n"])
def test_a_hook_that_cannot_be_started_is_a_diagnostic(bench: Bench, text: str) -> None:
    """A bad or missing first line."""
    (problem,) = bench.run(text).diagnostics
    assert problem.code == "hook-not-startable"
    assert problem.file == "customizations/baseline/hooks/post_account.sh"
    assert problem.hint


def test_a_python_hook_runs_in_a_process_of_its_own_and_gets_the_context(bench: Bench) -> None:
    """`def run(context)` gets the same document, and may import its neighbours."""
    (bench.folder / "neighbour.py").write_text("def shout(text):\n    print(text.upper(), flush=True)\n")
    script = (
        "import os\nfrom neighbour import shout\n\n"
        "def run(context):\n    shout(context['request']['name'])\n    print(os.getpid())\n"
    )
    assert bench.run(script, name="post_account.py").ok
    assert bench.lines[0] == "PAYMENTS (PROD)"
    assert int(bench.lines[1]) != os.getpid()
    assert not list(bench.folder.glob("__pycache__/post_account*"))


@pytest.mark.parametrize(
    ("body", "last"),
    [
        ("raise RuntimeError('no quota')", "RuntimeError: no quota"),
        ("raise SystemExit(3)", None),
        ("import missing_module", "ModuleNotFoundError: No module named 'missing_module'"),
    ],
)
def test_a_python_hook_that_raises_has_failed_and_shows_its_own_lines_only(
    bench: Bench, body: str, last: str | None
) -> None:
    """The traceback is the hook's; ours is not shown."""
    (problem,) = bench.run(f"def run(context):\n    {body}\n", name="post_account.py").diagnostics
    assert problem.code == "hook-failed"
    assert "_python_hook.py" not in (problem.detail or "")
    if last:
        assert (problem.detail or "").splitlines()[-1] == last
        assert "line 2, in run" in (problem.detail or "")


def test_a_hook_of_the_fleet_is_placed_in_the_fleets_folder(tmp_path: Path) -> None:
    """Diagnostics of the fleet's own hooks point to `hooks/`."""
    folder = tmp_path / "hooks"
    folder.mkdir()
    bench = Bench(folder)
    (problem,) = bench.run("#!/bin/sh\nexit 1\n").diagnostics
    assert replace(problem, detail=None).file == "hooks/post_account.sh"


def test_a_context_that_cannot_be_written_is_a_diagnostic(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """No space, or no folder for temporary files."""
    monkeypatch.setattr("tempfile.tempdir", str(bench.folder / "missing"))
    (problem,) = bench.run("#!/bin/sh\n").diagnostics
    assert (problem.code, problem.summary) == (
        "hook-not-startable",
        "the context for baseline/post_account.sh could not be written",
    )


@pytest.mark.parametrize(("body", "code"), [("print(context['stage'])", 0), ("raise ValueError(context['stage'])", 1)])
def test_the_program_that_runs_a_python_hook_gives_its_exit_code(
    bench: Bench, body: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In this process: what the other tests see from outside."""
    context = bench.folder / "context.json"
    context.write_text('{"stage": "post_account"}')
    hook = bench.folder / "post_account.py"
    hook.write_text(f"def run(context):\n    {body}\n")
    monkeypatch.setenv("VEND_CONTEXT", str(context))
    monkeypatch.setattr("sys.path", [*sys.path])
    assert run_python_hook(str(hook)) == code
    output = capsys.readouterr()
    assert (output.out, output.err.splitlines()[-1:]) == (
        ("post_account\n", []) if code == 0 else ("", ["ValueError: post_account"])
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.5, "0.5 seconds"), (1, "1 second"), (60, "1 minute"), (90, "1.5 minutes"), (1800, "30 minutes")],
)
def test_one_minute_is_singular(seconds: float, words: str) -> None:
    """A time limit in a message has the right number."""
    assert _run._spoken(seconds) == words
