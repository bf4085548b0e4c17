"""Whatever stands in a file: no traceback, no endless reading, no wrong value.

`make fuzz` runs a hundred thousand cases, `make test` a few of each; VEND_FUZZ_CASES says how many there are in all.
"""

from __future__ import annotations

import csv
import io
import os
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.aft_repositories import SHAPES, write
from vend.errors import InvalidInputError, has_errors
from vend.hcl import literal
from vend.requests import ACCOUNT, SETTINGS, load_settings
from vend.requests.aft import Tools, open_repository, read_aft
from vend.requests.importing._csv_rows import blocks_of
from vend.requests.importing._csv_table import read_table
from vend.requests.language._problems import Problems
from vend.requests.reading._block_values import BlockValues
from vend.requests.reading._blocks import check_label, read_block
from vend.requests.reading._files import RequestFile
from vend.requests.reading._request_file import FileReading, read_request_file
from vend.requests.reading._resolve import resolve
from vend.requests.text._plain_block import plain, written
from vend.settings import TerraformSettings
from vend.views import HumanView, SarifTool, sarif_log

CASES = int(os.environ.get("VEND_FUZZ_CASES", "600"))
KINDS = 8
REPOSITORY = Path(__file__).resolve().parents[2]
FUZZ = settings(
    max_examples=max(1, CASES // KINDS),
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
    for label, block_values in reading.accounts:
        resolve(label, block_values, reading.defaults, problems)
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
    ((_, block_values),) = reading.accounts
    found: Any = None
    if name in block_values.scalars:
        found = block_values.scalars[name].value
    elif name in block_values.lists:
        found = [item.value for item in block_values.lists[name]]
    elif name in block_values.maps:
        found = {key: text.value for key, text in block_values.maps[name].items.items()}

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
    """vend.hcl is read, with the one setting that it must have, or refused with an error that says why."""
    (tmp_path / "vend.hcl").write_bytes(content)
    try:
        right = bool(load_settings(tmp_path).home_region)
    except InvalidInputError as error:
        right = has_errors(error.diagnostics)
    assert right


LABELS = st.from_regex(r"[a-zA-Z0-9]([a-zA-Z0-9_-]|\.(?!\.)){0,20}", fullmatch=True)
TEMPLATES = st.lists(
    st.sampled_from(["{account}", "{organizational_unit}", "{", "}", "{{", "{account.email}", "aws+", "@example.com"])
    | TEXT,
    min_size=1,
    max_size=5,
).map("".join)
UNITS = st.sampled_from(["Sandbox", "Workloads/Prod", "Prod (ou-ab12-cdefghij)", "ou-ab12-cdefghij", "{account}"])


@given(label=LABELS, unit=UNITS, email=TEMPLATES, name=TEMPLATES)
@FUZZ
def test_what_a_template_makes_is_its_text_or_refused(label: str, unit: str, email: str, name: str) -> None:
    """Placeholders become label and unit, once; all other text stays, letter by letter, or the template is refused."""
    defaults = f"defaults {{\n  email_template = {literal(email)}\n  name_template = {literal(name)}\n}}\n"
    account = f"account {literal(label)} {{\n  organizational_unit = {literal(unit)}\n}}\n"
    reading = checked((defaults + account).encode())
    problems = Problems()
    ((_, block_values),) = reading.accounts
    request = resolve(label, block_values, reading.defaults, problems)
    if has_errors((*reading.diagnostics, *problems.found)):
        return
    last = unit.removesuffix(" (ou-ab12-cdefghij)").rpartition("/")[2]

    def made(template: str) -> str:
        text = unicodedata.normalize("NFC", template)
        return last.join(part.replace("{account}", label) for part in text.split("{organizational_unit}"))

    assert (request.email, request.name) == (made(email), made(name))


def values(block_values: BlockValues) -> dict[str, Any]:
    """What a block says, without places."""

    def group(found: Any) -> dict[str, str] | None:
        return {name: text.value for name, text in found.values.items()} if found is not None else None

    return {
        **{name: text.value for name, text in block_values.scalars.items()},
        **{name: [item.value for item in items] for name, items in block_values.lists.items()},
        **{name: {key: text.value for key, text in pairs.items.items()} for name, pairs in block_values.maps.items()},
        "sso_user": group(block_values.sso_user),
        "change": group(block_values.change),
        "contacts": {kind: group(found) for kind, found in block_values.contacts.items()},
        "access": {name: [group(found) for found in given] for name, given in block_values.access.items()},
    }


def checked_table(content: bytes) -> None:
    """Reads a table; what is right in it is written as HCL, and says the same there."""
    problems = Problems()
    lines = content.decode("utf-8", "replace").split("\n")
    table = read_table(content, "t.csv", problems)
    for block in blocks_of(table, problems) if table is not None else ():
        before = len(problems)
        label, block_values = check_label(block, problems), read_block(block, problems, default=False)
        if len(problems) > before or label is None:
            continue
        text = "\n".join(written(plain(block))) + "\n"
        ((read_label, read_said),) = checked(text.encode()).accounts
        assert (read_label, values(read_said)) == (label, values(block_values))
    for problem in problems.found:
        assert problem.line is not None
        assert 1 <= problem.line <= len(lines)


HEADER = [
    "account",
    "name",
    "email",
    "organizational_unit",
    "tags.a",
    "custom_fields.b",
    "customizations",
    "sso_user.email",
    "sso_user.first_name",
    "sso_user.last_name",
    "change.reason",
    "alternate_contact.security.name",
    "access.Admins",
    "on_removal",
]
CELLS = (
    TEXT | LABELS | st.sampled_from(["", "", "a@example.com", "Sandbox", "0042", "x;y", "close", "2026-11-24", "=1+2"])
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[list[str]], str, str]:
    """Rows, what separates cells, what ends lines."""
    header = draw(st.lists(st.sampled_from(HEADER) | TEXT, min_size=1, max_size=8).filter(any))
    rows = draw(st.lists(st.lists(CELLS, min_size=len(header), max_size=len(header)), max_size=4))
    return [header, *rows], draw(st.sampled_from(",;\t")), draw(st.sampled_from(["\n", "\r\n", "\r"]))


def as_csv(rows: list[list[str]], delimiter: str, end: str, *, quoting: Any = csv.QUOTE_ALL) -> bytes:
    shown = io.StringIO()
    csv.writer(shown, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    return shown.getvalue().encode()


@given(table=tables())
@FUZZ
def test_a_cell_comes_out_as_it_was_written(table: tuple[list[list[str]], str, str]) -> None:
    """Whatever stands in it, whatever separates cells and lines, once it is quoted as the csv module quotes it."""
    rows, delimiter, end = table
    content = as_csv(rows, delimiter, end)
    checked_table(content)
    problems = Problems()
    found = read_table(content, "t.csv", problems)
    if len(rows[0]) == 1 or "\0" in "".join(text for row in rows for text in row):
        return  # what separates columns cannot be told from one; NUL is refused
    assert found is not None
    assert [[cell.text for cell in row] for row in (found.header, *found.rows)] == rows
    assert not problems.found


TABLES = [
    as_csv([HEADER, [f"cell {index}" for index, _ in enumerate(HEADER)]], delimiter, end, quoting=csv.QUOTE_MINIMAL)
    + b'a,"b, ""c""\nd",,,,\n'
    for delimiter in ",;"
    for end in ("\n", "\r\n")
]


@given(content=mangled(TABLES))
@FUZZ
def test_a_mangled_table_ends_in_diagnostics(content: bytes) -> None:
    """Quotes, separators and line ends where they do not belong."""
    checked_table(content)


AFT = {
    path: text.encode()
    for shape in ("literal", "maps-instead-of-objects", "optional-parameters")
    for path, text in SHAPES[shape].items()
    if path.endswith(".tf")
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """AFT's own module, and a file for what is to be read."""
    return write(tmp_path_factory.mktemp("aft"), SHAPES["literal"])


@given(content=mangled(list(AFT.values())), path=st.sampled_from(["terraform/others.tf", *AFT]))
@FUZZ
def test_a_mangled_aft_repository_ends_in_diagnostics(checkout: Path, content: bytes, path: str) -> None:
    """One of its files is broken, the module's own among them; where no Terraform can be started, that is told."""
    before = (checkout / path).read_bytes() if (checkout / path).exists() else None
    (checkout / path).write_bytes(content)
    try:
        problems = Problems()
        repository = open_repository(checkout, "", problems)
        tools = Tools(settings=TerraformSettings(), environ={"PATH": "/nonexistent"}, working=checkout / ".vend")
        for request in read_aft(repository, tools, problems).requests:
            assert request.account
    finally:
        if before is None:
            (checkout / path).unlink()
        else:
            (checkout / path).write_bytes(before)


@pytest.mark.parametrize("content", REQUESTS, ids=range(len(REQUESTS)))
def test_a_file_cut_off_anywhere_ends_in_diagnostics(content: bytes) -> None:
    """After every byte of the example requests: a part is read as what it is, or told."""
    step = 1 if CASES > 1000 else 7
    for end in range(0, len(content), step):
        checked(content[:end])
