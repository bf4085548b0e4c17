"""Whether an account that exists can be enrolled, and what the landing zone says about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from vend.aws._connection import Connection
from vend.aws._failures import translated
from vend.errors import AwsError, Diagnostic
from vend.models import LandingZone

EXECUTION_ROLE = "AWSControlTowerExecution"
"""The role by which Control Tower gets into an account; its name is fixed."""

_WORKERS = 6


def read_landing_zone(connection: Connection) -> LandingZone:
    """The landing zone's manifest, as far as vend needs it.

    Log archive and audit stand as `centralizedLogging.accountId` and `securityRoles.accountId`, from landing zone
    4.0 on also as `config.accountId` (Control Tower API reference, landing zone schemas).

    Raises:
        AwsError: `no-landing-zone`, or a call was refused.
    """
    client = connection.client("controltower")
    with translated("reading the landing zone"):
        found = client.list_landing_zones()["landingZones"]
        if not found:
            raise AwsError(
                Diagnostic(
                    code="no-landing-zone",
                    summary=f"Control Tower has no landing zone in {connection.region}",
                    detail="reading the landing zone: ListLandingZones answered with none",
                    hint="check that home_region is Control Tower's home Region",
                )
            )
        zone = client.get_landing_zone(landingZoneIdentifier=found[0]["arn"])["landingZone"]
    manifest = zone["manifest"]
    parts = (manifest.get(name) or {} for name in ("centralizedLogging", "securityRoles", "config", "backup"))
    return LandingZone(
        governed_regions=tuple(manifest.get("governedRegions") or ()),
        shared_accounts=frozenset(_account_ids(parts)),
        drift=(zone.get("driftStatus") or {}).get("status"),
        version=zone.get("version", ""),
        log_archive_account=(manifest.get("centralizedLogging") or {}).get("accountId"),
        audit_account=(manifest.get("securityRoles") or {}).get("accountId"),
        # The landing zone's setting for it (Control Tower user guide, account-auto-enrollment).
        auto_enrollment="INHERITANCE_DRIFT" in (zone.get("remediationTypes") or ()),
    )


def _account_ids(document: Any) -> Iterator[str]:
    """Every `accountId` in a part of the manifest; backup has its two a level deeper."""
    if isinstance(document, dict):
        for key, value in document.items():
            if key == "accountId" and isinstance(value, str):
                yield value
            else:
                yield from _account_ids(value)
    elif isinstance(document, Iterable) and not isinstance(document, str):
        for value in document:
            yield from _account_ids(value)


def config_traces(connection: Connection, regions: Iterable[str]) -> tuple[str, ...]:
    """AWS Config's recorders and delivery channels in an account, as `recorder NAME in REGION`.

    Control Tower does not enrol an account that has one in a governed Region (user guide, existing-config-resources).

    Args:
        connection: of the account itself.
        regions: where to look.

    Raises:
        AwsError: a call was refused.
    """
    from concurrent.futures import ThreadPoolExecutor

    def look(region: str) -> list[str]:
        client = connection.client("config", region)
        recorders = client.describe_configuration_recorders()["ConfigurationRecorders"]
        channels = client.describe_delivery_channels()["DeliveryChannels"]
        return [
            *(f"recorder {recorder['name']} in {region}" for recorder in recorders),
            *(f"delivery channel {channel['name']} in {region}" for channel in channels),
        ]

    with translated("looking for AWS Config"), ThreadPoolExecutor(_WORKERS, thread_name_prefix="vend-aws") as pool:
        return tuple(found for traces in pool.map(look, tuple(regions)) for found in traces)
