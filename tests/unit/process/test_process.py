"""Programs are run, streamed, and ended with everything they started."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from vend.errors import ProcessError
from vend.process import Command, Completed, is_running, run, run_foreground, start_detached, terminate

ENV = {"PATH": os.environ["PATH"]}


def python(code: str, **options: object) -> Completed:
    return run(Command(argv=[sys.executable, "-c", code], env=ENV, **options))  # type: ignore[arg-type]  # test options


def eventually(holds: Callable[[], bool], seconds: float = 10.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.02)
    return False


def test_returns_output_and_exit_code() -> None:
    """Standard output, standard error and the exit code come back apart."""
    completed = python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert (completed.returncode, completed.stdout, completed.stderr) == (3, "out\n", "err\n")
    assert not completed.timed_out
    assert not completed.stopped


def test_lines_arrive_while_the_program_runs() -> None:
    """A line is handed over before the program ends."""
    seen: list[float] = []
    began = time.monotonic()
    python(
        "import time; print('one', flush=True); time.sleep(0.6)",
        on_stdout=lambda _: seen.append(time.monotonic() - began),
    )
    assert seen[0] < time.monotonic() - began - 0.5


def test_lines_have_no_ends_and_the_last_one_needs_none() -> None:
    """CRLF, LF and a last line without an end give the same lines."""
    lines: list[str] = []
    python(r"import sys; sys.stdout.buffer.write(b'a\r\nb\n\nc')", on_stdout=lines.append)
    assert lines == ["a", "b", "", "c"]


def test_bytes_that_are_no_text_are_replaced() -> None:
    """Invalid UTF-8 neither fails nor gets lost; a character split between two writes stays whole."""
    lines: list[str] = []
    python(
        r"import sys,time; o=sys.stdout.buffer; o.write(b'\xff\xc3'); o.flush(); time.sleep(.2); o.write(b'\xa9\n')",
        on_stdout=lines.append,
    )
    assert lines == ["\ufffdé"]


def test_a_line_without_end_is_handed_over_in_pieces() -> None:
    """Three megabytes without a line end arrive in pieces and complete."""
    pieces: list[str] = []
    completed = python("import sys; sys.stdout.write('x' * 3_000_000)", on_stdout=pieces.append)
    assert len(pieces) == 3
    assert sum(map(len, pieces)) == 3_000_000 == len(completed.stdout)


def test_only_the_end_of_long_output_is_kept() -> None:
    """`keep_bytes` bounds what is kept; the end matters more than the beginning."""
    completed = python("print('a' * 500_000 + 'z' * 9)", keep_bytes=10)
    assert completed.stdout == "zzzzzzzzz\n"


def test_much_output_on_both_streams_does_not_block() -> None:
    """Filling one pipe while the other is read cannot deadlock."""
    completed = python("import sys\nfor _ in range(20000): print('o' * 50); print('e' * 50, file=sys.stderr)")
    assert len(completed.stdout) == len(completed.stderr) == 20000 * 51


def test_standard_input_is_given_whole_or_empty() -> None:
    """What is given arrives, however much; nothing given reads as the end."""
    code = "import sys; print(len(sys.stdin.buffer.read()))"
    assert python(code, stdin=b"x" * 1_000_000).stdout == "1000000\n"
    assert python(code).stdout == "0\n"


def test_a_program_that_does_not_read_its_input_is_no_failure() -> None:
    """A closed pipe is not our problem."""
    assert python("import os; os.close(0)", stdin=b"x" * 1_000_000).returncode == 0


def test_nothing_is_inherited_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment is the given one alone."""
    monkeypatch.setenv("AWS_PROFILE", "someone")
    completed = python("import os; print(os.environ.get('AWS_PROFILE'))")
    assert completed.stdout == "None\n"


def test_stop_interrupts_once_and_lets_the_program_finish() -> None:
    """One SIGINT, after which the program may end in its own time and with its own exit code."""
    stop = threading.Event()
    lines: list[str] = []

    def on_line(line: str) -> None:
        lines.append(line)
        stop.set()

    completed = python(
        "import signal,time,sys\n"
        "count=[]\n"
        "signal.signal(signal.SIGINT, lambda *_: count.append(1))\n"
        "print('ready', flush=True)\n"
        "while not count: time.sleep(0.01)\n"
        "time.sleep(0.4); print(len(count)); sys.exit(7)",
        stop=stop,
        on_stdout=on_line,
    )
    assert lines == ["ready", "1"]
    assert (completed.returncode, completed.stopped, completed.killed) == (7, True, False)


def test_a_program_that_ignores_the_interrupt_is_killed() -> None:
    """After the grace comes SIGKILL."""
    completed = python(
        "import signal,time; signal.signal(signal.SIGINT, signal.SIG_IGN); print('x', flush=True); time.sleep(60)",
        timeout_seconds=0.5,
        grace_seconds=0.2,
    )
    assert (completed.returncode, completed.timed_out, completed.killed) == (-signal.SIGKILL, True, True)
    assert completed.seconds < 10


def test_children_do_not_outlive_the_program(tmp_path: Path) -> None:
    """A child left in the background is killed, and its open pipe does not hold us up."""
    pid_file = tmp_path / "pid"
    completed = run(Command(argv=["sh", "-c", f"sleep 60 & echo $! > {pid_file}"], env=ENV))
    assert completed.returncode == 0
    assert completed.seconds < 5
    assert eventually(lambda: not is_running(int(pid_file.read_text())))


def test_children_are_killed_with_a_program_that_hangs(tmp_path: Path) -> None:
    """A shell waiting for a child that ignores interrupts: both are gone after the grace."""
    pid_file = tmp_path / "pid"
    script = f"trap '' INT; sleep 60 & echo $! > {pid_file}; wait"
    completed = run(Command(argv=["sh", "-c", script], env=ENV, timeout_seconds=0.3, grace_seconds=0.2))
    assert completed.timed_out
    assert eventually(lambda: not is_running(int(pid_file.read_text())))


def test_the_interrupt_can_go_to_the_whole_group() -> None:
    """A shell does not pass an interrupt on; with `interrupt_group` its child gets it."""
    completed = run(
        Command(
            argv=["sh", "-c", "sleep 60; echo interrupted"],
            env=ENV,
            timeout_seconds=2,
            grace_seconds=20,
            interrupt_group=True,
        )
    )
    assert completed.timed_out
    assert not completed.killed
    assert completed.seconds < 20


def test_it_has_a_session_of_its_own() -> None:
    """The terminal's Ctrl-C goes to our process group, which the program is not in."""
    completed = python("import os; print(os.getsid(0) == os.getpid())")
    assert completed.stdout == "True\n"


def test_an_exception_of_a_listener_ends_the_program() -> None:
    """A listener's bug is raised to the caller and leaves nothing running."""
    pids: list[int] = []

    def on_line(line: str) -> None:
        pids.append(int(line))
        raise RuntimeError("listener")

    with pytest.raises(RuntimeError, match="listener"):
        python("import os,time; print(os.getpid(), flush=True); time.sleep(60)", on_stdout=on_line)
    assert not is_running(pids[0])


def a_file(path: Path, text: str, mode: int) -> str:
    path.write_text(text)
    path.chmod(mode)
    return str(path)


@pytest.mark.parametrize(
    ("text", "mode", "hint"),
    [
        ("#!/bin/sh\n", 0o644, "chmod +x"),
        ("#!/no/such/interpreter\n", 0o755, "interpreter"),
        ("\x00\x01", 0o755, "#!/bin/sh"),
    ],
)
def test_what_cannot_be_started_is_a_diagnostic(tmp_path: Path, text: str, mode: int, hint: str) -> None:
    """Not executable, a missing interpreter, no program at all: each says what to do."""
    with pytest.raises(ProcessError) as caught:
        run(Command(argv=[a_file(tmp_path / "hook", text, mode)], env=ENV))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "program-not-startable"
    assert hint in (diagnostic.hint or "")


def test_a_missing_program_is_a_diagnostic(tmp_path: Path) -> None:
    """A program that is not there has a code of its own; so has a directory that is not there."""
    with pytest.raises(ProcessError) as caught:
        run(Command(argv=["no-such-program"], env=ENV))
    assert caught.value.diagnostics[0].code == "program-not-found"
    with pytest.raises(ProcessError) as caught:
        run(Command(argv=["true"], env=ENV, cwd=tmp_path / "gone"))
    assert caught.value.diagnostics[0].code == "program-not-startable"
    assert "directory" in caught.value.diagnostics[0].summary


def test_a_null_byte_in_an_argument_is_a_diagnostic() -> None:
    """What the system cannot take as an argument is no traceback."""
    with pytest.raises(ProcessError) as caught:
        run(Command(argv=["true", "a\0b"], env=ENV))
    assert caught.value.diagnostics[0].code == "program-not-startable"


def test_foreground_gives_the_exit_code() -> None:
    """The command's own code; 128 + N for signal N, as in a shell."""
    assert run_foreground(["sh", "-c", "exit 42"], ENV) == 42
    assert run_foreground(["sh", "-c", "kill -TERM $$"], ENV) == 128 + signal.SIGTERM
    with pytest.raises(ProcessError):
        run_foreground(["no-such-program"], ENV)


def test_foreground_shares_the_standard_streams() -> None:
    """Standard input passes through; output is not captured."""
    code = (
        "import sys; from vend.process import run_foreground; "
        "sys.exit(run_foreground(['sh', '-c', 'read line; echo got $line; exit 5'], {'PATH': '/usr/bin:/bin'}))"
    )
    completed = python(code, stdin=b"hello\n")
    assert (completed.returncode, completed.stdout) == (5, "got hello\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_foreground_passes_signals_on(number: signal.Signals) -> None:
    """A signal sent to us alone reaches the command, and we wait for it to end."""
    inner = (
        f"import signal,time,sys; signal.signal({int(number)}, lambda *_: sys.exit(9)); "
        "print('ready', flush=True); time.sleep(30)"
    )
    outer = (
        "import sys,os,threading,time,signal\n"
        "from vend.process import run_foreground\n"
        f"threading.Timer(1.0, lambda: os.kill(os.getpid(), {int(number)})).start()\n"
        f"sys.exit(run_foreground([sys.executable, '-c', {inner!r}], dict(os.environ)))"
    )
    assert python(outer, timeout_seconds=20).returncode == 9


def test_detached_goes_on_and_is_ended(tmp_path: Path) -> None:
    """It runs on its own, writes to its log, and goes on SIGTERM."""
    log = tmp_path / "log"
    code = "import time; print('up', flush=True); time.sleep(60)"
    pid = start_detached([sys.executable, "-c", code], ENV, tmp_path, log)
    assert is_running(pid)
    assert eventually(lambda: log.read_text() == "up\n")
    assert log.stat().st_mode & 0o777 == 0o600
    assert terminate(pid)
    assert not is_running(pid)
    assert terminate(pid)


def test_detached_that_ignores_the_request_is_killed(tmp_path: Path) -> None:
    """SIGTERM ignored: SIGKILL after the grace."""
    log = tmp_path / "log"
    code = "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    pid = start_detached([sys.executable, "-c", code], ENV, tmp_path, log)
    assert eventually(lambda: log.exists() and log.read_text() == "up\n")
    assert not terminate(pid, grace_seconds=0.2)
    assert not is_running(pid)


def test_one_that_ended_by_itself_is_not_running(tmp_path: Path) -> None:
    """A child that ended is no longer running, though nobody waited for it."""
    pid = start_detached(["true"], ENV, tmp_path, tmp_path / "log")
    assert eventually(lambda: not is_running(pid))
    assert not is_running(0)
    assert not is_running(-1)
    assert is_running(os.getpid())
