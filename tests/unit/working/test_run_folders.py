"""Two runs in one fleet never work in the same folder."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from vend.errors import WorkingDirectoryError
from vend.process import is_running, start_detached, terminate
from vend.working import RunFolders

OTHER = """
import sys, time
from pathlib import Path
from vend.working import RunFolders
folders = RunFolders(Path(sys.argv[1]), "other")
(folders.kept("roots")).mkdir(parents=True)
(folders.plans).mkdir(parents=True)
(folders.plans / "secret").touch()
print("ready", flush=True)
time.sleep(600)
"""


def test_what_stays_is_the_next_runs(tmp_path: Path) -> None:
    """One after the other they work in the same folders; saved plans go."""
    for run in ("one", "two"):
        folders = RunFolders(tmp_path, run)
        assert [folders.kept(name) for name in ("roots", "data", "batch")] == [
            tmp_path / "roots",
            tmp_path / "data",
            tmp_path / "batch",
        ]
        folders.kept("roots").mkdir(exist_ok=True)
        folders.plans.mkdir(parents=True)
        assert folders.plans == tmp_path / "plans" / run
        folders.close()
    assert (tmp_path / "roots").exists()
    assert not list((tmp_path / "plans").iterdir())
    assert not list((tmp_path / "runs").iterdir())


def test_a_second_run_at_the_same_time_has_folders_of_its_own(tmp_path: Path) -> None:
    """Which go with it; what the first one works in is not touched, nor is it the second's when the first ends."""
    one, two = RunFolders(tmp_path, "one"), RunFolders(tmp_path, "two")
    one.kept("roots").mkdir()
    assert two.kept("roots") == tmp_path / "roots-two"
    two.kept("roots").mkdir()
    one.close()
    assert two.kept("data") == tmp_path / "data-two"
    two.close()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("roots")] == ["roots"]


def test_a_run_that_needs_no_folder_keeps_nobody_out(tmp_path: Path) -> None:
    """Such as one that shows the status."""
    looking, working = RunFolders(tmp_path, "looking"), RunFolders(tmp_path, "working")
    assert working.kept("roots") == tmp_path / "roots"
    looking.close()
    working.close()


def test_what_a_killed_run_left_goes_with_the_next_and_what_a_living_one_has_stays(tmp_path: Path) -> None:
    """Saved plans hold secrets."""
    first = RunFolders(tmp_path, "first")
    first.kept("roots")
    log = tmp_path / "log"
    pid = start_detached([sys.executable, "-c", OTHER, str(tmp_path)], {**os.environ}, None, log)
    try:
        while "ready" not in log.read_text():
            assert is_running(pid), log.read_text()
            time.sleep(0.01)
        second = RunFolders(tmp_path, "second")
        second.kept("roots")
        assert (tmp_path / "plans" / "other" / "secret").exists()
        assert (tmp_path / "roots-other").exists()
    finally:
        terminate(pid, grace_seconds=0)
    third = RunFolders(tmp_path, "third")
    third.kept("roots")
    assert not (tmp_path / "plans" / "other").exists()
    assert not (tmp_path / "roots-other").exists()
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["first", "second", "third"]
    for folders in (first, second, third):
        folders.close()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """Not a traceback."""
    (tmp_path / "runs").touch()
    with pytest.raises(WorkingDirectoryError, match="cannot write"):
        RunFolders(tmp_path, "one").kept("roots")
