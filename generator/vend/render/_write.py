"""Writing a root module: complete files only, and removing files of an earlier one."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from vend.errors import Diagnostic, VendError
from vend.models import RootModule
from vend.render._runtime import Runtime, runtime_files

_KEPT = (".terraform", "errored.tfstate", "crash.log")
"""Beginnings of names, at the top of a root, that are Terraform's own: locks and modules it installed, and a state that
it could not save, which must not be lost."""


def write_root(root: RootModule, directory: Path, runtime: Runtime) -> None:
    """Makes a directory hold exactly this root module and its runtime files.

    Files that are equal already are not touched; what Terraform keeps there itself stays.

    Args:
        root: as rendered.
        directory: made where it is missing.
        runtime: of the root's stage.

    Raises:
        InvalidInputError: the request names groups or permission sets that do not exist.
        VendError: the directory cannot be written.
    """
    write_files(directory, {**root.files, **runtime_files(root, runtime)})


def write_files(directory: Path, files: Mapping[str, bytes]) -> None:
    """Makes a directory hold exactly these files.

    Raises:
        VendError: `output-not-writable`.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path in stale_files(directory, files):
            (directory / path).unlink(missing_ok=True)
        _remove_empty_folders(directory)
        for path, content in files.items():
            _write(directory / path, content)
    except OSError as error:
        raise VendError(
            Diagnostic(
                code="output-not-writable",
                summary=f"{error.filename or directory} cannot be written",
                detail=f"writing a root module to {directory}: {error.strerror}",
                hint="check its owner and permissions, and the free disk space",
            )
        ) from error


def stale_files(directory: Path, files: Mapping[str, bytes]) -> tuple[str, ...]:
    """Paths of files below a root's directory that do not belong to it, sorted; Terraform's own are left out."""
    return tuple(path for path in _present(directory) if path not in files and not path.startswith(_KEPT))


def _present(directory: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(directory):
        folders.sort()
        here = Path(folder)
        # A link to a folder is not walked into; it goes like a file.
        links = [name for name in folders if (here / name).is_symlink()]
        for name in sorted([*names, *links]):
            yield (here / name).relative_to(directory).as_posix()


def _remove_empty_folders(directory: Path) -> None:
    for folder, _, _ in os.walk(directory, topdown=False):
        if Path(folder) != directory:
            with suppress(OSError):  # not empty
                Path(folder).rmdir()


def _write(file: Path, content: bytes) -> None:
    # A script that a module runs must stay one: modes are not part of a root module, the first line is.
    mode = 0o700 if content.startswith(b"#!") else 0o600
    if _is_equal(file, content, mode):
        return
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if file.is_dir() and not file.is_symlink():
        raise IsADirectoryError(21, "a folder with this name exists", str(file))
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".vend-")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        temporary.chmod(mode)
        temporary.replace(file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _is_equal(file: Path, content: bytes, mode: int) -> bool:
    try:
        found = file.lstat()
        return (
            stat.S_ISREG(found.st_mode)
            and stat.S_IMODE(found.st_mode) == mode
            and found.st_size == len(content)
            and file.read_bytes() == content
        )
    except OSError:
        return False
