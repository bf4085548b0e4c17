"""What was started ends with whoever started it, also when that was killed."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from vend.process import (
    Command,
    guard,
    is_running,
    prepare,
    run,
    run_foreground,
    start_detached,
    terminate,
    wait_until_gone,
)

ENV = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}
FOREGROUND = """
import os, sys
from vend.process import run_foreground
run_foreground(sys.argv[2:], {"PATH": os.environ["PATH"], "DIR": sys.argv[1]}, guarded=True)
"""
RUN = """
import os, sys
from vend.process import Command, run
run(Command(argv=sys.argv[2:], env={"PATH": os.environ["PATH"], "DIR": sys.argv[1]}, grace_seconds=GRACE))
"""
TOLD = """
import os, pathlib, sys
from vend.process import Command, run
directory = pathlib.Path(sys.argv[1])
env = {"PATH": os.environ["PATH"], "DIR": sys.argv[1]}
print(run(Command(argv=sys.argv[2:], env=env, on_stdout=(directory / "told").write_text)).returncode)
"""
TREE = (
    'sleep 300 & echo $! > "$DIR/background"; '
    "setsid sh -c 'echo $$ > \"$DIR/session\"; exec sleep 300' & "
    'trap "" TERM; echo $$ > "$DIR/command"; sleep 300'
)
"""A command, one that it started, and one that this put into a session of its own."""
DAEMON = (
    '(setsid sh -c \'trap "" INT TERM HUP; echo $$ > "$DIR/daemon"; exec sleep 300\' >&- 2>&- &); '
    'while [ ! -s "$DIR/daemon" ]; do sleep 0.01; done; '
)
"""What has left its session and lost its parent, and takes no hint."""
STATE = """
import os, signal, sys, time
directory = os.environ["DIR"]
interrupts = []
signal.signal(signal.SIGINT, lambda *_: interrupts.append(1))
open(os.path.join(directory, "command"), "w").write(str(os.getpid()))
while not interrupts:
    time.sleep(0.01)
for _ in range(20000):
    print("x" * 99, flush=True)
    print("y" * 99, file=sys.stderr)
open(os.path.join(directory, "state"), "w").write(f"written after {len(interrupts)} interrupt")
"""
"""As Terraform does: told to end, it says much, then writes its state."""


def eventually(holds: Callable[[], bool], seconds: float = 30.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.02)
    return False


def pid_in(file: Path) -> int:
    """The process id that a file holds; 0 as long as it holds none."""
    try:
        return int(file.read_text())
    except (FileNotFoundError, ValueError):
        return 0


def started_by(directory: Path, code: str, *argv: str, names: tuple[str, ...]) -> tuple[int, list[int]]:
    """Starts a process that runs a command; gives its id, and those that the command wrote into files."""
    starter = start_detached((sys.executable, "-c", code, str(directory), *argv), ENV, None, directory / "log")
    files = [directory / name for name in names]
    assert eventually(lambda: all(map(pid_in, files))), (directory / "log").read_text()
    started = [pid_in(file) for file in files]
    assert all(map(is_running, started))
    return starter, started


def children(pid: int) -> list[int]:
    return [child for child, parent in guard._parents().items() if parent == pid]


def guard_process() -> int:
    """The guard of this very process."""
    prepare()
    found = [pid for pid in children(os.getpid()) if b"guard.py" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("code", [FOREGROUND, RUN.replace("GRACE", "0.2")])
def test_nothing_stays_when_the_one_who_started_it_is_killed(tmp_path: Path, code: str) -> None:
    """SIGKILL for vend: the command, what it started, and what that put into a session of its own are all killed."""
    starter, started = started_by(tmp_path, code, "sh", "-c", TREE, names=("background", "session", "command"))
    os.kill(starter, signal.SIGKILL)
    assert eventually(lambda: not any(map(is_running, [starter, *started])))


def test_a_kill_of_the_whole_process_group_does_not_reach_the_guard(tmp_path: Path) -> None:
    """As a CI system kills a job: the guard does its work all the same."""
    code = RUN.replace("GRACE", "0.2")
    starter, started = started_by(tmp_path, code, "sh", "-c", TREE, names=("background", "session", "command"))
    os.killpg(starter, signal.SIGKILL)
    assert eventually(lambda: not any(map(is_running, [starter, *started])))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_a_program_gets_the_time_to_write_its_state(tmp_path: Path, number: signal.Signals) -> None:
    """It is interrupted once, and what it writes then is read though vend is dead: no SIGPIPE, no full pipe."""
    code = RUN.replace("GRACE", "30")
    starter, (program,) = started_by(tmp_path, code, sys.executable, "-c", STATE, names=("command",))
    os.kill(starter, number)
    assert eventually(lambda: not any(map(is_running, [starter, program])))
    assert (tmp_path / "state").read_text() == "written after 1 interrupt"


@pytest.mark.skipif(sys.platform != "linux", reason="nothing else has subreapers")
def test_a_daemon_does_not_outlive_the_one_who_started_it(tmp_path: Path) -> None:
    """SIGKILL for vend: what has left its session and lost its parent is found, though it ignores the interrupt."""
    script = DAEMON + 'echo $$ > "$DIR/command"; exec sleep 300'
    starter, started = started_by(
        tmp_path, RUN.replace("GRACE", "0.2"), "sh", "-c", script, names=("daemon", "command")
    )
    os.kill(starter, signal.SIGKILL)
    assert eventually(lambda: not any(map(is_running, [starter, *started])))


@pytest.mark.skipif(sys.platform != "linux", reason="nothing else has subreapers")
def test_a_daemon_ends_with_its_program(tmp_path: Path) -> None:
    """When `run` comes back nothing is left of what the program started, unless that is allowed to stay."""
    command = Command(argv=["sh", "-c", DAEMON], env={**ENV, "DIR": str(tmp_path)})
    assert run(command).returncode == 0
    assert not is_running(pid_in(tmp_path / "daemon"))
    (tmp_path / "daemon").unlink()
    assert run(Command(argv=command.argv, env=command.env, leaves_daemons=True)).returncode == 0
    daemon = pid_in(tmp_path / "daemon")
    assert is_running(daemon)
    os.kill(daemon, signal.SIGKILL)


@pytest.mark.skipif(sys.platform != "linux", reason="nothing else has subreapers")
def test_a_forced_stop_kills_daemons_too(tmp_path: Path) -> None:
    """Also those of a program whose daemons may stay: it did not end by itself."""
    script = DAEMON + 'trap "" INT; echo ready; sleep 300'
    stop = threading.Event()
    completed = run(
        Command(
            argv=["sh", "-c", script],
            env={**ENV, "DIR": str(tmp_path)},
            on_stdout=lambda _: stop.set(),
            stop=stop,
            grace_seconds=0.1,
            leaves_daemons=True,
        )
    )
    assert (completed.stopped, completed.killed, completed.returncode) == (True, True, -signal.SIGKILL)
    assert not is_running(pid_in(tmp_path / "daemon"))


def test_what_a_command_leaves_running_is_its_own_affair(tmp_path: Path) -> None:
    """When all goes well with a command in the terminal nothing is killed: it may start a daemon."""
    script = f'sleep 300 & echo $! > "{tmp_path}/daemon"; exit 3'
    assert run_foreground(("sh", "-c", script), ENV, guarded=True) == 3
    daemon = int((tmp_path / "daemon").read_text())
    assert is_running(daemon)
    os.kill(daemon, signal.SIGKILL)


def test_a_guard_that_was_killed_costs_nothing(tmp_path: Path) -> None:
    """A command in the terminal runs to its end and gives its exit code; the next program gets a new guard."""
    script = f'kill -9 {guard_process()}; echo done > "{tmp_path}/done"; exit 4'
    assert run_foreground(("sh", "-c", script), ENV, guarded=True) == 4
    assert (tmp_path / "done").exists()
    assert run(Command(argv=["sh", "-c", "exit 5"], env=ENV)).returncode == 5


@pytest.mark.skipif(sys.platform != "linux", reason="nothing else has subreapers")
def test_a_program_whose_keeper_was_killed_is_killed(tmp_path: Path) -> None:
    """Its end is not known then, so that it counts as killed, and it is; so is the daemon it started."""
    script = DAEMON + "echo $$; exec sleep 300"
    starter, started = started_by(tmp_path, TOLD, "sh", "-c", script, names=("daemon", "told"))
    os.kill(guard._parents()[started[1]], signal.SIGKILL)
    assert eventually(lambda: not any(map(is_running, [starter, *started])))
    assert (tmp_path / "log").read_text() == "-9\n"


def test_signals_that_end_everything_leave_the_guard(tmp_path: Path) -> None:
    """SIGTERM for each process, as a service manager sends it: the guard stays, and so do keepers."""
    code = RUN.replace("GRACE", "30")
    starter, (program,) = started_by(tmp_path, code, sys.executable, "-c", STATE, names=("command",))
    keeper = guard._parents()[program]
    for pid in (keeper, guard._parents()[keeper], starter):
        os.kill(pid, signal.SIGTERM)
    assert eventually(lambda: not any(map(is_running, [starter, program])))
    assert (tmp_path / "state").exists()
    assert eventually(lambda: not is_running(keeper))


def test_nothing_is_left_of_a_process_that_ends_by_itself() -> None:
    """Its guard ends with it."""
    code = (
        "import sys\nfrom vend.process import Command, run\nfrom vend.process._guard import _guard\n"
        "run(Command(argv=['true'], env={'PATH': '/usr/bin:/bin'}))\nprint(_guard._process.pid)"
    )
    completed = run(Command(argv=[sys.executable, "-c", code], env=ENV, leaves_daemons=True))
    assert completed.returncode == 0, completed.stderr
    assert not is_running(int(completed.stdout))


def test_the_guard_is_started_when_it_is_needed() -> None:
    """Not by `vend --help`: it starts no process."""
    code = (
        "import sys\nfrom vend.cli import main\nmain(['--help'])\n"
        "guard = sys.modules.get('vend.process._guard')\n"
        "sys.exit(3 if guard is not None and guard._guard._process is not None else 0)"
    )
    assert run(Command(argv=[sys.executable, "-c", code], env=ENV)).returncode == 0


def test_the_tree_is_found_where_there_is_no_proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS: `ps` lists every process with its parent."""
    monkeypatch.setattr(guard, "_PROCESSES", str(tmp_path / "missing"))
    assert guard._parents()[os.getpid()] == os.getppid()


def test_waiting_for_somebody_elses_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that this one did not start, by the kernel's word or by looking; one that is gone needs no waiting."""
    from vend.process import _detached

    def ended() -> int:
        pid = start_detached(("sleep", "0.3"), ENV, None, tmp_path / "log")
        wait_until_gone(pid)
        return pid

    assert not is_running(ended())
    wait_until_gone(ended())
    monkeypatch.setattr(_detached, "_LOOK_SECONDS", 0.05)
    monkeypatch.delattr(os, "pidfd_open", raising=False)
    assert not is_running(ended())
    terminate(ended())
