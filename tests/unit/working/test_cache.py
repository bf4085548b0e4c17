"""The cache only ever costs time when it is lost: no value that comes out of it is wrong."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vend.working import Cache, _cache

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


class Counted:
    """Works out a value and counts how often."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.times = 0

    def __call__(self) -> Any:
        """Works it out."""
        self.times += 1
        return self.value


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., Cache]:
    return lambda code="1": Cache(tmp_path / ".vend" / "cache", [code])


def kept(opened: Callable[..., Cache], value: Any = "v", name: str = "f", content: bytes = b"c") -> None:
    """A run that works out one value."""
    cache = opened()
    cache.remembered("kind", name, content, lambda: value)
    cache.save()


@given(value=VALUES)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_worked_out_comes_back(opened: Callable[..., Cache], value: Any) -> None:
    """Any JSON value, unchanged, without being worked out again."""
    kept(opened, value, content=repr(value).encode())
    again = Counted(None)
    assert opened().remembered("kind", "f", repr(value).encode(), again) == value
    assert again.times == 0


@pytest.mark.parametrize(
    ("kind", "name", "content", "code"),
    [("other", "f", b"c", "1"), ("kind", "g", b"c", "1"), ("kind", "f", b"d", "1"), ("kind", "f", b"c", "2")],
)
def test_anything_else_is_worked_out(
    opened: Callable[..., Cache], kind: str, name: str, content: bytes, code: str
) -> None:
    """Another kind, name or content, and another version of the code."""
    kept(opened)
    again = Counted("new")
    assert opened(code).remembered(kind, name, content, again) == "new"
    assert again.times == 1


def test_parts_of_a_key_do_not_run_into_one_another(opened: Callable[..., Cache]) -> None:
    """`a` of `bc` is not `ab` of `c`."""
    cache = opened()
    assert cache.remembered("k", "a", b"bc", lambda: 1) == 1
    assert cache.remembered("k", "ab", b"c", lambda: 2) == 2


def test_within_a_run_a_value_is_worked_out_once(opened: Callable[..., Cache]) -> None:
    """Also before anything was saved."""
    cache, counted = opened(), Counted([1])
    assert cache.remembered("k", "f", b"", counted) == cache.remembered("k", "f", b"", counted) == [1]
    assert counted.times == 1


def test_a_run_that_learns_nothing_writes_nothing(opened: Callable[..., Cache], tmp_path: Path) -> None:
    """The file stays as it is, byte for byte and second for second."""
    kept(opened)
    before = (tmp_path / ".vend" / "cache").stat()
    kept(opened)
    assert (tmp_path / ".vend" / "cache").stat() == before


@given(data=st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_file_gives_the_right_value_or_none(
    opened: Callable[..., Cache], tmp_path: Path, data: st.DataObject
) -> None:
    """Cut off, overwritten, shifted, doubled: each value is right, or is worked out again."""
    (tmp_path / ".vend" / "cache").unlink(missing_ok=True)
    values = {f"f{number}": {"n": [number, "x" * number]} for number in range(5)}
    cache = opened()
    for name, value in values.items():
        cache.remembered("k", name, b"c", lambda value=value: value)
    cache.save()
    path = tmp_path / ".vend" / "cache"
    content = path.read_bytes()
    at = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(at, len(content)))
    noise = data.draw(st.binary(max_size=8) | st.just(content[at:end] * 2) | st.sampled_from([b"\n", b"\0", b""]))
    path.write_bytes(content[:at] + noise + content[end:])
    damaged = opened()
    for name, value in values.items():
        assert damaged.remembered("k", name, b"c", lambda value=value: value) == value


def test_swapped_entries_are_not_mixed_up(opened: Callable[..., Cache], tmp_path: Path) -> None:
    """A value under the key of another is damaged: the checksum is of both."""
    cache = opened()
    cache.remembered("k", "f", b"", lambda: "f")
    cache.remembered("k", "g", b"", lambda: "g")
    cache.save()
    path = tmp_path / ".vend" / "cache"
    header, first, second, _ = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([header, first[:40] + second[40:], second[:40] + first[40:], b""]))
    assert opened().remembered("k", "f", b"", lambda: "right") == "right"


def test_two_runs_at_once_do_no_harm(opened: Callable[..., Cache]) -> None:
    """The later one wins; what it lost is worked out again."""
    first, second = opened(), opened()
    assert first.remembered("k", "f", b"", lambda: 1) == 1
    assert second.remembered("k", "g", b"", lambda: 2) == 2
    first.save()
    second.save()
    third = opened()
    assert third.remembered("k", "g", b"", Counted(None)) == 2
    assert third.remembered("k", "f", b"", lambda: 1) == 1


def test_what_is_not_used_is_kept_for_a_while_only(
    opened: Callable[..., Cache], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entries of another branch survive, but the file is no larger than what a run uses twice over."""
    monkeypatch.setattr(_cache, "_LEAST_KEPT", 1000)
    for number in range(50):
        kept(opened, "x" * 100, name=f"f{number}")
    assert (tmp_path / ".vend" / "cache").stat().st_size < 2500
    again = Counted(None)
    assert opened().remembered("kind", "f48", b"c", again) == "x" * 100
    assert again.times == 0


def test_a_file_that_grew_beyond_all_measure_is_left_alone(
    opened: Callable[..., Cache], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not read into memory, and replaced by what this run knows."""
    kept(opened)
    monkeypatch.setattr(_cache, "_LARGEST", 10)
    again = Counted("new")
    assert opened().remembered("kind", "f", b"c", again) == "new"


def test_where_nothing_can_be_written_nothing_is() -> None:
    """A read-only checkout is read without a cache, silently."""
    cache = Cache(Path("/proc/self/.vend/cache"), ["1"])  # not even root makes folders there
    assert cache.remembered("k", "f", b"", lambda: 1) == 1
    cache.save()


@pytest.mark.parametrize("in_the_way", [".vend", ".vend/cache"])
def test_something_else_in_the_place_of_the_file_does_no_harm(tmp_path: Path, in_the_way: str) -> None:
    """A file where the folder should be, a folder where the file should be."""
    if in_the_way == ".vend":
        (tmp_path / ".vend").write_text("x")
    else:
        (tmp_path / in_the_way / "full").mkdir(parents=True)
    cache = Cache(tmp_path / ".vend" / "cache", ["1"])
    assert cache.remembered("k", "f", b"", lambda: 1) == 1
    cache.save()
    assert [path.name for path in tmp_path.rglob(".cache-*")] == []


def test_the_file_is_private_and_ignored_by_git(opened: Callable[..., Cache], tmp_path: Path) -> None:
    """It holds what requests say, in the folder that ignores itself; as JSON, a line for each entry."""
    kept(opened, {"a": "line\nbreak"})
    path = tmp_path / ".vend" / "cache"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (tmp_path / ".vend" / ".gitignore").read_text() == "*\n"
    _, entry, _ = path.read_bytes().split(b"\n")
    assert json.loads(entry[56:]) == {"a": "line\nbreak"}
