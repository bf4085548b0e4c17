"""A diagnostic says what is wrong, where, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One problem.

    Attributes:
        severity: `error` stops what was asked for; `warning` does not.
        code: kebab-case, one of `vend.errors.CODES`.
        summary: one line, without a full stop.
        detail: what was being done and what came of it; may have several lines.
        hint: what to do next.
        file: path relative to the fleet directory, with forward slashes.
        line: 1-based.
        column: 1-based, in characters.
        account: the account request it concerns.
    """

    severity: Severity = "error"
    code: str
    summary: str
    detail: str | None = None
    hint: str | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None
    account: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The JSON document form; keys are a contract."""
        return {
            "severity": self.severity,
            "code": self.code,
            "summary": self.summary,
            "detail": self.detail,
            "hint": self.hint,
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "account": self.account,
        }


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether any of them is an error rather than a warning."""
    return any(diagnostic.severity == "error" for diagnostic in diagnostics)


def sort_diagnostics(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """By file, line and column; those without a place first; duplicates once."""

    def key(diagnostic: Diagnostic) -> tuple[str, int, int, str, str, str]:
        return (
            diagnostic.file or "",
            diagnostic.line or 0,
            diagnostic.column or 0,
            diagnostic.account or "",
            diagnostic.code,
            diagnostic.summary,
        )

    return tuple(sorted(set(diagnostics), key=key))
