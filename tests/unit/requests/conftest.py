from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from vend.requests import FleetReading, load_fleet

SETTINGS = 'fleet "test" { home_region = "eu-west-1" }\n'


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., FleetReading]:
    """Reads a fleet of these files, by path; `vend.hcl` and a customization "spoke" are there unless they are given."""

    def reading(files: Mapping[str, str | bytes] | str) -> FleetReading:
        files = {"account-requests/f.hcl": files} if isinstance(files, str) else files
        given = {"vend.hcl": SETTINGS, "customizations/spoke/main.tf": "", **files}
        for name, content in given.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return load_fleet(tmp_path)

    return reading
