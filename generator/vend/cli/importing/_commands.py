"""The commands that bring in what exists: arguments in, exit code out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vend.cli.call._completion import units
from vend.cli.call._options import Form
from vend.cli.call._start import start

importing = typer.Typer(name="import", help="Generate requests from existing accounts.", rich_markup_mode=None)


@importing.callback()
def import_() -> None:
    """Generate requests from existing accounts."""


@importing.command("aft")
def import_aft(
    context: typer.Context,
    checkout: Annotated[Path, typer.Argument(metavar="PATH", help="A checkout of an AFT account-request repository.")],
    *,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Folder to write to. Default: the fleet's account-requests."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be written, without writing it.")] = False,
    form: Form = "text",
) -> int:
    """Rewrite AFT's requests as vend's own, comments included.

    No file is written over, and the checkout stays as it is.
    """
    from vend.cli.importing import _aft

    return start(context, form, lambda call: _aft.import_aft(call, checkout, out, dry_run=dry_run))


@importing.command("csv")
def import_csv(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File of comma-separated values, in UTF-8.")],
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="Folder to write to. Default: the first folder of requests of the fleet."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be written, without writing it.")] = False,
    form: Form = "text",
) -> int:
    """Write requests for the rows of a table.

    The first row names fields as `vend set` does: account, email, tags.CostCenter. Rows whose requests are there
    already, and say the same, are left alone. With anything wrong in the file, nothing is written.
    """
    from vend.cli.importing import _csv

    return start(context, form, lambda call: _csv.import_csv(call, file, out, dry_run=dry_run))


@importing.command("organization")
def import_organization(
    context: typer.Context,
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="Folder to write to. Default: the first folder of requests of the fleet."
        ),
    ] = None,
    into: Annotated[
        str | None,
        typer.Option(
            "--into",
            metavar="UNIT",
            help="Organizational unit for accounts in the root or in a unit that Control Tower does not govern.",
            autocompletion=units,
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be written, without writing it.")] = False,
    form: Form = "text",
) -> int:
    """Write requests for the accounts that the organization has.

    Accounts with a provisioned product are adopted by the next apply, the others enrolled. Accounts that have a request
    are left alone, so that it can be run again. AWS is only read.
    """
    from vend.cli.importing import _organization

    return start(
        context,
        form,
        lambda call: _organization.import_organization(call, out, into, dry_run=dry_run),
    )
