"""The only door to other programs.

`run` starts a program, streams its lines, and ends it when asked to or out of time; nothing it started
outlives it. `run_foreground` hands the terminal over to a command. `start_detached` leaves a program running.
"""

from vend.process._command import Command, Completed
from vend.process._detached import is_running, start_detached, terminate, wait_until_gone
from vend.process._foreground import run_foreground
from vend.process._guard import ORPHAN_GRACE_SECONDS, prepare
from vend.process._identity import has_ended, own_identity, processes_with
from vend.process._run import Stop, run

__all__ = [
    "ORPHAN_GRACE_SECONDS",
    "Command",
    "Completed",
    "Stop",
    "has_ended",
    "is_running",
    "own_identity",
    "prepare",
    "processes_with",
    "run",
    "run_foreground",
    "start_detached",
    "terminate",
    "wait_until_gone",
]
