"""An organization that exists becomes a fleet: imported, planned without a change, applied, and quiet ever after."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from typing import Any

import pytest

from support.sandboxed import REPOSITORY, Bench
from vend.requests import load_settings
from vend.sandbox import Sandbox, config_from

pytestmark = [pytest.mark.e2e, pytest.mark.terraform, pytest.mark.xdist_group("import")]

SETTINGS = """fleet "existing" { home_region = "eu-west-1" }
sandbox {
  organizational_units = ["Workloads/Prod"]
  operation_seconds    = 0.2
}
"""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A fleet without requests, and an organization that somebody else filled."""
    directory = tmp_path_factory.mktemp("fleet")
    (directory / "vend.hcl").write_text(SETTINGS)
    shutil.copy(REPOSITORY / "terraform.lock.hcl", directory)
    with Sandbox(config_from(load_settings(directory))) as sandbox:
        bench = Bench(directory=directory, environ=sandbox.environment(dict(os.environ)))
        vend_outside(bench)
        create_outside(bench)
        yield bench


def vend_outside(bench: Bench) -> None:
    """An account made by hand in Service Catalog, with a tag and a contact."""
    catalog, organizations = bench.client("servicecatalog"), bench.client("organizations")
    product = catalog.search_products()["ProductViewSummaries"][0]["ProductId"]
    artifact = catalog.list_provisioning_artifacts(ProductId=product)["ProvisioningArtifactDetails"][0]["Id"]
    path = catalog.list_launch_paths(ProductId=product)["LaunchPathSummaries"][0]["Id"]
    parameters = {
        "AccountName": "Payments (prod)",
        "AccountEmail": "payments@example.com",
        "SSOUserEmail": "grace@example.com",
        "SSOUserFirstName": "Grace",
        "SSOUserLastName": "Hopper",
        "ManagedOrganizationalUnit": f"Sandbox ({unit(bench, 'Sandbox')})",
    }
    catalog.provision_product(
        ProductId=product,
        ProvisioningArtifactId=artifact,
        PathId=path,
        ProvisionedProductName="payments-prod",
        ProvisionToken="by-hand",
        ProvisioningParameters=[{"Key": key, "Value": value} for key, value in parameters.items()],
    )
    account_id = found(bench, "Payments (prod)")
    organizations.tag_resource(ResourceId=account_id, Tags=[{"Key": "CostCenter", "Value": "4711"}])
    bench.client("account").put_alternate_contact(
        AccountId=account_id,
        AlternateContactType="SECURITY",
        Name="Desk",
        Title="CSIRT",
        EmailAddress="s@example.com",
        PhoneNumber="+1 555 0100",
    )


def create_outside(bench: Bench) -> None:
    """An account that Organizations made, in a unit that Control Tower governs, and never enrolled."""
    organizations = bench.client("organizations")
    organizations.create_account(AccountName="Old one", Email="old@example.com", RoleName="AWSControlTowerExecution")
    account_id = found(bench, "Old one")
    root = organizations.list_roots()["Roots"][0]["Id"]
    organizations.move_account(AccountId=account_id, SourceParentId=root, DestinationParentId=unit(bench, "Sandbox"))


def found(bench: Bench, name: str) -> str:
    """The id of an account that is being made."""
    for _ in range(100):
        if name in accounts(bench):
            return accounts(bench)[name]
        time.sleep(0.1)
    raise AssertionError(name)


def accounts(bench: Bench) -> dict[str, str]:
    pages = bench.client("organizations").get_paginator("list_accounts").paginate()
    return {account["Name"]: account["Id"] for page in pages for account in page["Accounts"]}


def unit(bench: Bench, name: str) -> str:
    organizations = bench.client("organizations")
    root = organizations.list_roots()["Roots"][0]["Id"]
    units = organizations.list_organizational_units_for_parent(ParentId=root)["OrganizationalUnits"]
    return next(str(one["Id"]) for one in units if one["Name"] == name)


@pytest.fixture(scope="module")
def imported(bench: Bench) -> dict[str, Any]:
    return bench.document("import", "organization")


def test_the_accounts_become_requests(imported: dict[str, Any]) -> None:
    """The one with a product to be adopted, the other to be enrolled."""
    assert {entry["account"]: entry["action"] for entry in imported["accounts"]} == {
        "old-one": "enrol",
        "payments-prod": "adopt",
    }
    assert {entry["name"] for entry in imported["left_out"]} == {"Management", "Log Archive", "Audit"}


def test_an_adopted_account_has_nothing_to_change(bench: Bench, imported: dict[str, Any]) -> None:
    """Its product and its contact are imported, and its tags are as they are; the other is enrolled, by its id."""
    assert imported["written"]
    document = bench.document("plan")
    assert document["summary"] == {"adopt": 1, "enrol": 1}
    planned = {account["account"]: account for account in document["accounts"]}
    adopted = [change for stage in planned["payments-prod"]["stages"] for change in stage["changes"]]
    assert {(change["action"], change["type"]) for change in adopted} == {
        ("import", "aws_account_alternate_contact"),
        ("import", "aws_servicecatalog_provisioned_product"),
    }
    assert planned["payments-prod"]["operations"] == []
    assert [operation["operation"] for operation in planned["old-one"]["operations"]] == ["enrol"]
    assert planned["old-one"]["account_id"] == accounts(bench)["Old one"]


def test_applied_no_account_is_new_and_a_second_run_finds_nothing(bench: Bench, imported: dict[str, Any]) -> None:
    """The same accounts, both managed; nothing is left to import or to plan."""
    assert imported["written"]
    before = accounts(bench)
    report = bench.document("apply", "--auto-approve")
    assert report["status"] == "succeeded"
    assert {r["account"]: r["account_id"] for r in report["results"]} == {
        "old-one": before["Old one"],
        "payments-prod": before["Payments (prod)"],
    }
    assert accounts(bench) == before
    assert bench.document("plan", "--detailed-exitcode")["terraform_runs"] == 0
    again = bench.document("import", "organization")
    assert (again["accounts"], again["known"]) == ([], 2)
