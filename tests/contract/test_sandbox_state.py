"""A sandbox with a state file: what the next one with that file finds, however the first one ended."""

from __future__ import annotations

import json
import os
import signal
import stat
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from vend import sandbox
from vend.errors import SandboxError
from vend.sandbox import Fault, Sandbox, SandboxConfig

pytestmark = pytest.mark.sandbox
CONFIG = SandboxConfig(
    organizational_units=("Workloads/Prod",),
    operation_seconds=0.0,
    state_bucket="example-vend-state",
    vending_role="arn:aws:iam::111111111111:role/vend-apply",
)


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "sandbox"
    sandbox.stop(tmp_path / "sandbox")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "org.state"


def client(environment: Any, service: str, **more: Any) -> Any:
    """A client of a sandbox in another process."""
    import botocore.session

    return botocore.session.Session().create_client(
        service,
        region_name=environment["AWS_REGION"],
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        **{
            "aws_access_key_id": environment["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": environment["AWS_SECRET_ACCESS_KEY"],
            **more,
        },
    )


def units_of(found: dict[str, Any] | None) -> dict[str, bool]:
    assert found is not None
    return {unit["path"]: unit["registered"] for unit in found["organizational_units"]}


def pid_of(directory: Path) -> int:
    return int(json.loads((directory / "sandbox.json").read_text(encoding="utf-8"))["pid"])


def test_it_is_all_there_after_a_stop(directory: Path, state: Path) -> None:
    """The organization, its buckets' objects, the keys; also the sessions, which are good for their hour."""
    first = sandbox.start(CONFIG, directory, state=state)
    found = sandbox.status(directory)
    assert found is not None
    assert found["state"]["file"] == str(state)
    assert found["state"]["problem"] is None
    client(first.environment, "s3").put_object(Bucket="example-vend-state", Key="a", Body=b"kept")
    role = client(first.environment, "sts").assume_role(RoleArn=CONFIG.vending_role, RoleSessionName="kept")[
        "Credentials"
    ]
    assert sandbox.stop(directory)
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    second = sandbox.start(CONFIG, directory, state=state)
    assert second.warnings == ()
    kept = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "VEND_ORGANIZATION_ID"}
    assert {name: second.environment[name] for name in kept} == {name: first.environment[name] for name in kept}
    body = client(second.environment, "s3").get_object(Bucket="example-vend-state", Key="a")["Body"].read()
    assert body == b"kept"
    session = client(
        second.environment,
        "sts",
        aws_access_key_id=role["AccessKeyId"],
        aws_secret_access_key=role["SecretAccessKey"],
        aws_session_token=role["SessionToken"],
    )
    assert session.get_caller_identity()["Arn"].endswith(":assumed-role/vend-apply/kept")


def test_little_is_lost_when_it_is_killed(directory: Path, state: Path) -> None:
    """Killed with -9 a moment after a change: the file is whole, and the change is in it."""
    first = sandbox.start(CONFIG, directory, state=state)
    before = sandbox.status(directory)
    assert before is not None
    client(first.environment, "s3").put_object(Bucket="example-vend-state", Key="a", Body=b"kept")
    until = time.monotonic() + 30
    while (now := sandbox.status(directory)) and now["state"]["saved_at"] == before["state"]["saved_at"]:
        assert time.monotonic() < until
        time.sleep(0.05)
    os.kill(pid_of(directory), signal.SIGKILL)
    until = time.monotonic() + 30
    while sandbox.status(directory) is not None:
        assert time.monotonic() < until
    second = sandbox.start(CONFIG, directory, state=state)
    assert second.environment["VEND_ORGANIZATION_ID"] == first.environment["VEND_ORGANIZATION_ID"]
    assert client(second.environment, "s3").get_object(Bucket="example-vend-state", Key="a")["Body"].read() == b"kept"


def test_run_goes_on_where_start_stopped(state: Path) -> None:
    """The same file serves a command's sandbox; one that ends by itself writes a last time."""
    script = (
        "import boto3, sys; s3 = boto3.client('s3'); "
        "s3.put_object(Bucket='example-vend-state', Key=sys.argv[1], Body=b'x'); "
        "sys.exit(len(s3.list_objects_v2(Bucket='example-vend-state')['Contents']))"
    )
    codes = [
        sandbox.run_command(CONFIG, (sys.executable, "-c", script, name), os.environ, state=state) for name in "abc"
    ]
    assert codes == [1, 2, 3]


def test_two_sandboxes_do_not_share_a_file(directory: Path, state: Path) -> None:
    """The second one is told so at once, whether it is a process of its own or in this one; the first goes on."""
    sandbox.start(CONFIG, directory, state=state)
    with pytest.raises(SandboxError) as other, Sandbox(CONFIG, state=state):
        pass
    with pytest.raises(SandboxError) as third:
        sandbox.start(CONFIG, directory.with_name("other"), state=state)
    assert {error.value.diagnostics[0].code for error in (other, third)} == {"sandbox-state-in-use"}
    assert sandbox.status(directory) is not None


def test_what_vend_hcl_names_since_is_added(state: Path) -> None:
    """A new unit, group and bucket are made; a unit that somebody deregistered and deleted stays away."""
    with Sandbox(replace(CONFIG, organizational_units=("Workloads/Prod", "Trial")), state=state) as first:
        zone = first._front.zone
        trial = zone.organization.ensure_path("Trial")
        zone.governance.registered.discard(trial)
        zone.organization._backend.delete_organizational_unit(OrganizationalUnitId=trial)
    more = replace(
        CONFIG,
        organizational_units=("Workloads/Prod", "Trial", "Workloads/Test"),
        groups=("Auditors",),
        permission_sets=("Audit",),
        ledger_table="vend-ledger",
        landing_zone_drift="drifted",
    )
    with Sandbox(more, state=state) as second:
        units = units_of(second.status())
        assert units["Workloads/Test"]
        assert "Trial" not in units
        zone = second._front.zone
        assert {"Auditors", "Audit"} <= {*zone.identity_center._groups, *zone.identity_center._sets}
        assert zone.control_tower.state.drift == "drifted"
        named = {one.target for one in zone.control_tower.baselines.enabled.values()}
        assert len(named) == len(zone.control_tower.baselines.enabled)
        environment = second.variables()
        assert client(environment, "dynamodb").list_tables()["TableNames"] == ["vend-ledger"]


def test_a_file_of_another_landing_zone_is_refused(state: Path) -> None:
    """Of another management account or home Region; the message names both."""
    with Sandbox(CONFIG, state=state):
        pass
    for other in (replace(CONFIG, home_region="eu-west-2"), replace(CONFIG, vending_role=None)):
        config = replace(other, management_account_id="222222222222")
        with pytest.raises(SandboxError) as caught, Sandbox(config, state=state):
            pass
        (diagnostic,) = caught.value.diagnostics
        assert diagnostic.code == "sandbox-state-mismatch"
        assert "111111111111" in (diagnostic.detail or "") or "eu-west-2" in (diagnostic.detail or "")


def test_a_file_that_is_none_ends_the_start_with_its_diagnostic(directory: Path, state: Path) -> None:
    """The process that is to stay says why it did not, in the words that it would have in this one."""
    state.write_text('resource "aws_vpc" "this" {}\n', encoding="utf-8")
    with pytest.raises(SandboxError) as caught:
        sandbox.start(CONFIG, directory, state=state)
    assert caught.value.diagnostics[0].code == "sandbox-state-unreadable"
    assert sandbox.status(directory) is None


def test_another_moto_and_what_was_not_kept_are_warned_of(state: Path) -> None:
    """The sandbox starts, and its caller hears what may be not as it was."""
    with Sandbox(CONFIG, state=state):
        pass
    first, _, body = state.read_bytes().partition(b"\n")
    header = {**json.loads(first), "moto": "4.0.0", "not_kept": ["batch in 222222222222, eu-west-1: jobs (x:Job)"]}
    state.write_bytes(json.dumps(header).encode() + b"\n" + body)
    with Sandbox(CONFIG, state=state) as running:
        codes = {warning.code: warning for warning in running.warnings}
        assert codes.keys() == {"sandbox-state-other-moto", "sandbox-state-incomplete"}
        assert {warning.severity for warning in codes.values()} == {"warning"}
        assert "batch in 222222222222" in (codes["sandbox-state-incomplete"].detail or "")
    with Sandbox(CONFIG, state=state) as running:
        assert running.warnings == ()


def test_a_document_that_does_not_fit_is_refused_whole(state: Path) -> None:
    """The right format around something else; nothing of it stays in this process."""
    from vend.sandbox.state._file import StateFile

    with Sandbox(CONFIG, state=state):
        pass
    file = StateFile.open(state)
    saved = file.read()
    assert saved is not None
    graph = {**saved.document["graph"], "classes": ["os:system"]}
    file.write({k: v for k, v in saved.header.items() if k != "sha256"}, {**saved.document, "graph": graph})
    file.close()
    with pytest.raises(SandboxError) as caught, Sandbox(CONFIG, state=state):
        pass
    assert caught.value.diagnostics[0].code == "sandbox-state-unreadable"
    assert "os:system" in (caught.value.diagnostics[0].detail or "")
    with Sandbox(CONFIG) as fresh:
        assert len(fresh.status()["accounts"]) == 3


def test_faults_are_kept_and_those_of_this_start_come_after(state: Path) -> None:
    """What a fault holds up goes on being held up after a restart."""
    with Sandbox(CONFIG, state=state) as running:
        running.faults.add(Fault(operation="ProvisionProduct", kind="throttle", times=3))
    again = replace(CONFIG, faults=(Fault(operation="DescribeRecord", kind="slow", seconds=0.01),))
    with Sandbox(again, state=state) as running:
        assert [(one.id, one.fault.kind) for one in running.faults.list()] == [
            ("fault-1", "throttle"),
            ("fault-2", "slow"),
        ]


def test_a_reset_is_kept_too(directory: Path, state: Path) -> None:
    """The file then holds the new organization."""
    first = sandbox.start(CONFIG, directory, state=state)
    new = sandbox.reset(CONFIG, directory)
    sandbox.stop(directory)
    third = sandbox.start(CONFIG, directory, state=state)
    assert first.environment["VEND_ORGANIZATION_ID"] != new["organization_id"]
    assert third.environment["VEND_ORGANIZATION_ID"] == new["organization_id"]


def test_a_state_that_cannot_be_written_at_the_end_is_said(directory: Path, state: Path) -> None:
    """`stop` ends the sandbox and fails with the reason; so does the end of the block in Python."""
    sandbox.start(CONFIG, directory, state=state)
    obstacle = state.with_name("org.state.new")
    obstacle.mkdir()
    with pytest.raises(SandboxError) as caught:
        sandbox.stop(directory)
    assert caught.value.diagnostics[0].code == "sandbox-state-not-written"
    assert sandbox.status(directory) is None
    obstacle.rmdir()
    with pytest.raises(SandboxError) as in_python, Sandbox(CONFIG, state=state):
        obstacle.mkdir()
    assert in_python.value.diagnostics[0].code == "sandbox-state-not-written"
    obstacle.rmdir()


def test_why_a_block_ended_is_not_hidden(state: Path) -> None:
    """An error in the block is told rather than that its state could not be written."""
    running = Sandbox(CONFIG, state=state)
    running.__enter__()
    state.with_name("org.state.new").mkdir()
    running.__exit__(ZeroDivisionError, ZeroDivisionError(), None)
    with pytest.raises(SandboxError):
        _ = running.endpoint
