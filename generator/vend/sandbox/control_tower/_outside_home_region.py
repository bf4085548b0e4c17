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


def answer_elsewhere(service: str, operation: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the two services say where Control Tower is not.

    Raises:
        ApiError: what the call names does not exist there.
    """
    if operation in _EMPTY:
        return _EMPTY[operation]
    if service == "controltower":
        raise ApiError("ValidationException", NO_LANDING_ZONE)
    name = given.get("ProductName") or given.get("Name")
    named = next((str(given[key]) for key in sorted(given) if key.endswith("Id") and given[key]), "")
    text = f"Product with name {name} not found" if name else f"Resource not found: {named}"
    raise ApiError("ResourceNotFoundException", text)
