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
        Path, typer.Argument(metavar="[DIR]", help="Where to write; the working directory by default.")
    ] = Path(),
    *,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Of the fleet; by default the folder's.")
    ] = None,
    home_region: Annotated[
        str | None, typer.Option("--home-region", metavar="REGION", help="Control Tower's home Region.")
    ] = None,
    email: Annotated[
        str | None,
        typer.Option(
            "--email", metavar="ADDRESS", help="Mailbox for root users; accounts get addresses with a suffix."
        ),
    ] = None,
    unit: Annotated[
        str | None,
        typer.Option("--ou", metavar="UNIT", help="Of the example account; by default Sandbox."),
    ] = None,
    ci: Annotated[
        Literal["github", "none"] | None,
        typer.Option("--ci", metavar="github|none", help="Whose workflows to write; github by default."),
    ] = None,
    repository: Annotated[
        str | None, typer.Option("--repository", metavar="OWNER/NAME", help="Whose workflows may plan and apply.")
    ] = None,
    branch: Annotated[
        str | None,
        typer.Option("--branch", metavar="NAME", help="What is merged into it is applied; by default main."),
    ] = None,
    management_account: Annotated[
        str | None, typer.Option("--management-account", metavar="ID", help="Where CI's roles are.")
    ] = None,
    state_bucket: Annotated[
        str | None, typer.Option("--state-bucket", metavar="NAME", help="For Terraform's state; foundation/ makes it.")
    ] = None,
    saved_plans: Annotated[
        Literal["omit", "encrypt"] | None,
        typer.Option(
            "--saved-plans",
            metavar="omit|encrypt",
            help="What becomes of Terraform's saved plans between plan and apply; omit by default.",
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
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; show what would be written.")] = False,
    form: Form = "text",
) -> int:
    """Make a fleet repository, with workflows that plan and apply it.

    What is missing is asked for on a terminal, and diagnosed elsewhere. No file that is there is written over.
    """
    from vend.cli import _init

    wanted = _init.Wanted(
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
