"""What `import vend` offers, and what it costs."""

from __future__ import annotations

import json
import os
import sys
import tomllib
from pathlib import Path

import pytest

import vend
from vend.process import Command, run

OFFERED = [
    "AccountPlan", "AccountRequest", "AccountResult", "AccountStatus", "AwsError", "Diagnostic", "Event",
    "FleetStatus", "InterruptedRunError", "InvalidInputError", "LedgerError", "LoadedFleet", "Plan", "RefusedError",
    "Report", "RequestEdit", "RequestEditor", "Review", "StageResult", "ToolMissingError", "VendError",
    "WorkingDirectoryError", "Workspace", "__version__", "edit_requests", "load_fleet", "open_workspace", "show",
]  # fmt: skip
FLEET = 'fleet "scripts" {\n  home_region = "eu-west-1"\n}\n'
REQUEST = 'account "first" {\n  email               = "first@example.com"\n  organizational_unit = "Sandbox"\n}\n'


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    (tmp_path / "account-requests").mkdir()
    (tmp_path / "vend.hcl").write_text(FLEET)
    (tmp_path / "account-requests" / "first.hcl").write_text(REQUEST)
    return tmp_path


def test_the_interface_is_pinned() -> None:
    """A name that is added or removed is a decision, and a line of the changelog."""
    assert sorted(vend.__all__) == OFFERED
    assert dir(vend) == sorted(OFFERED)
    assert all(getattr(vend, name) is not None for name in OFFERED)
    with pytest.raises(AttributeError, match="no attribute 'vending'"):
        vend.vending  # noqa: B018


def test_importing_vend_imports_nothing_heavy() -> None:
    """`import vend` loads itself and its version; rooms and libraries come with the first name that needs them."""
    program = (
        "import json, sys; before = set(sys.modules); import vend; print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    completed = run(Command(argv=[sys.executable, "-S", "-c", program], env=_environment(), timeout_seconds=60))
    loaded = json.loads(completed.stdout)
    assert [name for name in loaded if name.startswith("vend")] == ["vend", "vend._version"]
    assert not {"typing", "boto3", "jinja2", "rich", "typer"} & {*loaded}


def test_the_package_and_the_code_say_one_version() -> None:
    """What is installed is what bundles, ledgers and caches name."""
    project = tomllib.loads((Path(vend.__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == vend.__version__


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(vend.__file__).parents[1])}


def test_a_fleet_is_loaded_with_what_its_files_say(fleet: Path) -> None:
    """Settings and requests have their defaults; there is nothing to warn of."""
    loaded = vend.load_fleet(fleet, environ={})
    assert loaded.directory == fleet
    assert loaded.settings.home_region == "eu-west-1"
    assert [request.account for request in loaded.requests] == ["first"]
    assert loaded.warnings == ()


def test_every_problem_of_a_fleet_arrives_at_once(fleet: Path) -> None:
    """`InvalidInputError` holds all diagnostics, each at its place."""
    (fleet / "account-requests" / "bad.hcl").write_text('account "bad" {\n  email = "no"\n}\n')
    with pytest.raises(vend.InvalidInputError) as caught:
        vend.load_fleet(fleet, environ={})
    found = {(problem.code, problem.file) for problem in caught.value.diagnostics}
    assert {("invalid-email", "account-requests/bad.hcl"), ("missing-field", "account-requests/bad.hcl")} <= found


def test_edits_are_shown_before_they_are_written(fleet: Path) -> None:
    """An edit has a diff; the file changes when it is saved; the next edit sees it."""
    editor = vend.edit_requests(fleet, environ={})
    added = editor.add("second", {"email": "second@example.com", "organizational_unit": "Sandbox"})
    assert '+account "second" {' in added.diff
    assert not (fleet / added.file).exists()
    added.save()
    moved = editor.move("second", "Workloads/Test")
    assert moved.request is not None
    assert moved.request.organizational_unit == "Workloads/Test"
    moved.save()
    editor.set("second", {"tags.CostCenter": "4711"}).save()
    editor.remove("first").save()
    (left,) = vend.load_fleet(fleet, environ={}).requests
    assert (left.account, left.organizational_unit, dict(left.tags)) == (
        "second",
        "Workloads/Test",
        {"CostCenter": "4711"},
    )


def test_an_edit_that_would_break_the_fleet_is_refused(fleet: Path) -> None:
    """A label or an email that is in use, and a field that is missing, raise and write nothing."""
    editor = vend.edit_requests(fleet, environ={})
    for account, fields, code in (
        ("first", {"email": "x@example.com", "organizational_unit": "Sandbox"}, "duplicate-account"),
        ("second", {"email": "first@example.com", "organizational_unit": "Sandbox"}, "duplicate-email"),
        ("second", {"email": "x@example.com"}, "missing-field"),
    ):
        with pytest.raises(vend.InvalidInputError) as caught:
            editor.add(account, fields)
        assert code in {problem.code for problem in caught.value.diagnostics}
    assert [file.name for file in (fleet / "account-requests").iterdir()] == ["first.hcl"]
