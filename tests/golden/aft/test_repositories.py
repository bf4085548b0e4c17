"""AFT repositories of every shape read right: what they ask for, and what is said about it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from support.aft_repositories import SHAPES, write
from vend.requests import load_fleet

EXPECTED = Path(__file__).parent / "expected"


@pytest.mark.terraform
@pytest.mark.parametrize("shape", SHAPES)
def test_a_repository_reads_right(tmp_path: Path, shape: str) -> None:
    """The document of `vend requests` and every diagnostic with its place are as reviewed.

    UPDATE_GOLDEN=1 writes them anew.
    """
    environ = {"PATH": os.environ["PATH"], "AWS_REGION": "eu-west-1"}
    reading = load_fleet(write(tmp_path, SHAPES[shape]), environ)
    found = {
        "requests": [request.to_json() for request in reading.requests],
        "diagnostics": [f"{d.severity} {d.code} {d.file}:{d.line}:{d.column} {d.summary}" for d in reading.diagnostics],
    }
    expected = EXPECTED / f"{shape}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        expected.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert found == json.loads(expected.read_text(encoding="utf-8"))
