"""Account Factory as Service Catalog shows it: literal texts, asynchronous failures, statuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.emulated import SECONDS, Emulated, emulated

pytestmark = pytest.mark.sandbox


@pytest.fixture
def aws() -> Iterator[Emulated]:
    with emulated() as world:
        yield world


def refused(call: Any, **arguments: Any) -> tuple[str, str]:
    """Code and text of a call that must be refused."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def record(aws: Emulated, record_id: str) -> dict[str, Any]:
    answer = aws.client("servicecatalog").describe_record(Id=record_id)
    return {**answer["RecordDetail"], "Outputs": answer["RecordOutputs"]}


def parent(aws: Emulated, account_id: str) -> str:
    return str(aws.client("organizations").list_parents(ChildId=account_id)["Parents"][0]["Id"])


def account_ids(aws: Emulated) -> set[str]:
    return {account["Id"] for account in aws.client("organizations").list_accounts()["Accounts"]}


def test_an_account_is_made_by_the_clock(aws: Emulated) -> None:
    """A record goes CREATED, IN_PROGRESS, SUCCEEDED; the account comes in between, and its unit at the end."""
    before = account_ids(aws)
    unit = aws.unit("Workloads/Prod")
    made = aws.provision("payments", unit=unit)
    assert (made["Status"], made["RecordType"]) == ("CREATED", "PROVISION_PRODUCT")
    assert made["ProvisionedProductType"] == "CONTROL_TOWER_ACCOUNT"
    assert made["RecordErrors"] == []
    assert aws.described("payments")["Status"] == "UNDER_CHANGE"
    assert "LastSuccessfulProvisioningRecordId" not in aws.described("payments")
    aws.clock.advance(SECONDS * 0.2)
    assert record(aws, made["RecordId"])["Status"] == "IN_PROGRESS"
    assert account_ids(aws) == before
    aws.clock.advance(SECONDS * 0.4)
    (account_id,) = account_ids(aws) - before
    assert parent(aws, account_id).startswith("r-")
    aws.clock.advance(SECONDS * 0.4)
    detail, done = aws.described("payments"), record(aws, made["RecordId"])
    assert (detail["Status"], done["Status"]) == ("AVAILABLE", "SUCCEEDED")
    assert detail["LastSuccessfulProvisioningRecordId"] == detail["LastRecordId"] == made["RecordId"]
    assert unit.endswith(f"({parent(aws, account_id)})")
    assert [output["OutputKey"] for output in done["Outputs"]] == [
        "AccountId",
        "SSOUserEmail",
        "AccountEmail",
        "SSOUserPortal",
    ]
    assert done["Outputs"][0] == {
        "OutputKey": "AccountId",
        "OutputValue": account_id,
        "Description": "Managed Account Id",
    }


def test_no_duration_finishes_before_the_next_call() -> None:
    """With 0 seconds the product is there when the first look comes."""
    with emulated(operation_seconds=0.0) as aws:
        assert aws.provision("quick", unit=aws.unit("Workloads/Prod"))["Status"] == "CREATED"
        assert aws.described("quick")["Status"] == "AVAILABLE"


def test_the_vended_account_can_be_entered(aws: Emulated) -> None:
    """AWSControlTowerExecution is assumed from management, and what is made with it lands in that account."""
    account_id = aws.vended("payments", aws.unit("Workloads/Prod"))
    credentials = aws.execution(account_id)
    assert aws.client("sts", credentials).get_caller_identity()["Account"] == account_id
    aws.client("ssm", credentials).put_parameter(Name="/vend/x", Value="1", Type="String")
    assert [p["Name"] for p in aws.client("ssm", credentials).describe_parameters()["Parameters"]] == ["/vend/x"]
    assert aws.client("ssm").describe_parameters()["Parameters"] == []


def test_the_same_token_makes_one_account(aws: Emulated) -> None:
    """ProvisionToken is idempotent: the second call answers with the first record."""
    unit = aws.unit("Workloads/Prod")
    first, second = (aws.provision("payments", unit=unit, token="once") for _ in range(2))
    assert first["RecordId"] == second["RecordId"]


def test_a_name_in_use_is_refused_at_once(aws: Emulated) -> None:
    """AFT#19 has the text."""
    unit = aws.unit("Workloads/Prod")
    aws.provision("payments", unit=unit)
    code, text = refused(aws.provision, name="payments", unit=unit, token="another")
    assert (code, text) == ("InvalidParametersException", "A stack named payments already exists.")


@pytest.mark.parametrize(
    "value", ["Nowhere", "Workloads/Prod", "Prod", "Prod (ou-abcd-12345678)", "bare id", "Security"]
)
def test_a_unit_that_is_not_enrolled_fails_later(aws: Emulated, value: str) -> None:
    """A path, a bare id, a nested unit's bare name, a missing and an unregistered unit: ERROR, with AWS's text."""
    if value == "bare id":
        value = aws.unit("Workloads/Prod").split("(")[1].rstrip(")")
    made = aws.provision("payments", unit=value)
    assert made["Status"] == "CREATED"
    aws.clock.advance(SECONDS)
    text = f"The parent organizational unit '{value}' is not enrolled in AWS Control Tower."
    detail, failed = aws.described("payments"), record(aws, made["RecordId"])
    assert detail["Status"] == "ERROR"
    assert detail["StatusMessage"] == f"InvalidParametersException  {text}"
    assert failed["Status"] == "FAILED"
    assert failed["RecordErrors"] == [{"Code": "InvalidParametersException", "Description": text}]
    assert failed["Outputs"] == []


def test_a_name_alone_is_enough_directly_below_the_root(aws: Emulated) -> None:
    """`Name` means a top-level unit."""
    aws.provision("payments", unit="Workloads")
    aws.clock.advance(SECONDS)
    assert aws.described("payments")["Status"] == "AVAILABLE"


def test_an_email_in_use_fails_later(aws: Emulated) -> None:
    """An address that another managed account has, in any case, makes the product ERROR."""
    aws.vended("payments", aws.unit("Workloads/Prod"))
    for name, email in (("again", "aws+payments@example.com"), ("upper", "AWS+Payments@Example.com")):
        aws.provision(name, unit=aws.unit("Workloads/Prod"), AccountEmail=email)
        aws.clock.advance(SECONDS)
        detail = aws.described(name)
        assert detail["Status"] == "ERROR"
        assert "associated with another account" in detail["StatusMessage"]


def test_the_address_of_an_unmanaged_account_enrols_it(aws: Emulated) -> None:
    """ProvisionProduct with the exact address of an account of the organization makes no second one."""
    account_id = aws.created("aws+old")
    assert aws.vended("old", aws.unit("Workloads/Prod")) == account_id


def test_an_account_without_the_execution_role_is_not_enrolled(aws: Emulated) -> None:
    """Control Tower cannot get into it (user guide, troubleshooting)."""
    aws.created("aws+old", role="OrganizationAccountAccessRole")
    aws.provision("old", unit=aws.unit("Workloads/Prod"))
    aws.clock.advance(SECONDS)
    assert aws.described("old")["StatusMessage"].endswith(
        "for the following reason: AWSControlTowerExecution role can't be assumed on the account."
    )


def test_the_sixth_operation_at_once_fails_later(aws: Emulated) -> None:
    """Five account operations at once; one more is accepted, then fails with the text that is known."""
    unit = aws.unit("Workloads/Prod")
    for number in range(6):
        assert aws.provision(f"account-{number}", unit=unit)["Status"] == "CREATED"
    aws.clock.advance(SECONDS)
    statuses = [aws.described(f"account-{number}")["Status"] for number in range(6)]
    assert statuses == ["AVAILABLE"] * 5 + ["ERROR"]
    assert aws.described("account-5")["StatusMessage"] == (
        "ResourceInUseException  Account Factory cannot complete an operation on this account, because the allowed "
        "maximum of 5 concurrent account operations is exceeded. Try again later."
    )


def test_an_update_moves_the_account(aws: Emulated) -> None:
    """Naming another unit moves; parameters that are not named keep their values."""
    account_id = aws.vended("payments", aws.unit("Workloads/Prod"))
    test = aws.unit("Workloads/Test")
    updated = aws.client("servicecatalog").update_provisioned_product(
        **aws.product(),
        ProvisionedProductName="payments",
        UpdateToken="move",
        ProvisioningParameters=[
            {"Key": "ManagedOrganizationalUnit", "Value": test},
            {"Key": "AccountName", "UsePreviousValue": True},
        ],
    )["RecordDetail"]
    assert updated["RecordType"] == "UPDATE_PROVISIONED_PRODUCT"
    aws.clock.advance(SECONDS)
    assert aws.described("payments")["Status"] == "AVAILABLE"
    assert test.endswith(f"({parent(aws, account_id)})")


def test_a_failed_update_taints(aws: Emulated) -> None:
    """An update that fails leaves the account usable and the product TAINTED; a good one mends it."""
    account_id = aws.vended("payments", aws.unit("Workloads/Prod"))
    before = parent(aws, account_id)

    def update(unit: str, token: str) -> str:
        aws.client("servicecatalog").update_provisioned_product(
            **aws.product(),
            ProvisionedProductName="payments",
            UpdateToken=token,
            ProvisioningParameters=[{"Key": "ManagedOrganizationalUnit", "Value": unit}],
        )
        aws.clock.advance(SECONDS)
        return str(aws.described("payments")["Status"])

    assert update("Nowhere", "bad") == "TAINTED"
    assert parent(aws, account_id) == before
    assert update(aws.unit("Workloads/Test"), "good") == "AVAILABLE"


def test_neither_name_nor_email_can_be_updated(aws: Emulated) -> None:
    """Only the unit and the user of an account can change."""
    aws.vended("payments", aws.unit("Workloads/Prod"))
    aws.client("servicecatalog").update_provisioned_product(
        **aws.product(),
        ProvisionedProductName="payments",
        UpdateToken="rename",
        ProvisioningParameters=[{"Key": "AccountName", "Value": "Other"}],
    )
    aws.clock.advance(SECONDS)
    assert aws.described("payments")["Status"] == "TAINTED"


def test_terminate_unmanages(aws: Emulated) -> None:
    """The product goes, the account stays open below the root, the record stays readable."""
    account_id = aws.vended("payments", aws.unit("Workloads/Prod"))
    made = aws.client("servicecatalog").terminate_provisioned_product(
        ProvisionedProductName="payments", TerminateToken="bye"
    )["RecordDetail"]
    assert aws.described("payments")["Status"] == "UNDER_CHANGE"
    aws.clock.advance(SECONDS)
    code, text = refused(aws.described, name="payments")
    assert (code, text) == ("ResourceNotFoundException", "Provisioned product not found: payments")
    assert record(aws, made["RecordId"])["Status"] == "SUCCEEDED"
    assert parent(aws, account_id).startswith("r-")
    account = aws.client("organizations").describe_account(AccountId=account_id)["Account"]
    assert account["State"] == "ACTIVE"


def test_two_unmanage_operations_do_not_run_at_once(aws: Emulated) -> None:
    """Unmanaging is one at a time; the second fails later and taints its product."""
    for name in ("first", "second"):
        aws.vended(name, aws.unit("Workloads/Prod"))
    for name in ("first", "second"):
        aws.client("servicecatalog").terminate_provisioned_product(
            ProvisionedProductName=name, TerminateToken=f"bye-{name}"
        )
    aws.clock.advance(SECONDS)
    assert refused(aws.described, name="first")[0] == "ResourceNotFoundException"
    detail = aws.described("second")
    assert detail["Status"] == "TAINTED"
    assert "another AWS Control Tower operation is in progress" in detail["StatusMessage"]


def test_a_failed_product_can_be_terminated_and_tried_again(aws: Emulated) -> None:
    """An ERROR product blocks its name until it is terminated; then the same name works."""
    aws.provision("payments", unit="Nowhere")
    aws.clock.advance(SECONDS)
    assert refused(aws.provision, name="payments", unit="Workloads", token="2")[0] == "InvalidParametersException"
    aws.client("servicecatalog").terminate_provisioned_product(ProvisionedProductName="payments", TerminateToken="t")
    aws.clock.advance(SECONDS)
    aws.provision("payments", unit="Workloads", token="3")
    aws.clock.advance(SECONDS)
    assert aws.described("payments")["Status"] == "AVAILABLE"


def test_outputs_of_a_product_that_never_succeeded_are_refused(aws: Emulated) -> None:
    """AFT#217."""
    aws.provision("payments", unit="Nowhere")
    aws.clock.advance(SECONDS)
    outputs = aws.client("servicecatalog").get_provisioned_product_outputs
    assert refused(outputs, ProvisionedProductName="payments")[0] == "InvalidParametersException"


def test_the_user_of_an_account_gets_in(aws: Emulated) -> None:
    """Identity Center has the user, and AWSAdministratorAccess assigned to it."""
    account_id = aws.vended("payments", aws.unit("Workloads/Prod"))
    sso, store = aws.client("sso-admin"), aws.client("identitystore")
    instance = sso.list_instances()["Instances"][0]
    users = store.list_users(IdentityStoreId=instance["IdentityStoreId"])["Users"]
    assert [(user["UserName"], user["DisplayName"]) for user in users] == [("grace@example.com", "Grace Hopper")]
    sets = sso.list_permission_sets(InstanceArn=instance["InstanceArn"])["PermissionSets"]
    names = {
        sso.describe_permission_set(InstanceArn=instance["InstanceArn"], PermissionSetArn=arn)["PermissionSet"][
            "Name"
        ]: arn
        for arn in sets
    }
    assert {"AWSAdministratorAccess", "Auditor"} <= names.keys()
    assigned = sso.list_account_assignments(
        InstanceArn=instance["InstanceArn"], AccountId=account_id, PermissionSetArn=names["AWSAdministratorAccess"]
    )["AccountAssignments"]
    assert [(one["PrincipalType"], one["PrincipalId"]) for one in assigned] == [("USER", users[0]["UserId"])]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"PathId": "lpv2-missing"}, "Launch path lpv2-missing not found"),
        ({"ProvisioningArtifactId": "pa-missing"}, "pa-missing not found"),
        ({"ProductId": "prod-missing"}, "Product with id prod-missing not found"),
        ({"ProvisioningParameters": []}, "must have values"),
        ({"ProvisioningParameters": [{"Key": "Odd", "Value": "x"}]}, "[Odd] do not exist in the template"),
    ],
)
def test_a_wrong_provision_call_is_refused_at_once(aws: Emulated, change: dict[str, Any], text: str) -> None:
    """Before anything is made."""
    given = {**aws.product(), "ProvisionedProductName": "x", "ProvisionToken": "t", "ProvisioningParameters": []}
    assert text in refused(aws.client("servicecatalog").provision_product, **{**given, **change})[1]
    assert aws.sandbox.status()["provisioned_products"] == []


def test_a_malformed_address_is_refused_at_once(aws: Emulated) -> None:
    """The template's patterns."""
    unit = aws.unit("Workloads/Prod")
    code, text = refused(aws.provision, name="payments", unit=unit, AccountEmail="no address")
    assert (code, "AccountEmail" in text) == ("InvalidParametersException", True)


def test_a_product_under_change_is_left_alone(aws: Emulated) -> None:
    """Neither updated nor terminated; a token is answered with its record as long as the product is there."""
    aws.vended("payments", aws.unit("Workloads/Prod"))
    catalog = aws.client("servicecatalog")
    update = {**aws.product(), "ProvisionedProductName": "payments", "UpdateToken": "u"}
    first = catalog.update_provisioned_product(**update)["RecordDetail"]["RecordId"]
    assert catalog.update_provisioned_product(**update)["RecordDetail"]["RecordId"] == first
    assert "UNDER_CHANGE" in refused(catalog.update_provisioned_product, **{**update, "UpdateToken": "v"})[1]
    end = {"ProvisionedProductName": "payments", "TerminateToken": "t"}
    assert "UNDER_CHANGE" in refused(catalog.terminate_provisioned_product, **end)[1]
    aws.clock.advance(SECONDS)
    ended = catalog.terminate_provisioned_product(**end)["RecordDetail"]["RecordId"]
    assert catalog.terminate_provisioned_product(**end)["RecordDetail"]["RecordId"] == ended
    aws.clock.advance(SECONDS)
    assert refused(catalog.terminate_provisioned_product, **end)[0] == "ResourceNotFoundException"
