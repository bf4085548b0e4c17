"""States, plans, environments and machine limits, read without Terraform."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vend.errors import TerraformError
from vend.terraform import machine_slots, read_plan, read_state, terraform_environment, terraform_slots
from vend.terraform._slots import available_memory


def a_state(**overrides: Any) -> bytes:
    document: dict[str, Any] = {"version": 4, "serial": 3, "lineage": "l", "outputs": {}, "resources": []}
    return json.dumps({**document, **overrides}).encode()


def test_addresses_are_written_as_terraform_writes_them() -> None:
    """Modules, for_each keys and count indexes; data sources and deposed objects are no resources."""
    resource = {"mode": "managed", "type": "aws_vpc", "name": "this"}
    state = read_state(
        a_state(
            outputs={"email": {"value": "a@example.com", "type": "string"}},
            resources=[
                {**resource, "instances": [{"attributes": {"id": "vpc-1"}}]},
                {**resource, "module": 'module.spoke["a"]', "instances": [{"index_key": 'k"é', "attributes": {}}]},
                {**resource, "name": "n", "instances": [{"index_key": 0, "status": "tainted", "attributes": None}]},
                {**resource, "name": "old", "instances": [{"deposed": "00000001", "attributes": {}}]},
                {**resource, "mode": "data", "instances": [{"attributes": {}}]},
            ],
        )
    )
    assert [one.address for one in state.resources] == [
        "aws_vpc.this",
        'module.spoke["a"].aws_vpc.this["k\\"é"]',
        "aws_vpc.n[0]",
    ]
    assert [one.tainted for one in state.resources] == [False, False, True]
    assert state.resources[0].id == "vpc-1"
    assert state.outputs == {"email": "a@example.com"}
    assert (state.serial, state.lineage) == (3, "l")


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"[]", b"{}", a_state(version=5), a_state(version=3), a_state(serial=None), a_state(resources=[1])],
)
def test_a_state_of_another_kind_is_refused(content: bytes) -> None:
    """Nothing, no JSON, another version, another structure: one diagnostic."""
    with pytest.raises(TerraformError) as caught:
        read_state(content)
    assert caught.value.diagnostics[0].code == "state-unreadable"


def a_plan(*changes: dict[str, Any], **overrides: Any) -> str:
    entries = [
        {"address": f"aws_vpc.v{number}", "type": "aws_vpc", "name": f"v{number}", "change": change}
        for number, change in enumerate(changes)
    ]
    return json.dumps({"format_version": "1.2", "resource_changes": entries, **overrides})


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        (["create"], "create"),
        (["read"], "read"),
        (["update"], "update"),
        (["delete"], "destroy"),
        (["forget"], "forget"),
        (["delete", "create"], "replace"),
        (["create", "delete"], "replace"),
        (["create", "forget"], "replace"),
    ],
)
def test_actions_have_one_name(actions: list[str], expected: str) -> None:
    """Terraform's lists of actions as one word."""
    assert read_plan(a_plan({"actions": actions})).changes[0].action == expected


def test_what_stays_is_left_out_and_an_import_is_not() -> None:
    """No-op alone is no change; no-op with an import is one; an import with an update is an update."""
    plan = read_plan(
        a_plan(
            {"actions": ["no-op"]},
            {"actions": ["no-op"], "importing": {"id": "pp-1"}},
            {"actions": ["update"], "importing": {"id": "pp-2"}},
            output_changes={"a": {"actions": ["no-op"]}, "b": {"actions": ["create"]}},
            resource_drift=[
                {"address": f"aws_vpc.{name}", "type": "aws_vpc", "name": name, "change": {"actions": ["delete"]}}
                for name in ("d", "e")
            ],
            relevant_attributes=[{"resource": "aws_vpc.d", "attribute": ["id"]}],
        )
    )
    assert [(change.action, change.importing) for change in plan.changes] == [("import", "pp-1"), ("update", "pp-2")]
    assert plan.outputs == {"b": "create"}
    assert [change.address for change in plan.drift] == ["aws_vpc.d"]


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"format_version": "2.0"}', a_plan({"actions": ["explode"]}), a_plan({})]
)
def test_a_plan_of_another_kind_is_refused(content: str) -> None:
    """An action nobody knows must not pass for nothing."""
    with pytest.raises(TerraformError) as caught:
        read_plan(content)
    assert caught.value.diagnostics[0].code == "plan-unreadable"


def test_the_environment_is_built() -> None:
    """What is needed comes through; whatever could change what Terraform does, or who it is, does not."""
    environ = {
        "PATH": "/bin",
        "HTTPS_PROXY": "http://proxy",
        "no_proxy": "x",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:2",
        "AWS_CA_BUNDLE": "/ca",
        "AWS_PROFILE": "p",
        "AWS_ACCESS_KEY_ID": "outside",
        "TF_VAR_x": "1",
        "TF_CLI_ARGS": "-destroy",
        "TF_LOG": "trace",
        "TF_TOKEN_example_com": "token",
        "HOME": "/home/somebody",
        "PYTHONPATH": "/somewhere",
        "LD_PRELOAD": "x",
    }
    built = terraform_environment(
        environ, {"AWS_ACCESS_KEY_ID": "session", "AWS_SHARED_CREDENTIALS_FILE": "/ours"}, {"TF_DATA_DIR": "/data"}
    )
    assert built == {
        "PATH": "/bin",
        "HTTPS_PROXY": "http://proxy",
        "no_proxy": "x",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:2",
        "AWS_CA_BUNDLE": "/ca",
        "AWS_ACCESS_KEY_ID": "session",
        "AWS_SHARED_CREDENTIALS_FILE": "/ours",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "CHECKPOINT_DISABLE": "1",
        "GOGC": "800",
        "GOMEMLIMIT": "768MiB",
        "TF_DATA_DIR": "/data",
    }
    assert "TF_TOKEN_example_com" in terraform_environment(environ, {}, {}, downloads=True)


@pytest.mark.parametrize(
    ("cpus", "gibibytes", "expected"), [(2, 64, 2), (8, 3, 3), (8, 0, 1), (1, 1, 1), (0, 0, 1), (16, 16, 16)]
)
def test_slots_are_bounded_by_processors_and_memory(cpus: int, gibibytes: int, expected: int) -> None:
    """The scarcer of both, at least one."""
    assert terraform_slots(cpus, gibibytes << 30) == expected
    assert machine_slots() >= 1


def test_memory_is_the_tightest_limit(tmp_path: Path) -> None:
    """The machine's, the container's in either version; none of them known is no failure."""
    proc, cgroup = tmp_path / "proc", tmp_path / "cgroup"
    (cgroup / "memory").mkdir(parents=True)
    proc.mkdir()
    assert available_memory(proc, cgroup) > 0
    (proc / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:    4096 kB\n")
    assert available_memory(proc, cgroup) == 4096 * 1024
    (cgroup / "memory.max").write_text("max\n")
    (cgroup / "memory.current").write_text("1000\n")
    assert available_memory(proc, cgroup) == 4096 * 1024
    (cgroup / "memory.max").write_text("3000\n")
    assert available_memory(proc, cgroup) == 2000
    (cgroup / "memory" / "memory.limit_in_bytes").write_text("1500\n")
    (cgroup / "memory" / "memory.usage_in_bytes").write_text("2500\n")
    assert available_memory(proc, cgroup) == 0
