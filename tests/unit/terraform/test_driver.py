"""The driver, with a fake Terraform that says what the test wants, through the real process room."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from vend.errors import InterruptedRunError, TerraformError
from vend.settings import TerraformSettings
from vend.terraform import Outcome, ProviderMirror, Terraform, TerraformBinary

FAKE = """
import json, os, sys, time
here = os.path.dirname(os.path.abspath(__file__))
script = json.load(open(os.path.join(here, 'script.json')))
with open(os.path.join(here, 'calls'), 'a') as calls:
    calls.write(json.dumps({'argv': sys.argv[1:], 'env': dict(os.environ), 'cwd': os.getcwd()}) + '\\n')
for line in script.get('stdout', []):
    print(line, flush=True)
for line in script.get('stderr', []):
    print(line, file=sys.stderr, flush=True)
for path, content in script.get('files', {}).items():
    open(path, 'w').write(content)
time.sleep(script.get('sleep', 0))
sys.exit(script.get('exit', 0))
"""
RESOURCE = {"addr": "aws_vpc.this", "resource_type": "aws_vpc"}


def event(kind: str, **fields: object) -> str:
    return json.dumps({"@level": "info", "@message": kind, "type": kind, **fields})


def planned(action: str, **fields: object) -> str:
    return event("planned_change", change={"resource": RESOURCE, "action": action, **fields})


@dataclass
class _Fake:
    terraform: Terraform
    folder: Path
    stop: threading.Event

    def says(self, *stdout: str, **script: object) -> None:
        (self.folder / "script.json").write_text(json.dumps({"stdout": stdout, **script}))

    def stop_once_called(self) -> None:
        """Asks to stop as soon as the fake runs."""
        while not (self.folder / "calls").exists():
            time.sleep(0.01)
        self.stop.set()

    def calls(self) -> list[Mapping[str, object]]:
        return [json.loads(line) for line in (self.folder / "calls").read_text().splitlines()]

    @property
    def root(self) -> Path:
        root = self.folder / ".vend" / "o-fake" / "roots" / "a" / "account"
        root.mkdir(parents=True, exist_ok=True)
        return root

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def plan(self, session: Mapping[str, str] | None = None) -> Outcome:
        return self.terraform.plan(
            self.root, out=self.folder / "plans" / "p", data_directory=self.data, session=session or {}
        )

    def init(self) -> Outcome:
        return self.terraform.init(self.root, data_directory=self.data, session={})


@pytest.fixture
def fake(tmp_path: Path) -> _Fake:
    (tmp_path / "terraform.py").write_text(FAKE)
    stop = threading.Event()
    binary = TerraformBinary(
        argv=(sys.executable, str(tmp_path / "terraform.py")), version="1.11.4", flavour="terraform", source="test"
    )
    terraform = Terraform(
        binary=binary,
        mirror=ProviderMirror(path=Path("/mirror"), source="test", providers=("registry.terraform.io/hashicorp/aws",)),
        directory=tmp_path / ".vend" / "o-fake",
        settings=TerraformSettings(parallelism=3),
        environ={"TF_VAR_x": "1", "HTTPS_PROXY": "http://proxy"},
        stop=stop,
    )
    return _Fake(terraform=terraform, folder=tmp_path, stop=stop)


def test_the_command_line_of_a_plan(fake: _Fake) -> None:
    """Every argument, the working directory and what vend itself puts into the environment."""
    fake.says(exit=2)
    (fake.root / "runtime.tfvars.json").touch()
    outcome = fake.plan(session={"AWS_ACCESS_KEY_ID": "made-up"})
    assert outcome.changed
    (call,) = fake.calls()
    assert call["argv"] == [
        "plan",
        "-input=false",
        "-json",
        "-detailed-exitcode",
        f"-out={fake.folder}/plans/p",
        "-lock=false",
        "-parallelism=3",
        "-var-file=runtime.tfvars.json",
    ]
    assert call["cwd"] == str(fake.root)
    environment = call["env"]
    assert isinstance(environment, dict)
    assert environment["TF_DATA_DIR"] == str(fake.data)
    assert environment["AWS_ACCESS_KEY_ID"] == "made-up"
    assert environment["HTTPS_PROXY"] == "http://proxy"
    assert "TF_VAR_x" not in environment
    configuration = Path(environment["TF_CLI_CONFIG_FILE"])
    assert 'path    = "/mirror"' in configuration.read_text()
    assert configuration.stat().st_mode & 0o777 == 0o600
    assert Path(environment["HOME"]).stat().st_mode & 0o777 == 0o700


def test_every_process_is_counted(fake: _Fake) -> None:
    """A command that is not needed, or not started, is not a process."""
    fake.says()
    fake.init()
    fake.init()
    fake.plan()
    fake.stop.set()
    assert fake.plan().stopped
    assert fake.terraform.runs == len(fake.calls()) == 2


def test_a_lock_file_is_never_changed(fake: _Fake) -> None:
    """With a lock file init installs exactly what it says."""
    fake.says()
    (fake.root / ".terraform.lock.hcl").touch()
    fake.init()
    assert "-lockfile=readonly" in str(fake.calls()[0]["argv"])
    assert "-reconfigure" in str(fake.calls()[0]["argv"])


def test_a_failed_init_is_tried_again(fake: _Fake) -> None:
    """Only a success is remembered."""
    fake.says(exit=1)
    assert not fake.init().ok
    fake.says()
    for _ in range(2):
        assert fake.init().ok
        assert len(fake.calls()) == 2


def test_runtime_files_of_the_root_do_not_ask_for_an_init(fake: _Fake) -> None:
    """Import blocks come and go without one; a new configuration file asks for one."""
    fake.says()
    fake.init()
    (fake.root / "imports.tf").write_text("import {}")
    assert fake.init().ok
    assert len(fake.calls()) == 1
    (fake.root / "more.tf").write_text("")
    assert fake.init().ok
    assert len(fake.calls()) == 2


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (planned("create"), ["create"]),
        (planned("delete"), ["destroy"]),
        (planned("replace"), ["replace"]),
        (planned("remove"), ["forget"]),
        (planned("noop", importing={"id": "x"}), ["import"]),
        (planned("import"), ["import"]),
        (planned("move"), []),
        (planned("noop"), []),
        (planned("explode"), ["update"]),
        (event("planned_change"), []),
        (event("something_new", change=1), []),
        ("{not json", []),
        ("[1]", []),
        ("", []),
    ],
)
def test_lines_are_read_or_kept_as_text(fake: _Fake, line: str, expected: list[str]) -> None:
    """Known events become values; an unknown action counts as a change; anything else loses nothing."""
    fake.says("Notice: before the JSON begins", line, exit=2)
    outcome = fake.plan()
    assert outcome.ok
    assert [change.action for change in outcome.planned] == expected
    assert "Notice" in outcome.text


def test_a_crash_is_told_with_what_it_said(fake: _Fake) -> None:
    """No JSON diagnostic, a panic on standard error: its words are the detail."""
    fake.says(event("version"), stderr=["panic: runtime error", "goroutine 1"], exit=11)
    outcome = fake.plan()
    (diagnostic,) = outcome.diagnostics
    assert (diagnostic.code, diagnostic.summary) == ("terraform-error", "panic: runtime error")
    assert "goroutine 1" in (diagnostic.detail or "")


def test_what_is_said_twice_is_told_once(fake: _Fake) -> None:
    """A plan that fails repeats the warnings of its check."""
    warning = event("diagnostic", diagnostic={"severity": "warning", "summary": "Argument is deprecated", "detail": ""})
    error = event("diagnostic", diagnostic={"severity": "error", "summary": "no such thing", "detail": ""})
    fake.says(warning, error, warning, exit=1)
    assert [d.summary for d in fake.plan().diagnostics] == ["Argument is deprecated", "no such thing"]


def test_an_end_without_a_word(fake: _Fake) -> None:
    """Nothing said and a bad exit code is still a diagnostic."""
    fake.says(exit=9)
    assert fake.plan().diagnostics[0].summary == "exit code 9"


@pytest.mark.parametrize(
    ("summary", "detail", "code"),
    [
        ("Error acquiring the state lock", "Lock Info:", "state-locked"),
        ("Saved plan is stale", "", "plan-stale"),
        ("Failed to query available provider packages", "could not connect", "provider-unavailable"),
        ("Failed to install provider", "none of the checksums recorded in the dependency lock file", "lock-outdated"),
        ("Provider dependency changes detected", "", "lock-outdated"),
        ("No valid credential sources found", "", "no-credentials"),
        ("Retrieving AWS account details", "api error ExpiredToken: expired", "no-credentials"),
        ("Backend initialization required, please run terraform init", "", "terraform-not-initialized"),
        ("Something else\n  entirely", "", "terraform-error"),
    ],
)
def test_known_failures_have_a_code_and_a_hint(fake: _Fake, summary: str, detail: str, code: str) -> None:
    """What a user can do something about is recognized; the rest keeps Terraform's words."""
    said = {"severity": "error", "summary": summary, "detail": detail, "address": "aws_vpc.this"}
    fake.says(event("diagnostic", diagnostic=said), exit=1)
    (diagnostic,) = fake.plan().diagnostics
    assert diagnostic.code == code
    assert "\n" not in diagnostic.summary
    assert (diagnostic.hint is None) == (code == "terraform-error")
    assert "aws_vpc.this" in (diagnostic.detail or "")


def test_warnings_do_not_fail(fake: _Fake) -> None:
    """A warning is a warning, with its place relative to the fleet."""
    said = {
        "severity": "warning",
        "summary": "Deprecated",
        "range": {"filename": "modules/x/main.tf", "start": {"line": 4, "column": 2}},
    }
    fake.says(event("diagnostic", diagnostic=said))
    outcome = fake.plan()
    assert outcome.ok
    (diagnostic,) = outcome.diagnostics
    assert (diagnostic.severity, diagnostic.code) == ("warning", "terraform-warning")
    assert diagnostic.file == ".vend/o-fake/roots/a/account/modules/x/main.tf"
    assert (diagnostic.line, diagnostic.column) == (4, 2)


def test_out_of_time(fake: _Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that takes too long is ended, and the result says that its lock may remain if it had to be killed."""
    monkeypatch.setattr("vend.terraform._driver._GRACE_SECONDS", 0.1)
    settings = TerraformSettings(timeout_minutes=0)
    terraform = Terraform(
        binary=fake.terraform.binary,
        mirror=fake.terraform.mirror,
        directory=fake.folder,
        settings=settings,
        environ={},
        stop=fake.stop,
    )
    fake.says(sleep=30)
    outcome = terraform.plan(fake.root, out=fake.folder / "p", data_directory=fake.data, session={})
    assert [diagnostic.code for diagnostic in outcome.diagnostics] == ["terraform-timeout"]
    assert not outcome.ok
    assert outcome.seconds < 20


def test_a_plan_that_cannot_be_read_back(fake: _Fake) -> None:
    """Reading a plan raises, since there is no half of a plan."""
    fake.says("not json")
    with pytest.raises(TerraformError):
        fake.terraform.show(fake.root, plan_file=fake.folder / "p", data_directory=fake.data, session={})


def test_a_binary_that_went_away(fake: _Fake) -> None:
    """An outcome, no exception: one account's failure is a result."""
    binary = TerraformBinary(argv=("/no/terraform",), version="1.11.4", flavour="terraform", source="test")
    terraform = Terraform(
        binary=binary,
        mirror=fake.terraform.mirror,
        directory=fake.folder,
        settings=TerraformSettings(),
        environ={},
        stop=fake.stop,
    )
    outcome = terraform.plan(fake.root, out=fake.folder / "p", data_directory=fake.data, session={})
    assert [diagnostic.code for diagnostic in outcome.diagnostics] == ["program-not-found"]


def test_apply_counts_and_reports_progress(fake: _Fake) -> None:
    """Each finished resource is told, with how many there are; a failed one finishes too."""
    hook = {"resource": RESOURCE, "elapsed_seconds": 10}
    fake.says(
        planned("create"),
        planned("update"),
        event("apply_start", hook=hook),
        event("apply_progress", hook=hook),
        event("apply_complete", hook=hook),
        event("apply_errored", hook=hook),
        event("change_summary", changes={"add": 1, "change": 0, "import": 2, "remove": 0}),
        event("outputs", outputs={"id": {"sensitive": True, "value": "x"}, "none": {}}),
    )
    steps: list[tuple[str, int, int]] = []
    outcome = fake.terraform.apply(
        fake.root,
        plan_file=fake.folder / "p",
        data_directory=fake.data,
        session={},
        on_progress=lambda *step: steps.append(step),
    )
    assert steps[2:] == [
        ("aws_vpc.this", 0, 2),
        ("aws_vpc.this (10 s)", 0, 2),
        ("aws_vpc.this", 1, 2),
        ("aws_vpc.this", 2, 2),
    ]
    assert outcome.outputs == {"id": "x"}
    assert outcome.counts is not None
    assert outcome.counts.imported == 2
    assert outcome.changed


def test_a_lock_file_is_made_from_the_mirror(fake: _Fake) -> None:
    """The providers of the settings, from the mirror alone, for the platforms asked for."""
    fake.says(files={".terraform.lock.hcl": "locked"})
    assert fake.terraform.lock(("linux_amd64", "darwin_arm64")) == b"locked"
    (call,) = fake.calls()
    assert call["argv"] == [
        "providers",
        "lock",
        "-platform=linux_amd64",
        "-platform=darwin_arm64",
        "-fs-mirror=/mirror",
    ]
    fake.says(exit=1, stderr=["Error: Could not retrieve providers for locking"])
    with pytest.raises(TerraformError) as caught:
        fake.terraform.lock()
    assert caught.value.diagnostics[0].summary == "Could not retrieve providers for locking"


@pytest.mark.parametrize("named", [True, False])
def test_without_a_mirror_downloads_are_kept(fake: _Fake, *, named: bool) -> None:
    """The plugin cache is the caller's, or one for all organizations of the working directory."""
    working = fake.folder / ".vend"
    cache = fake.folder / "cache" if named else working / "providers"
    terraform = Terraform(
        binary=fake.terraform.binary,
        mirror=ProviderMirror(path=None, source="the registry"),
        directory=working / "o-fake",
        settings=TerraformSettings(),
        environ={"TF_PLUGIN_CACHE_DIR": str(cache)} if named else {},
        stop=fake.stop,
    )
    fake.says()
    elsewhere = fake.folder / "elsewhere"
    elsewhere.mkdir()
    assert terraform.init(elsewhere, data_directory=fake.data, session={}).ok
    environment = fake.calls()[0]["env"]
    assert isinstance(environment, dict)
    assert Path(environment["TF_CLI_CONFIG_FILE"]).read_text() == f'plugin_cache_dir = "{cache}"\n'
    assert cache.is_dir()


def test_reading_stops_when_asked_to(fake: _Fake) -> None:
    """Where there is no outcome to carry it, an interrupt is raised: before a program is started, and while it runs."""
    fake.says(sleep=30)
    stopper = threading.Thread(target=fake.stop_once_called)
    stopper.start()
    with pytest.raises(InterruptedRunError):
        fake.terraform.show(fake.root, plan_file=fake.folder / "p", data_directory=fake.data, session={})
    stopper.join()
    assert len(fake.calls()) == 1
    with pytest.raises(InterruptedRunError):
        fake.terraform.show(fake.root, plan_file=fake.folder / "p", data_directory=fake.data, session={})
    with pytest.raises(InterruptedRunError):
        fake.terraform.lock()
    assert len(fake.calls()) == 1
