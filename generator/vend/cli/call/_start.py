"""From typer's context to a call."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from vend.cli.call._call import Call


def start(context: typer.Context, form: str, work: Callable[[Call], int]) -> int:
    """Does the work of a command with this process's streams, directory and environment."""
    from vend.cli.call._call import Call, Streams, answer, view_for
    from vend.cli.call._fleet import FleetSources, repository_prefix

    streams = Streams(stdin=sys.stdin, out=sys.stdout, err=sys.stderr)
    fleet = context.find_root().obj
    try:
        directory = Path.cwd()
    except FileNotFoundError:
        directory, work = Path("/"), _refuse_nowhere
    call = Call(
        fleet=fleet,
        directory=directory,
        environ=dict(os.environ),
        form=form,
        command=context.info_name or "",
        streams=streams,
        view=view_for(form, streams, FleetSources(fleet, directory), repository_prefix(form, fleet, directory)),
    )
    return answer(call, work)


def _refuse_nowhere(_call: Call) -> int:
    from vend.errors import Diagnostic, InvalidInputError

    raise InvalidInputError(
        Diagnostic(
            code="fleet-not-found",
            summary="the working directory no longer exists",
            hint="change to an existing folder",
        )
    )
