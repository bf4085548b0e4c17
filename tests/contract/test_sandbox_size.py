"""An organization as large as a unit may be."""

from __future__ import annotations

from typing import Any

import pytest

from support.emulated import emulated

pytestmark = pytest.mark.sandbox
PARAMETERS = {
    "SSOUserEmail": "grace@example.com",
    "SSOUserFirstName": "Grace",
    "SSOUserLastName": "Hopper",
    "ManagedOrganizationalUnit": "Workloads",
}


def test_a_thousand_accounts_come_in_pages() -> None:
    """Made through boto3 without duration; each is listed once, by Organizations, Service Catalog and Control Tower."""
    with emulated(operation_seconds=0.0) as aws:
        organizations, catalog, tower = (
            aws.client(service) for service in ("organizations", "servicecatalog", "controltower")
        )
        names, product = {f"account-{number:04}" for number in range(1000)}, aws.product()
        for name in sorted(names):
            parameters = {**PARAMETERS, "AccountName": name, "AccountEmail": f"{name}@example.com"}
            catalog.provision_product(
                **product,
                ProvisionedProductName=name,
                ProvisionToken=name,
                ProvisioningParameters=[{"Key": key, "Value": value} for key, value in parameters.items()],
            )
        pages = organizations.get_paginator("list_accounts").paginate()
        listed = [account for page in pages for account in page["Accounts"]]
        assert sorted(account["Name"] for account in listed) == sorted({*names, "Management", "Log Archive", "Audit"})
        assert len({account["Id"] for account in listed}) == len(listed)
        found: list[dict[str, Any]] = []
        token: dict[str, str] = {}
        while True:
            answer = catalog.search_provisioned_products(PageSize=100, SortBy="name", **token)
            found += answer["ProvisionedProducts"]
            if "NextPageToken" not in answer:
                break
            token = {"PageToken": answer["NextPageToken"]}
        assert [product["Name"] for product in found] == sorted(names)
        assert {product["Status"] for product in found} == {"AVAILABLE"}
        pages = tower.get_paginator("list_enabled_baselines").paginate(includeChildren=True, maxResults=100)
        children = [one for page in pages for one in page["enabledBaselines"] if one.get("parentIdentifier")]
        assert len({one["targetIdentifier"] for one in children}) == len(children) == len(names)
