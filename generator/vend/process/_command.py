"""What to run, and how it ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

OnLine = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What to run and how.

    Attributes:
        argv: program and arguments; the program is looked up on PATH of `env`.
        env: the whole environment; nothing is inherited.
        cwd: where it runs; None means here.
        timeout_seconds: after which it is ended; None waits for ever.
        grace_seconds: between the interrupt and the kill.
        interrupt_group: whether the interrupt goes to everything the program started too. Terraform passes it on
            itself; a shell does not.
        on_stdout: gets each line of standard output as it comes, without its end. Bytes that are no UTF-8 are replaced.
        on_stderr: likewise.
        stop: once set, the program is interrupted; a `Stop` that forces has it killed.
        stdin: what it reads; None means nothing.
        keep_bytes: how much of each stream is kept, from its end.
        leaves_daemons: whether what it put into sessions of their own goes on when it has ended by itself.
    """

    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: Path | None = None
    timeout_seconds: float | None = None
    grace_seconds: float = 10.0
    interrupt_group: bool = False
    on_stdout: OnLine | None = None
    on_stderr: OnLine | None = None
    stop: threading.Event | None = None
    stdin: bytes | None = None
    keep_bytes: int = 512 << 20
    leaves_daemons: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """How a program ended.

    Attributes:
        returncode: negative when a signal ended it, as in the standard library.
        stdout: what it wrote, up to `keep_bytes` from the end.
        seconds: wall time.
        timed_out: whether it was ended because its time was up.
        stopped: whether it was ended because `stop` was set.
        killed: whether the interrupt was not enough.
    """

    argv: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str
    seconds: float
    timed_out: bool = False
    stopped: bool = False
    killed: bool = False
