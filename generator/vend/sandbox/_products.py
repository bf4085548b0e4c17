"""Provisioned products and their records, and what Control Tower says when it refuses.

Texts and statuses are AWS's, from the sources that docs/reference/sandbox.md names for each.
"""

from __future__ import annotations

import random
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

RecordType = Literal["PROVISION_PRODUCT", "UPDATE_PROVISIONED_PRODUCT", "TERMINATE_PROVISIONED_PRODUCT"]
OPERATIONS: dict[RecordType, str] = {
    "PROVISION_PRODUCT": "ProvisionProduct",
    "UPDATE_PROVISIONED_PRODUCT": "UpdateProvisionedProduct",
    "TERMINATE_PROVISIONED_PRODUCT": "TerminateProvisionedProduct",
}
"""The call that makes each type of record."""
PARAMETERS = (
    "AccountName",
    "AccountEmail",
    "SSOUserFirstName",
    "SSOUserLastName",
    "SSOUserEmail",
    "ManagedOrganizationalUnit",
)

TOO_MANY = (
    "Account Factory cannot complete an operation on this account, because the allowed maximum of {limit} concurrent "
    "account operations is exceeded. Try again later."
)
OTHER_OPERATION = (
    "Account Factory cannot complete an operation on this account, because another AWS Control Tower operation is in "
    "progress. Try again later."
)
NOT_ENROLLED = "The parent organizational unit '{unit}' is not enrolled in AWS Control Tower."
CANNOT_ASSUME = "AWSControlTowerExecution role can't be assumed on the account."
COULD_NOT_ENROLL = "AWS Control Tower could not enroll your account for the following reason: "
EMAIL_IN_USE = (
    "AWS Control Tower cannot create an account because the email address {email} is associated with another account."
)
TOO_MANY_ACCOUNTS = (
    "AWS Control Tower cannot create an account because you have reached the limit on the number of accounts in your "
    "organization."
)
STACK_SET_FAILED = (
    "AWS Control Tower failed to deploy one or more stack set instances: StackSet Id: "
    "AWSControlTowerBP-VPC-ACCOUNT-FACTORY-V1"
)
NOTIFIES = "AWS Control Tower Account Factory does not support notification ARNs."
ACCOUNT_LEFT = (
    "AWS Control Tower has detected that the managed account {account_id} has been removed from the organization."
)
UNCHANGEABLE = "AWS Control Tower cannot change {parameter} of an account that exists."


def new_id(prefix: str, length: int = 13) -> str:
    """An id as Service Catalog makes them: a prefix and 13 lower-case letters and digits."""
    letters = random.SystemRandom().choices(string.ascii_lowercase + string.digits, k=length)
    return f"{prefix}-{''.join(letters)}"


class RefusedOperationError(Exception):
    """Control Tower refuses an operation after having accepted it: code and text."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(slots=True, kw_only=True)
class Record:
    """One operation on a provisioned product, as Service Catalog remembers it."""

    id: str
    type: RecordType
    product_id: str
    product_name: str
    artifact_id: str
    path_id: str
    created: float
    updated: float
    status: str = "CREATED"
    errors: tuple[tuple[str, str], ...] = ()
    user_arn: str = ""
    session_arn: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Product:
    """A provisioned product."""

    id: str
    name: str
    token: str
    created: float
    artifact_id: str
    path_id: str
    user_arn: str
    session_arn: str
    parameters: dict[str, str]
    status: str = "UNDER_CHANGE"
    status_message: str | None = None
    account_id: str | None = None
    last_record_id: str = ""
    last_provisioning_record_id: str = ""
    last_successful_record_id: str | None = None
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What Service Catalog hands over.

    Attributes:
        parameters: all six for a new product; those that change for an update.
        user_arn: the caller's role or user; session_arn: the caller itself.
        notifies: whether it names notification ARNs, which Account Factory cannot take.
    """

    artifact_id: str
    path_id: str
    token: str
    parameters: Mapping[str, str]
    user_arn: str = ""
    session_arn: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    notifies: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How fast, and how many at once."""

    operation_seconds: float
    concurrent_operations: int
