"""The commands that edit account requests: arguments in, exit code out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from vend.cli.call import _completion
from vend.cli.call._options import Form
from vend.cli.call._start import start

editing = typer.Typer(rich_markup_mode=None)

Name: TypeAlias = Annotated[
    str,
    typer.Argument(metavar="NAME", help="The account request's label.", autocompletion=_completion.account_names),
]
DryRun: TypeAlias = Annotated[bool, typer.Option("--dry-run", help="Show what would be written, without writing it.")]
_OF_FIELD = "%s; may be repeated."


@editing.command("new")
def new(  # noqa: PLR0913 - one per option
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new account request's label.")],
    fields: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FIELD=VALUE...]",
            help="Any other field, in the form that `vend set` takes.",
            autocompletion=_completion.assignments,
        ),
    ] = None,
    *,
    email: Annotated[
        str | None, typer.Option("--email", metavar="ADDRESS", help="Email address of the root user.")
    ] = None,
    unit: Annotated[
        str | None,
        typer.Option(
            "--ou",
            metavar="UNIT",
            help="Organizational unit, such as Workloads/Prod.",
            autocompletion=_completion.units,
        ),
    ] = None,
    account_name: Annotated[
        str | None, typer.Option("--name", metavar="TEXT", help="Name of the account. Default: its label.")
    ] = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", metavar="KEY=VALUE", help=_OF_FIELD % "A tag")] = None,
    custom_field: Annotated[
        list[str] | None, typer.Option("--custom-field", metavar="KEY=VALUE", help=_OF_FIELD % "A custom field")
    ] = None,
    customization: Annotated[
        list[str] | None,
        typer.Option(
            "--customization",
            metavar="NAME",
            help=_OF_FIELD % "A customization",
            autocompletion=_completion.customizations,
        ),
    ] = None,
    sso_user: Annotated[
        str | None,
        typer.Option("--sso-user", metavar="PERSON", help='The Identity Center user, as "First Last <address>".'),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file", metavar="FILE", help="File to write the request to. Default: a new file named for the account."
        ),
    ] = None,
    dry_run: DryRun = False,
    form: Form = "text",
) -> int:
    """Add an account request.

    What the defaults of its folder give may be left out. What is missing is asked for on a terminal, and diagnosed
    elsewhere. Comments and formatting of a file that is there stay as they are.
    """
    from vend.cli.editing import _editing

    given = {"name": account_name, "email": email, "organizational_unit": unit}
    written = (
        *(f"{field}={value}" for field, value in given.items() if value is not None),
        *(f"tags.{pair}" for pair in tag or ()),
        *(f"custom_fields.{pair}" for pair in custom_field or ()),
        *(f"customizations+={named}" for named in customization or ()),
        *(fields or ()),
    )
    wanted = _editing.NewAccount(account=name, written=written, sso_user=sso_user, file=file)
    return start(context, form, lambda call: _editing.new(call, wanted, dry_run=dry_run))


@editing.command("set")
def set_fields(  # noqa: PLR0913 - one per option
    context: typer.Context,
    name: Name,
    fields: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FIELD=VALUE...",
            help="Such as organizational_unit=Workloads/Prod, tags.CostCenter=4711, sso_user.email=…, "
            "customizations=a,b; lists and access.GROUP also take += and -=.",
            autocompletion=_completion.assignments,
        ),
    ] = None,
    *,
    unset: Annotated[
        list[str] | None,
        typer.Option(
            "--unset",
            metavar="FIELD",
            help="Field to remove; may be repeated.",
            autocompletion=_completion.unsettable,
        ),
    ] = None,
    dry_run: DryRun = False,
    form: Form = "text",
) -> int:
    """Change fields of an account request.

    Every byte that is not part of them stays as it is. What comes from defaults is written into the account's block.
    """
    from vend.cli.editing import _editing

    return start(
        context, form, lambda call: _editing.set_fields(call, name, fields or (), unset or (), dry_run=dry_run)
    )


@editing.command("move")
def move(
    context: typer.Context,
    name: Name,
    unit: Annotated[
        str,
        typer.Argument(
            metavar="UNIT", help="Organizational unit, such as Workloads/Prod.", autocompletion=_completion.units
        ),
    ],
    *,
    dry_run: DryRun = False,
    form: Form = "text",
) -> int:
    """Ask for another organizational unit for an account."""
    from vend.cli.editing import _editing

    return start(context, form, lambda call: _editing.move(call, name, unit, dry_run=dry_run))


@editing.command("fmt")
def fmt(
    context: typer.Context,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE...]", help="Files or folders. Default: vend.hcl, approvals.hcl and all request files."
        ),
    ] = None,
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with code 1 if a file is not formatted.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show the changes.")] = False,
    form: Form = "text",
) -> int:
    """Format HCL files as terraform fmt does.

    Terraform's own formatter does the work, for all files in one process. What a file says stays what it was, or the
    file stays as it is.
    """
    from vend.cli.editing import _formatting

    return start(context, form, lambda call: _formatting.fmt(call, files or (), check=check, diff=diff))


@editing.command("remove")
def remove(
    context: typer.Context,
    name: Name,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    dry_run: DryRun = False,
    form: Form = "text",
) -> int:
    """Take an account request away, with the comments that belong to it.

    Says what that means for the account: the request's on_removal.
    """
    from vend.cli.editing import _editing

    return start(context, form, lambda call: _editing.remove(call, name, dry_run=dry_run, yes=yes))
