"""The page on the sandbox says what the code does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from unit.docs.pages import Example, codes, examples, rows, sections
from vend.sandbox import load_faults
from vend.sandbox.faults._faults import MOMENTS

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


_COLUMNS = 4
"""Operation, behaviour, source, deviation."""
_SERVICES = {
    "Service Catalog": ("servicecatalog",),
    "Control Tower": ("controltower",),
    "Organizations": ("organizations",),
    "Account": ("account",),
    "Identity Center, identity store, budgets, Service Quotas": (
        "sso-admin",
        "identitystore",
        "budgets",
        "service-quotas",
        "iam",
    ),
}


def told() -> set[tuple[str, str]]:
    """Service and operation, as the first cells of the tables name them."""
    found = set()
    for heading, services in _SERVICES.items():
        for cell in (row[0] for row in rows(sections(PAGE)[heading]) if len(row) == _COLUMNS):
            first, _, rest = cell.partition(" ")
            service, names = (first, rest) if first in services else (services[0], cell)
            found |= {(service, name) for name in names.split(", ") if name}
    return found


def test_the_tables_name_every_operation_of_the_sandbox() -> None:
    """And no other: each with behaviour, source and deviation."""
    from vend.sandbox import Sandbox, SandboxConfig
    from vend.sandbox.on_moto._managed_policies import WITH_MANAGED_POLICIES

    with Sandbox(SandboxConfig()) as sandbox:
        front = sandbox._front
        assert front is not None
        ours = set(front._operations) | {("iam", name) for name in WITH_MANAGED_POLICIES}
    assert told() == ours


def test_every_row_names_its_source() -> None:
    """Behaviour and source are never empty."""
    for heading in _SERVICES:
        tables = [row for row in rows(sections(PAGE)[heading]) if len(row) == _COLUMNS]
        assert tables, heading
        assert [row for row in tables if not row[1] or not row[2]] == []
