"""The commands that bring in what exists: arguments in, exit code out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vend.cli._options import Form
from vend.cli._start import start

importing = typer.Typer(name="import", help="Account requests from what exists.", rich_markup_mode=None)


@importing.callback()
def import_() -> None:
    """Account requests from what exists."""


@importing.command("aft")
def import_aft(
    context: typer.Context,
    checkout: Annotated[Path, typer.Argument(metavar="PATH", help="A checkout of an AFT account-request repository.")],
    *,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Where to write; the fleet's account-requests by default."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; show what would be written.")] = False,
    form: Form = "text",
) -> int:
    """Rewrite AFT's requests as vend's own, comments included.

    No file is written over, and the checkout stays as it is.
    """
    from vend.cli import _importing

    return start(context, form, lambda call: _importing.import_aft(call, checkout, out, dry_run=dry_run))
