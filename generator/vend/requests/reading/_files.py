"""The files of account requests, in a fixed order."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from vend.hcl import BOM, MAX_BYTES
from vend.models import Position
from vend.requests.language._problems import Problems


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
    diagnosed; nothing raises. A folder that lies in another of them, or is named twice, is read once.
    """
    folders = dict.fromkeys(PurePosixPath(path) for path in paths)
    for path in (folder.as_posix() for folder in folders if folders.keys().isdisjoint(folder.parents)):
        folder = directory / path
        if not folder.is_dir():
            problems.add(
                "requests-folder-missing",
                None,
                f'there is no folder "{path}" for account requests',
                hint="create it, or correct `requests.paths` in vend.hcl",
            )
            continue
        yield from _below(folder, path, (), (), problems)


def overlaid(
    files: Iterable[RequestFile], overlay: Mapping[str, bytes | None], paths: tuple[str, ...]
) -> Iterator[RequestFile]:
    """The files as they would be.

    Args:
        files: as they lie on disk.
        overlay: what some of them would hold, by name; None where one would not be there.
        paths: the request folders.
    """
    left = dict(overlay)
    for file in files:
        if file.name not in left:
            yield file
        elif (content := left.pop(file.name)) is not None:
            yield replace(file, content=content)
    for name, content in left.items():
        if content is not None:
            yield RequestFile(name=name, folders=folders_of(name, paths), content=content)


def folders_of(name: str, paths: tuple[str, ...]) -> tuple[str, ...]:
    """The request folders that a file lies in, from the outermost; none where it lies in no such folder."""
    file = PurePosixPath(name)
    roots = [root for path in paths if (root := PurePosixPath(path)) in file.parents]
    if not roots:
        return ()
    outermost = min(roots, key=lambda root: len(root.parts))
    return tuple(
        folder.as_posix() for folder in reversed(file.parents) if folder == outermost or outermost in folder.parents
    )


def _below(
    folder: Path, name: str, folders: tuple[str, ...], above: tuple[Path, ...], problems: Problems
) -> Iterator[RequestFile]:
    listed = _listed(folder, name, above, problems)
    if listed is None:
        return
    real, entries = listed
    folders = (*folders, name)
    for entry in entries:
        if entry.name.startswith("."):
            continue
        inner = f"{name}/{entry.name}"
        if not entry.name.isprintable():  # bytes beyond UTF-8 arrive as surrogates, which are not printable either
            problems.add("unreadable-file", _at(f"{name}/{_escaped(entry.name)}"), "the name is not printable UTF-8")
        elif _leads_nowhere(entry):
            problems.add("unreadable-file", _at(inner), "the link leads nowhere, or to itself", hint="remove the link")
        elif os.path.isdir(entry):  # noqa: PTH112 - Path.is_dir raises where it may not look
            yield from _below(entry, inner, folders, (*above, real), problems)
        elif entry.suffix == ".hcl":
            with suppress(FileNotFoundError):  # taken away since the folder was listed
                content = read_file(entry, inner, problems)
                if content is not None:
                    yield RequestFile(name=inner, folders=folders, content=content)


def _listed(
    folder: Path, name: str, above: tuple[Path, ...], problems: Problems
) -> tuple[Path, tuple[Path, ...]] | None:
    """Where a folder really lies, and what is in it, sorted; None after a diagnostic, or where it has gone."""
    try:
        real = folder.resolve()
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except FileNotFoundError:
        if not above:  # one in another that was taken away since that was listed has no requests
            problems.add("requests-folder-missing", None, f'the folder "{name}" was removed while vend was reading it')
        return None
    except (OSError, RuntimeError) as error:
        problems.add("unreadable-file", _at(name), f"the folder cannot be read: {_reason(error)}")
        return None
    if real in above:
        problems.add(
            "link-in-a-circle", _at(name), "the folder is a link to one of its parent folders", hint="remove the link"
        )
        return None
    return real, tuple(entries)


def _leads_nowhere(entry: Path) -> bool:
    """Whether a link, which is asked for again at the end, leads to nothing: one that was taken away is none."""
    return entry.is_symlink() and not os.path.exists(entry) and entry.is_symlink()  # noqa: PTH110 - Path.exists raises where it may not look


def read_file(path: Path, name: str, problems: Problems) -> bytes | None:
    """What a file holds, but no more than the parser takes and one byte; None after a diagnostic.

    Raises:
        FileNotFoundError: there is nothing of that name.
    """
    try:
        # Asked once: between two questions an editor may have put another file in the place of this one.
        mode = path.stat().st_mode
        if stat.S_ISREG(mode):
            with path.open("rb") as file:
                return file.read(MAX_BYTES + 1)
        if stat.S_ISDIR(mode):
            problems.add("unreadable-file", _at(name), "it is a folder, not a file")
            return None
        problems.add(
            "unreadable-file", _at(name), "it is not a regular file", hint="vend does not read pipes or devices"
        )
    except FileNotFoundError:
        raise
    except OSError as error:
        problems.add("unreadable-file", _at(name), f"the file cannot be read: {_reason(error)}")
    return None


def source_lines(directory: Path, name: str) -> tuple[str, ...] | None:
    """The lines of a file of the fleet, as the parser counts them; None where it cannot be read.

    Args:
        directory: of the fleet.
        name: relative to it; nothing outside of it is read, but for AFT repositories. Nor is what a link leads to
            outside of both, or in a hidden folder such as `.git`: whoever proposes a request must not have the
            secrets of the machine shown that reads it.
    """
    path = PurePosixPath(name)
    top = _top(directory, path)
    if top is None or not path.parts or path.is_absolute():
        return None
    try:
        if not _lies_in(top, directory / path):
            return None
        content = read_file(directory / name, name, Problems())
    except (OSError, ValueError, RuntimeError):  # taken away meanwhile, a name no file can have, links in a circle
        return None
    if content is None:
        return None
    return tuple(content.removeprefix(BOM).decode("utf-8", "replace").split("\n"))


def _top(directory: Path, path: PurePosixPath) -> Path | None:
    """The fleet, or the AFT repository beside it, that a path leads into and not out of again; None for neither."""
    from vend.requests.aft import is_checkout

    if ".." not in path.parts:
        return directory
    up = [parent for parent in path.parents if ".." in parent.parts and ".." not in path.relative_to(parent).parts]
    return next((directory / parent for parent in up if is_checkout(directory / parent)), None)


def _lies_in(top: Path, file: Path) -> bool:
    """Whether a file lies where its name says, or a link leads to another file below `top` that is not hidden.

    Raises:
        OSError, RuntimeError, ValueError: there is no saying where it lies.
    """
    below = Path(os.path.normpath(file)).relative_to(os.path.normpath(top))
    real, whole = file.resolve(), top.resolve()
    if real == whole / below:
        return True
    return real.is_relative_to(whole) and not any(part.startswith(".") for part in real.relative_to(whole).parts)


def _escaped(name: str) -> str:
    printable = os.fsencode(name).decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in printable)


def _at(name: str) -> Position:
    return Position(file=name, line=1, column=1)


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
