"""What vend.hcl says, validated. Read by `vend.requests.load_settings`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

LANDING_ZONE_VERSIONS = ("2.7", "2.8", "2.9", "3.0", "3.1", "3.2", "3.3", "4.0")
"""Versions of landing zones that the sandbox knows, oldest first."""
LandingZoneDrift = Literal["in-sync", "drifted", "no-launch-paths"]
"""What an emulated landing zone says of itself."""
LANDING_ZONE_DRIFTS: tuple[str, ...] = get_args(LandingZoneDrift)

SavedPlans = Literal["keep", "omit", "encrypt"]
"""What becomes of Terraform's saved plans when a plan bundle is written."""

SETTINGS_FILE = "vend.hcl"
"""In the fleet's folder."""
USUAL_PATHS = ("account-requests",)
"""Where a fleet's account requests are, unless it says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlTowerSettings:
    """How Control Tower is reached and how hard it is driven.

    Attributes:
        max_concurrent_operations: account operations at once, across all runs (AWS's quota is 5 by default).
        vending_role: ARN assumed in the management account; None means the caller's own session.
        planning_role: ARN assumed there by what only looks; None means `vending_role`.
        execution_role: name of the role assumed in vended accounts.
        timeout_minutes: longest wait for one account operation.
    """

    max_concurrent_operations: int = 5
    vending_role: str | None = None
    planning_role: str | None = None
    execution_role: str = "AWSControlTowerExecution"
    timeout_minutes: int = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalState:
    """Terraform state in files under `.vend/<organization-id>/state`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class S3State:
    """Terraform state in an S3 bucket of the management account, with S3's native locking."""

    bucket: str
    region: str
    prefix: str = "vend"
    kms_key_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteLedger:
    """The ledger in `.vend/<organization-id>/ledger.sqlite3`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamodbLedger:
    """The ledger in a DynamoDB table of the management account, shared by a team."""

    table: str
    region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TerraformSettings:
    """Which Terraform runs, with which providers.

    Attributes:
        binary: name or path of the executable; None follows the documented order.
        version: constraint on the executable, as Terraform writes `required_version`.
        required_providers: exact versions by local name; `aws` is always there.
        provider_mirror: a filesystem mirror of providers; None follows the documented order.
        parallelism: Terraform's own `-parallelism` within one run.
        timeout_minutes: longest one Terraform process may take.
    """

    binary: str | None = None
    version: str | None = None
    required_providers: Mapping[str, str] = field(default_factory=lambda: {"aws": "5.100.0"})
    provider_mirror: str | None = None
    parallelism: int = 10
    timeout_minutes: int = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """The landing zone that the emulated AWS starts with.

    Attributes:
        organizational_units: paths below the root, all registered, besides Security and Sandbox.
        groups: Identity Center groups, besides those Control Tower makes.
        permission_sets: permission sets, besides those Control Tower makes.
        operation_seconds: how long one account operation takes.
        governed_regions: besides the home Region.
        landing_zone_version: of Control Tower's landing zone.
        landing_zone_drift: `in-sync`, `drifted` or `no-launch-paths`.
        auto_enrollment: whether an account that is moved into a registered unit is enrolled.
        account_quota: accounts that the organization may have.
        rate_limits: whether calls are throttled at the rates that AWS publishes.
        retired_account_status: whether Organizations gives `Status`, which AWS retired, beside an account's `State`.
    """

    organizational_units: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    permission_sets: tuple[str, ...] = ()
    operation_seconds: float = 2.0
    governed_regions: tuple[str, ...] = ()
    landing_zone_version: str = "3.3"
    landing_zone_drift: LandingZoneDrift = "in-sync"
    auto_enrollment: bool = False
    account_quota: int = 10_000
    rate_limits: bool = False
    retired_account_status: bool = False


POLICY_RULES = (
    "account-would-end",
    "administrator-access",
    "data-would-be-lost",
    "landing-zone-drift",
    "many-accounts",
    "move-out-of-production",
    "product-not-as-requested",
    "product-would-end",
    "root-like-permissions",
)
"""Names of the rules that come with vend; `vend.review` has them."""
FIXED_RULES = frozenset({"product-would-end"})
"""Those that nobody can approve away or switch off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSettings:
    """How a change set is reviewed.

    Attributes:
        sensitive_patterns: names whose values are hidden, besides those that are built in.
        production: patterns of paths of organizational units, as a shell matches names; `*` matches `/` too.
        max_accounts: more accounts changed at once than this are told.
        data_types: Terraform types that hold data, besides those that are built in.
        rules: `deny`, `warn` or `off` by name of a rule, where it is not the rule's own.
        saved_plans: what becomes of Terraform's saved plans when a plan bundle is written.
        bundle_expires_hours: how long a plan bundle may be applied.
        previews: whether customizations of accounts that do not exist yet are planned against an emulated AWS.
        max_previews: of as many accounts, at most, in one plan.
    """

    sensitive_patterns: tuple[str, ...] = ()
    production: tuple[str, ...] = ("Prod", "Prod/*", "*/Prod", "*/Prod/*", "Production", "*/Production", "Production/*")
    max_accounts: int = 20
    data_types: tuple[str, ...] = ()
    rules: Mapping[str, str] = field(default_factory=dict)
    saved_plans: SavedPlans = "keep"
    bundle_expires_hours: int = 72
    previews: bool = True
    max_previews: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All of vend.hcl.

    Attributes:
        name: the fleet's name.
        home_region: Control Tower's home Region.
        organization_id: pin; any other organization is refused.
        management_account_id: pin; any other management account is refused.
        frozen: plans yes, applies no.
        request_paths: folders of account requests, relative to the fleet directory.
        aft: checkout of an AFT account-request repository to read besides, relative to the fleet directory; `.`
            where the fleet is nothing but such a checkout.
        foreign: there is no vend.hcl: the fleet's other folders are not vend's.
        hook_timeout_minutes: longest one hook may take.
    """

    name: str
    home_region: str
    organization_id: str | None = None
    management_account_id: str | None = None
    frozen: bool = False
    frozen_reason: str | None = None
    control_tower: ControlTowerSettings = field(default_factory=ControlTowerSettings)
    state: LocalState | S3State = field(default_factory=LocalState)
    ledger: SqliteLedger | DynamodbLedger = field(default_factory=SqliteLedger)
    terraform: TerraformSettings = field(default_factory=TerraformSettings)
    request_paths: tuple[str, ...] = USUAL_PATHS
    aft: str | None = None
    foreign: bool = False
    sandbox: SandboxSettings = field(default_factory=SandboxSettings)
    review: ReviewSettings = field(default_factory=ReviewSettings)
    hook_timeout_minutes: int = 30

    def as_planning_role(self) -> Settings:
        """The same settings for work that changes nothing: with the planning role, where there is one."""
        roles = self.control_tower
        return replace(self, control_tower=replace(roles, vending_role=roles.planning_role or roles.vending_role))
