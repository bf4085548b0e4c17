"""Version constraints as Terraform writes them in `required_version`."""

from __future__ import annotations

import re
from collections.abc import Callable

_VERSION = re.compile(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?\Z")
_TERM = re.compile(r"\s*(=|!=|>=|<=|~>|>|<)?\s*(\S+)\s*\Z")

_Version = tuple[tuple[int, int, int], str]


def satisfies(version: str, constraint: str) -> bool:
    """Whether a version meets every comma-separated term of a constraint.

    The operators are `=`, `!=`, `>`, `>=`, `<`, `<=` and `~>` (only the last given part may grow). A pre-release is met
    only by a term that names it (Terraform's documentation of version constraints).

    Raises:
        ValueError: a term or the version cannot be read.
    """
    wanted, prerelease = _parse(version)[0]
    terms = constraint.split(",")
    return all(_meets((wanted, prerelease), term) for term in terms)


def _meets(version: _Version, term: str) -> bool:
    match = _TERM.match(term)
    if match is None:
        raise ValueError(f'"{term.strip()}" is not a version constraint')
    operator = match.group(1) or "="
    bound, parts = _parse(match.group(2))
    if operator in {"=", "!="}:
        return (version == bound) is (operator == "=")
    if version[1] and version[0] != bound[0]:
        return False
    if version[1] and not bound[1]:
        return False
    return _ORDER[operator](version, bound, parts)


def _key(version: _Version) -> tuple[tuple[int, int, int], bool, list[tuple[bool, int, str]]]:
    numbers, prerelease = version
    identifiers = [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in prerelease.split(".")]
    return numbers, not prerelease, identifiers


def _pessimistic(version: _Version, bound: _Version, parts: int) -> bool:
    if _key(version) < _key(bound):
        return False
    # With one part nothing is fixed: Terraform 1.11.4 meets "~> 0".
    fixed = parts - 1
    return version[0][:fixed] == bound[0][:fixed]


_ORDER: dict[str, Callable[[_Version, _Version, int], bool]] = {
    ">": lambda version, bound, _: _key(version) > _key(bound),
    ">=": lambda version, bound, _: _key(version) >= _key(bound),
    "<": lambda version, bound, _: _key(version) < _key(bound),
    "<=": lambda version, bound, _: _key(version) <= _key(bound),
    "~>": _pessimistic,
}


def _parse(text: str) -> tuple[_Version, int]:
    match = _VERSION.match(text.strip())
    if match is None:
        raise ValueError(f'"{text}" is no version')
    numbers = [group for group in match.groups()[:3] if group is not None]
    major, minor, patch = (*map(int, numbers), 0, 0)[:3]
    return ((major, minor, patch), match.group(4) or ""), len(numbers)
