"""A diagnostic says what is wrong, where, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from vend.codec import JsonDocument

Severity = Literal["error", "warning"]


class Place(Protocol):
    """Where something stands; `vend.models.Position` is one."""

    @property
    def file(self) -> str:
        """Relative to the fleet directory."""

    @property
    def line(self) -> int:
        """1-based."""

    @property
    def column(self) -> int:
        """1-based, in characters."""

    @property
    def end_line(self) -> int | None:
        """Of the first character beyond, where that is known."""

    @property
    def end_column(self) -> int | None:
        """Of the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Related(JsonDocument):
    """Another place that a problem has to do with, and why: the first of two, the default that was taken.

    Attributes:
        message: one line, without a full stop.
        file: as in `Diagnostic`, and so are the rest.
    """

    message: str
    file: str
    line: int
    column: int
    end_line: int | None = None
    end_column: int | None = None

    @classmethod
    def at(cls, message: str, place: Place) -> Related:
        """One at this place."""
        return cls(
            message=message,
            file=place.file,
            line=place.line,
            column=place.column,
            end_line=place.end_line,
            end_column=place.end_column,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic(JsonDocument):
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
        end_line: of the first character beyond what is wrong, where that is known.
        end_column: of the same.
        account: the account request it concerns.
        related: other places that it has to do with.
    """

    severity: Severity = "error"
    code: str
    summary: str
    detail: str | None = None
    hint: str | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None
    account: str | None = None
    related: tuple[Related, ...] = ()

    def at(self, place: Place | None, account: str | None = None) -> Diagnostic:
        """The same problem at this place, where there is one, and of this account."""
        account = account if account is not None else self.account
        if place is None:
            return replace(self, account=account)
        return replace(
            self,
            file=place.file,
            line=place.line,
            column=place.column,
            end_line=place.end_line,
            end_column=place.end_column,
            account=account,
        )


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
