"""Pages of a list, with tokens that say where the next one begins."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from vend.sandbox.protocol._call import ApiError

_T = TypeVar("_T")


def page(items: Sequence[_T], token: str | None, size: int, error_code: str) -> tuple[list[_T], str | None]:
    """One page and the token of the next, None after the last.

    Raises:
        ApiError: the token is not one of ours.
    """
    start = _start(token, error_code)
    end = start + size
    following = base64.b64encode(f"vend:{end}".encode()).decode() if end < len(items) else None
    return list(items[start:end]), following


def _start(token: str | None, error_code: str) -> int:
    if not token:
        return 0
    try:
        mark, _, number = base64.b64decode(token, validate=True).decode().partition(":")
        if mark == "vend":
            return int(number)
    except (binascii.Error, ValueError):
        pass
    raise ApiError(error_code, "Invalid page token.")
