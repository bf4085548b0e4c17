"""Options that commands of several groups share."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import typer

from vend.cli.call._completion import account_names

Accounts: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--account",
        metavar="NAME",
        help="Only this account request; may be repeated.",
        autocompletion=account_names,
    ),
]
Form: TypeAlias = Annotated[
    Literal["text", "json"],
    typer.Option(
        "--format", metavar="text|json", help="Output format; with json, standard output holds nothing but JSON."
    ),
]

PlanForm: TypeAlias = Annotated[
    Literal["text", "json", "markdown", "html"],
    typer.Option(
        "--format",
        metavar="text|json|markdown|html",
        help="Output format; markdown is a pull request comment, html a self-contained page.",
    ),
]
