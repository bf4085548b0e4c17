"""The parameters of the Account Factory product."""

from __future__ import annotations

from vend.aws._units import control_tower_value
from vend.models import AccountRequest, OrganizationalUnit


def product_parameters(request: AccountRequest, unit: OrganizationalUnit) -> dict[str, str]:
    """All six, by the names that the product's template gives them."""
    return {
        "AccountEmail": request.email,
        "AccountName": request.name,
        "ManagedOrganizationalUnit": control_tower_value(unit),
        "SSOUserEmail": request.sso_user.email,
        "SSOUserFirstName": request.sso_user.first_name,
        "SSOUserLastName": request.sso_user.last_name,
    }
