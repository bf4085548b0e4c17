"""The log of a run: all that happened, nothing that is secret, and never in the way."""

from __future__ import annotations

import io
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from support.factories import a_change, an_account_request
from vend.cli.call._call import Call, Streams, answer, view_for
from vend.cli.call._run_log import RunLog
from vend.errors import Diagnostic, RefusedError
from vend.events import (
    AccountPlanned,
    AccountStarted,
    Event,
    HookOutput,
    Notice,
    RunStarted,
    StageFinished,
    StageProgress,
)
from vend.models import StageResult
from vend.plan import AccountPlan, StagePlan, Subject
from vend.working import MOST_LOGS, open_run_log

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECRET = "hunter2-and-more"
PROBLEM = Diagnostic(code="hook-failed", summary=f"it said {SECRET}", detail="line one\nline two", hint="look")


def started(directory: Path, run: str = "r1", patterns: tuple[str, ...] = ()) -> RunStarted:
    return RunStarted(
        run=run, command="apply", accounts=("a",), directory=directory / ".vend" / "o-1", sensitive_patterns=patterns
    )


def planned() -> AccountPlanned:
    change = a_change(after={"master_key": SECRET}, after_sensitive={"master_key": True})
    stage = StagePlan(stage="customizations", state="planned", fingerprint="f", changes=(change,))
    return AccountPlanned(plan=AccountPlan(account="a", action="create", stages=(stage,)))


def logged(directory: Path, *events: Event, run: str = "r1") -> str:
    log = RunLog(lambda: NOW)
    for event in events:
        log.on_event(event)
    log.close()
    return path_of(directory, run).read_text()


def path_of(directory: Path, run: str = "r1") -> Path:
    return directory / ".vend" / "o-1" / "logs" / f"{run}.log"


def test_every_event_is_a_line_with_its_time_and_problems_are_told_in_full(tmp_path: Path) -> None:
    """Account and stage stand before what happened; details below it."""
    failed = StageFinished(account="a", result=StageResult(stage="settings", status="failed", diagnostics=(PROBLEM,)))
    text = logged(tmp_path, started(tmp_path), AccountStarted(account="a", action="none"), failed)
    first, second, third, *rest = text.splitlines()
    assert first == "2026-01-01T12:00:00.000Z  applying 1 account"
    assert second == "2026-01-01T12:00:00.000Z  a  account started"
    assert third.startswith("2026-01-01T12:00:00.000Z  a  settings  failed: it said")
    assert [line.strip() for line in rest] == [
        f"error[hook-failed]: it said {SECRET}", "line one", "line two", "hint: look",
    ]  # fmt: skip


def test_a_log_is_its_owners_alone(tmp_path: Path) -> None:
    """Whatever the umask is; its folder too."""
    former = os.umask(0)
    try:
        logged(tmp_path, started(tmp_path))
    finally:
        os.umask(former)
    assert stat.S_IMODE(path_of(tmp_path).stat().st_mode) == 0o600
    assert stat.S_IMODE(path_of(tmp_path).parent.stat().st_mode) == 0o700


def test_what_is_sensitive_in_a_plan_is_masked_wherever_it_comes_up(tmp_path: Path) -> None:
    """In what hooks write, in problems, and in what belongs to no account."""
    text = logged(
        tmp_path,
        started(tmp_path),
        planned(),
        HookOutput(account="a", stage="pre_account", hook="h", line=f"password={SECRET}"),
        StageFinished(account="a", result=StageResult(stage="settings", status="failed", diagnostics=(PROBLEM,))),
        Notice(message=f"mind {SECRET}"),
    )
    assert SECRET not in text
    assert text.count("(sensitive)") == 4


def test_what_is_sensitive_by_the_fleets_own_patterns_is_masked(tmp_path: Path) -> None:
    """As in reviews; without the pattern it is shown."""
    request = an_account_request(account="a", custom_fields={"vault_pin": SECRET})
    subject = Subject(name="A", email="a@example.com", unit_after="x", request=request)
    told = AccountPlanned(plan=AccountPlan(account="a", action="create", subject=subject))
    output = HookOutput(account="a", stage="pre_account", hook="h", line=SECRET)
    assert SECRET not in logged(tmp_path, started(tmp_path, patterns=("pin",)), told, output)
    assert SECRET in logged(tmp_path, started(tmp_path, "r2"), told, output, run="r2")


def test_steps_name_no_resource_before_it_is_known_what_is_secret(tmp_path: Path) -> None:
    """The key of a `for_each` may be."""
    step = StageProgress(account="a", stage="customizations", step=f'planning module.x.aws_y.z["{SECRET}"]')
    text = logged(tmp_path, started(tmp_path), step, planned(), step)
    assert SECRET not in text
    assert text.splitlines()[1].endswith("a  customizations  planning")
    assert "module.x.aws_y.z" in text.splitlines()[-1]


def test_text_from_elsewhere_begins_no_line_of_its_own(tmp_path: Path) -> None:
    """Control characters are written out."""
    output = HookOutput(account="a", stage="pre_account", hook="h", line="x\r\n2026 fake\x1b[2J")
    text = logged(tmp_path, started(tmp_path), output)
    assert text.splitlines()[-1].endswith("h | x\\r\\n2026 fake\\x1b[2J")


def test_nothing_is_written_before_a_run_begins(tmp_path: Path) -> None:
    """A command that looks only leaves no log, and names none."""
    log = RunLog(lambda: NOW)
    log.on_event(Notice(message="x"))
    log.diagnostics([PROBLEM])
    assert log.told is None
    assert not list(tmp_path.iterdir())


def test_the_newest_logs_are_kept_up_to_a_number_and_an_age(tmp_path: Path) -> None:
    """Other files stay."""
    directory = tmp_path / ".vend" / "o-1"
    (directory / "logs").mkdir(parents=True)
    for number in range(60):
        path = directory / "logs" / f"r{number:02d}.log"
        path.touch()
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    (directory / "logs" / "notes.txt").touch()
    old = directory / "logs" / "r58.log"
    os.utime(old, (NOW.timestamp() - 91 * 86400,) * 2)
    open_run_log(directory, "r99", NOW.timestamp()).close()
    left = sorted(path.name for path in (directory / "logs").glob("*.log"))
    assert (len(left), left[0], left[-1]) == (MOST_LOGS - 1, "r11.log", "r99.log")
    assert not old.exists()
    assert (directory / "logs" / "notes.txt").exists()


def test_a_log_that_cannot_be_made_is_said_and_fails_nothing(tmp_path: Path) -> None:
    """A file stands where its folder would be."""
    (tmp_path / ".vend").write_text("")
    log = RunLog(lambda: NOW)
    log.on_event(started(tmp_path))
    log.on_event(planned())
    assert log.told == "log: .vend/o-1/logs/r1.log (incomplete: Not a directory)"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_said_and_fails_nothing(tmp_path: Path) -> None:
    """What came before it is kept."""
    log = RunLog(lambda: NOW)
    log.on_event(started(tmp_path))
    with Path("/dev/full").open("w", buffering=1) as full:
        assert log._file is not None
        log._file.close()
        log._file = full
        log.on_event(Notice(message="x"))
    log.on_event(Notice(message="y"))
    assert log.told == "log: .vend/o-1/logs/r1.log (incomplete: No space left on device)"


@pytest.mark.parametrize(("code", "named"), [(0, False), (2, False), (1, True), (3, True)])
def test_a_failure_names_the_log_and_a_success_does_not(tmp_path: Path, code: int, named: bool) -> None:  # noqa: FBT001
    """At the end, relative to the fleet."""
    call = a_call()

    def work(call: Call) -> int:
        call.on_event(started(tmp_path))
        return code

    assert answer(call, work) == code
    assert call.streams.err.getvalue().endswith("log: .vend/o-1/logs/r1.log\n") == named  # type: ignore[attr-defined]


def test_what_ended_a_command_is_in_the_log(tmp_path: Path) -> None:
    """And the log is named after it."""
    call = a_call()

    def work(call: Call) -> int:
        call.on_event(started(tmp_path))
        raise RefusedError(PROBLEM)

    assert answer(call, work) == 3
    assert "error[hook-failed]" in path_of(tmp_path).read_text()
    assert call.streams.err.getvalue().splitlines()[-1] == "log: .vend/o-1/logs/r1.log"  # type: ignore[attr-defined]


def a_call() -> Call:
    streams = Streams(stdin=io.StringIO(), out=io.StringIO(), err=io.StringIO())
    return Call(fleet=None, directory=Path(), environ={}, form="text", streams=streams, view=view_for("text", streams))
