"""Locks and leases with the real Terraform, on states in S3: what the dead leave is released, the rest is named."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.at_once import S3, play_pair, write_fleet
from chaos.test_interrupted import terraform_processes
from support.sandboxed import Bench
from vend.process import start_detached, wait_until_gone
from vend.requests import load_settings
from vend.sandbox import Sandbox, config_from

pytestmark = [pytest.mark.e2e, pytest.mark.terraform, pytest.mark.xdist_group("chaos")]
BUCKET = "example-vend-state"
LOCK = "vend/only/account.tfstate.tflock"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    write_fleet(tmp_path, S3 + 'sandbox {\n  organizational_units = ["Workloads/Prod"]\n}\n', ("only",))
    with Sandbox(config_from(load_settings(tmp_path), 5.0)) as sandbox:
        yield Bench(directory=tmp_path, environ=sandbox.environment(dict(os.environ)))


def locks(bench: Bench) -> list[str]:
    listed = bench.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return [entry["Key"] for entry in listed if entry["Key"].endswith(".tflock")]


def killed(bench: Bench) -> None:
    """A run of which everything was killed while its Terraform had the lock."""
    log = bench.directory / "killed.log"
    vend = start_detached(
        [sys.executable, "-m", "vend", "apply", "--auto-approve"], bench.environ, bench.directory, log
    )
    deadline = time.monotonic() + 240
    while not locks(bench):
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
    os.kill(vend, signal.SIGSTOP)  # so that it does not see its Terraform die, and release the lock itself
    for process in terraform_processes(bench.directory):
        os.kill(process, signal.SIGKILL)
    os.kill(vend, signal.SIGKILL)
    wait_until_gone(vend)
    assert locks(bench) == [LOCK]


def test_the_lock_of_a_killed_run_is_released_by_the_next_and_any_other_by_unlock(bench: Bench) -> None:
    """A lock that nobody knows is no obstacle for a plan; `vend unlock` works as it is printed, and asks before."""
    killed(bench)
    completed = bench.vend("apply", "--auto-approve")
    assert completed.returncode == 0, completed.stdout + completed.stderr
    assert "left behind: that run is dead" in completed.stderr
    assert locks(bench) == []
    assert bench.document("apply", "--auto-approve")["terraform_runs"] == 0
    lock = {"ID": "some-id", "Operation": "OperationTypeApply", "Who": "ci@runner", "Created": "2026-01-01T00:00:00Z"}
    bench.client("s3").put_object(Bucket=BUCKET, Key=LOCK, Body=json.dumps(lock).encode())
    bench.edit("account-requests/all.hcl", '"Sandbox"', '"Workloads/Prod"')
    assert bench.document("plan")["summary"]["move"] == 1
    refused = bench.vend("unlock", "only")
    assert refused.returncode == 3
    assert "ci@runner has locked the state of account since 2026-01-01T00:00:00+00:00" in refused.stderr
    assert "vend unlock only --yes" in refused.stderr
    assert locks(bench) == [LOCK]
    assert bench.vend("unlock", "only", "--yes").returncode == 0
    assert locks(bench) == []
    assert bench.document("apply", "--auto-approve")["status"] == "succeeded"


def test_two_runs_at_once_end_well(tmp_path: Path) -> None:
    """In one folder, with local states: one account each, states whole, `vend status` true."""
    play_pair(tmp_path, 2)
