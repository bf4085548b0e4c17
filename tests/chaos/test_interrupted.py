"""Whatever is stopped or killed while Control Tower works, one request makes one account."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support.sandboxed import Bench
from vend.process import start_detached, wait_until_gone
from vend.requests import load_settings
from vend.sandbox import Sandbox, config_from

pytestmark = [pytest.mark.e2e, pytest.mark.terraform, pytest.mark.xdist_group("chaos")]

OPERATION_SECONDS = 12.0
TERMINAL = """
import os, pathlib, pty, select, sys
vend, screen = pty.fork()
if not vend:
    os.execv(sys.argv[1], sys.argv[1:])
while not pathlib.Path("close").exists():
    if select.select([screen], [], [], 0.1)[0]:
        os.read(screen, 65536)
os.close(screen)
print("exit code", os.waitstatus_to_exitcode(os.waitpid(vend, 0)[1]))
"""
"""A terminal that a command runs in until a file says that it is to be closed."""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    (tmp_path / "account-requests").mkdir()
    (tmp_path / "vend.hcl").write_text('fleet "chaos" {\n  home_region = "eu-west-1"\n}\n')
    (tmp_path / "account-requests" / "one.hcl").write_text(
        'account "only" {\n  email               = "only@example.com"\n  organizational_unit = "Sandbox"\n}\n'
    )
    with Sandbox(config_from(load_settings(tmp_path), OPERATION_SECONDS)) as sandbox:
        yield Bench(directory=tmp_path, environ=sandbox.environment(dict(os.environ)))


def products(bench: Bench) -> list[dict[str, Any]]:
    found = bench.client("servicecatalog").search_provisioned_products(
        AccessLevelFilter={"Key": "Account", "Value": "self"}
    )
    return list(found["ProvisionedProducts"])


def accounts(bench: Bench) -> list[str]:
    listed = bench.client("organizations").list_accounts()["Accounts"]
    return [account["Id"] for account in listed if account["Email"] == "only@example.com"]


def once_under_way(bench: Bench, then: Callable[[], object]) -> None:
    """Calls back once Control Tower has begun."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if products(bench):
            then()
            return
        time.sleep(0.2)


def assert_resumed(bench: Bench) -> None:
    """The next run ends with one account, and the one after has nothing to do."""
    document = bench.document("apply", "--auto-approve")
    assert document["status"] == "succeeded"
    assert [document["results"][0]["account_id"]] == accounts(bench)
    assert len(products(bench)) == 1
    assert bench.document("apply", "--auto-approve")["terraform_runs"] == 0


def test_a_run_that_is_interrupted_says_what_is_left_and_is_resumed(bench: Bench) -> None:
    """Ctrl-C: Terraform ends gracefully, the exit code is 130, the next run goes on."""
    stop = threading.Event()
    watcher = threading.Thread(target=once_under_way, args=(bench, stop.set))
    watcher.start()
    completed = bench.vend("apply", "--auto-approve", stop=stop)
    watcher.join()
    assert completed.returncode == 130, completed.stdout + completed.stderr
    assert "Control Tower finishes what it has begun" in completed.stdout + completed.stderr
    assert "Traceback" not in completed.stdout + completed.stderr
    assert_resumed(bench)


def test_a_run_that_is_killed_is_resumed_without_a_second_account(bench: Bench) -> None:
    """Kill -9 of vend and of Terraform, between ProvisionProduct and the state: the product is adopted."""
    log = bench.directory / "killed.log"
    vend = start_detached(
        [sys.executable, "-m", "vend", "apply", "--auto-approve"], bench.environ, bench.directory, log
    )
    once_under_way(bench, lambda: os.kill(vend, signal.SIGKILL))
    for process in terraform_processes(bench.directory):
        os.kill(process, signal.SIGKILL)
    assert_resumed(bench)


def test_a_terminal_that_is_closed_stops_the_run_in_order(bench: Bench) -> None:
    """SIGHUP, and a terminal that takes no more output: Terraform ends well, nothing stays, the next run goes on."""
    log = bench.directory / "terminal.log"
    vend = [sys.executable, "-m", "vend", "apply", "--auto-approve"]
    terminal = start_detached([sys.executable, "-c", TERMINAL, *vend], bench.environ, bench.directory, log)
    once_under_way(bench, (bench.directory / "close").touch)
    wait_until_gone(terminal)
    assert log.read_text() == "exit code 1\n"
    assert terraform_processes(bench.directory) == []
    assert list(bench.directory.rglob("*.lock.info")) == []
    assert_resumed(bench)


def terraform_processes(directory: Path) -> list[int]:
    """Terraform processes that work below a directory, as the kernel tells."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if directory in (entry / "cwd").resolve().parents and b"terraform" in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue  # it ended meanwhile, or is another user's
    return found
