"""The block of vend.hcl that says what the emulated AWS starts with."""

from __future__ import annotations

from vend.requests.language import _constraints as constraints
from vend.requests.language._language import BlockType, Field
from vend.requests.language._regions import REGION
from vend.requests.language._setting_rules import one_of
from vend.settings import LANDING_ZONE_DRIFTS, LANDING_ZONE_VERSIONS

SANDBOX = BlockType(
    name="sandbox",
    says="The landing zone that `vend sandbox` and `vend demo` emulate. It means nothing in AWS.",
    fields=(
        Field(
            name="organizational_units",
            kind="list",
            says="Paths below the root, or `Name (ou-id)` with that very id; all registered, besides `Security` "
            "and `Sandbox`.",
            example='["Workloads/Prod", "Workloads/Test"]',
            rule=constraints.ORGANIZATIONAL_UNIT,
            default="[]",
        ),
        Field(
            name="groups",
            kind="list",
            says="Groups of Identity Center, besides those that Control Tower makes.",
            example='["PlatformAdmins"]',
            rule=constraints.GROUP,
            default="[]",
        ),
        Field(
            name="permission_sets",
            kind="list",
            says="Permission sets, besides those that Control Tower makes.",
            example='["Auditor"]',
            rule=constraints.PERMISSION_SET,
            default="[]",
        ),
        Field(
            name="operation_seconds",
            kind="number",
            says="How long one account operation takes.",
            example="2",
            default="2.0",
            lowest=0,
            highest=3600,
            whole=False,
        ),
        Field(
            name="governed_regions",
            kind="list",
            says="Regions that Control Tower governs, besides the home Region.",
            example='["us-east-1"]',
            rule=REGION,
            default="[]",
            unique=True,
        ),
        Field(
            name="landing_zone_version",
            kind="string",
            says="Version of the landing zone.",
            example='"4.0"',
            rule=one_of("landing zone version", *LANDING_ZONE_VERSIONS),
            default='"3.3"',
        ),
        Field(
            name="landing_zone_drift",
            kind="string",
            says="What the landing zone says of itself; with `no-launch-paths` nobody can launch Account Factory.",
            example='"drifted"',
            rule=one_of("state of a landing zone", *LANDING_ZONE_DRIFTS),
            default='"in-sync"',
        ),
        Field(
            name="auto_enrollment",
            kind="boolean",
            says="`true`: an account that is moved into a registered unit is enrolled; it takes version 3.1.",
            example="true",
            default="false",
        ),
        Field(
            name="account_quota",
            kind="number",
            says="Accounts that the organization may have, the management account among them.",
            example="10",
            default="10000",
            lowest=3,
            highest=10_000,
        ),
        Field(
            name="rate_limits",
            kind="boolean",
            says="`true`: calls are throttled at the rates that AWS publishes.",
            example="true",
            default="false",
        ),
    ),
)
