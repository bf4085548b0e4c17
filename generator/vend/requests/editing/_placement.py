"""Choosing the file for a new account's block."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from vend.requests.language._name_templates import without_id
from vend.requests.reading._fleet import FleetReading

NO_NAME = re.compile(r"[^a-z0-9._-]+")
"""What names of folders and labels do without."""


def file_for(account: str, unit: str, reading: FleetReading) -> str:
    """A file of the account's own, `<account>.hcl`, relative to the fleet directory.

    It lies where the other accounts of the same organizational unit lie, if they all lie in one folder; else in the
    first folder of requests.
    """
    places = (found.position() for found in reading.requests if unit and found.organizational_unit == unit)
    folders = {PurePosixPath(place.file).parent for place in places if place is not None}
    folder = folders.pop() if len(folders) == 1 else PurePosixPath(reading.paths[0] if reading.paths else ".")
    return (folder / f"{account}.hcl").as_posix()


def file_below(folder: str, unit: str, label: str) -> str:
    """A file of the account's own, in a folder for each unit on the way.

    >>> file_below("account-requests", "Workloads/Prod (EU)", "payments")
    'account-requests/workloads/prod-eu/payments.hcl'
    """
    parts = (NO_NAME.sub("-", part.casefold()).strip("-._") for part in without_id(unit).split("/"))
    return PurePosixPath(folder, *(part for part in parts if part), f"{label}.hcl").as_posix()
