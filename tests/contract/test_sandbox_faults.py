"""What boto3 sees of each kind of fault, and what the emulated AWS has really done."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from support.emulated import SECONDS, Emulated, emulated
from vend.sandbox import Fault, Sandbox, SandboxConfig

pytestmark = pytest.mark.sandbox
IN_PROGRESS = (
    "Account Factory cannot complete an operation on this account, because another AWS Control Tower operation is in "
    "progress. Try again later."
)
STACK_SETS = (
    "AWS Control Tower failed to deploy one or more stack set instances: StackSet Id: "
    "AWSControlTowerBP-VPC-ACCOUNT-FACTORY-V1"
)


@pytest.fixture
def aws() -> Iterator[Emulated]:
    with emulated() as world:
        yield world


@pytest.fixture
def prod(aws: Emulated) -> str:
    return aws.unit("Workloads/Prod")


def add(aws: Emulated, operation: str, kind: Any, **more: Any) -> str:
    return aws.sandbox.faults.add(Fault(operation=operation, kind=kind, **more)).id


def refused(call: Any, **arguments: Any) -> tuple[str, str, int]:
    """Code, text and HTTP status."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    response = caught.value.response
    return response["Error"]["Code"], response["Error"]["Message"], response["ResponseMetadata"]["HTTPStatusCode"]


def account_ids(aws: Emulated, name: str) -> list[str]:
    listed = aws.client("organizations").list_accounts()["Accounts"]
    return [account["Id"] for account in listed if account["Email"] == f"aws+{name}@example.com"]


def last_call(aws: Emulated, operation: str) -> dict[str, Any]:
    return next(c for c in reversed(aws.sandbox.status()["last_calls"]) if c["operation"] == operation)


def test_error_ends_the_work_before_there_is_an_account(aws: Emulated, prod: str) -> None:
    """The call answers CREATED; a tenth of the time later the product is ERROR, with the text that was asked for."""
    add(aws, "ProvisionProduct", "error", message="no more", code="InternalFailure")
    made = aws.provision("payments", unit=prod)
    assert (made["Status"], aws.described("payments")["Status"]) == ("CREATED", "UNDER_CHANGE")
    aws.clock.advance(SECONDS * 0.2)
    detail = aws.described("payments")
    assert (detail["Status"], detail["StatusMessage"]) == ("ERROR", "InternalFailure  no more")
    failed = aws.client("servicecatalog").describe_record(Id=made["RecordId"])["RecordDetail"]
    assert failed["Status"] == "FAILED"
    assert failed["RecordErrors"] == [{"Code": "InternalFailure", "Description": "no more"}]
    assert account_ids(aws, "payments") == []


def test_error_at_the_end_leaves_an_account_half_made(aws: Emulated, prod: str) -> None:
    """Account and role are there, below the root and not enrolled; the product is ERROR."""
    add(aws, "ProvisionProduct", "error", at="end")
    aws.provision("payments", unit=prod)
    aws.clock.advance(SECONDS)
    detail = aws.described("payments")
    assert (detail["Status"], detail["StatusMessage"]) == ("ERROR", f"InvalidParametersException  {STACK_SETS}")
    (account_id,) = account_ids(aws, "payments")
    assert aws.client("organizations").list_parents(ChildId=account_id)["Parents"][0]["Type"] == "ROOT"
    assert aws.execution(account_id)


def test_error_of_an_update_leaves_what_was(aws: Emulated, prod: str) -> None:
    """A product that was provisioned before becomes TAINTED, and its account stays where it was."""
    account_id = aws.vended("payments", prod)
    add(aws, "UpdateProvisionedProduct", "error")
    aws.client("servicecatalog").update_provisioned_product(
        **aws.product(),
        ProvisionedProductName="payments",
        UpdateToken="u",
        ProvisioningParameters=[{"Key": "ManagedOrganizationalUnit", "Value": aws.unit("Workloads/Test")}],
    )
    aws.clock.advance(SECONDS)
    assert aws.described("payments")["Status"] == "TAINTED"
    assert prod.endswith(f"({aws.client('organizations').list_parents(ChildId=account_id)['Parents'][0]['Id']})")


def test_error_of_a_termination_keeps_the_account_managed(aws: Emulated, prod: str) -> None:
    """The product is there still, TAINTED."""
    account_id = aws.vended("payments", prod)
    add(aws, "TerminateProvisionedProduct", "error", at="end")
    aws.client("servicecatalog").terminate_provisioned_product(ProvisionedProductName="payments", TerminateToken="t")
    aws.clock.advance(SECONDS)
    assert aws.described("payments")["Status"] == "TAINTED"
    assert prod.endswith(f"({aws.client('organizations').list_parents(ChildId=account_id)['Parents'][0]['Id']})")


def test_tainted_does_the_work_and_spoils_its_end(aws: Emulated, prod: str) -> None:
    """The account is in its unit with its user, the product TAINTED and never successful."""
    add(aws, "ProvisionProduct", "tainted")
    made = aws.provision("payments", unit=prod)
    aws.clock.advance(SECONDS)
    detail = aws.described("payments")
    assert (detail["Status"], detail["StatusMessage"]) == ("TAINTED", f"InvalidParametersException  {STACK_SETS}")
    assert "LastSuccessfulProvisioningRecordId" not in detail
    (account_id,) = account_ids(aws, "payments")
    assert prod.endswith(f"({aws.client('organizations').list_parents(ChildId=account_id)['Parents'][0]['Id']})")
    record = aws.client("servicecatalog").describe_record(Id=made["RecordId"])
    assert (record["RecordDetail"]["Status"], record["RecordOutputs"]) == ("FAILED", [])


def test_tainted_of_an_update_moves_the_account(aws: Emulated, prod: str) -> None:
    """What was asked for is done, and the product TAINTED; the next update mends it."""
    account_id, test = aws.vended("payments", prod), aws.unit("Workloads/Test")
    add(aws, "UpdateProvisionedProduct", "tainted", account=account_id)
    catalog = aws.client("servicecatalog")
    for token, status in (("u", "TAINTED"), ("v", "AVAILABLE")):
        catalog.update_provisioned_product(
            **aws.product(),
            ProvisionedProductName="payments",
            UpdateToken=token,
            ProvisioningParameters=[{"Key": "ManagedOrganizationalUnit", "Value": test}],
        )
        aws.clock.advance(SECONDS)
        assert aws.described("payments")["Status"] == status
        assert test.endswith(f"({aws.client('organizations').list_parents(ChildId=account_id)['Parents'][0]['Id']})")


@pytest.mark.parametrize(("at", "accounts"), [("start", 0), ("end", 1)])
def test_timeout_keeps_a_product_under_change_until_it_is_cleared(
    aws: Emulated, prod: str, at: Any, accounts: int
) -> None:
    """It takes a slot all the while; cleared, the rest of the work takes the time that it has left."""
    fault_id = add(aws, "ProvisionProduct", "timeout", at=at)
    aws.provision("payments", unit=prod)
    aws.clock.advance(SECONDS * 50)
    assert aws.described("payments")["Status"] == "UNDER_CHANGE"
    assert len(account_ids(aws, "payments")) == accounts
    aws.sandbox.faults.clear(fault_id)
    left = 0.9 if at == "start" else 0.0
    aws.clock.advance(SECONDS * left * 0.99)
    assert aws.described("payments")["Status"] == ("UNDER_CHANGE" if left else "AVAILABLE")
    aws.clock.advance(SECONDS * left * 0.02)
    assert aws.described("payments")["Status"] == "AVAILABLE"


def test_a_timeout_that_is_cleared_in_time_delays_nothing(aws: Emulated, prod: str) -> None:
    """The work has not come to where it would have been held."""
    fault_id = add(aws, "ProvisionProduct", "timeout", at="end")
    aws.provision("payments", unit=prod)
    aws.sandbox.faults.clear(fault_id)
    aws.clock.advance(SECONDS)
    assert aws.described("payments")["Status"] == "AVAILABLE"


def test_timeout_of_a_call_is_silence(aws: Emulated) -> None:
    """The client's patience ends; cleared, the connection of one who still waits is closed; nothing was done."""
    add(aws, "organizations:CreateOrganizationalUnit", "timeout", times=2)
    root = aws.client("organizations").list_roots()["Roots"][0]["Id"]
    hasty = aws.direct("organizations", read_timeout=0.3)
    with pytest.raises(ReadTimeoutError):
        hasty.create_organizational_unit(ParentId=root, Name="Late")
    caught: list[Exception] = []

    def wait() -> None:
        try:
            aws.direct("organizations").create_organizational_unit(ParentId=root, Name="Late")
        except ConnectionClosedError as error:
            caught.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    until = time.monotonic() + 20
    while aws.sandbox.faults.list()[0].remaining and time.monotonic() < until:
        time.sleep(0.01)
    others = aws.client("organizations").list_organizational_units_for_parent(ParentId=root)["OrganizationalUnits"]
    assert "Late" not in {unit["Name"] for unit in others}
    aws.sandbox.faults.clear()
    thread.join(20)
    assert len(caught) == 1
    assert last_call(aws, "organizations:CreateOrganizationalUnit")["outcome"] == "no answer"


def test_in_use_is_told_later(aws: Emulated, prod: str) -> None:
    """AWS's own text in a product that is ERROR; on request the call itself is refused."""
    add(aws, "ProvisionProduct", "in-use", account="Payments Prod")
    made = aws.provision("payments", unit=prod, AccountName="Payments Prod")
    aws.clock.advance(SECONDS * 0.2)
    detail = aws.described("payments")
    assert (made["Status"], detail["Status"]) == ("CREATED", "ERROR")
    assert detail["StatusMessage"] == f"ResourceInUseException  {IN_PROGRESS}"
    add(aws, "ProvisionProduct", "in-use", at="call")
    assert refused(aws.provision, name="other", unit=prod)[:2] == ("ResourceInUseException", IN_PROGRESS)
    assert aws.provision("other", unit=prod)["Status"] == "CREATED"


def test_crash_after_does_the_work_and_loses_the_answer(aws: Emulated, prod: str) -> None:
    """The caller sees a closed connection; the product is made, and the same token gives its record."""
    add(aws, "ProvisionProduct", "crash-after")
    arguments = {
        **aws.product(),
        "ProvisionedProductName": "payments",
        "ProvisionToken": "once",
        "ProvisioningParameters": [
            {"Key": "AccountName", "Value": "payments"},
            {"Key": "AccountEmail", "Value": "aws+payments@example.com"},
            {"Key": "SSOUserEmail", "Value": "grace@example.com"},
            {"Key": "SSOUserFirstName", "Value": "Grace"},
            {"Key": "SSOUserLastName", "Value": "Hopper"},
            {"Key": "ManagedOrganizationalUnit", "Value": prod},
        ],
    }
    catalog = aws.direct("servicecatalog")
    with pytest.raises(ConnectionClosedError):
        catalog.provision_product(**arguments)
    assert last_call(aws, "servicecatalog:ProvisionProduct")["outcome"] == "no answer"
    record_id = aws.described("payments")["LastRecordId"]
    assert catalog.provision_product(**arguments)["RecordDetail"]["RecordId"] == record_id
    again = {**arguments, "ProvisionToken": "twice"}
    assert refused(catalog.provision_product, **again)[1] == "A stack named payments already exists."
    aws.clock.advance(SECONDS)
    assert len(account_ids(aws, "payments")) == 1


def test_crash_after_is_unseen_by_an_sdk_that_tries_again(aws: Emulated) -> None:
    """The second attempt is answered; where an operation is done once only, it hears that."""
    add(aws, "organizations:ListRoots", "crash-after")
    answer = aws.direct("organizations", attempts=3).list_roots()
    assert answer["ResponseMetadata"]["RetryAttempts"] == 1
    add(aws, "CreateOrganizationalUnit", "crash-after")
    create = aws.direct("organizations", attempts=3).create_organizational_unit
    root = answer["Roots"][0]["Id"]
    assert refused(create, ParentId=root, Name="Once")[0] == "DuplicateOrganizationalUnitException"


def test_slow_takes_longer(aws: Emulated, prod: str) -> None:
    """An account operation by its clock, any other call by ours; others are not held up meanwhile."""
    add(aws, "ProvisionProduct", "slow", seconds=50)
    aws.provision("payments", unit=prod)
    aws.clock.advance(SECONDS)
    assert aws.described("payments")["Status"] == "UNDER_CHANGE"
    aws.clock.advance(50)
    assert aws.described("payments")["Status"] == "AVAILABLE"
    fault_id = add(aws, "organizations:ListRoots", "slow", seconds=3600)
    done = threading.Event()
    thread = threading.Thread(target=lambda: (aws.client("organizations").list_roots(), done.set()))
    thread.start()
    until = time.monotonic() + 20
    while aws.sandbox.faults.list()[-1].remaining and time.monotonic() < until:
        time.sleep(0.01)
    aws.client("sts").get_caller_identity()
    assert not done.is_set()
    aws.sandbox.faults.clear(fault_id)
    thread.join(20)
    assert done.is_set()


@pytest.mark.parametrize(
    "name", ["payments", "Payments Prod", "AWS+payments@example.com", "the id", "the product's id"]
)
def test_an_account_is_known_by_every_name(aws: Emulated, prod: str, name: str) -> None:
    """Product name, account name, email, account id, product id: whichever the fault and the call use."""
    aws.provision("payments", unit=prod, AccountName="Payments Prod")
    aws.vended("search", prod)
    (account_id,) = account_ids(aws, "payments")
    named = {"the id": account_id, "the product's id": aws.described("payments")["Id"]}.get(name, name)
    for operation in ("DescribeProvisionedProduct", "ListParents", "sts:AssumeRole", "ssm:DescribeParameters"):
        add(aws, operation, "throttle", account=named, times=0)
    search = next(account_id for account_id in account_ids(aws, "search"))
    inside, other = ({}, aws.execution(search))
    assert aws.described("search")["Name"] == "search"
    aws.client("organizations").list_parents(ChildId=search)
    aws.client("ssm", other).describe_parameters()
    with pytest.raises(ClientError, match="Rate exceeded"):
        aws.described("payments")
    assert refused(aws.client("organizations").list_parents, ChildId=account_id)[0] == "TooManyRequestsException"
    with pytest.raises(ClientError, match="Throttling"):
        aws.execution(account_id)
    aws.sandbox.faults.clear(*[f.id for f in aws.sandbox.faults.list() if f.fault.operation == "sts:AssumeRole"])
    inside = aws.execution(account_id)
    assert refused(aws.client("ssm", inside).describe_parameters)[0] == "ThrottlingException"


def test_a_call_that_is_refused_uses_no_fault_of_the_work_up(aws: Emulated, prod: str) -> None:
    """Faults of account operations strike what was accepted: no refusal, no repeated token."""
    aws.vended("payments", prod)
    add(aws, "ProvisionProduct", "error")
    refused(aws.provision, name="payments", unit=prod, token="other")
    aws.provision("payments", unit=prod, token="token-payments")
    assert aws.sandbox.faults.list()[0].used == 0
    aws.provision("search", unit=prod)
    assert aws.sandbox.faults.list()[0].used == 1


def test_faults_are_there_from_the_start_and_end_with_the_sandbox() -> None:
    """From the configuration; a call that hangs does not keep the sandbox from ending."""
    config = SandboxConfig(faults=(Fault(operation="organizations:ListRoots", kind="timeout", times=0),))
    with Sandbox(config) as sandbox:
        aws = Emulated(sandbox, lambda: 0.0)  # type: ignore[arg-type]  # nothing moves this clock
        caught: list[Exception] = []

        def wait() -> None:
            try:
                aws.direct("organizations").list_roots()
            except ConnectionClosedError as error:
                caught.append(error)

        thread = threading.Thread(target=wait)
        thread.start()
        until = time.monotonic() + 20
        while sandbox.faults.list()[0].used == 0 and time.monotonic() < until:
            time.sleep(0.01)
    thread.join(20)
    assert len(caught) == 1
