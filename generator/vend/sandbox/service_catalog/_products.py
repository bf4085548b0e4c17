"""Provisioned products and their records, and what Control Tower says when it refuses.

Texts and statuses are AWS's, from the sources that docs/reference/sandbox.md names for each.
"""

from __future__ import annotations

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
    """Duration and concurrency of account operations."""

    operation_seconds: float
    concurrent_operations: int
