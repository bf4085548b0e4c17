"""A command ends with whoever started it, also when that was killed."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from vend.process import guard, is_running, run_foreground, start_detached, terminate, wait_until_gone

ENV = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}
STARTS = """
import os, sys
from vend.process import run_foreground
run_foreground(sys.argv[2:], {"PATH": os.environ["PATH"], "DIR": sys.argv[1]}, guarded=True)
"""
TREE = (
    'sleep 300 & echo $! > "$DIR/background"; '
    "setsid sh -c 'echo $$ > \"$DIR/session\"; exec sleep 300' & "
    'trap "" TERM; echo $$ > "$DIR/command"; sleep 300'
)


def eventually(holds: Callable[[], bool], seconds: float = 20.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.02)
    return False


def pids(directory: Path) -> list[int]:
    texts = [path.read_text() for path in (directory / name for name in ("background", "session", "command"))]
    return [int(text) for text in texts]


def written(directory: Path) -> bool:
    try:
        return len(pids(directory)) == 3
    except (FileNotFoundError, ValueError):
        return False


def test_nothing_stays_when_the_one_who_started_it_is_killed(tmp_path: Path) -> None:
    """SIGKILL for vend: the command, what it started, and what that put into a session of its own are all killed."""
    starter = start_detached(
        (sys.executable, "-c", STARTS, str(tmp_path), "sh", "-c", TREE), ENV, None, tmp_path / "log"
    )
    assert eventually(lambda: written(tmp_path)), (tmp_path / "log").read_text()
    started = pids(tmp_path)
    assert all(map(is_running, started))
    os.kill(starter, signal.SIGKILL)
    assert eventually(lambda: not any(map(is_running, started)))


def test_what_a_command_leaves_running_is_its_own_affair(tmp_path: Path) -> None:
    """When all goes well nothing is killed: a command may start a daemon."""
    script = f'sleep 300 & echo $! > "{tmp_path}/daemon"; exit 3'
    assert run_foreground(("sh", "-c", script), ENV, guarded=True) == 3
    daemon = int((tmp_path / "daemon").read_text())
    assert is_running(daemon)
    os.kill(daemon, signal.SIGKILL)


def test_a_guard_that_was_killed_costs_nothing(tmp_path: Path) -> None:
    """The command runs to its end and gives its exit code."""
    script = f'kill -9 $(pgrep -P {os.getpid()} -f "[g]uard.py"); echo done > "{tmp_path}/done"; exit 4'
    assert run_foreground(("sh", "-c", script), ENV, guarded=True) == 4
    assert (tmp_path / "done").exists()


def test_a_guard_without_a_command_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever started it was gone before there was a command, or the command has ended: there is nobody to kill."""
    import io

    killed: list[int] = []
    monkeypatch.setattr(guard, "kill_tree", killed.append)
    for text in ("", "77\ndone\n", "nonsense\n"):
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))
        guard.main()
    assert killed == []
    monkeypatch.setattr(sys, "stdin", io.StringIO("77\n"))
    guard.main()
    assert killed == [77]


def test_the_tree_is_found_where_there_is_no_proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS: `ps` lists every process with its parent."""
    monkeypatch.setattr(guard, "_PROCESSES", tmp_path / "missing")
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
