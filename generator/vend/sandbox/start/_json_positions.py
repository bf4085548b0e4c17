"""The position of a value in JSON text."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

_SPACE = re.compile(r"[ \t\r\n]*")
_VALUES = json.JSONDecoder()


def place_of(text: str, path: Sequence[str | int]) -> tuple[int, int]:
    """Line and column, both from 1, of the value at a path of keys and indexes, as far as the path exists.

    Args:
        text: JSON that can be read.
        path: such as `("accounts", 3, "email")`.
    """
    at = _skip(text, 0)
    for step in path:
        inner = _entry(text, at, step)
        if inner is None:
            break
        at = inner
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _entry(text: str, at: int, step: str | int) -> int | None:
    """Where the value of a key or an index begins, in the object or list that begins at a place."""
    if text[at] != ("[" if isinstance(step, int) else "{"):
        return None
    at, number = _skip(text, at + 1), 0
    while text[at] not in "]}":
        key: str | int = number
        if isinstance(step, str):
            key, at = _VALUES.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        if key == step:
            return at
        _, at = _VALUES.raw_decode(text, at)
        at = _skip(text, at)
        at, number = _skip(text, at + 1) if text[at] == "," else at, number + 1
    return None


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return at if match is None else match.end()
