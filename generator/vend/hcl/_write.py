"""Writing HCL literals."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_WORDS = frozenset({"true", "false", "null", "for", "if", "in", "else", "endif", "endfor"})
"""What HCL, or one of the parsers, may take for something else than a key."""
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_TEMPLATE = re.compile(r"[$%](?=\{)")


def quoted(text: str) -> str:
    """A string as HCL's quoted literal, on one line; `${` and `%{` stay text.

    HCL's strings are in Unicode's composed form, so that is what is written.
    """
    composed = unicodedata.normalize("NFC", text)
    written = "".join(_ESCAPES.get(c) or (c if c.isprintable() else _escaped(c)) for c in composed)
    return f'"{_TEMPLATE.sub(lambda sign: sign[0] * 2, written)}"'


def literal(value: str | Sequence[str] | Mapping[str, str]) -> str:
    """A string, list of strings or map of strings as HCL, on one line."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key(name)} = {quoted(item)}" for name, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    return f"[{', '.join(map(quoted, value))}]"


def key(name: str) -> str:
    """A key of a map: as it is where HCL takes it for a name, else quoted."""
    return name if _IDENTIFIER.fullmatch(name) and name not in _WORDS else quoted(name)


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - what four digits hold
