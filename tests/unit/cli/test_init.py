"""vend init, as it is asked for and as it answers."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from unit.docs.pages import REPOSITORY
from vend.cli import _init, main
from vend.cli._scaffold import REPOSITORY_OF_VEND, NewFleet, scaffold
from vend.cli.call._call import Call, Streams, answer, view_for
from vend.requests import load_fleet
from vend.settings import DynamodbLedger, S3State

LEAST = ("--home-region", "eu-west-1", "--email", "aws@example.com")
GITHUB = (
    *LEAST,
    *("--repository", "example/accounts"),
    *("--management-account", "111111111111"),
    *("--state-bucket", "example-vend-state"),
)
WITHOUT_CI = [
    ".gitignore",
    ".pre-commit-config.yaml",
    "README.md",
    "account-requests/_defaults.hcl",
    "account-requests/example.hcl",
    "customizations/global/main.tf",
    "customizations/global/versions.tf",
    "vend.hcl",
]
WITH_CI = sorted(
    [
        *WITHOUT_CI,
        ".github/workflows/vend-apply.yml",
        ".github/workflows/vend-plan.yml",
        "foundation/main.tf",
        "foundation/versions.tf",
        "requirements.txt",
    ]
)


def below(directory: Path) -> list[str]:
    return sorted(path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file())


def codes(found: str) -> list[str]:
    return [problem["code"] for problem in json.loads(found)["diagnostics"]]


def test_a_fleet_without_workflows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In a folder that is made; the fleet is valid and has one account."""
    target = tmp_path / "acme fleet"
    assert main(["init", str(target), *LEAST, "--ci", "none", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["files"], document["left"], document["written"]) == (WITHOUT_CI, [], True)
    assert below(target) == WITHOUT_CI
    reading = load_fleet(target)
    assert reading.diagnostics == ()
    (request,) = reading.requests
    assert (request.email, request.organizational_unit) == ("aws+example@example.com", "Sandbox")
    assert reading.fleet is not None
    assert reading.fleet.settings.name == "acme fleet"


def test_a_fleet_with_workflows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """State and ledger that machines share, roles to plan and to apply, and no saved plans in artifacts."""
    assert main(["init", str(tmp_path), "--name", "acme", "--ou", "Workloads/Prod", *GITHUB]) == 0
    assert "13 files written" in capsys.readouterr().out
    assert below(tmp_path) == WITH_CI
    reading = load_fleet(tmp_path)
    assert reading.diagnostics == ()
    assert reading.fleet is not None
    settings = reading.fleet.settings
    assert settings.state == S3State(bucket="example-vend-state", region="eu-west-1", prefix="vend")
    assert settings.ledger == DynamodbLedger(table="vend-ledger")
    assert settings.control_tower.vending_role == "arn:aws:iam::111111111111:role/vend-apply"
    assert settings.control_tower.planning_role == "arn:aws:iam::111111111111:role/vend-plan"
    assert (settings.management_account_id, settings.review.saved_plans) == ("111111111111", "omit")
    assert settings.sandbox.organizational_units == ("Workloads/Prod",)


def test_what_is_missing_is_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each with its option; nothing is written."""
    assert main(["init", str(tmp_path / "new")]) == 4
    told = capsys.readouterr().err
    for option in ("--home-region", "--email", "--repository", "--management-account", "--state-bucket", "--ci none"):
        assert option in told
    assert not (tmp_path / "new").exists()


def test_what_cannot_be_used_is_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By vend's own rules for settings and fields; nothing is written."""
    wrong = ["--home-region", "europe", "--email", "aws", "--repository", "acme", "--management-account", "1"]
    wrong += ["--state-bucket", "A", "--branch", "a..b", "--ou", "ou-1234-12345678", "--name", 'a"b']
    assert main(["init", str(tmp_path / "new"), *wrong, "--format", "json"]) == 4
    assert sorted(codes(capsys.readouterr().out)) == ["invalid-email", "invalid-region", *["invalid-setting"] * 6]
    assert not (tmp_path / "new").exists()


def test_values_that_do_not_fit_together_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mailbox whose addresses get too long, as reading the fleet would say it."""
    long = f"{'a' * 50}@example.com"
    arguments = ["--home-region", "eu-west-1", "--email", long, "--ci", "none"]
    assert main(["init", str(tmp_path / "new"), *arguments, "--format", "json"]) == 4
    assert codes(capsys.readouterr().out) == ["invalid-email"]
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "option", [("--branch", "main"), ("--saved-plans", "omit"), ("--plan-in-accounts",), ("--state-bucket", "a-bucket")]
)
def test_options_of_workflows_mean_nothing_without_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: tuple[str, ...]
) -> None:
    """They are refused rather than passed over."""
    assert main(["init", str(tmp_path / "new"), *LEAST, "--ci", "none", *option, "--format", "json"]) == 4
    assert codes(capsys.readouterr().out) == ["bad-usage"]


def test_a_repository_keeps_what_it_has(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A README and the like stay as they are, and are told of."""
    (tmp_path / "README.md").write_text("ours")
    (tmp_path / ".gitignore").symlink_to("nowhere")
    assert main(["init", str(tmp_path), *LEAST, "--ci", "none", "--name", "x", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["left"] == [".gitignore", "README.md"]
    assert [(p["code"], p["severity"]) for p in document["diagnostics"]] == [("init-left-alone", "warning")] * 2
    assert (tmp_path / "README.md").read_text() == "ours"
    assert not (tmp_path / ".gitignore").exists()
    assert (tmp_path / "vend.hcl").exists()


def test_nothing_is_written_where_a_file_is_in_the_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All of them are named; a second run is refused for that reason."""
    assert main(["init", str(tmp_path), *LEAST, "--ci", "none", "--name", "x"]) == 0
    (tmp_path / "vend.hcl").write_text("ours")
    (tmp_path / "account-requests" / "example.hcl").unlink()
    before = {name: (tmp_path / name).read_bytes() for name in below(tmp_path)}
    capsys.readouterr()
    assert main(["init", str(tmp_path), *GITHUB, "--name", "x", "--format", "json"]) == 4
    problems = json.loads(capsys.readouterr().out)["diagnostics"]
    assert {problem["code"] for problem in problems} == {"init-in-the-way"}
    assert [problem["file"] for problem in problems] == [
        name for name in WITHOUT_CI if name in before and name not in _init._MAY_BE_THERE
    ]
    assert {name: (tmp_path / name).read_bytes() for name in below(tmp_path)} == before


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was there stays: here a file where a folder is needed."""
    (tmp_path / "customizations").write_text("a file")
    assert main(["init", str(tmp_path), *LEAST, "--ci", "none", "--name", "x", "--format", "json"]) == 1
    assert codes(capsys.readouterr().out) == ["not-writable"]
    assert [path.name for path in tmp_path.iterdir()] == ["customizations"]


def test_a_dry_run_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It shows every file."""
    assert main(["init", str(tmp_path / "new"), *GITHUB, "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert all(f"+++ b/{name}" in told for name in WITH_CI)
    assert "13 files to write" in told
    assert not (tmp_path / "new").exists()


@dataclass
class Terminal(io.StringIO):
    """Standard input or error of somebody who answers."""

    answers: str = ""

    def __post_init__(self) -> None:
        super().__init__(self.answers)

    def isatty(self) -> bool:
        return True


def asked(directory: Path, answers: str) -> tuple[int, str]:
    """Exit code, and what was said on the terminal."""
    streams = Streams(stdin=Terminal(answers), out=io.StringIO(), err=Terminal())
    call = Call(
        fleet=None, directory=directory, environ={}, form="text", streams=streams, view=view_for("text", streams)
    )
    code = answer(call, lambda call: _init.init(call, Path("new"), _init.InitOptions(), dry_run=False))
    return code, streams.err.getvalue()  # type: ignore[attr-defined]  # StringIO


def test_somebody_at_a_terminal_is_asked(tmp_path: Path) -> None:
    """For what has no default, again after an answer that cannot be used."""
    code, told = asked(tmp_path, "y\neurope\neu-west-1\naws@example.com\nexample/accounts\n111111111111\na-bucket\n")
    assert code == 0
    assert told.count("home Region") == 2
    assert "Default branch" not in told
    assert below(tmp_path / "new") == WITH_CI


def test_somebody_who_does_not_answer_gets_no_fleet(tmp_path: Path) -> None:
    """Nothing is written."""
    code, told = asked(tmp_path, "n\neu-west-1\n")
    assert code == 4
    assert "[missing-setting]" in told
    assert "--email ADDRESS" in told
    assert not (tmp_path / "new").exists()


def test_regions_of_other_partitions_have_their_own_arns() -> None:
    """China and GovCloud."""
    for region, partition in (("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("us-east-1", "aws")):
        files = scaffold(NewFleet(name="x", home_region=region, email="a@example.com", ci="github"))
        assert f"arn:{partition}:iam::" in files["vend.hcl"]
        assert f'role-to-assume: "arn:{partition}:iam::' in files[".github/workflows/vend-plan.yml"]


def test_a_mailbox_that_has_a_suffix_gets_a_longer_one() -> None:
    """Two plus signs would be another address."""
    files = scaffold(NewFleet(name="x", home_region="eu-west-1", email="aws+x@example.com"))
    assert 'email_template = "aws+x-{account}@example.com"' in files["account-requests/_defaults.hcl"]


def test_vend_is_fetched_from_its_own_repository() -> None:
    """The one that the package names."""
    assert f'"{REPOSITORY_OF_VEND}/' in (REPOSITORY / "pyproject.toml").read_text()
