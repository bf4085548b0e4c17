"""The unmodified AWS provider on the sandbox: it makes, reads, moves, imports and terminates an account."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from vend.process import Command, Completed, run
from vend.sandbox import Fault, Sandbox, SandboxConfig
from vend.settings import TerraformSettings
from vend.terraform import find_binary, find_mirror

pytestmark = [pytest.mark.sandbox, pytest.mark.terraform, pytest.mark.xdist_group("sandbox-terraform")]
CONFIG = SandboxConfig(
    organizational_units=("Workloads/Prod", "Workloads/Test"),
    vending_role="arn:aws:iam::111111111111:role/vend-apply",
    state_bucket="example-vend-state",
    operation_seconds=0.5,
    max_concurrent_operations=10,
)
PRODUCT = """
terraform {
  required_providers { aws = { source = "hashicorp/aws", version = "5.100.0" } }
  backend "s3" {
    bucket       = "example-vend-state"
    key          = "payments/account.tfstate"
    region       = "eu-west-1"
    use_lockfile = true
  }
}
provider "aws" {
  region = "eu-west-1"
  assume_role { role_arn = "arn:aws:iam::111111111111:role/vend-apply" }
}
variable "unit" { type = string }
variable "user" { type = string }
data "aws_servicecatalog_launch_paths" "this" { product_id = local.product }
resource "aws_servicecatalog_provisioned_product" "this" {
  name                     = "payments"
  product_id               = local.product
  provisioning_artifact_id = local.artifact
  path_id                  = data.aws_servicecatalog_launch_paths.this.summaries[0].path_id
  dynamic "provisioning_parameters" {
    for_each = {
      AccountName               = "Payments"
      AccountEmail              = "payments@example.com"
      SSOUserEmail              = var.user
      SSOUserFirstName          = "Grace"
      SSOUserLastName           = "Hopper"
      ManagedOrganizationalUnit = var.unit
    }
    content {
      key   = provisioning_parameters.key
      value = provisioning_parameters.value
    }
  }
}
output "outputs" {
  value = { for output in aws_servicecatalog_provisioned_product.this.outputs : output.key => output.value }
}
"""
BESIDE = """
data "aws_organizations_organization" "this" {}
resource "aws_organizations_organizational_unit" "late" {
  name      = "Late"
  parent_id = data.aws_organizations_organization.this.roots[0].id
}
resource "aws_organizations_account" "plain" {
  name      = "Plain"
  email     = "plain@example.com"
  parent_id = aws_organizations_organizational_unit.late.id
}
resource "aws_controltower_control" "root_user" {
  control_identifier = "arn:aws:controltower:eu-west-1::control/AWS-GR_RESTRICT_ROOT_USER"
  target_identifier  = local.governed
}
"""
MISSING = """
terraform {
  required_providers { aws = { source = "hashicorp/aws", version = "5.100.0" } }
}
provider "aws" { region = "eu-west-1" }
data "aws_outposts_outposts" "this" {}
"""
FAULTS = """
terraform {
  required_providers { aws = { source = "hashicorp/aws", version = "5.100.0" } }
}
provider "aws" { region = "eu-west-1" }
resource "aws_servicecatalog_provisioned_product" "this" {
  for_each                 = toset(split(" ", "calm crash-after error half-made in-use slow tainted throttle timeout"))
  name                     = each.key
  product_id               = local.product
  provisioning_artifact_id = local.artifact
  path_id                  = local.path
  dynamic "provisioning_parameters" {
    for_each = {
      AccountName               = each.key
      AccountEmail              = "aws+${each.key}@example.com"
      SSOUserEmail              = "grace@example.com"
      SSOUserFirstName          = "Grace"
      SSOUserLastName           = "Hopper"
      ManagedOrganizationalUnit = "Sandbox"
    }
    content {
      key   = provisioning_parameters.key
      value = provisioning_parameters.value
    }
  }
  timeouts { create = "8s" }
}
resource "aws_ssm_parameter" "this" {
  name  = "/refused"
  type  = "String"
  value = "1"
}
"""
IN_USE = (
    "ResourceInUseException  Account Factory cannot complete an operation on this account, because another AWS Control "
    "Tower operation is in progress. Try again later."
)
STACK_SETS = (
    "InvalidParametersException  AWS Control Tower failed to deploy one or more stack set instances: StackSet Id: "
    "AWSControlTowerBP-VPC-ACCOUNT-FACTORY-V1"
)


@dataclass
class Root:
    """A root module and the environment of a sandbox."""

    directory: Path
    binary: tuple[str, ...]
    environ: dict[str, str]

    def terraform(self, *arguments: str, code: int = 0) -> Completed:
        completed = run(
            Command(argv=[*self.binary, *arguments], env=self.environ, cwd=self.directory, timeout_seconds=400)
        )
        assert completed.returncode == code, completed.stdout[-2000:] + completed.stderr[-4000:]
        return completed


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(CONFIG) as sandbox:
        yield sandbox


@pytest.fixture
def root(running: Sandbox, tmp_path: Path) -> Root:
    """Providers come from the machine's mirror, where there is one."""
    settings = TerraformSettings()
    mirror = find_mirror(settings, os.environ)
    source = f'filesystem_mirror {{ path = "{mirror.path}" }}' if mirror.path else "direct {}"
    configuration = tmp_path / "terraform.rc"
    configuration.write_text(f"provider_installation {{\n  {source}\n}}\n", encoding="utf-8")
    directory = tmp_path / "root"
    directory.mkdir()
    return Root(
        directory=directory,
        binary=tuple(find_binary(settings, os.environ, tmp_path / "binary.json").argv),
        environ={
            **running.environment(os.environ),
            "TF_CLI_CONFIG_FILE": str(configuration),
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
        },
    )


def units(running: Sandbox) -> dict[str, str]:
    """`Name (ou-…)` by name, and the product's ids."""
    front = running._front
    assert front is not None
    return {value.partition(" ")[0]: value for value in front.zone.governance.allowed_units()}


def account(running: Sandbox) -> dict[str, Any]:
    (found,) = (one for one in running.status()["accounts"] if one["email"] == "payments@example.com")
    return dict(found)


def placed(running: Sandbox) -> str:
    return str(account(running)["organizational_unit"])


def users(running: Sandbox) -> set[str]:
    """Names in the identity store."""
    front = running._front
    assert front is not None
    center = front.zone.identity_center
    return {user.UserName for user in center._store.identity_stores[center.identity_store_id].users.values()}


def test_an_accounts_whole_life(running: Sandbox, root: Root) -> None:
    """Create, read back without a change, update and move, import, terminate, and enrol the same account again.

    By the provider alone, state in the sandbox's bucket; beside a unit, an account of Organizations' and a control.
    """
    front = running._front
    assert front is not None
    catalog = front.zone.catalog
    governed = front.zone.organization.unit_arn(units(running)["Prod"].rpartition("(")[2].rstrip(")"))
    ids = {"product": catalog.product_id, "artifact": catalog.artifact_id, "governed": governed}
    local = "".join(f'  {name} = "{value}"\n' for name, value in ids.items())
    (root.directory / "main.tf").write_text(f"{PRODUCT}{BESIDE}locals {{\n{local}}}\n", encoding="utf-8")
    prod = (f"-var=unit={units(running)['Prod']}", "-var=user=grace@example.com")
    test = (f"-var=unit={units(running)['Test']}", "-var=user=ada@example.com")
    root.terraform("init", "-input=false", "-no-color")
    root.terraform("apply", "-auto-approve", "-no-color", *prod)
    outputs = json.loads(root.terraform("output", "-json").stdout)["outputs"]["value"]
    assert outputs["AccountEmail"] == "payments@example.com"
    first = outputs["AccountId"]
    assert (account(running)["id"], placed(running)) == (first, "Workloads/Prod")
    root.terraform("plan", "-detailed-exitcode", "-no-color", *prod)
    root.terraform("apply", "-auto-approve", "-no-color", *test)
    assert (placed(running), users(running)) == ("Workloads/Test", {"grace@example.com", "ada@example.com"})
    product_id = next(iter(front.zone.factory.products))
    root.terraform("state", "rm", "aws_servicecatalog_provisioned_product.this")
    root.terraform("import", "-no-color", *test, "aws_servicecatalog_provisioned_product.this", product_id)
    root.terraform("destroy", "-auto-approve", "-no-color", *test)
    assert front.zone.factory.products == {}
    assert (account(running)["id"], placed(running), account(running)["enrolled"]) == (first, "", False)
    assert not any(one["name"] == "Plain" for one in running.status()["accounts"])
    root.terraform("apply", "-auto-approve", "-no-color", *prod, "-target=aws_servicecatalog_provisioned_product.this")
    assert (account(running)["id"], placed(running), account(running)["enrolled"]) == (first, "Workloads/Prod", True)
    root.terraform("destroy", "-auto-approve", "-no-color", *prod)


def test_what_terraform_sees_of_each_kind_of_fault(running: Sandbox, root: Root) -> None:
    """What is refused later fails with AWS's text and is tainted in the state; what passes over is not noticed."""
    front = running._front
    assert front is not None
    catalog = front.zone.catalog
    ids = {"product": catalog.product_id, "artifact": catalog.artifact_id, "path": catalog.path_id}
    local = "".join(f'  {name} = "{value}"\n' for name, value in ids.items())
    (root.directory / "main.tf").write_text(f"{FAULTS}locals {{\n{local}}}\n", encoding="utf-8")
    kinds = ("crash-after", "error", "in-use", "tainted", "throttle", "timeout")
    faults = [Fault(operation="ProvisionProduct", kind=kind, account=kind) for kind in kinds]
    faults.append(Fault(operation="ProvisionProduct", kind="slow", seconds=1, account="slow"))
    faults.append(Fault(operation="ProvisionProduct", kind="error", at="end", account="half-made"))
    faults.append(Fault(operation="ssm:PutParameter", kind="error", message="not today"))
    for fault in faults:
        running.faults.add(fault)
    root.terraform("init", "-input=false", "-no-color")
    failed = root.terraform("apply", "-auto-approve", "-no-color", code=1)
    for text in (
        "InvalidParametersException  vend sandbox: fault-2 on servicecatalog:ProvisionProduct",
        IN_USE,
        STACK_SETS,
        "timeout while waiting for state to become 'AVAILABLE' (last state: 'UNDER_CHANGE', timeout: 8s)",
        "AccessDeniedException: not today",
    ):
        assert text in failed.stderr
    assert {state.used for state in running.faults.list()} == {1}
    state = json.loads(root.terraform("state", "pull").stdout)
    tainted = {
        instance["index_key"]: instance.get("status") == "tainted"
        for resource in state["resources"]
        for instance in resource["instances"]
    }
    products = {product["name"]: product["status"] for product in running.status()["provisioned_products"]}
    assert products == {
        "calm": "AVAILABLE",
        "crash-after": "AVAILABLE",
        "error": "ERROR",
        "half-made": "ERROR",
        "in-use": "ERROR",
        "slow": "AVAILABLE",
        "tainted": "TAINTED",
        "throttle": "AVAILABLE",
        "timeout": "UNDER_CHANGE",
    }
    assert tainted == {name: status != "AVAILABLE" for name, status in products.items()}
    made = [account["name"] for account in running.status()["accounts"] if account["name"] in products]
    assert sorted(made) == ["calm", "crash-after", "half-made", "slow", "tainted", "throttle"]


def test_what_is_not_emulated_fails_at_once(running: Sandbox, root: Root) -> None:
    """The provider gives the sandbox's own text after one call: it does not try again."""
    (root.directory / "main.tf").write_text(MISSING, encoding="utf-8")
    root.terraform("init", "-input=false", "-no-color")
    failed = root.terraform("plan", "-no-color", code=1)
    assert "vend sandbox: outposts ListOutposts is not emulated" in failed.stderr
    calls = [call["operation"] for call in running.status()["last_calls"]]
    assert calls.count("outposts:ListOutposts") == 1
