"""Reviews in the forms that people read."""

from __future__ import annotations

from typing import Literal, TypeAlias

from vend.plan import Review

ReviewForm: TypeAlias = Literal["text", "markdown", "html"]
"""Plain text, a pull request comment, or a self-contained page."""


def show(review: Review, form: ReviewForm = "text") -> str:
    """A review in one of its forms; the same review gives the same bytes.

    Args:
        review: from `Workspace.review`.
        form: plain text as on a terminal, Markdown for a pull request, or an HTML page.
    """
    from vend.views import comment, plain, plan_document, report

    if form == "markdown":
        return comment(review)
    return report(review) if form == "html" else plain(plan_document(review).text)
