"""JSON inside of texts, as policies and container definitions are written."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_BRACKET = re.compile(r"[\[\]{}]")
_DEEPEST = 100


def decoded(value: str) -> Any:
    """The JSON object or list that a text holds; the text itself where it holds none, or one nested absurdly deep."""
    if value[:1] not in {"{", "["} or _depth(value) > _DEEPEST:
        return value
    try:
        held = json.loads(value)
    except ValueError:
        return value
    return held if isinstance(held, dict | list) else value


def opened(value: Any) -> Any:
    """The value with texts that hold a JSON object or list replaced by what they hold."""
    if isinstance(value, Mapping):
        return {key: opened(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [opened(item) for item in value]
    return decoded(value) if isinstance(value, str) else value


def _depth(text: str) -> int:
    """How deep brackets nest, those in strings included: enough to refuse what would exhaust the stack."""
    depth = deepest = 0
    for bracket in _BRACKET.findall(text):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest
