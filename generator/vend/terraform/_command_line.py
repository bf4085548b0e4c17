"""Terraform's command line, built by python-terraform.

Only `generate_cmd_string` of that library is used. The rest of its process handling shares variable files between
threads, knows no time limit and no environment per run, and turns every unknown attribute into a command.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache


@cache
def _generator() -> Callable[..., list[str]]:
    from python_terraform import IsFlagged, IsNotFlagged
    from python_terraform import Terraform as PythonTerraform

    class CommandLine(PythonTerraform):  # type: ignore[misc]  # the library has no types
        """Without the constructor of the library, which reads a state file."""

        def __init__(self) -> None:
            self.terraform_bin_path = "terraform"

        def argv(self, command: str, arguments: Sequence[str], options: dict[str, object]) -> list[str]:
            flags = {True: IsFlagged, False: IsNotFlagged}
            given = {name: flags[value] if isinstance(value, bool) else value for name, value in options.items()}
            return [str(part) for part in self.generate_cmd_string(command, *arguments, **given)]

    return CommandLine().argv


def command_line(
    binary: Sequence[str], command: str, *arguments: str, **options: bool | str | int | list[str]
) -> list[str]:
    """The arguments of one Terraform process.

    Args:
        binary: how every command line begins.
        command: such as `plan` or `providers lock`.
        arguments: after the options.
        options: `lock_timeout="60s"` becomes `-lock-timeout=60s`; True is a bare flag, False
            leaves it out; a list repeats it.
    """
    _, *rest = _generator()(command, arguments, options)
    return [*binary, *rest]
