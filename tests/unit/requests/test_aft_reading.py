"""AFT repositories: settings of a checkout, native requests beside it, places, what is remembered, bad input."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.aft_repositories import FOR_EACH, item, module, request, write
from vend.errors import Diagnostic, InvalidInputError
from vend.hcl import literal
from vend.models import AccountRequest, Position
from vend.requests import FleetReading, find_fleet, load_fleet, load_settings
from vend.settings import LocalState, Settings, SqliteLedger

ENVIRON = {"PATH": os.environ["PATH"], "AWS_REGION": "eu-west-1"}
WITHOUT_TERRAFORM = {"PATH": "/nonexistent", "AWS_REGION": "eu-west-1"}


def read(directory: Path, files: Mapping[str, str | bytes], environ: Mapping[str, str] = ENVIRON) -> FleetReading:
    return load_fleet(write(directory, files), environ)


def places(diagnostics: tuple[Diagnostic, ...]) -> list[tuple[str, str | None, int | None, int | None]]:
    return [(d.code, d.file, d.line, d.column) for d in diagnostics]


def one(reading: FleetReading) -> AccountRequest:
    (found,) = reading.requests
    return found


def test_a_checkout_is_a_fleet_by_itself(tmp_path: Path) -> None:
    """Nothing is added to it; state and ledger are local, and its other folders are not vend's."""
    reading = read(
        tmp_path,
        {
            **module(),
            "terraform/main.tf": request("a"),
            "account-requests/x.hcl": "not ours {",
            "customizations/x y/main.tf": "",
        },
    )
    assert reading.diagnostics == ()
    assert reading.fleet is not None
    settings = reading.fleet.settings
    assert settings == Settings(name=tmp_path.name, home_region="eu-west-1", request_paths=(), aft=".", foreign=True)
    assert not reading.fleet.overrides.exists()
    assert (settings.state, settings.ledger) == (LocalState(), SqliteLedger())


@pytest.mark.parametrize(
    ("files", "environ", "region", "warned"),
    [
        ({}, {"AWS_REGION": "eu-north-1"}, "eu-north-1", False),
        ({}, {"AWS_DEFAULT_REGION": "eu-north-1"}, "eu-north-1", False),
        ({}, {}, "us-east-1", True),
        ({}, {"AWS_REGION": "nowhere"}, "us-east-1", True),
        ({"terraform/backend.jinja": 'region = "ca-central-1"\n'}, {}, "ca-central-1", False),
        ({"terraform/aft-providers.jinja": 'region = "sa-east-1"\n'}, {"AWS_REGION": "eu-west-1"}, "sa-east-1", False),
        ({"terraform/p.tf": 'provider "aws" {\n  region = "eu-west-3"\n}\n'}, {}, "eu-west-3", False),
        ({"terraform/p.tf": 'provider "aws" {\n  alias = "x"\n  region = "eu-west-3"\n}\n'}, {}, "us-east-1", True),
        (
            {"terraform/backend.jinja": 'region = "eu-west-1"', "terraform/x.jinja": 'region = "eu-west-2"'},
            {"AWS_REGION": "eu-west-3"},
            "eu-west-3",
            False,
        ),
    ],
)
def test_the_home_region_of_a_checkout(
    tmp_path: Path, files: dict[str, str], environ: dict[str, str], region: str, *, warned: bool
) -> None:
    """What the repository names, if that is one; else the environment's; else a guess that is told as one."""
    write(tmp_path, {**module(), **files})
    warnings: list[Diagnostic] = []
    found = load_settings(tmp_path, on_warning=warnings.extend, environ=environ)
    assert found.home_region == region
    assert [d.code for d in warnings] == (["aft-region-assumed"] if warned else [])


def test_where_no_fleet_is_found_a_checkout_is_told_of(tmp_path: Path) -> None:
    """vend.hcl makes a fleet; a checkout is one only by name."""
    write(tmp_path, {**module(), "terraform/main.tf": request("a")})
    with pytest.raises(InvalidInputError) as caught:
        find_fleet(tmp_path / "terraform")
    (problem,) = caught.value.diagnostics
    assert problem.code == "fleet-not-found"
    assert problem.hint == "this is an AFT account-request repository: vend --fleet .. …"


def test_a_folder_that_is_neither_has_no_settings(tmp_path: Path) -> None:
    """A Terraform repository that asks for no account is no AFT repository."""
    write(tmp_path, {"terraform/main.tf": "locals {}\n"})
    with pytest.raises(InvalidInputError) as caught:
        load_settings(tmp_path)
    assert [d.code for d in caught.value.diagnostics] == ["settings-missing"]


NATIVE = """\
account "native" {
  name                = "Native Account"
  email               = "aws+native@example.com"
  organizational_unit = "Sandbox"
}
"""
SETTINGS = 'fleet "x" { home_region = "eu-west-1" }\nrequests { aft = "../aft" }\n'


def mixed(tmp_path: Path, terraform: str, native: str = NATIVE) -> FleetReading:
    write(tmp_path / "aft", {**module(), "terraform/main.tf": terraform})
    return read(tmp_path / "fleet", {"vend.hcl": SETTINGS, "account-requests/n.hcl": native}, {})


def test_requests_of_both_kinds_make_one_fleet(tmp_path: Path) -> None:
    """The AFT repository is where vend.hcl says, and its places count from the fleet."""
    reading = mixed(tmp_path, request("a"))
    assert reading.diagnostics == ()
    assert [(r.account, r.to_json()["source"]) for r in reading.requests] == [
        ("a", {"file": "../aft/terraform/main.tf", "line": 1}),
        ("native", {"file": "account-requests/n.hcl", "line": 1}),
    ]


@pytest.mark.parametrize(
    ("terraform", "code"),
    [
        (request("a", AccountName="NATIVE"), "duplicate-account"),
        (request("a", AccountEmail="AWS+Native@example.com"), "duplicate-email"),
        (request("a", AccountName="Native Account"), "duplicate-name"),
    ],
)
def test_what_collides_is_told_across_both(tmp_path: Path, terraform: str, code: str) -> None:
    """One account cannot be asked for in both places."""
    found = {d.code: d for d in mixed(tmp_path, terraform).diagnostics}
    assert code in found
    assert found[code].file == "../aft/terraform/main.tf"
    assert [place.file for place in found[code].related] == ["account-requests/n.hcl"]


def test_an_aft_repository_alone_needs_no_folder_of_native_requests(tmp_path: Path) -> None:
    """`requests { aft = … }` says where requests are; a folder that is named all the same must be there."""
    write(tmp_path / "aft", {**module(), "terraform/main.tf": request("a")})
    assert read(tmp_path / "fleet", {"vend.hcl": SETTINGS}, {}).diagnostics == ()
    both = (
        SETTINGS.replace("aft =", 'paths = ["gone"]\n  aft =').replace("{ paths", "{\n  paths").replace('t" }', 't"\n}')
    )
    reading = read(tmp_path / "fleet", {"vend.hcl": both}, {})
    assert [d.code for d in reading.diagnostics] == ["requests-folder-missing"]
    assert [r.account for r in reading.requests] == ["a"]


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        (SETTINGS + "colour {}\n", "unknown-setting"),
        (SETTINGS + 'terraform { version = "newest" }\n', "invalid-setting"),
        (SETTINGS.replace('"eu-west-1"', '"nowhere"'), "invalid-setting"),
        (SETTINGS.replace(' home_region = "eu-west-1" ', ""), "missing-setting"),
        (SETTINGS.partition("\n")[2], "missing-setting"),
        (SETTINGS + 'state "s3" {\n', "hcl-syntax"),
        (SETTINGS.replace('{ aft = "../aft" }', '{\n  aft = "../aft"\n}') + "fleet = [\n", "hcl-syntax"),
        (
            SETTINGS.replace('"../aft" }', '"../aft"\n  colour = "red"\n}').replace("{ aft", "{\n  aft"),
            "unknown-setting",
        ),
    ],
)
def test_settings_that_are_wrong_hide_no_request_of_aft(tmp_path: Path, settings: str, code: str) -> None:
    """As long as its path can be read, its requests are read and checked."""
    write(tmp_path / "aft", {**module(), "terraform/main.tf": request("a", AccountEmail="wrong")})
    reading = read(tmp_path / "fleet", {"vend.hcl": settings, "account-requests/n.hcl": NATIVE}, {})
    assert {d.code for d in reading.diagnostics} == {code, "invalid-email"}
    assert reading.fleet is None
    assert [r.account for r in reading.requests] == ["a", "native"]


@pytest.mark.parametrize(
    "settings",
    [
        SETTINGS.replace('"../aft"', '"../aft'),
        SETTINGS + 'requests { aft = "elsewhere" }\nx = [\n',
        SETTINGS.replace("{ aft", "{ x { } aft") + "x = [\n",
    ],
    ids=["broken itself", "two of them", "with a block in it"],
)
def test_a_path_that_cannot_be_read_is_not_guessed(tmp_path: Path, settings: str) -> None:
    """Native requests in the usual folder are read; nothing is said of an AFT repository."""
    write(tmp_path / "aft", {**module(), "terraform/main.tf": request("a", AccountEmail="wrong")})
    reading = read(tmp_path / "fleet", {"vend.hcl": settings, "account-requests/n.hcl": NATIVE}, {})
    assert {d.code for d in reading.diagnostics} == {"hcl-syntax"}
    assert [r.account for r in reading.requests] == ["native"]


def test_a_customization_is_an_error_only_where_there_are_any(tmp_path: Path) -> None:
    """AFT keeps its own elsewhere: without a customizations folder, a name is a warning, told once."""
    text = "".join(request(name, 'account_customizations_name = "spoke"') for name in "ab")
    warned = mixed(tmp_path, text)
    assert [(d.severity, d.code) for d in warned.diagnostics] == [("warning", "unknown-customization")]
    assert [r.customizations for r in warned.requests] == [("spoke",), ("spoke",), ()]
    write(tmp_path / "fleet", {"customizations/other/main.tf": ""})
    refused = load_fleet(tmp_path / "fleet")
    assert [(d.severity, d.code) for d in refused.diagnostics] == [("error", "unknown-customization")] * 2
    write(tmp_path / "fleet", {"customizations/spoke/main.tf": ""})
    assert load_fleet(tmp_path / "fleet").diagnostics == ()


def test_a_literal_value_knows_its_place(tmp_path: Path) -> None:
    """Of parameters, tags, fields, the customization and the change: the value itself."""
    text = request("a", 'account_tags = { Owner = "x" }', 'account_customizations_name = "s"')
    found = one(read(tmp_path, {**module(), "terraform/main.tf": text}, WITHOUT_TERRAFORM))
    lines = text.splitlines()

    def value(path: str) -> str:
        place = found.position(path)
        assert place is not None
        return lines[place.line - 1][place.column - 1 :]

    assert value("").startswith('module "a"')
    assert value("email") == '"aws+a@example.com"'
    assert value("sso_user.last_name") == '"Hopper"'
    assert value("tags.Owner").startswith('"x"')
    assert value("customizations[0]") == '"s"'
    assert value("change.reason") == '"wanted"'


@pytest.mark.terraform
def test_an_evaluated_value_stands_in_its_block_or_in_the_one_place_of_the_data(tmp_path: Path) -> None:
    """An email that stands once in the data is found there; one that stands twice, or is computed, is not guessed."""
    data = "- name: One\n  email: bad one\n- name: Two\n  email: bad two\n  owner: bad two\n"
    files = {
        **module(),
        "terraform/a.yaml": data,
        "terraform/main.tf": 'locals {\n  accounts = { for a in yamldecode(file("a.yaml")) : a.name => a }\n}\n'
        + FOR_EACH,
    }
    reading = read(tmp_path, files)
    assert places(tuple(d for d in reading.diagnostics if d.severity == "error")) == [
        ("invalid-email", "terraform/a.yaml", 2, 10),
        ("invalid-email", "terraform/main.tf", 9, 33),
    ]


YAML = """\
accounts:
  - name: One
    email: aws+one@example.com
    tags: { CostCenter: 0042, Since: 2026-11-24, Quoted: "007", Plain: 12, Live: yes }
    fields:
      "the-size": 1.50 # a size
      hex: 0x1F
      both: 08
  - name: Two
    email: aws+two@example.com
    tags: {CostCenter: 0043,Since: '2026-11-24'}
    fields:
      both: 8
other:
  CostCenter: 0099
"""


@pytest.mark.terraform
def test_data_that_reads_otherwise_is_warned_of_where_that_is_certain(tmp_path: Path) -> None:
    """At the very value, in YAML, JSON, tfvars and locals; not where one of the same key is written as it reads."""
    files = {
        **module(),
        "terraform/a.yaml": YAML,
        "terraform/b.json": '{"tags": {"Level": 1e3, "Text": "0042"}}\n',
        "terraform/terraform.tfvars": 'more = {\n  Code = 0007\n  Name = "0008"\n}\n',
        "terraform/main.tf": """\
variable "more" {}
locals {
  accounts = { for a in concat(yamldecode(file("a.yaml")).accounts, [local.three]) : a.name => a }
  three = {
    name  = "Three"
    email = "aws+three@example.com"
    tags  = merge(jsondecode(file("${path.module}/b.json")).tags, var.more, local.own)
  }
  own = { Date = 2026-11-24 }
}
"""
        + FOR_EACH,
    }
    reading = read(tmp_path, files)
    assert [(r.account, dict(r.tags), dict(r.custom_fields)) for r in reading.requests] == [
        (
            "One",
            {"CostCenter": "42", "Live": "true", "Plain": "12", "Quoted": "007", "Since": "2026-11-24T00:00:00Z"},
            {"both": "8", "hex": "31", "the-size": "1.5"},
        ),
        ("Three", {"Code": "7", "Date": "1991", "Level": "1000", "Name": "0008", "Text": "0042"}, {}),
        ("Two", {"CostCenter": "43", "Since": "2026-11-24"}, {"both": "8"}),
    ]
    assert {d.code for d in reading.diagnostics} == {"aft-number-reads-otherwise"}
    assert [(d.file, d.line, d.column, d.summary) for d in reading.diagnostics] == [
        ("terraform/a.yaml", 4, 25, "without quotes, Terraform reads 0042 as 42"),
        ("terraform/a.yaml", 4, 38, "without quotes, Terraform reads 2026-11-24 as 2026-11-24T00:00:00Z"),
        ("terraform/a.yaml", 4, 82, "without quotes, Terraform reads yes as true"),
        ("terraform/a.yaml", 6, 19, "without quotes, Terraform reads 1.50 as 1.5"),
        ("terraform/a.yaml", 7, 12, "without quotes, Terraform reads 0x1F as 31"),
        ("terraform/a.yaml", 11, 24, "without quotes, Terraform reads 0043 as 43"),
        ("terraform/b.json", 1, 20, "without quotes, Terraform reads 1e3 as 1000"),
        ("terraform/main.tf", 9, 18, "without quotes, Terraform reads 2026-11-24 as 1991"),
        ("terraform/terraform.tfvars", 2, 10, "without quotes, Terraform reads 0007 as 7"),
    ]


@pytest.mark.terraform
def test_what_was_evaluated_is_remembered(tmp_path: Path) -> None:
    """The same files start no Terraform again, what it warned of is told again; any other byte does start it.

    Nothing is left for git to see.
    """
    files = {
        **module(),
        "terraform/terraform.tfvars": 'unheard_of = "x"\n',
        "terraform/a.yaml": "- { name: One, email: aws+one@example.com }\n",
        "terraform/main.tf": 'locals {\n  accounts = { for a in yamldecode(file("a.yaml")) : a.name => a }\n}\n'
        + FOR_EACH,
    }
    log = tmp_path / "log"
    shim = tmp_path / "terraform"
    shim.write_text(f'#!/bin/sh\necho "$1" >> {log}\nPATH={os.environ["PATH"]} exec terraform "$@"\n')
    shim.chmod(shim.stat().st_mode | stat.S_IXUSR)
    environ = {**ENVIRON, "VEND_TERRAFORM": str(shim)}
    first = read(tmp_path / "aft", files, environ)
    assert [r.account for r in first.requests] == ["One"]
    started = log.read_text().split()
    assert started == ["version", "init", "plan", "show"]
    assert first.fleet is not None
    assert first.fleet.terraform_runs == 4
    second = load_fleet(tmp_path / "aft", environ)
    assert (second.requests, log.read_text().split()) == (first.requests, started)
    assert [problem.code for problem in first.diagnostics] == ["terraform-warning"]
    assert second.diagnostics == first.diagnostics
    assert second.fleet is not None
    assert second.fleet.terraform_runs == 0
    changed = read(tmp_path / "aft", {"terraform/a.yaml": "- { name: Two, email: aws+two@example.com }\n"}, environ)
    assert [r.account for r in changed.requests] == ["Two"]
    assert len(log.read_text().split()) == len(started) + 3
    assert {path.name for path in (tmp_path / "aft").iterdir()} == {".vend", "terraform"}
    assert (tmp_path / "aft" / ".vend" / ".gitignore").read_text() == "*\n"


def test_literal_requests_need_no_terraform(tmp_path: Path) -> None:
    """Others say what is missing, at the first block that needs it, and hide none of the literal ones."""
    files = {**module(), "terraform/a.tf": request("a"), "terraform/b.tf": "\n" + FOR_EACH}
    reading = read(tmp_path, files, WITHOUT_TERRAFORM)
    assert [r.account for r in reading.requests] == ["a"]
    assert places(reading.diagnostics) == [("terraform-not-found", "terraform/b.tf", 2, 1)]


def test_a_checkout_that_cannot_be_written_is_read_all_the_same(tmp_path: Path) -> None:
    """`.vend` is in the way: literal requests need it not at all."""
    reading = read(tmp_path, {**module(), ".vend": "a file", "terraform/a.tf": request("a")})
    assert [r.account for r in reading.requests] == ["a"]
    assert reading.diagnostics == ()


@pytest.mark.terraform
def test_a_broken_account_among_many_hides_no_other(tmp_path: Path) -> None:
    """Terraform's own error has its place, and names the account; its siblings are read, those of other calls too."""
    good = {f"a{number}": f'{{ name = "a{number}", email = "aws+a{number}@example.com" }}' for number in range(40)}
    wrong = {"a7": '{ name = "a7" }', 'a"3': '{ name = "a33", email = null }'}
    entries = "".join(f"    {literal(name)} = {value}\n" for name, value in {**good, **wrong}.items())
    text = f"locals {{\n  accounts = {{\n{entries}  }}\n}}\n/* x */ {FOR_EACH}"
    text = text.replace("= each.value.email", "= lower(each.value.email)")
    other = FOR_EACH.replace('"accounts"', '"others"').replace("local.accounts", "local.others")
    more = 'locals {\n  others = { o = { name = "o", email = "aws+o@example.com" } }\n}\n' + other
    reading = read(tmp_path, {**module(), "terraform/main.tf": text, "terraform/other.tf": more})
    assert {r.account for r in reading.requests} == {*(good.keys() - wrong.keys()), "o"}
    line = len({**good, **wrong}) + 10
    errors = [d for d in reading.diagnostics if d.severity == "error"]
    assert [(d.code, d.file, d.line) for d in errors] == [("terraform-error", "terraform/main.tf", line)] * 2
    details = [str(d.detail).partition(": ")[0] for d in errors]
    assert sorted(details) == ['module.accounts["a7"]', 'module.accounts["a\\"3"]']
    request = reading.requests[0]
    assert request.position() == Position(file="terraform/main.tf", line=len({**good, **wrong}) + 5, column=9)


TEAM = 'variable "accounts" {}\n' + FOR_EACH.replace("local.accounts", "var.accounts").replace(
    "./modules", "../modules"
)


@pytest.mark.terraform
def test_a_broken_account_below_another_module_hides_no_other(tmp_path: Path) -> None:
    """Calls in calls; a problem that several accounts of a call have is told once, with their names."""
    text = """\
locals {
  teams = {
    a = toset(["x", "y", "bad"])
    b = toset(["z"])
  }
}
module "team" {
  for_each = local.teams
  source   = "./team"
  accounts = each.value
}
"""
    email = 'lower(each.key == "bad" ? null : "aws+${each.key}@example.com")'
    team = TEAM.replace("each.value.email", email).replace("each.value.name", "each.key")
    nobody = FOR_EACH.replace('"accounts"', '"nobody"').replace("local.accounts", 'toset(["p", "q"])')
    nobody = nobody.replace("each.value.name", "each.key")
    reading = read(tmp_path, {**module(), "terraform/main.tf": text + nobody, "terraform/team/main.tf": team})
    assert [r.account for r in reading.requests] == ["x", "y", "z"]
    errors = [(d.file, d.line, str(d.detail).partition(": ")[0]) for d in reading.diagnostics]
    assert errors == [
        ("terraform/main.tf", 17, 'module.nobody["p"], module.nobody["q"]'),
        ("terraform/team/main.tf", 7, 'module.accounts["bad"]'),
    ]


@pytest.mark.terraform
def test_a_call_that_others_speak_of_stays_whole(tmp_path: Path) -> None:
    """In parts it would be another one; the problem is told as Terraform tells it."""
    text = (
        'locals {\n  accounts = { a = { name = "a", email = "aws+a@example.com" }, b = { name = "b" } }\n'
        f"  count = length(module.accounts)\n}}\n{FOR_EACH}"
    )
    reading = read(tmp_path, {**module(), "terraform/main.tf": text})
    assert reading.requests == ()
    assert [(d.code, d.line) for d in reading.diagnostics if d.severity == "error"] == [("terraform-error", 10)]


@pytest.mark.parametrize(
    ("files", "code", "file", "line"),
    [
        ({"terraform/main.tf": "module {\n"}, "hcl-syntax", "terraform/main.tf", 1),
        ({"terraform/main.tf": b"# \xff\n"}, "hcl-encoding", "terraform/main.tf", 1),
        ({"terraform/main.tf.json": '{\n  "module": [}'}, "hcl-syntax", "terraform/main.tf.json", 2),
        ({"terraform/main.tf": 'module "x" {\n  source = "../../x"\n}\n'}, "aft-outside", "terraform/main.tf", 1),
        (
            {
                "terraform/main.tf": 'module "x" {\n  source = "./x"\n}\n',
                "terraform/x/m.tf": 'module "y" {\n  source = "./"\n}\n',
            },
            "aft-module-in-a-circle",
            "terraform/x/m.tf",
            1,
        ),
        (
            {"terraform/main.tf": request("x", source="app.terraform.io/x/aft-account-request/aws")},
            "aft-module-elsewhere",
            "terraform/main.tf",
            1,
        ),
    ],
)
def test_what_is_broken_has_its_place_and_hides_nothing(
    tmp_path: Path, files: dict[str, str | bytes], code: str, file: str, line: int
) -> None:
    """A file that cannot be read, or a module that leads nowhere; requests of other files are there."""
    reading = read(tmp_path, {**module(), "terraform/sound.tf": request("sound"), **files})
    assert [r.account for r in reading.requests] == ["sound"]
    assert (code, file, line) in [(d.code, d.file, d.line) for d in reading.diagnostics]
    assert reading.fleet is None


def test_hostile_trees_raise_nothing(tmp_path: Path) -> None:
    """Links in a circle, pipes, unprintable names, folders named like files, a module without files."""
    write(tmp_path, {**module(), "terraform/a.tf": request("a"), "terraform/x.tf/y": "", "terraform/empty/.keep": ""})
    (tmp_path / "terraform" / "loop").symlink_to(tmp_path / "terraform")
    (tmp_path / "terraform" / "self.tf").symlink_to("self.tf")
    os.mkfifo(tmp_path / "terraform" / "pipe.tf")
    (tmp_path / "terraform" / "bell\a.tf").write_text("")
    reading = load_fleet(tmp_path, ENVIRON)
    assert [r.account for r in reading.requests] == ["a"]
    assert {d.code for d in reading.diagnostics} == {"link-in-a-circle", "aft-outside", "unreadable-file"}


def test_a_tree_beyond_all_bounds_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of many checkouts, say: vend stops counting."""
    from vend.requests.aft import _repository

    monkeypatch.setattr(_repository, "_MOST_FILES", 5)
    reading = read(tmp_path, {**module(), "terraform/a.tf": request("a")})
    assert "aft-too-large" in [d.code for d in reading.diagnostics]


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=8)
SCALARS = st.one_of(
    WORDS, st.booleans(), st.none(), st.integers(-(10**30), 10**30), st.decimals(-1000, 1000, places=3).map(str)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3), max_leaves=5
)


def hcl(value: object, *, as_number: bool = False) -> str:
    """A value as HCL has it; digits stand for themselves."""
    if isinstance(value, str):
        if as_number:
            return value
        text = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
        return f'"{text.replace("${", "$${").replace("%{", "%%{")}"'
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, list):
        return f"[{', '.join(map(hcl, value))}]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{hcl(key)} = {hcl(inner)}" for key, inner in value.items()) + " }"
    return str(value)


@pytest.mark.terraform
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.dictionaries(st.from_regex(r"[a-z]{1,4}", fullmatch=True), VALUES, max_size=4), min_size=1, max_size=6)
)
def test_both_readers_read_alike(tmp_path: Path, fields: list[dict[str, object]]) -> None:
    """What vend reads itself is what Terraform makes of it: the same blocks, one of them evaluated."""
    texts = [request(f"a{n}", f"custom_fields = {hcl(each)}") for n, each in enumerate(fields)]
    plain = read(tmp_path / "plain", {**module(), "terraform/main.tf": "".join(texts)}, WITHOUT_TERRAFORM)
    evaluated = read(
        tmp_path / "evaluated",
        {
            **module(
                ddb=item().replace("var.account_customizations_name", 'join("", [var.account_customizations_name])')
            ),
            "terraform/main.tf": "".join(texts),
        },
    )
    assert not [d for d in evaluated.diagnostics if d.code == "terraform-error"]
    assert [r.to_json() for r in plain.requests] == [r.to_json() for r in evaluated.requests]
    assert {d.code for d in plain.diagnostics} == {d.code for d in evaluated.diagnostics}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60), st.integers(0, 900), st.integers(0, 40))
def test_a_damaged_file_raises_nothing(tmp_path: Path, noise: bytes, start: int, length: int) -> None:
    """Whatever bytes stand in a file, there is a diagnostic or a request, never an exception."""
    text = (request("a", 'account_tags = { a = "b" }') + FOR_EACH).encode()
    damaged = text[:start] + noise + text[start + length :]
    reading = read(tmp_path, {**module(), "terraform/main.tf": damaged}, WITHOUT_TERRAFORM)
    assert reading.diagnostics or reading.requests
