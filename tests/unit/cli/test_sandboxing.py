"""The sandbox commands with the real sandbox."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.aft_repositories import module, request, write
from vend.cli import main
from vend.cli.sandbox._processes import _exports, with_units_of_requests, with_vend_on_path
from vend.process import Command, Completed, run
from vend.sandbox import config_from
from vend.settings import DynamodbLedger, S3State, SandboxSettings, Settings

pytestmark = pytest.mark.sandbox

VEND_HCL = """
fleet "example" { home_region = "eu-west-1" }
sandbox {
  organizational_units = ["Workloads/Prod"]
  operation_seconds    = 0
}
"""


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "vend.hcl").write_text(VEND_HCL)
    yield tmp_path
    main(["--fleet", str(tmp_path), "sandbox", "stop"])


def vend(fleet: Path, *arguments: str, stdin: bytes | None = None) -> Completed:
    """Runs vend as a program."""
    env = {"PATH": os.environ["PATH"], "HOME": str(fleet), "AWS_PROFILE": "mine", "AWS_ACCESS_KEY_ID": "MINE"}
    argv = (sys.executable, "-m", "vend", "--fleet", str(fleet), *arguments)
    return run(Command(argv=argv, env=env, cwd=fleet, stdin=stdin))


def test_run_is_the_command_and_nothing_else(fleet: Path) -> None:
    """Standard input, output and exit code are the command's; what it finds of AWS is the sandbox."""
    script = 'cat; echo "$AWS_ENDPOINT_URL"; test -z "$AWS_PROFILE" && test "$AWS_ACCESS_KEY_ID" != MINE && exit 7'
    completed = vend(fleet, "sandbox", "run", "--", "sh", "-c", script, stdin=b"typed\n")
    typed, endpoint = completed.stdout.splitlines()
    assert (completed.returncode, typed) == (7, "typed"), completed.stderr
    assert endpoint.startswith("http://127.0.0.1:")


@pytest.mark.parametrize(("command", "code"), [("no-such-program", 127), ("/etc", 126)])
def test_a_command_that_cannot_run_has_a_shell_s_exit_code(fleet: Path, command: str, code: int) -> None:
    """127 for what is not there, 126 for what cannot be started, each with a diagnostic."""
    completed = vend(fleet, "sandbox", "run", "--", command)
    assert completed.returncode == code
    assert completed.stderr.startswith("error[program-not-")


def test_options_after_the_command_are_the_command_s(fleet: Path) -> None:
    """`--help` and `--format` behind the dashes reach the command."""
    completed = vend(fleet, "sandbox", "run", "--", "echo", "--help", "--format", "json")
    assert completed.stdout == "--help --format json\n"


def test_a_sandbox_stays_between_commands(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Start says how to reach it, status what is in it, reset makes another organization, stop ends it."""

    def told(*arguments: str) -> tuple[int, str]:
        code = main(["--fleet", str(fleet), "sandbox", *arguments])
        return code, capsys.readouterr().out

    def organization() -> str:
        return str(json.loads(told("status", "--format", "json")[1])["organization_id"])

    assert told("status") == (1, "no sandbox is running\n")
    code, exports = told("start")
    assert code == 0
    assert all(line.startswith(("export ", "unset ")) for line in exports.splitlines())
    assert "export AWS_ENDPOINT_URL=http://127.0.0.1:" in exports
    assert "└─ Prod" in told("status")[1]
    first = organization()
    code, again = told("reset")
    assert code == 0
    assert "export AWS_ACCESS_KEY_ID=" in again
    assert organization() != first
    assert told("stop", "--format", "json") == (0, '{\n  "stopped": true,\n  "diagnostics": []\n}\n')
    assert told("stop") == (0, "no sandbox was running\n")
    assert told("reset")[0] == 125


def test_faults_of_a_running_sandbox(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From a file at the start, added, listed and cleared; what is wrong with one is said with exit code 4."""

    def told(*arguments: str) -> tuple[int, str, str]:
        code = main(["--fleet", str(fleet), "sandbox", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    file = fleet / "faults.hcl"
    file.write_text('fault "ListAcounts" { kind = "slow" }\n')
    code, _, said = told("start", "--faults", str(file))
    assert (code, said.splitlines()[:2]) == (
        4,
        ['error[unknown-operation]: there is no operation "ListAcounts"', f"  {file}:1:7"],
    )
    file.write_text('fault "organizations:ListAccounts" { kind = "slow" }\n')
    assert told("fault", "list")[0] == 125
    assert told("start", "--faults", str(file))[0] == 0
    assert told("fault", "add", "--operation", "ProvisionProduct", "--kind", "in-use", "--times", "0")[:2] == (
        0,
        (
            "FAULT    OPERATION                        KIND    AT     ACCOUNT  LEFT        USED\n"
            "fault-2  servicecatalog:ProvisionProduct  in-use  start  any      every call  0\n"
        ),
    )
    code, _, said = told("fault", "add", "--operation", "ProvisonProduct", "--kind", "error")
    assert (code, said.splitlines()[-1]) == (4, '  hint: did you mean "ProvisionProduct"?')
    assert told("fault", "add", "--operation", "x", "--kind", "wild")[0] == 4
    listed = json.loads(told("fault", "list", "--format", "json")[1])
    assert [fault["id"] for fault in listed["faults"]] == ["fault-1", "fault-2"]
    assert told("fault", "clear", "fault-1")[:2] == (0, "cleared fault-1\n")
    assert told("fault", "clear", "fault-1")[0] == 4
    assert told("reset")[0] == 0
    assert told("fault", "list")[:2] == (0, "no faults\n")
    assert told("fault", "clear")[:2] == (0, "there were no faults to clear\n")


def test_accounts_of_a_running_sandbox_are_suspended_and_reinstated(
    fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By any name; what cannot be done is said with exit code 4."""

    def told(*arguments: str) -> tuple[int, str, str]:
        code = main(["--fleet", str(fleet), "sandbox", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    assert told("account", "suspend", "Audit")[0] == 125
    assert told("start")[0] == 0
    code, out, _ = told("account", "suspend", "Audit")
    assert (code, re.sub(r"\d{12}", "ID", out)) == (0, "Audit (ID): ACTIVE → SUSPENDED\n")
    accounts = json.loads(told("status", "--format", "json")[1])["accounts"]
    assert next(one["state"] for one in accounts if one["name"] == "Audit") == "SUSPENDED"
    code, _, said = told("account", "expire", "Audit")
    assert (code, re.sub(r"\d{12}", "ID", said.splitlines()[0])) == (
        4,
        "error[sandbox-account-state]: Audit (ID) is SUSPENDED; `expire` needs an account that is CLOSED",
    )
    changed = json.loads(told("account", "reinstate", "Audit", "--format", "json")[1])["account"]
    assert (changed["name"], changed["state_before"], changed["state"]) == ("Audit", "SUSPENDED", "ACTIVE")
    assert told("account", "suspend", "Nobody")[2].splitlines() == [
        "error[unknown-sandbox-account]: the sandbox has no account named Nobody",
        "  hint: `vend sandbox status` lists the accounts",
    ]
    assert told("stop")[0] == 0


def test_faults_are_there_for_one_command(fleet: Path) -> None:
    """`run --faults` takes the file from the working directory."""
    (fleet / "faults.hcl").write_text('fault "sts:GetCallerIdentity" { kind = "error" }\n')
    script = (
        "import botocore.session as b, botocore.exceptions as e\n"
        "try: b.get_session().create_client('sts').get_caller_identity()\n"
        "except e.ClientError as error: print(error.response['Error']['Code'])\n"
    )
    completed = vend(fleet, "sandbox", "run", "--faults", "faults.hcl", "--", sys.executable, "-c", script)
    assert (completed.returncode, completed.stdout) == (0, "AccessDenied\n"), completed.stderr


def test_a_command_in_a_sandbox_looks_into_it_and_adds_faults(fleet: Path) -> None:
    """`status` and `fault` inside of `run` mean the sandbox around them; it is told of to nobody else."""
    script = (
        "vend sandbox fault add --operation ListRoots --kind throttle >/dev/null && "
        "vend sandbox fault list && vend sandbox status | head -1 && ls -l $VEND_SANDBOX/sandbox.json"
    )
    completed = vend(fleet, "sandbox", "run", "--", "sh", "-c", script)
    assert completed.returncode == 0, completed.stderr
    header, listed, status, file = completed.stdout.splitlines()
    assert header.split()[:2] == ["FAULT", "OPERATION"]
    assert listed.split()[:3] == ["fault-1", "organizations:ListRoots", "throttle"]
    assert status.startswith("sandbox at http://127.0.0.1:")
    assert file.startswith("-rw-------")
    assert not Path(file.split()[-1]).exists()


def test_the_sandbox_is_what_vend_hcl_says() -> None:
    """Bucket, table, role, units and speed come from the settings; the speed may be said on the command line."""
    settings = Settings(
        name="x",
        home_region="eu-west-1",
        state=S3State(bucket="b", region="eu-central-1"),
        ledger=DynamodbLedger(table="t", region="us-east-1"),
        sandbox=SandboxSettings(organizational_units=("A/B",), groups=("G",), operation_seconds=3.0),
    )
    config = config_from(settings, 0.5)
    assert (config.state_bucket, config.state_region) == ("b", "eu-central-1")
    assert (config.ledger_table, config.ledger_region) == ("t", "us-east-1")
    assert (config.organizational_units, config.groups, config.operation_seconds) == (("A/B",), ("G",), 0.5)
    assert config_from(settings).operation_seconds == 3.0


def test_the_sandbox_of_an_aft_checkout_has_the_units_of_its_requests(tmp_path: Path) -> None:
    """As AFT writes them, ids included; a fleet of its own has what vend.hcl says."""
    requests = request("a", ManagedOrganizationalUnit="Prod (ou-ab12-cdefghij)") + request("b")
    write(tmp_path, {**module(), "terraform/main.tf": requests})
    settings = Settings(name="x", home_region="eu-west-1")
    found = with_units_of_requests(tmp_path, settings, {}).sandbox.organizational_units
    assert found == ("Prod (ou-ab12-cdefghij)", "Sandbox")
    (tmp_path / "vend.hcl").write_text('fleet "x" { home_region = "eu-west-1" }\nrequests { aft = "." }\n')
    assert with_units_of_requests(tmp_path, settings, {}) is settings


def test_vend_is_found_by_name_inside_a_sandbox() -> None:
    """Also from a virtual environment that is not activated; what is on the path already comes first."""
    here = str(Path(sys.executable).parent)
    assert with_vend_on_path({"PATH": "/bin"})["PATH"] == f"/bin:{here}"
    assert with_vend_on_path({"PATH": f"{here}:/bin"})["PATH"] == f"{here}:/bin"


def test_start_leads_away_from_any_other_aws() -> None:
    """A profile of the shell it is evaluated in would win over the sandbox's credentials."""
    lines = _exports({"AWS_REGION": "eu-west-1"}, {"AWS_PROFILE": "prod", "AWS_REGION": "us-east-1", "HOME": "/h"})
    assert lines == ["unset AWS_PROFILE", "export AWS_REGION=eu-west-1"]
