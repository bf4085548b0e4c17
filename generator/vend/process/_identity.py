"""Telling one process from all others, and whether it has ended."""

from __future__ import annotations

import os
from pathlib import Path

from vend.models import ProcessIdentity

PROC = Path("/proc")
_STATE, _STARTED = 0, 19
"""Where state and start time stand in /proc/PID/stat, behind the name (proc(5))."""


def own_identity(proc: Path = PROC) -> ProcessIdentity | None:
    """Who this process is; None where the system does not tell (macOS)."""
    place, pid = _place(proc), os.getpid()
    started = _started(proc, pid)
    if place is None or started is None:
        return None
    return ProcessIdentity(boot=place[0], namespace=place[1], pid=pid, started=started)


def has_ended(process: ProcessIdentity, proc: Path = PROC) -> bool | None:
    """Whether a process has ended; None where that cannot be said, since it ran elsewhere.

    Elsewhere is another machine or container, and this machine before it was booted. Whoever is told True may rely on
    it: a doubt is no True.
    """
    if _place(proc) != (process.boot, process.namespace):
        return None
    if not (proc / "self" / "stat").exists():
        return None
    started = _started(proc, process.pid)
    if started is not None:
        return started != process.started
    return None if _exists(process.pid) else True


def processes_with(name: str, value: str, proc: Path = PROC) -> tuple[int, ...]:
    """The processes in whose environment a variable has this value, as far as we may look; this one is left out."""
    wanted, own = os.fsencode(f"{name}={value}"), os.getpid()
    found = []
    for entry in proc.iterdir() if proc.is_dir() else ():
        if entry.name.isdigit() and int(entry.name) != own:
            try:
                environment = (entry / "environ").read_bytes().split(b"\0")
            except OSError:  # it has ended, or is another user's
                continue
            if wanted in environment:
                found.append(int(entry.name))
    return tuple(sorted(found))


def _place(proc: Path) -> tuple[str, str] | None:
    """The boot of this machine, and the namespace of our process ids."""
    try:
        boot = (proc / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return boot, str((proc / "self/ns/pid").readlink())
    except OSError:
        return None


def _started(proc: Path, pid: int) -> int | None:
    """When a process started; None where it is not there, is a zombie, or nobody may look."""
    try:
        content = (proc / str(pid) / "stat").read_bytes()
    except OSError:
        return None
    # "pid (name) state …"; a name may hold anything, brackets too.
    fields = content.rpartition(b")")[2].split()
    return None if fields[_STATE] in {b"Z", b"X"} else int(fields[_STARTED])


def _exists(pid: int) -> bool:
    """Whether there is a process with this id that is more than a zombie; another user's may be hidden from /proc."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return False
