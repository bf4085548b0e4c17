"""Service Catalog and Control Tower outside the management account's home Region: nothing is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vend.sandbox.control_tower._landing_zone_api import NO_LANDING_ZONE
from vend.sandbox.protocol._call import ApiError

_EMPTY: Mapping[str, Mapping[str, Any]] = {
    "SearchProducts": {"ProductViewSummaries": [], "ProductViewAggregations": {}},
    "SearchProductsAsAdmin": {"ProductViewDetails": []},
    "SearchProvisionedProducts": {"ProvisionedProducts": [], "TotalResultsCount": 0},
    "ScanProvisionedProducts": {"ProvisionedProducts": []},
    "ListRecordHistory": {"RecordDetails": []},
    "ListPortfolios": {"PortfolioDetails": []},
    "ListLandingZones": {"landingZones": []},
    "ListLandingZoneOperations": {"landingZoneOperations": []},
}


def answer_outside_home_region(service: str, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the two services answer outside the home Region.

    Raises:
        ApiError: what the call names does not exist there.
    """
    if operation in _EMPTY:
        return _EMPTY[operation]
    if service == "controltower":
        raise ApiError("ValidationException", NO_LANDING_ZONE)
    name = params.get("ProductName") or params.get("Name")
    named = next((str(params[key]) for key in sorted(params) if key.endswith("Id") and params[key]), "")
    text = f"Product with name {name} not found" if name else f"Resource not found: {named}"
    raise ApiError("ResourceNotFoundException", text)
