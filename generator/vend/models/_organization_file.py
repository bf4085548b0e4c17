"""An organization as a file: what `vend sandbox export` writes, and what a sandbox can start from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vend.codec import JsonDocument
from vend.models._requests import SsoUser

ORGANIZATION_FORMAT = "vend-organization"
ORGANIZATION_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledLandingZone:
    """Control Tower's landing zone.

    Attributes:
        version: such as 3.3.
        governed_regions: the Regions that Control Tower sets accounts up in.
        log_archive_account: the account of the logs.
        audit_account: the account of the security team.
        auto_enrollment: whether an account that is moved into a registered unit is enrolled.
    """

    version: str
    governed_regions: tuple[str, ...]
    log_archive_account: str
    audit_account: str
    auto_enrollment: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledUnit:
    """An organizational unit.

    Attributes:
        parent_id: of another unit, or of the root.
        registered: whether Control Tower governs it.
        controls: names of the controls that are enabled on it, such as AWS-GR_REGION_DENY.
    """

    id: str
    name: str
    parent_id: str
    registered: bool = False
    controls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledAccount:
    """An account.

    Attributes:
        parent_id: of the unit that it is in, or of the root.
        enrolled_in: id of the unit in which Control Tower enrolled it; None where it is not enrolled.
        tags: in Organizations.
    """

    id: str
    name: str
    email: str
    state: str
    parent_id: str
    enrolled_in: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledAccountFactory:
    """The Account Factory product.

    Attributes:
        launch_path_id: as its callers see it; None where the one who exported may launch nothing.
    """

    product_id: str
    provisioning_artifact_id: str
    launch_path_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledProduct:
    """An account's provisioned product.

    Attributes:
        account_id: None where no account came of it.
        sso_user: its Identity Center user; None where that is not known.
    """

    id: str
    name: str
    status: str
    provisioning_artifact_id: str
    account_id: str | None = None
    succeeded: bool = True
    status_message: str | None = None
    sso_user: SsoUser | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledIdentityCenter:
    """Identity Center: names of what requests may name."""

    instance_arn: str
    identity_store_id: str
    groups: tuple[str, ...] = ()
    permission_sets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationFile(JsonDocument):
    """One organization.

    Attributes:
        root_id: `r-…`.
        home_region: Control Tower's.
        landing_zone: None where it could not be read; a sandbox cannot start without.
        not_exported: what could not be read, in words.
    """

    organization_id: str
    root_id: str
    management_account_id: str
    home_region: str
    landing_zone: FiledLandingZone | None = None
    organizational_units: tuple[FiledUnit, ...] = ()
    accounts: tuple[FiledAccount, ...] = ()
    account_factory: FiledAccountFactory | None = None
    provisioned_products: tuple[FiledProduct, ...] = ()
    identity_center: FiledIdentityCenter | None = None
    not_exported: tuple[str, ...] = ()

    def _computed(self) -> Mapping[str, Mapping[str, Any]]:
        return {"": {"format": ORGANIZATION_FORMAT, "version": ORGANIZATION_VERSION}}
