from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from support.factories import an_account_request
from vend.customizations import Catalogue, hooks_of, load_customizations, read_module, shipped_example, shipped_modules

Fleet = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    """Writes files below a fresh fleet directory; scripts become executable."""

    def write(files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            if text.startswith("#!"):
                file.chmod(0o755)
        return tmp_path

    return write


def problems(catalogue: Catalogue) -> list[tuple[str, str | None, int | None, int | None]]:
    """Code and place of each diagnostic."""
    return [(d.code, d.file, d.line, d.column) for d in catalogue.diagnostics]


def test_a_fleet_without_customizations_has_none_and_that_is_no_problem(tmp_path: Path) -> None:
    """Customizations and hooks are optional."""
    assert load_customizations(tmp_path) == Catalogue()


def test_global_comes_first_then_what_the_request_names_in_order_each_once(fleet: Fleet) -> None:
    """The order of customizations is global, then the request's."""
    files = {f"customizations/{name}/main.tf": "locals {}\n" for name in ("global", "b", "a", "unused")}
    catalogue = load_customizations(fleet(files))
    assert catalogue.diagnostics == ()
    applied = catalogue.of(an_account_request(customizations=("b", "a", "b", "missing")))
    assert [customization.name for customization in applied] == ["global", "b", "a"]


def test_a_module_is_given_the_known_variables_that_it_declares(fleet: Fleet) -> None:
    """Nothing is passed that a module does not declare; its own variables keep their defaults."""
    text = 'variable "region" {}\nvariable "account" {\n  type = any\n}\nvariable "size" {\n  default = null\n}\n'
    customization = load_customizations(fleet({"customizations/a/variables.tf": text})).customizations["a"]
    assert customization.input_variables == ("account", "region")
    assert customization.variables["size"].required is False


def test_a_variable_that_nobody_gives_a_value_is_diagnosed_where_it_stands(fleet: Fleet) -> None:
    """A required unknown variable names the near one, or custom_fields."""
    files = {"customizations/a/main.tf": 'variable "acount" {}\n\nvariable "vpc_cidr" {}\n'}
    catalogue = load_customizations(fleet(files))
    assert problems(catalogue) == [
        ("customization-variable-unknown", "customizations/a/main.tf", 1, 1),
        ("customization-variable-unknown", "customizations/a/main.tf", 3, 1),
    ]
    assert catalogue.diagnostics[0].hint == 'did you mean "account"?'
    assert 'var.custom_fields["vpc_cidr"]' in (catalogue.diagnostics[1].hint or "")


def test_local_modules_are_followed_and_copied_but_not_what_only_people_need(fleet: Fleet) -> None:
    """Tests, examples, hooks, hidden files, state and READMEs stay out; sub-folders and sibling modules come along."""
    catalogue = load_customizations(
        fleet(
            {
                "customizations/a/main.tf": 'module "n" {\n  source = "./net"\n}\n',
                "customizations/a/net/main.tf": 'module "m" {\n  source = "../../../modules/m"\n}\n',
                "customizations/a/policies/tests/deny.json": "{}",
                "customizations/a/tests/a.tftest.hcl": "",
                "customizations/a/examples/x/main.tf": "not hcl {",
                "customizations/a/hooks/on_failure.sh": "#!/bin/sh\n",
                "customizations/a/.terraform/x": "",
                "customizations/a/terraform.tfstate.backup": "",
                "customizations/a/README.md": "",
                "modules/m/main.tf": 'module "r" {\n  source = "example/vpc/aws"\n  version = "6.0.1"\n}\n',
                "modules/other/main.tf": "",
            }
        )
    )
    assert catalogue.diagnostics == ()
    assert list(catalogue.customizations["a"].files) == [
        "customizations/a/main.tf",
        "customizations/a/net/main.tf",
        "customizations/a/policies/tests/deny.json",
        "modules/m/main.tf",
    ]


def test_modules_that_ship_with_vend_need_not_be_in_the_fleet_and_give_way_to_the_fleets_own(fleet: Fleet) -> None:
    """`../../modules/NAME` is the fleet's, else vend's."""
    call = 'module "a" {\n  source = "../../modules/account"\n}\n'
    directory = fleet({"customizations/a/main.tf": call})
    shipped = load_customizations(directory).customizations["a"].files
    assert shipped["modules/account/main.tf"] == (shipped_modules() / "account" / "main.tf").read_bytes()
    fleet({"modules/account/main.tf": "locals {}\n"})
    assert load_customizations(directory).customizations["a"].files["modules/account/main.tf"] == b"locals {}\n"


def test_modules_that_call_each_other_are_read_once(fleet: Fleet) -> None:
    """A circle of modules ends; Terraform itself says what is wrong with it."""
    files = {
        "customizations/a/main.tf": 'module "b" {\n  source = "../b"\n}\n',
        "customizations/b/main.tf": 'module "a" {\n  source = "../a"\n}\n',
    }
    assert len(load_customizations(fleet(files)).customizations["a"].files) == 2


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("../../..", "module-source-outside"),
        ("../../../etc", "module-source-outside"),
        ("./x/../../../../etc", "module-source-outside"),
        ("../..", "module-source-outside"),
        ("../../modules/vpc-spok", "module-not-found"),
        ("./missing", "module-not-found"),
    ],
)
def test_a_source_that_leads_nowhere_or_out_is_diagnosed_at_its_value(fleet: Fleet, source: str, code: str) -> None:
    """Nothing outside of the fleet is ever copied."""
    directory = fleet({"customizations/a/main.tf": f'module "x" {{\n  source = "{source}"\n}}\n'})
    assert problems(load_customizations(directory)) == [(code, "customizations/a/main.tf", 2, 12)]


@pytest.mark.parametrize(
    ("source", "version", "pinned"),
    [
        ("terraform-aws-modules/vpc/aws", "6.0.1", True),
        ("terraform-aws-modules/vpc/aws//modules/x", "= 6.0.1", True),
        ("terraform-aws-modules/vpc/aws", "~> 6.0", False),
        ("terraform-aws-modules/vpc/aws", ">= 6.0.1", False),
        ("terraform-aws-modules/vpc/aws", None, False),
        ("git::https://example.com/network.git?ref=v1.2.0", None, True),
        ("git::https://example.com/network.git?depth=1&ref=51d462976d84fdea54b47d80dcabbf680badcdb8", None, True),
        ("git::https://example.com/network.git?ref=", None, False),
        ("git::https://example.com/network.git", None, False),
        ("github.com/example/network", None, False),
    ],
)
def test_a_module_from_elsewhere_is_pinned(fleet: Fleet, source: str, version: str | None, *, pinned: bool) -> None:
    """What is fetched between review and apply is no part of the fleet: its address must say which it is."""
    stated = f'  version = "{version}"\n' if version else ""
    directory = fleet({"customizations/a/main.tf": f'module "x" {{\n  source = "{source}"\n{stated}}}\n'})
    catalogue = load_customizations(directory)
    assert problems(catalogue) == ([] if pinned else [("module-not-pinned", "customizations/a/main.tf", 2, 12)])
    assert {problem.severity for problem in catalogue.diagnostics} <= {"warning"}


def test_links_out_of_the_fleet_are_diagnosed_and_not_followed(
    fleet: Fleet, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A link inside to a file is read; one to a folder or to the outside is not."""
    outside = tmp_path_factory.mktemp("outside") / "secret"
    outside.write_text("secret")
    directory = fleet({"customizations/a/main.tf": "locals {}\n", "shared.json": "{}"})
    folder = directory / "customizations" / "a"
    (folder / "inside.json").symlink_to("../../shared.json")
    (folder / "loop").symlink_to(".")
    (folder / "outside.json").symlink_to(outside)
    catalogue = load_customizations(directory)
    assert [(code, file) for code, file, *_ in problems(catalogue)] == [
        ("module-link-outside", "customizations/a/loop"),
        ("module-link-outside", "customizations/a/outside.json"),
    ]
    assert "customizations/a/inside.json" in catalogue.customizations["a"].files


def test_a_customization_holds_no_backend_and_expects_no_aliases_and_a_provider_block_is_warned_of(
    fleet: Fleet,
) -> None:
    """State and provider belong to the root module."""
    text = (
        'terraform {\n  backend "s3" {}\n  required_providers {\n'
        '    aws = {\n      source = "hashicorp/aws"\n      configuration_aliases = [aws.us]\n    }\n  }\n}\n'
        'provider "aws" {\n  alias = "us"\n}\n'
    )
    catalogue = load_customizations(fleet({"customizations/a/main.tf": text}))
    assert problems(catalogue) == [
        ("customization-backend", "customizations/a/main.tf", 2, 3),
        ("customization-provider-alias", "customizations/a/main.tf", 4, 5),
        ("customization-provider", "customizations/a/main.tf", 10, 1),
    ]
    assert catalogue.diagnostics[2].severity == "warning"


def test_every_broken_file_is_reported_and_hides_no_other(fleet: Fleet) -> None:
    """All problems of all customizations at once."""
    files = {
        "customizations/a/main.tf": "resource {",
        "customizations/b/main.tf": 'variable "zone" {}\n',
        "customizations/c d/main.tf": "",
        "customizations/e/README.md": "",
    }
    found = problems(load_customizations(fleet(files)))
    assert [code for code, *_ in found] == [
        "customization-name",
        "hcl-syntax",
        "customization-variable-unknown",
        "customization-empty",
    ]


def test_hooks_run_in_the_order_fleet_global_named_and_by_filename(fleet: Fleet) -> None:
    """Several hooks of a stage run in filename order, within the order of customizations."""
    script = "#!/bin/sh\n"
    catalogue = load_customizations(
        fleet(
            {
                "hooks/post_account": script,
                "customizations/global/hooks/post_account.sh": script,
                "customizations/b/hooks/post_account.20.sh": script,
                "customizations/b/hooks/post_account.10.py": "def run(context): ...\n",
                "customizations/b/hooks/pre_account.sh": script,
                "customizations/b/hooks/lib/shared.sh": "",
                "customizations/b/hooks/README.md": "",
                "customizations/a/hooks/post_account.sh": script,
            }
        )
    )
    assert catalogue.diagnostics == ()
    request = an_account_request(customizations=("b", "a"))
    assert [hook.label for hook in hooks_of(request, catalogue, "post_account")] == [
        "fleet/post_account",
        "global/post_account.sh",
        "b/post_account.10.py",
        "b/post_account.20.sh",
        "a/post_account.sh",
    ]
    assert not catalogue.customizations["a"].has_module


@pytest.mark.parametrize(
    ("name", "text", "code", "hint"),
    [
        ("post_customization.sh", "#!/bin/sh\n", "hook-stage-unknown", 'did you mean "post_customizations.sh"?'),
        ("10-pre_account.sh", "#!/bin/sh\n", "hook-stage-unknown", 'did you mean "pre_account.10.sh"?'),
        ("library.sh", "#!/bin/sh\n", "hook-stage-unknown", "subfolder of hooks/"),
        ("account.sh", "#!/bin/sh\n", "hook-stage-unknown", ""),
        ("pre_account.sh", "echo\n", "hook-not-executable", "chmod +x customizations/a/hooks/pre_account.sh"),
        ("pre_account.py", "def go(): ...\n", "hook-invalid", "def run(context)"),
        ("pre_account.py", "def run(:\n", "hook-invalid", ""),
        ("pre_account.py", "\0", "hook-invalid", ""),
    ],
)
def test_a_file_that_cannot_be_a_hook_is_diagnosed(fleet: Fleet, name: str, text: str, code: str, hint: str) -> None:
    """A misspelt or unusable hook is never silently left out."""
    catalogue = load_customizations(fleet({f"customizations/a/hooks/{name}": text}))
    assert [(d.code, d.file) for d in catalogue.diagnostics] == [(code, f"customizations/a/hooks/{name}")]
    assert hint in (catalogue.diagnostics[0].hint or "")


def test_the_digest_of_a_hook_is_of_its_content(fleet: Fleet) -> None:
    """A changed hook is a changed fingerprint."""
    directory = fleet({"hooks/on_failure.sh": "#!/bin/sh\n"})
    before = load_customizations(directory).hooks[0].digest
    assert load_customizations(directory).hooks[0].digest == before
    fleet({"hooks/on_failure.sh": "#!/bin/sh\necho\n"})
    assert load_customizations(directory).hooks[0].digest != before


def test_the_modules_that_ship_can_be_read_without_a_problem(tmp_path: Path) -> None:
    """What vend brings along passes its own checks."""
    for module in sorted(shipped_modules().iterdir()):
        if module.is_dir():
            tree = read_module(tmp_path, f"modules/{module.name}")
            assert tree.is_module, module.name
            assert tree.diagnostics == (), module.name


def test_the_example_fleet_has_customizations_without_a_problem() -> None:
    """The example is right by its own checks."""
    assert load_customizations(shipped_example()).diagnostics == ()


HOOK = "customizations/a/hooks/post_account.sh"


@pytest.mark.parametrize(
    "name", ["hooks/lib/shared.sh", "hooks/lib/deep/.settings", "hooks/accounts.txt", "hooks/.env", "bin/tool"]
)
def test_the_digest_of_a_hook_is_of_what_it_may_call_and_read_as_well(fleet: Fleet, name: str) -> None:
    """Nothing that lies beside a hook for its use can change, come or go without its digest."""
    directory = fleet({HOOK: "#!/bin/sh\n", "hooks/post_account.sh": "#!/bin/sh\n"})
    digests = []
    for text in (None, "one", "two"):
        if text is not None:
            fleet({f"customizations/a/{name}": text})
        catalogue = load_customizations(directory)
        digests.append(catalogue.customizations["a"].hooks[0].digest)
        assert catalogue.hooks[0].digest == hashlib.sha256(b"#!/bin/sh\n").hexdigest()
    assert len(set(digests)) == 3


@pytest.mark.parametrize("name", ["README.md", "lib/README.md", "lib/__pycache__/a.cpython-311.pyc"])
def test_text_for_people_and_compiled_files_are_no_part_of_a_hook(fleet: Fleet, name: str) -> None:
    """A changed sentence must not run hooks again; what Python compiled is not read."""
    directory = fleet({HOOK: "#!/bin/sh\n", f"customizations/a/hooks/{name}": "one"})
    before = load_customizations(directory).customizations["a"].hooks
    fleet({f"customizations/a/hooks/{name}": "two"})
    assert load_customizations(directory).customizations["a"].hooks == before


def test_what_a_link_beside_a_hook_leads_to_is_part_of_it(fleet: Fleet) -> None:
    """A hook follows links, also to folders that several customizations share; a circle ends."""
    directory = fleet({HOOK: "#!/bin/sh\n", "shared/lib.sh": "one"})
    hooks = directory / "customizations" / "a" / "hooks"
    (hooks / "lib").symlink_to("../../../shared")
    (directory / "shared" / "circle").symlink_to(".")
    (directory / "shared" / "nowhere").symlink_to("missing")
    before = load_customizations(directory)
    fleet({"shared/lib.sh": "two"})
    after = load_customizations(directory)
    assert before.diagnostics == after.diagnostics == ()
    assert before.customizations["a"].hooks[0].digest != after.customizations["a"].hooks[0].digest


def test_what_a_module_holds_is_its_root_modules_and_not_its_hooks(fleet: Fleet) -> None:
    """A changed resource runs no hook of another stage again."""
    directory = fleet({HOOK: "#!/bin/sh\n", "customizations/a/main.tf": "locals {}\n"})
    before = load_customizations(directory).customizations["a"].hooks
    fleet({"customizations/a/main.tf": "locals {\n  a = 1\n}\n"})
    assert load_customizations(directory).customizations["a"].hooks == before


@pytest.mark.parametrize("name", ["customizations", "hooks"])
def test_a_file_where_a_folder_should_be_is_diagnosed(fleet: Fleet, name: str) -> None:
    """What cannot be read is a diagnostic, not a traceback."""
    assert problems(load_customizations(fleet({name: ""}))) == [("customization-unreadable", name, None, None)]


def test_a_hook_that_leads_nowhere_is_diagnosed(fleet: Fleet) -> None:
    """A dangling link in hooks/."""
    directory = fleet({"hooks/README.md": ""})
    (directory / "hooks" / "pre_account.sh").symlink_to("missing.sh")
    assert problems(load_customizations(directory)) == [
        ("customization-unreadable", "hooks/pre_account.sh", None, None)
    ]


def test_text_beside_the_customizations_is_left_alone(fleet: Fleet) -> None:
    """Only folders are customizations."""
    assert load_customizations(fleet({"customizations/README.md": ""})) == Catalogue()


def test_an_installation_without_modules_is_diagnosed(
    fleet: Fleet, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is missing is said, where a customization needs it; a fleet that does not is unharmed."""
    broken = tmp_path_factory.mktemp("lib") / "site-packages" / "vend"
    broken.mkdir(parents=True)
    monkeypatch.setattr("vend.customizations._shipped._PACKAGE", broken)
    directory = fleet({"customizations/a/main.tf": "locals {}\n"})
    assert problems(load_customizations(directory)) == []
    fleet({"customizations/a/main.tf": 'module "a" {\n  source = "../../modules/account"\n}\n'})
    assert [code for code, *_ in problems(load_customizations(directory))] == ["installation-incomplete"]


def test_an_installed_vend_takes_what_lies_in_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wheel carries modules and the example."""
    monkeypatch.setattr("vend.customizations._shipped._PACKAGE", tmp_path / "vend")
    for name in ("modules", "example"):
        (tmp_path / "vend" / "_shipped" / name).mkdir(parents=True)
    assert shipped_modules() == tmp_path / "vend" / "_shipped" / "modules"
    assert shipped_example() == tmp_path / "vend" / "_shipped" / "example"


@pytest.mark.parametrize("name", ["main.tf.json", "main.tofu"])
def test_terraform_in_another_syntax_is_refused_rather_than_applied_unchecked(fleet: Fleet, name: str) -> None:
    """A backend or a source in it would pass every check; alone it would be left out in silence."""
    directory = fleet({f"customizations/j/{name}": "{}", "customizations/j/main.tf": "locals {}\n"})
    found = problems(load_customizations(directory))
    assert found == [("customization-syntax", f"customizations/j/{name}", None, None)]
