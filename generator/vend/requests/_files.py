"""The files of account requests, in a fixed order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from vend.models import Position
from vend.requests._problems import Problems


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFile:
    """A file of requests.

    Attributes:
        name: relative to the fleet directory, with forward slashes.
        folders: the folders it lies in, from the requests folder itself to the nearest.
    """

    name: str
    folders: tuple[str, ...]
    content: bytes


def request_files(directory: Path, paths: tuple[str, ...], problems: Problems) -> Iterator[RequestFile]:
    """Every `*.hcl` file below the request folders, folder by folder, sorted by name.

    Hidden files and folders are passed over. What cannot be read, and links that lead in a circle, are
    diagnosed; nothing raises.
    """
    for path in paths:
        folder = directory / path
        if not folder.is_dir():
            problems.add(
                "requests-folder-missing",
                None,
                f'there is no folder "{path}" for account requests',
                hint="make it, or correct `requests.paths` in vend.hcl",
            )
            continue
        yield from _below(folder, PurePosixPath(path).as_posix(), (), (), problems)


def _below(
    folder: Path, name: str, folders: tuple[str, ...], above: tuple[Path, ...], problems: Problems
) -> Iterator[RequestFile]:
    try:
        real = folder.resolve()
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except (OSError, RuntimeError) as error:
        problems.add("unreadable-file", _at(name), f"the folder cannot be read: {_reason(error)}")
        return
    if real in above:
        problems.add("link-in-a-circle", _at(name), "the folder is a link to one above it", hint="remove the link")
        return
    folders = (*folders, name)
    for entry in entries:
        if entry.name.startswith("."):
            continue
        inner = f"{name}/{entry.name}"
        if entry.is_dir():
            yield from _below(entry, inner, folders, (*above, real), problems)
        elif entry.suffix == ".hcl":
            try:
                content = entry.read_bytes()
            except OSError as error:
                problems.add("unreadable-file", _at(inner), f"the file cannot be read: {_reason(error)}")
                continue
            yield RequestFile(name=inner, folders=folders, content=content)


def _at(name: str) -> Position:
    return Position(file=name, line=1, column=1)


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
