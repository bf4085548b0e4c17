"""A change set as a check run of a commit: a verdict, and remarks beside the lines of the requests."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from vend.errors import Diagnostic
from vend.models import Annotation, AnnotationLevel, CheckRun, Conclusion, Position, Report
from vend.plan import AccountReview, PolicyResult, Review, SemanticChange, Verdict
from vend.views._comment import CommentOptions, comment
from vend.views._outcome import outcome, outcome_counts
from vend.views._text import count, neutralized

CHECK_LIMIT = 65_535
"""Bytes of UTF-8 that GitHub takes as the summary of a check run (it calls them characters)."""
MOST_ANNOTATIONS = 500
"""GitHub takes any number, fifty at a time; beyond this nobody reads on, and GitHub's limits on writing come near."""
_WORKING = ".vend/"
"""Rendered files lie there, and in no repository."""
_LONGEST_TITLE = 255
_LONGEST_MESSAGE = 16_000
_ORDER: tuple[AnnotationLevel, ...] = ("failure", "warning", "notice")
_CONCLUSIONS: dict[Verdict, Conclusion] = {
    "unchanged": "success",
    "changes": "success",
    "refused": "action_required",
    "failed": "failure",
}
_WHOLE = frozenset({"create", "adopt", "enrol"})
"""Actions by which the request as a whole is new: one remark says it all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """What a check run holds besides the change set.

    Attributes:
        prefix: of the fleet's files in their repository: empty, or with a slash at its end.
        report_url: https address of the HTML report.
        details_url: where the check links to where there is no report: the run of CI.
        applied: what came of applying it; None before that.
    """

    prefix: str = ""
    report_url: str | None = None
    details_url: str | None = None
    applied: Report | None = None


def check_run(review: Review, options: CheckOptions) -> CheckRun:
    """The check run of a change set, or of what came of applying it."""
    found = sorted(_annotations(review, options), key=lambda annotation: _ORDER.index(annotation.level))
    left_out = len(found) - MOST_ANNOTATIONS
    applied = options.applied
    if applied is None:
        conclusion, title = _CONCLUSIONS[review.verdict], review.headline
        title += f"; {review.resources}" if review.resources else ""
    else:
        conclusion = "success" if applied.status == "succeeded" else "failure"
        title = f"{outcome(applied)}: {outcome_counts(applied)}"
    return CheckRun(
        name=f"vend {'plan' if applied is None else 'apply'} {neutralized(review.fleet)}".rstrip(),
        conclusion=conclusion,
        title=_cut(title, _LONGEST_TITLE),
        summary=comment(
            review,
            CommentOptions(report_url=options.report_url, applied=applied, limit=CHECK_LIMIT, counted="utf-8"),
        ),
        text=f"{count(left_out, 'remark')} more would stand beside the files." if left_out > 0 else "",
        annotations=tuple(found[:MOST_ANNOTATIONS]),
        details_url=options.report_url or options.details_url,
        external_id=review.digest,
    )


def _annotations(review: Review, options: CheckOptions) -> Iterator[Annotation]:
    applied = options.applied
    if applied is not None:
        yield from _of_report(review, applied, options.prefix)
        return
    for problem in review.all_diagnostics:
        yield from _of_diagnostic(problem, options.prefix)
    begins = _begins(review)
    for result in review.all_policy:
        yield from _of_policy(result, result.position or begins.get(result.account), options.prefix)
    for account in review.accounts:
        if not account.unremarkable:
            yield from _of_account(account, options.prefix)


def _of_account(account: AccountReview, prefix: str) -> Iterator[Annotation]:
    """One remark where the request begins, and one at each line that says what changes of an account that exists."""
    begins = account.position
    elsewhere: list[SemanticChange] = []
    if begins is not None and account.action not in _WHOLE:
        elsewhere = [c for c in account.semantic if c.position is not None and c.position.line != begins.line]
    here = [change.summary for change in account.semantic if change not in elsewhere]
    counts = account.counts.words
    operations = count(len(account.operations), "operation") if account.operations else ""
    told = [f"{account.risk.level} risk: {', '.join(account.risk.reasons)}"] if account.risk.reasons else []
    told += here
    told += [f"changed outside Terraform: {change.address}" for change in account.drift]
    told += [f"{change.action}: {change.address}" for change in account.destructive]
    told += [text for text in (counts, operations) if text]
    told += [f"{problem.code}: {problem.summary}" for problem in account.diagnostics]
    level: AnnotationLevel = "notice"
    if account.action in {"refused", "failed"}:
        level = "failure"
    elif account.ends or account.destructive or account.drift or account.diagnostics:
        level = "warning"
    yield from _annotation(begins, prefix, level, f"{account.account}: {account.action}", told or [account.action])
    by_line: dict[tuple[str, int], list[SemanticChange]] = {}
    for change in elsewhere:
        if change.position is not None:
            by_line.setdefault((change.position.file, change.position.line), []).append(change)
    for changes in by_line.values():
        yield from _annotation(
            changes[0].position, prefix, "notice", account.account, [change.summary for change in changes]
        )


def _begins(review: Review) -> dict[str | None, Position | None]:
    """Where the request of each account begins, by account."""
    return {account.account: account.position for account in review.accounts}


def _of_policy(result: PolicyResult, place: Position | None, prefix: str) -> Iterator[Annotation]:
    level: AnnotationLevel = "failure" if result.denies else "notice" if result.approved_by else "warning"
    told = [result.summary, *(result.detail or "").splitlines()]
    if result.approved_by:
        told.append(f"approved by {', '.join(result.approved_by)}")
    else:
        told += [f"hint: {result.hint}"] if result.hint else []
        told += [f"to approve: {result.digest[:16]}"] if result.denies else []
    yield from _annotation(place, prefix, level, result.code, told)


def _of_diagnostic(problem: Diagnostic, prefix: str) -> Iterator[Annotation]:
    if problem.file is None or problem.line is None:
        return
    place = Position(
        file=problem.file,
        line=problem.line,
        column=problem.column or 1,
        end_line=problem.end_line,
        end_column=problem.end_column,
    )
    level: AnnotationLevel = "failure" if problem.severity == "error" else "warning"
    yield from _annotation(place, prefix, level, problem.code, _told(problem))


def _of_report(review: Review, applied: Report, prefix: str) -> Iterator[Annotation]:
    """What is wrong, in its place; where it has none, beside the request of the account."""
    begins = _begins(review)
    for problem in applied.diagnostics:
        yield from _of_diagnostic(problem, prefix)
    for result in applied.results:
        for problem in (found for stage in result.stages for found in stage.diagnostics):
            if problem.file is not None and not problem.file.startswith(_WORKING):
                yield from _of_diagnostic(problem, prefix)
                continue
            level: AnnotationLevel = "failure" if problem.severity == "error" else "warning"
            title = f"{result.account}: {problem.code}"
            yield from _annotation(begins.get(result.account), prefix, level, title, _told(problem))


def _told(problem: Diagnostic) -> list[str]:
    told = [problem.summary, *(problem.detail or "").splitlines()]
    return [*told, *(f"hint: {text}" for text in (problem.hint or "").splitlines()[:1])]


def _annotation(
    place: Position | None, prefix: str, level: AnnotationLevel, title: str, message: list[str]
) -> Iterator[Annotation]:
    """The remark; nothing where there is no place for it in the repository."""
    path = posixpath.normpath(f"{prefix}{place.file}") if place is not None else ""
    if place is None or path.startswith(("/", "../")) or place.file.startswith(_WORKING):
        return
    yield Annotation(
        path=path,
        line=place.line,
        columns=_columns(place),
        level=level,
        title=_cut(neutralized(title), _LONGEST_TITLE),
        message=_cut("\n".join(neutralized(text) for text in message), _LONGEST_MESSAGE),
    )


def _columns(place: Position) -> tuple[int, int] | None:
    """GitHub wants columns only of what lies on one line, and the last character rather than the one beyond."""
    if place.end_line != place.line or place.end_column is None:
        return None
    return place.column, max(place.column, place.end_column - 1)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
