"""Writing the fleet's files atomically, unless they changed since they were read."""

from __future__ import annotations

import difflib
import fcntl
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from vend.errors import Diagnostic, InvalidInputError, VendError


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEdit:
    """What becomes of one file.

    Attributes:
        file: relative to the fleet directory, with forward slashes; or an absolute path outside of it.
        before: None where the file is not there yet.
        after: None where it goes.
    """

    file: str
    before: bytes | None
    after: bytes | None

    @property
    def changed(self) -> bool:
        """Whether anything becomes of it."""
        return self.before != self.after

    def diff(self) -> tuple[str, ...]:
        """The edit as a unified diff, a line for each of its lines; empty where nothing changes."""
        before, after = (_lines(content) for content in (self.before, self.after))
        names = (f"a/{self.file}", "/dev/null"), (f"b/{self.file}", "/dev/null")
        differing = difflib.unified_diff(
            before,
            after,
            fromfile=names[0][self.before is None],
            tofile=names[1][self.after is None],
        )
        return tuple(_written(differing))


def save(directory: Path, edits: Iterable[FileEdit]) -> None:
    """Writes files, each at once; what has changed since it was read is left alone, and so are those after it.

    Two processes that save in one folder take turns, so that neither writes over what the other has just written.

    A file keeps its mode; one that is a link keeps being one, and what it leads to is written. New folders and files
    get the process's usual modes.

    Args:
        directory: of the fleet.
        edits: what is to be written.

    Raises:
        InvalidInputError: `file-changed`: somebody else wrote a file meanwhile.
        VendError: `not-writable`.
    """
    for edit in edits:
        if not edit.changed:
            continue
        path = directory / edit.file
        try:
            _save(path, edit)
        except OSError as error:
            raise VendError(
                Diagnostic(
                    code="not-writable",
                    summary=f"{edit.file} cannot be written",
                    detail=error.strerror or str(error),
                    hint="check its owner and permissions, and the free disk space; the file was not changed",
                )
            ) from error


def _save(path: Path, edit: FileEdit) -> None:
    target = path.resolve()
    if edit.before is None:
        target.parent.mkdir(parents=True, exist_ok=True)
    with _alone_in(target.parent):
        found = target.read_bytes() if target.exists() else None
        if found != edit.before:
            raise InvalidInputError(
                Diagnostic(
                    code="file-changed",
                    summary=f"{edit.file} changed while vend was working on it",
                    hint="run the command again",
                    file=edit.file,
                )
            )
        if found is not None and not os.access(target, os.W_OK):
            raise PermissionError(13, os.strerror(13), str(target))
        if edit.after is None:
            target.unlink()
        else:
            _replace(target, edit.after)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keeps every other process that saves in this folder waiting.

    Where a folder cannot be locked, on some network file systems for example, nobody waits.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:  # one that may be written and not read, or that has gone
        yield
        return
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _replace(target: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        try:
            status = target.stat()
        except FileNotFoundError:
            temporary.chmod(0o666 & ~_umask())
        else:
            temporary.chmod(stat.S_IMODE(status.st_mode))
            with suppress(PermissionError):  # only root may give a file to somebody else
                os.chown(temporary, status.st_uid, status.st_gid)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _umask() -> int:
    """The process's; there is no way to ask without setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _lines(content: bytes | None) -> list[str]:
    """A file's lines with their ends; a carriage return belongs to the line."""
    *whole, last = (content or b"").decode("utf-8", "replace").split("\n")
    return [f"{line}\n" for line in whole] + ([last] if last else [])


def _written(lines: Iterable[str]) -> Iterable[str]:
    for line in lines:
        yield line.rstrip("\n")
        if not line.endswith("\n"):
            yield "\\ No newline at end of file"
