"""A fleet as it lies in a folder: settings, account requests and customizations."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vend.errors import Diagnostic, InvalidInputError, has_errors, sort_diagnostics
from vend.models import AccountRequest, Fleet
from vend.settings import Settings

if TYPE_CHECKING:
    from vend.customizations import Catalogue
    from vend.working import Cache


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedFleet:
    """A fleet without errors.

    Attributes:
        fleet: settings, account requests and approvals.
        catalogue: the customizations and hooks that lie in the fleet.
        warnings: what `vend validate` warns of.
    """

    fleet: Fleet
    catalogue: Catalogue
    warnings: tuple[Diagnostic, ...]

    @property
    def directory(self) -> Path:
        """The folder that holds `vend.hcl`."""
        return self.fleet.directory

    @property
    def settings(self) -> Settings:
        """What `vend.hcl` says, with defaults filled in."""
        return self.fleet.settings

    @property
    def requests(self) -> tuple[AccountRequest, ...]:
        """Every account request, with defaults filled in."""
        return self.fleet.requests


def load_fleet(
    directory: str | os.PathLike[str] | None = None, *, environ: Mapping[str, str] | None = None
) -> LoadedFleet:
    """Reads a fleet and its customizations; nothing is asked of AWS.

    Args:
        directory: the fleet's folder; None for the nearest folder upwards from here that holds `vend.hcl`.
        environ: environment variables that count; None for those of this process.

    Returns:
        The fleet, for `open_workspace`.

    Raises:
        InvalidInputError: there is no fleet, or it has errors; `diagnostics` holds all of them.
    """
    from vend.requests import find_fleet

    found = find_fleet(Path.cwd()) if directory is None else Path(directory).absolute()
    return read_fleet(found, os.environ if environ is None else environ)


def read_fleet(directory: Path, environ: Mapping[str, str]) -> LoadedFleet:
    """The same, where the folder is known.

    Raises:
        InvalidInputError: the fleet has errors; `diagnostics` holds all of them.
    """
    from vend.requests import load_fleet as read
    from vend.requests import open_cache

    cache = open_cache(directory, environ)
    reading = read(directory, environ, cache=cache)
    catalogue = fleet_customizations(directory, cache)
    if cache is not None:
        cache.save()
    diagnostics = sort_diagnostics((*reading.diagnostics, *catalogue.diagnostics))
    if has_errors(diagnostics) or reading.fleet is None:
        raise InvalidInputError(diagnostics)
    return LoadedFleet(fleet=reading.fleet, catalogue=catalogue, warnings=diagnostics)


def fleet_customizations(directory: Path, cache: Cache | None = None) -> Catalogue:
    """The fleet's customizations and hooks; none for an AFT checkout, whose folders mean other things."""
    from vend.customizations import Catalogue, load_customizations
    from vend.requests import is_bare_checkout

    return Catalogue() if is_bare_checkout(directory) else load_customizations(directory, cache)
