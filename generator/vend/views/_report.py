"""What came of a run, for reading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vend.errors import Diagnostic
from vend.models import AccountResult, Report
from vend.views._diagnostics import beyond_stopping, diagnostic_lines
from vend.views._document import STATUS_STYLES, Document
from vend.views._text import Line, Span, columns, count, line

_NEXT = "Fix this and run `{command} --account {account}` again; it resumes here"
_NAMED = 5
"""How many stopped accounts are named; the table above lists them all."""


def report_document(report: Report, command: str = "vend apply") -> Document:
    """A report, as `vend apply` shows it; `command` is what goes on with an account that is not done."""
    diagnostics = [d for result in report.results for stage in result.stages for d in stage.diagnostics]
    return Document(
        json=report.to_json(),
        text=tuple(_report_lines(report, command)),
        diagnostics=(*report.diagnostics, *diagnostics),
    )


def _report_lines(report: Report, command: str) -> Iterator[Line]:
    if report.results:
        yield from columns(
            [_row(result) for result in report.results], header=("ACCOUNT", "ID", "STATUS", "", "STAGES")
        )
        yield line()
    for result in report.results:
        found = [diagnostic for stage in result.stages for diagnostic in stage.diagnostics]
        if result.status == "aborted":
            found = beyond_stopping(found)
        if found:
            yield from diagnostic_lines(found)
        if result.status == "failed":
            told = _NEXT.format(account=result.account, command=command)
            yield line("  ", Span(f"{result.account}: ", "bold"), told)
        if found or result.status == "failed":
            yield line()
    yield from _stopped([result for result in report.results if result.status == "aborted"], command)
    if report.diagnostics:
        yield from diagnostic_lines(report.diagnostics)
        yield line()
    yield _summary(report)


def _stopped(results: Sequence[AccountResult], command: str) -> Iterator[Line]:
    """One message for one wish, however many accounts it stopped."""
    if not results:
        return
    every = [diagnostic for result in results for stage in result.stages for diagnostic in stage.diagnostics]
    left = dict.fromkeys(one.detail for one in every if one.code == "interrupted" and one.detail)
    names = ", ".join(result.account for result in results[:_NAMED])
    more = f" and {len(results) - _NAMED} more" if len(results) > _NAMED else ""
    told = Diagnostic(
        code="interrupted",
        summary=f"stopped, as asked: {names}{more}",
        detail="\n".join(left) or None,
        hint=f"run `{command}` again to go on",
    )
    yield from diagnostic_lines([told])
    yield line()


def _row(result: AccountResult) -> tuple[str | Span, ...]:
    stages = ", ".join(
        f"{stage.stage} {stage.seconds:.1f} s" if stage.status == "succeeded" else f"{stage.stage} {stage.status}"
        for stage in result.stages
    )
    return (
        result.account,
        result.account_id or "-",
        Span(result.status, STATUS_STYLES.get(result.status, "")),
        "changed" if result.changed else "unchanged",
        stages,
    )


def _summary(report: Report) -> Line:
    changed = sum(result.changed for result in report.results)
    failed = sum(result.status in {"failed", "aborted"} for result in report.results)
    runs = count(report.terraform_runs, "Terraform run")
    style = STATUS_STYLES.get(report.status, "")
    if report.status == "succeeded" and not changed:
        return line(Span("nothing to do", style), f": every account matches its request; {runs}")
    told = f": {count(len(report.results), 'account')}, {changed} changed, {failed} failed or stopped; {runs}"
    return line(Span(report.status, style), told)
