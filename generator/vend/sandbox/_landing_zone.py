"""A landing zone as Control Tower sets it up, made new in moto's backends."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from vend.sandbox._account_api import AccountApi
from vend.sandbox._account_factory import AccountFactory
from vend.sandbox._accounts_api import AccountsApi
from vend.sandbox._catalog import Catalog, Place
from vend.sandbox._config import SandboxConfig
from vend.sandbox._control_tower import ControlTower
from vend.sandbox._disturbances import Disturbances
from vend.sandbox._faults import Faults
from vend.sandbox._gaps import Gaps
from vend.sandbox._governance import Governance
from vend.sandbox._identities import Identities, Identity
from vend.sandbox._identity_center import IdentityCenter
from vend.sandbox._identity_store import IdentityStoreApi
from vend.sandbox._landing_zones import AUTO_ENROLLMENT_SINCE, SERVICE, ZoneState, manifest_of
from vend.sandbox._naming import Naming
from vend.sandbox._organization import Organization
from vend.sandbox._products import Limits, new_id
from vend.sandbox._provisioning import Provisioning
from vend.sandbox._quotas import Quota
from vend.sandbox._tower_versions import number
from vend.sandbox._traces import Estate, SharedAccounts, Traces
from vend.sandbox._units_api import UnitsApi

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
        place = Place(account_id=management, region=region)
        self.organization = Organization(management, region, config.account_quota)
        shared = self._shared_accounts()
        self.identity_center = IdentityCenter(management, region, config.groups, config.permission_sets)
        estate = Estate(
            organization=self.organization,
            shared=shared,
            regions=config.all_governed_regions,
            aggregates=number(config.landing_zone_version) < number("4.0"),
        )
        self.traces = Traces(estate, self.identity_center.permission_sets_on)
        self.governance = Governance(self.organization, self.identity_center, self.traces)
        self.identities = Identities(
            is_open=self.organization.is_open,
            organization_id=self.organization.id,
            clock=clock,
            look_into=self.traces.ready,
        )
        state = ZoneState(
            arn=f"arn:aws:controltower:{region}:{management}:landingzone/{new_id('', 16).strip('-').upper()}",
            version=config.landing_zone_version,
            manifest=manifest_of(config.landing_zone_version, shared, config.all_governed_regions),
            remediates=config.auto_enrollment and number(config.landing_zone_version) >= number(AUTO_ENROLLMENT_SINCE),
            drift=config.landing_zone_drift,
        )
        self.control_tower = ControlTower(state, self.governance, shared, place, clock, config.operation_seconds)
        limits = Limits(
            operation_seconds=config.operation_seconds, concurrent_operations=config.max_concurrent_operations
        )
        self.factory = AccountFactory(self.governance, self.control_tower.events, limits, clock)
        self.naming = Naming(self.organization, self.factory)
        self.factory.disturbances = Disturbances(faults, self.naming.of)
        self.catalog = Catalog(self.factory, place, clock, config.operation_seconds)
        self.catalog.is_hidden = self.control_tower.landing_zones.hides_launch_paths
        self._provisioning = Provisioning(self.factory, self.catalog)
        self._govern(config)
        self._account_api = AccountApi(self.organization, clock, config.operation_seconds)
        self._accounts_api = AccountsApi(
            self.organization, self.control_tower, clock, config.operation_seconds, self.factory.account_left
        )
        self._units_api = UnitsApi(self.organization, self.control_tower, clock)
        self._gaps = Gaps(management, region, clock)
        self._identity_store = IdentityStoreApi(region)
        self.access_key, self.secret_key = self._make_caller()
        self._make_vending_role()
        _make_bucket(config, management)
        _make_table(config, management)

    def settle(self) -> None:
        """Does the work that has fallen due."""
        self.factory.settle()
        self.control_tower.settle()
        self._accounts_api.settle()

    def quotas(self) -> tuple[Quota, ...]:
        """How much of each is used."""
        return (*self.factory.quotas(), *self.control_tower.quotas(), *self._accounts_api.quotas())

    def operations(self) -> dict[tuple[str, str], Operation]:
        """Every operation that is answered here, by service and name."""
        found: dict[tuple[str, str], Operation] = dict(self._gaps.operations())
        for service, operations in (
            ("servicecatalog", self.catalog.operations()),
            ("servicecatalog", self._provisioning.operations()),
            ("controltower", self.control_tower.operations()),
            ("account", self._account_api.operations()),
            ("identitystore", self._identity_store.operations()),
            ("organizations", self._accounts_api.operations()),
            ("organizations", self._units_api.operations()),
        ):
            found.update({(service, name): operation for name, operation in operations.items()})
        return found

    def _govern(self, config: SandboxConfig) -> None:
        """Registers the units that are there from the start, parents first, and enrols the shared accounts."""
        governed = [self.organization.ensure_path("Sandbox")]
        # Those with an id first: a name alone may mean one of them.
        for text in sorted(config.organizational_units, key=lambda text: not text.endswith(")")):
            governed += self.organization.ensure_named(text)
        self.control_tower.join(self.catalog, self.factory)
        for unit_id in dict.fromkeys(governed):
            self.control_tower.register_at_once(unit_id)
        self.organization.trust(SERVICE)
        self.traces.leave(config.management_account, new=False)
        self.traces.ready(config.management_account, "iam")
        for account_id in (self.control_tower.shared.log_archive, self.control_tower.shared.audit):
            self.identity_center.admit(account_id)
            self.traces.leave(account_id, new=False)
        _make_log_buckets(self.traces.estate)

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

    def _make_vending_role(self) -> None:
        from moto.iam.models import iam_backends

        arn = self.config.vending_role
        if arn is None:
            return
        path, _, name = f"/{arn.partition(':role/')[2]}".rpartition("/")
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{self.config.management_account}:root"},
                    "Action": ["sts:AssumeRole", "sts:TagSession"],
                }
            ],
        }
        iam_backends[self.config.management_account]["aws"].create_role(
            role_name=name,
            assume_role_policy_document=json.dumps(trust),
            path=f"{path}/",
            permissions_boundary=None,
            description="Vends accounts",
            tags=[],
            max_session_duration="3600",
        )
        self.catalog.portfolio.principals[arn] = "IAM"


def _make_log_buckets(estate: Estate) -> None:
    """Where the organization's logs go, in the log archive account (user guide, about the shared accounts)."""
    from moto.s3.models import s3_backends

    backend = s3_backends[estate.log_archive]["aws"]
    for name in (estate.log_bucket, f"aws-controltower-s3-access-logs-{estate.log_archive}-{estate.home}"):
        backend.create_bucket(name, estate.home)
        backend.put_bucket_versioning(name, "Enabled")


def _make_bucket(config: SandboxConfig, account_id: str) -> None:
    if config.state_bucket is None:
        return
    from moto.s3.models import s3_backends

    backend = s3_backends[account_id]["aws"]
    backend.create_bucket(config.state_bucket, config.state_region or config.home_region)
    backend.put_bucket_versioning(config.state_bucket, "Enabled")


def _make_table(config: SandboxConfig, account_id: str) -> None:
    if config.ledger_table is None:
        return
    from moto.dynamodb.models import dynamodb_backends

    keys = (("pk", "HASH"), ("sk", "RANGE"))
    dynamodb_backends[account_id][config.ledger_region or config.home_region].create_table(
        name=config.ledger_table,
        schema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
        attr=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
        throughput=None,
        global_indexes=None,
        indexes=None,
        streams=None,
        billing_mode="PAY_PER_REQUEST",
        sse_specification=None,
        tags=[],
        deletion_protection_enabled=False,
        warm_throughput=None,
    )
