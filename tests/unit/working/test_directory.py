"""The folder in which vend works."""

from __future__ import annotations

from pathlib import Path

import pytest

from vend.errors import WorkingDirectoryError
from vend.working import prepare_working_directory


def test_it_ignores_itself(tmp_path: Path) -> None:
    """Nothing in it is ever committed; made a second time, it stays as it is."""
    for _ in range(2):
        prepare_working_directory(tmp_path / ".vend")
        assert (tmp_path / ".vend" / ".gitignore").read_text() == "*\n"


def test_a_file_in_its_place_is_told(tmp_path: Path) -> None:
    """That is no matter of permissions."""
    (tmp_path / ".vend").write_text("")
    with pytest.raises(WorkingDirectoryError) as caught:
        prepare_working_directory(tmp_path / ".vend")
    (problem,) = caught.value.diagnostics
    assert problem.detail == "something with this name exists and is not a folder"
    assert (problem.hint or "").startswith("remove it")
