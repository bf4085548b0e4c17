"""The commands: arguments in, exit code out. What each does stands in the module it calls."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from vend.cli._init_commands import beginning
from vend.cli.call._completion import account_names, codes
from vend.cli.call._options import Accounts, Form, PlanForm
from vend.cli.call._start import start
from vend.cli.changes._looking_commands import looking
from vend.cli.changes._review_commands import review
from vend.cli.editing._commands import editing
from vend.cli.editors._commands import editors
from vend.cli.importing._commands import importing
from vend.cli.sandbox._commands import sandbox

AllowRemoval: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-removal",
        metavar="NAME",
        help="Allow this account to be unmanaged or closed, as its last applied request says; may be repeated.",
        autocompletion=account_names,
    ),
]

PolicyFrom: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--policy-from",
        metavar="DIR",
        help="Take policies, rules and approvals from another checkout, such as the base branch in CI.",
    ),
]
Approve: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--approve",
        metavar="DIGEST=NAME",
        help="Record that NAME approves the policy violation with this digest; may be repeated.",
    ),
]

StageOption: TypeAlias = Annotated[
    Literal["account", "settings", "customizations"] | None,
    typer.Option(
        "--stage",
        metavar="STAGE",
        help="Only this stage (account, settings or customizations), even if it is unchanged since the last apply.",
    ),
]

app = typer.Typer(
    name="vend",
    help="Vend AWS accounts through Control Tower: requested in git, reviewed as a plan, applied with Terraform.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _version(wanted: bool) -> None:  # noqa: FBT001 — typer calls it with the option's value
    if wanted:
        from vend._version import __version__

        typer.echo(f"vend {__version__}")
        raise typer.Exit


app.add_typer(beginning)
app.add_typer(editing)
app.add_typer(editors)
app.add_typer(importing)
app.add_typer(looking)
app.add_typer(review)
app.add_typer(sandbox)


@app.callback(invoke_without_command=True)
def vend(
    context: typer.Context,
    *,
    fleet: Annotated[
        Path | None,
        typer.Option(
            "--fleet", metavar="DIR", help="Folder of the fleet. Default: the nearest parent folder with a vend.hcl."
        ),
    ] = None,
    version: Annotated[  # noqa: ARG001 — its callback does the work
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """What every command shares."""
    context.obj = fleet
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command()
def validate(
    context: typer.Context,
    form: Annotated[
        Literal["text", "json", "github", "sarif"],
        typer.Option(
            "--format",
            metavar="text|json|github|sarif",
            help="Output format; github writes annotations for GitHub Actions, sarif a log for code scanning.",
        ),
    ] = "text",
) -> int:
    """Report every problem in requests, settings, customizations."""
    from vend.cli import _validate

    return start(context, form, _validate.validate)


@app.command()
def explain(
    context: typer.Context,
    code: Annotated[
        str | None,
        typer.Argument(
            metavar="[CODE]",
            help="Code of a diagnostic. Without it, all codes are listed.",
            autocompletion=codes,
        ),
    ] = None,
    form: Form = "text",
) -> int:
    """Say what a diagnostic's code means, what to do, and what gives it."""
    from vend.cli import _explain

    return start(context, form, lambda call: _explain.explain(call, code))


@app.command()
def requests(
    context: typer.Context,
    *,
    explain: Annotated[
        str | None,
        typer.Option(
            "--explain",
            metavar="NAME",
            help="Show where each value of this account request comes from.",
            autocompletion=account_names,
        ),
    ] = None,
    form: Form = "text",
) -> int:
    """List the account requests with every default resolved."""
    from vend.cli import _validate

    if explain is not None:
        return start(context, form, lambda call: _validate.explain(call, explain))
    return start(context, form, _validate.requests)


@app.command()
def generate(
    context: typer.Context,
    *,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder to write to. Default: .vend/generated.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; report files that differ from what would be generated.")
    ] = False,
    form: Form = "text",
) -> int:
    """Render the Terraform root modules of every account request."""
    from vend.cli import _validate

    return start(context, form, lambda call: _validate.generate(call, out, check=check))


@app.command()
def plan(  # noqa: PLR0913 — one per option
    context: typer.Context,
    *,
    account: Accounts = None,
    stage: StageOption = None,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Plan every stage, even those unchanged since the last apply.")
    ] = False,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit with code 2 when changes are pending.")
    ] = False,
    allow_removal: AllowRemoval = None,
    policy_from: PolicyFrom = None,
    approve: Approve = None,
    no_preview: Annotated[
        bool,
        typer.Option("--no-preview", help="Do not preview customizations of new accounts against an emulated AWS."),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="PATH",
            help="Write the plan bundle here: a folder, or a single file if the name ends in .vend.",
        ),
    ] = None,
    saved_plans: Annotated[
        Literal["keep", "omit", "encrypt"] | None,
        typer.Option(
            "--saved-plans",
            metavar="keep|omit|encrypt",
            help="How the bundle keeps Terraform's saved plans. Default: the setting in vend.hcl.",
        ),
    ] = None,
    form: PlanForm = "text",
) -> int:
    """Show what an apply would do; changes nothing."""
    from vend.cli.changes import _plan_apply
    from vend.cli.changes._arguments import Asked, Bundling
    from vend.cli.changes._lifecycle import lifecycle_room
    from vend.cli.changes._policy_options import PolicyOptions
    from vend.plan import Selection

    asked = Asked(
        selection=Selection(
            accounts=tuple(account or ()),
            stage=stage,
            refresh=refresh,
            allow_removal=tuple(allow_removal or ()),
        ),
        policies=PolicyOptions(source=policy_from, approvals=tuple(approve or ())),
        bundling=Bundling(out=out, saved_plans=saved_plans),
        previews=not no_preview,
        detailed_exitcode=detailed_exitcode,
    )
    return start(context, form, lambda call: _plan_apply.plan(call, asked, lifecycle_room()))


@app.command()
def show(
    context: typer.Context,
    bundle: Annotated[
        Path | None, typer.Argument(metavar="[BUNDLE]", help="Plan bundle. Default: the bundle of the last plan.")
    ] = None,
    *,
    form: PlanForm = "text",
) -> int:
    """Show a plan bundle again; looks at nothing else."""
    from vend.cli.changes import _bundles

    return start(context, form, lambda call: _bundles.show(call, bundle))


@app.command()
def apply(  # noqa: PLR0913 - one per option
    context: typer.Context,
    bundle: Annotated[
        Path | None,
        typer.Argument(metavar="[BUNDLE]", help="Apply this plan bundle as reviewed, without asking for approval."),
    ] = None,
    *,
    account: Accounts = None,
    stage: StageOption = None,
    auto_approve: Annotated[
        bool, typer.Option("--auto-approve", help="Apply the plan without asking for approval.")
    ] = False,
    allow_removal: AllowRemoval = None,
    policy_from: PolicyFrom = None,
    approve: Approve = None,
    digest: Annotated[
        str | None,
        typer.Option(
            "--digest",
            metavar="SHA256",
            help="Apply only if the change set or the bundle has this digest. Implies approval.",
        ),
    ] = None,
    max_failures: Annotated[
        int | None,
        typer.Option("--max-failures", metavar="N", min=1, help="Begin no other account once N accounts have failed."),
    ] = None,
    form: Form = "text",
) -> int:
    """Plan, ask, apply and report; or apply a plan bundle.

    Running it again resumes where it stopped.
    """
    from vend.cli.changes import _bundles, _plan_apply
    from vend.cli.changes._arguments import Asked
    from vend.cli.changes._lifecycle import lifecycle_room
    from vend.cli.changes._policy_options import PolicyOptions
    from vend.plan import Selection

    asked = Asked(
        selection=Selection(accounts=tuple(account or ()), stage=stage, allow_removal=tuple(allow_removal or ())),
        policies=PolicyOptions(source=policy_from, approvals=tuple(approve or ())),
        auto_approve=auto_approve,
        digest=digest,
        max_failures=max_failures,
    )
    if bundle is None:
        return start(context, form, lambda call: _plan_apply.apply(call, asked, lifecycle_room()))
    _refuse_with_bundle(stage=stage, allow_removal=allow_removal)
    return start(context, form, lambda call: _bundles.apply(call, bundle, asked, lifecycle_room()))


def _refuse_with_bundle(**options: object) -> None:
    """A bundle says itself what was planned."""
    for name, value in options.items():
        if value:
            option = f"--{name.replace('_', '-')}"
            raise typer.BadParameter("a plan bundle already says what is applied", param_hint=f"'{option}'")


@app.command()
def forget(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The account's label.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    form: Form = "text",
) -> int:
    """Make vend forget the account that it vended under a label.

    For an account that is gone, so that its request means a new one; or for one that the fleet no longer manages. Only
    the ledger changes, nothing in AWS.
    """
    from vend.cli.changes import _forgetting
    from vend.cli.changes._lifecycle import lifecycle_room

    return start(context, form, lambda call: _forgetting.forget(call, name, lifecycle_room(), yes=yes))


@app.command()
def lock(context: typer.Context, form: Form = "text") -> int:
    """Write provider versions and hashes to terraform.lock.hcl."""
    from vend.cli import _lock

    return start(context, form, _lock.lock)


@app.command()
def doctor(context: typer.Context, form: Form = "text") -> int:
    """Check Terraform, providers, credentials, Control Tower, quotas, state."""
    from vend.cli.doctor import _doctor

    return start(context, form, _doctor.doctor)


@app.command()
def demo(context: typer.Context, form: Form = "text") -> int:
    """Vend the example fleet into an emulated AWS and show each step."""
    from vend.cli.changes._lifecycle import lifecycle_room
    from vend.cli.demo import _demo

    return start(context, form, lambda call: _demo.demo(call, lifecycle_room()))
