"""The Terraform modules: formatted, documented, and holding what their own tests claim."""

import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from modules.readme_tables import REPOSITORY, documented, readme
from vend.cli._scaffold import NewFleet, scaffold
from vend.process import Command, Completed, run
from vend.settings import TerraformSettings
from vend.terraform import find_binary, find_mirror, terraform_environment

MODULES = tuple(sorted(folder for folder in (REPOSITORY / "modules").iterdir() if (folder / "main.tf").is_file()))
PARTS = ("main.tf", "variables.tf", "outputs.tf", "versions.tf", "README.md", "examples/complete/main.tf")
SETTINGS = TerraformSettings()


def terraform(directory: Path, scratch: Path, *arguments: str) -> Completed:
    """Runs Terraform there with providers from where vend takes them, and no credentials at all."""
    binary = find_binary(SETTINGS, os.environ, scratch / "binary.json")
    mirror = find_mirror(SETTINGS, os.environ)
    configuration = scratch / "terraformrc"
    if mirror.path is not None:
        path = str(mirror.path).replace("\\", "\\\\").replace('"', '\\"')
        configuration.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{path}"\n  }}\n}}\n')
    else:
        configuration.write_text("")
    extra = {"TF_CLI_CONFIG_FILE": str(configuration), "HOME": str(scratch)}
    environment = terraform_environment(os.environ, {}, extra, downloads=True)
    return run(
        Command(argv=[*binary.argv, *arguments], env=environment, cwd=directory, timeout_seconds=300),
    )


@pytest.fixture
def modules(tmp_path: Path) -> Iterator[Path]:
    """A copy of the modules: `init` leaves files beside the code."""
    copy = tmp_path / "modules"
    shutil.copytree(REPOSITORY / "modules", copy, ignore=shutil.ignore_patterns(".terraform*"))
    for module in MODULES:
        shutil.copy(REPOSITORY / "terraform.lock.hcl", copy / module.name / ".terraform.lock.hcl")
    yield copy
    shutil.rmtree(copy)


@pytest.mark.terraform
@pytest.mark.parametrize("name", [module.name for module in MODULES])
def test_a_module_holds_what_its_tests_claim(name: str, modules: Path, tmp_path: Path) -> None:
    """`terraform test` passes, with at least one accepted and one refused input and the example planned."""
    initialized = terraform(modules / name, tmp_path, "init", "-input=false", "-no-color", "-backend=false")
    assert initialized.returncode == 0, initialized.stderr

    tested = terraform(modules / name, tmp_path, "test", "-no-color")

    assert tested.returncode == 0, f"{tested.stdout}\n{tested.stderr}"
    passed = re.findall(r'run "(\w+)"\.\.\. pass', tested.stdout)
    assert "the_example_plans" in passed
    assert any(run.endswith("_refused") for run in passed)
    assert any(not run.endswith("_refused") for run in passed)


@pytest.mark.terraform
@pytest.mark.parametrize("folder", ["modules", "customizations"])
def test_terraform_code_is_formatted(folder: str, tmp_path: Path) -> None:
    """`terraform fmt` has nothing to change."""
    checked = terraform(REPOSITORY / folder, tmp_path, "fmt", "-check", "-recursive", "-diff", "-no-color")

    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_module_has_all_its_parts(module: Path) -> None:
    """Every shipped module has the files that the house style asks for, and tests of its own."""
    assert [part for part in PARTS if not (module / part).is_file()] == []
    assert list((module / "tests").glob("*.tftest.hcl"))


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_module_leaves_the_provider_to_its_root(module: Path) -> None:
    """No module configures a provider or a backend: roots do."""
    code = "\n".join(file.read_text(encoding="utf-8") for file in module.rglob("*.tf"))

    assert not re.search(r"^\s*(provider|backend|cloud)\b.*\{", code, re.MULTILINE)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_module_tests_only_plan(module: Path) -> None:
    """Every run of `terraform test` is a plan: an applied product could not be torn down again."""
    for file in (module / "tests").glob("*.tftest.hcl"):
        runs = re.split(r"^run ", file.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
        assert [text.split()[0] for text in runs if "\n  command = plan\n" not in text] == []


@pytest.mark.parametrize("folder", documented(), ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_a_readme_says_what_the_code_says(folder: Path) -> None:
    """Inputs and outputs in the README are those of the code; `python tests/modules/readme_tables.py` mends it."""
    assert (folder / "README.md").read_text(encoding="utf-8") == readme(folder)


def test_the_lock_file_names_the_provider_and_no_other_host() -> None:
    """The committed lock file pins the AWS provider by hash and knows nothing of the machine it was made on."""
    text = (REPOSITORY / "terraform.lock.hcl").read_text(encoding="utf-8")

    assert re.findall(r'provider "([^"]+)"', text) == ["registry.terraform.io/hashicorp/aws"]
    assert f'version     = "{SETTINGS.required_providers["aws"]}"' in text
    assert re.search(r'"h1:[A-Za-z0-9+/]{43}="', text)
    assert "://" not in text


def test_shell_hooks_of_the_example_can_be_executed() -> None:
    """A hook that is no Python file must be executable, in git as on disk."""
    hooks = [hook for hook in (REPOSITORY / "customizations").glob("*/hooks/*") if hook.suffix == ".sh"]

    assert hooks
    assert [hook.name for hook in hooks if not hook.stat().st_mode & stat.S_IXUSR] == []


CLAIMS = """mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111111111111" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
}

run "the_roles_are_those_that_the_fleet_names" {
  command = plan

  variables {
    account_factory_portfolio_id = "port-abcdefghijklm"
  }

  assert {
    condition     = join(",", keys(output.role_arns)) == "apply,plan"
    error_message = "there are other roles"
  }
}
"""


@pytest.mark.terraform
def test_what_init_writes_makes_the_foundation(modules: Path, tmp_path: Path) -> None:
    """Terraform accepts it, the module its inputs; only the module's source is another here, as there is no network."""
    new = NewFleet(
        name="example",
        home_region="eu-west-1",
        email="aws@example.com",
        ci="github",
        repository="example/accounts",
        management_account="111111111111",
        state_bucket="example-vend-state",
    )
    root = modules.parent / "root"
    root.mkdir()
    for name in ("main.tf", "versions.tf"):
        text = scaffold(new)[f"foundation/{name}"]
        (root / name).write_text(re.sub(r'"git::[^"]+//modules/foundation[^"]*"', '"../modules/foundation"', text))
    (root / "claims.tftest.hcl").write_text(CLAIMS)
    shutil.copy(REPOSITORY / "terraform.lock.hcl", root / ".terraform.lock.hcl")
    formatted = terraform(root, tmp_path, "fmt", "-check", "-diff")
    assert formatted.returncode == 0, formatted.stdout
    initialized = terraform(root, tmp_path, "init", "-input=false", "-no-color", "-backend=false")
    assert initialized.returncode == 0, initialized.stderr
    tested = terraform(root, tmp_path, "test", "-no-color")
    assert tested.returncode == 0, f"{tested.stdout}\n{tested.stderr}"
