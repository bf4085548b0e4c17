"""A checkout of AFT's, driven as it is: the accounts that AFT has vended are taken over without touching them."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from support.aft_repositories import FOR_EACH, module, request, write
from support.sandboxed import Bench
from vend.cli.sandbox._processes import with_units_of_requests
from vend.process import Command, run
from vend.requests import load_settings
from vend.sandbox import Sandbox, config_from

pytestmark = [pytest.mark.e2e, pytest.mark.terraform, pytest.mark.xdist_group("aft-checkout")]

UNIT = "Workloads (ou-ab12-workload)"
REPOSITORY = {
    **module(),
    "terraform/payments.tf": request(
        "payments",
        'account_tags = { Owner = "grace", Level = 3 }',
        'account_customizations_name = "spoke"',
        AccountEmail="AWS+Payments@example.com",
        AccountName="Payments Prod",
        ManagedOrganizationalUnit=UNIT,
    ),
    "templates/account/main.tf.j2": "not a template of vend's {{",
    "policies/ours.rego": "not a policy of vend's {",
    "accounts.yaml": "- name: Data Lake\n  email: aws+data@example.com\n",
    "terraform/main.tf": 'locals {\n  accounts = { for a in yamldecode(file("../accounts.yaml")) : a.name => a }\n}\n'
    + FOR_EACH,
}


@dataclass
class Checkout(Bench):
    """A checkout, and a sandbox in which AFT has vended both accounts."""

    accounts: dict[str, str]

    def git(self, *arguments: str) -> str:
        completed = run(Command(argv=["git", "-C", str(self.directory), *arguments], env=dict(os.environ)))
        assert completed.returncode == 0, completed.stderr
        return completed.stdout

    def records(self) -> set[str]:
        """The last record of each product: another one when anything was done to it."""
        found = self.client("servicecatalog").search_provisioned_products()["ProvisionedProducts"]
        return {product["LastRecordId"] for product in found}


def as_aft_vends(bench: Bench, name: str, email: str, unit: str) -> str:
    """An account made by AFT's own call, its product named as AFT names it; the account's id."""
    catalog = bench.client("servicecatalog")
    product = catalog.search_products()["ProductViewSummaries"][0]["ProductId"]
    artifact = catalog.list_provisioning_artifacts(ProductId=product)["ProvisioningArtifactDetails"][0]["Id"]
    values = {
        "AccountName": name,
        "AccountEmail": email,
        "ManagedOrganizationalUnit": unit,
        "SSOUserEmail": "grace@example.com",
        "SSOUserFirstName": "Grace",
        "SSOUserLastName": "Hopper",
    }
    catalog.provision_product(
        ProductId=product,
        ProvisioningArtifactId=artifact,
        ProvisionedProductName=name.strip().replace(" ", "-"),
        ProvisioningParameters=[{"Key": key, "Value": value} for key, value in values.items()],
        ProvisionToken=f"token-{name.replace(' ', '-')}",
    )
    found = catalog.search_provisioned_products(Filters={"SearchQuery": [f"name:{name.replace(' ', '-')}"]})
    (product,) = found["ProvisionedProducts"]
    assert product["Status"] == "AVAILABLE"
    return str(product["PhysicalId"])


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    directory = write(tmp_path_factory.mktemp("aft"), REPOSITORY)
    settings = load_settings(directory, environ={"AWS_REGION": "eu-west-1"})
    settings = with_units_of_requests(directory, settings, dict(os.environ))
    with Sandbox(config_from(settings, 0.0)) as sandbox:
        found = Checkout(directory=directory, environ=sandbox.environment(dict(os.environ)), accounts={})
        payments = as_aft_vends(found, "Payments Prod", "aws+payments@example.com", UNIT)
        found.accounts["Payments-Prod"] = payments
        found.accounts["Data-Lake"] = as_aft_vends(found, "Data Lake", "aws+data@example.com", "Sandbox")
        tags = [{"Key": "Owner", "Value": "grace"}, {"Key": "Level", "Value": "3"}]
        found.client("organizations").tag_resource(ResourceId=payments, Tags=tags)
        found.git("init", "-q")
        found.git("add", ".")
        found.git("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", "requests")
        yield found


def test_a_plan_adopts_what_aft_has_vended(checkout: Checkout) -> None:
    """Found by the product's name, quietly: nothing to add, to change or to destroy, and no operation."""
    document = checkout.document("--fleet", ".", "plan")
    assert {account["account"]: account["action"] for account in document["accounts"]} == {
        "Data-Lake": "adopt",
        "Payments-Prod": "adopt",
    }
    assert {account["account"]: account["account_id"] for account in document["accounts"]} == checkout.accounts
    for account in document["accounts"]:
        assert account["operations"] == []
        assert {(s["add"], s["change"], s["replace"], s["destroy"]) for s in account["stages"]} == {(0, 0, 0, 0)}


def test_an_apply_takes_them_over_and_touches_nothing(checkout: Checkout) -> None:
    """No product is updated, a second apply starts no Terraform, and git sees nothing."""
    before = checkout.records()
    document = checkout.document("--fleet", ".", "apply", "--auto-approve")
    assert document["status"] == "succeeded"
    assert checkout.records() == before
    again = checkout.document("--fleet", ".", "apply", "--auto-approve")
    assert (again["terraform_runs"], again["status"]) == (0, "succeeded")
    assert not any(result["changed"] for result in again["results"])
    assert checkout.git("status", "--porcelain", "--ignored") == "!! .vend/\n"


def test_a_changed_email_is_refused(checkout: Checkout) -> None:
    """AFT would make a second account of it."""
    checkout.edit("terraform/payments.tf", "AWS+Payments@example.com", "aws+other@example.com")
    document = checkout.document("--fleet", ".", "plan", "--account", "Payments-Prod", code=3)
    (account,) = document["accounts"]
    assert account["action"] == "refused"
    assert [diagnostic["code"] for diagnostic in account["diagnostics"]] == ["email-changed"]
    checkout.edit("terraform/payments.tf", "aws+other@example.com", "AWS+Payments@example.com")


def test_a_removed_tag_is_removed(checkout: Checkout) -> None:
    """AFT would leave it on the account."""
    checkout.edit("terraform/payments.tf", ", Level = 3", "")
    checkout.document("--fleet", ".", "apply", "--auto-approve", "--account", "Payments-Prod")
    tags: list[Any] = checkout.client("organizations").list_tags_for_resource(
        ResourceId=checkout.accounts["Payments-Prod"]
    )["Tags"]
    assert tags == [{"Key": "Owner", "Value": "grace"}]
