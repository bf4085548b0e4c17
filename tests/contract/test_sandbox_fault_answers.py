"""What boto3 hears of a call that a fault strikes, in every protocol."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.emulated import Emulated, emulated
from vend.sandbox import Fault

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def shared() -> Iterator[Emulated]:
    with emulated() as world:
        yield world


@pytest.fixture
def calm(shared: Emulated) -> Emulated:
    """The shared sandbox, without faults."""
    shared.sandbox.faults.clear()
    return shared


def add(aws: Emulated, operation: str, kind: Any, **more: Any) -> str:
    return aws.sandbox.faults.add(Fault(operation=operation, kind=kind, **more)).id


def refused(call: Any, **arguments: Any) -> tuple[str, str, int]:
    """Code, text and HTTP status."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    response = caught.value.response
    return response["Error"]["Code"], response["Error"]["Message"], response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize(
    ("service", "method", "code", "status"),
    [
        ("servicecatalog", "search_products", "AccessDeniedException", 400),
        ("account", "list_regions", "AccessDeniedException", 403),
        ("iam", "list_roles", "AccessDenied", 403),
        ("s3", "list_buckets", "AccessDenied", 403),
        ("ec2", "describe_vpcs", "UnauthorizedOperation", 403),
    ],
)
def test_error_of_any_other_operation_denies_the_call(
    calm: Emulated, service: str, method: str, code: str, status: int
) -> None:
    """In the form of each protocol, naming the fault; then it is used up."""
    aws = calm
    call = getattr(aws.client(service), method)
    operation = f"{service}:{aws.client(service).meta.method_to_api_mapping[method]}"
    fault_id = add(aws, operation, "error")
    assert refused(call) == (code, f"vend sandbox: {fault_id} on {operation}", status)
    call()
    outcomes = [one["outcome"] for one in aws.sandbox.status()["last_calls"] if one["operation"] == operation]
    assert outcomes[-2:] == [code, "ok"]


def test_error_has_the_code_that_is_asked_for(calm: Emulated) -> None:
    """With the status that the model gives it, or every service does."""
    aws = calm
    add(aws, "organizations:ListRoots", "error", code="TargetNotFoundException", message="gone")
    assert refused(aws.client("organizations").list_roots) == ("TargetNotFoundException", "gone", 400)
    add(aws, "account:ListRegions", "error", code="InternalServerException")
    assert refused(aws.client("account").list_regions)[2] == 500
    add(aws, "ProvisionProduct", "error", at="call", code="AccessDeniedException", message="not you")
    assert refused(aws.provision, name="x", unit="y")[:2] == ("AccessDeniedException", "not you")


@pytest.mark.parametrize(
    ("service", "method", "code", "status"),
    [
        ("servicecatalog", "search_products", "ThrottlingException", 400),
        ("controltower", "list_landing_zones", "ThrottlingException", 429),
        ("organizations", "list_roots", "TooManyRequestsException", 400),
        ("account", "list_regions", "TooManyRequestsException", 429),
        ("sso-admin", "list_instances", "ThrottlingException", 400),
        ("sts", "get_caller_identity", "Throttling", 400),
        ("s3", "list_buckets", "SlowDown", 503),
        ("ec2", "describe_vpcs", "RequestLimitExceeded", 503),
    ],
)
def test_throttle_is_what_each_service_says(calm: Emulated, service: str, method: str, code: str, status: int) -> None:
    """Its own code and status."""
    operation = f"{service}:{calm.client(service).meta.method_to_api_mapping[method]}"
    add(calm, operation, "throttle")
    assert refused(getattr(calm.client(service), method))[::2] == (code, status)


@pytest.mark.parametrize(
    ("service", "method"), [("organizations", "list_roots"), ("s3", "list_buckets"), ("sts", "get_caller_identity")]
)
def test_an_sdk_tries_a_throttled_call_again(calm: Emulated, service: str, method: str) -> None:
    """With two attempts the caller notices nothing."""
    operation = f"{service}:{calm.client(service).meta.method_to_api_mapping[method]}"
    add(calm, operation, "throttle")
    answer = getattr(calm.direct(service, attempts=2), method)()
    assert answer["ResponseMetadata"]["RetryAttempts"] == 1


@pytest.mark.parametrize(
    ("service", "method", "code"),
    [
        ("controltower", "list_landing_zones", "ConflictException"),
        ("organizations", "list_roots", "ConcurrentModificationException"),
        ("ssm", "describe_parameters", "ResourceInUseException"),
        ("account", "list_regions", "ConflictException"),
    ],
)
def test_in_use_of_any_other_operation_has_its_service_s_code(
    calm: Emulated, service: str, method: str, code: str
) -> None:
    """The first that the service's model has."""
    add(calm, f"{service}:{calm.client(service).meta.method_to_api_mapping[method]}", "in-use")
    assert refused(getattr(calm.client(service), method))[0] == code
