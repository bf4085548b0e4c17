"""Collecting diagnostics with their positions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from vend.errors import Diagnostic, Related, did_you_mean
from vend.models import Position
from vend.requests.language._language import InvalidValue

_LONGEST_LINE = 400


class Problems:
    """Diagnostics in the making; nothing is reported before everything was read."""

    def __init__(self) -> None:
        self._found: list[Diagnostic] = []
        self._account: str | None = None

    @contextmanager
    def about(self, account: str | None) -> Iterator[None]:
        """What is added within the `with` block is about this account; None is about no account in particular."""
        outer, self._account = self._account, account
        try:
            yield
        finally:
            self._account = outer

    def add(
        self, code: str, position: Position | None, summary: str, *, hint: str | None = None, detail: str | None = None
    ) -> None:
        """Adds an error at a place."""
        problem = Diagnostic(
            code=code,
            summary=_line(summary),
            hint=_line(hint) if hint else None,
            detail=_line(detail) if detail else None,
        )
        self._found.append(problem.at(position, self._account))

    def twice(
        self, code: str, position: Position | None, summary: str, *, first: Related | None, hint: str | None = None
    ) -> None:
        """Adds an error about something that stands somewhere else already."""
        problem = Diagnostic(
            code=code,
            summary=_line(summary),
            hint=_line(hint) if hint else None,
            related=(replace(first, message=_line(first.message)),) if first else (),
        )
        self._found.append(problem.at(position, self._account))

    def violation(self, position: Position | None, violation: InvalidValue) -> None:
        """Adds what a rule says is wrong with the value at a place."""
        problem = Diagnostic(
            severity=violation.severity,
            code=violation.code,
            summary=_line(violation.summary),
            hint=_line(violation.hint) if violation.hint else None,
        )
        self._found.append(problem.at(position, self._account))

    def warn(self, code: str, position: Position | None, summary: str, *, hint: str | None = None) -> None:
        """Adds a warning at a place."""
        problem = Diagnostic(severity="warning", code=code, summary=_line(summary), hint=hint)
        self._found.append(problem.at(position, self._account))

    def extend(self, problems: Iterable[Diagnostic]) -> None:
        """Adds diagnostics that have their place."""
        self._found.extend(problems)

    def __len__(self) -> int:
        return len(self._found)

    @property
    def found(self) -> tuple[Diagnostic, ...]:
        """Everything so far, in the order it was found."""
        return tuple(self._found)


def _line(text: str) -> str:
    """Text that may quote what stands in a file, as one printable line of bearable length."""
    shown = text if len(text) <= _LONGEST_LINE else f"{text[: _LONGEST_LINE - 1]}…"
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in shown)


def choice(written: str, known: Iterable[str]) -> str | None:
    """What was meant instead, or the whole choice where it fits on a line."""
    return did_you_mean(written, known, listing=12)
