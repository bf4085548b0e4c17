"""Limits that bite: what AWS says of one too many, and when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.emulated import SECONDS, Emulated, emulated

pytestmark = pytest.mark.sandbox
IN_PROGRESS = (
    "ResourceInUseException  Account Factory cannot complete an operation on this account, because another AWS Control "
    "Tower operation is in progress. Try again later."
)


@pytest.fixture
def aws() -> Iterator[Emulated]:
    with emulated() as world:
        yield world


def refused(call: Any, **arguments: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return {**caught.value.response["Error"], "Reason": caught.value.response.get("Reason")}


def created(aws: Emulated, email: str) -> dict[str, Any]:
    """What becomes of a CreateAccount call."""
    organizations = aws.client("organizations")
    request = organizations.create_account(AccountName="x", Email=email)["CreateAccountStatus"]["Id"]
    aws.clock.advance(SECONDS)
    status = organizations.describe_create_account_status(CreateAccountRequestId=request)["CreateAccountStatus"]
    return dict(status)


def failure(aws: Emulated, name: str) -> str:
    """Why a product is ERROR."""
    detail = aws.described(name)
    assert detail["Status"] == "ERROR"
    return str(detail["StatusMessage"])


def test_an_account_that_left_takes_its_address_along(aws: Emulated) -> None:
    """Account Factory and Organizations refuse it later, an email change at once."""
    unit = aws.unit("Workloads/Prod")
    gone, other = aws.vended("gone", unit), aws.vended("other", unit)
    aws.client("organizations").remove_account_from_organization(AccountId=gone)
    assert aws.provision("again", unit=unit, AccountEmail="AWS+gone@example.com")["Status"] == "CREATED"
    aws.clock.advance(SECONDS)
    assert "is associated with another account" in failure(aws, "again")
    status = created(aws, "aws+gone@example.com")
    assert (status["State"], status["FailureReason"]) == ("FAILED", "EMAIL_ALREADY_EXISTS")
    change = aws.client("account").start_primary_email_update
    assert refused(change, AccountId=other, PrimaryEmail="aws+gone@example.com")["Code"] == "ConflictException"


def test_a_closed_account_keeps_its_address(aws: Emulated) -> None:
    """While it is listed, and after the ninety days (AWS re:Post, reopen-aws-account)."""
    unit = aws.unit("Workloads/Prod")
    account_id = aws.vended("gone", unit)
    aws.client("servicecatalog").terminate_provisioned_product(ProvisionedProductName="gone", TerminateToken="t")
    aws.clock.advance(SECONDS)
    aws.client("organizations").close_account(AccountId=account_id)
    aws.clock.advance(SECONDS)
    assert created(aws, "aws+gone@example.com")["FailureReason"] == "EMAIL_ALREADY_EXISTS"
    aws.provision("again", unit=unit, AccountEmail="aws+gone@example.com")
    aws.clock.advance(SECONDS)
    assert failure(aws, "again").startswith("InvalidParametersException  ")
    aws.clock.advance(91 * 24 * 3600)
    assert account_id not in {one["id"] for one in aws.sandbox.status()["accounts"]}
    assert created(aws, "aws+gone@example.com")["FailureReason"] == "EMAIL_ALREADY_EXISTS"


def test_a_closed_account_counts_for_as_long_as_it_is_listed() -> None:
    """The quota of accounts has room again after ninety days."""
    with emulated(account_quota=4) as aws:
        account_id = aws.created("fourth")
        aws.client("organizations").close_account(AccountId=account_id)
        aws.clock.advance(SECONDS)
        assert created(aws, "fifth@example.com")["FailureReason"] == "ACCOUNT_LIMIT_EXCEEDED"
        aws.clock.advance(91 * 24 * 3600)
        assert created(aws, "fifth@example.com")["State"] == "SUCCEEDED"


def test_the_quota_of_accounts_is_told_later() -> None:
    """The product is ERROR, CreateAccount has FAILED; enrolling an account that is there needs no more of it."""
    with emulated(account_quota=5) as aws:
        unit = aws.unit("Workloads/Prod")
        account_id = aws.vended("fourth", unit)
        assert created(aws, "fifth@example.com")["State"] == "SUCCEEDED"
        quotas = {quota["name"]: quota for quota in aws.sandbox.status()["quotas"]}
        assert quotas["accounts"] == {"name": "accounts", "used": 5, "limit": 5}
        aws.provision("sixth", unit=unit)
        aws.clock.advance(SECONDS)
        assert failure(aws, "sixth") == (
            "InvalidParametersException  AWS Control Tower cannot create an account because you have reached the limit "
            "on the number of accounts in your organization."
        )
        status = created(aws, "sixth@example.com")
        assert (status["State"], status["FailureReason"]) == ("FAILED", "ACCOUNT_LIMIT_EXCEEDED")
        catalog = aws.client("servicecatalog")
        catalog.terminate_provisioned_product(ProvisionedProductName="fourth", TerminateToken="t")
        aws.clock.advance(SECONDS)
        aws.provision("enrolled", unit=unit, AccountEmail="aws+fourth@example.com")
        aws.clock.advance(SECONDS)
        assert aws.described("enrolled")["Status"] == "AVAILABLE"
        assert account_id in {one["id"] for one in aws.sandbox.status()["accounts"]}


def test_units_nest_five_deep_and_have_names_of_their_own(aws: Emulated) -> None:
    """Organizations says so at once, with its reason."""
    create = aws.client("organizations").create_organizational_unit
    parent = aws.client("organizations").list_roots()["Roots"][0]["Id"]
    for depth in range(5):
        parent, above = create(ParentId=parent, Name=f"Level {depth}")["OrganizationalUnit"]["Id"], parent
    error = refused(create, ParentId=parent, Name="Level 5")
    assert (error["Code"], error["Reason"]) == ("ConstraintViolationException", "OU_DEPTH_LIMIT_EXCEEDED")
    assert error["Message"] == (
        "You cannot add an organizational unit to the specified parent because it would exceed the max depth allowed."
    )
    assert refused(create, ParentId=above, Name="Level 4")["Code"] == "DuplicateOrganizationalUnitException"


def test_an_operation_on_a_unit_excludes_those_on_accounts(aws: Emulated) -> None:
    """Accepted, and later ERROR or TAINTED with AWS's text; once the unit is registered, they are taken again."""
    unit = aws.unit("Workloads/Prod")
    aws.vended("first", unit)
    tower, organizations = aws.client("controltower"), aws.client("organizations")
    baselines = {one["name"]: one["arn"] for one in tower.list_baselines()["baselines"]}
    center = next(
        one["arn"]
        for one in tower.list_enabled_baselines()["enabledBaselines"]
        if one["baselineIdentifier"] == baselines["IdentityCenterBaseline"]
    )
    root = organizations.list_roots()["Roots"][0]["Id"]
    late = organizations.create_organizational_unit(ParentId=root, Name="Late")["OrganizationalUnit"]
    tower.enable_baseline(
        baselineIdentifier=baselines["AWSControlTowerBaseline"],
        baselineVersion="4.0",
        targetIdentifier=late["Arn"],
        parameters=[{"key": "IdentityCenterEnabledBaselineArn", "value": center}],
    )
    under_way = aws.sandbox.status()["running_operations"]
    assert [(one["operation"], one["subject"]) for one in under_way] == [("ENABLE_BASELINE", "Late")]
    assert aws.provision("second", unit=unit)["Status"] == "CREATED"
    aws.client("servicecatalog").update_provisioned_product(
        **aws.product(), ProvisionedProductName="first", UpdateToken="u"
    )
    aws.clock.advance(SECONDS * 0.2)
    assert failure(aws, "second") == IN_PROGRESS
    assert (aws.described("first")["Status"], aws.described("first")["StatusMessage"]) == ("TAINTED", IN_PROGRESS)
    aws.clock.advance(SECONDS * 0.8)
    with pytest.raises(ClientError, match="Package is in state CREATING, but must be in state AVAILABLE"):
        aws.provision("third", unit=f"Late ({late['Id']})")
    aws.clock.advance(SECONDS * 0.2)
    assert aws.vended("third", f"Late ({late['Id']})")


def test_one_termination_at_a_time(aws: Emulated) -> None:
    """The second is accepted, and leaves its product TAINTED."""
    unit = aws.unit("Workloads/Prod")
    for name in ("first", "second"):
        aws.vended(name, unit)
    for name in ("first", "second"):
        aws.client("servicecatalog").terminate_provisioned_product(ProvisionedProductName=name, TerminateToken=name)
    aws.clock.advance(SECONDS)
    assert (aws.described("second")["Status"], aws.described("second")["StatusMessage"]) == ("TAINTED", IN_PROGRESS)


def test_rates_are_limited_on_request() -> None:
    """A token comes back with time; one account's calls are not another's."""
    with emulated(rate_limits=True) as aws:
        account_id = aws.vended("payments", aws.unit("Workloads/Prod"))
        account = aws.client("account")
        account.put_account_name(AccountId=account_id, AccountName="Once")
        error = refused(account.put_account_name, AccountId=account_id, AccountName="Twice")
        assert (error["Code"], error["Message"]) == ("TooManyRequestsException", "Too Many Requests")
        inside = aws.client("account", aws.execution(account_id))
        inside.put_account_name(AccountName="From inside")
        aws.clock.advance(0.5)
        assert refused(account.put_account_name, AccountId=account_id, AccountName="Twice")["Code"] == error["Code"]
        aws.clock.advance(0.6)
        account.put_account_name(AccountId=account_id, AccountName="Twice")
        for _ in range(5):
            account.get_region_opt_status(RegionName="eu-west-1")
        assert refused(account.get_region_opt_status, RegionName="eu-west-1")["Code"] == error["Code"]
        aws.clock.advance(0.2)
        account.get_region_opt_status(RegionName="eu-west-1")
        outcomes = [one["outcome"] for one in aws.sandbox.status()["last_calls"]]
        assert outcomes.count("TooManyRequestsException") == 3


def test_rates_are_not_limited_by_default(aws: Emulated) -> None:
    """A rehearsal of a hundred accounts does not wait for them."""
    client = aws.client("account")
    for number in range(20):
        client.put_account_name(AccountName=f"Name {number}")
    assert client.get_account_information()["AccountName"] == "Name 19"
