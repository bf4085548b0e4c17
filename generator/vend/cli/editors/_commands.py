"""The commands that serve editors and shells: arguments in, exit code out."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from vend.cli.call._options import Form
from vend.cli.call._start import start

editors = typer.Typer(rich_markup_mode=None)


@editors.command("schema")
def schema(
    context: typer.Context,
    name: Annotated[
        Literal["requests", "settings"],
        typer.Argument(metavar="requests|settings", help="Language: account requests, or vend.hcl."),
    ] = "requests",
    *,
    snippets: Annotated[
        Literal["vscode"] | None,
        typer.Option("--snippets", metavar="vscode", help="Write editor snippets for both languages instead."),
    ] = None,
    form: Form = "text",
) -> int:
    """Print the JSON Schema of account requests or settings.

    It is one of HCL in its JSON syntax. Snippets know the organizational units and customizations of the fleet, where
    there is one.
    """
    from vend.cli.editors import _editors

    return start(context, form, _editors.snippets if snippets else lambda call: _editors.schema(call, name))


@editors.command("completion")
def completion(
    context: typer.Context,
    shell: Annotated[
        Literal["bash", "zsh", "fish"],
        typer.Argument(metavar="bash|zsh|fish", help="Shell to write the completion script for."),
    ],
    *,
    form: Form = "text",
) -> int:
    """Print the script that makes a shell complete vend's commands.

    In bash: source <(vend completion bash). Names of accounts and units come from the fleet's files.
    """
    from vend.cli.editors import _editors

    return start(context, form, lambda call: _editors.completion(call, shell))
