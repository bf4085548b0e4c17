"""The file that keeps a sandbox's state: whole, locked, private, and refused when it is anything else."""

from __future__ import annotations

import json
import stat
import zlib
from pathlib import Path
from typing import Any

import pytest

from vend.errors import SandboxError
from vend.sandbox.state._file import FORMAT, VERSION, StateFile

DOCUMENT = {"graph": {"objects": [], "classes": []}, "text": "é"}


def code_of(error: pytest.ExceptionInfo[SandboxError]) -> str:
    return error.value.diagnostics[0].code


def written(path: Path, document: Any = None) -> Path:
    file = StateFile.open(path)
    file.write({"organization_id": "o-x"}, DOCUMENT if document is None else document)
    file.close()
    return path


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """The first line says what it is, for people too; the file is its owner's alone."""
    path = written(tmp_path / "folder" / "org.state")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    first = json.loads(path.read_bytes().splitlines()[0])
    assert (first["format"], first["version"], first["organization_id"]) == (FORMAT, VERSION, "o-x")
    saved = StateFile.open(path).read()
    assert saved is not None
    assert saved.document == DOCUMENT
    assert saved.header["organization_id"] == "o-x"


def test_a_new_file_holds_nothing(tmp_path: Path) -> None:
    """Nor does one that a process made and did not live to write."""
    path = tmp_path / "new.state"
    file = StateFile.open(path)
    assert file.read() is None
    file.close()
    assert path.read_bytes() == b""
    assert StateFile.open(path).read() is None


def test_one_sandbox_at_a_time(tmp_path: Path) -> None:
    """The lock holds from the beginning, over every write, until it is closed."""
    path = tmp_path / "org.state"
    file = StateFile.open(path)
    for _ in range(3):
        with pytest.raises(SandboxError) as caught:
            StateFile.open(path)
        assert code_of(caught) == "sandbox-state-in-use"
        file.write({}, DOCUMENT)
    assert [path.name for path in tmp_path.iterdir()] == ["org.state"]
    file.close()
    StateFile.open(path).close()


def test_a_link_leads_to_one_file(tmp_path: Path) -> None:
    """The file behind a link is replaced, and not the link; its lock is the file's."""
    path, link = written(tmp_path / "org.state"), tmp_path / "link"
    link.symlink_to(path)
    file = StateFile.open(link)
    file.write({}, {"after": 1})
    with pytest.raises(SandboxError):
        StateFile.open(path)
    file.close()
    assert link.is_symlink()
    saved = StateFile.open(path).read()
    assert saved is not None
    assert saved.document == {"after": 1}


def test_what_a_killed_writer_left_is_written_over(tmp_path: Path) -> None:
    """Half a file beside the file is no file."""
    path = written(tmp_path / "org.state")
    (tmp_path / "org.state.new").write_bytes(b"half")
    written(path)
    assert [path.name for path in tmp_path.iterdir()] == ["org.state"]


def test_a_file_that_cannot_be_written_stays_as_it_was(tmp_path: Path) -> None:
    """What was there before is there still, and the sandbox goes on."""
    path = written(tmp_path / "org.state")
    before = path.read_bytes()
    file = StateFile.open(path)
    (tmp_path / "org.state.new").mkdir()
    with pytest.raises(SandboxError) as caught:
        file.write({}, {"after": 1})
    assert code_of(caught) == "sandbox-state-not-written"
    assert path.read_bytes() == before
    (tmp_path / "org.state.new").rmdir()
    file.write({}, {"after": 1})


def _whole(document: bytes, **header: Any) -> bytes:
    import hashlib

    body = zlib.compress(document)
    first = {"format": FORMAT, "version": VERSION, "sha256": hashlib.sha256(body).hexdigest(), **header}
    return json.dumps(first).encode() + b"\n" + body


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\n", "sandbox-state-unreadable"),
        (b"resource {}\n", "sandbox-state-unreadable"),
        (b'{"version": 4, "terraform_version": "1.11.4"}\n', "sandbox-state-unreadable"),
        (b'{"format": "vend-sandbox-state", "version": true}\n', "sandbox-state-unreadable"),
        (b"[" * 100_000, "sandbox-state-unreadable"),
        (b"\x80\x04\x95 a pickle", "sandbox-state-unreadable"),
        (_whole(b"{}")[:-1], "sandbox-state-unreadable"),
        (_whole(b"{}") + b"more", "sandbox-state-unreadable"),
        (_whole(b"[]"), "sandbox-state-unreadable"),
        (_whole(b"{"), "sandbox-state-unreadable"),
        (_whole(b"[" * 100_000), "sandbox-state-unreadable"),
        (_whole(b"{}", sha256="0"), "sandbox-state-unreadable"),
        (_whole(b"{}", version=VERSION + 1, vend="9.9.9"), "sandbox-state-newer"),
    ],
)
def test_any_other_file_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    """A foreign, damaged or newer file is named and not touched."""
    path = tmp_path / "org.state"
    path.write_bytes(content)
    file = StateFile.open(path)
    with pytest.raises(SandboxError) as caught:
        file.read()
    assert code_of(caught) == code
    assert path.read_bytes() == content


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """Nor is what lies below a file."""
    (tmp_path / "plain").write_text("x", encoding="utf-8")
    for path in (tmp_path, tmp_path / "plain" / "org.state"):
        with pytest.raises(SandboxError) as caught:
            StateFile.open(path)
        assert code_of(caught) == "sandbox-state-unreadable"


def test_a_small_file_does_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What unpacks to more than any sandbox holds is refused before it is unpacked."""
    from vend.sandbox.state import _file

    path = tmp_path / "org.state"
    path.write_bytes(_whole(b'{"x": "' + b"a" * 100_000 + b'"}'))
    monkeypatch.setattr(_file, "_MOST_BYTES", 1000)
    with pytest.raises(SandboxError) as caught:
        StateFile.open(path).read()
    assert "too large" in (caught.value.diagnostics[0].detail or "")
