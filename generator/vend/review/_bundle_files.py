"""Where plan bundles lie: a folder, or one file that ends in `.vend`. The door of this room to the file system."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from errno import EEXIST, ENOTEMPTY
from pathlib import Path

from vend.errors import Diagnostic, InvalidInputError, RefusedError
from vend.review._bundle import (
    MANIFEST,
    MAX_BYTES,
    MAX_FILES,
    NAME,
    SEALED,
    Bundle,
    from_archive,
    to_archive,
    unpack,
)
from vend.review._seal import Key

_TRIES = 20
SUFFIX = ".vend"
"""A bundle of this suffix is one file."""


def write_bundle(bundle: Bundle, path: Path) -> None:
    """Writes a bundle for this user alone (0600, folders 0700); one that lies there is replaced.

    Raises:
        InvalidInputError: something else lies there, or it cannot be written.
    """
    refuse_place(path)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _make_folder(path.parent)
        if path.suffix == SUFFIX:
            _write(fresh, to_archive(bundle))
        else:
            for name, content in sorted(bundle.files.items()):
                _make_folder((fresh / name).parent)
                _write(fresh / name, content)
        _replace(fresh, path)
    except OSError as error:
        raise InvalidInputError(_unwritable(path, error)) from error
    finally:
        _remove(fresh)


def refuse_place(path: Path) -> None:
    """Stops where a bundle cannot be written because something else lies there.

    Raises:
        InvalidInputError: it does.
    """
    if _is_something_else(path):
        raise InvalidInputError(_in_the_way(path))


def read_bundle(path: Path, key: Key | None = None) -> Bundle:
    """Reads a bundle, and holds it against what it says of itself.

    Raises:
        InvalidInputError: there is none, or it cannot be read.
        RefusedError: it was altered, is of another format, or the key is wrong.
    """
    try:
        path = path.resolve()
        files = from_archive(_read(path)) if path.is_file() else _read_folder(path)
    except OSError as error:
        raise InvalidInputError(
            Diagnostic(
                code="bundle-not-found",
                summary=f"there is no plan bundle at {path}",
                detail=error.strerror,
                hint="run `vend plan --out PATH` to write one",
            )
        ) from error
    return unpack(files, key)


def wipe_plans(bundle: Bundle, path: Path) -> tuple[Diagnostic, ...]:
    """Removes the saved plans from a bundle that was used or has expired; the rest stays to be shown.

    Returns:
        A warning where they could not be removed.
    """
    if not bundle.plans:
        return ()
    try:
        if path.is_file():
            write_bundle(bundle.without_plans(), path)
        else:
            for name in bundle.plans:
                (path / name).unlink(missing_ok=True)
            shutil.rmtree(path / "plans", ignore_errors=True)
    except (OSError, InvalidInputError) as error:
        return (
            Diagnostic(
                severity="warning",
                code="bundle-not-wiped",
                summary=f"the saved plans in {path} could not be removed",
                detail=str(error),
                hint="delete the bundle: saved plans contain secrets in clear text",
            ),
        )
    return ()


def latest_bundle(working: Path) -> Path | None:
    """The bundle that the last plan left in a fleet's working directory, of any organization; None without one."""
    found = [path for path in working.glob("*/bundle") if _is_bundle(path)]
    return max(found, key=lambda path: (path / MANIFEST).stat().st_mtime, default=None)


def plan_name(account: str, stage: str, *, sealed: bool) -> str:
    """The name that a saved plan has in a bundle."""
    return f"plans/{account}/{stage}.tfplan{SEALED if sealed else ''}"


def _read_folder(path: Path) -> dict[str, bytes]:
    """Every file in a folder; a link, or what no bundle holds, is refused before it is opened."""
    files: dict[str, bytes] = {}
    total = 0
    for entry in _entries(path):
        name = entry.relative_to(path).as_posix()
        if not NAME.fullmatch(name):
            raise RefusedError(_stranger(name))
        files[name] = _read(entry)
        total += len(files[name])
        if total > MAX_BYTES or len(files) > MAX_FILES:
            raise RefusedError(_too_large(path))
    return files


def _entries(path: Path) -> Iterator[Path]:
    for entry in sorted(path.iterdir()):
        mode = entry.lstat().st_mode
        if stat.S_ISDIR(mode):
            yield from _entries(entry)
        elif stat.S_ISREG(mode):
            yield entry
        else:
            raise RefusedError(_stranger(entry.name, "it is a link, or not a regular file"))


def _read(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise RefusedError(_stranger(path.name, "it is no file"))
        content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise RefusedError(_too_large(path))
    return content


def _is_bundle(path: Path) -> bool:
    """Whether replacing what lies there destroys a bundle, or an empty folder, and nothing else."""
    if path.is_symlink() or not path.exists():
        return False
    if path.is_file():
        with path.open("rb") as stream:
            return stream.read(len(MANIFEST) + 1) == MANIFEST.encode() + b"\0"
    names = [entry.relative_to(path).as_posix() for entry in path.rglob("*") if not entry.is_dir()]
    return all(NAME.fullmatch(name) for name in names) and (MANIFEST in names or not names)


def _is_something_else(path: Path) -> bool:
    """Whether something lies there that is no bundle.

    Another run may replace a bundle at this moment, so that half of it is seen: it is looked at more than once.
    """

    def found() -> bool:
        try:
            return (path.is_symlink() or path.exists()) and not _is_bundle(path)
        except FileNotFoundError:
            return False

    return all(found() for _ in range(_TRIES))


def _make_folder(path: Path) -> None:
    """Makes a folder and those above it that are missing, each for this user alone."""
    for folder in reversed([path, *path.parents]):
        if not folder.is_dir():
            folder.mkdir(mode=0o700, exist_ok=True)


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)


def _replace(fresh: Path, path: Path) -> None:
    """Puts the fresh bundle where an old one may be; of several runs that do so at once, the last wins."""
    if not fresh.is_dir():
        fresh.replace(path)
        return
    old = path.with_name(f"{fresh.name}.old")
    for _ in range(_TRIES):
        with suppress(FileNotFoundError):
            path.rename(old)
        try:
            fresh.rename(path)
        except OSError as error:
            _remove(old)
            if error.errno not in {ENOTEMPTY, EEXIST}:
                raise
        else:
            _remove(old)
            return
    raise OSError(ENOTEMPTY, os.strerror(ENOTEMPTY), str(path))


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def _in_the_way(path: Path) -> Diagnostic:
    return Diagnostic(
        code="bundle-not-written",
        summary=f"{path} exists but is not a plan bundle",
        hint="choose a folder that does not exist yet, or a file name that ends in .vend",
    )


def _unwritable(path: Path, error: OSError) -> Diagnostic:
    what = os.strerror(EEXIST) if error.errno == EEXIST else error.strerror
    return Diagnostic(code="bundle-not-written", summary=f"the plan bundle cannot be written to {path}", detail=what)


def _stranger(name: str, how: str = "a bundle contains no such file") -> Diagnostic:
    return Diagnostic(
        code="bundle-altered",
        summary=f"the plan bundle was altered: {name}",
        detail=how,
        hint="get the bundle again from its source, or run `vend plan` and review the new plan",
    )


def _too_large(path: Path) -> Diagnostic:
    return Diagnostic(
        code="bundle-altered",
        summary=f"the plan bundle was altered: {path.name}",
        detail=f"it is larger than a bundle can be: more than {MAX_BYTES >> 20} MiB, or more than {MAX_FILES} files",
        hint="get the bundle again from its source",
    )
