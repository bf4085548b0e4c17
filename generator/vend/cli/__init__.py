"""The command line: arguments in, exit code out."""

from vend.cli._main import main

__all__ = ["main"]
