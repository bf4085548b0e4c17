"""When a sandbox's state is written."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from vend.errors import SandboxError
from vend.sandbox.state import _saving
from vend.sandbox.state._file import StateFile
from vend.sandbox.state._saving import StateSaver, may_change


class Emulated:
    """Something whose state is a number."""

    def __init__(self) -> None:
        self.number = 0
        self.taken = threading.Event()

    def take(self) -> tuple[dict[str, str], dict[str, int]]:
        self.taken.set()
        return {}, {"number": self.number}


def kept(path: Path) -> int:
    file = StateFile.open(path)
    saved = file.read()
    file.close()
    assert saved is not None
    return int(saved.document["number"])


def until(holds: object) -> None:
    assert callable(holds)
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def _in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_saving, "_REST_SECONDS", 0.01)


@pytest.mark.parametrize(
    ("operation", "changes"),
    [
        ("ProvisionProduct", True),
        ("PutObject", True),
        ("ReceiveMessage", True),
        ("POST /v1/unknown", True),
        ("DescribeRecord", False),
        ("GetObject", False),
        ("HeadBucket", False),
        ("ListAccounts", False),
        ("AssumeRole", False),
    ],
)
def test_calls_that_only_read_write_nothing(operation: str, changes: bool) -> None:  # noqa: FBT001 — a table's column
    """By AWS's way of naming operations; what is in doubt counts as a change."""
    assert may_change(operation) is changes


def test_a_change_is_written_a_moment_later(tmp_path: Path) -> None:
    """The state is there from the beginning, again after a change without anybody's doing, and at the end."""
    emulated, path = Emulated(), tmp_path / "org.state"
    saver = StateSaver(StateFile.open(path), emulated.take)
    saver.begin()
    first = saver.saved_at
    emulated.number = 1
    saver.changed()
    until(lambda: saver.saved_at != first)
    emulated.number = 2
    saver.end()
    assert kept(path) == 2


def test_nothing_is_collected_where_nothing_changed(tmp_path: Path) -> None:
    """An idle sandbox is idle."""
    emulated = Emulated()
    saver = StateSaver(StateFile.open(tmp_path / "org.state"), emulated.take)
    saver.begin()
    emulated.taken.clear()
    assert not emulated.taken.wait(0.3)
    saver.end()
    assert emulated.taken.is_set()


def test_what_could_not_be_written_is_tried_again(tmp_path: Path) -> None:
    """The sandbox goes on, says so in its status, and writes as soon as it can."""
    emulated, path = Emulated(), tmp_path / "org.state"
    saver = StateSaver(StateFile.open(path), emulated.take)
    saver.begin()
    obstacle = tmp_path / "org.state.new"
    obstacle.mkdir()
    emulated.number = 1
    saver.changed()
    until(lambda: saver.problem is not None)
    assert saver.to_json()["problem"]["code"] == "sandbox-state-not-written"
    obstacle.rmdir()
    until(lambda: saver.problem is None)
    saver.end()
    assert kept(path) == 1


def test_an_end_that_cannot_write_says_so_and_lets_go(tmp_path: Path) -> None:
    """The file is free for the next sandbox, and as it was."""
    emulated, path = Emulated(), tmp_path / "org.state"
    saver = StateSaver(StateFile.open(path), emulated.take)
    saver.begin()
    (tmp_path / "org.state.new").mkdir()
    emulated.number = 1
    with pytest.raises(SandboxError) as caught:
        saver.end()
    assert caught.value.diagnostics[0].code == "sandbox-state-not-written"
    assert kept(path) == 0
