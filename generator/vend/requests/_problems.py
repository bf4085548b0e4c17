"""Collecting what is wrong, each with its place."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from vend.errors import Diagnostic
from vend.models import Position


class Problems:
    """Diagnostics in the making; nothing is reported before everything was read."""

    def __init__(self) -> None:
        self._found: list[Diagnostic] = []
        self.account: str | None = None

    def add(
        self, code: str, position: Position | None, summary: str, *, hint: str | None = None, detail: str | None = None
    ) -> None:
        """Adds an error at a place."""
        self._found.append(self._placed(Diagnostic(code=code, summary=summary, hint=hint, detail=detail), position))

    def warn(self, code: str, position: Position | None, summary: str, *, hint: str | None = None) -> None:
        """Adds a warning at a place."""
        problem = Diagnostic(severity="warning", code=code, summary=summary, hint=hint)
        self._found.append(self._placed(problem, position))

    def extend(self, problems: Iterable[Diagnostic]) -> None:
        """Adds diagnostics that have their place."""
        self._found.extend(problems)

    @property
    def found(self) -> tuple[Diagnostic, ...]:
        """Everything so far, in the order it was found."""
        return tuple(self._found)

    def _placed(self, problem: Diagnostic, position: Position | None) -> Diagnostic:
        from dataclasses import replace

        if position is None:
            return replace(problem, account=self.account)
        return replace(problem, file=position.file, line=position.line, column=position.column, account=self.account)


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """`did you mean "…"?`, or the whole choice where it is short, or None."""
    choice = sorted(known)
    near = difflib.get_close_matches(name, choice, n=1)
    if near:
        return f'did you mean "{near[0]}"?'
    if 0 < len(choice) <= 12:  # noqa: PLR2004 - what fits on a line
        return "there is " + ", ".join(choice)
    return None
