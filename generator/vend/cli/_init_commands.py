"""The command that makes a fleet: arguments in, exit code out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from vend.cli.call._options import Form
from vend.cli.call._start import start

beginning = typer.Typer(rich_markup_mode=None)


@beginning.command("init")
def init(  # noqa: PLR0913 - one per option
    context: typer.Context,
    directory: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Folder to write to. Default: the working directory.")
    ] = Path(),
    *,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Name of the fleet. Default: the name of the folder.")
    ] = None,
    home_region: Annotated[
        str | None, typer.Option("--home-region", metavar="REGION", help="Control Tower's home Region.")
    ] = None,
    email: Annotated[
        str | None,
        typer.Option(
            "--email", metavar="ADDRESS", help="Mailbox for root users; each account gets an address with a suffix."
        ),
    ] = None,
    unit: Annotated[
        str | None,
        typer.Option("--ou", metavar="UNIT", help="Organizational unit of the example account. Default: Sandbox."),
    ] = None,
    ci: Annotated[
        Literal["github", "none"] | None,
        typer.Option("--ci", metavar="github|none", help="CI system to generate workflows for. Default: github."),
    ] = None,
    repository: Annotated[
        str | None,
        typer.Option("--repository", metavar="OWNER/NAME", help="Repository whose workflows may plan and apply."),
    ] = None,
    branch: Annotated[
        str | None,
        typer.Option("--branch", metavar="NAME", help="Branch whose merges are applied. Default: main."),
    ] = None,
    management_account: Annotated[
        str | None,
        typer.Option(
            "--management-account",
            metavar="ID",
            help="ID of the management account, where the roles for CI are created.",
        ),
    ] = None,
    state_bucket: Annotated[
        str | None,
        typer.Option("--state-bucket", metavar="NAME", help="S3 bucket for Terraform state; created by foundation/."),
    ] = None,
    saved_plans: Annotated[
        Literal["omit", "encrypt"] | None,
        typer.Option(
            "--saved-plans",
            metavar="omit|encrypt",
            help="How Terraform's saved plans are kept between plan and apply. Default: omit.",
        ),
    ] = None,
    plan_in_accounts: Annotated[
        bool,
        typer.Option(
            "--plan-in-accounts",
            help="Let planning enter vended accounts, behind an environment of its own: changed customizations of "
            "accounts that exist are planned then.",
        ),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be written, without writing it.")] = False,
    form: Form = "text",
) -> int:
    """Make a fleet repository, with workflows that plan and apply it.

    What is missing is asked for on a terminal, and diagnosed elsewhere. No file that is there is written over.
    """
    from vend.cli import _init

    wanted = _init.InitOptions(
        name=name,
        home_region=home_region,
        email=email,
        unit=unit,
        ci=ci,
        repository=repository,
        branch=branch,
        management_account=management_account,
        state_bucket=state_bucket,
        saved_plans=saved_plans,
        plan_in_accounts=plan_in_accounts,
    )
    return start(context, form, lambda call: _init.init(call, directory, wanted, dry_run=dry_run))
