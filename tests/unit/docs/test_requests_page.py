"""docs/reference/requests.md says what the code takes: its examples load, and its tables are the code's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from unit.docs.pages import REPOSITORY, Example, codes, examples, rows, sections
from vend.cli._field_tables import documented, with_tables
from vend.errors import CODES, Diagnostic
from vend.hcl._parse import MAX_BYTES, MAX_DEPTH, MAX_LINES
from vend.requests import ACCOUNT, DEFAULTS, BlockType, Field, load_fleet
from vend.settings import DynamodbLedger, S3State, Settings

PAGE = "docs/reference/requests.md"
LEAST = 'fleet "test" { home_region = "eu-west-1" }\n'
_FIRST_WORD = re.compile(r"^\s*(\w+)", re.MULTILINE)
_SECTIONS = sections(PAGE)
_TABLES = documented()
_SETTINGS = {
    name: block for name, block in _TABLES.items() if name not in {ACCOUNT.name, DEFAULTS.name, *ACCOUNT.block_names}
}


def load(directory: Path, text: str) -> tuple[Diagnostic, ...]:
    """What reading a fleet says of this text, taken as requests or as vend.hcl by its first block."""
    uncommented = re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)
    first = _FIRST_WORD.search(uncommented)
    requests = first is not None and first[1] in {"account", "defaults"}
    settings = LEAST if requests else text if 'fleet "' in text else LEAST + text
    files = {"vend.hcl": settings, "account-requests/page.hcl": text if requests else ""}
    for name in ("spoke-network", "ci-deploy", "data-network"):
        files[f"customizations/{name}/main.tf"] = ""
    files["teams/data/empty.hcl"] = ""
    for name, content in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(content, encoding="utf-8")
    return tuple(problem for problem in load_fleet(directory).diagnostics if problem.code != "no-requests")


@pytest.mark.parametrize(
    "example",
    [
        example
        for page in ("README.md", PAGE, "docs/how-to/customizations.md")
        for example in examples(page, "hcl")
        if not (example.file or "").endswith(".tf")
    ],
    ids=str,
)
def test_every_example_loads(tmp_path: Path, example: Example) -> None:
    """What the pages show can be copied: vend reads it and finds nothing to say."""
    assert load(tmp_path, example.text) == ()


REFUSED = [
    (codes(written)[0], codes(code)[0])
    for written, code in rows(_SECTIONS["Values"])
    if codes(code) and codes(code)[0] in CODES
]


@pytest.mark.parametrize(("written", "code"), REFUSED)
def test_what_the_page_calls_refused_is_refused(tmp_path: Path, written: str, code: str) -> None:
    """Each row of the table gives the diagnostic that it names, at its place."""
    request = f'account "x-y" {{\n  email = "x@example.com"\n  organizational_unit = "Sandbox"\n  {written}\n}}\n'
    (problem,) = load(tmp_path, request)
    assert (problem.code, problem.line) == (code, 4)


def test_the_table_of_what_is_refused_was_found() -> None:
    """The test above tests something."""
    assert len(REFUSED) > 10


def test_escapes_are_read_as_the_page_says(tmp_path: Path) -> None:
    """A doubled sign is a literal one, and a heredoc ends in a line break."""
    example = next(example for example in examples(PAGE, "hcl") if "escapes" in example.text)
    assert load(tmp_path, example.text) == ()
    (request,) = load_fleet(tmp_path).requests
    assert request.custom_fields == {
        "greeting": "Hello ${name}, %{ stays as well",
        "quoted": 'she said "caf\u00e9"',
        "script": "first line\nsecond line\n",
    }


def test_the_tables_are_the_codes() -> None:
    """The page has a table of every block, as `python -m vend.cli.reference` writes it from what the code reads by."""
    page = (REPOSITORY / PAGE).read_text(encoding="utf-8")
    assert with_tables(page) == page
    assert re.findall("<!-- table: (.+) -->", page) == list(_TABLES)


@pytest.mark.parametrize("name", _TABLES)
def test_every_field_has_a_row(name: str) -> None:
    """Each table has the fields and blocks that the code reads, and no other, each with something to say."""
    found = {codes(first)[0]: rest for first, *rest in rows(_SECTIONS[name])}
    assert {*found} == {*_TABLES[name].field_names, *_TABLES[name].block_names}
    assert all(len(rest) == 4 and all(rest) for rest in found.values())


def with_example(block: BlockType, field: Field) -> str:
    """A block that says what it must, and this field as its table's example does."""
    lines = [f"{each.name} = {each.example}" for each in block.fields if each.required or each is field]
    label = {"account": ' "x-y"', "alternate_contact": ' "security"', "access": ' "Developers"', "fleet": ' "f"'}
    text = f"{block.name}{label.get(block.name, '')} {{\n" + "\n".join(lines) + "\n}\n"
    if block in ACCOUNT.blocks:
        return f'account "x-y" {{\nemail = "x@example.com"\norganizational_unit = "Sandbox"\n{text}}}\n'
    return text


@pytest.mark.parametrize(
    ("name", "field"), [(name, field.name) for name, block in _TABLES.items() for field in block.fields]
)
def test_the_example_of_every_field_loads(tmp_path: Path, name: str, field: str) -> None:
    """What the last column of a table shows can be copied; a repository that is not there is missed."""
    block = _TABLES[name]
    found = block.field(field)
    assert found is not None
    text = with_example(block, found)
    if name.startswith(("state", "ledger")):
        kind, label = name.split()
        text = text.replace(f"{kind} {{", f"{kind} {label} {{")
    expected = {"aft-not-found"} if (name, field) == ("requests", "aft") else set()
    assert {problem.code for problem in load(tmp_path, text)} == expected


@pytest.mark.parametrize("field", [field.name for field in DEFAULTS.fields])
def test_every_example_may_stand_in_defaults(tmp_path: Path, field: str) -> None:
    """What a request may inherit, `defaults` may say, in the same words."""
    found = DEFAULTS.field(field)
    assert found is not None
    assert load(tmp_path, with_example(DEFAULTS, found)) == ()


@pytest.mark.parametrize("name", _SETTINGS)
def test_every_default_of_a_setting_is_the_codes(name: str) -> None:
    """The default in the table is what a fleet gets which says nothing."""
    for field in _SETTINGS[name].fields:
        if not field.required:
            default = _defaults(name)[field.name]
            assert (field.default or "none") == _written(default), field.name


def test_every_default_of_a_request_is_the_codes(tmp_path: Path) -> None:
    """The same for an account that says the least."""
    load(tmp_path, 'account "x-y" {\n  email = "x@example.com"\n  organizational_unit = "Sandbox"\n}\n')
    (request,) = load_fleet(tmp_path).requests
    for field in ACCOUNT.fields:
        if not field.required and field.name != "name":
            assert field.default == _written(getattr(request, field.name)), field.name


def test_limits_on_the_page_are_the_codes() -> None:
    """Figures that stand in the code as constants."""
    text = (REPOSITORY / PAGE).read_text(encoding="utf-8")
    assert f"{MAX_BYTES:,} bytes" in text
    assert f"{MAX_LINES:,} lines" in text
    assert f"at most {MAX_DEPTH} levels" in text


OUTER = """
defaults {
  organizational_unit = "Outer"
  on_removal          = "close"
  customizations      = ["spoke-network"]
  tags                = { a = "outer", b = "outer" }
  access "Kept"  { permission_set = "Outer" }
  access "Named" { permission_set = "Outer" }
  access "Named" { permission_set = "OuterToo" }
  sso_user {
    email      = "outer@example.com"
    first_name = "Outer"
    last_name  = "Outer"
  }
}
"""


def test_defaults_merge_as_the_page_says(tmp_path: Path) -> None:
    """Maps key by key, access group by group, everything else as a whole; the nearer wins."""
    (tmp_path / "account-requests" / "inner").mkdir(parents=True)
    (tmp_path / "account-requests" / "inner" / "a.hcl").write_text(
        'defaults {\n  organizational_unit = "Inner"\n  tags = { b = "inner" }\n}\n'
        'account "x-y" {\n  email = "x@example.com"\n  customizations = []\n  tags = { c = "own" }\n'
        '  access "Named" { permission_set = "Own" }\n}\n'
    )
    assert load(tmp_path, OUTER) == ()
    (request,) = load_fleet(tmp_path).requests
    assert (request.organizational_unit, request.on_removal, request.customizations) == ("Inner", "close", ())
    assert request.tags == {"a": "outer", "b": "inner", "c": "own"}
    assert [(a.group, a.permission_set) for a in request.access] == [("Kept", "Outer"), ("Named", "Own")]
    assert request.sso_user.email == "outer@example.com"


def test_without_a_user_the_account_gets_the_one_on_the_page(tmp_path: Path) -> None:
    """Account Factory wants one in any case."""
    least = next(example for example in examples(PAGE, "hcl") if "sandbox-grace" in example.text)
    load(tmp_path, least.text)
    (request,) = load_fleet(tmp_path).requests
    assert (request.sso_user.email, request.name) == (request.email, "sandbox-grace")
    assert {request.sso_user.first_name, request.sso_user.last_name} <= set(codes(_SECTIONS["sso_user"]))


def _defaults(block: str) -> Mapping[str, Any]:
    """What the settings of a block are where vend.hcl says nothing of them."""
    settings = Settings(name="x", home_region="eu-west-1")
    subjects: dict[str, Any] = {
        "requests": {"paths": settings.request_paths, "aft": settings.aft},
        "hooks": {"timeout_minutes": settings.hook_timeout_minutes},
        'state "s3"': S3State(bucket="b", region="r"),
        'ledger "dynamodb"': DynamodbLedger(table="t"),
        "fleet": settings,
    }
    subject: Any = subjects.get(block) or getattr(settings, block.split(maxsplit=1)[0])
    return subject if isinstance(subject, dict) else {f.name: getattr(subject, f.name) for f in fields(subject)}


def _written(default: object) -> str:
    """A value as it is written in HCL."""
    if default is None:
        return "none"
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, str):
        return f'"{default}"'
    if isinstance(default, dict):
        return "{ " + ", ".join(f'{key} = "{value}"' for key, value in default.items()) + " }" if default else "{}"
    if isinstance(default, tuple):
        return "[" + ", ".join(f'"{item}"' for item in default) + "]"
    return f"{default}"
