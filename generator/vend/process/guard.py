"""A program that ends a command when whoever started it is gone: `python guard.py`, which needs nothing of vend.

Reads from standard input the process id of the command, then `done` once it has ended. When the input ends without
that, whoever held its other end was killed, and the command and everything below it is killed too. What has made
itself independent of the command (a daemon) is left alone.
"""

from __future__ import annotations

import os
import signal
import subprocess  # noqa: TID251 - this room is the door
import sys
from contextlib import suppress
from pathlib import Path

_PROCESSES = Path("/proc")


def main() -> None:
    """Waits, and kills if need be."""
    pid = sys.stdin.readline().strip()
    if pid.isdigit() and sys.stdin.read().strip() != "done":
        kill_tree(int(pid))


def kill_tree(root: int) -> None:
    """Kills a process and all its descendants; those that it finds are stopped first, so that none gets away."""
    found: list[int] = []
    new = [root]
    while new:
        for pid in new:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGSTOP)
        found += new
        parents = _parents()
        new = [pid for pid, parent in parents.items() if parent in found and pid not in found]
    for pid in found:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _parents() -> dict[int, int]:
    """Every process with its parent."""
    try:
        entries = [entry for entry in _PROCESSES.iterdir() if entry.name.isdigit()]
    except OSError:
        return _parents_elsewhere()
    parents = {}
    for entry in entries:
        with suppress(OSError, IndexError, ValueError):
            # "pid (name) state parent …"; a name may hold anything, brackets too.
            parents[int(entry.name)] = int((entry / "stat").read_bytes().rpartition(b")")[2].split()[1])
    return parents


def _parents_elsewhere() -> dict[int, int]:
    """The same where there is no /proc."""
    listed = subprocess.run(("ps", "-axo", "pid=,ppid="), capture_output=True, text=True, check=False)
    pairs = (line.split() for line in listed.stdout.splitlines())
    return {int(pair[0]): int(pair[1]) for pair in pairs}


if __name__ == "__main__":
    main()
