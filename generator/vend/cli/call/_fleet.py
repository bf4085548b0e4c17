"""Opening the fleet that a command works on."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from vend.cli.call._call import Call

if TYPE_CHECKING:
    from vend.customizations import Catalogue
    from vend.models import Fleet
    from vend.requests import Editor
    from vend.settings import Settings
    from vend.working import Cache


def fleet_directory(call: Call) -> Path:
    """What `--fleet` says, else the nearest folder upwards that holds vend.hcl.

    Raises:
        InvalidInputError: there is none.
    """
    return _directory(call.fleet, call.directory)


def name_in_fleet(call: Call, directory: Path, file: Path) -> str:
    """A file that was named on the command line, relative to the fleet; an absolute path where it lies outside."""
    path = PurePath(os.path.normpath(call.directory / file))
    fleet = PurePath(os.path.normpath(directory))
    return (path.relative_to(fleet) if path.is_relative_to(fleet) else path).as_posix()


class FleetSources:
    """The lines of the fleet's files, for the excerpts of diagnostics; each file is read once."""

    def __init__(self, fleet: Path | None, directory: Path) -> None:
        self._fleet = fleet
        self._directory = directory
        self._known: dict[str, Sequence[str] | None] = {}

    def __call__(self, file: str) -> Sequence[str] | None:
        """The lines of a file; None where it cannot be read, or lies in no fleet."""
        if file not in self._known:
            self._known[file] = self._read(file)
        return self._known[file]

    def _read(self, file: str) -> Sequence[str] | None:
        from vend.errors import InvalidInputError
        from vend.requests import source_lines

        try:
            return source_lines(_directory(self._fleet, self._directory), file)
        except InvalidInputError:
            return None


def repository_prefix(form: str, fleet: Path | None, start: Path) -> str:
    """Where the fleet lies in its git repository, with a slash at the end; empty for forms that no forge reads.

    A forge names files from the top of a repository, vend from the top of the fleet.
    """
    from vend.errors import InvalidInputError

    if form not in {"github", "sarif"}:
        return ""
    try:
        directory = _directory(fleet, start)
    except InvalidInputError:
        return ""
    top = next((folder for folder in (directory, *directory.parents) if (folder / ".git").exists()), directory)
    return "".join(f"{part}/" for part in directory.relative_to(top).parts)


def _directory(fleet: Path | None, start: Path) -> Path:
    """Raises InvalidInputError where there is none, or what is named is a file."""
    from vend.errors import Diagnostic, InvalidInputError
    from vend.requests import find_fleet

    if fleet is None:
        return find_fleet(start)
    if fleet.is_file():
        problem = Diagnostic(
            code="fleet-not-found",
            summary=f"{fleet} is a file, but a fleet is a folder",
            hint=f"vend --fleet {fleet.parent} …",
        )
        raise InvalidInputError(problem)
    return fleet.absolute()


@contextmanager
def fleet_cache(directory: Path, environ: Mapping[str, str]) -> Iterator[Cache | None]:
    """What earlier runs have read of the fleet; what is read meanwhile is kept for later ones."""
    from vend.requests import open_cache

    cache = open_cache(directory, environ)
    yield cache
    if cache is not None:
        cache.save()


@contextmanager
def fleet_editor(call: Call) -> Iterator[tuple[Path, Editor]]:
    """The fleet's directory, and what edits its requests.

    Raises:
        InvalidInputError: there is no fleet.
    """
    from vend.requests import Editor

    directory = fleet_directory(call)
    with fleet_cache(directory, call.environ) as cache:
        yield directory, Editor(directory, call.environ, cache)


def open_fleet(call: Call) -> tuple[Fleet, Catalogue]:
    """The fleet and its customizations, without an error in either; warnings are shown.

    Raises:
        InvalidInputError: every problem found.
    """
    from vend.api import read_fleet

    found = read_fleet(fleet_directory(call), call.environ)
    if found.warnings:
        call.view.diagnostics(found.warnings)
    return found.fleet, found.catalogue


def open_settings(call: Call) -> tuple[Path, Settings]:
    """The fleet's directory and settings, whatever its requests are like.

    Raises:
        InvalidInputError: there is no fleet, or its settings cannot be used.
    """
    from vend.requests import load_settings

    directory = fleet_directory(call)
    with fleet_cache(directory, call.environ) as cache:
        return directory, load_settings(directory, environ=call.environ, cache=cache)
