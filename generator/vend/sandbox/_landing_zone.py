"""A landing zone as Control Tower sets it up, made new in moto's backends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from vend.sandbox._account_names import AccountNames
from vend.sandbox._imported_organization import govern, populate
from vend.sandbox._running_operations import Quota
from vend.sandbox.access._callers import Identities, Identity
from vend.sandbox.access._identity_center import IdentityCenter
from vend.sandbox.access._identity_store import IdentityStoreApi
from vend.sandbox.control_tower._control_tower import ControlTower
from vend.sandbox.control_tower._landing_zone_api import AUTO_ENROLLMENT_SINCE, SERVICE, ZoneState, manifest_of
from vend.sandbox.control_tower._versions import number
from vend.sandbox.faults._faults import Faults
from vend.sandbox.governance._control_tower_resources import ControlTowerResources
from vend.sandbox.governance._drift_notices import CHANGES
from vend.sandbox.governance._estate import Estate, SharedAccounts
from vend.sandbox.governance._governance import Governance
from vend.sandbox.on_moto._missing_operations import MissingOperations
from vend.sandbox.organizations._account_listing import AccountListingApi
from vend.sandbox.organizations._account_service import AccountApi
from vend.sandbox.organizations._accounts_api import AccountsApi
from vend.sandbox.organizations._organization import Organization
from vend.sandbox.organizations._service_quotas import ServiceQuotasApi
from vend.sandbox.organizations._units_api import UnitsApi
from vend.sandbox.protocol._call import ApiCall
from vend.sandbox.protocol._ids import new_id
from vend.sandbox.service_catalog._account_factory import AccountFactory
from vend.sandbox.service_catalog._catalog import Catalog, HomeRegion
from vend.sandbox.service_catalog._disturbances import Disturbances
from vend.sandbox.service_catalog._products import Limits
from vend.sandbox.service_catalog._provisioning import Provisioning
from vend.sandbox.start._config import SandboxConfig
from vend.sandbox.start._foundation import lay_foundation

CALLER = "vend-sandbox"
"""The IAM user whose keys a command gets."""
Operation = Callable[[Identity, Mapping[str, Any]], dict[str, Any]]


class LandingZone:
    """One organization under Control Tower, with everything that `SandboxConfig` asks for.

    Args:
        config: what it starts with.
        clock: seconds since the epoch.
        faults: asked of every account operation.
    """

    KEPT: ClassVar[tuple[str, ...]] = ("access_key", "secret_key")

    def __init__(self, config: SandboxConfig, clock: Callable[[], float], faults: Faults) -> None:
        self.config = config
        management, region = config.management_account, config.home_region
        home = HomeRegion(account_id=management, region=region)
        self.organization = Organization(management, region, config.account_quota)
        filed = config.organization
        shared = self._shared_accounts() if filed is None else populate(self.organization, filed)
        self.identity_center = IdentityCenter(
            management,
            region,
            config.groups,
            config.permission_sets,
            None if filed is None else filed.identity_center,
        )
        estate = Estate(
            organization=self.organization,
            shared=shared,
            regions=config.all_governed_regions,
            aggregates=number(config.landing_zone_version) < number("4.0"),
        )
        self.resources = ControlTowerResources(estate, self.identity_center.permission_sets_on)
        self.governance = Governance(self.organization, self.identity_center, self.resources)
        self.identities = Identities(
            is_usable=self.organization.is_usable,
            organization_id=self.organization.id,
            clock=clock,
            before_role_lookup=self.resources.ensure,
        )
        state = ZoneState(
            arn=f"arn:aws:controltower:{region}:{management}:landingzone/{new_id('', 16).strip('-').upper()}",
            version=config.landing_zone_version,
            manifest=manifest_of(config.landing_zone_version, shared, config.all_governed_regions),
            remediates=_remediates(config, config.landing_zone_version),
            drift=config.landing_zone_drift,
        )
        self.control_tower = ControlTower(state, self.governance, shared, home, clock, config.operation_seconds)
        limits = Limits(
            operation_seconds=config.operation_seconds, concurrent_operations=config.max_concurrent_operations
        )
        self.factory = AccountFactory(self.governance, self.control_tower.events, limits, clock)
        self.account_names = AccountNames(self.organization, self.factory)
        self.factory.disturbances = Disturbances(faults, self.account_names.of)
        self.catalog = Catalog(self.factory, home, clock, config.operation_seconds)
        self.catalog.is_hidden = self.control_tower.landing_zones.hides_launch_paths
        self._provisioning = Provisioning(self.factory, self.catalog)
        self._govern(clock)
        self._account_api = AccountApi(self.organization, clock, config.operation_seconds)
        self.accounts_api = AccountsApi(
            self.organization, self.control_tower, clock, config.operation_seconds, self.factory.account_left
        )
        self._listing_api = AccountListingApi(self.organization, with_status=config.retired_account_status)
        self._units_api = UnitsApi(self.organization, self.control_tower, clock)
        self._missing_operations = MissingOperations(management, region, clock)
        self._identity_store = IdentityStoreApi(region)
        self.access_key, self.secret_key = self._make_caller()
        self._lay_foundation()

    def add_what_is_new(self, before: SandboxConfig) -> None:
        """Applies what changed in vend.hcl since this landing zone was saved.

        What it names and did not is added; what somebody has taken away since stays away.
        """
        self.accounts_api.adopt_earlier_states()
        config, state = self.config, self.control_tower.state
        for text in config.organizational_units:
            units = () if text in before.organizational_units else self.organization.ensure_named(text)
            for unit_id in units:
                if unit_id not in self.governance.registered:
                    self.control_tower.register_at_once(unit_id)
        self.identity_center.add(
            (name for name in config.groups if name not in before.groups),
            (name for name in config.permission_sets if name not in before.permission_sets),
        )
        if config.landing_zone_drift != before.landing_zone_drift:
            state.drift = config.landing_zone_drift
        if config.auto_enrollment != before.auto_enrollment:
            state.remediates = _remediates(config, state.version)
        self._lay_foundation()

    @property
    def is_working(self) -> bool:
        """Whether an operation is in progress."""
        return bool(self.factory.running()) or self.control_tower.is_working or self.accounts_api.is_working

    def settle(self) -> None:
        """Performs the work that is due."""
        self.factory.settle()
        self.control_tower.settle()
        self.accounts_api.settle()

    def answered(self, call: ApiCall) -> None:
        """Called after every answered call."""
        if call.service == "organizations" and call.operation in CHANGES:
            self.control_tower.changed()

    def quotas(self) -> tuple[Quota, ...]:
        """How much of each is used."""
        return (*self.factory.quotas(), *self.control_tower.quotas(), *self.accounts_api.quotas())

    def operations(self) -> dict[tuple[str, str], Operation]:
        """All operations that the sandbox answers itself, by service and name."""
        found: dict[tuple[str, str], Operation] = dict(self._missing_operations.operations())
        for service, operations in (
            ("servicecatalog", self.catalog.operations()),
            ("servicecatalog", self._provisioning.operations()),
            ("controltower", self.control_tower.operations()),
            ("account", self._account_api.operations()),
            ("identitystore", self._identity_store.operations()),
            ("organizations", self.accounts_api.operations()),
            ("organizations", self._listing_api.operations()),
            ("organizations", self._units_api.operations()),
            ("service-quotas", ServiceQuotasApi(self.organization).operations()),
        ):
            found.update({(service, name): operation for name, operation in operations.items()})
        return found

    def _govern(self, clock: Callable[[], float]) -> None:
        """Registers the units that are there from the start, parents first, and enrols the shared accounts."""
        self.control_tower.join(self.catalog, self.factory)
        if self.config.organization is not None:
            govern(self, self.config.organization, clock)
        else:
            for unit_id in self._named_units():
                self.control_tower.register_at_once(unit_id)
        self.organization.trust(SERVICE)
        self.resources.govern(self.config.management_account, new=False)
        self.resources.ensure(self.config.management_account, "iam")
        for account_id in (self.control_tower.shared.log_archive, self.control_tower.shared.audit):
            self.identity_center.admit(account_id)
            self.resources.govern(account_id, new=False)
        _make_log_buckets(self.resources.estate)

    def _named_units(self) -> Iterable[str]:
        named = [self.organization.ensure_path("Sandbox")]
        # Units with an id come first, because a name alone may refer to one of them.
        for text in sorted(self.config.organizational_units, key=lambda text: not text.endswith(")")):
            named += self.organization.ensure_named(text)
        return dict.fromkeys(named)

    def _shared_accounts(self) -> SharedAccounts:
        security = self.organization.ensure_path("Security")
        domain = f"{self.organization.id}.example.com"
        return SharedAccounts(
            security_unit=security,
            log_archive=self.organization.create_account(
                name="Log Archive", email=f"log-archive@{domain}", parent_id=security
            ),
            audit=self.organization.create_account(name="Audit", email=f"audit@{domain}", parent_id=security),
        )

    def _make_caller(self) -> tuple[str, str]:
        from moto.iam.models import iam_backends

        management = self.config.management_account
        backend = iam_backends[management]["aws"]
        user = backend.create_user(self.config.home_region, CALLER)
        key = backend.create_access_key(CALLER)
        identity = Identity(account_id=management, arn=user.arn, principal=user.arn, kind="user")
        self.identities.add(key.access_key_id, identity)
        self.catalog.portfolio.principals[user.arn] = "IAM"
        return key.access_key_id, key.secret_access_key

    def _lay_foundation(self) -> None:
        lay_foundation(self.config)
        self.catalog.portfolio.principals |= dict.fromkeys(self.config.roles, "IAM")


def _make_log_buckets(estate: Estate) -> None:
    """Where the organization's logs go, in the log archive account (user guide, about the shared accounts)."""
    from moto.s3.models import s3_backends

    backend = s3_backends[estate.log_archive]["aws"]
    for name in (estate.log_bucket, f"aws-controltower-s3-access-logs-{estate.log_archive}-{estate.home}"):
        backend.create_bucket(name, estate.home)
        backend.put_bucket_versioning(name, "Enabled")


def _remediates(config: SandboxConfig, version: str) -> bool:
    """Whether accounts that are moved are enrolled; landing zones of old versions cannot."""
    return config.auto_enrollment and number(version) >= number(AUTO_ENROLLMENT_SINCE)
