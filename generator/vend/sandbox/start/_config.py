"""What an emulated AWS starts with."""

from __future__ import annotations

from dataclasses import dataclass

from vend.codec import JsonDocument
from vend.models import AccessAssignment, OrganizationFile
from vend.sandbox.faults._faults import Fault
from vend.settings import DynamodbLedger, LandingZoneDrift, S3State, Settings

_DEFAULT_MANAGEMENT_ACCOUNT = "111111111111"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """An account that Account Factory created and nobody has changed since; it has no default VPCs.

    Attributes:
        access: which groups have which permission sets on it; both are made where they are not there.
    """

    id: str
    access: tuple[AccessAssignment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxConfig(JsonDocument):
    """The landing zone of a sandbox.

    Attributes:
        organizational_units: paths below the root, made with their parents, or `Name (ou-id)` with that very id; all
            are registered. Security and Sandbox are there anyway.
        groups: Identity Center groups, besides those Control Tower makes.
        permission_sets: permission sets, besides those Control Tower makes.
        operation_seconds: how long one account operation takes; 0 finishes it before the next call.
        home_region: Control Tower's home Region.
        management_account_id: None means the account of `vending_role`, or 111111111111.
        vending_role: ARN of a role to make in the management account; its account wins over `management_account_id`.
        planning_role: ARN of another one; one of a different account is not made.
        state_bucket: bucket to make, versioned, in the management account.
        state_region: the bucket's Region; None means the home Region.
        ledger_table: DynamoDB table to make, with the keys `pk` and `sk`.
        ledger_region: the table's Region; None means the home Region.
        landing_zone_version: of Control Tower's landing zone.
        landing_zone_drift: `in-sync`; `drifted`; or `no-launch-paths`, drifted in such a way that nobody finds Account
            Factory's launch path.
        auto_enrollment: whether an account that is moved into a registered unit is enrolled (since version 3.1).
        governed_regions: besides the home Region.
        max_concurrent_operations: account operations at once (AWS's quota is 5 by default).
        account_quota: accounts that the organization may have, the management account among them (10 by default in AWS,
            at most 10,000).
        rate_limits: whether calls are throttled as AWS's published rates say.
        retired_account_status: whether Organizations gives `Status`, which AWS retired, beside an account's `State`.
        faults: what shall go wrong from the start.
        organization: what to start with instead of what the other fields say of units, groups and permission sets.
        new_accounts: which of its accounts are new.
    """

    organizational_units: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    permission_sets: tuple[str, ...] = ()
    operation_seconds: float = 2.0
    home_region: str = "eu-west-1"
    management_account_id: str | None = None
    vending_role: str | None = None
    planning_role: str | None = None
    state_bucket: str | None = None
    state_region: str | None = None
    ledger_table: str | None = None
    ledger_region: str | None = None
    landing_zone_version: str = "3.3"
    landing_zone_drift: LandingZoneDrift = "in-sync"
    auto_enrollment: bool = False
    governed_regions: tuple[str, ...] = ()
    max_concurrent_operations: int = 5
    account_quota: int = 10_000
    rate_limits: bool = False
    retired_account_status: bool = False
    faults: tuple[Fault, ...] = ()
    organization: OrganizationFile | None = None
    new_accounts: tuple[NewAccount, ...] = ()

    @property
    def management_account(self) -> str:
        """The management account's id."""
        if self.vending_role:
            return self.vending_role.split(":")[4]
        filed = None if self.organization is None else self.organization.management_account_id
        return self.management_account_id or filed or _DEFAULT_MANAGEMENT_ACCOUNT

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles of the management account that vend.hcl names."""
        named = (self.vending_role, self.planning_role)
        return tuple(arn for arn in named if arn is not None and arn.split(":")[4] == self.management_account)

    @property
    def all_governed_regions(self) -> tuple[str, ...]:
        """The governed Regions, the home Region first."""
        return tuple(dict.fromkeys((self.home_region, *self.governed_regions)))


def config_from(settings: Settings, operation_seconds: float | None = None) -> SandboxConfig:
    """The landing zone that vend.hcl describes."""
    state, ledger, sandbox = settings.state, settings.ledger, settings.sandbox
    return SandboxConfig(
        organizational_units=sandbox.organizational_units,
        groups=sandbox.groups,
        permission_sets=sandbox.permission_sets,
        operation_seconds=sandbox.operation_seconds if operation_seconds is None else operation_seconds,
        home_region=settings.home_region,
        management_account_id=settings.management_account_id,
        vending_role=settings.control_tower.vending_role,
        planning_role=settings.control_tower.planning_role,
        state_bucket=state.bucket if isinstance(state, S3State) else None,
        state_region=state.region if isinstance(state, S3State) else None,
        ledger_table=ledger.table if isinstance(ledger, DynamodbLedger) else None,
        ledger_region=ledger.region if isinstance(ledger, DynamodbLedger) else None,
        landing_zone_version=sandbox.landing_zone_version,
        landing_zone_drift=sandbox.landing_zone_drift,
        auto_enrollment=sandbox.auto_enrollment,
        governed_regions=sandbox.governed_regions,
        account_quota=sandbox.account_quota,
        rate_limits=sandbox.rate_limits,
        retired_account_status=sandbox.retired_account_status,
        max_concurrent_operations=settings.control_tower.max_concurrent_operations,
    )
