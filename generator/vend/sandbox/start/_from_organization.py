"""A sandbox that starts with the organization of a file."""

from __future__ import annotations

from dataclasses import replace

from vend.errors import Diagnostic, InvalidInputError
from vend.models import OrganizationFile
from vend.sandbox.control_tower._versions import number
from vend.sandbox.start._config import SandboxConfig
from vend.settings import LANDING_ZONE_VERSIONS

_ROOM = 100
"""Accounts that can be vended into it whatever vend.hcl says of the quota, which no file knows."""


def start_from(
    filed: OrganizationFile, config: SandboxConfig, file: str
) -> tuple[SandboxConfig, tuple[Diagnostic, ...]]:
    """The configuration of a sandbox that starts with an organization, and what will be otherwise than there.

    Args:
        filed: the organization.
        config: of vend.hcl; what it says of units, groups and the landing zone has no effect then.
        file: the file's name in diagnostics.

    Raises:
        InvalidInputError: `organization-file-mismatch`, or there is no landing zone in it.
    """
    zone = filed.landing_zone
    found = replace(config, organization=filed)
    pairs = (
        ("management account", filed.management_account_id, found.management_account),
        ("home Region", filed.home_region, config.home_region),
    )
    problems = [
        Diagnostic(
            code="organization-file-mismatch",
            summary=f"the file's {what} is {theirs}, but vend.hcl has {ours}",
            hint="use the file of this fleet's organization, or correct vend.hcl",
            file=file,
        )
        for what, theirs, ours in pairs
        if theirs != ours
    ]
    if zone is None:
        problems.append(
            Diagnostic(
                code="organization-file-invalid",
                summary="the file has no landing zone, so no account can be vended",
                hint="export it again with permission for controltower:ListLandingZones and GetLandingZone",
                file=file,
            )
        )
    if problems or zone is None:
        raise InvalidInputError(problems)
    warnings = [_warning(file, f"the file does not contain {what}") for what in filed.not_exported]
    version = _known_version(zone.version)
    if version != zone.version:
        warnings.append(_warning(file, f"landing zone {zone.version} is emulated as {version}"))
    return (
        replace(
            found,
            organizational_units=(),
            groups=(),
            permission_sets=(),
            landing_zone_version=version,
            governed_regions=zone.governed_regions,
            auto_enrollment=zone.auto_enrollment,
            account_quota=max(config.account_quota, len(filed.accounts) + _ROOM),
        ),
        tuple(warnings),
    )


def _known_version(version: str) -> str:
    """The newest version that the sandbox knows and that is not newer; the oldest for what is older than all."""
    older = [known for known in LANDING_ZONE_VERSIONS if number(known) <= number(version)]
    return older[-1] if older else LANDING_ZONE_VERSIONS[0]


def _warning(file: str, summary: str) -> Diagnostic:
    return Diagnostic(severity="warning", code="organization-file-incomplete", summary=summary, file=file)
