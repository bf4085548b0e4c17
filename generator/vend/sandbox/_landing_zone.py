"""A landing zone as Control Tower sets it up, made new in moto's backends."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from vend.sandbox._account_api import AccountApi
from vend.sandbox._account_factory import AccountFactory
from vend.sandbox._catalog import Catalog, Place
from vend.sandbox._closing import Closing
from vend.sandbox._config import SandboxConfig
from vend.sandbox._control_tower import ControlTower, SharedAccounts
from vend.sandbox._disturbances import Disturbances
from vend.sandbox._faults import Faults
from vend.sandbox._gaps import Gaps
from vend.sandbox._identities import Identities, Identity
from vend.sandbox._identity_center import IdentityCenter
from vend.sandbox._naming import Naming
from vend.sandbox._organization import Organization
from vend.sandbox._products import Limits
from vend.sandbox._provisioning import Provisioning
from vend.sandbox._quotas import Quota

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

    def __init__(self, config: SandboxConfig, clock: Callable[[], float], faults: Faults) -> None:
        self.config = config
        management, region = config.management_account, config.home_region
        self.organization = Organization(management, region)
        shared, registered = self._shared_accounts()
        for path in config.organizational_units:
            names = path.split("/")
            for depth in range(1, len(names) + 1):
                registered.add(self.organization.ensure_path("/".join(names[:depth])))
        self.identities = Identities(
            is_open=self.organization.is_open, organization_id=self.organization.id, clock=clock
        )
        identity_center = IdentityCenter(management, region, config.groups, config.permission_sets)
        limits = Limits(
            operation_seconds=config.operation_seconds, concurrent_operations=config.max_concurrent_operations
        )
        self.factory = AccountFactory(self.organization, registered, identity_center, limits, clock)
        self.naming = Naming(self.organization, self.factory)
        self.factory.disturbances = Disturbances(faults, self.naming.of)
        place = Place(account_id=management, region=region)
        self.catalog = Catalog(self.factory, place, clock)
        self._provisioning = Provisioning(self.factory, self.catalog)
        self.control_tower = ControlTower(self.organization, self.factory, registered, place, shared)
        self.control_tower.run_by(clock, config.operation_seconds)
        self._account_api = AccountApi(self.organization, clock, config.operation_seconds)
        self._closing = Closing(self.organization, clock, config.operation_seconds)
        self._gaps = Gaps(management, region, clock)
        self.registered = registered
        self.access_key, self.secret_key = self._make_caller()
        self._make_vending_role()
        _make_bucket(config, management)
        _make_table(config, management)

    def settle(self) -> None:
        """Does the work that has fallen due."""
        self.factory.settle()
        self.control_tower.settle()
        self._closing.settle()

    def quotas(self) -> tuple[Quota, ...]:
        """How much of each is used."""
        return (*self.factory.quotas(), *self._closing.quotas())

    def operations(self) -> dict[tuple[str, str], Operation]:
        """Every operation that is answered here, by service and name."""
        found: dict[tuple[str, str], Operation] = dict(self._gaps.operations())
        for service, operations in (
            ("servicecatalog", self.catalog.operations()),
            ("servicecatalog", self._provisioning.operations()),
            ("controltower", self.control_tower.operations()),
            ("account", self._account_api.operations()),
            ("organizations", self._closing.operations()),
        ):
            found.update({(service, name): operation for name, operation in operations.items()})
        return found

    def _shared_accounts(self) -> tuple[SharedAccounts, set[str]]:
        security = self.organization.ensure_path("Security")
        registered = {self.organization.ensure_path("Sandbox")}
        domain = f"{self.organization.id}.example.com"
        shared = SharedAccounts(
            security_unit=security,
            log_archive=self.organization.create_account(
                name="Log Archive", email=f"log-archive@{domain}", parent_id=security
            ),
            audit=self.organization.create_account(name="Audit", email=f"audit@{domain}", parent_id=security),
        )
        return shared, registered

    def _make_caller(self) -> tuple[str, str]:
        from moto.iam.models import iam_backends

        management = self.config.management_account
        backend = iam_backends[management]["aws"]
        user = backend.create_user(self.config.home_region, CALLER)
        key = backend.create_access_key(CALLER)
        identity = Identity(account_id=management, arn=user.arn, principal=user.arn, kind="user")
        self.identities.add(key.access_key_id, identity)
        self.catalog.principals[user.arn] = "IAM"
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
        self.catalog.principals[arn] = "IAM"


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
