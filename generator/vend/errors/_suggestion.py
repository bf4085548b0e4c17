"""Suggesting known names for an unknown one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import lru_cache

_MOST = 5
"""Candidates that one hint names."""

_LONGEST = 200
"""Characters: comparing takes a time that grows with the square of them, and nobody mistypes a longer name."""


def did_you_mean(written: str, known: Iterable[str], *, cutoff: float = 0.6, listing: int = 0) -> str | None:
    """`did you mean "…"?`, or None.

    Args:
        written: the name that is not known.
        known: the names that are.
        cutoff: how near a name must be, from 0 to 1; one that differs in case alone always is.
        listing: where no name is near, `there is …` lists them all if they are at most this many.
    """
    choice = frozenset(known)
    near = _near(written, choice, cutoff)
    if near:
        return suggestion(near)
    if 0 < len(choice) <= listing:
        return "there is " + ", ".join(sorted(choice))
    return None


def suggestion(candidates: Iterable[str]) -> str | None:
    """`did you mean "a" or "b"?`; None where there is no candidate."""
    named = sorted(candidates)[:_MOST]
    return "did you mean " + " or ".join(f'"{name}"' for name in named) + "?" if named else None


@lru_cache(maxsize=1024)  # a typing error is often copied from file to file
def _near(written: str, known: frozenset[str], cutoff: float) -> tuple[str, ...]:
    folded = written.casefold()
    alike = tuple(name for name in known if name.casefold() == folded)
    if alike or len(written) > _LONGEST:
        return alike
    short = sorted(name for name in known if len(name) <= _LONGEST)
    return tuple(difflib.get_close_matches(written, short, n=1, cutoff=cutoff))
