"""The entry point: parses, runs, and gives the exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import typer

from vend.cli._commands import app
from vend.cli.call._call import FAILED, INVALID
from vend.cli.call._completion import COMPLETION
from vend.cli.call._standard_streams import OutputLostError, abandon_output, standard_streams

_BROKEN_PIPE = 141
"""What a shell shows for a program that SIGPIPE ended."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command line and gives its exit code.

    Args:
        argv: arguments without the program's name; those of this process if None.
    """
    with standard_streams():
        return _answered(sys.argv[1:] if argv is None else argv)


def _answered(argv: Sequence[str]) -> int:
    if COMPLETION in os.environ:
        from typer.completion import completion_init  # type: ignore[attr-defined]  # re-exported in effect

        completion_init()
    command = typer.main.get_command(app)
    try:
        result = command.main(list(argv), prog_name="vend", standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as error:
        return _bad_usage(error)
    except typer.Abort:
        return INVALID
    except OutputLostError as error:
        abandon_output()
        return _output_lost(error)
    except (BrokenPipeError, SystemExit) as ended:
        # typer turns a broken pipe into SystemExit, and nothing else in this mode: whoever read our output has gone.
        if isinstance(ended, SystemExit) and not isinstance(ended.__context__, BrokenPipeError):
            raise
        abandon_output()
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
                summary=error.format_message().rstrip(".").replace("Value error, ", ""),  # pydantic's words
                hint=f"run `{path} --help` to see what it takes",
            )
        ]
    )
    return INVALID


def _output_lost(error: OutputLostError) -> int:
    from vend.errors import Diagnostic
    from vend.views import HumanView

    HumanView(sys.stdout, sys.stderr).diagnostics(
        [
            Diagnostic(
                code="output-not-writable",
                summary="standard output cannot be written",
                detail=str(error),
                hint="check the free space at its destination; what the command had done before that stays done",
            )
        ]
    )
    return FAILED
