"""Diagnostics for people, and as annotations in GitHub Actions."""

from __future__ import annotations

from collections.abc import Iterable

from vend.errors import Diagnostic, Related
from vend.views._text import Excerpt, Line, Span, line, neutralized

_STOPPED = frozenset({"interrupted", "terraform-stopped", "hook-stopped"})
_STYLES = {"error": "bold red", "warning": "bold yellow"}


def diagnostic_lines(diagnostics: Iterable[Diagnostic]) -> list[Line]:
    """Each diagnostic with its place, detail and hint; an empty line between two."""
    lines: list[Line] = []
    for diagnostic in diagnostics:
        if lines:
            lines.append(line())
        lines += _one(diagnostic)
    return lines


def beyond_stopping(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Those that say more than that work was stopped because the user asked for it."""
    return [diagnostic for diagnostic in diagnostics if diagnostic.code not in _STOPPED]


def annotation(diagnostic: Diagnostic, prefix: str = "") -> str:
    """A workflow command of GitHub Actions: `::error file=…,line=…,col=…,title=…::…`.

    Args:
        diagnostic: the problem.
        prefix: of the fleet's files in their repository: empty, or with a slash at its end.

    Source: GitHub Actions, "Workflow commands for GitHub Actions": data escapes `%`, CR and LF;
    properties escape `:` and `,` as well.
    """
    properties = {
        "file": prefix + diagnostic.file if diagnostic.file is not None else None,
        "line": diagnostic.line,
        **_end(diagnostic),
        "title": diagnostic.code,
    }
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items() if value is not None)
    told = [_of(diagnostic) + diagnostic.summary]
    told += [diagnostic.detail] if diagnostic.detail else []
    told += [f"{prefix}{place.file}:{place.line}:{place.column}: {place.message}" for place in diagnostic.related]
    told += [f"hint: {diagnostic.hint}"] if diagnostic.hint else []
    message = "\n".join("\n".join(neutralized(text) for text in part.splitlines()) for part in told)
    return f"::{diagnostic.severity} {listed}::{_data(message)}"


def _one(diagnostic: Diagnostic) -> list[Line]:
    style = _STYLES[diagnostic.severity]
    lines = [
        line(
            Span(diagnostic.severity, style),
            Span(f"[{diagnostic.code}]", style),
            ": ",
            Span(_of(diagnostic) + diagnostic.summary, "bold"),
        )
    ]
    lines += _placed(diagnostic, style)
    lines += [line("  ", text) for text in (diagnostic.detail or "").splitlines()]
    for related in diagnostic.related:
        (place, *excerpt) = _placed(related, "bold blue")
        lines += [line(*place, f": {related.message}"), *excerpt]
    if diagnostic.hint:
        first, *rest = diagnostic.hint.splitlines()
        lines.append(line("  ", Span("hint:", "green"), " ", first))
        lines += [line("        ", text) for text in rest]
    return lines


def _placed(place: Diagnostic | Related, style: str) -> list[Line]:
    if place.file is None:
        return []
    parts = [place.file, place.line, place.column]
    lines = [line("  ", Span(":".join(str(part) for part in parts if part is not None), "cyan"))]
    if place.line is None:
        return lines
    excerpt = Excerpt(
        "",
        style,
        file=place.file,
        line=place.line,
        column=place.column,
        end_line=place.end_line,
        end_column=place.end_column,
    )
    return [*lines, line(excerpt)]


def _end(diagnostic: Diagnostic) -> dict[str, int | None]:
    """Columns are for what begins and ends on one line; an end is the last character, not the one beyond.

    A range that ends where the next line begins holds the line's own end, and nothing of the next.
    """
    if diagnostic.end_line is None or diagnostic.end_column is None or diagnostic.line is None:
        return {"col": diagnostic.column}
    if (diagnostic.end_line, diagnostic.end_column) == (diagnostic.line + 1, 1):
        return {"col": diagnostic.column}
    if diagnostic.end_line != diagnostic.line:
        return {"endLine": diagnostic.end_line if diagnostic.end_column > 1 else diagnostic.end_line - 1}
    return {"col": diagnostic.column, "endColumn": max(diagnostic.column or 1, diagnostic.end_column - 1)}


def _of(diagnostic: Diagnostic) -> str:
    """The account, where no place in a file says which one it is."""
    return f"{diagnostic.account}: " if diagnostic.account and diagnostic.file is None else ""


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(neutralized(text)).replace(":", "%3A").replace(",", "%2C")
