"""The file that a sandbox keeps its state in: one line of JSON that says what it is, then everything, compressed.

Whoever has it open holds a lock on it. It is replaced, never changed, so that it is always whole; the lock goes
with it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from vend._version import __version__
from vend.errors import Diagnostic, SandboxError

FORMAT = "vend-sandbox-state"
VERSION = 1
_MOST_BYTES = 4 << 30
"""No sandbox holds more; a few kilobytes can unpack to any size."""
_HEADER_BYTES = 1 << 16
_LEVEL = 1
"""Of compression: the first tenfold is cheap, the rest is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What a state file holds.

    Attributes:
        header: what its first line says.
        document: everything else.
    """

    header: Mapping[str, Any]
    document: Mapping[str, Any]


class StateFile:
    """An open state file, whose lock this process holds until it closes it."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    @classmethod
    def open(cls, path: Path) -> Self:
        """Opens a file, and makes it if it is not there.

        Raises:
            SandboxError: `sandbox-state-in-use`, or `sandbox-state-unreadable`.
        """
        path = path.resolve()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return cls(path, _locked(path))
        except BlockingIOError as error:
            raise SandboxError(
                Diagnostic(
                    code="sandbox-state-in-use",
                    summary=f"another running sandbox uses the state file {path}",
                    hint="stop that sandbox, or use a different file for this one",
                )
            ) from error
        except OSError as error:
            raise SandboxError(unreadable(path, f"opening it: {error.strerror or error}")) from error

    def read(self) -> Saved | None:
        """The content of the file; None for a new one.

        Raises:
            SandboxError: `sandbox-state-unreadable` or `sandbox-state-newer`.
        """
        try:
            with os.fdopen(os.dup(self._descriptor), "rb") as file:
                file.seek(0)
                line, body = file.readline(_HEADER_BYTES), file.read()
        except OSError as error:
            raise SandboxError(unreadable(self.path, f"reading it: {error.strerror or error}")) from error
        if not line and not body:
            return None
        header = self._header(line)
        try:
            if hashlib.sha256(body).hexdigest() != header["sha256"]:
                raise ValueError("its content does not fit its first line")  # noqa: TRY301 — one place says so
            document = json.loads(_unpacked(body))
        except (ValueError, KeyError, RecursionError, zlib.error) as error:
            raise SandboxError(unreadable(self.path, f"reading it: {error}")) from error
        if not isinstance(document, dict):
            raise SandboxError(unreadable(self.path, "reading it: no JSON object"))
        return Saved(header=header, document=document)

    def _header(self, line: bytes) -> Mapping[str, Any]:
        try:
            header = json.loads(line)
            ours = header["format"] == FORMAT and type(header["version"]) is int
        except (ValueError, KeyError, TypeError, RecursionError):
            ours = False
        if not ours:
            raise SandboxError(unreadable(self.path, "its first line does not say that it is a sandbox's state"))
        if header["version"] > VERSION:
            raise SandboxError(
                Diagnostic(
                    code="sandbox-state-newer",
                    summary=f"{self.path} was written by a newer version of vend",
                    detail=f"It has format {header['version']}, written by vend {header.get('vend')}; this is vend "
                    f"{__version__}, which knows formats up to {VERSION}.",
                    hint="use that version of vend, or start with a different file",
                )
            )
        return dict(header)

    def write(self, header: Mapping[str, Any], document: Mapping[str, Any]) -> None:
        """Replaces the file, readable by this user alone.

        Raises:
            SandboxError: `sandbox-state-not-written`; the file is as it was.
        """
        body = zlib.compress(json.dumps(document, separators=(",", ":")).encode(), _LEVEL)
        first = {
            "format": FORMAT,
            "version": VERSION,
            "vend": __version__,
            **header,
            "sha256": hashlib.sha256(body).hexdigest(),
        }
        new = self.path.with_name(f"{self.path.name}.new")
        try:
            new.unlink(missing_ok=True)
            descriptor = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                with os.fdopen(os.dup(descriptor), "wb") as file:
                    file.write(json.dumps(first).encode() + b"\n" + body)
                    file.flush()
                    os.fsync(file.fileno())
                new.replace(self.path)
            except BaseException:
                os.close(descriptor)
                raise
        except OSError as error:
            raise SandboxError(
                Diagnostic(
                    code="sandbox-state-not-written",
                    summary=f"the state of the sandbox cannot be written to {self.path}",
                    detail=f"{error.strerror or error}; the file is as it was",
                    hint="free disk space, or make the folder writable; the sandbox keeps running and tries again",
                )
            ) from error
        os.close(self._descriptor)
        self._descriptor = descriptor

    def close(self) -> None:
        """Closes the file and releases its lock."""
        os.close(self._descriptor)


def unreadable(path: Path, why: str) -> Diagnostic:
    """The diagnostic of a file that is no state file, or no whole one."""
    return Diagnostic(
        code="sandbox-state-unreadable",
        summary=f"{path} is not a sandbox state file",
        detail=why,
        hint="use a different file, or move this one away: a missing state file is created",
    )


def _locked(path: Path) -> int:
    """A descriptor of the file that holds its lock; of the file that is there now, not of one that was replaced."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return descriptor
        except FileNotFoundError:
            pass
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _unpacked(body: bytes) -> bytes:
    unpacking = zlib.decompressobj()
    content = unpacking.decompress(body, _MOST_BYTES)
    if not unpacking.eof:
        raise ValueError("it is cut off, or too large")
    return content
