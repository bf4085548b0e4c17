"""Options that commands of several groups share."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import typer

Form: TypeAlias = Annotated[
    Literal["text", "json"],
    typer.Option("--format", metavar="text|json", help="How to answer; JSON goes to standard output alone."),
]

PlanForm: TypeAlias = Annotated[
    Literal["text", "json", "markdown", "html"],
    typer.Option(
        "--format",
        metavar="text|json|markdown|html",
        help="How to answer; markdown is a comment for a pull request, html a page of its own.",
    ),
]
