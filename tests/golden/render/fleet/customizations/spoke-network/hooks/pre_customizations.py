"""In the digest, never in the root module."""

from __future__ import annotations

from typing import Any


def run(context: dict[str, Any]) -> None:
    """Does nothing."""
    del context
