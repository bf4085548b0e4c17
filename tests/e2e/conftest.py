"""One sandbox for each file of tests."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from support.sandboxed import Bench, copy_example
from vend.requests import load_settings
from vend.sandbox import Sandbox, config_from


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    directory = copy_example(tmp_path_factory.mktemp("fleet"))
    with Sandbox(config_from(load_settings(directory), 1.0)) as sandbox:
        yield Bench(directory=directory, environ=sandbox.environment(dict(os.environ)))
