"""What came of applying a change set, as its comment says it."""

from __future__ import annotations

from collections.abc import Iterator

from vend.models import AccountResult, Report
from vend.views._comment_details import diagnostic_item
from vend.views._markup import code
from vend.views._text import count

_MOST_FAILED = 50
_ENDED = frozenset({"succeeded", "skipped"})
"""Statuses of accounts that need nobody."""


def outcome(report: Report) -> str:
    """`applied`, `applied in part` or `not applied`."""
    if report.status == "succeeded":
        return "applied"
    return "applied in part" if any(result.status == "succeeded" for result in report.results) else "not applied"


def outcome_counts(report: Report) -> str:
    """`3 accounts: 2 succeeded, 1 failed`; what went wrong where no account was reached."""
    told: dict[str, int] = {}
    for result in report.results:
        told[result.status] = told.get(result.status, 0) + 1
    if told:
        words = ", ".join(f"{number} {status}" for status, number in sorted(told.items(), key=lambda item: -item[1]))
        return f"{count(len(report.results), 'account')}: {words}"
    return ", ".join(sorted({problem.code for problem in report.diagnostics})) or "no account"


def outcome_details(report: Report) -> Iterator[str]:
    """The counts, and what is wrong with each account that did not succeed."""
    yield f"**{outcome(report)}:** {outcome_counts(report)}"
    failed = [result for result in report.results if result.status not in _ENDED]
    items = [diagnostic_item(problem) for problem in report.diagnostics]
    items += [_failed(result) for result in failed]
    if items:
        shown, rest = items[:_MOST_FAILED], len(items) - _MOST_FAILED
        yield "\n".join([*shown, *([f"- and {rest} more, in the log of the run"] if rest > 0 else [])])
    if failed:
        yield "Fix what is named and run the apply again; it resumes there."


def _failed(result: AccountResult) -> str:
    stages = ", ".join(f"{stage.stage} {stage.status}" for stage in result.stages if stage.status not in _ENDED)
    told = f"- {code(result.account)}: **{result.status}**{f' ({stages})' if stages else ''}"
    problems = [problem for stage in result.stages for problem in stage.diagnostics]
    return "\n".join([told, *("  " + diagnostic_item(problem).replace("\n", "\n  ") for problem in problems)])
