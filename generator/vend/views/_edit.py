"""What becomes of files, as a unified diff."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vend.errors import Diagnostic
from vend.views._diagnostics import diagnostic_lines
from vend.views._document import Document
from vend.views._text import Line, Span, line

_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def edit_document(
    json: Mapping[str, Any], diffs: Iterable[Sequence[str]], told: Iterable[str], diagnostics: Iterable[Diagnostic] = ()
) -> Document:
    """The answer of a command that edits files.

    Args:
        json: the document, but for its diagnostics.
        diffs: of each file, line by line.
        told: what is said of it, below.
        diagnostics: what the fleet is warned of now.
    """
    found = tuple(diagnostics)
    lines = [shown for diff in diffs for shown in diff_lines(diff)]
    return Document(
        json={**json, "diagnostics": [diagnostic.to_json() for diagnostic in found]},
        text=(*lines, *diagnostic_lines(found), *(line(text) for text in told)),
        diagnostics=found,
    )


def diff_lines(diff: Iterable[str]) -> list[Line]:
    """A unified diff, coloured."""
    return [
        line(Span(text, "bold" if text.startswith(("--- ", "+++ ")) else _STYLES.get(text[:1], ""))) for text in diff
    ]
