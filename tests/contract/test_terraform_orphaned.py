"""What becomes of the real Terraform when vend is killed."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from vend.process import guard, is_running, start_detached
from vend.terraform import read_state

pytestmark = pytest.mark.terraform

APPLY = """
import os, pathlib, sys, threading
from vend.settings import TerraformSettings
from vend.terraform import Terraform, find_binary, find_mirror
working = pathlib.Path(sys.argv[1])
settings, root = TerraformSettings(), working / "root"
terraform = Terraform(
    binary=find_binary(settings, os.environ, working / "terraform.json"), mirror=find_mirror(settings, os.environ),
    directory=working, settings=settings, environ=os.environ, stop=threading.Event(),
)
given = {"data_directory": working / "data", "session": {}}
terraform.init(root, **given)
terraform.plan(root, out=working / "root.tfplan", **given)
terraform.apply(root, plan_file=working / "root.tfplan", on_progress=lambda *_: None, **given)
"""
ROOT = """
terraform {
  backend "local" { path = "%(path)s/state.tfstate" }
}
resource "terraform_data" "made" {}
resource "terraform_data" "slow" {
  depends_on = [terraform_data.made]
  provisioner "local-exec" {
    command = "echo $$ > %(path)s/slow; exec sleep 300"
  }
}
"""


def eventually(holds: object, seconds: float = 60.0) -> bool:
    assert callable(holds)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.05)
    return False


def test_terraform_writes_its_state_and_releases_its_lock_when_vend_is_killed(tmp_path: Path) -> None:
    """SIGKILL in the middle of an apply: nothing runs on, the state holds what was made, and no lock is left.

    Without anybody who reads its output Terraform would die of SIGPIPE before it has written either.
    """
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "main.tf").write_text(ROOT % {"path": tmp_path})
    slow, lock = tmp_path / "slow", tmp_path / ".state.tfstate.lock.info"
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    vend = start_detached([sys.executable, "-c", APPLY, str(tmp_path)], environ, None, tmp_path / "log")
    assert eventually(lambda: slow.exists() and slow.read_text().strip()), (tmp_path / "log").read_text()
    assert lock.exists()
    parents = guard._parents()
    chain = [int(slow.read_text())]
    while (parent := parents[chain[-1]]) not in {vend, 0, 1}:
        chain.append(parent)
    os.kill(vend, signal.SIGKILL)
    assert eventually(lambda: not any(map(is_running, chain)))
    assert not lock.exists()
    state = read_state((tmp_path / "state.tfstate").read_bytes())
    assert "terraform_data.made" in {resource.address for resource in state.resources}
