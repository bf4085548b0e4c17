"""Versions of landing zones and of the baselines that go with them.

Baselines' ids and the table of versions: Control Tower user guide, types of baselines; Landing Zone Accelerator.
"""

from __future__ import annotations

from collections.abc import Mapping

from vend.settings import LANDING_ZONE_VERSIONS

LATEST = LANDING_ZONE_VERSIONS[-1]
BASELINE = "AWSControlTowerBaseline"
CONFIG_BASELINE = "ConfigBaseline"
IDENTITY_CENTER_BASELINE = "IdentityCenterBaseline"
BASELINES: Mapping[str, tuple[str, str]] = {
    "AuditBaseline": ("4T4HA1KMO10S6311", "Sets up resources to monitor security and compliance of accounts."),
    "LogArchiveBaseline": ("J8HX46AHS5MIKQPD", "Sets up a central repository for logs of API activities."),
    IDENTITY_CENTER_BASELINE: ("LN25R72TTG6IGPTQ", "Sets up shared resources for IAM Identity Center."),
    BASELINE: ("17BSJV3IGJ2QSGA2", "Sets up resources and mandatory controls for member accounts."),
    "BackupCentralVaultBaseline": ("3WPD0NA6TJ9AOMU2", "Sets up a central backup vault."),
    "BackupManagerBaseline": ("H6C5JFCJJ3CPU3J5", "Sets up the administration of backups."),
    "BackupBaseline": ("APO9ATVPBKFRRGLK", "Sets up backups in member accounts."),
}
"""Name → id and description."""
_SINCE_4: Mapping[str, tuple[str, str]] = {
    CONFIG_BASELINE: ("0SANDBOXCONFIG00", "Sets up AWS Config in member accounts."),
    "CentralConfigBaseline": ("0SANDBOXCENTRCFG", "Sets up central resources for AWS Config."),
    "CentralSecurityRolesBaseline": ("0SANDBOXSECROLES", "Sets up the roles of the security accounts."),
}
"""New in 4.0; no public source gives their ids, which is why these look like nobody's."""
_BASELINE_VERSIONS = (
    ((4, 0), "5.0"),
    ((3, 2), "4.0"),
    ((3, 0), "3.0"),
    ((2, 8), "2.0"),
    ((2, 0), "1.0"),
)


def number(version: str) -> tuple[int, ...]:
    """A version in a comparable form: `3.1` < `3.10`."""
    return tuple(int(part) for part in version.split("."))


def baselines_of(version: str) -> dict[str, tuple[str, str]]:
    """The baselines of a landing zone's version: name → id and description."""
    return {**BASELINES, **(_SINCE_4 if number(version) >= (4, 0) else {})}


def baseline_version_of(version: str) -> str:
    """The version of AWSControlTowerBaseline that goes with a landing zone's version."""
    return next(baseline for since, baseline in _BASELINE_VERSIONS if number(version) >= since)
