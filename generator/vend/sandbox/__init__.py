"""The emulated AWS: a landing zone under Control Tower, on moto, reached by AWS_ENDPOINT_URL.

`Sandbox` holds one in this process; `run_command` gives one to a command; `start`, `status`, `reset` and `stop` keep
one running between commands.
"""

from vend.sandbox._background import reset, start, status, stop
from vend.sandbox._config import SandboxConfig
from vend.sandbox._sandbox import Sandbox, exit_code_of, run_command

__all__ = ["Sandbox", "SandboxConfig", "exit_code_of", "reset", "run_command", "start", "status", "stop"]
