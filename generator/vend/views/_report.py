"""What came of a run, for reading."""

from __future__ import annotations

from collections.abc import Iterator

from vend.models import AccountResult, Report
from vend.views._diagnostics import diagnostic_lines
from vend.views._document import STATUS_STYLES, Document
from vend.views._text import Line, Span, columns, count, line

_NEXT = {
    "failed": "Fix this and run `{command} --account {account}` again; it resumes here",
    "aborted": "Stopped. Run `{command} --account {account}` to resume here",
}


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
        if found:
            yield from diagnostic_lines(found)
        if result.status in _NEXT:
            yield line(
                "  ",
                Span(f"{result.account}: ", "bold"),
                _NEXT[result.status].format(account=result.account, command=command),
            )
        if found or result.status in _NEXT:
            yield line()
    if report.diagnostics:
        yield from diagnostic_lines(report.diagnostics)
        yield line()
    yield _summary(report)


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
    failed = sum(result.status in _NEXT for result in report.results)
    runs = count(report.terraform_runs, "Terraform run")
    style = STATUS_STYLES.get(report.status, "")
    if report.status == "succeeded" and not changed:
        return line(Span("nothing to do", style), f": every account matches its request; {runs}")
    told = f": {count(len(report.results), 'account')}, {changed} changed, {failed} failed or stopped; {runs}"
    return line(Span(report.status, style), told)
