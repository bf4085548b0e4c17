"""The commands around a review: arguments in, exit code out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from vend.cli.call._options import Form
from vend.cli.call._start import start

review = typer.Typer(name="review", help="A plan's review, where reviewers are.", rich_markup_mode=None)

PullRequest: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--pull-request",
        metavar="NUMBER",
        min=1,
        help="By default that of the event, or the one that the commit belongs to.",
    ),
]
Repository: TypeAlias = Annotated[
    str | None,
    typer.Option("--repository", metavar="OWNER/NAME", help="By default what GITHUB_REPOSITORY says."),
]


@review.command("publish")
def publish(  # noqa: PLR0913 - one per option
    context: typer.Context,
    bundle: Annotated[
        Path | None, typer.Argument(metavar="[BUNDLE]", help="A plan bundle; by default that of the last plan.")
    ] = None,
    *,
    pull_request: PullRequest = None,
    commit: Annotated[
        str | None,
        typer.Option(
            "--commit", metavar="SHA", help="What was planned; by default the newest commit of the event's branch."
        ),
    ] = None,
    repository: Repository = None,
    report_url: Annotated[
        str | None,
        typer.Option("--report-url", metavar="URL", help="https address of the HTML report, to be linked to."),
    ] = None,
    applied: Annotated[
        Path | None,
        typer.Option(
            "--applied",
            metavar="FILE",
            help="What `vend apply --format json` answered: the comment says what became of it, and is frozen.",
        ),
    ] = None,
    form: Form = "text",
) -> int:
    """Publish a plan's review on GitHub.

    Writes the step's summary, one comment that is updated in place, a check run with remarks beside the requests, and
    labels. What fails keeps nothing else from being published. Looks at no AWS, and plans nothing.
    """
    from vend.cli.changes import _publishing
    from vend.forge import Wanted

    asked = _publishing.Asked(
        wanted=Wanted(repository=repository, pull_request=pull_request, commit=commit),
        report_url=report_url,
        applied=applied,
    )
    return start(context, form, lambda call: _publishing.publish(call, bundle, asked))


@review.command("fetch")
def fetch(  # noqa: PLR0913 - one per option
    context: typer.Context,
    *,
    out: Annotated[
        Path, typer.Option("--out", metavar="PATH", help="Where to write it, 0600; what is there is replaced.")
    ] = Path("reviewed.vend"),
    pull_request: PullRequest = None,
    commit: Annotated[
        str | None,
        typer.Option("--commit", metavar="SHA", help="What a merge made; by default the commit of the event."),
    ] = None,
    repository: Repository = None,
    form: Form = "text",
) -> int:
    """Fetch the plan bundle that a merged pull request was reviewed by.

    It is the artifact vend-plan-SHA of the pull request's newest commit. A fork's artifacts are passed over.
    """
    from vend.cli.changes import _publishing
    from vend.forge import Wanted

    wanted = Wanted(repository=repository, pull_request=pull_request, commit=commit)
    return start(context, form, lambda call: _publishing.fetch(call, out, wanted))
