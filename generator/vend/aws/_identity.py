"""Who runs vend, and whether that is the right place: the first calls of every command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vend.aws._connection import AssumedRole, Connection, connection_from, session_name
from vend.aws._failures import aws_code, translated
from vend.errors import AwsError, Diagnostic, RefusedError
from vend.settings import Settings

EXPECTED_ORGANIZATION = "VEND_ORGANIZATION_ID"
"""Names the only organization this process may work in, instead of the pin in vend.hcl (docs/adr/0004)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who runs vend, and where.

    Attributes:
        arn: of the caller, before any role is assumed.
        partition: `aws`, `aws-us-gov` or `aws-cn`.
    """

    arn: str
    partition: str
    organization_id: str
    management_account_id: str


def connect(settings: Settings, environ: Mapping[str, str]) -> tuple[Connection, Connection, Caller]:
    """The caller's connection, the management account's, and who and where they are.

    Raises:
        AwsError: no credentials, AWS unreachable, a call denied, or not the management account.
        RefusedError: another organization or management account than vend.hcl pins.
    """
    caller = connection_from(environ, settings.home_region)
    caller.source("whoever runs vend")
    with translated("asking AWS who runs vend (GetCallerIdentity)"):
        identity: Mapping[str, Any] = caller.client("sts", patient=False).get_caller_identity()
    arn = str(identity["Arn"])
    management = _management(caller, arn, settings)
    account_id = _account_of(settings.control_tower.vending_role) or str(identity["Account"])
    organization = _organization(management)
    found = Caller(
        arn=arn,
        partition=arn.split(":")[1],
        organization_id=str(organization["Id"]),
        management_account_id=str(organization["MasterAccountId"]),
    )
    _check(settings, environ.get(EXPECTED_ORGANIZATION) or settings.organization_id, found, account_id)
    return caller, management, found


def _management(caller: Connection, arn: str, settings: Settings) -> Connection:
    role = settings.control_tower.vending_role
    if role is None or _is_session_of(arn, role):
        return caller
    source = caller.assume(
        AssumedRole(
            arn=role,
            session_name=session_name(),
            purpose="the management account",
            hint=f"let {arn} assume {role}: in the role's trust policy and in the caller's permissions",
        )
    )
    return caller.with_credentials(source)


def _is_session_of(arn: str, role: str) -> bool:
    # arn:aws:sts::111111111111:assumed-role/NAME/SESSION leaves out the role's path.
    parts = arn.split(":", 5)
    if not parts[-1].startswith("assumed-role/"):
        return False
    return parts[4] == _account_of(role) and parts[-1].split("/")[1] == role.rsplit("/", 1)[-1]


def _account_of(role: str | None) -> str | None:
    return role.split(":")[4] if role and role.count(":") >= 5 else None  # noqa: PLR2004 (an ARN has six fields)


def _organization(management: Connection) -> Mapping[str, Any]:
    from botocore.exceptions import ClientError

    with translated("asking AWS for the organization (DescribeOrganization)"):
        try:
            organization: Mapping[str, Any] = management.client("organizations").describe_organization()["Organization"]
        except ClientError as error:
            if aws_code(error) != "AWSOrganizationsNotInUseException":
                raise
            raise AwsError(
                Diagnostic(
                    code="no-organization",
                    summary="the account belongs to no organization",
                    detail="asking AWS for the organization: DescribeOrganization answered "
                    "AWSOrganizationsNotInUseException",
                    hint="use credentials of Control Tower's management account",
                )
            ) from error
    return organization


def _check(settings: Settings, expected: str | None, found: Caller, account_id: str) -> None:
    pins = (
        ("organization_id", expected, found.organization_id),
        ("management_account_id", settings.management_account_id, found.management_account_id),
    )
    wrong = [
        Diagnostic(
            code="wrong-organization",
            summary=f"vend.hcl pins {name} {pinned}, but these credentials belong to {actual}",
            detail=f"The caller is {found.arn}.",
            hint="use credentials of the pinned organization, or correct the pin in vend.hcl",
        )
        for name, pinned, actual in pins
        if pinned is not None and pinned != actual
    ]
    if wrong:
        raise RefusedError(wrong)
    if account_id != found.management_account_id:
        raise AwsError(
            Diagnostic(
                code="not-management-account",
                summary=f"account {account_id} is not the management account {found.management_account_id}",
                detail=f"The caller is {found.arn}. Accounts are vended from Control Tower's management account.",
                hint="use its credentials, or set control_tower.vending_role to a role in it",
            )
        )
