"""Files that nobody would write on purpose: told at once, and never read as something else."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from vend.requests import FleetReading, load_fleet

Read = Callable[..., FleetReading]
REQUEST = 'account "{0}" {{\n  email = "{0}@example.com"\n  organizational_unit = "X"\n}}\n'


def codes(reading: FleetReading) -> set[str]:
    return {found.code for found in reading.diagnostics}


@pytest.mark.parametrize(
    "written", ["2026-11-24", "0815", "111111111111", "012345678901", "1.10", "10-20", "-5", "007"]
)
def test_what_looks_like_a_number_is_told_with_its_quoted_form(read: Read, written: str) -> None:
    """Account ids, dates and numbers with leading zeros are text, and the hint can be copied."""
    body = f'  email = "a@example.com"\n  organizational_unit = "X"\n  tags = {{ Key = {written} }}\n'
    (found,) = read(f'account "a" {{\n{body}}}\n').diagnostics
    assert found.code in {"wrong-type", "not-literal"}
    assert found.hint == f'put it in quotes: "{written}"'
    assert (found.line, found.column, found.end_column) == (4, 18, 18 + len(written))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfea\0", "hcl-encoding"),
        ('account "\u00e9" {}'.encode("latin-1"), "hcl-encoding"),
        (b'account "a" {}\0', "hcl-encoding"),
        (b"#" * 10_000_000, "hcl-too-large"),
        (b"a = " + b"[" * 10_000, "hcl-too-deep"),
        (b'account "a" {\n  email = "a"\n  email = "b"\n}\n', "hcl-syntax"),
        (b'account "a" {\n  email = "a" name = "b"\n}\n', "hcl-syntax"),
        (b'account "a" {', "hcl-syntax"),
        (b'account "a" {\n  email = "a', "hcl-syntax"),
        (b'account "a" {\n  email = <<EOT\nx', "hcl-syntax"),
    ],
    ids=range(10),
)
def test_a_broken_file_does_not_hide_the_others(read: Read, content: bytes, code: str) -> None:
    """It is told, and what stands in other files is read and checked all the same."""
    reading = read({"account-requests/a.hcl": content, "account-requests/b.hcl": REQUEST.format("b") + "x = 1\n"})
    assert codes(reading) == {code, "unknown-field"}
    assert [request.account for request in reading.requests] == ["b"]


def test_marks_and_line_ends_of_windows_are_read(read: Read) -> None:
    """A byte order mark and carriage returns change nothing."""
    text = "\ufeff" + REQUEST.format("a").replace("\n", "\r\n")
    assert [request.email for request in read(text).requests] == ["a@example.com"]


def test_ten_thousand_blocks_are_read(read: Read) -> None:
    """In one file; what is wrong with the last is told."""
    text = "".join(f'account "a{number}" {{}}\n' for number in range(10_000))
    reading = read(text)
    assert len(reading.diagnostics) == 20_000
    assert max(found.line or 0 for found in reading.diagnostics) == 10_000


def test_what_is_no_file_is_told_and_never_waited_for(read: Read, tmp_path: Path) -> None:
    """A pipe, a link to itself, a link to nothing; a folder named like a file is a folder."""
    read({"account-requests/folder.hcl/b.hcl": REQUEST.format("b")})
    folder = tmp_path / "account-requests"
    os.mkfifo(folder / "pipe.hcl")
    (folder / "self.hcl").symlink_to(folder / "self.hcl")
    (folder / "nothing.hcl").symlink_to(folder / "gone")
    (folder / "round").symlink_to(folder)
    reading = load_fleet(tmp_path)
    assert [request.account for request in reading.requests] == ["b"]
    assert codes(reading) == {"unreadable-file", "link-in-a-circle"}
    assert len(reading.diagnostics) == 4


def test_files_that_come_and_go_while_reading_do_no_harm(read: Read, tmp_path: Path) -> None:
    """An editor saves by putting another file in the place of one: each reading sees one of them, or none, whole."""
    read({"account-requests/a.hcl": REQUEST.format("a")})
    stop = threading.Event()

    def churn() -> None:
        folder = tmp_path / "account-requests"
        path, link, inner = folder / "b.hcl", folder / "link.hcl", folder / "inner"
        while not stop.is_set():
            written = folder / ".b.hcl.new"
            written.write_text(REQUEST.format("b"))
            written.replace(path)
            link.symlink_to(folder / "a.hcl")
            inner.mkdir()
            for gone in (path, link):
                gone.unlink()
            inner.rmdir()

    worker = threading.Thread(target=churn)
    worker.start()
    try:
        for _ in range(60):
            reading = load_fleet(tmp_path)
            labels = [request.account for request in reading.requests]
            assert set(labels) <= {"a", "b"}
            assert "a" in labels
            # The link is a second name of the same request: that is what is said of it, and nothing else is said.
            assert codes(reading) <= {"duplicate-account", "duplicate-email"}
    finally:
        stop.set()
        worker.join()
