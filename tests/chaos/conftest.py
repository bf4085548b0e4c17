"""The fleet of three in a sandbox of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.three import REQUESTS
from support.sandboxed import Bench
from vend.requests import load_settings
from vend.sandbox import Sandbox, config_from


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    (tmp_path / "account-requests").mkdir()
    (tmp_path / "vend.hcl").write_text('fleet "chaos" {\n  home_region = "eu-west-1"\n}\n')
    (tmp_path / "account-requests" / "all.hcl").write_text(REQUESTS)
    with Sandbox(config_from(load_settings(tmp_path), 0.3)) as sandbox:
        yield sandbox


@pytest.fixture
def three(sandbox: Sandbox, tmp_path: Path) -> Bench:
    return Bench(directory=tmp_path, environ=sandbox.environment(dict(os.environ)))
