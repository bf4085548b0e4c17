"""vend lock, where there is nothing to lock."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.aft_repositories import module, request, write
from vend.cli import main


def test_a_checkout_of_aft_gets_no_lock_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is not vend's; what would be written would be ignored. Where to lock is told."""
    write(tmp_path / "aft", {**module(), "terraform/main.tf": request("a")})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert main(["--fleet", "aft", "lock"]) == 4
    assert "error[aft-not-locked]" in capsys.readouterr().err
    assert not (tmp_path / "aft" / "terraform.lock.hcl").exists()
    assert not (tmp_path / "aft" / ".vend").exists()
