"""An applied fleet, its sandbox stopped and started again: there is nothing to do, and a change still applies."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.sandboxed import Bench, copy_example

pytestmark = [pytest.mark.e2e, pytest.mark.terraform, pytest.mark.xdist_group("state")]
REQUEST = "account-requests/sandbox.hcl"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The example fleet with one request, and no sandbox yet."""
    directory = copy_example(tmp_path_factory.mktemp("fleet"))
    for request in (directory / "account-requests").rglob("*.hcl"):
        if request.name not in {"_defaults.hcl", Path(REQUEST).name}:
            request.unlink()
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    bench = Bench(directory=directory, environ=environ)
    yield bench
    bench.vend("sandbox", "stop")


def started(bench: Bench) -> None:
    """A sandbox on the state file, and the environment that leads to it."""
    completed = bench.vend("sandbox", "start", "--state", "org.state", "--operation-seconds", "0.5", "--format", "json")
    assert completed.returncode == 0, completed.stderr
    bench.environ.update(json.loads(completed.stdout)["environment"])


def test_a_restart_leaves_nothing_to_do_and_a_change_applies(bench: Bench) -> None:
    """No Terraform starts after the restart; then one tag changes, and another restart knows that too."""
    started(bench)
    first = bench.document("apply", "--auto-approve")
    assert first["status"] == "succeeded"
    bench.vend("sandbox", "stop")
    started(bench)
    assert bench.document("plan", "--detailed-exitcode")["summary"] == {"none": 1}
    second = bench.document("apply", "--auto-approve")
    assert (second["terraform_runs"], second["results"][0]["changed"]) == (0, False)
    assert second["results"][0]["account_id"] == first["results"][0]["account_id"]
    bench.edit(REQUEST, 'organizational_unit = "Sandbox"', 'organizational_unit = "Workloads/Test"')
    assert bench.document("apply", "--auto-approve")["results"][0]["changed"]
    bench.vend("sandbox", "stop")
    started(bench)
    assert bench.document("apply", "--auto-approve")["terraform_runs"] == 0
    organizations = bench.client("organizations")
    (parent,) = organizations.list_parents(ChildId=first["results"][0]["account_id"])["Parents"]
    unit = organizations.describe_organizational_unit(OrganizationalUnitId=parent["Id"])["OrganizationalUnit"]
    assert unit["Name"] == "Test"
