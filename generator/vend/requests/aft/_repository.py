"""The files of an AFT account-request repository."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vend.models import Position
from vend.requests.language._problems import Problems
from vend.settings import SETTINGS_FILE

ROOT = "terraform"
"""Where AFT's pipeline runs Terraform."""
MODULE = "aft-account-request"
"""The folder of the module that every request calls, whatever its repository's layout."""
_SKIPPED = frozenset({".git", ".hg", ".svn", ".terraform", ".vend"})
_MOST_FILES = 20_000
_MOST_BYTES = 64_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A checkout.

    Attributes:
        directory: of the checkout.
        at: what stands before a path of it to make it relative to the fleet: empty, or such as `../requests/`.
        paths: its regular files, relative to the checkout, with forward slashes; sorted.
    """

    directory: Path
    at: str
    paths: tuple[str, ...]

    def position(self, path: str, line: int = 1, column: int = 1) -> Position:
        """A place in one of its files, relative to the fleet."""
        return Position(file=self.at + path, line=line, column=column)

    def read(self, path: str) -> bytes:
        """What a file holds.

        Raises:
            OSError: it cannot be read.
        """
        return (self.directory / path).read_bytes()

    def contents(self, problems: Problems) -> dict[str, bytes]:
        """Every file that can be read, by path."""
        found: dict[str, bytes] = {}
        for path in self.paths:
            try:
                found[path] = self.read(path)
            except OSError as error:
                problems.add("unreadable-file", self.position(path), f"the file cannot be read: {error.strerror}")
        return found


def is_checkout(directory: Path) -> bool:
    """Whether a folder is a checkout of an AFT account-request repository."""
    root = directory / ROOT
    if (root / "modules" / MODULE).is_dir():
        return True
    try:
        files = sorted(root.iterdir())
    except OSError:
        return False
    return any(file.suffix in {".tf", ".tofu"} and _mentions(file) for file in files)


def is_bare_checkout(directory: Path) -> bool:
    """Whether a folder is such a checkout and no fleet of vend's own."""
    return not os.path.lexists(directory / SETTINGS_FILE) and is_checkout(directory)


def _mentions(file: Path) -> bool:
    try:
        return file.is_file() and f"/{MODULE}".encode() in file.read_bytes()
    except OSError:
        return False


def open_repository(directory: Path, at: str, problems: Problems) -> Repository:
    """Lists a checkout; links that lead out of it, and a tree beyond all bounds, are diagnosed.

    Links to files and folders inside are followed. What version control and Terraform keep for themselves is
    passed over.
    """
    paths: list[str] = []
    size = 0
    real = directory.resolve()
    for path, file in _below(_Walk(directory=directory, real=real, at=at, problems=problems), directory, "", ()):
        paths.append(path)
        size += file.stat().st_size
        if len(paths) > _MOST_FILES or size > _MOST_BYTES:
            problems.add(
                "aft-too-large",
                None,
                f"the AFT repository has more than {_MOST_FILES:,} files or {_MOST_BYTES:,} bytes",
                hint="name the checkout itself, not a folder around it",
            )
            break
    return Repository(directory=directory, at=at, paths=tuple(sorted(paths)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    directory: Path
    real: Path
    at: str
    problems: Problems

    def problem(self, code: str, path: str, summary: str, hint: str | None = None) -> None:
        self.problems.add(code, Position(file=self.at + path, line=1, column=1), summary, hint=hint)


def _below(walk: _Walk, folder: Path, name: str, above: tuple[Path, ...]) -> Iterator[tuple[str, Path]]:
    try:
        real = folder.resolve()
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except (OSError, RuntimeError) as error:
        walk.problem("unreadable-file", name or ".", f"the folder cannot be read: {error}")
        return
    if real in above:
        walk.problem("link-in-a-circle", name, "the folder is a link to one of its parent folders", "remove the link")
        return
    for entry in entries:
        inner = f"{name}/{entry.name}" if name else entry.name
        if entry.name in _SKIPPED:
            continue
        if not entry.name.isprintable():
            walk.problem("unreadable-file", name or ".", f"a file's name is not printable UTF-8: {entry.name!a}")
        elif entry.is_symlink() and not _inside(entry, walk.real):
            walk.problem(
                "aft-outside", inner, "the link leads nowhere, or outside the repository", "put the file itself here"
            )
        elif os.path.isdir(entry):  # noqa: PTH112 - Path.is_dir raises where it may not look
            yield from _below(walk, entry, inner, (*above, real))
        elif os.path.isfile(entry):  # noqa: PTH113 - likewise; a pipe or a device is passed over
            yield inner, entry


def _inside(link: Path, directory: Path) -> bool:
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):
        return False
    return target.is_relative_to(directory) and not _SKIPPED.intersection(target.relative_to(directory).parts)
