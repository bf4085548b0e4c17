"""Publishing a review, from a plan bundle to a forge, and fetching the bundle from there."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vend.cli.call._call import DONE, FAILED, Call
from vend.cli.call._fleet import repository_prefix
from vend.cli.changes._bundles import opened_bundle

if TYPE_CHECKING:
    from vend.errors import Diagnostic
    from vend.forge import Pace, TargetOptions
    from vend.models import Report
    from vend.views import CheckOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What `vend review publish` was asked for.

    Attributes:
        report_url: https address of the HTML report.
        applied: a file with the answer of `vend apply --format json`.
    """

    wanted: TargetOptions
    report_url: str | None = None
    applied: Path | None = None


def publish(call: Call, bundle: Path | None, asked: Asked, pace: Pace | None = None) -> int:
    """Publishes the review of a bundle; its exit code says whether that worked, not what the review says.

    Raises:
        InvalidInputError: there is no bundle, no answer of an apply, or the environment does not say where to publish.
        RefusedError: the bundle was altered, or its key is missing.
        ToolMissingError: PyGithub is not installed.
    """
    from vend.errors import VendError, has_errors
    from vend.forge import append_summary, publish, summary_size, target_of
    from vend.views import publication, published_document, step_summary

    review = opened_bundle(call, bundle)
    options = _options(call, asked)
    named = call.environ.get("GITHUB_STEP_SUMMARY")
    path = Path(named) if named else None
    summary = append_summary(path, step_summary(review, options, summary_size(path) if path else 0))
    try:
        published, number = publish(target_of(call.environ, asked.wanted), publication(review, options), pace)
    except VendError as error:
        raise type(error)((*summary.diagnostics, *error.diagnostics)) from error
    document = published_document((summary, *published), number)
    call.view.show(document)
    return FAILED if has_errors(document.diagnostics) else DONE


def fetch(call: Call, out: Path, wanted: TargetOptions, pace: Pace | None = None) -> int:
    """Fetches the bundle that a pull request was reviewed by.

    Raises:
        InvalidInputError: the environment does not say where from.
        RefusedError: nothing was reviewed.
        ForgeError: GitHub does not give it.
        VendError: it cannot be written.
        ToolMissingError: PyGithub is not installed.
    """
    from vend.forge import fetch, target_of
    from vend.views import outcome_document

    found = fetch(target_of(call.environ, wanted), call.directory / out, pace)
    told = f"{out} is the plan of pull request {found.pull_request}, commit {found.commit[:12]}"
    call.view.show(outcome_document({**asdict(found), "file": str(out)}, (told,)))
    return DONE


def _options(call: Call, asked: Asked) -> CheckOptions:
    from vend.errors import Diagnostic, InvalidInputError
    from vend.views import CheckOptions, is_address

    if asked.report_url is not None and not is_address(asked.report_url):
        raise InvalidInputError(
            Diagnostic(
                code="bad-usage",
                summary=f"--report-url is not an https address: {asked.report_url}",
                hint="give the address of the HTML report, such as https://example.com/report.html",
            )
        )
    return CheckOptions(
        prefix=repository_prefix("github", call.fleet, call.directory),
        report_url=asked.report_url,
        details_url=_run_url(call),
        applied=_report(call.directory / asked.applied) if asked.applied is not None else None,
    )


def _run_url(call: Call) -> str | None:
    """The page of this run of GitHub Actions; None outside of one."""
    server, repository, run = (
        call.environ.get(name) for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    )
    return f"{server}/{repository}/actions/runs/{run}" if server and repository and run else None


def _report(path: Path) -> Report:
    """What an apply answered. One that answered nothing was killed, or never came to it.

    Raises:
        InvalidInputError: what the file holds is no answer of an apply.
    """
    from vend.errors import Diagnostic, InvalidInputError
    from vend.models import Report

    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        text = ""
    except (OSError, ValueError) as error:
        raise InvalidInputError(_unreadable(path, str(error))) from error
    if not text.strip():
        silent = Diagnostic(
            code="apply-without-answer",
            summary="the apply ended without a result",
            hint="run `vend status` to see how far it came; running the apply again resumes there",
        )
        return Report(run="", status="failed", terraform_runs=0, results=(), diagnostics=(silent,))
    try:
        document = json.loads(text)
        if isinstance(document, dict) and document.get("run", "") is None:
            document["run"] = ""  # the command failed before its run began
        return Report.from_json(document)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(_unreadable(path, str(error))) from error


def _unreadable(path: Path, detail: str) -> Diagnostic:
    from vend.errors import Diagnostic

    return Diagnostic(
        code="apply-answer-unreadable",
        summary=f"{path} does not contain the result of an apply",
        detail=detail,
        hint="create it with `vend apply BUNDLE --format json > FILE`",
    )
