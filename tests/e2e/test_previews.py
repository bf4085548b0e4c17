"""New accounts in a plan, their customizations previewed with the real Terraform and provider."""

from __future__ import annotations

import os
import shlex
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.sandboxed import REPOSITORY, Bench
from vend.requests import load_settings
from vend.sandbox import Sandbox, config_from
from vend.settings import TerraformSettings
from vend.terraform import find_binary

pytestmark = [pytest.mark.e2e, pytest.mark.terraform]

REQUEST = """account "{name}" {{
  email               = "aws+{name}@example.com"
  organizational_unit = "Workloads/Test"
  customizations      = ["{customization}"]
}}
"""
LOOKS_AROUND = """data "aws_caller_identity" "this" {}
data "aws_availability_zones" "this" {}
data "aws_vpcs" "this" {}

resource "aws_ssm_parameter" "this" {
  name  = "/found"
  type  = "String"
  value = jsonencode({
    account = data.aws_caller_identity.this.account_id
    zones   = length(data.aws_availability_zones.this.names) > 1
    vpcs    = data.aws_vpcs.this.ids
  })
}
"""
LOOKS_ELSEWHERE = """data "aws_ssm_parameter" "golden_image" {
  name = "/platform/golden-image"
}
"""
VERSIONS = 'terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws" }\n  }\n}\n'
SECRETS = {"TF_VAR_token": "hunter2", "AWS_ENDPOINT_URL_SSM": "http://127.0.0.1:9", "GITHUB_TOKEN": "hunter3"}


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A fleet whose Terraform takes down where it runs and with which environment."""
    fleet, log = tmp_path / "fleet", tmp_path / "log"
    log.mkdir()
    real = shlex.join(find_binary(TerraformSettings(), os.environ, tmp_path / "terraform.json").argv)
    terraform = tmp_path / "terraform"
    terraform.write_text(f'#!/bin/sh\n{{ pwd; env; }} > {shlex.quote(str(log))}/$$\nexec {real} "$@"\n')
    terraform.chmod(0o755)
    write(
        fleet / "vend.hcl",
        'fleet "previewed" { home_region = "eu-west-1" }\n'
        'sandbox { organizational_units = ["Workloads/Test"] }\n'
        f'terraform {{ binary = "{terraform}" }}\n'
        "review { max_previews = 2 }\n",
    )
    (fleet / "terraform.lock.hcl").write_bytes((REPOSITORY / "terraform.lock.hcl").read_bytes())
    for name, text in (("around", LOOKS_AROUND), ("elsewhere", LOOKS_ELSEWHERE)):
        write(fleet / "customizations" / name / "main.tf", text)
        write(fleet / "customizations" / name / "versions.tf", VERSIONS)
    for name, customization in (("alpha", "around"), ("beta", "elsewhere"), ("gamma", "around")):
        request = REQUEST.format(name=name, customization=customization)
        write(fleet / "account-requests" / f"{name}.hcl", request)
    with Sandbox(config_from(load_settings(fleet), 0.5)) as sandbox:
        yield Bench(directory=fleet, environ={**sandbox.environment(dict(os.environ)), **SECRETS})


def left_of(bench: Bench) -> list[str]:
    """Folders and processes that previews of this fleet left behind."""
    folders = [str(path) for path in bench.directory.glob(".vend/*/previews")]
    processes = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(bench.directory) in line and "vend.sandbox.server" in line:
            processes.append(line)
    return folders + processes


def test_a_plan_shows_what_customizations_will_put_into_new_accounts(bench: Bench, tmp_path: Path) -> None:
    """Looked up in the emulated account; failing where something else is looked for; left out beyond the limit.

    Terraform sees nothing of the caller's there. Without previews the digest is the same.
    """
    document = bench.document("plan")
    stages = {account["account"]: account["stages"][-1] for account in document["accounts"]}
    assert document["summary"] == {"create": 3}
    assert document["previews"]["add"] == 1
    assert {name: stage["state"] for name, stage in stages.items()} == dict.fromkeys(stages, "follows")

    assert stages["alpha"]["preview"]
    (change,) = stages["alpha"]["changes"]
    shown = {attribute["path"]: attribute["after"] for attribute in change["attributes"]}
    assert change["address"] == "module.around.aws_ssm_parameter.this"
    assert shown["name"] == '"/found"'
    assert stages["alpha"]["diagnostics"] == []

    (problem,) = stages["beta"]["diagnostics"]
    assert (problem["code"], problem["severity"]) == ("preview-failed", "warning")
    assert (problem["file"], problem["line"]) == ("customizations/elsewhere/main.tf", 1)
    assert "golden_image" in problem["detail"] or "ParameterNotFound" in problem["summary"] + problem["detail"]
    assert not stages["beta"]["preview"]

    (problem,) = stages["gamma"]["diagnostics"]
    assert problem["code"] == "preview-left-out"
    assert problem["detail"] == "alpha has the same customizations, and a preview."

    runs = [path.read_text() for path in (tmp_path / "log").iterdir()]
    previews = [run for run in runs if "/previews/" in run.splitlines()[0]]
    assert len(previews) == 5
    keys = {name: value for name, value in bench.environ.items() if name.startswith("AWS_") and "KEY" in name}
    hidden = {*keys.values(), *SECRETS.values(), bench.environ["AWS_ENDPOINT_URL"]}
    assert len(hidden) >= 5
    assert not [secret for secret in hidden for run in previews if secret in run]
    assert left_of(bench) == []

    without = bench.document("plan", "--no-preview")
    assert without["digest"] == document["digest"]
    assert without["previews"]["add"] == 0


def test_an_interrupted_plan_leaves_nothing_of_its_previews(bench: Bench) -> None:
    """Stopped once the emulated AWS runs: exit code 130, no process, no folder."""
    stop = threading.Event()

    def once_it_runs() -> None:
        until = time.monotonic() + 120
        while time.monotonic() < until and not list(bench.directory.glob(".vend/*/previews/*/roots/*")):
            time.sleep(0.05)
        stop.set()

    watcher = threading.Thread(target=once_it_runs)
    watcher.start()
    completed = bench.vend("plan", stop=stop)
    watcher.join()
    assert completed.returncode == 130, completed.stderr
    assert "Traceback" not in completed.stderr
    assert left_of(bench) == []
