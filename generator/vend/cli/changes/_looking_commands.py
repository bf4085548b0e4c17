"""`vend status` and `vend history`."""

from __future__ import annotations

from typing import Annotated

import typer

from vend.cli.call._completion import account_names
from vend.cli.call._options import Accounts, Form
from vend.cli.call._start import start

looking = typer.Typer()


@looking.command()
def status(
    context: typer.Context,
    *,
    account: Accounts = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only accounts that failed or were stopped.")] = False,
    form: Form = "text",
) -> int:
    """Show the fleet as it stands: what failed, what is left to apply.

    Exit code 1 where an account failed.
    """
    from vend.cli.changes import _looking
    from vend.cli.changes._lifecycle import lifecycle_room

    return start(context, form, lambda call: _looking.status(call, account or (), lifecycle_room(), failed=failed))


@looking.command()
def history(
    context: typer.Context,
    account: Annotated[
        str | None,
        typer.Argument(
            metavar="[ACCOUNT]",
            help="Only runs that had to do with this account, even if it is gone.",
            autocompletion=account_names,
        ),
    ] = None,
    *,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="Show at most N runs.")] = 20,
    form: Form = "text",
) -> int:
    """Show past runs: who, when, from which commit, what became of each account."""
    from vend.cli.changes import _looking
    from vend.cli.changes._lifecycle import lifecycle_room

    return start(context, form, lambda call: _looking.history(call, account, limit, lifecycle_room()))


@looking.command()
def unlock(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The account's label.", autocompletion=account_names)],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    form: Form = "text",
) -> int:
    """Release the leases, slots and state locks that keep runs from an account.

    For what a run left behind that is gone, and that vend cannot prove dead. Says who holds what, and asks. Refuses
    while a run that lives has any of it.
    """
    from vend.cli.changes import _unlocking
    from vend.cli.changes._lifecycle import lifecycle_room

    return start(context, form, lambda call: _unlocking.unlock(call, name, lifecycle_room(), yes=yes))
