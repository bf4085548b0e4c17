"""The locks of states, as Terraform leaves them."""

from __future__ import annotations

import fcntl
import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vend.process import is_running, start_detached, terminate
from vend.terraform import clear_local_lock, local_lock, read_lock

LOCK = {
    "ID": "9db590f1-b6fe-c5f2-2678-8804f089deba",
    "Operation": "OperationTypeApply",
    "Info": "",
    "Who": "grace@laptop",
    "Version": "1.11.4",
    "Created": "2026-01-01T12:00:00.123456789Z",
    "Path": "bucket/vend/alpha/account.tfstate",
}
HOLDER = """
import fcntl, sys, time
file = open(sys.argv[1], "r+")
fcntl.lockf(file, fcntl.LOCK_EX)
print("locked", flush=True)
time.sleep(600)
"""


def test_a_lock_says_who_took_it_when_and_what_for() -> None:
    """As Terraform 1.11 writes it, nanoseconds and all."""
    lock = read_lock(json.dumps(LOCK).encode(), '"etag"')
    assert (lock.id, lock.who, lock.operation, lock.etag) == (LOCK["ID"], "grace@laptop", LOCK["Operation"], '"etag"')
    assert lock.created == datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize("content", [b"", b"{}", b"null", b"[]", b"\xff", b'{"ID": "x", "Who": "y", "Created": "z"}'])
def test_a_lock_that_cannot_be_read_is_a_lock_all_the_same(content: bytes) -> None:
    """It has no owner, so that nobody takes it for his own."""
    assert read_lock(content).who == ""


def test_a_local_state_is_locked_by_a_process_and_by_nothing_else(tmp_path: Path) -> None:
    """What a killed Terraform left beside it is cleared away; what a living one holds is not."""
    state = tmp_path / "account.tfstate"
    info = tmp_path / ".account.tfstate.lock.info"
    assert (local_lock(state), clear_local_lock(state)) == (None, False)
    state.write_text("{}")
    info.write_text(json.dumps(LOCK))
    assert local_lock(state) is None
    log = tmp_path / "log"
    holder = start_detached([sys.executable, "-c", HOLDER, str(state)], os.environ, None, log)
    try:
        while not log.read_text():
            assert is_running(holder)
            time.sleep(0.01)
        found = local_lock(state)
        assert found is not None
        assert found.who == "grace@laptop"
        assert clear_local_lock(state) is False
        info.unlink()
        assert local_lock(state) == read_lock(b"")
        info.write_text(json.dumps(LOCK))
    finally:
        terminate(holder)
    assert clear_local_lock(state) is True
    assert not info.exists()
    descriptor = os.open(state, os.O_RDWR)
    fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(descriptor)
