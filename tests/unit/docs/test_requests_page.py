"""docs/reference/requests.md says what the code takes: its examples load, and its tables are the code's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from unit.docs.pages import REPOSITORY, Example, codes, examples, rows, sections
from vend.errors import CODES, Diagnostic
from vend.hcl._parse import MAX_BYTES, MAX_DEPTH, MAX_LINES
from vend.requests import _blocks, _constraints, _setting_specs, load_fleet
from vend.requests._blocks import KINDS
from vend.requests._resolve import _MOST_TAGS
from vend.review._masking import BUILT_IN
from vend.settings import DynamodbLedger, S3State, Settings

PAGE = "docs/reference/requests.md"
LEAST = 'fleet "test" { home_region = "eu-west-1" }\n'
_FIRST_WORD = re.compile(r"^\s*(\w+)", re.MULTILINE)
_SECTIONS = sections(PAGE)
_NESTED = {"sso_user": _blocks._SSO_USER, "alternate_contact": _constraints.CONTACT, "change": _blocks._CHANGE}
_SETTINGS = {
    **{name: spec for name, spec in _setting_specs.SPECS.items() if name not in {"state", "ledger"}},
    **{f'state "{name}"': spec for name, spec in _setting_specs.STATES.items()},
    **{f'ledger "{name}"': spec for name, spec in _setting_specs.LEDGERS.items()},
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


def test_every_field_of_a_request_is_on_the_page() -> None:
    """The table has the fields that the code reads, and no other."""
    assert _named("account") == {*_blocks._ATTRIBUTES, *_blocks._BLOCKS}


@pytest.mark.parametrize("block", [*_NESTED, "access"])
def test_every_field_of_a_nested_block_is_on_the_page(block: str) -> None:
    """The same for the blocks inside."""
    assert _named(block) == {*_NESTED.get(block, ("permission_set",))}


@pytest.mark.parametrize("block", _SETTINGS)
def test_every_setting_is_on_the_page(block: str) -> None:
    """Each block of vend.hcl has a section; its table has the settings that the code reads, and no other."""
    assert _named(block) == {*_SETTINGS[block].settings}


@pytest.mark.parametrize("block", _SETTINGS)
def test_every_default_on_the_page_is_the_codes(block: str) -> None:
    """Required where the code requires it, and the default that a fleet gets which says nothing."""
    for name, _, default, _ in rows(_SECTIONS[block]):
        (setting,) = codes(name)
        if setting in _SETTINGS[block].required:
            assert default == "required", setting
        else:
            assert default == _written(_defaults(block)[setting]), setting


def test_limits_on_the_page_are_the_codes() -> None:
    """Figures that stand in the code as constants."""
    text = (REPOSITORY / PAGE).read_text(encoding="utf-8")
    assert f"{MAX_BYTES:,} bytes" in text
    assert f"{MAX_LINES:,} lines" in text
    assert f"at most {MAX_DEPTH} levels" in text
    assert f"At most {_MOST_TAGS}," in text
    assert set(KINDS) <= set(codes(_SECTIONS["alternate_contact"]))


DEFAULTS = """
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
    assert load(tmp_path, DEFAULTS) == ()
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


def _named(section: str) -> set[str]:
    return {name for first, *_ in rows(_SECTIONS[section]) for name in codes(first)}


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
    """A default as the page writes it."""
    if default is None:
        return "none"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, str):
        return f'`"{default}"`'
    if isinstance(default, dict):
        return "`{ " + ", ".join(f'{key} = "{value}"' for key, value in default.items()) + " }`"
    if isinstance(default, tuple):
        return "`[" + ", ".join(f'"{item}"' for item in default) + "]`"
    return f"`{default}`"


def test_the_built_in_names_of_secrets_are_those_of_the_page() -> None:
    """The page lists every name that is hidden without being asked for."""
    (said,) = (what for name, _, _, what in rows(_SECTIONS["review"]) if "sensitive_patterns" in name)
    assert codes(said.split("(")[1].split(")")[0]) == BUILT_IN
