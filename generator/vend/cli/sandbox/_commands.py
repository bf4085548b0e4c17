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
        help="How long one account operation takes; vend.hcl says it by default.",
    ),
]
FaultsFile: TypeAlias = Annotated[
    Path | None,
    typer.Option("--faults", metavar="FILE", help="Faults that are there from the start, in HCL, or JSON if *.json."),
]
StateFile: TypeAlias = Annotated[
    Path | None,
    typer.Option("--state", metavar="FILE", help="Keep everything in this file, and go on from what it holds; 0600."),
]
OrganizationFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--from-organization", metavar="FILE", help="Start with the organization of a file that export wrote."
    ),
]
fault = typer.Typer(
    name="fault", help="Make named operations fail, hang, or answer slowly or not at all.", rich_markup_mode=None
)
sandbox.add_typer(fault)
account = typer.Typer(
    name="account", help="Do to an account what AWS does: suspend, reinstate or expire it.", rich_markup_mode=None
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
    """Run a command against an emulated AWS that ends with it.

    Its exit code is the command's own; 125 when the sandbox itself fails, 127 when there is no such command.
    """
    from vend.cli.sandbox import _processes

    wanted = _processes.SandboxOptions(
        operation_seconds=operation_seconds, faults=faults, state=state, organization=organization
    )
    return start(context, "text", lambda call: _processes.run(call, command, wanted))


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
        typer.Option("--owner", metavar="PID", min=1, help="End with this process, such as the shell: --owner $$."),
    ] = None,
    form: Form = "text",
) -> int:
    """Start an emulated AWS that stays; prints how to reach it.

    In a shell: eval "$(vend sandbox start)".
    """
    from vend.cli.sandbox import _processes

    wanted = _processes.SandboxOptions(
        operation_seconds=operation_seconds, faults=faults, state=state, owner=owner, organization=organization
    )
    return start(context, form, lambda call: _processes.start(call, wanted))


@sandbox.command("stop")
def sandbox_stop(context: typer.Context, form: Form = "text") -> int:
    """Stop the emulated AWS that start left running."""
    from vend.cli.sandbox import _processes

    return start(context, form, _processes.stop)


@sandbox.command("status")
def sandbox_status(context: typer.Context, form: Form = "text") -> int:
    """Say whether an emulated AWS is running; exit code 1 if not."""
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
    """Make a new, empty organization in the running sandbox, without faults."""
    from vend.cli.sandbox import _processes

    wanted = _processes.SandboxOptions(operation_seconds=operation_seconds, organization=organization)
    return start(context, form, lambda call: _processes.reset(call, wanted))


@sandbox.command("export")
def sandbox_export(
    context: typer.Context,
    *,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to write, 0600; standard output by default.")
    ] = None,
    form: Form = "text",
) -> int:
    """Write an organization as a file to start a sandbox from.

    Reads what the credentials lead to, AWS or a sandbox, with read-only calls alone.
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
        int, typer.Option("--times", metavar="N", min=0, help="How many calls it strikes; 0 means every one.")
    ] = 1,
    at: Annotated[
        Literal["call", "start", "end"] | None,
        typer.Option("--at", metavar="call|start|end", help="The call itself, or the account operation it started."),
    ] = None,
    code: Annotated[
        str | None, typer.Option("--code", metavar="CODE", help="The error code; AWS's by default.")
    ] = None,
    message: Annotated[
        str | None, typer.Option("--message", metavar="TEXT", help="The text; AWS's own by default.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option("--seconds", metavar="N", min=0, help="How long slow delays; 5 by default.")
    ] = None,
    form: Form = "text",
) -> int:
    """Make an operation of the running sandbox go wrong.

    What each kind does, and when, stands in docs/reference/sandbox.md.
    """
    from vend.cli.sandbox import _faults

    wanted = {
        "operation": operation,
        "kind": kind,
        "account": account,
        "times": times,
        "at": at,
        "code": code,
        "message": message,
        "seconds": seconds,
    }
    return start(context, form, lambda call: _faults.add(call, wanted))


@fault.command("list")
def fault_list(context: typer.Context, form: Form = "text") -> int:
    """List the faults of the running sandbox, those that are used up among them."""
    from vend.cli.sandbox import _faults

    return start(context, form, _faults.show)


@fault.command("clear")
def fault_clear(
    context: typer.Context,
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID...]", help="Those to clear; all by default.")] = None,
    form: Form = "text",
) -> int:
    """Take faults away; what a timeout held goes on."""
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
