"""The state of AWS, as far as vend needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vend.models._requests import AlternateContact, SsoUser


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationalUnit:
    """An organizational unit.

    Attributes:
        id: `ou-xxxx-xxxxxxxx`, or `r-xxxx` for the root, whose path is empty.
        path: names below the root, joined with `/`.
        registered: whether Control Tower governs it; None where that was not asked.
    """

    id: str
    name: str
    path: str
    parent_id: str | None
    registered: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationAccount:
    """A member account.

    Attributes:
        state: PENDING_ACTIVATION, ACTIVE, SUSPENDED (restricted by AWS), PENDING_CLOSURE or CLOSED (within the last 90
            days: until then it is listed, counts and keeps its email; Organizations API reference, Account).
        parent_id: id of the organizational unit (or root) that holds it.
        enrolled: whether Control Tower governs the account itself; None where that was not asked.
        enrolled_in: id of the unit whose baseline it inherits; another than its parent once it was moved by hand.
    """

    id: str
    name: str
    email: str
    state: str
    parent_id: str
    enrolled: bool | None = None
    enrolled_in: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """The organization as it stands: units by id, accounts by id."""

    id: str
    management_account_id: str
    root_id: str
    units: Mapping[str, OrganizationalUnit]
    accounts: Mapping[str, OrganizationAccount]
    _by_email: Mapping[str, OrganizationAccount] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found: dict[str, OrganizationAccount] = {}
        for account in self.accounts.values():
            found.setdefault(account.email.casefold(), account)
        object.__setattr__(self, "_by_email", found)

    def account_by_email(self, email: str) -> OrganizationAccount | None:
        """The account with this address, compared case-insensitively."""
        return self._by_email.get(email.casefold())

    def path_of(self, parent_id: str) -> str:
        """The path of a unit below the root; empty for the root itself."""
        unit = self.units.get(parent_id)
        return unit.path if unit else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionedProduct:
    """An account's provisioned product in Service Catalog.

    Attributes:
        status: AVAILABLE, UNDER_CHANGE, TAINTED, ERROR or PLAN_IN_PROGRESS.
        status_message: what Control Tower said last, where it failed.
        account_id: output `AccountId` (`physicalId`); None until an account exists.
        succeeded: whether it was ever provisioned successfully.
    """

    id: str
    name: str
    status: str
    product_id: str
    provisioning_artifact_id: str
    status_message: str | None = None
    account_id: str | None = None
    succeeded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFactory:
    """The Account Factory product as this caller can launch it.

    Attributes:
        provisioning_artifact_id: the active one.
        path_id: the launch path.
    """

    product_id: str
    provisioning_artifact_id: str
    path_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LandingZone:
    """Control Tower's landing zone, as its manifest describes it.

    Attributes:
        governed_regions: the Regions that Control Tower sets accounts up in.
        shared_accounts: ids of the log archive and audit accounts and the like, which it made for itself.
        drift: DRIFTED or IN_SYNC; None where Control Tower does not say.
        version: such as 3.3; empty where Control Tower does not say.
        log_archive_account: the account of the logs; None where it has none.
        audit_account: the account of the security team; None where it has none.
        auto_enrollment: whether an account that is moved into a registered unit is enrolled.
    """

    governed_regions: tuple[str, ...] = ()
    shared_accounts: frozenset[str] = frozenset()
    drift: str | None = None
    version: str = ""
    log_archive_account: str | None = None
    audit_account: str | None = None
    auto_enrollment: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityCenter:
    """Identity Center: ids by name."""

    instance_arn: str
    identity_store_id: str
    groups: Mapping[str, str] = field(default_factory=dict)
    permission_sets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountInventory:
    """An account with everything about it that a request may say.

    Attributes:
        product: its provisioned product; None where it has none.
        tags: in Organizations, AWS's own included.
        sso_user: whom Account Factory gave access, or the one person who administers it; None where neither is known.
    """

    account: OrganizationAccount
    product: ProvisionedProduct | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    alternate_contacts: tuple[AlternateContact, ...] = ()
    sso_user: SsoUser | None = None
