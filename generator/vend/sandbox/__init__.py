"""The emulated AWS: a landing zone under Control Tower, on moto, reached by AWS_ENDPOINT_URL.

`Sandbox` holds one in this process; `run_command` gives one to a command; `start`, `status`, `reset` and `stop` keep
one running between commands.
"""

from vend.sandbox._background import (
    Started,
    add_fault,
    change_account,
    clear_faults,
    faults,
    reset,
    start,
    status,
    stop,
)
from vend.sandbox._environment import CONTROL_VARIABLE, without_aws
from vend.sandbox._sandbox import Sandbox, exit_code_of, run_command
from vend.sandbox.faults._faults import Fault, FaultKind, Faults, FaultState, Moment
from vend.sandbox.faults._file import load_faults
from vend.sandbox.start._config import NewAccount, SandboxConfig, config_from
from vend.sandbox.start._from_organization import start_from
from vend.sandbox.start._organization_file import load_organization

__all__ = [
    "CONTROL_VARIABLE",
    "Fault",
    "FaultKind",
    "FaultState",
    "Faults",
    "Moment",
    "NewAccount",
    "Sandbox",
    "SandboxConfig",
    "Started",
    "add_fault",
    "change_account",
    "clear_faults",
    "config_from",
    "exit_code_of",
    "faults",
    "load_faults",
    "load_organization",
    "reset",
    "run_command",
    "start",
    "start_from",
    "status",
    "stop",
    "without_aws",
]
