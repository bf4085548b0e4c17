"""What a command answers, in every form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vend.errors import Diagnostic, sort_diagnostics
from vend.models import AccountRequest
from vend.views._diagnostics import diagnostic_lines
from vend.views._text import Line, Span, columns, count, line

STATUS_STYLES = {
    "succeeded": "green",
    "failed": "bold red",
    "aborted": "bold yellow",
    "running": "cyan",
    "pending": "yellow",
    "skipped": "dim",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The answer of a command.

    Attributes:
        json: the JSON document; its keys are a contract.
        text: the same for people.
        diagnostics: those that the document carries; part of `text` already.
        markdown: writes the same as a comment on a pull request; None where there is no such form.
        html: writes the same as a page of its own, likewise.
    """

    json: Any
    text: tuple[Line, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    markdown: Callable[[], str] | None = None
    html: Callable[[], str] | None = None


def validation_document(requests: int, diagnostics: Iterable[Diagnostic]) -> Document:
    """The answer of `vend validate`."""
    found = sort_diagnostics(diagnostics)
    errors = sum(diagnostic.severity == "error" for diagnostic in found)
    warnings = len(found) - errors
    lines = diagnostic_lines(found)
    if lines:
        lines.append(line())
    told = [count(errors, "error")] if errors else []
    told += [count(warnings, "warning")] if warnings else []
    verdict = Span(", ".join(told) or "valid", "bold red" if errors else "bold yellow" if warnings else "bold green")
    lines.append(line(count(requests, "account request"), ": ", verdict))
    if errors:
        lines.append(line(Span("run `vend explain CODE` for more about a code", "dim")))
    return Document(
        json={"requests": requests, "diagnostics": [diagnostic.to_json() for diagnostic in found]},
        text=tuple(lines),
        diagnostics=found,
    )


def explanation_document(codes: Mapping[str, str], text: str | None = None) -> Document:
    """The answer of `vend explain`.

    Args:
        codes: diagnostics' codes, each with the sentence on when it is given.
        text: what to do about the one code there is, as Markdown; None where they are listed.
    """
    if text is None:
        rows = [(Span(code, "bold"), when) for code, when in sorted(codes.items())]
        return Document(
            json={"codes": [{"code": code, "when": when} for code, when in sorted(codes.items())], "diagnostics": []},
            text=tuple(columns(rows)),
        )
    ((code, when),) = codes.items()
    return Document(
        json={"codes": [{"code": code, "when": when, "text": text}], "diagnostics": []},
        text=(line(Span(code, "bold"), f": {when}"), line(), *(line(shown) for shown in text.splitlines())),
    )


def requests_document(requests: Iterable[AccountRequest]) -> Document:
    """The answer of `vend requests`."""
    ordered = sorted(requests, key=lambda request: request.account)
    rows = [
        (
            request.account,
            request.name,
            request.email,
            request.organizational_unit,
            ", ".join(request.customizations) or "-",
            _place(request),
        )
        for request in ordered
    ]
    header = ("ACCOUNT", "NAME", "EMAIL", "ORGANIZATIONAL UNIT", "CUSTOMIZATIONS", "SOURCE")
    return Document(
        json=[request.to_json() for request in ordered],
        text=tuple(columns(rows, header=header) if rows else [line("no account requests")]),
    )


def origins_document(request: AccountRequest) -> Document:
    """The answer of `vend requests --explain`: every value, and where it stands."""
    values = [_origin(request, path, value) for path, value in request.values().items()]
    rows = [
        (
            found["field"],
            found["value"],
            found["origin"],
            f"{found['file']}:{found['line']}:{found['column']}" if found["file"] else "-",
        )
        for found in values
    ]
    return Document(
        json={"account": request.account, "values": values, "diagnostics": []},
        text=tuple(columns(rows, header=("FIELD", "VALUE", "FROM", "SOURCE"))),
    )


def _origin(request: AccountRequest, path: str, value: str) -> dict[str, Any]:
    origin = request.origins.get(path) or ("request" if path in request.positions else "built-in")
    at = request.positions.get(f"{path}_template" if origin == "template" else path)
    return {
        "field": path,
        "value": value,
        "origin": origin,
        "file": at.file if at else None,
        "line": at.line if at else None,
        "column": at.column if at else None,
    }


def outcome_document(json: Mapping[str, Any], told: Iterable[str], diagnostics: Iterable[Diagnostic] = ()) -> Document:
    """The answer of a command that has little to say: its problems and a few words."""
    found = tuple(diagnostics)
    return Document(
        json={**json, "diagnostics": [diagnostic.to_json() for diagnostic in found]},
        text=(*diagnostic_lines(found), *(line(text) for text in told)),
        diagnostics=found,
    )


_NOTHING: Mapping[str, Mapping[str, Any]] = {
    "plan": {"bundle": None, "digest": None, "terraform_runs": 0, "summary": {}, "accounts": []},
    "apply": {"run": None, "status": "failed", "terraform_runs": 0, "results": []},
    "status": {"accounts": []},
    "history": {"runs": []},
    "publish": {"pull_request": None, "published": []},
}
"""What the documents of these commands hold when there is nothing to say: their keys are a contract."""


def failure_document(diagnostics: Iterable[Diagnostic], command: str = "") -> Document:
    """The answer of a command that could not do its work; the text goes to standard error by itself."""
    found = tuple(diagnostics)
    told = {**_NOTHING.get(command, {}), "diagnostics": [diagnostic.to_json() for diagnostic in found]}
    return Document(json=told, text=(), diagnostics=found)


def _place(request: AccountRequest) -> str:
    position = request.position()
    return f"{position.file}:{position.line}" if position else "-"
