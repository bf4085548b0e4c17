"""One object through which vend talks to AWS."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vend.aws import (
    _enrolment,
    _identity_center,
    _inventory,
    _organizations,
    _quotas,
    _service_catalog,
    _state_objects,
)
from vend.aws._connection import AssumedRole, Connection, CredentialSource, session_name
from vend.aws._controls import read_enabled_controls
from vend.aws._identity import Caller, connect
from vend.aws._lookups import Lookups
from vend.aws._parameters import product_parameters
from vend.aws._service_catalog import Pace
from vend.aws._state_access import state_policy, write_profile
from vend.errors import AwsError, Diagnostic, RefusedError
from vend.models import (
    AccountFactory,
    AccountInventory,
    AccountRequest,
    AlternateContact,
    ContactKind,
    IdentityCenter,
    LandingZone,
    Organization,
    OrganizationAccount,
    OrganizationalUnit,
    ProvisionedProduct,
    SsoUser,
)
from vend.settings import S3State, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who vend is: what `connect` found out.

    Attributes:
        caller: the connection of whoever runs vend.
        management: the connection of the vending role; the caller's own where none is set.
    """

    caller: Connection
    management: Connection
    identity: Caller


class Aws:
    """What vend asks of AWS and tells it; thread-safe.

    Everything that is looked up for the whole fleet is looked up once, until `refresh`.
    """

    def __init__(self, settings: Settings, access: Access) -> None:
        self._settings = settings
        self._access = access
        self._lookups = Lookups()
        self._sessions = Lookups()

    @classmethod
    def connect(cls, settings: Settings, environ: Mapping[str, str]) -> Aws:
        """Finds credentials, assumes the vending role, and makes sure that it is the right organization.

        Raises:
            AwsError: no credentials, AWS unreachable, a call denied, or not the management account.
            RefusedError: another organization or management account than vend.hcl pins.
        """
        caller, management, identity = connect(settings, environ)
        return cls(settings, Access(caller=caller, management=management, identity=identity))

    def __repr__(self) -> str:
        return f"Aws(organization_id={self.organization_id!r})"

    @property
    def organization_id(self) -> str:
        """`o-…`."""
        return self._access.identity.organization_id

    @property
    def management_account_id(self) -> str:
        """Twelve digits."""
        return self._access.identity.management_account_id

    @property
    def caller_arn(self) -> str:
        """Who runs vend."""
        return self._access.identity.arn

    def client(self, service: str, region: str | None = None) -> Any:
        """A botocore client of the management account; for the ledger's table."""
        return self._access.management.client(service, region)

    # Looking up

    def refresh(self) -> None:
        """Forgets what was looked up; sessions stay."""
        self._lookups.forget()

    def organization(self, *, refresh: bool = False) -> Organization:
        """The whole tree; looked up once, and again on `refresh`. Raises AwsError.

        Many accounts that ask for a refresh at the same time share one look-up that began after all asked.
        """

        def read() -> Organization:
            return _organizations.read_organization(
                self._access.management,
                organization_id=self.organization_id,
                management_account_id=self.management_account_id,
            )

        return self._lookups.get("organization", read, refresh=refresh)

    def account_quota(self) -> int | Diagnostic:
        """How many accounts the organization may have, or a warning that says why that is not known; looked up once."""
        partition = self._access.identity.partition
        return self._lookups.get(
            "account_quota", lambda: _quotas.read_account_quota(self._access.management, partition)
        )

    def enabled_controls(self, unit_id: str) -> frozenset[str] | Diagnostic:
        """The controls that are enabled on a unit, or why that cannot be said; looked up once."""
        arn = (
            f"arn:{self._access.identity.partition}:organizations::{self.management_account_id}:ou/"
            f"{self.organization_id}/{unit_id}"
        )

        def read() -> frozenset[str] | Diagnostic:
            try:
                return read_enabled_controls(self._access.management, arn)
            except AwsError as error:
                return error.diagnostics[0]

        return self._lookups.get(f"controls of {unit_id}", read)

    def account_factory(self) -> AccountFactory:
        """The Account Factory product; looked up once. Raises AwsError."""
        return self._lookups.get(
            "account_factory", lambda: _service_catalog.find_account_factory(self._access.management)
        )

    def identity_center(self) -> IdentityCenter | None:
        """Identity Center, None where there is none; looked up once. Raises AwsError."""
        return self._lookups.get(
            "identity_center", lambda: _identity_center.read_identity_center(self._access.management)
        )

    def landing_zone(self) -> LandingZone:
        """Control Tower's landing zone; looked up once. Raises AwsError."""
        return self._lookups.get("landing_zone", lambda: _enrolment.read_landing_zone(self._access.management))

    def config_traces(self, account_id: str) -> tuple[str, ...]:
        """What AWS Config has in an account that is not enrolled, in words; looks with Control Tower's own role.

        Raises:
            AwsError: `role-not-assumed`, `no-landing-zone`, or a call was refused.
        """
        role = AssumedRole(
            arn=f"arn:{self._access.identity.partition}:iam::{account_id}:role/{_enrolment.EXECUTION_ROLE}",
            session_name=session_name("enrol"),
            purpose=f"account {account_id}",
            hint=f"create the role {_enrolment.EXECUTION_ROLE} in account {account_id}: AdministratorAccess, trusting "
            f"the management account {self.management_account_id}",
        )
        source = self._sessions.get(f"enrol {account_id}", lambda: self._access.management.assume(role))
        connection = self._access.management.with_credentials(source)
        return _enrolment.config_traces(connection, self.landing_zone().governed_regions)

    def provisioned_products(self) -> Mapping[str, ProvisionedProduct]:
        """Every account's provisioned product by name; looked up once. Raises AwsError."""
        return self._lookups.get(
            "provisioned_products", lambda: _service_catalog.search_products(self._access.management)
        )

    def provisioned_product(self, name_or_id: str) -> ProvisionedProduct | None:
        """One provisioned product as it is now, None when there is none. Raises AwsError."""
        return _service_catalog.describe_product(self._access.management, name_or_id)

    def product_email(self, product: ProvisionedProduct) -> str | None:
        """The email that a product was sent when it last succeeded, None where it never did. Raises AwsError."""
        return _service_catalog.read_email(self._access.management, product)

    def account_tags(self, account_id: str) -> dict[str, str]:
        """The account's tags in Organizations as they are now. Raises AwsError."""
        return _organizations.read_tags(self._access.management, account_id)

    def alternate_contacts(self, account_id: str, kinds: Iterable[ContactKind]) -> tuple[AlternateContact, ...]:
        """The account's alternate contacts of these kinds as they are now. Raises AwsError."""
        return _inventory.read_contacts(self._access.management, account_id, kinds)

    def inventory(self, accounts: Sequence[OrganizationAccount]) -> tuple[AccountInventory, ...]:
        """Everything about these accounts that a request may say; read-only calls alone. Raises AwsError."""
        products = {p.account_id: p for p in self.provisioned_products().values() if p.account_id is not None}
        return _inventory.read_inventory(self._access.management, accounts, products, self.identity_center())

    def people(self, products: Sequence[ProvisionedProduct], identity_center: IdentityCenter) -> dict[str, SsoUser]:
        """Whom Account Factory gave access, by the product's id, as far as that is known. Raises AwsError."""
        return _inventory.read_people(self._access.management, products, identity_center)

    def tags_of(self, accounts: Sequence[OrganizationAccount]) -> dict[str, dict[str, str]]:
        """The tags of these accounts in Organizations, by account id. Raises AwsError."""

        def tags(account: OrganizationAccount) -> dict[str, str]:
            return _organizations.read_tags(self._access.management, account.id)

        return dict(zip((account.id for account in accounts), _organizations.at_once(tags, accounts), strict=True))

    def account_factory_product(self) -> tuple[str, str] | None:
        """Ids of the Account Factory product and its active artifact, for whoever may not launch. Raises AwsError."""
        return _service_catalog.find_product(self._access.management)

    def read_state_object(self, key: str) -> bytes | None:
        """An object of the state bucket, None when there is none.

        Raises:
            AwsError: `state-bucket-missing`, or the call was refused.
            ValueError: the fleet keeps its state elsewhere.
        """
        found = _state_objects.read_object(self._access.management, self._s3_state(), key)
        return found[0] if found else None

    def read_state_lock(self, key: str) -> tuple[bytes, str] | None:
        """The lock of a state and the ETag of that object, None when there is none; raises as `read_state_object`."""
        return _state_objects.read_object(self._access.management, self._s3_state(), key)

    def delete_state_lock(self, key: str, etag: str) -> bool:
        """Deletes the lock of a state if it still is the one that was read; False where it is not.

        Raises:
            AwsError: the call was refused.
            ValueError: the fleet keeps its state elsewhere.
        """
        return _state_objects.delete_object(self._access.management, self._s3_state(), key, etag)

    # Operations

    def wait_until_settled(
        self,
        product_id: str,
        *,
        on_progress: Callable[[ProvisionedProduct], None],
        stop: threading.Event,
        timeout_seconds: float,
    ) -> ProvisionedProduct | None:
        """Waits until no operation on the product is under way; None when the product is gone.

        When time is up or `stop` is set, the product is returned as it is, still under way.

        Raises:
            AwsError: AWS could not be asked.
        """
        pace = Pace(timeout_seconds=timeout_seconds)
        return _service_catalog.wait_until_settled(self._access.management, product_id, on_progress, stop, pace)

    def set_account_tags(self, account_id: str, tags: Mapping[str, str]) -> bool:
        """Makes the account's tags exactly these, AWS's own aside; whether any changed. Raises AwsError."""
        return _organizations.write_tags(self._access.management, account_id, tags)

    def send_parameters(
        self, product: ProvisionedProduct, request: AccountRequest, unit: OrganizationalUnit, token: str
    ) -> None:
        """Sends all parameters of a product again, with the active artifact; returns once it is accepted.

        Raises:
            AwsError: `control-tower-busy` while another operation is in progress, or the call was refused.
        """
        parameters = product_parameters(request, unit)
        factory = self.account_factory()
        _service_catalog.send_parameters(self._access.management, product.id, parameters, factory, token)

    def terminate_product(self, product_id: str, token: str) -> None:
        """Terminates a provisioned product, which unmanages its account; returns once it is accepted.

        Raises:
            AwsError: `control-tower-busy` while another operation is in progress, or the call was refused.
        """
        _service_catalog.terminate_product(self._access.management, product_id, token)

    def close_account(self, account_id: str) -> None:
        """Asks Organizations to close an account. Raises AwsError."""
        if account_id == self.management_account_id:
            raise RefusedError(_is_management(account_id, "closed"))
        _organizations.close_account(self._access.management, account_id)

    # Credentials for other programs

    def management_source(self) -> CredentialSource:
        """The vending role's session, or the caller's own where there is none. Raises AwsError."""
        return self._sessions.get("management", lambda: self._access.management.source("the management account"))

    def account_source(self, account_id: str, account: str) -> CredentialSource:
        """A session inside a vended account; assumed once, refreshed before it expires.

        Raises:
            AwsError: `role-not-assumed`.
            RefusedError: it is the management account.
        """
        if account_id == self.management_account_id:
            raise RefusedError(_is_management(account_id, "customized"))
        role = self._settings.control_tower.execution_role
        wanted = AssumedRole(
            arn=f"arn:{self._access.identity.partition}:iam::{account_id}:role/{role}",
            session_name=session_name(account),
            purpose=f"account {account_id}",
            hint=f"the role {role} in account {account_id} must trust the management account; Control Tower makes "
            "it when it enrols the account",
        )
        return self._sessions.get(f"account {account_id} {account}", lambda: self._access.management.assume(wanted))

    def account_environment(self, account_id: str, account: str) -> dict[str, str]:
        """Session variables for hooks and `vend exec` inside the vended account, valid for up to an hour.

        Raises:
            AwsError: `role-not-assumed`.
            RefusedError: it is the management account.
        """
        return self.account_source(account_id, account).current().environment()

    @contextmanager
    def state_profile(self, account: str) -> Iterator[dict[str, str]]:
        """Variables naming a private credentials file with the profile `vend-state`, removed afterwards.

        Its session is the vending role's, narrowed to this account's state, and lasts up to an hour: one
        `with` for each Terraform run.

        Raises:
            AwsError: `state-role-missing`, or `role-not-assumed`.
            ValueError: the fleet keeps its state elsewhere.
        """
        from tempfile import TemporaryDirectory

        state = self._s3_state()
        arn = self._settings.control_tower.vending_role
        if arn is None:
            raise AwsError(_no_state_role(account))
        policy = state_policy(
            state,
            account,
            partition=self._access.identity.partition,
            management_account_id=self.management_account_id,
        )
        source = self._access.caller.assume(
            AssumedRole(
                arn=arn,
                session_name=session_name(f"state-{account}"),
                policy=policy,
                purpose=f"the state of {account}",
                hint="whoever runs vend must be allowed to assume the vending role; where that is the vending role "
                "itself, its trust policy must name it",
            )
        )
        with TemporaryDirectory(prefix="vend-state-") as directory:
            yield write_profile(Path(directory), source.current(), state.region)

    def _s3_state(self) -> S3State:
        state = self._settings.state
        if not isinstance(state, S3State):
            raise ValueError("this fleet keeps its state in local files")  # noqa: TRY004 (the fleet's, not the argument's)
        return state


def _no_state_role(account: str) -> Diagnostic:
    return Diagnostic(
        code="state-role-missing",
        summary="customizations with S3 state need control_tower.vending_role",
        detail="Their Terraform reaches the state bucket with a session of that role, narrowed to one account's "
        "state; without a role there is no session to narrow.",
        hint="set vending_role in vend.hcl (modules/foundation creates one)",
        account=account,
    )


def _is_management(account_id: str, what: str) -> Diagnostic:
    return Diagnostic(
        code="management-account-session",
        summary=f"account {account_id} is the management account: it is never {what}",
        hint="customizations and hooks run in vended accounts only",
    )
