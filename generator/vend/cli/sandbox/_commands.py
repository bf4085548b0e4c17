"""The commands around the emulated AWS: arguments in, exit code out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from vend.cli.call._options import Form
from vend.cli.call._start import start

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
        help="How long one account operation takes. Default: as in vend.hcl.",
    ),
]
FaultsFile: TypeAlias = Annotated[
    Path | None,
    typer.Option("--faults", metavar="FILE", help="File of faults that apply from the start: HCL, or JSON if *.json."),
]
StateFile: TypeAlias = Annotated[
    Path | None,
    typer.Option("--state", metavar="FILE", help="Save the sandbox to this file and restore it from there. Mode 0600."),
]
OrganizationFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--from-organization", metavar="FILE", help="Start with the organization in a file that export wrote."
    ),
]
fault = typer.Typer(
    name="fault", help="Make operations fail, hang, respond slowly, or never respond.", rich_markup_mode=None
)
sandbox.add_typer(fault)
account = typer.Typer(
    name="account", help="Change an account as AWS does: suspend, reinstate or expire it.", rich_markup_mode=None
)
sandbox.add_typer(account)
AccountName: TypeAlias = Annotated[
    str, typer.Argument(metavar="ACCOUNT", help="Product name or id, or account name, id or email.")
]


@sandbox.command(
    "run",
    context_settings={"allow_extra_args": False, "ignore_unknown_options": True, "allow_interspersed_args": False},
)
def sandbox_run(  # noqa: PLR0913 — one per option
    context: typer.Context,
    command: Annotated[list[str], typer.Argument(metavar="-- CMD...", help="The command and its arguments.")],
    *,
    operation_seconds: Seconds = None,
    faults: FaultsFile = None,
    state: StateFile = None,
    organization: OrganizationFile = None,
) -> int:
    """Run a command against an emulated AWS that stops with it.

    The exit code is the command's own; 125 if the sandbox itself fails, 127 if there is no such command.
    """
    from vend.cli.sandbox import _processes

    options = _processes.SandboxOptions(
        operation_seconds=operation_seconds, faults=faults, state=state, organization=organization
    )
    return start(context, "text", lambda call: _processes.run(call, command, options))


@sandbox.command("start")
def sandbox_start(  # noqa: PLR0913 — one per option
    context: typer.Context,
    *,
    operation_seconds: Seconds = None,
    faults: FaultsFile = None,
    state: StateFile = None,
    organization: OrganizationFile = None,
    owner: Annotated[
        int | None,
        typer.Option(
            "--owner", metavar="PID", min=1, help="Stop when this process ends, such as the shell: --owner $$."
        ),
    ] = None,
    form: Form = "text",
) -> int:
    """Start an emulated AWS in the background and print how to reach it.

    In a shell: eval "$(vend sandbox start)".
    """
    from vend.cli.sandbox import _processes

    options = _processes.SandboxOptions(
        operation_seconds=operation_seconds, faults=faults, state=state, owner=owner, organization=organization
    )
    return start(context, form, lambda call: _processes.start(call, options))


@sandbox.command("stop")
def sandbox_stop(context: typer.Context, form: Form = "text") -> int:
    """Stop the emulated AWS that is running in the background."""
    from vend.cli.sandbox import _processes

    return start(context, form, _processes.stop)


@sandbox.command("status")
def sandbox_status(context: typer.Context, form: Form = "text") -> int:
    """Show what is in the running emulated AWS; exit code 1 if none is running."""
    from vend.cli.sandbox import _processes

    return start(context, form, _processes.status)


@sandbox.command("reset")
def sandbox_reset(
    context: typer.Context,
    *,
    operation_seconds: Seconds = None,
    organization: OrganizationFile = None,
    form: Form = "text",
) -> int:
    """Give the running sandbox a new, empty organization without faults."""
    from vend.cli.sandbox import _processes

    options = _processes.SandboxOptions(operation_seconds=operation_seconds, organization=organization)
    return start(context, form, lambda call: _processes.reset(call, options))


@sandbox.command("export")
def sandbox_export(
    context: typer.Context,
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="Where to write the file, with mode 0600. Default: standard output."
        ),
    ] = None,
    form: Form = "text",
) -> int:
    """Write an organization to a file that a sandbox can start from.

    Reads the organization of the current credentials, in AWS or a sandbox, with read-only calls.
    """
    from vend.cli.sandbox import _export

    return start(context, form, lambda call: _export.export(call, out))


@fault.command("add")
def fault_add(  # noqa: PLR0913 — one per option
    context: typer.Context,
    *,
    operation: Annotated[
        str,
        typer.Option("--operation", metavar="NAME", help="ProvisionProduct, or servicecatalog:ProvisionProduct."),
    ],
    kind: Annotated[
        Literal["error", "tainted", "timeout", "throttle", "in-use", "crash-after", "slow"],
        typer.Option("--kind", metavar="KIND", help="error, tainted, timeout, throttle, in-use, crash-after or slow."),
    ],
    account: Annotated[
        str | None,
        typer.Option(
            "--account", metavar="NAME", help="Only for this account: product name, account name, id or email."
        ),
    ] = None,
    times: Annotated[
        int, typer.Option("--times", metavar="N", min=0, help="How many calls are affected; 0 means all of them.")
    ] = 1,
    at: Annotated[
        Literal["call", "start", "end"] | None,
        typer.Option(
            "--at",
            metavar="call|start|end",
            help="The call itself, or a point in the account operation that it starts.",
        ),
    ] = None,
    code: Annotated[
        str | None, typer.Option("--code", metavar="CODE", help="The error code. Default: AWS's own.")
    ] = None,
    message: Annotated[
        str | None, typer.Option("--message", metavar="TEXT", help="The error message. Default: AWS's own.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option("--seconds", metavar="N", min=0, help="The delay of the kind slow. Default: 5.")
    ] = None,
    form: Form = "text",
) -> int:
    """Make an operation of the running sandbox fail.

    docs/reference/sandbox.md describes what each kind does, and when.
    """
    from vend.cli.sandbox import _faults

    attributes = {
        "operation": operation,
        "kind": kind,
        "account": account,
        "times": times,
        "at": at,
        "code": code,
        "message": message,
        "seconds": seconds,
    }
    return start(context, form, lambda call: _faults.add(call, attributes))


@fault.command("list")
def fault_list(context: typer.Context, form: Form = "text") -> int:
    """List the faults of the running sandbox, including those that are used up."""
    from vend.cli.sandbox import _faults

    return start(context, form, _faults.show)


@fault.command("clear")
def fault_clear(
    context: typer.Context,
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID...]", help="Ids of the faults to clear. Default: all.")
    ] = None,
    form: Form = "text",
) -> int:
    """Remove faults; operations that a timeout held continue."""
    from vend.cli.sandbox import _faults

    return start(context, form, lambda call: _faults.clear(call, tuple(ids or ())))


@account.command("suspend")
def account_suspend(context: typer.Context, name: AccountName, form: Form = "text") -> int:
    """Restrict an ACTIVE account, as AWS does over unpaid bills: it becomes SUSPENDED."""
    return _change_account(context, name, "suspend", form)


@account.command("reinstate")
def account_reinstate(context: typer.Context, name: AccountName, form: Form = "text") -> int:
    """Make a SUSPENDED or CLOSED account ACTIVE again, as AWS Support does."""
    return _change_account(context, name, "reinstate", form)


@account.command("expire")
def account_expire(context: typer.Context, name: AccountName, form: Form = "text") -> int:
    """End the 90 days for which a CLOSED account is listed; it leaves the organization."""
    return _change_account(context, name, "expire", form)


def _change_account(
    context: typer.Context, name: str, change: Literal["suspend", "reinstate", "expire"], form: Form
) -> int:
    from vend.cli.sandbox import _accounts

    return start(context, form, lambda call: _accounts.change(call, name, change))
