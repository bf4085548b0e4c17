"""Values of a request are data: no template, file name or expression in them ever becomes code."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.factories import an_account_request
from vend.customizations import Catalogue, load_customizations
from vend.models import AccessAssignment, AccountRequest, AlternateContact, Change, Position, RootModule, SsoUser
from vend.render import CustomizationsRuntime, render_account, write_root
from vend.settings import Settings, TerraformSettings
from vend.terraform import Terraform, find_binary, find_mirror, read_state

HOSTILE = (
    '${file("/etc/hostname")}',
    '"} resource "terraform_data" "x" { input = "',
    "%{ if true }yes%{ endif }",
    "{{ 7 * 7 }}{% raw %}",
    "one\ntwo\r\n\tthree",
    "*/ /* # //",
    "\\u0041 \\n \\\\",
    "line\u2028paragraph\u2029",
    "$${not} %%{not}",
    "naïve ☃ 👩🏽\u200d🚀",
    "' ; rm -rf ~ ; `id` $(id)",
    "<<EOF\nx\nEOF",
    "null",
)
SETTINGS = Settings(name="example", home_region="eu-west-1", terraform=TerraformSettings(required_providers={}))


def a_request_full_of(value: str) -> AccountRequest:
    """The value in every field that takes text; only the slug is an identifier."""
    return an_account_request(
        name=value,
        email=value,
        organizational_unit=value,
        sso_user=SsoUser(email=value, first_name=value, last_name=value),
        tags={value: value, "plain": value},
        custom_fields={value: value, "plain": value},
        alternate_contacts=(AlternateContact(kind="billing", name=value, title=value, email=value, phone=value),),
        access=(AccessAssignment(group=value, permission_set=value),),
        opt_in_regions=(value,),
        change=Change(requested_by=value, reason=value),
    )


def rendered(request: AccountRequest, directory: Path, catalogue: Catalogue) -> tuple[RootModule, ...]:
    """All three roots."""
    roots = render_account(request, settings=SETTINGS, catalogue=catalogue, fleet_directory=directory)
    assert [root.stage for root in roots] == ["account", "settings", "customizations"]
    return roots


def code(roots: tuple[RootModule, ...]) -> dict[str, bytes]:
    """Every file that is not the values' own."""
    return {
        f"{root.stage}/{path}": content
        for root in roots
        for path, content in root.files.items()
        if path != "terraform.tfvars.json"
    }


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Catalogue]:
    """A fleet whose global customization takes everything that vend gives."""
    directory = tmp_path_factory.mktemp("fleet")
    (directory / "customizations/global").mkdir(parents=True)
    (directory / "customizations/global/main.tf").write_text(
        'variable "account" {}\n\nvariable "custom_fields" {}\n\n'
        'resource "terraform_data" "this" {\n  input = { account = var.account, fields = var.custom_fields }\n}\n'
    )
    # Without a provider of AWS: Terraform's own resource shows values just as well.
    (directory / "templates/customizations").mkdir(parents=True)
    (directory / "templates/customizations/providers.tf.j2").write_text("")
    (directory / "templates/customizations/main.tf.j2").write_text(
        'module "global" {\n  source = "./customizations/global"\n'
        "  account = var.account\n  custom_fields = var.custom_fields\n}\n"
    )
    catalogue = load_customizations(directory)
    assert catalogue.diagnostics == ()
    return directory, catalogue


@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_changes_a_byte_outside_of_the_values_file(value: str, fleet: tuple[Path, Catalogue]) -> None:
    """The Terraform of a hostile request is that of a harmless one, byte for byte."""
    hostile = rendered(a_request_full_of(value), *fleet)
    assert code(hostile) == code(rendered(a_request_full_of("harmless"), *fleet))
    account = json.loads(next(root for root in hostile if root.stage == "account").files["terraform.tfvars.json"])
    assert account["name"] == value


@settings(max_examples=60, deadline=None)
@given(value=st.text(alphabet=st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40))
def test_no_text_at_all_changes_a_byte_outside_of_the_values_file(value: str, fleet: tuple[Path, Catalogue]) -> None:
    """The same for whatever text there is."""
    assert code(rendered(a_request_full_of(value), *fleet)) == code(rendered(a_request_full_of("x"), *fleet))


@pytest.mark.parametrize("value", HOSTILE)
def test_a_file_name_reaches_no_rendered_file(value: str, fleet: tuple[Path, Catalogue]) -> None:
    """Whatever the file of a request is called, not a byte is another."""
    position = Position(file=f"account-requests/{value}.hcl", line=1, column=1)
    assert rendered(_full("x", {"": position}), *fleet) == rendered(_full("x", {}), *fleet)


def _full(value: str, positions: dict[str, Position]) -> AccountRequest:
    return replace(a_request_full_of(value), positions=positions)


@pytest.mark.terraform
def test_values_come_out_of_terraform_byte_for_byte(fleet: tuple[Path, Catalogue], tmp_path: Path) -> None:
    """Through real Terraform, into its state: what was written is what arrives, in values and in keys."""
    directory, catalogue = fleet
    fields = {f"{number} {value}": value for number, value in enumerate(HOSTILE)}
    request = an_account_request(name=HOSTILE[0], tags=fields, custom_fields=fields)
    root = next(
        root
        for root in render_account(request, settings=SETTINGS, catalogue=catalogue, fleet_directory=directory)
        if root.stage == "customizations"
    )
    assert _applied(root, tmp_path) == {
        "account": {
            "account": "payments-prod",
            "name": HOSTILE[0],
            "email": "aws+payments-prod@example.com",
            "organizational_unit": "Workloads/Prod",
            "tags": fields,
            "customizations": [],
        },
        "fields": fields,
    }


def _applied(root: RootModule, tmp_path: Path) -> dict[str, Any]:
    """Applies a root as a run does; gives the input of its one resource as the state has it."""
    working = tmp_path / ".vend" / "o-example"
    location = working / "roots" / root.account / root.stage
    write_root(root, location, CustomizationsRuntime(account_id="222222222222"))
    terraform = Terraform(
        binary=find_binary(SETTINGS.terraform, os.environ, tmp_path / "terraform.json"),
        mirror=find_mirror(SETTINGS.terraform, os.environ),
        directory=working,
        settings=SETTINGS.terraform,
        environ=os.environ,
        stop=threading.Event(),
    )
    data, plan = working / "data", working / "plans" / "this.tfplan"
    outcomes = [
        terraform.init(location, data_directory=data, session={}),
        terraform.plan(location, out=plan, data_directory=data, session={}),
        terraform.apply(location, plan_file=plan, data_directory=data, session={}),
    ]
    assert all(outcome.ok for outcome in outcomes), [outcome.diagnostics for outcome in outcomes]
    state = read_state((working / "state" / root.account / f"{root.stage}.tfstate").read_bytes())
    (resource,) = state.resources
    found: dict[str, Any] = resource.attributes["input"]["value"]
    return found
