"""The quota of accounts, as Service Quotas gives it; every other quota is moto's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vend.sandbox.access._callers import Identity
from vend.sandbox.organizations._organization import Organization
from vend.sandbox.protocol._call import ApiError, NotOursError

HOME = "us-east-1"
"""The only Region that has the quotas of Organizations (Organizations user guide, quotas)."""
_SERVICE, _ACCOUNTS = "organizations", "L-E619E033"


class ServiceQuotasApi:
    """The operations, by botocore's names.

    Args:
        organization: whose quota it is.
    """

    def __init__(self, organization: Organization) -> None:
        self._organization = organization

    def operations(self) -> dict[str, Callable[[Identity, Mapping[str, Any]], dict[str, Any]]]:
        """The operations that are answered here rather than by moto."""
        return {"GetServiceQuota": self._get}

    def _get(self, caller: Identity, params: Mapping[str, Any]) -> dict[str, Any]:
        management = self._organization.management_account_id
        if params["ServiceCode"] != _SERVICE:
            raise NotOursError
        if params["QuotaCode"] != _ACCOUNTS or caller.account_id != management:
            raise ApiError("NoSuchResourceException", "The specified resource does not exist.")
        return {
            "Quota": {
                "ServiceCode": _SERVICE,
                "ServiceName": "AWS Organizations",
                "QuotaArn": f"arn:aws:servicequotas::{management}:{_SERVICE}/{_ACCOUNTS}",
                "QuotaCode": _ACCOUNTS,
                "QuotaName": "Default maximum number of accounts",
                "Value": float(self._organization.most_accounts),
                "Unit": "None",
                "Adjustable": True,
                "GlobalQuota": True,
            }
        }
