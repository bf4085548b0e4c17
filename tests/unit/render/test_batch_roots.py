"""Which root modules can share a Terraform run, and what that run's root module looks like."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.factories import an_account_request
from vend.customizations import load_customizations
from vend.models import AccountRequest, AlternateContact, RootModule
from vend.render import AccountRuntime, Batch, BatchMember, Renderer, SettingsRuntime, render_batches
from vend.render._runtime import runtime_files
from vend.settings import S3State, Settings

CONTACT = AlternateContact(kind="security", name="Desk", title="CSIRT", email="s@example.com", phone="1")


def a_request(account: str, **overrides: Any) -> AccountRequest:
    return an_account_request(account=account, email=f"{account}@example.com", **overrides)


def members(fleet: Path, *requests: AccountRequest, **runtime: Any) -> list[BatchMember]:
    settings = Settings(name="test", home_region="eu-west-1", state=S3State(bucket="b", region="eu-west-1"))
    renderer = Renderer(settings=settings, catalogue=load_customizations(fleet), fleet_directory=fleet)
    return [_member(root, **runtime) for request in requests for root in renderer.account(request)]


def _member(root: RootModule, **runtime: Any) -> BatchMember:
    fields: dict[str, Any] = {
        "product_id": "prod-1",
        "provisioning_artifact_id": "pa-1",
        "path_id": "lpv2-1",
        "organizational_unit": "Prod (ou-ab12-prodprod)",
        **runtime,
    }
    account = root.stage == "account"
    return BatchMember(root=root, runtime=AccountRuntime(**fields) if account else SettingsRuntime(account_id="1" * 12))


def called(batch: Batch) -> dict[str, str]:
    """Group by account and stage."""
    return {
        f"{member.root.account}/{member.root.stage}": at.partition("[")[0].removeprefix("module.")
        for at, member in batch.members.items()
    }


def override(fleet: Path, path: str, text: str) -> None:
    (fleet / path).parent.mkdir(parents=True, exist_ok=True)
    (fleet / path).write_text(text)


def test_accounts_and_stages_share_one_run(tmp_path: Path) -> None:
    """One module for each stage, called for all accounts; no backend, one provider, the accounts' values in tfvars."""
    requests = (a_request("a", alternate_contacts=(CONTACT,)), a_request("b", alternate_contacts=(CONTACT,)))
    (batch,) = render_batches(members(tmp_path, *requests))
    groups = called(batch)
    assert groups["a/account"] == groups["b/account"] != groups["a/settings"] == groups["b/settings"]
    text = b"".join(content for path, content in batch.files.items() if "/" not in path and path.endswith(".tf"))
    assert b"backend" not in text
    assert text.count(b"provider ") == 1
    assert b"a@example.com" not in text
    assert b"a@example.com" in batch.files["terraform.tfvars.json"]
    assert f"{groups['a/account']}/modules/account/main.tf" in batch.files
    assert not any(path.endswith(("backend.tf", ".json")) for path in batch.files if "/" in path)


def test_the_same_accounts_give_the_same_bytes_in_any_order(tmp_path: Path) -> None:
    """So the next run need not initialize; another account alone changes values alone."""
    together = members(tmp_path, a_request("a"), a_request("b"))
    (batch,) = render_batches(together)
    (again,) = render_batches(reversed(together))
    assert (batch.name, batch.files) == (again.name, again.files)
    (other,) = render_batches(members(tmp_path, a_request("c")))
    differing = {path for path in batch.files if batch.files[path] != other.files.get(path)}
    assert (other.name, differing) == (batch.name, {"terraform.tfvars.json"})


def test_adopted_products_are_a_group_of_their_own_with_their_imports(tmp_path: Path) -> None:
    """Their lifecycle settings differ; each is imported by its own id, which stands among the values."""
    adopted = members(tmp_path, a_request("old"), adopt="pp-old", keep_adopted=True)
    (batch,) = render_batches([*members(tmp_path, a_request("new")), *adopted])
    groups = called(batch)
    assert groups["old/account"] != groups["new/account"]
    imports = batch.files["imports.tf"].decode()
    assert (
        f"module.{groups['old/account']}[each.key].module.account.aws_servicecatalog_provisioned_product.this"
        in imports
    )
    assert groups["new/account"] not in imports
    assert "pp-old" not in imports


def test_a_template_that_tells_accounts_apart_makes_groups(tmp_path: Path) -> None:
    """What templates write for one account is not taken for another's."""
    override(tmp_path, "templates/account/main.tf.j2", 'locals {\n  who = "{{ account }}"\n}\n')
    (batch,) = render_batches(members(tmp_path, a_request("a"), a_request("b")))
    groups = called(batch)
    assert groups["a/account"] != groups["b/account"]


def test_another_provider_is_another_run(tmp_path: Path) -> None:
    """A batch has one configuration of each provider."""
    override(tmp_path, "templates/settings/providers.tf.j2", 'provider "aws" {\n  region = "us-east-1"\n}\n')
    batches = render_batches(members(tmp_path, a_request("a", alternate_contacts=(CONTACT,))))
    assert sorted(sorted(called(batch)) for batch in batches) == [["a/account"], ["a/settings"]]


ALONE = {
    "provider from a variable": ("templates/account/providers.tf.j2", 'provider "aws" {\n  region = var.region\n}\n'),
    "provider with an alias": (
        "templates/account/providers.tf.j2",
        'provider "aws" {\n  alias  = "x"\n  region = "eu-west-1"\n}\n',
    ),
    "more beside the providers": ("templates/account/providers.tf.j2", 'resource "x" "y" {}\n'),
    "more beside the backend": ("templates/account/backend.tf.j2", 'terraform {\n}\nresource "x" "y" {}\n'),
    "more beside the versions": ("templates/account/versions.tf.j2", 'terraform {\n}\nresource "x" "y" {}\n'),
    "a backend elsewhere": ("templates/account/main.tf.j2", 'terraform {\n  backend "local" {\n  }\n}\n'),
    "a provider elsewhere": ("templates/account/main.tf.j2", 'provider "random" {\n}\n'),
    "an import": ("templates/account/main.tf.j2", 'import {\n  to = x.y\n  id = "z"\n}\n'),
    "a path": ("templates/account/main.tf.j2", "locals {\n  where = path . root\n}\n"),
    "a workspace": ("templates/account/main.tf.j2", "locals {\n  where = terraform.workspace\n}\n"),
    "no HCL": ("templates/account/main.tf.j2", "locals {\n"),
    "a path in the module": ("modules/account/main.tf", "locals {\n  where = path.module\n}\n"),
    "a provider in the module": ("modules/account/main.tf", 'provider "random" {\n}\n'),
    "another syntax in the module": ("modules/account/more/x.tf.json", "{}"),
}


@pytest.mark.parametrize("case", ALONE)
def test_what_could_tell_the_difference_is_in_no_batch(tmp_path: Path, case: str) -> None:
    """The other stage still is."""
    path, text = ALONE[case]
    if path.startswith("modules/account/more"):
        override(tmp_path, "modules/account/main.tf", "locals {\n}\n")
    override(tmp_path, path, text)
    batches = render_batches(members(tmp_path, a_request("a", alternate_contacts=(CONTACT,))))
    assert [sorted(called(batch)) for batch in batches] == [["a/settings"]]


def test_values_that_no_variable_takes_stay_out(tmp_path: Path) -> None:
    """A root warns of them; a module would refuse them. Outputs are handed on, so that Terraform checks them."""
    override(tmp_path, "templates/account/variables.tf.j2", 'variable "name" {\n  type = string\n}\n')
    override(tmp_path, "templates/account/main.tf.j2", "locals {\n  name = var.name\n}\n")
    override(
        tmp_path,
        "templates/account/outputs.tf.j2",
        'output "open" {\n  value = 1\n}\noutput "closed" {\n  value     = 1\n  sensitive = true\n}\n',
    )
    (batch,) = render_batches(members(tmp_path, a_request("a")))
    group = called(batch)["a/account"]
    main = batch.files["main.tf"].decode()
    assert main.count("each.value.") == 1
    assert f'output "{group}_open"' in main
    assert "closed" not in main


def test_what_cannot_be_looked_up_is_in_no_batch(tmp_path: Path) -> None:
    """Planned alone, it says that the organization has no Identity Center."""
    from vend.models import AccessAssignment

    request = a_request("a", access=(AccessAssignment(group="g", permission_set="p"),))
    (batch,) = render_batches(members(tmp_path, request))
    assert list(called(batch)) == ["a/account"]


def test_contacts_that_exist_are_imported_for_each_account(tmp_path: Path) -> None:
    """By account and kind, in one block; an account without any is not in it."""
    requests = [a_request(name, alternate_contacts=(CONTACT,)) for name in ("a", "b", "c")]
    settings = [member for member in members(tmp_path, *requests) if member.root.stage == "settings"]
    existing = SettingsRuntime(account_id="2" * 12, existing_contacts=("security",))
    (batch,) = render_batches([*(replace(one, runtime=existing) for one in settings[:2]), settings[2]])
    (group,) = set(called(batch).values())
    imports = batch.files["imports.tf"].decode()
    target = "module.settings.aws_account_alternate_contact.this[each.value.kind]"
    assert f"to       = module.{group}[each.value.account].{target}\n" in imports
    assert json.loads(batch.files["terraform.tfvars.json"])[f"{group}_contacts"] == {
        f"{name}/security": {"account": name, "id": "222222222222/SECURITY", "kind": "security"} for name in ("a", "b")
    }


def test_a_root_of_its_own_imports_its_contacts(tmp_path: Path) -> None:
    """With Terraform's id of each; without any there is no file."""
    (_, settings) = members(tmp_path, a_request("a", alternate_contacts=(CONTACT,)))
    runtime = SettingsRuntime(account_id="2" * 12, existing_contacts=("security",))
    files = runtime_files(settings.root, runtime)
    assert json.loads(files["runtime.tfvars.json"])["existing_contacts"] == {"security": "222222222222/SECURITY"}
    assert b"for_each = var.existing_contacts" in files["imports.tf"]
    assert runtime_files(settings.root, SettingsRuntime(account_id="2" * 12)).keys() == {"runtime.tfvars.json"}
