"""Evaluating somebody else's AFT repository: nothing of this machine gets in, and nothing of it runs."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from support.aft_repositories import FOR_EACH, MODULE, item, module, request, write
from vend.requests import FleetReading, load_fleet

pytestmark = pytest.mark.terraform
SECRET = "s3cr3t-of-this-machine"
Read = Callable[..., FleetReading]


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A file beside the checkout that holds a secret."""
    path = tmp_path / "secret.txt"
    path.write_text(SECRET)
    return path


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a checkout of these files besides AFT's own; a literal request is always among them."""

    def reading(files: Mapping[str, str] | str, environ: Mapping[str, str] | None = None) -> FleetReading:
        files = {"terraform/main.tf": files} if isinstance(files, str) else files
        given = {**module(), "terraform/sound.tf": request("sound"), **files}
        return load_fleet(write(tmp_path / "aft", given), {"PATH": os.environ["PATH"], **(environ or {})})

    return reading


def nothing_of(secret: str, reading: FleetReading) -> bool:
    """Whether a value is nowhere in what is told; what is sound is still read."""
    told = json.dumps([r.to_json() for r in reading.requests] + [d.to_json() for d in reading.diagnostics])
    assert "sound" in [r.account for r in reading.requests]
    assert reading.fleet is None
    return secret not in told


def computed(expression: str) -> str:
    return request("computed", f"custom_fields = {{ a = {expression} }}")


@pytest.mark.parametrize(
    "expression",
    [
        'file("{path}")',
        'file(join("/", split("/", "{path}")))',
        'file("../../secret.txt")',
        'file("${{path.module}}/../../secret.txt")',
        'file("${{path.root}}/${{"..${{"/.."}}"}}/secret.txt")',
        'file(format("%s/secret.txt", dirname(abspath("{path}"))))',
        'base64decode(filebase64("{path}"))',
        'filesha256("{path}")',
        'tostring(fileexists("{path}"))',
        'join(",", fileset("{folder}", "*.txt"))',
        'join(",", fileset(path.module, "../../*.txt"))',
        'templatefile("{path}", {{}})',
        'try(file("{path}"), "none")',
        '(file # why\n("{path}"))',
        'file("/proc/self/environ")',
        'file("~/../../../../../../../../{path}")',
    ],
)
def test_a_file_outside_of_the_repository_is_not_read(read: Read, outside: Path, expression: str) -> None:
    """Whatever way its path is made, and whatever of it is asked; where vend cannot look, it refuses."""
    wanted = expression.format(path=outside, folder=outside.parent)
    reading = read(computed(wanted))
    computed_one = [r for r in reading.requests if r.account == "computed"]
    if "try(" in wanted:
        assert [r.custom_fields for r in computed_one] == [{"a": "none"}]
        return
    assert nothing_of(SECRET, reading)
    assert not computed_one
    codes = {d.code for d in reading.diagnostics if d.severity == "error"}
    assert codes <= {"aft-outside", "aft-function-refused", "terraform-error"}
    assert codes
    (line, *_) = [d.line for d in reading.diagnostics if d.severity == "error"]
    assert line is not None


def test_a_path_out_of_a_data_file_leads_nowhere(read: Read, outside: Path) -> None:
    """What is reviewed as data is held to the same."""
    path = os.path.relpath(outside, outside.parent / "aft" / "terraform")
    reading = read(
        {
            "terraform/accounts.yaml": f"x: {{ name: x, email: aws+x@example.com, file: '{path}' }}\n",
            "terraform/main.tf": 'locals {\n  accounts = yamldecode(file("accounts.yaml"))\n}\n'
            + FOR_EACH.replace("try(each.value.fields, {})", '{ a = file("${path.module}/${each.value.file}") }'),
        }
    )
    assert nothing_of(SECRET, reading)
    assert [d.code for d in reading.diagnostics if d.severity == "error"] == ["aft-outside"]
    (problem,) = [d for d in reading.diagnostics if d.severity == "error"]
    text = (outside.parent / "aft" / "terraform" / "main.tf").read_text().splitlines()
    assert problem.line is not None
    assert "each.value.file" in text[problem.line - 1]


def test_what_is_evaluated_in_parts_is_held_to_the_same(read: Read, outside: Path) -> None:
    """A block of which one instance leads out is evaluated in parts: each file that it reads is checked there too."""
    path = os.path.relpath(outside, outside.parent / "aft" / "terraform")
    lines = (
        f"{name}: {{ name: {name}, email: aws+{name}@example.com, file: '{file}' }}\n"
        for name, file in (("x", path), ("z", "note.txt"))
    )
    block = FOR_EACH.replace("try(each.value.fields, {})", '{ a = file("${path.module}/${each.value.file}") }')
    reading = read(
        {
            "terraform/accounts.yaml": "".join(lines),
            "terraform/note.txt": "inside",
            "terraform/main.tf": block.replace("local.accounts", 'yamldecode(file("${path.module}/accounts.yaml"))'),
        }
    )
    assert nothing_of(SECRET, reading)
    assert {r.account: r.custom_fields for r in reading.requests} == {"sound": {}, "z": {"a": "inside"}}
    (problem,) = [d for d in reading.diagnostics if d.severity == "error"]
    assert problem.code == "aft-outside"
    out = block.replace("local.accounts", f'fileset("{outside.parent}", "*.txt")')
    assert nothing_of(SECRET, read(out.replace("each.value.email", "null")))


UNSEEN: tuple[dict[str, str], ...] = (
    {
        "terraform/main.tf": request(
            "computed", 'custom_fields = {\n    a = <<-EOT\n      ${file("PATH")}\n    EOT\n  }'
        )
    },
    {
        "terraform/main.tf": computed('templatefile("${path.module}/x.tftpl", {})'),
        "terraform/x.tftpl": '${file("PATH")}',
    },
    {
        "terraform/main.tf": computed("templatestring(local.t, {})"),
        "terraform/locals.tf": 'locals {\n  t = "$${file(\\"PATH\\")}"\n}\n',
    },
    {"terraform/main.tf": computed('core::file("PATH")')},
    {"terraform/main.tf": computed('file(["PATH"]...)')},
    {"terraform/main.tf": computed('file /* (x) */ ("PATH")')},
    {
        "terraform/main.tf": computed('upper("x")'),
        "terraform/locals.tf.json": '{"locals": {"a": "${file(\\"PATH\\")}"}}',
    },
    {
        "terraform/main.tf": computed("var.a"),
        "terraform/variables.tf": """\
variable "a" {
  default = "x"
  validation {
    condition     = templatefile("main.tf", {}) == var.a
    error_message = "x"
  }
}
# ${file("PATH")}
""",
    },
)


@pytest.mark.parametrize("files", UNSEEN)
def test_what_cannot_be_looked_into_is_not_evaluated(read: Read, outside: Path, files: dict[str, str]) -> None:
    """A heredoc, a template, JSON, a function of a namespace, expanded arguments: a place and a reason instead."""
    reading = read({name: text.replace("PATH", str(outside)) for name, text in files.items()})
    assert nothing_of(SECRET, reading)
    problems = [d for d in reading.diagnostics if d.severity == "error"]
    assert {d.code for d in problems} & {"aft-function-refused", "aft-outside"}
    assert all(d.file and d.line for d in problems)


RUNNING: tuple[tuple[str, str, str], ...] = (
    ('data "external" "x" {\n  program = ["touch", "MARK"]\n}\n', "data.external.x.result.a", "aft-value-unknown"),
    ('data "http" "x" {\n  url = "http://127.0.0.1:1/"\n}\n', "data.http.x.body", "aft-value-unknown"),
    (
        'data "terraform_remote_state" "x" {\n  backend = "local"\n  config = { path = "SECRET" }\n}\n',
        "data.terraform_remote_state.x.outputs.a",
        "aft-value-unknown",
    ),
    (
        'resource "null_resource" "x" {\n  provisioner "local-exec" {\n    command = "touch MARK"\n  }\n}\n',
        "null_resource.x.id",
        "aft-value-unknown",
    ),
    (
        'resource "terraform_data" "x" {\n  provisioner "local-exec" {\n    command = "touch MARK"\n  }\n}\n',
        "terraform_data.x.id",
        "aft-value-unknown",
    ),
    ('module "git" {\n  source = "git::ssh://git@127.0.0.1:1/x.git"\n}\n', "module.git.a", "aft-value-unknown"),
    ("", "timestamp()", "aft-value-unknown"),
    ("", "plantimestamp()", "aft-function-refused"),
    (
        'variable "x" {\n  default   = "hidden-value"\n  sensitive = true\n}\n',
        "var.x",
        "aft-value-sensitive",
    ),
)


@pytest.mark.parametrize(("text", "expression", "code"), RUNNING)
def test_no_program_runs_and_nothing_is_fetched(
    read: Read, outside: Path, text: str, expression: str, code: str
) -> None:
    """Providers, provisioners, remote states and modules: the request is diagnosed where it takes the value."""
    mark = outside.with_name("mark")
    reading = read(text.replace("MARK", str(mark)).replace("SECRET", str(outside)) + computed(expression))
    assert nothing_of(SECRET, reading)
    assert nothing_of("hidden-value", reading)
    assert not mark.exists()
    problems = [d for d in reading.diagnostics if d.severity == "error"]
    assert {d.code for d in problems} == {code}
    assert {d.file for d in problems} == {"terraform/main.tf"}


def test_a_template_of_the_module_itself_is_looked_into(read: Read, outside: Path) -> None:
    """Where AFT's module is another than AFT's, all of it is evaluated, and nothing if that would read a file."""
    template = item().replace("jsonencode({", 'jsonencode({ x = { S = templatefile("x.json", {}) },', 1)
    reading = read({f"{MODULE}/ddb.tf": template, "terraform/x.json": f'${{filebase64("{outside}")}}'})
    assert SECRET not in str(reading)
    assert [(d.code, d.file, d.line) for d in reading.diagnostics if d.severity == "error"] == [
        ("aft-function-refused", "terraform/x.json", 1)
    ]


def test_a_link_that_leads_out_is_not_followed(read: Read, outside: Path) -> None:
    """It is diagnosed where it lies; a link to a file of the repository is as good as the file."""
    folder = outside.parent / "aft" / "terraform"
    folder.mkdir(parents=True)
    (folder / "out.txt").symlink_to(outside)
    (folder / "in.txt").symlink_to("inside.txt")
    (folder / "inside.txt").write_text("fine")
    reading = read(computed('"${file("in.txt")} ${file("out.txt")}"'))
    assert nothing_of(SECRET, reading)
    assert ("aft-outside", "terraform/out.txt") in [(d.code, d.file) for d in reading.diagnostics]
    (folder / "out.txt").unlink()
    (found,) = [r for r in read(computed('file("in.txt")')).requests if r.account == "computed"]
    assert found.custom_fields == {"a": "fine"}


def test_terraform_gets_no_credentials_and_no_providers(read: Read, outside: Path) -> None:
    """Its environment is built, with nothing of AWS's, of Terraform's or of the caller's in it."""
    log = outside.with_name("log")
    fake = outside.with_name("terraform")
    fake.write_text(
        '#!/bin/sh\n[ "$1" = version ] && { echo \'{"terraform_version": "1.11.4"}\'; exit 0; }\n'
        f'env >> {log}\ncat "$TF_CLI_CONFIG_FILE" >> {log}\nexit 1\n'
    )
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    given = {
        "VEND_TERRAFORM": str(fake),
        "AWS_ACCESS_KEY_ID": SECRET,
        "AWS_PROFILE": SECRET,
        "AWS_ENDPOINT_URL": SECRET,
        "TF_VAR_x": SECRET,
        "TF_TOKEN_app_terraform_io": SECRET,
        "GITHUB_TOKEN": SECRET,
        "HOME": SECRET,
        "HTTPS_PROXY": SECRET,
        "SSH_AUTH_SOCK": SECRET,
    }
    reading = read(computed('upper("x")'), given)
    told = log.read_text()
    assert SECRET not in told
    assert "filesystem_mirror" in told
    assert "direct" not in told
    assert nothing_of(SECRET, reading)
