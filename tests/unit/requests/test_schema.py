"""The exported schemas take what vend takes, and refuse what it refuses as far as a schema can tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from support.hcl_json import as_json
from unit.docs.pages import REPOSITORY, Example, examples
from vend.requests import ACCOUNT, SETTINGS, BlockType, SchemaName, json_schema, load_fleet

LEAST = 'fleet "test" { home_region = "eu-west-1" }\n'
PAGES = ("README.md", "docs/reference/requests.md", "docs/how-to/customizations.md")
SHOWN = [e for page in PAGES for e in examples(page, "hcl") if not (e.file or "").endswith(".tf")]
FILES = [REPOSITORY / "vend.hcl", *sorted((REPOSITORY / "account-requests").rglob("*.hcl"))]


def validator(name: SchemaName) -> Draft202012Validator:
    schema = json_schema(name)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


VALIDATORS = {"requests": validator("requests"), "settings": validator("settings")}


def objections(text: str, *, arrays: bool = False) -> list[str]:
    """What the schema says of a file, taken as requests or as vend.hcl by its first block."""
    document = as_json(text, arrays=arrays)
    requests = {"account", "defaults"} & document.keys()
    if not requests and "fleet" not in document:
        document = {**as_json(LEAST, arrays=arrays), **document}
    return [error.json_path for error in VALIDATORS["requests" if requests else "settings"].iter_errors(document)]


@pytest.mark.parametrize("arrays", [False, True])
@pytest.mark.parametrize("example", SHOWN, ids=str)
def test_every_example_of_the_documentation_is_valid(example: Example, arrays: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """As HCL's specification has it in JSON, and as hcl2json writes it."""
    assert objections(example.text, arrays=arrays) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(REPOSITORY).as_posix())
def test_every_file_of_the_example_fleet_is_valid(file: Path) -> None:
    """What `make demo` vends."""
    assert objections(file.read_text(encoding="utf-8")) == []


REQUEST = 'account "a" {{\n  email               = "a@example.com"\n  organizational_unit = "Prod"\n  {}\n}}\n'
BAD_REQUESTS = [
    "colour = 1",
    "tags = []",
    "tags = { A = 1 }",
    'tags = { "aws:x" = "1" }',
    'tags = { "a;b" = "1" }',
    'tags = { A = "a;b" }',
    "custom_fields = { a = true }",
    'custom_fields = { a = "" }',
    'custom_fields = { a = "{{b}}" }',
    'custom_fields = { "a b" = "c" }',
    'customizations = "spoke"',
    'customizations = ["spoke", "spoke"]',
    "customizations = [1]",
    'opt_in_regions = ["nowhere"]',
    'on_removal = "delete"',
    'name = "a < b"',
    f'name = "{"a" * 51}"',
    'sso_user { email = "g@example.com" }',
    'sso_user {\n email = "g"\n first_name = "G"\n last_name = "H"\n}',
    'sso_user {\n email = "g@example.com"\n first_name = " "\n last_name = "H"\n}',
    'sso_user {\n email = "g@example.com"\n first_name = "G"\n last_name = "H"\n middle_name = "B"\n}',
    'alternate_contact "boss" {\n name = "n"\n title = "t"\n email = "a@example.com"\n phone = "1"\n}',
    'alternate_contact "security" {\n name = "n"\n title = "t"\n email = "a@example.com"\n phone = "none"\n}',
    'alternate_contact "security" {\n name = "n"\n title = "t"\n email = "nobody"\n phone = "1"\n}',
    'access "G" { permission_set = "a b" }',
    'access "" { permission_set = "Read" }',
    'access "G" {}',
    "change {}",
    'change { reason = " " }',
    'access = { G = { permission_set = "a b" } }',
]
WHOLE_REQUESTS = [
    'account "a b" {\n email = "a@example.com"\n}\n',
    'account "a" { email = "nobody" }\n',
    f'account "a" {{ email = "{"a" * 60}@example.com" }}\n',
    'account "a" {\n email = "a@example.com"\n organizational_unit = "A//B"\n}\n',
    'account "a" {\n email = "a@example.com"\n organizational_unit = "A/B/C/D/E/F"\n}\n',
    'defaults { email = "a@example.com" }\n',
    'defaults { name = "a" }\n',
    "defaults {}\nother {}\n",
    'account "a" { email = "a@example.com" }\nx = 1\n',
]


@pytest.mark.parametrize("text", [*map(REQUEST.format, BAD_REQUESTS), *WHOLE_REQUESTS])
def test_bad_requests_are_refused_by_schema_and_vend(tmp_path: Path, text: str) -> None:
    """Each kind of value that is wrong by itself."""
    assert objections(text)
    (tmp_path / "vend.hcl").write_text(LEAST)
    (tmp_path / "account-requests").mkdir()
    (tmp_path / "account-requests" / "a.hcl").write_text(text)
    for name in ("spoke",):
        (tmp_path / "customizations" / name).mkdir(parents=True)
    assert [problem for problem in load_fleet(tmp_path).diagnostics if problem.severity == "error"]


BAD_SETTINGS = [
    "fleet {}\n",
    'fleet "a" {}\n',
    'fleet "a" { home_region = 1 }\n',
    'fleet "a" {\n home_region = "eu-west-1"\n organization_id = "x"\n}\n',
    'fleet "a" {\n home_region = "eu-west-1"\n management_account_id = 111111111111\n}\n',
    'fleet "a" {\n home_region = "eu-west-1"\n frozen = "yes"\n}\n',
    "control_tower { max_concurrent_operations = 11 }\n",
    "control_tower { max_concurrent_operations = 1.5 }\n",
    'control_tower { vending_role = "role" }\n',
    "control_tower { colour = 1 }\n",
    'state "s3" { bucket = "example-bucket" }\n',
    'state "ftp" {}\n',
    'state "local" { bucket = "b" }\n',
    'ledger "dynamodb" {}\n',
    'terraform { required_providers = { "A B" = "1.0.0" } }\n',
    "terraform { parallelism = 0 }\n",
    "terraform { timeout_minutes = true }\n",
    "requests { paths = 1 }\n",
    "unknown {}\n",
    'sandbox { organizational_units = ["A//B"] }\n',
    "sandbox { operation_seconds = -1 }\n",
]


@pytest.mark.parametrize("text", BAD_SETTINGS)
def test_bad_settings_are_refused_by_schema_and_vend(tmp_path: Path, text: str) -> None:
    """The same for vend.hcl."""
    assert objections(text)
    (tmp_path / "vend.hcl").write_text(text if "fleet" in text else LEAST + text)
    (tmp_path / "account-requests").mkdir()
    assert [problem for problem in load_fleet(tmp_path).diagnostics if problem.severity == "error"]


def blocks(block: BlockType) -> list[BlockType]:
    found = [block, *block.kinds.values()]
    return found + [below for inner in block.blocks for below in blocks(inner)]


@pytest.mark.parametrize("name", ["requests", "settings"])
def test_every_field_says_what_it_is(name: SchemaName) -> None:
    """With a description, and the table's example as one; nothing of the table is left out."""
    defined: dict[str, Any] = json_schema(name)["$defs"]
    for top in (ACCOUNT,) if name == "requests" else SETTINGS:
        for block in blocks(top):
            body = next((found for found in defined.values() if found.get("description") == block.description), None)
            if block.kinds:
                continue
            assert body is not None, block.name
            assert set(body["properties"]) == {*block.field_names, *block.block_names}
            for field in block.fields:
                said = body["properties"][field.name]
                assert said["description"].startswith(field.description)
                assert len(said["examples"]) == 1


def test_defaults_are_values(tmp_path: Path) -> None:
    """What is said in words is in the description."""
    del tmp_path
    account = json_schema("requests")["$defs"]["account"]["properties"]
    assert (account["tags"]["default"], account["on_removal"]["default"]) == ({}, "retain")
    assert "default" not in account["name"]
    assert account["name"]["description"].endswith("Default: the label.")


@pytest.mark.parametrize("name", ["requests", "settings"])
def test_a_schema_is_the_same_each_time(name: SchemaName) -> None:
    """Same code, same bytes."""
    assert json.dumps(json_schema(name)) == json.dumps(json_schema(name))
