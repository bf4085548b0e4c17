"""Edits of account requests that keep everything else in the files byte for byte."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vend.models import AccountRequest

if TYPE_CHECKING:
    from vend.requests import Editor, FleetEdit


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestEdit:
    """One edit that was checked against the whole fleet; nothing is written before `save`.

    Attributes:
        directory: of the fleet.
        edit: what changes.
    """

    directory: Path
    edit: FleetEdit

    @property
    def request(self) -> AccountRequest | None:
        """The account request as it will be; None where it is removed."""
        return self.edit.after

    @property
    def file(self) -> str:
        """The file that changes, relative to the fleet."""
        return self.edit.file.file

    @property
    def diff(self) -> str:
        """The change as a unified diff; empty where nothing changes."""
        return "".join(f"{line}\n" for line in self.edit.file.diff())

    def save(self) -> None:
        """Writes the file; nothing else in it changes.

        Raises:
            InvalidInputError: the file changed in the meantime, or cannot be written.
        """
        from vend.requests import save

        if self.edit.file.changed:
            save(self.directory, [self.edit.file])


def edit_requests(
    directory: str | os.PathLike[str] | None = None, *, environ: Mapping[str, str] | None = None
) -> RequestEditor:
    """Opens the account requests of a fleet for editing.

    Args:
        directory: the fleet's folder; None for the nearest folder upwards from here that holds `vend.hcl`.
        environ: environment variables that count; None for those of this process.

    Raises:
        InvalidInputError: there is no fleet.
    """
    from vend.requests import find_fleet

    found = find_fleet(Path.cwd()) if directory is None else Path(directory).absolute()
    return RequestEditor(found, os.environ if environ is None else environ)


class RequestEditor:
    """What `vend new`, `vend set`, `vend move` and `vend remove` do; each edit sees those that were saved before it.

    Args:
        directory: of the fleet.
        environ: environment variables that count.
    """

    def __init__(self, directory: Path, environ: Mapping[str, str]) -> None:
        self._directory = directory
        self._environ = environ

    def add(self, account: str, fields: Mapping[str, str], *, file: str | None = None) -> RequestEdit:
        """A new account request.

        Args:
            account: its label.
            fields: by name as `vend set` takes them, such as `{"email": …, "tags.CostCenter": "4711"}`.
            file: where to write it, relative to the fleet; None for a file of its own.

        Raises:
            InvalidInputError: the label or an email is in use, or a field is missing or wrong.
        """
        from vend.requests import assignments, new_request

        return self._edit(new_request(self._editor(), account, assignments(_written(fields)), file))

    def set(self, account: str, fields: Mapping[str, str], *, unset: Collection[str] = ()) -> RequestEdit:
        """Other values for fields of an account's own block.

        Args:
            account: its label.
            fields: by name, such as `{"organizational_unit": "Workloads/Prod"}`.
            unset: names of fields to remove.

        Raises:
            InvalidInputError: there is no such account request, or the fleet would have new errors.
        """
        from vend.requests import assignments

        return self._edit(self._editor().change(account, assignments(_written(fields), tuple(unset))))

    def move(self, account: str, organizational_unit: str) -> RequestEdit:
        """Another organizational unit for an account.

        Raises:
            InvalidInputError: as for `set`.
        """
        return self.set(account, {"organizational_unit": organizational_unit})

    def remove(self, account: str) -> RequestEdit:
        """The fleet without this account request; what that means for the account, `on_removal` says.

        Raises:
            InvalidInputError: there is no such account request.
        """
        return self._edit(self._editor().remove(account))

    def _editor(self) -> Editor:
        from vend.requests import Editor, open_cache

        cache = open_cache(self._directory, self._environ)
        editor = Editor(self._directory, self._environ, cache)
        if cache is not None:
            cache.save()
        return editor

    def _edit(self, edit: FleetEdit) -> RequestEdit:
        return RequestEdit(directory=self._directory, edit=edit)


def _written(fields: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{name}={value}" for name, value in fields.items())
