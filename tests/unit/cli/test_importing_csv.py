"""vend import csv: tables that become requests, and those that do not."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from vend.cli import main
from vend.models import AccessAssignment, AlternateContact, Change, SsoUser
from vend.requests import load_fleet

SETTINGS = 'fleet "test" { home_region = "eu-west-1" }\n'
HEADER = "account,email,organizational_unit"
ROW = "payments,aws+payments@example.com,Workloads/Prod"


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fleet without requests, as the working directory."""
    (tmp_path / "vend.hcl").write_text(SETTINGS)
    (tmp_path / "account-requests").mkdir()
    (tmp_path / "customizations" / "spoke").mkdir(parents=True)
    (tmp_path / "customizations" / "ci").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def below(directory: Path) -> dict[str, bytes]:
    files = (path for path in sorted((directory / "account-requests").rglob("*")) if path.is_file())
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in files}


def table(directory: Path, *lines: str, end: str = "\n") -> None:
    (directory / "t.csv").write_bytes("".join(f"{line}{end}" for line in lines).encode())


def problems(capsys: pytest.CaptureFixture[str], file: str = "t.csv") -> list[tuple[str, int, int]]:
    """Code and place of what is told of the table."""
    capsys.readouterr()
    assert main(["import", "csv", file, "--format", "json"]) == 4
    found = json.loads(capsys.readouterr().out)["diagnostics"]
    assert {problem["file"] for problem in found} == {file}
    return [(problem["code"], problem["line"], problem["column"]) for problem in found]


def test_every_field_has_a_column(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As `vend set` names them; the request says what the row says, in a folder for its unit."""
    columns = {
        "account": "payments-prod",
        "name": "Payments (prod)",
        "email": "aws+payments@example.com",
        "organizational_unit": "Workloads/Prod",
        "tags.CostCenter": "4711",
        "custom_fields.vpc_cidr": "10.20.0.0/16",
        "customizations": '"spoke, ci"',
        "opt_in_regions": "eu-south-1;ap-east-1",
        "on_removal": "close",
        "sso_user.email": "grace@example.com",
        "sso_user.first_name": "Grace",
        "sso_user.last_name": "Hopper",
        "change.requested_by": "Grace",
        "change.reason": '"Said ""now"""',
        "alternate_contact.security.name": "Desk",
        "alternate_contact.security.title": "CSIRT",
        "alternate_contact.security.email": "s@example.com",
        "alternate_contact.security.phone": "+1 555 0100",
        "access.Platform Admins": "AdministratorAccess;Read.Only",
    }
    table(fleet, ",".join(columns), ",".join(columns.values()))
    assert main(["import", "csv", "t.csv"]) == 0
    assert capsys.readouterr().out == (
        "ACCOUNT        FILE\n"
        "payments-prod  account-requests/workloads/prod/payments-prod.hcl\n"
        "1 account request written\n"
    )
    reading = load_fleet(fleet)
    assert reading.diagnostics == ()
    (request,) = reading.requests
    assert (request.account, request.name, request.email) == (
        "payments-prod",
        "Payments (prod)",
        "aws+payments@example.com",
    )
    assert (request.organizational_unit, request.on_removal) == ("Workloads/Prod", "close")
    assert (request.tags, request.custom_fields) == ({"CostCenter": "4711"}, {"vpc_cidr": "10.20.0.0/16"})
    assert (request.customizations, request.opt_in_regions) == (("spoke", "ci"), ("eu-south-1", "ap-east-1"))
    assert request.sso_user == SsoUser(email="grace@example.com", first_name="Grace", last_name="Hopper")
    assert request.change == Change(requested_by="Grace", reason='Said "now"')
    assert request.alternate_contacts == (
        AlternateContact(kind="security", name="Desk", title="CSIRT", email="s@example.com", phone="+1 555 0100"),
    )
    assert request.access == (
        AccessAssignment(group="Platform Admins", permission_set="AdministratorAccess"),
        AccessAssignment(group="Platform Admins", permission_set="Read.Only"),
    )


@pytest.mark.parametrize("text", ["0042", "1e3", "1.50", "2026-11-24", "=1+2", "TRUE", "${x}", "%{ if x }", " a ", "é"])
def test_a_cell_is_the_text_that_it_is(fleet: Path, text: str) -> None:
    """Numbers, dates, formulas and templates among them: nothing is converted, and nothing evaluated."""
    table(fleet, f"{HEADER},custom_fields.x", f"{ROW},{text}")
    assert main(["import", "csv", "t.csv"]) == 0
    (request,) = load_fleet(fleet).requests
    assert request.custom_fields == {"x": text}


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        (f"\ufeff{HEADER}\r\n{ROW}\r\n".encode(), {}),
        (f"{HEADER}\n{ROW}".replace(",", ";").encode(), {}),
        (f"{HEADER}\n{ROW}".replace(",", "\t").encode(), {}),
        (f"\n{HEADER},\n\n,,,\n{ROW},\n\n".encode(), {}),
        (
            f'"account", email ,organizational_unit,custom_fields.a\n{ROW},"x\r\ny, ""z"""\n'.encode(),
            {"a": 'x\r\ny, "z"'},
        ),
        (f"{HEADER},custom_fields.a\n{ROW},e\u0301\n".encode(), {"a": "\u00e9"}),
    ],
    ids=["as-excel-writes-it", "semicolons", "tabs", "empty-rows-and-columns", "quotes", "not-composed"],
)
def test_tables_come_in_many_forms(fleet: Path, content: bytes, fields: dict[str, str]) -> None:
    """Whatever separates columns and lines, and whatever is empty in it."""
    (fleet / "t.csv").write_bytes(content)
    assert main(["import", "csv", "t.csv"]) == 0
    (request,) = load_fleet(fleet).requests
    assert (request.account, request.organizational_unit) == ("payments", "Workloads/Prod")
    assert request.custom_fields == fields


def test_everything_that_is_wrong_is_told_at_once_where_it_stands(
    fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Columns, values, what is missing and what collides, each at its cell; and nothing is written."""
    (fleet / "account-requests" / "a.hcl").write_text(
        'account "there" {\n  email = "aws+there@example.com"\n  organizational_unit = "Sandbox"\n}\n'
    )
    before = below(fleet)
    table(
        fleet,
        f"{HEADER},emial,tags.a*b,tags,email,slug,customizations,sso_user.email,",
        "one,no address,Sandbox,,,,,,nowhere,,",
        "two,aws+there@example.com,,,,,,,,grace@example.com,stray",
        ",aws+x@example.com,Sandbox,,,,,,,,",
        "one,aws+one@example.com,Sandbox,,,,,,,,",
        "b d,aws+bd@example.com,Sandbox,,,,,,,,",
        "short,aws+short@example.com",
        "long,aws+long@example.com,Sandbox,,,,,,,,,more",
        "there,aws+there@example.com,Elsewhere,,,,,,,,",
    )
    assert problems(capsys) == [
        ("unknown-field", 1, 35),
        ("invalid-tag", 1, 41),
        ("invalid-assignment", 1, 50),
        ("invalid-csv", 1, 55),
        ("unknown-field", 1, 61),
        ("invalid-email", 2, 5),
        ("unknown-customization", 2, 29),
        ("missing-field", 3, 1),
        ("duplicate-email", 3, 5),
        ("missing-field", 3, 34),
        ("missing-field", 3, 34),
        ("invalid-csv", 3, 52),
        ("missing-field", 4, 1),
        ("duplicate-account", 5, 1),
        ("invalid-label", 6, 1),
        ("invalid-csv", 7, 7),
        ("invalid-csv", 8, 43),
        ("duplicate-account", 9, 1),
    ]
    assert below(fleet) == before


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"", (1, 1)),
        (b"\n\n", (1, 1)),
        (HEADER.encode("utf-16"), (1, 1)),
        (b"account,email\na,b\nc,\xff\n", (3, 1)),
        (b"account,email\na,b\0\n", (2, 4)),
        (b'account,email\n"a,b\n', (2, 1)),
        (b'account,email\n"a"b,c\n', (2, 1)),
        (b"email,name\nx,y\n", (1, 1)),
        (b"account,email\n" + b"x" * 200_000 + b",y\n", (2, 1)),
        (b"x" * 20_000_000, (1, 1)),
    ],
    ids=["empty", "blank", "utf-16", "latin-1", "nul", "open-quote", "quote", "no-account", "long-cell", "large"],
)
def test_a_file_that_is_no_table_is_refused(
    fleet: Path, capsys: pytest.CaptureFixture[str], content: bytes, place: tuple[int, int]
) -> None:
    """Where it stops being one."""
    (fleet / "t.csv").write_bytes(content)
    assert problems(capsys) == [("invalid-csv", *place)]


def test_what_cannot_be_read_is_told(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No file, or none that ends; a folder of requests that vend does not read is no place to write to."""
    assert problems(capsys, "gone.csv") == [("unreadable-file", 1, 1)]
    os.mkfifo(fleet / "pipe.csv")
    assert problems(capsys, "pipe.csv") == [("unreadable-file", 1, 1)]
    table(fleet, HEADER, ROW)
    assert main(["import", "csv", "t.csv", "--out", "elsewhere"]) == 4
    assert "error[not-a-requests-file]" in capsys.readouterr().err
    assert below(fleet) == {}


def test_a_longer_table_is_imported_again(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rows whose requests say the same are left alone, wherever they stand; the file of one may be another's too."""
    table(fleet, HEADER, ROW)
    assert main(["import", "csv", "t.csv"]) == 0
    first = below(fleet)
    table(fleet, HEADER, ROW, ROW.replace("payments", "shop"))
    capsys.readouterr()
    assert main(["import", "csv", "t.csv", "--format", "json", "--out", "account-requests/more"]) == 0
    document = json.loads(capsys.readouterr().out)
    file = "account-requests/more/workloads/prod/shop.hcl"
    assert document == {
        "accounts": [{"account": "shop", "file": file}],
        "known": ["payments"],
        "files": [file],
        "written": True,
        "diagnostics": [],
    }
    assert below(fleet) == {**first, file: (fleet / file).read_bytes()}


def test_defaults_hold_for_a_table_too(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What they give need not stand in it, and what they make wrong is told at the row."""
    defaults = 'defaults {\n  email_template = "aws+{account}@example.com"\n  organizational_unit = "Sandbox"\n}\n'
    (fleet / "account-requests" / "defaults.hcl").write_text(defaults)
    table(fleet, "account", "a", "b" * 60)
    assert problems(capsys) == [("invalid-account-name", 3, 1), ("invalid-email", 3, 1)]
    table(fleet, "account", "a", "b")
    assert main(["import", "csv", "t.csv"]) == 0
    found = {request.account: request.email for request in load_fleet(fleet).requests}
    assert found == {"a": "aws+a@example.com", "b": "aws+b@example.com"}
    assert main(["import", "csv", "t.csv"]) == 0
    assert "0 account requests written\n2 account requests there already\n" in capsys.readouterr().out


def test_a_dry_run_shows_what_would_be_written(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As a diff; a file that is there is added to, and stays what it was besides."""
    file = fleet / "account-requests" / "workloads" / "prod" / "payments.hcl"
    file.parent.mkdir(parents=True)
    file.write_text('# Ours.\naccount "x" {\n  email = "aws+x@example.com"\n  organizational_unit = "Sandbox"\n}\n')
    before = below(fleet)
    table(fleet, HEADER, ROW)
    assert main(["import", "csv", "t.csv", "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert '+account "payments" {\n' in shown
    assert shown.endswith("1 account request to write\n")
    assert below(fleet) == before
    assert main(["import", "csv", "t.csv"]) == 0
    assert file.read_text().startswith(before["account-requests/workloads/prod/payments.hcl"].decode())
