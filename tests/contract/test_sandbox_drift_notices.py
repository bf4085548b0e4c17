"""Control Tower's notices of drift, as whoever has subscribed to the audit account's topic gets them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from support.emulated import SECONDS, Emulated, emulated

pytestmark = pytest.mark.sandbox
TOPIC = "aws-controltower-AggregateSecurityNotifications"


class Subscriber:
    """A queue of the audit account behind the topic."""

    def __init__(self, aws: Emulated) -> None:
        accounts = aws.client("organizations").list_accounts()["Accounts"]
        audit = next(account["Id"] for account in accounts if account["Name"] == "Audit")
        inside = aws.execution(audit)
        self._sqs = aws.client("sqs", inside)
        self._url = self._sqs.create_queue(QueueName="drift")["QueueUrl"]
        topics = [topic["TopicArn"] for topic in aws.client("sns", inside).list_topics()["Topics"]]
        (arn,) = [topic for topic in topics if topic.endswith(TOPIC)]
        queue = f"arn:aws:sqs:eu-west-1:{audit}:drift"
        aws.client("sns", inside).subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue)

    def told(self) -> list[dict[str, Any]]:
        """The notices since it was asked last."""
        found = []
        while messages := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(json.loads(message["Body"])["Message"]))
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return found


@pytest.fixture
def aws() -> Iterator[Emulated]:
    with emulated() as world:
        yield world


def unit_id(aws: Emulated, path: str) -> str:
    return aws.unit(path).rpartition("(")[2].rstrip(")")


def test_an_account_moved_by_hand_is_told_of_once(aws: Emulated) -> None:
    """With both units; back in its place and moved again, it is news again."""
    account_id, subscriber = aws.vended("payments", aws.unit("Workloads/Prod")), Subscriber(aws)
    organizations = aws.client("organizations")
    prod, test = unit_id(aws, "Workloads/Prod"), unit_id(aws, "Workloads/Test")
    there = {"AccountId": account_id, "SourceParentId": prod, "DestinationParentId": test}
    back = {"AccountId": account_id, "SourceParentId": test, "DestinationParentId": prod}
    organizations.move_account(**there)
    (notice,) = subscriber.told()
    text = notice.pop("Message")
    assert text.startswith(
        "AWS Control Tower has detected that your member account "
        f"'aws+payments@example.com ({account_id})' has been moved from organizational unit 'Prod ({prod})' to "
        f"'Test ({test})'. "
    )
    assert notice == {
        "ManagementAccountId": "111111111111",
        "OrganizationId": aws.sandbox.organization_id,
        "DriftType": "ACCOUNT_MOVED_BETWEEN_OUS",
        "RemediationStep": "Update Account Factory Provisioned Product",
        "AccountId": account_id,
        "SourceId": prod,
        "DestinationId": test,
    }
    other = aws.created("other")
    root = organizations.list_roots()["Roots"][0]["Id"]
    organizations.move_account(AccountId=other, SourceParentId=root, DestinationParentId=test)
    assert subscriber.told() == []
    organizations.move_account(**back)
    organizations.move_account(**there)
    assert [one["DriftType"] for one in subscriber.told()] == ["ACCOUNT_MOVED_BETWEEN_OUS"]


def test_policies_units_and_accounts_that_go_are_told_of(aws: Emulated) -> None:
    """Each by its kind, with what identifies it."""
    account_id, subscriber = aws.vended("payments", aws.unit("Workloads/Prod")), Subscriber(aws)
    organizations, sandbox, prod = aws.client("organizations"), unit_id(aws, "Sandbox"), unit_id(aws, "Workloads/Prod")

    def policy(unit: str) -> str:
        found = organizations.list_policies_for_target(TargetId=unit, Filter="SERVICE_CONTROL_POLICY")["Policies"]
        return next(str(one["Id"]) for one in found if one["Name"].startswith("aws-guardrails-"))

    def kinds() -> list[tuple[str, ...]]:
        keys = ("OrganizationalUnitId", "PolicyId", "AccountId")
        return [(one["DriftType"], *(one[key] for key in keys if key in one)) for one in subscriber.told()]

    edited, detached = policy(prod), policy(sandbox)
    organizations.update_policy(PolicyId=edited, Content='{"Version": "2012-10-17", "Statement": []}')
    assert kinds() == [("SCP_UPDATED", prod, edited)]
    organizations.detach_policy(PolicyId=detached, TargetId=sandbox)
    assert kinds() == [("SCP_DETACHED_FROM_OU", sandbox, detached)]
    organizations.delete_organizational_unit(OrganizationalUnitId=sandbox)
    assert kinds() == [("ORGANIZATIONAL_UNIT_DELETED", sandbox)]
    organizations.remove_account_from_organization(AccountId=account_id)
    assert kinds() == [("ACCOUNT_REMOVED_FROM_ORGANIZATION", account_id)]
    aws.client("servicecatalog").terminate_provisioned_product(ProvisionedProductName="payments", TerminateToken="t")
    aws.clock.advance(SECONDS)
    found = aws.client("controltower").list_enabled_baselines(includeChildren=True)["enabledBaselines"]
    assert not any(one["targetIdentifier"].endswith(account_id) for one in found)


@pytest.mark.parametrize("settings", [{"auto_enrollment": True}, {"landing_zone_version": "4.0"}])
def test_with_auto_enrolment_and_since_4_0_no_notice_comes(settings: dict[str, Any]) -> None:
    """The first keeps still, the second tells EventBridge, in a form that no public source gives."""
    with emulated(**settings) as aws:
        account_id, subscriber = aws.vended("payments", aws.unit("Workloads/Prod")), Subscriber(aws)
        organizations = aws.client("organizations")
        root = organizations.list_roots()["Roots"][0]["Id"]
        source = unit_id(aws, "Workloads/Prod")
        organizations.move_account(AccountId=account_id, SourceParentId=source, DestinationParentId=root)
        assert subscriber.told() == []
