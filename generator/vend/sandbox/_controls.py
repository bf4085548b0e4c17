"""The mandatory controls that stand on every registered unit."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from vend.sandbox._identities import Identity
from vend.sandbox._organization import Organization
from vend.sandbox._pages import page
from vend.sandbox._wire import ApiError

Input = Mapping[str, Any]
Output = dict[str, Any]

MANDATORY_CONTROLS = (
    "AWS-GR_CLOUDTRAIL_ENABLED",
    "AWS-GR_CLOUDTRAIL_CHANGE_PROHIBITED",
    "AWS-GR_CONFIG_CHANGE_PROHIBITED",
    "AWS-GR_CONFIG_ENABLED",
    "AWS-GR_IAM_ROLE_CHANGE_PROHIBITED",
    "AWS-GR_LAMBDA_CHANGE_PROHIBITED",
    "AWS-GR_SNS_CHANGE_PROHIBITED",
)
_MISSING = "ResourceNotFoundException"


class EnabledControls:
    """The operations on enabled controls, by botocore's names.

    Args:
        organization: for the units' ARNs.
        registered: ids of the governed units.
        region: the home Region.
        arn: makes Control Tower's ARNs from kind and identifier.
    """

    def __init__(
        self, organization: Organization, registered: AbstractSet[str], region: str, arn: Callable[[str, str], str]
    ) -> None:
        self._organization = organization
        self._registered = registered
        self._region = region
        self._arn = arn

    def operations(self) -> dict[str, Callable[[Identity, Input], Output]]:
        """Read-only: controls come and go with the registration of units."""
        return {
            "ListEnabledControls": self._list_enabled_controls,
            "GetEnabledControl": self._get_enabled_control,
        }

    def _all(self) -> Iterator[Output]:
        for unit_id in sorted(self._registered):
            for control in MANDATORY_CONTROLS:
                identifier = uuid.uuid5(uuid.NAMESPACE_URL, f"{unit_id}/{control}").hex[:16].upper()
                yield {
                    "arn": self._arn("enabledcontrol", identifier),
                    "controlIdentifier": f"arn:aws:controltower:{self._region}::control/{control}",
                    "targetIdentifier": self._organization.unit_arn(unit_id),
                    "statusSummary": {"status": "SUCCEEDED"},
                    "driftStatusSummary": {"driftStatus": "IN_SYNC"},
                }

    def _list_enabled_controls(self, caller: Identity, given: Input) -> Output:
        del caller
        target = given.get("targetIdentifier")
        if target is not None and target.rpartition("/")[2] not in self._registered:
            unit_id = target.rpartition("/")[2]
            raise ApiError(_MISSING, f"Organizational unit {unit_id} is not registered with AWS Control Tower.")
        found = [control for control in self._all() if target in {None, control["targetIdentifier"]}]
        identifiers = (given.get("filter") or {}).get("controlIdentifiers")
        if identifiers:
            found = [control for control in found if control["controlIdentifier"] in identifiers]
        items, following = page(found, given.get("nextToken"), given.get("maxResults") or 50, "ValidationException")
        return {"enabledControls": items, "nextToken": following}

    def _get_enabled_control(self, caller: Identity, given: Input) -> Output:
        del caller
        for control in self._all():
            if control["arn"] == given["enabledControlIdentifier"]:
                return {
                    "enabledControlDetails": {
                        **control,
                        "targetRegions": [{"name": self._region}],
                        "parameters": [],
                    }
                }
        raise ApiError(_MISSING, f"Enabled control {given['enabledControlIdentifier']} was not found.")
