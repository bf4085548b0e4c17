"""Diagnostics for people, and as annotations in GitHub Actions."""

from __future__ import annotations

from collections.abc import Iterable

from vend.errors import Diagnostic
from vend.views._text import Line, Span, line, neutralized

_STYLES = {"error": "bold red", "warning": "bold yellow"}


def diagnostic_lines(diagnostics: Iterable[Diagnostic]) -> list[Line]:
    """Each diagnostic with its place, detail and hint; an empty line between two."""
    lines: list[Line] = []
    for diagnostic in diagnostics:
        if lines:
            lines.append(line())
        lines += _one(diagnostic)
    return lines


def annotation(diagnostic: Diagnostic) -> str:
    """A workflow command of GitHub Actions: `::error file=…,line=…,col=…,title=…::…`.

    Source: GitHub Actions, "Workflow commands for GitHub Actions": data escapes `%`, CR and LF;
    properties escape `:` and `,` as well.
    """
    properties = {
        "file": diagnostic.file,
        "line": diagnostic.line,
        "col": diagnostic.column,
        "title": diagnostic.code,
    }
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items() if value is not None)
    told = [_of(diagnostic) + diagnostic.summary]
    told += [diagnostic.detail] if diagnostic.detail else []
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
    if diagnostic.file is not None:
        place = [diagnostic.file, diagnostic.line, diagnostic.column]
        lines.append(line("  ", Span(":".join(str(part) for part in place if part is not None), "cyan")))
    lines += [line("  ", text) for text in (diagnostic.detail or "").splitlines()]
    if diagnostic.hint:
        first, *rest = diagnostic.hint.splitlines()
        lines.append(line("  ", Span("hint:", "green"), " ", first))
        lines += [line("        ", text) for text in rest]
    return lines


def _of(diagnostic: Diagnostic) -> str:
    """The account, where no place in a file says which one it is."""
    return f"{diagnostic.account}: " if diagnostic.account and diagnostic.file is None else ""


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(neutralized(text)).replace(":", "%3A").replace(",", "%2C")
