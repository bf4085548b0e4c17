"""Names of operations as people write them, checked against botocore's service models."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from vend.errors import did_you_mean

COMMON = (
    "servicecatalog",
    "controltower",
    "organizations",
    "account",
    "sts",
    "sso-admin",
    "identitystore",
    "iam",
    "s3",
    "dynamodb",
    "ssm",
    "budgets",
    "events",
    "service-quotas",
)
"""Services in which an operation without a service is looked for: what vending an account asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownOperation:
    """No operation has the name, or several have it.

    Attributes:
        summary: what is wrong.
        hint: what to write instead.
    """

    summary: str
    hint: str | None


def resolve(name: str) -> str | UnknownOperation:
    """`service:Operation` of a name with or without its service, by botocore's names.

    >>> resolve("ProvisionProduct")
    'servicecatalog:ProvisionProduct'
    """
    service, separator, operation = name.partition(":")
    return _of_service(service, operation) if separator else _anywhere(name)


def _of_service(service: str, operation: str) -> str | UnknownOperation:
    if service not in _services():
        return UnknownOperation(
            summary=f'there is no service "{service}"',
            hint=did_you_mean(service, _services()) or "use botocore's name, such as servicecatalog",
        )
    known = _operations(service)
    if operation in known:
        return f"{service}:{operation}"
    near = did_you_mean(f"{service}:{operation}", [f"{service}:{one}" for one in known], cutoff=0.7)
    return UnknownOperation(summary=f'{service} has no operation "{operation}"', hint=near)


def _anywhere(operation: str) -> str | UnknownOperation:
    found = [service for service in COMMON if operation in _operations(service)]
    if len(found) == 1:
        return f"{found[0]}:{operation}"
    if found:
        choices = ", ".join(f"{service}:{operation}" for service in found)
        return UnknownOperation(
            summary=f'several services have an operation named "{operation}"', hint=f"one of {choices}"
        )
    near = did_you_mean(operation, {name for service in COMMON for name in _operations(service)})
    return UnknownOperation(
        summary=f'there is no operation "{operation}"', hint=near or "include the service, such as ec2:CreateVpc"
    )


@lru_cache(maxsize=1)
def _loader() -> Any:
    from botocore.loaders import Loader

    return Loader()


@lru_cache(maxsize=1)
def _services() -> frozenset[str]:
    return frozenset(_loader().list_available_services("service-2"))


@lru_cache(maxsize=64)
def _operations(service: str) -> Collection[str]:
    operations: Collection[str] = _loader().load_service_model(service, "service-2")["operations"].keys()
    return operations
