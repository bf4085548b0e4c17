"""vend import, as it is asked for and as it answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.aft_repositories import module, request, write
from vend.cli import main

SETTINGS = 'fleet "test" { home_region = "eu-west-1" }\n'


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fleet that is the working directory; beside it an AFT checkout."""
    write(
        tmp_path / "aft", {**module(), "terraform/main.tf": "# Ours.\n" + request("a"), "terraform/b.tf": request("b")}
    )
    write(tmp_path / "fleet", {"vend.hcl": SETTINGS})
    monkeypatch.chdir(tmp_path / "fleet")
    return tmp_path / "fleet"


def below(directory: Path) -> dict[str, bytes]:
    files = (path for path in sorted(directory.rglob("*")) if path.is_file())
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in files}


def test_an_import_writes_a_file_for_each_of_aft_s(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Into the fleet's folder of requests, and the fleet is valid; the checkout is as it was."""
    before = below(fleet.parent / "aft")
    assert main(["import", "aft", "../aft"]) == 0
    assert capsys.readouterr().out == "account-requests/b.hcl\naccount-requests/main.hcl\n2 account requests written\n"
    assert (fleet / "account-requests" / "main.hcl").read_text().startswith('# Ours.\naccount "a" {\n')
    assert below(fleet.parent / "aft") == before
    assert main(["validate"]) == 0
    assert "2 account requests: valid" in capsys.readouterr().out


def test_an_import_says_in_json_what_it_wrote(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Files, requests, those left out and why; with something left out the exit code is 4."""
    write(fleet.parent / "aft", {"terraform/c.tf": request("c", AccountEmail="<EMAIL>")})
    assert main(["import", "aft", "../aft", "--out", "elsewhere", "--format", "json"]) == 4
    document = json.loads(capsys.readouterr().out)
    assert document["files"] == ["elsewhere/b.hcl", "elsewhere/main.hcl"]
    assert (document["requests"], document["left_out"], document["written"]) == (2, ["c"], True)
    (problem,) = document["diagnostics"]
    assert (problem["code"], problem["file"], problem["line"]) == ("invalid-email", "../aft/terraform/c.tf", 5)
    assert sorted(below(fleet / "elsewhere")) == ["b.hcl", "main.hcl"]


def test_a_dry_run_writes_nothing(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It shows the files as they would be."""
    assert main(["import", "aft", "../aft", "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert '+account "a" {' in told
    assert "2 account requests to write" in told
    assert sorted(below(fleet)) == ["vend.hcl"]


def test_no_file_is_written_over(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where one is in the way, even as a link to nothing, none is written."""
    (fleet / "account-requests").mkdir()
    (fleet / "account-requests" / "main.hcl").symlink_to("nothing")
    assert main(["import", "aft", "../aft"]) == 4
    assert "error[import-in-the-way]: account-requests/main.hcl already exists" in capsys.readouterr().err
    assert [path.name for path in (fleet / "account-requests").iterdir()] == ["main.hcl"]


def test_an_import_needs_no_fleet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The folder of requests is then made where the command runs; a folder that is no checkout is refused."""
    write(tmp_path, {**module(), "terraform/main.tf": request("a")})
    (tmp_path / "new").mkdir()
    monkeypatch.chdir(tmp_path / "new")
    assert main(["import", "aft", ".."]) == 0
    assert sorted(below(tmp_path / "new")) == ["account-requests/main.hcl"]
    assert main(["import", "aft", "gone"]) == 4
    assert "error[aft-not-found]" in capsys.readouterr().err
