"""The commands around the emulated AWS: arguments in, exit code out."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from vend.cli._options import Form
from vend.cli._start import start

sandbox = typer.Typer(
    name="sandbox", help="An emulated AWS with Control Tower, on this machine.", rich_markup_mode=None
)
Seconds: TypeAlias = Annotated[
    float | None,
    typer.Option(
        "--operation-seconds",
        metavar="SECONDS",
        min=0,
        max=3600,
        help="How long one account operation takes; vend.hcl says it by default.",
    ),
]


@sandbox.command(
    "run",
    context_settings={"allow_extra_args": False, "ignore_unknown_options": True, "allow_interspersed_args": False},
)
def sandbox_run(
    context: typer.Context,
    command: Annotated[list[str], typer.Argument(metavar="-- CMD...", help="The command and its arguments.")],
    *,
    operation_seconds: Seconds = None,
) -> int:
    """Run a command against an emulated AWS that ends with it.

    Its exit code is the command's own; 125 when the sandbox itself fails, 127 when there is no such command.
    """
    from vend.cli import _sandboxing

    return start(context, "text", lambda call: _sandboxing.run(call, command, operation_seconds=operation_seconds))


@sandbox.command("start")
def sandbox_start(context: typer.Context, *, operation_seconds: Seconds = None, form: Form = "text") -> int:
    """Start an emulated AWS that stays; prints how to reach it.

    In a shell: eval "$(vend sandbox start)".
    """
    from vend.cli import _sandboxing

    return start(context, form, lambda call: _sandboxing.start(call, operation_seconds=operation_seconds))


@sandbox.command("stop")
def sandbox_stop(context: typer.Context, form: Form = "text") -> int:
    """Stop the emulated AWS that start left running."""
    from vend.cli import _sandboxing

    return start(context, form, _sandboxing.stop)


@sandbox.command("status")
def sandbox_status(context: typer.Context, form: Form = "text") -> int:
    """Say whether an emulated AWS is running; exit code 1 if not."""
    from vend.cli import _sandboxing

    return start(context, form, _sandboxing.status)


@sandbox.command("reset")
def sandbox_reset(context: typer.Context, *, operation_seconds: Seconds = None, form: Form = "text") -> int:
    """Make a new, empty organization in the running sandbox."""
    from vend.cli import _sandboxing

    return start(context, form, lambda call: _sandboxing.reset(call, operation_seconds=operation_seconds))
