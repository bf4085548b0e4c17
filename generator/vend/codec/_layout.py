"""What a dataclass says of its JSON document, where that is not its fields by their names."""

from __future__ import annotations

from typing import Any

KEYS, NAMES, HIDDEN, DIGITS = "vend.keys", "vend.names", "vend.hidden", "vend.digits"
"""Metadata of fields."""


class DocumentError(ValueError):
    """A document is not of the form that is read; the message begins with the place, such as `accounts[0].name`."""


def key(*path: str) -> dict[str, Any]:
    """Metadata of a field whose key is not its name; of several names, each but the last is an object around it."""
    return {KEYS: path}


def spread(*path: str, names: str) -> dict[str, Any]:
    """Metadata of a field whose value is a dataclass, or None, of which these fields stand among the others.

    Args:
        path: the objects that they stand in; none: beside the keys of the other fields.
        names: of the fields, apart by blanks; all are null where there is no value.
    """
    return {KEYS: path, NAMES: tuple(names.split())}


def hidden() -> dict[str, Any]:
    """Metadata of a field with a default that is no part of the document."""
    return {HIDDEN: True}


def rounded(digits: int) -> dict[str, Any]:
    """Metadata of a number that is written with so many decimal places."""
    return {DIGITS: digits}
