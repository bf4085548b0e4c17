"""What came of publishing a review."""

from __future__ import annotations

from collections.abc import Sequence

from vend.errors import sort_diagnostics
from vend.models import Published, PublishedPart, PublishedStatus
from vend.views._diagnostics import diagnostic_lines
from vend.views._document import Document
from vend.views._text import Span, columns, line

_PARTS: dict[PublishedPart, str] = {
    "summary": "step summary",
    "comment": "comment",
    "check": "check run",
    "labels": "labels",
}
_STYLES: dict[PublishedStatus, str] = {
    "created": "green",
    "updated": "green",
    "unchanged": "dim",
    "skipped": "yellow",
    "failed": "bold red",
}


def published_document(published: Sequence[Published], pull_request: int | None) -> Document:
    """The answer of `vend review publish`.

    Args:
        published: what came of each part.
        pull_request: its number; None where there is none.
    """
    diagnostics = sort_diagnostics(problem for each in published for problem in each.diagnostics)
    rows = [
        (_PARTS[each.part], Span(each.status, _STYLES[each.status]), "; ".join(filter(None, (each.url, each.note))))
        for each in published
    ]
    problems = diagnostic_lines(diagnostics)
    return Document(
        json={
            "pull_request": pull_request,
            "published": [each.to_json() for each in published],
            "diagnostics": [problem.to_json() for problem in diagnostics],
        },
        text=(*columns(rows), *((line(), *problems) if problems else ())),
        diagnostics=diagnostics,
    )
