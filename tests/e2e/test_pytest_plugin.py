"""The fixtures for a fleet's own tests, used as docs/how-to/testing.md shows it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from support.sandboxed import copy_example
from unit.docs.pages import examples
from vend.process import Command, Completed, run

PAGE = "docs/how-to/testing.md"


def _pytest(directory: Path) -> Completed:
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(directory), "tests"]
    return run(Command(argv=argv, env=dict(os.environ), cwd=directory, timeout_seconds=420))


def _write(directory: Path, file: str, text: str) -> None:
    path = directory / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.mark.e2e
def test_the_page_s_tests_pass_and_can_fail(tmp_path: Path) -> None:
    """A customization and a hook are tested with real Terraform; a wrong claim in the same run fails."""
    copy_example(tmp_path)
    for example in examples(PAGE, "python"):
        assert example.file is not None
        _write(tmp_path, example.file, example.text)
    wrong = "def test_wrong(account):\n    assert account.client('sts').get_caller_identity()['Account'] == '1'\n"
    module = tmp_path / "tests" / "test_sandbox_account.py"
    module.write_text(module.read_text() + "\n\n" + wrong, encoding="utf-8")
    completed = _pytest(tmp_path)
    assert "1 failed, 2 passed" in completed.stdout, completed.stdout + completed.stderr
    assert "test_wrong" in completed.stdout


def test_what_is_missing_is_told_without_a_traceback(tmp_path: Path) -> None:
    """No fleet, a broken one, and an account that nobody applied: a sentence each."""
    _write(tmp_path, "tests/conftest.py", 'pytest_plugins = ["vend.sandbox.pytest_plugin"]\n')
    _write(tmp_path, "tests/test_it.py", "def test_it(vend_landing_zone):\n    vend_landing_zone.account('nobody')\n")
    without = _pytest(tmp_path).stdout
    assert "there is no vend.hcl here or in a folder above" in without
    (tmp_path / "vend.hcl").write_text('fleet "t" { home_region = "nowhere" }\n')
    assert "vend.hcl:1" in _pytest(tmp_path).stdout
    (tmp_path / "vend.hcl").write_text('fleet "t" { home_region = "eu-west-1" }\n')
    nobody = _pytest(tmp_path).stdout
    assert 'the landing zone has no account "nobody"' in nobody
    assert "Traceback" not in without + nobody
