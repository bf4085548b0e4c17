"""Which process is which, and whether it has ended."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from vend.models import ProcessIdentity
from vend.process import has_ended, is_running, own_identity, processes_with, start_detached, terminate

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="macOS does not tell one process from another")


@pytest.fixture
def other(tmp_path: Path) -> Iterator[int]:
    """Another process, with a mark in its environment."""
    environ = {**os.environ, "VEND_TEST_MARK": "one=two"}
    pid = start_detached([sys.executable, "-c", "import time; time.sleep(600)"], environ, None, tmp_path / "log")
    yield pid
    terminate(pid)


def own() -> ProcessIdentity:
    identity = own_identity()
    assert identity is not None
    return identity


def identity_of(pid: int) -> ProcessIdentity:
    fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    return replace(own(), pid=pid, started=int(fields[19]))


def test_a_process_that_runs_has_not_ended(other: int) -> None:
    """Ours, and another one."""
    assert has_ended(own()) is False
    assert has_ended(identity_of(other)) is False


def test_a_process_that_is_gone_has_ended(other: int) -> None:
    """Killed: at first a zombie, whose parent has not asked, then nothing at all."""
    identity = identity_of(other)
    os.kill(other, signal.SIGKILL)
    os.waitid(os.P_PID, other, os.WEXITED | os.WNOWAIT)
    assert has_ended(identity) is True
    assert not is_running(other)
    assert has_ended(identity) is True


def test_another_process_with_the_same_id_is_no_sign_of_life() -> None:
    """Ids are given again: what started at another time is another process."""
    assert has_ended(replace(own(), started=own().started - 1)) is True


@pytest.mark.parametrize("elsewhere", [{"boot": "another"}, {"namespace": "pid:[0]"}])
def test_of_a_process_elsewhere_nothing_is_known(elsewhere: dict[str, str]) -> None:
    """Neither its id nor its start means anything on another machine or in another container."""
    assert has_ended(replace(own(), **elsewhere, started=1)) is None  # type: ignore[arg-type]  # texts alone


def test_where_processes_are_hidden_a_doubt_is_no_proof(tmp_path: Path) -> None:
    """Without /proc nobody is declared dead, nor identified."""
    assert own_identity(tmp_path) is None
    assert has_ended(own(), tmp_path) is None
    assert processes_with("X", "1", tmp_path) == ()


def test_processes_are_found_by_their_mark(other: int) -> None:
    """The value must be the whole value."""
    assert other in processes_with("VEND_TEST_MARK", "one=two")
    assert processes_with("VEND_TEST_MARK", "one") == ()
    assert processes_with("TEST_MARK", "one=two") == ()
