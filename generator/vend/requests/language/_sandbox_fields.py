"""The `sandbox` block of vend.hcl: the landing zone that the emulated AWS starts with."""

from __future__ import annotations

from vend.requests.language import _constraints as constraints
from vend.requests.language._language import BlockType, Field
from vend.requests.language._regions import REGION
from vend.requests.language._setting_rules import one_of
from vend.settings import LANDING_ZONE_DRIFTS, LANDING_ZONE_VERSIONS

SANDBOX = BlockType(
    name="sandbox",
    description="The landing zone that `vend sandbox` and `vend demo` emulate. It has no effect in AWS.",
    fields=(
        Field(
            name="organizational_units",
            kind="list",
            description="Registered units, in addition to `Security` and `Sandbox`: paths below the root, or `Name "
            "(ou-id)` "
            "to set the id.",
            example='["Workloads/Prod", "Workloads/Test"]',
            rule=constraints.ORGANIZATIONAL_UNIT,
            default="[]",
        ),
        Field(
            name="groups",
            kind="list",
            description="Identity Center groups, in addition to those that Control Tower creates.",
            example='["PlatformAdmins"]',
            rule=constraints.GROUP,
            default="[]",
        ),
        Field(
            name="permission_sets",
            kind="list",
            description="Permission sets, in addition to those that Control Tower creates.",
            example='["Auditor"]',
            rule=constraints.PERMISSION_SET,
            default="[]",
        ),
        Field(
            name="operation_seconds",
            kind="number",
            description="How long one account operation takes.",
            example="2",
            default="2.0",
            lowest=0,
            highest=3600,
            whole=False,
        ),
        Field(
            name="governed_regions",
            kind="list",
            description="Regions that Control Tower governs, in addition to the home Region.",
            example='["us-east-1"]',
            rule=REGION,
            default="[]",
            unique=True,
        ),
        Field(
            name="landing_zone_version",
            kind="string",
            description="Version of the landing zone.",
            example='"4.0"',
            rule=one_of("landing zone version", *LANDING_ZONE_VERSIONS),
            default='"3.3"',
        ),
        Field(
            name="landing_zone_drift",
            kind="string",
            description="The status that the landing zone reports; with `no-launch-paths`, nobody can launch Account "
            "Factory.",
            example='"drifted"',
            rule=one_of("state of a landing zone", *LANDING_ZONE_DRIFTS),
            default='"in-sync"',
        ),
        Field(
            name="auto_enrollment",
            kind="boolean",
            description="`true`: an account that is moved into a registered unit is enrolled automatically. Needs "
            "landing "
            "zone version 3.1.",
            example="true",
            default="false",
        ),
        Field(
            name="account_quota",
            kind="number",
            description="How many accounts the organization may have, including the management account.",
            example="10",
            default="10000",
            lowest=3,
            highest=10_000,
        ),
        Field(
            name="rate_limits",
            kind="boolean",
            description="`true`: calls are throttled at AWS's published rates.",
            example="true",
            default="false",
        ),
        Field(
            name="retired_account_status",
            kind="boolean",
            description="`true`: Organizations gives `Status` beside `State`, for clients from before 2026-09-09.",
            example="true",
            default="false",
        ),
    ),
)
