"""How many Terraform processes this machine carries at once."""

from __future__ import annotations

import os
from pathlib import Path

_PER_PROCESS_BYTES = 1 << 30
"""Terraform and the AWS provider take about 750 MB together."""
_CGROUP_FILES = (
    ("memory.max", "memory.current"),
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
)


def terraform_slots(cpus: int, memory_bytes: int) -> int:
    """One per processor and per GiB of available memory, at least one.

    >>> terraform_slots(8, 3 << 30)
    3
    """
    return max(1, min(cpus, memory_bytes // _PER_PROCESS_BYTES))


def machine_slots() -> int:
    """`terraform_slots` of this machine, or of the container we run in."""
    return terraform_slots(available_cpus(), available_memory())


def available_cpus() -> int:
    """Processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def available_memory(proc: Path = Path("/proc"), cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """Bytes that can be used without swapping; the tightest of the machine's and the container's limits."""
    limits = [_meminfo(proc), *(_cgroup(cgroup, *names) for names in _CGROUP_FILES)]
    known = [limit for limit in limits if limit is not None]
    if known:
        return max(0, min(known))
    try:
        # No such files outside Linux: half of what is built in is a fair guess.
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (ValueError, OSError):
        return _PER_PROCESS_BYTES


def _meminfo(proc: Path) -> int | None:
    try:
        lines = (proc / "meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, StopIteration):
        return None


def _cgroup(cgroup: Path, limit: str, usage: str) -> int | None:
    try:
        # "max" means no limit and is no number.
        return int((cgroup / limit).read_text(encoding="ascii")) - int((cgroup / usage).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
