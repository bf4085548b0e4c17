"""The page on the sandbox says what the code does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from unit.docs.pages import Example, codes, examples, rows, sections
from vend.sandbox import load_faults
from vend.sandbox._faults import MOMENTS

PAGE = "docs/reference/sandbox.md"
pytestmark = pytest.mark.sandbox


@pytest.mark.parametrize("example", examples(PAGE, "python"), ids=str)
def test_the_python_of_the_page_runs(example: Example) -> None:
    """As it stands, with `os` at hand."""
    exec(compile(example.text, str(example), "exec"), {"os": os})  # noqa: S102 — that is the claim


@pytest.mark.parametrize("example", [e for e in examples(PAGE, "hcl") if e.text.startswith("fault")], ids=str)
def test_the_faults_of_the_page_can_be_read(example: Example, tmp_path: Path) -> None:
    """Every one of its blocks is a fault."""
    path = tmp_path / "faults.hcl"
    path.write_text(example.text)
    assert len(load_faults(path)) == example.text.count("fault ")


def test_the_page_knows_every_kind_of_fault() -> None:
    """And when each can strike an account operation, its default first."""
    told = {codes(kind)[0]: codes(said) for kind, said, *_ in rows(sections(PAGE)["Faults on demand"]) if codes(kind)}
    assert MOMENTS.keys() <= told.keys()
    for kind, moments in MOMENTS.items():
        said = [one for one in dict.fromkeys(told[kind]) if one in {"call", "start", "end"}] or ["call"]
        assert (said[0], set(said)) == (moments[0], set(moments)), kind
