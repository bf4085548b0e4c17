"""vend fmt: Terraform's own formatter, and nothing that changes what a file says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vend.cli._main import main
from vend.requests import load_fleet

pytestmark = pytest.mark.terraform

SETTINGS = 'fleet "test" { home_region = "eu-west-1" }\n'
UNFORMATTED = """# Kept.
account a {
 email="a@example.com" # kept
 organizational_unit   =   "Prod"


 tags={A="1",
 "b c" : "2"} /* kept */
}"""
FORMATTED = """# Kept.
account "a" {
  email               = "a@example.com" # kept
  organizational_unit = "Prod"


  tags = { A = "1",
  "b c" : "2" } /* kept */
}"""


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "vend.hcl").write_text(SETTINGS)
    (tmp_path / "account-requests").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def a_file(fleet: Path, content: str | bytes, name: str = "a.hcl") -> Path:
    path = fleet / "account-requests" / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_files_are_formatted_and_say_what_they_said(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those that change are listed; a second time there are none."""
    path = a_file(fleet, UNFORMATTED)
    before = load_fleet(fleet).requests
    assert main(["fmt"]) == 0
    assert path.read_text() == FORMATTED
    assert load_fleet(fleet).requests == before
    assert capsys.readouterr().out == "account-requests/a.hcl\n"
    assert main(["fmt", "--check"]) == 0
    assert capsys.readouterr().out == ""


def test_line_endings_and_byte_order_marks_stay(fleet: Path) -> None:
    """So does a missing end of the last line, above."""
    path = a_file(fleet, b"\xef\xbb\xbf" + UNFORMATTED.replace("\n", "\r\n").encode() + b"\r\n")
    assert main(["fmt"]) == 0
    assert path.read_bytes() == b"\xef\xbb\xbf" + FORMATTED.replace("\n", "\r\n").encode() + b"\r\n"


def test_check_writes_nothing(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It exits with 1, and shows the difference where asked; vend.hcl is looked at too."""
    path = a_file(fleet, UNFORMATTED)
    (fleet / "vend.hcl").write_text(SETTINGS.replace(" = ", "="))
    assert main(["fmt", "--check", "--diff"]) == 1
    shown = capsys.readouterr().out
    assert "+++ b/vend.hcl\n" in shown
    assert '+  email               = "a@example.com" # kept\n' in shown
    assert path.read_text() == UNFORMATTED
    assert main(["fmt", "--check", "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert [(file["file"], file["changed"]) for file in document["files"]] == [
        ("vend.hcl", True),
        ("account-requests/a.hcl", True),
    ]
    assert document["written"] is False


def test_a_broken_file_hides_no_other(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its error is told with exit code 4; the others are formatted."""
    path = a_file(fleet, UNFORMATTED)
    a_file(fleet, "account {", "b.hcl")
    assert main(["fmt"]) == 4
    assert "error[hcl-syntax]" in capsys.readouterr().out
    assert path.read_text() == FORMATTED


def test_what_would_say_something_else_is_left_alone(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Terraform takes some templates apart."""
    text = 'account "a" {\n   email = "${var.x}"\n}\n'
    path = a_file(fleet, text)
    assert main(["fmt"]) == 4
    assert "error[format-changes-meaning]" in capsys.readouterr().out
    assert path.read_text() == text


def test_named_files_alone_are_formatted(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Relative to where the command runs, in any fleet or none; a missing one is told."""
    a_file(fleet, UNFORMATTED)
    other = a_file(fleet, UNFORMATTED, "b.hcl")
    assert main(["fmt", "account-requests/b.hcl"]) == 0
    assert other.read_text() == FORMATTED
    assert main(["fmt", "missing.hcl"]) == 4
    assert "there is no file missing.hcl" in capsys.readouterr().out
    assert main(["fmt", "account-requests"]) == 4
    assert "it is a folder, not a file" in capsys.readouterr().out
    (fleet / "vend.hcl").unlink()
    assert main(["fmt", "account-requests/a.hcl"]) == 0
    assert (fleet / "account-requests" / "a.hcl").read_text() == FORMATTED
    assert not (fleet / "account-requests" / ".vend").exists()
    assert main(["fmt"]) == 4


def test_a_fleet_with_wrong_settings_is_formatted_all_the_same(fleet: Path) -> None:
    """What is wrong with them is for `vend validate` to say."""
    (fleet / "vend.hcl").write_text('fleet "test" {}\n')
    path = a_file(fleet, UNFORMATTED)
    assert main(["fmt"]) == 0
    assert path.read_text() == FORMATTED


def test_what_vend_writes_is_formatted(fleet: Path) -> None:
    """Of every kind of field, the names of different lengths."""
    fields = [
        "name=N",
        "email=n@example.com",
        "organizational_unit=Prod",
        "tags.A=1",
        "tags.Long=2",
        "custom_fields.x=y",
    ]
    fields += [
        "opt_in_regions=eu-south-1",
        "sso_user.email=g@example.com",
        "sso_user.first_name=G",
        "sso_user.last_name=H",
    ]
    fields += [f"alternate_contact.security.{name}=1" for name in ("name", "title", "phone")]
    fields += ["alternate_contact.security.email=s@example.com", "access.A=Read", "access.A+=Write", "change.reason=r"]
    fields += ["change.requested_by=b", "on_removal=close"]
    del fleet
    first = [field for field in fields if not field.startswith("access.A+")]
    assert main(["new", "first", *first]) == 0
    assert main(["new", "second", "email=s@example.com", "organizational_unit=Prod"]) == 0
    assert (
        main(["set", "second", *(field for field in fields if not field.startswith(("name", "email", "access.A=")))])
        == 0
    )
    assert main(["fmt", "--check", "--diff"]) == 0
