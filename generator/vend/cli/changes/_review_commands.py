"""The commands around a review: arguments in, exit code out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from vend.cli.call._options import Form
from vend.cli.call._start import start

review = typer.Typer(name="review", help="Publish the review of a plan where reviewers work.", rich_markup_mode=None)

PullRequest: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--pull-request",
        metavar="NUMBER",
        min=1,
        help="Number of the pull request. Default: that of the CI event, or of the commit.",
    ),
]
Repository: TypeAlias = Annotated[
    str | None,
    typer.Option("--repository", metavar="OWNER/NAME", help="Repository. Default: GITHUB_REPOSITORY."),
]


@review.command("publish")
def publish(  # noqa: PLR0913 - one per option
    context: typer.Context,
    bundle: Annotated[
        Path | None, typer.Argument(metavar="[BUNDLE]", help="Plan bundle. Default: the bundle of the last plan.")
    ] = None,
    *,
    pull_request: PullRequest = None,
    commit: Annotated[
        str | None,
        typer.Option(
            "--commit", metavar="SHA", help="Commit that was planned. Default: the newest commit of the event's branch."
        ),
    ] = None,
    repository: Repository = None,
    report_url: Annotated[
        str | None,
        typer.Option("--report-url", metavar="URL", help="https address of the HTML report to link to."),
    ] = None,
    applied: Annotated[
        Path | None,
        typer.Option(
            "--applied",
            metavar="FILE",
            help="Output of `vend apply --format json`: the comment shows the result and is no longer updated.",
        ),
    ] = None,
    form: Form = "text",
) -> int:
    """Publish a plan's review on GitHub.

    Writes the step's summary, one comment that is updated in place, a check run with remarks beside the requests, and
    labels. What fails keeps nothing else from being published. Looks at no AWS, and plans nothing.
    """
    from vend.cli.changes import _publishing
    from vend.forge import TargetOptions

    asked = _publishing.Asked(
        wanted=TargetOptions(repository=repository, pull_request=pull_request, commit=commit),
        report_url=report_url,
        applied=applied,
    )
    return start(context, form, lambda call: _publishing.publish(call, bundle, asked))


@review.command("fetch")
def fetch(  # noqa: PLR0913 - one per option
    context: typer.Context,
    *,
    out: Annotated[
        Path, typer.Option("--out", metavar="PATH", help="File to write, with mode 0600; an existing file is replaced.")
    ] = Path("reviewed.vend"),
    pull_request: PullRequest = None,
    commit: Annotated[
        str | None,
        typer.Option("--commit", metavar="SHA", help="Merge commit. Default: the commit of the CI event."),
    ] = None,
    repository: Repository = None,
    form: Form = "text",
) -> int:
    """Fetch the plan bundle that a merged pull request was reviewed by.

    It is the artifact vend-plan-SHA of the pull request's newest commit. A fork's artifacts are passed over.
    """
    from vend.cli.changes import _publishing
    from vend.forge import TargetOptions

    wanted = TargetOptions(repository=repository, pull_request=pull_request, commit=commit)
    return start(context, form, lambda call: _publishing.fetch(call, out, wanted))
