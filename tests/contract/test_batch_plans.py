"""Planned together or one by one: the plans are the same.

The roots are made of Terraform's built-in resources, so that a plan takes a fraction of a second; what puts them
together and takes them apart is the same for every provider. `tests/e2e/test_batch.py` does it with the real one.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from support.factories import a_product, a_unit, an_account_request, an_organization_account
from support.worlds import World
from vend.decide import Decision, Situation
from vend.lifecycle._workspace import Workspace
from vend.lifecycle.roots._batch import BatchResult, plan_together
from vend.lifecycle.roots._roots import RootPlan, RootRun
from vend.models import AccountRequest, AlternateContact, RootModule, Stage
from vend.render import Renderer
from vend.settings import TerraformSettings
from vend.terraform import Terraform, find_binary, find_mirror

pytestmark = pytest.mark.terraform

MODULE = """
variable "account" { type = string }
variable "name" {
  type = string
  validation {
    condition     = var.name != "Nobody"
    error_message = "nobody is no name"
  }
}
variable "email" {
  type      = string
  sensitive = true
}
variable "organizational_unit" { type = string }
variable "sso_user" {
  type = object({ email = string, first_name = string, last_name = optional(string, "none") })
}
variable "on_removal" { type = string }
variable "product_id" { type = string }
variable "provisioning_artifact_id" { type = string }
variable "path_id" { type = string }

moved {
  from = terraform_data.former
  to   = terraform_data.this
}
resource "terraform_data" "this" {
  input = {
    account  = var.account
    name     = var.name
    email    = var.email
    artifact = var.provisioning_artifact_id
    user     = var.sso_user
  }
  lifecycle {
    precondition {
      condition     = var.name != "Refused"
      error_message = "this name is refused"
    }
  }
}
resource "terraform_data" "placed" {
  triggers_replace = [var.organizational_unit]
}
resource "terraform_data" "word" {
  for_each = toset(split(" ", var.name))
  input    = { word = each.key, seen = terraform_data.this.output }
}
resource "terraform_data" "counted" {
  count = length(var.name) % 3
  input = [count.index, terraform_data.placed.id]
  lifecycle { create_before_destroy = true }
}
output "account" { value = var.account }
output "email" { value = nonsensitive(var.email) }
output "on_removal" { value = var.on_removal }
output "provisioned_product_id" { value = terraform_data.this.id }
"""
SETTINGS_MODULE = """
variable "account_id" { type = string }
variable "alternate_contacts" {
  type = map(object({ name = string, title = string, email = string, phone = string }))
}
variable "opt_in_regions" { type = set(string) }
variable "identity_center_instance_arn" { type = string }
variable "access" { type = any }
resource "terraform_data" "contact" {
  for_each = var.alternate_contacts
  input    = merge(each.value, { account = var.account_id })
}
resource "terraform_data" "region" {
  for_each = var.opt_in_regions
  input    = each.key
}
"""
NAMES = ("Ada", "Grace Hopper", "Barbara Liskov (prod)", "Edsger W Dijkstra", "Hedy Lamarr $${x} %{y}")
KINDS = ("changed", "new", "same", "tainted", "deposed", "left over", "renamed", "emptied")
ALONE = ("newer", "strange", "elsewhere", "broken")
"""Kinds of states that no other account's may be put together with."""


@dataclass(frozen=True)
class Case:
    """A root with its state, and whether it can be planned with others."""

    run: RootRun
    together: bool = True


class Bench:
    """A fleet of built-in resources, and its accounts as they are before anything is planned."""

    def __init__(self, directory: Path) -> None:
        self.world = World(directory)
        settings = TerraformSettings(required_providers={})
        self.world.settings = replace(self.world.settings, terraform=settings)
        for stage, module, text in (
            ("account", "account", MODULE),
            ("settings", "account-settings", SETTINGS_MODULE),
        ):
            _write(directory / "templates" / stage / "providers.tf.j2", "# none\n")
            _write(directory / "modules" / module / "main.tf", text)
        self.workspace: Workspace = self.world.workspace()
        self.workspace.terraform = Terraform(
            binary=find_binary(settings, os.environ, directory / "terraform.json"),
            mirror=find_mirror(settings, os.environ),
            directory=self.workspace.directory,
            settings=settings,
            environ=os.environ,
            stop=self.world.stop,
        )
        self.renderer = Renderer(
            settings=self.world.settings, catalogue=self.workspace.catalogue, fleet_directory=directory
        )
        self.states: dict[Stage, dict[str, Any]] = {}

    def runs(self, request: AccountRequest, *, artifact: str = "pa-active", new: bool = False) -> list[RootRun]:
        situation = Situation(
            request=request,
            product=None if new else a_product(name=request.account, provisioning_artifact_id=artifact),
            account=None if new else an_organization_account(name=request.name, email=request.email),
            wanted_unit=a_unit(name=request.organizational_unit),
            applied=None,
        )
        decision = Decision(action="create" if new else "update")
        return [self._run(root, situation, decision) for root in self.renderer.account(request)]

    def _run(self, root: RootModule, situation: Situation, decision: Decision) -> RootRun:
        return RootRun(self.workspace, root, situation, decision)

    def state_file(self, run: RootRun) -> Path:
        return self.workspace.directory / "state" / run.account / f"{run.stage}.tfstate"

    def learn(self, request: AccountRequest) -> None:
        """Applies a request once, and remembers its states."""
        for run in self.runs(request):
            assert run.plan().changes
            run.apply()
            self.states[run.stage] = json.loads(self.state_file(run).read_bytes())


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def a_request(account: str, name: str, unit: str = "Prod", **overrides: Any) -> AccountRequest:
    """A request with something in its settings."""
    contact = AlternateContact(kind="security", name=name, title="x", email="s@example.com", phone="1")
    fields: dict[str, Any] = {"alternate_contacts": (contact,), "opt_in_regions": ("ap-east-1",), **overrides}
    return an_account_request(
        account=account, name=name, email=f"{account}@example.com", organizational_unit=unit, **fields
    )


LEARNT = a_request("learnt", "Grace Hopper")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    bench = Bench(tmp_path_factory.mktemp("batch"))
    bench.learn(LEARNT)
    return bench


def _tainted(state: dict[str, Any], one: dict[str, Any]) -> None:
    del state
    one["instances"][0]["status"] = "tainted"


def _deposed(state: dict[str, Any], one: dict[str, Any]) -> None:
    del state
    one["instances"].append({**one["instances"][0], "deposed": "0a1b2c3d"})


def _left_over(state: dict[str, Any], one: dict[str, Any]) -> None:
    attributes = {"id": "left", "input": None, "output": None, "triggers_replace": None}
    instance = {"schema_version": 0, "attributes": attributes, "index_key": 'a.b["c"]'}
    state["resources"].append({**one, "module": 'module.gone["x y"]', "name": "left", "instances": [instance]})


def _renamed(state: dict[str, Any], one: dict[str, Any]) -> None:
    del one
    for entry in state["resources"]:
        entry["name"] = "former" if entry["name"] == "this" else entry["name"]


def _newer(state: dict[str, Any], one: dict[str, Any]) -> None:
    del one
    state["terraform_version"] = "99.0.0"


def _strange(state: dict[str, Any], one: dict[str, Any]) -> None:
    del one
    state["something_new"] = {}


def _elsewhere(state: dict[str, Any], one: dict[str, Any]) -> None:
    del state
    one["provider"] = 'module.account.provider["terraform.io/builtin/terraform"]'


AGES: dict[str, Callable[[dict[str, Any], dict[str, Any]], None]] = {
    "tainted": _tainted,
    "deposed": _deposed,
    "left over": _left_over,
    "renamed": _renamed,
    "newer": _newer,
    "strange": _strange,
    "elsewhere": _elsewhere,
}


def aged(kind: str, state: dict[str, Any], chance: random.Random) -> bytes | None:
    """A state as it may be found."""
    instead: dict[str, bytes | None] = {"new": None, "emptied": b"", "broken": b"{"}
    if kind in instead:
        return instead[kind]
    state = json.loads(json.dumps(state))
    one = chance.choice([entry for entry in state["resources"] if entry["mode"] == "managed"])
    AGES.get(kind, lambda *_: None)(state, one)
    return json.dumps(state).encode()


def a_fleet(bench: Bench, seed: int, kinds: tuple[str, ...]) -> list[Case]:
    """Accounts of these kinds: what is wanted differs from what is there at random."""
    chance = random.Random(seed)  # noqa: S311 - it makes up tests
    cases = []
    for number, kind in enumerate(kinds):
        account = f"{kind.replace(' ', '.')}-{seed}-{number}"
        same = kind in {"same", "renamed"}
        request = replace(
            LEARNT if same else a_request(account, chance.choice(NAMES), chance.choice(("Prod", "Test"))),
            account=account,
        )
        artifact = chance.choice(("pa-active", "pa-older"))
        for run in bench.runs(request, artifact=artifact, new=kind == "new"):
            content = aged(kind, bench.states[run.stage], chance)
            if content is not None:
                bench.state_file(run).parent.mkdir(parents=True, exist_ok=True)
                bench.state_file(run).write_bytes(content)
            cases.append(Case(run=run, together=kind not in ALONE))
    return cases


def planned(bench: Bench, cases: list[Case]) -> BatchResult:
    return plan_together(bench.workspace, [case.run for case in cases], {})


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_plans_are_the_same_together_and_alone(bench: Bench, seed: int) -> None:
    """Every change, value, mask and address, for accounts of every kind; what differs in kind is left to be alone."""
    chance = random.Random(seed)  # noqa: S311 - likewise
    cases = a_fleet(bench, seed, (*KINDS, *chance.sample(KINDS, 2), chance.choice(ALONE)))
    runs = bench.workspace.terraform.runs
    together = planned(bench, cases)
    assert bench.workspace.terraform.runs - runs <= 5, "init, and a plan and a reading back for each of two artifacts"
    assert not together.diagnostics
    assert set(together.plans) == {case.run.key for case in cases if case.together}
    alone = {case.run.key: case.run.plan() for case in cases if case.together}
    for key, plan in alone.items():
        assert together.plans[key] == plan, key
    actions = {change.action for plan in alone.values() for change in plan.changes}
    assert {"create", "update", "replace", "destroy"} <= actions
    assert RootPlan() in alone.values()


def test_what_is_wrong_with_one_account_leaves_the_others_together(bench: Bench) -> None:
    """An error that Terraform pins on nobody is narrowed down; whoever is left over is planned alone."""
    fine = a_fleet(bench, 7, ("changed", "new", "same"))
    bad = bench.runs(a_request("bad", "Nobody"), new=True)
    worse = bench.runs(a_request("worse", "Refused"), new=True)
    cases = [*fine[:3], *(Case(run=run) for run in (*bad, *worse)), *fine[3:]]
    together = planned(bench, cases)
    assert not together.diagnostics
    assert not {("bad", "account"), ("worse", "account")} & together.plans.keys()
    known = [case for case in cases if case.run.key in together.plans]
    assert len(known) >= 4
    for case in known:
        assert together.plans[case.run.key] == case.run.plan()


def test_nothing_of_a_state_stays(bench: Bench) -> None:
    """The merged state and the plan hold the accounts' secrets; both are gone when planning is over."""
    cases = a_fleet(bench, 9, ("changed", "tainted"))
    seen: list[int] = []

    def look(event: object) -> None:
        del event
        seen.extend(path.stat().st_mode & 0o777 for path in _states(bench))

    bench.workspace.on_event = look
    planned(bench, cases)
    assert set(seen) == {0o600}
    assert not _states(bench)
    assert not list((bench.workspace.plans / ".batch").iterdir())


def _states(bench: Bench) -> list[Path]:
    return [path for path in bench.workspace.directory.glob("batch/**/terraform.tfstate") if path.is_file()]


def test_the_next_run_need_not_initialize(bench: Bench) -> None:
    """Other accounts, the same structure: one plan and one reading back."""
    planned(bench, a_fleet(bench, 11, ("changed", "changed")))
    runs = bench.workspace.terraform.runs
    planned(bench, a_fleet(bench, 12, ("new", "new")))
    assert bench.workspace.terraform.runs - runs == 2


OVERRIDES: dict[str, Callable[[str], str]] = {
    "a place": lambda text: text.replace("name     = var.name", "name     = basename(path.module)"),
    "a workspace": lambda text: text.replace("name     = var.name", "name     = terraform.workspace"),
    "a provider": lambda text: text + '\nprovider "terraform" {}\n',
}


@pytest.mark.parametrize("override", OVERRIDES)
def test_a_module_that_could_tell_the_difference_is_planned_alone(tmp_path: Path, override: str) -> None:
    """Where it stands, in which workspace, or with a provider of its own."""
    bench = Bench(tmp_path)
    _write(tmp_path / "modules" / "account" / "main.tf", OVERRIDES[override](MODULE))
    runs = [run for name in ("Ada", "Grace") for run in bench.runs(a_request(name.lower(), name), new=True)]
    together = plan_together(bench.workspace, runs, {})
    assert {stage for _, stage in together.plans} == {"settings"}
    assert len(together.plans) == 2
