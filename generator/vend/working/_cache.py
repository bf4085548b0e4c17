"""A cache of results, keyed by the digest of everything that they depend on."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Any

from vend.errors import WorkingDirectoryError
from vend.working._directory import prepare_working_directory

_KEY = 40
"""Hexadecimal digits of a key: 160 bits, so that no two contents meet."""
_CHECK = 16
_LARGEST = 256_000_000
"""Bytes of a cache's file; a larger one is not read."""
_LEAST_KEPT = 4_000_000
"""Bytes of entries that a run did not use and that are kept all the same: of another branch, say."""


class Cache:
    """Results that are worth keeping between two runs; JSON in one file, which only ever costs time when it is lost.

    An entry is found by a digest of all that its value depends on, and carries a checksum of its own: whatever
    happens to the file, a value is right or is not there. The file is replaced as a whole: of two runs that write it
    at once, one wins. Not for several threads.
    """

    def __init__(self, path: Path, made_by: Iterable[str]) -> None:
        """Reads the file at `path`, if there is one.

        Args:
            path: of the file.
            made_by: names everything besides its input that a value depends on, such as the version of what made it.
        """
        self._path = path
        self._header = _header(made_by)
        self._known = dict(_entries(path, self._header))
        self._used: dict[bytes, bytes] = {}
        self._changed = False

    def remembered(self, kind: str, name: str, content: bytes, work_out: Callable[[], Any]) -> Any:
        """The value that was worked out from this input before, or is now.

        Args:
            kind: what is worked out.
            name: of the file that holds the content, where the value depends on it.
            content: the input.
            work_out: gives the value, as JSON has it: lists, dictionaries with strings for keys, and plain values.
        """
        key = (
            blake2b(b"\0".join((kind.encode(), os.fsencode(name), content)), digest_size=_KEY // 2).hexdigest().encode()
        )
        entry = self._used.get(key) or self._known.get(key)
        if entry is not None:
            with contextlib.suppress(ValueError):
                value = _decoded(key, entry)
                self._used[key] = entry
                return value
        value = work_out()
        self._used[key] = _encoded(key, value)
        self._changed = True
        return value

    def save(self) -> None:
        """Writes what this run used or worked out, and some of what it did not; silently nothing where it cannot."""
        if not self._changed:
            return
        lines = [self._header, *(key + entry for key, entry in self._used.items())]
        room = max(_LEAST_KEPT, sum(map(len, lines)))
        for key, entry in self._known.items():
            room -= len(key) + len(entry)
            if room > 0 and key not in self._used:
                lines.append(key + entry)
        with contextlib.suppress(OSError, WorkingDirectoryError):
            _replace(self._path, b"\n".join(lines) + b"\n")
            self._changed = False


def _header(made_by: Iterable[str]) -> bytes:
    return b"vend cache " + blake2b(b"\0".join(map(os.fsencode, made_by)), digest_size=16).hexdigest().encode()


def _entries(path: Path, header: bytes) -> list[tuple[bytes, bytes]]:
    """Key and entry of every line; none where the file is another version's, or no such file."""
    try:
        with path.open("rb") as file:
            if file.read(_LARGEST + 1)[_LARGEST:]:
                return []
            file.seek(0)
            found, *lines = file.read().split(b"\n")
    except (OSError, MemoryError):
        return []
    if found != header:
        return []
    return [(line[:_KEY], line[_KEY:]) for line in lines if len(line) > _KEY + _CHECK]


def _encoded(key: bytes, value: Any) -> bytes:
    text = json.dumps(value, separators=(",", ":")).encode()
    return _check(key, text) + text


def _decoded(key: bytes, entry: bytes) -> Any:
    """The value of an entry.

    Raises:
        ValueError: it is damaged.
    """
    check, text = entry[:_CHECK], entry[_CHECK:]
    if check != _check(key, text):
        raise ValueError("the entry is damaged")
    return json.loads(text)


def _check(key: bytes, text: bytes) -> bytes:
    return blake2b(text, key=key, digest_size=_CHECK // 2).hexdigest().encode()


def _replace(path: Path, content: bytes) -> None:
    prepare_working_directory(path.parent)
    handle, name = tempfile.mkstemp(prefix=".cache-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
