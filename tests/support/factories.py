"""Values for tests, valid unless a test says otherwise."""

from __future__ import annotations

from typing import Any

from vend.models import AccountRequest, OrganizationAccount, OrganizationalUnit, ProvisionedProduct, SsoUser
from vend.plan import ResourceChange


def an_account_request(**overrides: Any) -> AccountRequest:
    """A valid account request; keyword arguments replace fields."""
    fields: dict[str, Any] = {
        "account": "payments-prod",
        "name": "Payments (prod)",
        "email": "aws+payments-prod@example.com",
        "organizational_unit": "Workloads/Prod",
        "sso_user": SsoUser(email="grace@example.com", first_name="Grace", last_name="Hopper"),
    }
    return AccountRequest(**{**fields, **overrides})


def a_product(**overrides: Any) -> ProvisionedProduct:
    """An available product of the request above; keyword arguments replace fields."""
    fields: dict[str, Any] = {
        "id": "pp-abcdefghijklm",
        "name": "payments-prod",
        "status": "AVAILABLE",
        "product_id": "prod-abcdefghijklm",
        "provisioning_artifact_id": "pa-abcdefghijklm",
        "account_id": "222222222222",
        "succeeded": True,
    }
    return ProvisionedProduct(**{**fields, **overrides})


def an_organization_account(**overrides: Any) -> OrganizationAccount:
    """The account of the request above, in the unit it asks for; keyword arguments replace fields."""
    fields: dict[str, Any] = {
        "id": "222222222222",
        "name": "Payments (prod)",
        "email": "aws+payments-prod@example.com",
        "state": "ACTIVE",
        "parent_id": "ou-ab12-prodprod",
    }
    return OrganizationAccount(**{**fields, **overrides})


def a_unit(**overrides: Any) -> OrganizationalUnit:
    """`Workloads/Prod`; keyword arguments replace fields."""
    fields: dict[str, Any] = {
        "id": "ou-ab12-prodprod",
        "name": "Prod",
        "path": "Workloads/Prod",
        "parent_id": "ou-ab12-workload",
        "registered": True,
    }
    return OrganizationalUnit(**{**fields, **overrides})


def a_new_product(request: AccountRequest, unit: OrganizationalUnit, **overrides: Any) -> ResourceChange:
    """The product that the module makes of a request."""
    given = {"AccountEmail": request.email, "AccountName": request.name}
    given["ManagedOrganizationalUnit"] = f"{unit.name} ({unit.id})"
    after = {"provisioning_parameters": [{"key": key, "value": value} for key, value in given.items()]}
    return a_change(**{"action": "create", "after": after, **overrides})


def a_change(**overrides: Any) -> ResourceChange:
    """An update of the product; keyword arguments replace fields."""
    fields: dict[str, Any] = {
        "address": "module.account.aws_servicecatalog_provisioned_product.this",
        "type": "aws_servicecatalog_provisioned_product",
        "name": "this",
        "action": "update",
    }
    return ResourceChange(**{**fields, **overrides})
