"""The schema of an organization file, with the patterns of AWS's own models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A string.

    Attributes:
        pattern: what it must be, as AWS's models have it.
        such_as: an example.
        optional: whether null and absence are right too.
    """

    pattern: str
    such_as: str
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """A value that is not a string.

    Attributes:
        kind: bool, or dict of strings.
        optional: whether absence is right too.
    """

    kind: type
    optional: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """A list of strings without duplicates."""

    pattern: str
    such_as: str


Shape = Mapping[str, Text | Other | Texts]

_UNIT_ID = r"ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}"
_ROOT_ID = r"r-[0-9a-z]{4,32}"
_ACCOUNT = Text(pattern=r"\d{12}", such_as="111111111111")
_ACCOUNT_IF_ANY = Text(pattern=r"\d{12}", such_as="111111111111", optional=True)
_UNIT = Text(pattern=_UNIT_ID, such_as="ou-ab12-cdefgh34")
_PARENT = Text(pattern=f"{_UNIT_ID}|{_ROOT_ID}", such_as="ou-ab12-cdefgh34")
_EMAIL = Text(pattern=r"(?=.{6,64}$)[^\s@]+@[^\s@]+\.[^\s@]+", such_as="aws+payments@example.com")
_WORD = r"[^\x00-\x1f]{1,128}"
_REGION = r"[a-z]{2}(-[a-z]+)+-\d"
_ARTIFACT = Text(pattern=r"[a-zA-Z0-9_-]{1,100}", such_as="pa-abcdefgh12345")

DOCUMENT: Shape = {
    "organization_id": Text(pattern=r"o-[a-z0-9]{10,32}", such_as="o-exampleorgid"),
    "root_id": Text(pattern=_ROOT_ID, such_as="r-ab12"),
    "management_account_id": _ACCOUNT,
    "home_region": Text(pattern=_REGION, such_as="eu-west-1"),
    "not_exported": Texts(pattern=r".+", such_as="the tags of accounts"),
}
LANDING_ZONE: Shape = {
    "version": Text(pattern=r"\d+\.\d+", such_as="3.3"),
    "governed_regions": Texts(pattern=_REGION, such_as="eu-west-1"),
    "log_archive_account": _ACCOUNT,
    "audit_account": _ACCOUNT,
    "auto_enrollment": Other(kind=bool),
}
UNIT: Shape = {
    "id": _UNIT,
    "name": Text(pattern=_WORD, such_as="Workloads"),
    "parent_id": _PARENT,
    "registered": Other(kind=bool),
    "controls": Texts(pattern=r"[A-Za-z0-9_.-]{1,200}", such_as="AWS-GR_REGION_DENY"),
}
ACCOUNT: Shape = {
    "id": _ACCOUNT,
    "name": Text(pattern=r"[ -~]{1,50}", such_as="Payments (prod)"),
    "email": _EMAIL,
    "state": Text(pattern="ACTIVE|SUSPENDED|PENDING_CLOSURE|PENDING_ACTIVATION|CLOSED", such_as="ACTIVE"),
    "parent_id": _PARENT,
    "enrolled_in": Text(pattern=_UNIT_ID, such_as="ou-ab12-cdefgh34", optional=True),
    "tags": Other(kind=dict),
}
ACCOUNT_FACTORY: Shape = {
    "product_id": Text(pattern=r"prod-[a-zA-Z0-9]{1,95}", such_as="prod-abcdefgh12345"),
    "provisioning_artifact_id": _ARTIFACT,
    "launch_path_id": Text(pattern=r"[a-zA-Z0-9_-]{1,100}", such_as="lpv2-abcdefgh12345", optional=True),
}
PRODUCT: Shape = {
    "id": Text(pattern=r"pp-[a-zA-Z0-9]{1,97}", such_as="pp-abcdefgh12345"),
    "name": Text(pattern=r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,127}", such_as="payments-prod"),
    "status": Text(pattern="AVAILABLE|UNDER_CHANGE|TAINTED|ERROR|PLAN_IN_PROGRESS", such_as="AVAILABLE"),
    "provisioning_artifact_id": _ARTIFACT,
    "account_id": _ACCOUNT_IF_ANY,
    "succeeded": Other(kind=bool),
    "status_message": Text(pattern=r"(?s).*", such_as="", optional=True),
}
USER: Shape = {
    "email": Text(pattern=r"[^\s@]+@[^\s@]+\.[^\s@]+", such_as="grace@example.com"),
    "first_name": Text(pattern=r"(?s).{1,1024}", such_as="Grace"),
    "last_name": Text(pattern=r"(?s).{1,1024}", such_as="Hopper"),
}
IDENTITY_CENTER: Shape = {
    "instance_arn": Text(
        pattern=r"arn:aws[\w-]*:sso:::instance/(sso)?ins-[a-zA-Z0-9-.]{16}",
        such_as="arn:aws:sso:::instance/ssoins-0123456789abcdef",
    ),
    "identity_store_id": Text(pattern=r"d-[0-9a-f]{10}|[0-9a-f-]{36}", such_as="d-0123456789"),
    "groups": Texts(pattern=r"(?s).{1,1024}", such_as="PlatformAdmins"),
    "permission_sets": Texts(pattern=r"[\w+=,.@-]{1,32}", such_as="AdministratorAccess"),
}
LISTS: Mapping[str, Shape] = {"organizational_units": UNIT, "accounts": ACCOUNT, "provisioned_products": PRODUCT}
PARTS: Mapping[str, Shape] = {
    "landing_zone": LANDING_ZONE,
    "account_factory": ACCOUNT_FACTORY,
    "identity_center": IDENTITY_CENTER,
}
