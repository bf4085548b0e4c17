"""What a sandbox says of itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from support.emulated import SECONDS, Emulated, emulated
from vend.sandbox import Fault

pytestmark = pytest.mark.sandbox


@pytest.fixture
def aws() -> Iterator[Emulated]:
    with emulated(max_concurrent_operations=2) as world:
        yield world


def test_units_accounts_and_products_are_told(aws: Emulated) -> None:
    """Registered or not, enrolled or not, with the product that manages an account and why it failed."""
    account_id = aws.vended("payments", aws.unit("Workloads/Prod"))
    aws.provision("nowhere", unit="Nowhere")
    aws.clock.advance(SECONDS)
    status = aws.sandbox.status()
    registered = {unit["path"]: unit["registered"] for unit in status["organizational_units"]}
    assert (registered["Security"], registered["Workloads/Prod"]) == (False, True)
    (account,) = (one for one in status["accounts"] if one["id"] == account_id)
    assert (account["organizational_unit"], account["enrolled"], account["product"]) == (
        "Workloads/Prod",
        True,
        "payments",
    )
    (failed,) = (one for one in status["provisioned_products"] if one["name"] == "nowhere")
    assert (failed["status"], failed["account_id"]) == ("ERROR", None)
    assert failed["status_message"].startswith("InvalidParametersException  ")


def test_what_is_under_way_is_told_with_its_progress(aws: Emulated) -> None:
    """How much is done, what is left, what holds it, what will be refused, and how many slots that takes."""
    unit = aws.unit("Workloads/Prod")
    aws.sandbox.faults.add(Fault(operation="ProvisionProduct", kind="timeout", account="held"))
    for name in ("plain", "held", "third"):
        aws.provision(name, unit=unit)
    aws.clock.advance(SECONDS * 0.05)
    plain, held, third = aws.sandbox.status()["running_operations"]
    assert (plain["operation"], plain["subject"], plain["progress"]) == ("ProvisionProduct", "plain", 0.05)
    assert plain["seconds_left"] == pytest.approx(SECONDS * 0.95, abs=0.01)
    assert (held["fault"], third["refused"]) == ("fault-1", True)
    aws.clock.advance(SECONDS * 0.5)
    status = aws.sandbox.status()
    assert [(one["subject"], one["progress"]) for one in status["running_operations"]] == [
        ("plain", 0.55),
        ("held", None),
    ]
    assert status["quotas"][0] == {"name": "account operations at once", "used": 2, "limit": 2}


def test_the_last_calls_are_told_with_what_became_of_them(aws: Emulated) -> None:
    """When, by which account, which operation, and ok or the error's code; ours and moto's alike."""
    account_id = aws.vended("payments", aws.unit("Workloads/Prod"))
    with pytest.raises(ClientError):
        aws.client("ssm", aws.execution(account_id)).get_parameter(Name="/missing")
    with pytest.raises(ClientError):
        aws.client("s3").get_object(Bucket="example-vend-state", Key="missing")
    with pytest.raises(ClientError):
        aws.described("missing")
    aws.client("iam").list_roles()
    calls = aws.sandbox.status()["last_calls"][-4:]
    assert [(one["account_id"], one["operation"], one["outcome"]) for one in calls] == [
        (account_id, "ssm:GetParameter", "ParameterNotFound"),
        ("111111111111", "s3:GetObject", "NoSuchKey"),
        ("111111111111", "servicecatalog:DescribeProvisionedProduct", "ResourceNotFoundException"),
        ("111111111111", "iam:ListRoles", "ok"),
    ]
    assert {one["at"] for one in calls} == {aws.clock.now}
