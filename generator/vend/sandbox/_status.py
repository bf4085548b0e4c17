"""The content of a sandbox as one document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vend.sandbox._landing_zone import LandingZone
from vend.sandbox.organizations._organization import Organization
from vend.sandbox.service_catalog._account_factory import AccountFactory


def status_of(zone: LandingZone, now: float) -> dict[str, Any]:
    """The organization, its products, what is under way, and how much of each quota is used.

    Args:
        zone: settled.
        now: seconds since the epoch.
    """
    organization, factory = zone.organization, zone.factory
    return {
        "organization_id": organization.id,
        "management_account_id": organization.management_account_id,
        "home_region": zone.config.home_region,
        "operation_seconds": zone.config.operation_seconds,
        "organizational_units": sorted(
            (
                {
                    "path": organization.path_of(unit.id),
                    "id": unit.id,
                    "registered": unit.id in zone.governance.registered,
                }
                for unit in organization.units()
            ),
            key=lambda unit: str(unit["path"]),
        ),
        "accounts": _accounts(organization, factory, zone.governance.enrolled),
        "provisioned_products": [
            {
                "name": product.name,
                "id": product.id,
                "status": product.status,
                "status_message": product.status_message,
                "account_id": product.account_id,
            }
            for product in factory.products.values()
        ],
        "running_operations": [
            one.to_json(now) for one in (*factory.running_operations(), *zone.control_tower.running_operations())
        ],
        "quotas": [quota.to_json() for quota in zone.quotas()],
    }


def _accounts(organization: Organization, factory: AccountFactory, enrolled: Mapping[str, str]) -> list[dict[str, Any]]:
    products = {product.account_id: product for product in factory.products.values()}
    paths = {unit.id: organization.path_of(unit.id) for unit in organization.units()}
    return [
        {
            "id": account.id,
            "name": account.name,
            "email": account.email,
            "state": account.state,
            "organizational_unit": paths.get(account.parent_id, ""),
            "enrolled": account.id in enrolled,
            "product": products[account.id].name if account.id in products else None,
        }
        for account in organization.accounts()
    ]
