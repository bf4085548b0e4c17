"""Whatever stands in a file: no traceback, no endless reading, no wrong value.

`make fuzz` runs a hundred thousand cases, `make test` a few of each; VEND_FUZZ_CASES says how many there are in all.
"""

from __future__ import annotations

import io
import os
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vend.errors import InvalidInputError
from vend.hcl import literal
from vend.requests import ACCOUNT, SETTINGS, load_settings
from vend.requests._files import RequestFile
from vend.requests._problems import Problems
from vend.requests._request_file import FileReading, read_request_file
from vend.requests._resolve import resolve
from vend.views import HumanView, SarifTool, sarif_log

CASES = int(os.environ.get("VEND_FUZZ_CASES", "400"))
REPOSITORY = Path(__file__).resolve().parents[2]
FUZZ = settings(
    max_examples=max(1, CASES // 4),
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
REQUESTS = [path.read_bytes() for path in sorted((REPOSITORY / "account-requests").rglob("*.hcl"))]
SETTINGS_FILE = (REPOSITORY / "vend.hcl").read_bytes()
FIELDS = [field.name for field in ACCOUNT.fields] + [block.name for block in ACCOUNT.blocks]
NAMES = FIELDS + [name for block in (*ACCOUNT.blocks, *SETTINGS) for name in (block.name, *block.field_names)]
PIECES = [
    *(name.encode() for name in NAMES),
    *(
        b"account",
        b"defaults",
        b'"',
        b"{",
        b"}",
        b"[",
        b"]",
        b"(",
        b")",
        b"=",
        b",",
        b"\n",
        b"\r\n",
        b"\r",
        b" ",
        b"\t",
    ),
    *(b"${", b"%{", b"$${", b"%%{", b"<<EOT\n", b"<<-EOT\n", b"EOT\n", b"#", b"//", b"/*", b"*/", b"\\", b"\\u00e9"),
    *(
        b"0123",
        b"1e999",
        b"-1",
        b"0x1F",
        b"2026-11-24",
        b"true",
        b"null",
        b"var.x",
        b"for x in y : x",
        b"...",
        b"=>",
        b"?",
    ),
    *(b"\0", b"\xef\xbb\xbf", b"\xff", "日本".encode(), "e\u0301".encode(), "\u2028".encode(), "\u202e".encode()),
    *(b'account "a" {', b"tags = {", b'access "g" {', b'alternate_contact "security" {', b"change {"),
]


def checked(content: bytes) -> FileReading:
    """Reads a file of requests, resolves and shows it; what is said of it has a place in it."""
    reading = read_request_file(RequestFile(name="f.hcl", folders=("account-requests",), content=content))
    problems = Problems()
    problems.extend(reading.diagnostics)
    for label, said in reading.accounts:
        resolve(label, said, reading.defaults, problems)
    shown = io.StringIO()
    lines = content.decode("utf-8", "replace").split("\n")
    HumanView(shown, shown, sources=lambda _: lines).diagnostics(problems.found)
    sarif_log(problems.found, SarifTool(version="1", prefix="", explain=str))
    for problem in problems.found:
        assert problem.line is None or 1 <= problem.line <= len(lines) + 1
    return reading


@st.composite
def mangled(draw: st.DrawFn, originals: list[bytes]) -> bytes:
    """A file that was right, with pieces cut out, put in, doubled and exchanged."""
    content = draw(st.sampled_from(originals))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(content)))
        end = min(len(content), at + draw(st.sampled_from([0, 0, 1, 1, 2, 5, 40, 10_000])))
        piece = draw(st.sampled_from(PIECES) | st.binary(max_size=6) | st.just(content[at:end] * 2))
        content = content[:at] + piece + content[end:]
    return content


@given(content=mangled(REQUESTS))
@FUZZ
def test_a_mangled_file_ends_in_diagnostics(content: bytes) -> None:
    """Files that were right once."""
    checked(content)


@given(content=st.lists(st.sampled_from(PIECES) | st.binary(max_size=4), max_size=60).map(b"".join))
@FUZZ
def test_any_pieces_end_in_diagnostics(content: bytes) -> None:
    """Files that never were."""
    checked(content)


TEXT = st.text(st.characters(codec="utf-8"), max_size=30) | st.sampled_from(
    ["0123", "${x}", "%{ if x }", "$${", "%%{", "\\", '"', "\n", "a\r\nb", "<<EOT", "\u2028", "e\u0301", "\0", "日本"]
)
PLAIN = (
    TEXT | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.none()
)
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=6
)


def as_hcl(value: Any) -> str:
    """A value as HCL writes it."""
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "null"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_hcl, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(key)} = {as_hcl(inner)}" for key, inner in value.items()) + "}"
    return repr(value)


@given(value=VALUES, name=st.sampled_from([field.name for field in ACCOUNT.fields]))
@FUZZ
def test_what_is_written_comes_out_or_is_refused(value: Any, name: str) -> None:
    """A literal in any field is taken as it stands, letter by letter, or told; composed, as HCL composes strings."""
    reading = checked(f'account "a" {{\n  {name} = {as_hcl(value)}\n}}\n'.encode())
    if reading.diagnostics:
        return
    ((_, said),) = reading.accounts
    found: Any = None
    if name in said.scalars:
        found = said.scalars[name].value
    elif name in said.lists:
        found = [item.value for item in said.lists[name]]
    elif name in said.maps:
        found = {key: text.value for key, text in said.maps[name].items.items()}

    def composed(inner: Any) -> Any:
        if isinstance(inner, str):
            return unicodedata.normalize("NFC", inner)
        if isinstance(inner, list):
            return [composed(item) for item in inner]
        return {composed(key): composed(item) for key, item in inner.items()}

    assert found == composed(value)


@given(content=mangled([SETTINGS_FILE]))
@FUZZ
def test_mangled_settings_end_in_diagnostics(tmp_path: Path, content: bytes) -> None:
    """vend.hcl is read or refused."""
    (tmp_path / "vend.hcl").write_bytes(content)
    with suppress(InvalidInputError):
        load_settings(tmp_path)


@pytest.mark.parametrize("content", REQUESTS, ids=range(len(REQUESTS)))
def test_a_file_cut_off_anywhere_ends_in_diagnostics(content: bytes) -> None:
    """After every byte of the example requests: a part is read as what it is, or told."""
    step = 1 if CASES > 1000 else 7
    for end in range(0, len(content), step):
        checked(content[:end])
