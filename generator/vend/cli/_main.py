"""The entry point: parses, runs, and gives the exit code."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

import typer

from vend.cli._call import INVALID
from vend.cli._commands import app

COMPLETION = "_VEND_COMPLETE"
"""The variable by which the script of `vend completion` asks for completions."""
_BROKEN_PIPE = 141
"""What a shell shows for a program that SIGPIPE ended."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command line and gives its exit code.

    Args:
        argv: arguments without the program's name; those of this process if None.
    """
    _make_streams_forgiving()
    if COMPLETION in os.environ:
        from typer.completion import completion_init  # type: ignore[attr-defined]  # re-exported in effect

        completion_init()
    command = typer.main.get_command(app)
    try:
        result = command.main(list(sys.argv[1:] if argv is None else argv), prog_name="vend", standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as error:
        return _bad_usage(error)
    except typer.Abort:
        return INVALID
    except (BrokenPipeError, SystemExit) as ended:
        # typer turns a broken pipe into SystemExit, and nothing else in this mode. Whoever read our output has
        # gone; what is still buffered must not raise again at exit.
        if isinstance(ended, SystemExit) and not isinstance(ended.__context__, BrokenPipeError):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return _BROKEN_PIPE
    return result if isinstance(result, int) else 0


def _bad_usage(error: typer.TyperException) -> int:
    """Says what is wrong with the command line; typer's own exit code for it is 2, which means something else here."""
    from vend.errors import Diagnostic
    from vend.views import HumanView

    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "vend"
    HumanView(sys.stdout, sys.stderr).diagnostics(
        [
            Diagnostic(
                code="bad-usage",
                summary=error.format_message().rstrip("."),
                hint=f"`{path} --help` lists what there is",
            )
        ]
    )
    return INVALID


def _make_streams_forgiving() -> None:
    """A terminal that cannot show a character gets it escaped rather than ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
