"""vend.hcl: every setting is read, and everything that is wrong is reported where it stands."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vend.errors import Diagnostic, InvalidInputError
from vend.requests import load_fleet, load_settings
from vend.settings import (
    ControlTowerSettings,
    DynamodbLedger,
    LocalState,
    S3State,
    SandboxSettings,
    Settings,
    SqliteLedger,
    TerraformSettings,
)

LEAST = 'fleet "x" {\n  home_region = "eu-west-1"\n}\n'
FULL = """\
fleet "example" {
  home_region           = "us-gov-west-1"
  organization_id       = "o-exampleorgid"
  management_account_id = "011111111111"
  frozen                = true
  frozen_reason         = "audit"
}
control_tower {
  max_concurrent_operations = 3
  vending_role              = "arn:aws-us-gov:iam::111111111111:role/path/vend-apply"
  execution_role            = "Other"
  timeout_minutes           = 60
}
state "s3" {
  bucket     = "example-vend-state"
  region     = "eu-west-1"
  prefix     = "vend/prod"
  kms_key_id = "alias/vend"
}
ledger "dynamodb" {
  table  = "vend-ledger"
  region = "eu-west-1"
}
terraform {
  binary          = "tofu"
  version         = "~> 1.11, != 1.11.2"
  provider_mirror = "/srv/mirror"
  parallelism     = 5
  timeout_minutes = 30
  required_providers {
    awscc = "1.2.3-beta.1"
  }
}
requests { paths = ["one", "two/three"] }
hooks { timeout_minutes = 7 }
sandbox {
  organizational_units = ["A/B", "C"]
  groups               = ["G"]
  permission_sets      = ["P"]
  operation_seconds    = 0.5
}
"""


def load(directory: Path, text: str) -> Settings:
    (directory / "vend.hcl").write_text(text, encoding="utf-8")
    return load_settings(directory)


def problems(directory: Path, text: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(InvalidInputError) as caught:
        load(directory, text)
    return caught.value.diagnostics


def test_everything_but_the_region_has_a_default(tmp_path: Path) -> None:
    """The least that can be said gives a local, embedded fleet."""
    settings = load(tmp_path, LEAST)
    assert settings == Settings(name="x", home_region="eu-west-1")
    assert (settings.state, settings.ledger) == (LocalState(), SqliteLedger())


def test_every_setting_is_read(tmp_path: Path) -> None:
    """What design.md shows, and the rest of the settings' fields."""
    assert load(tmp_path, FULL) == Settings(
        name="example",
        home_region="us-gov-west-1",
        organization_id="o-exampleorgid",
        management_account_id="011111111111",
        frozen=True,
        frozen_reason="audit",
        control_tower=ControlTowerSettings(
            max_concurrent_operations=3,
            vending_role="arn:aws-us-gov:iam::111111111111:role/path/vend-apply",
            execution_role="Other",
            timeout_minutes=60,
        ),
        state=S3State(bucket="example-vend-state", region="eu-west-1", prefix="vend/prod", kms_key_id="alias/vend"),
        ledger=DynamodbLedger(table="vend-ledger", region="eu-west-1"),
        terraform=TerraformSettings(
            binary="tofu",
            version="~> 1.11, != 1.11.2",
            required_providers={"awscc": "1.2.3-beta.1", "aws": "5.100.0"},
            provider_mirror="/srv/mirror",
            parallelism=5,
            timeout_minutes=30,
        ),
        request_paths=("one", "two/three"),
        sandbox=SandboxSettings(
            organizational_units=("A/B", "C"), groups=("G",), permission_sets=("P",), operation_seconds=0.5
        ),
        hook_timeout_minutes=7,
    )


def test_local_state_and_ledger_may_be_said(tmp_path: Path) -> None:
    """They are the defaults, by name; providers may be a map as well as a block."""
    more = 'state "local" {}\nledger "sqlite" {}\nterraform {\n  required_providers = { aws = "6.1.0" }\n}\n'
    settings = load(tmp_path, LEAST + more)
    assert (settings.state, settings.ledger) == (LocalState(), SqliteLedger())
    assert settings.terraform.required_providers == {"aws": "6.1.0"}


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("", "missing-setting", 1, 1),
        ('fleet "x" {}', "missing-setting", 1, 1),
        ('fleet {\n  home_region = "eu-west-1"\n}', "wrong-labels", 1, 1),
        ('fleet "x" {\n  home_region = "Ireland"\n}', "invalid-setting", 2, 17),
        ('fleet "x" {\n  home_region = 1\n}', "wrong-type", 2, 17),
        ('fleet "x" {\n  home_region = var.region\n}', "not-literal", 2, 17),
        ('fleet "x" {\n', "hcl-syntax", 1, 11),
        (LEAST + "frozen = true", "unknown-setting", 4, 1),
        (LEAST + "terrafrom {}", "unknown-setting", 4, 1),
        (LEAST + "terraform {\n  verion = 1\n}", "unknown-setting", 5, 3),
        (LEAST + "terraform {\n  x {}\n}", "unknown-setting", 5, 3),
        (LEAST + 'terraform "x" {}', "wrong-labels", 4, 1),
        (LEAST + 'fleet "y" { home_region = "eu-west-2" }', "duplicate-block", 4, 1),
        (LEAST + 'terraform {\n  version = "latest"\n}', "invalid-setting", 5, 13),
        (LEAST + 'terraform {\n  binary = " "\n}', "invalid-setting", 5, 12),
        (LEAST + 'terraform {\n  required_providers { aws = "~> 5.0" }\n}', "invalid-setting", 5, 30),
        (LEAST + 'terraform {\n  required_providers { AWS = "5.0.0" }\n}', "invalid-setting", 5, 24),
        (LEAST + "terraform {\n  parallelism = 0\n}", "invalid-setting", 5, 17),
        (LEAST + "terraform {\n  parallelism = 1.5\n}", "invalid-setting", 5, 17),
        (LEAST + "terraform {\n  parallelism = true\n}", "wrong-type", 5, 17),
        (LEAST + 'control_tower {\n  vending_role = "vend-apply"\n}', "invalid-setting", 5, 18),
        (LEAST + 'control_tower {\n  execution_role = "a b"\n}', "invalid-setting", 5, 20),
        (LEAST + "control_tower {\n  max_concurrent_operations = 11\n}", "invalid-setting", 5, 31),
        (LEAST + 'state "s4" {}', "invalid-setting", 4, 7),
        (LEAST + "state {}", "wrong-labels", 4, 1),
        (LEAST + 'state "local" {\n  bucket = "x"\n}', "unknown-setting", 5, 3),
        (LEAST + 'state "s3" {\n  region = "eu-west-1"\n}', "missing-setting", 4, 1),
        (LEAST + 'state "s3" {\n  region = "eu-west-1"\n  bucket = "No"\n}', "invalid-setting", 6, 12),
        (
            LEAST + 'state "s3" {\n  region = "eu-west-1"\n  bucket = "abc"\n  prefix = "../x"\n}',
            "invalid-setting",
            7,
            12,
        ),
        (LEAST + 'ledger "postgres" {}', "invalid-setting", 4, 8),
        (LEAST + 'ledger "dynamodb" {}', "missing-setting", 4, 1),
        (LEAST + 'ledger "dynamodb" {\n  table = "a b"\n}', "invalid-setting", 5, 11),
        (LEAST + 'requests {\n  paths = ["../other"]\n}', "invalid-setting", 5, 12),
        (LEAST + 'requests {\n  paths = ["/etc"]\n}', "invalid-setting", 5, 12),
        (LEAST + 'requests {\n  paths = ["."]\n}', "invalid-setting", 5, 12),
        (LEAST + 'requests {\n  paths = "x"\n}', "wrong-type", 5, 11),
        (LEAST + 'sandbox {\n  organizational_units = ["A//B"]\n}', "invalid-setting", 5, 27),
        (LEAST + "sandbox {\n  operation_seconds = 9999\n}", "invalid-setting", 5, 23),
        ('fleet "x" {\n  home_region = "eu-west-1"\n  frozen = "yes"\n}', "wrong-type", 3, 12),
        ('fleet "x" {\n  home_region = "eu-west-1"\n  organization_id = "example"\n}', "invalid-setting", 3, 21),
        ('fleet "x" {\n  home_region = "eu-west-1"\n  management_account_id = 012345678901\n}', "wrong-type", 3, 27),
        ('fleet "x" {\n  home_region = "eu-west-1"\n  management_account_id = "1234"\n}', "invalid-setting", 3, 27),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(tmp_path: Path, text: str, code: str, line: int, column: int) -> None:
    """One problem, one diagnostic, at the very value."""
    (found,) = problems(tmp_path, text)
    assert (found.code, found.file, found.line, found.column) == (code, "vend.hcl", line, column)


def test_hints_say_what_was_meant(tmp_path: Path) -> None:
    """Near misses are named; an unquoted account id is shown in quotes."""
    text = 'fleet "x" {\n  home_regin = "eu-west-1"\n  management_account_id = 012345678901\n}\ncontroltower {}\n'
    hints = {d.line: d.hint for d in problems(tmp_path, text) if d.code != "missing-setting"}
    assert hints == {
        2: 'did you mean "home_region"?',
        3: 'put it in quotes: "012345678901"',
        5: 'did you mean "control_tower"?',
    }


def test_everything_is_reported_at_once(tmp_path: Path) -> None:
    """Sorted by place."""
    found = problems(tmp_path, 'state "s3" {}\nx {}\nfleet "x" { home_region = "?" }\n')
    assert [(d.line, d.code) for d in found] == [
        (1, "missing-setting"),
        (1, "missing-setting"),
        (2, "unknown-setting"),
        (3, "invalid-setting"),
    ]


def test_settings_without_effect_are_warned_of(tmp_path: Path) -> None:
    """They are accepted, and it is said that nothing comes of them."""
    text = LEAST + 'notify "sns" {\n}\n'
    warnings: list[Diagnostic] = []
    (tmp_path / "vend.hcl").write_text(text)
    load_settings(tmp_path, on_warning=warnings.extend)
    assert [(d.severity, d.code, d.line) for d in warnings] == [("warning", "setting-without-effect", 4)]
    (tmp_path / "account-requests").mkdir()
    assert {d.code for d in load_fleet(tmp_path).diagnostics} == {"setting-without-effect", "no-requests"}


def test_a_missing_fleet_is_told(tmp_path: Path) -> None:
    """A folder that is not there, and one without vend.hcl, raise nothing where a fleet is read."""
    (found,) = load_fleet(tmp_path).diagnostics
    assert found.code == "settings-missing"
    (found,) = load_fleet(tmp_path / "gone").diagnostics
    assert found.code == "fleet-not-found"


def test_settings_that_are_no_file_are_told(tmp_path: Path) -> None:
    """A folder, a pipe, a link to itself, other encodings."""
    path = tmp_path / "vend.hcl"
    path.mkdir()
    assert [d.code for d in load_fleet(tmp_path).diagnostics] == ["unreadable-file"]
    path.rmdir()
    os.mkfifo(path)
    assert [d.code for d in load_fleet(tmp_path).diagnostics] == ["unreadable-file"]
    path.unlink()
    path.symlink_to("vend.hcl")
    assert [d.code for d in load_fleet(tmp_path).diagnostics] == ["unreadable-file"]
    path.unlink()
    path.write_bytes(b"\xff\xfe")
    assert [d.code for d in load_fleet(tmp_path).diagnostics] == ["hcl-encoding"]


def test_wrong_settings_do_not_hide_wrong_requests(tmp_path: Path) -> None:
    """The requests are read where they usually are, and nothing is said of a folder that the settings cannot name."""
    (tmp_path / "vend.hcl").write_text("x = 1\n")
    assert {d.code for d in load_fleet(tmp_path).diagnostics} == {"unknown-setting", "missing-setting"}
    (tmp_path / "account-requests").mkdir()
    (tmp_path / "account-requests" / "a.hcl").write_text('account "a" {}\n')
    assert {d.file for d in load_fleet(tmp_path).diagnostics} == {"vend.hcl", "account-requests/a.hcl"}
