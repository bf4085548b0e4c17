"""How long planning takes: `vend plan` of many accounts against Terraform by itself.

Everything runs against an emulated AWS on this machine, with the real provider. Compared in one run:

- `terraform plan` in the rendered root of each account, two at a time, as a pipeline would do it;
- `terraform plan` in one root written by hand that has all accounts with `for_each`;
- `vend plan --refresh`, the whole command, which plans every account though nothing changed;
- `vend plan` of that many new accounts, against one.

    python benchmarks/plan.py --accounts 100
    python benchmarks/plan.py --accounts 100 --sample 10    # the first baseline on ten roots, multiplied

Ratios are printed; seconds differ from machine to machine.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vend.aws import Aws, control_tower_value
from vend.customizations import load_customizations, shipped_modules
from vend.models import AccountFactory, Fleet
from vend.process import Command, run
from vend.render import AccountRuntime, Renderer, write_root
from vend.requests import load_fleet
from vend.sandbox import Sandbox, config_from
from vend.terraform import find_binary, find_mirror

_UNIT = "Workloads/Prod"
_OF_DEVELOPERS = frozenset({"PYTHONDONTWRITEBYTECODE"})
"""Variables under which vend would be compiled anew in each run, as no installed package is."""
_SETTINGS = f"""
fleet "bench" {{ home_region = "eu-west-1" }}
sandbox {{ organizational_units = ["{_UNIT}"] }}
"""
_REQUEST = """
account "{account}" {{
  name                = "{account}"
  email               = "aws+{account}@example.com"
  organizational_unit = "{unit}"
  sso_user {{
    email      = "grace@example.com"
    first_name = "Grace"
    last_name  = "Hopper"
  }}
}}
"""
_BY_HAND = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "5.100.0" }
  }
}
provider "aws" { region = "eu-west-1" }
variable "accounts" { type = set(string) }
variable "common" { type = map(string) }
module "account" {
  source   = "./account"
  for_each = var.accounts

  account                  = each.key
  name                     = each.key
  email                    = "aws+${each.key}@example.com"
  sso_user                 = { email = "grace@example.com", first_name = "Grace", last_name = "Hopper" }
  organizational_unit      = var.common.organizational_unit
  product_id               = var.common.product_id
  provisioning_artifact_id = var.common.provisioning_artifact_id
  path_id                  = var.common.path_id
}
"""
_AT_ONCE = 2


@dataclass(frozen=True, kw_only=True)
class Place:
    """A fleet, an emulated AWS, and how to run things there."""

    fleet: Fleet
    environ: Mapping[str, str]
    terraform: Sequence[str]
    aws: Aws

    @property
    def working(self) -> Path:
        """The organization's part of the working directory."""
        return self.fleet.directory / ".vend" / self.aws.organization_id

    @property
    def factory(self) -> AccountFactory:
        """The Account Factory product."""
        return self.aws.account_factory()

    @property
    def unit(self) -> str:
        """The organizational unit in Control Tower's form."""
        units = self.aws.organization().units.values()
        return control_tower_value(next(unit for unit in units if unit.path == _UNIT))

    def run(self, argv: Sequence[str], cwd: Path) -> str:
        """Runs a command that must succeed; gives what it printed."""
        done = run(Command(argv=list(argv), env=self.environ, cwd=cwd, timeout_seconds=3600))
        if done.returncode != 0:
            sys.exit(f"{' '.join(argv)}: exit code {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
        return done.stdout

    def vend(self, *arguments: str) -> tuple[float, dict[str, object]]:
        """Seconds and document of a `vend` command."""
        began = time.perf_counter()
        said = self.run([sys.executable, "-m", "vend", *arguments, "--format", "json"], self.fleet.directory)
        return time.perf_counter() - began, json.loads(said)


def place(directory: Path, sandbox: Sandbox, fleet: Fleet) -> Place:
    """Everything that the measurements need."""
    environ = sandbox.environment(dict(os.environ))
    mirror = find_mirror(fleet.settings.terraform, environ)
    configuration = directory / "terraform.tfrc"
    path = f'\n  filesystem_mirror {{\n    path = "{mirror.path}"\n  }}\n' if mirror.path else "\n  direct {}\n"
    configuration.write_text(f"provider_installation {{{path}}}\n", encoding="utf-8")
    binary = find_binary(fleet.settings.terraform, environ, directory / "terraform.json")
    return Place(
        fleet=fleet,
        environ={
            **{name: value for name, value in environ.items() if name not in _OF_DEVELOPERS},
            "TF_CLI_CONFIG_FILE": str(configuration),
            "CHECKPOINT_DISABLE": "1",
        },
        terraform=binary.argv,
        aws=Aws.connect(fleet.settings, environ),
    )


def write_fleet(directory: Path, accounts: Sequence[str]) -> Fleet:
    """A fleet of accounts without settings and customizations."""
    requests = directory / "account-requests"
    requests.mkdir(parents=True)
    (directory / "vend.hcl").write_text(_SETTINGS, encoding="utf-8")
    text = "".join(_REQUEST.format(account=account, unit=_UNIT) for account in accounts)
    (requests / "all.hcl").write_text(text, encoding="utf-8")
    fleet = load_fleet(directory).fleet
    if fleet is None:
        sys.exit("the fleet of the benchmark is not valid")
    return fleet


def vend_by_hand(at: Place, root: Path, accounts: Sequence[str]) -> None:
    """Makes all accounts with the root written by hand, and gives each its own state as vend keeps it."""
    module = root / "account"
    module.mkdir(parents=True)
    for file in (shipped_modules() / "account").glob("*.tf"):
        (module / file.name).write_bytes(file.read_bytes())
    (root / "main.tf").write_text(_BY_HAND, encoding="utf-8")
    common = {
        "organizational_unit": at.unit,
        "product_id": at.factory.product_id,
        "provisioning_artifact_id": at.factory.provisioning_artifact_id,
        "path_id": at.factory.path_id,
    }
    values = {"accounts": list(accounts), "common": common}
    (root / "terraform.tfvars.json").write_text(json.dumps(values), encoding="utf-8")
    at.run([*at.terraform, "init", "-input=false"], root)
    at.run([*at.terraform, "apply", "-input=false", "-auto-approve"], root)
    state = json.loads((root / "terraform.tfstate").read_bytes())
    for resource in state["resources"]:
        account = resource["module"].split('"')[1]
        outputs = {
            "account": account,
            "email": f"aws+{account}@example.com",
            "on_removal": "retain",
            "provisioned_product_id": resource["instances"][0]["attributes"]["id"],
        }
        own = {
            **state,
            "outputs": {key: {"value": value, "type": "string"} for key, value in outputs.items()},
            "resources": [{**resource, "module": "module.account"}],
            "check_results": _own_checks(state, account),
        }
        file = at.working / "state" / account / "account.tfstate"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(own), encoding="utf-8")


def _own_checks(state: Mapping[str, Any], account: str) -> list[dict[str, Any]]:
    """The results of checks that the state of one account alone would hold."""
    results = []
    for check in state["check_results"] or ():
        objects = [one for one in check["objects"] or () if f'"{account}"' in one["object_addr"]]
        if objects:
            results.append({**check, "objects": objects})
    return results


def roots_of(at: Place, accounts: Sequence[str]) -> list[Path]:
    """The rendered and initialized `account` roots of these accounts."""
    renderer = Renderer(
        settings=at.fleet.settings,
        catalogue=load_customizations(at.fleet.directory),
        fleet_directory=at.fleet.directory,
    )
    runtime = AccountRuntime(
        product_id=at.factory.product_id,
        provisioning_artifact_id=at.factory.provisioning_artifact_id,
        path_id=at.factory.path_id,
        organizational_unit=at.unit,
    )
    roots = []
    for request in at.fleet.requests:
        if request.account in accounts:
            directory = at.working / "roots" / request.account / "account"
            write_root(renderer.account(request)[0], directory, runtime)
            roots.append(directory)
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        list(pool.map(lambda root: at.run([*at.terraform, "init", "-input=false"], root), roots))
    return roots


def plan_each(at: Place, roots: Sequence[Path]) -> float:
    """Seconds for `terraform plan` in each root, two at a time."""
    argv = [*at.terraform, "plan", "-input=false", "-detailed-exitcode", "-var-file=runtime.tfvars.json"]
    began = time.perf_counter()
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        list(pool.map(lambda root: at.run(argv, root), roots))
    return time.perf_counter() - began


def expect(document: Mapping[str, object], action: str, accounts: int) -> None:
    """Ends the benchmark where a plan is not what is measured."""
    if document["summary"] != {action: accounts}:
        sys.exit(f"expected {accounts} times {action}, got {document['summary']}")


def existing(directory: Path, accounts: Sequence[str], sample: int) -> None:
    """Measures accounts that exist and are as they should be."""
    fleet = write_fleet(directory / "fleet", accounts)
    with Sandbox(config_from(fleet.settings, 0.0)) as sandbox:
        at = place(directory, sandbox, fleet)
        by_hand = directory / "by-hand"
        vend_by_hand(at, by_hand, accounts)
        roots = roots_of(at, accounts[:sample])
        first, document = at.vend("plan", "--refresh")
        expect(document, "none", len(accounts))
        again, document = at.vend("plan", "--refresh")
        expect(document, "none", len(accounts))
        began = time.perf_counter()
        at.run([*at.terraform, "plan", "-input=false", "-detailed-exitcode"], by_hand)
        hand = time.perf_counter() - began
        measured = plan_each(at, roots)
    each = measured * len(accounts) / sample
    how = "measured" if sample == len(accounts) else f"{sample} roots took {measured:.1f} s, multiplied"
    print(f"\n{len(accounts)} existing accounts, nothing to change")
    print(f"  terraform plan per root, {_AT_ONCE} at a time  {each:8.1f} s  ({how})")
    print(f"  one root by hand with for_each    {hand:8.1f} s")
    print(f"  vend plan --refresh, first time   {first:8.1f} s  (initializes)")
    print(f"  vend plan --refresh, again        {again:8.1f} s  ({document['terraform_runs']} Terraform runs)")
    print(f"  vend plan against terraform plan per root: {each / again:.1f} times faster ({each / first:.1f} at first)")
    print(f"  vend plan against one root by hand: {again / hand:.2f} times its time")


def new(directory: Path, accounts: Sequence[str]) -> None:
    """Measures accounts that do not exist yet."""
    fleet = write_fleet(directory / "fleet", accounts)
    with Sandbox(config_from(fleet.settings, 0.0)) as sandbox:
        at = place(directory, sandbox, fleet)
        one, document = at.vend("plan", "--account", accounts[0])
        expect(document, "create", 1)
        every, document = at.vend("plan")
        expect(document, "create", len(accounts))
    print(f"\n{len(accounts)} new accounts")
    print(f"  vend plan of one                  {one:8.1f} s")
    print(f"  vend plan of all                  {every:8.1f} s  ({document['terraform_runs']} Terraform runs)")
    print(f"  all against one: {every / one:.2f} times its time")


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=100)
    parser.add_argument("--sample", type=int, help="roots that the first baseline is measured on; all by default")
    given = parser.parse_args()
    accounts = [f"bench-{number:04}" for number in range(given.accounts)]
    with tempfile.TemporaryDirectory(prefix="vend-bench-") as name:
        existing(Path(name) / "existing", accounts, min(given.sample or len(accounts), len(accounts)))
        new(Path(name) / "new", accounts)


if __name__ == "__main__":
    main()
