"""Lifecycle events reach whoever has a rule for them, in the shape that the Control Tower user guide gives."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from support.emulated import SECONDS, Emulated, emulated

pytestmark = pytest.mark.sandbox
PATTERN = {"source": ["aws.controltower"], "detail-type": ["AWS Service Event via CloudTrail"]}


class Listener:
    """A queue behind a rule on the default bus."""

    def __init__(self, aws: Emulated, name: str = "all", pattern: dict[str, Any] | None = None, **target: Any) -> None:
        self._sqs = aws.client("sqs")
        self.url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        self.arn = f"arn:aws:sqs:eu-west-1:111111111111:{name}"
        events = aws.client("events")
        events.put_rule(Name=name, EventPattern=json.dumps(pattern or PATTERN))
        events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": self.arn, **target}])

    def heard(self) -> list[dict[str, Any]]:
        """What has come since it was asked last."""
        found = []
        while messages := self._sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def names(self) -> list[str]:
        return [event["detail"]["eventName"] for event in self.heard()]


@pytest.fixture(scope="module")
def aws() -> Iterator[Emulated]:
    with emulated() as world:
        yield world


@pytest.fixture(scope="module")
def listener(aws: Emulated) -> Listener:
    return Listener(aws)


def details(event: dict[str, Any]) -> dict[str, Any]:
    (found,) = event["detail"]["serviceEventDetails"].values()
    return dict(found)


def unit(aws: Emulated, path: str) -> tuple[str, str]:
    name, _, unit_id = aws.unit(path).rstrip(")").partition(" (")
    return name, unit_id


def test_a_new_account_is_told_of_in_the_documented_shape(aws: Emulated, listener: Listener) -> None:
    """Envelope and detail; the times are those of the record."""
    account_id = aws.vended("fresh", aws.unit("Workloads/Prod"))
    (event,) = listener.heard()
    detail = event.pop("detail")
    assert event.pop("id")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event.pop("time"))
    assert event == {
        "version": "0",
        "detail-type": "AWS Service Event via CloudTrail",
        "source": "aws.controltower",
        "account": "111111111111",
        "region": "eu-west-1",
        "resources": [],
    }
    status = detail.pop("serviceEventDetails")["createManagedAccountStatus"]
    assert detail.pop("eventID")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", detail.pop("eventTime"))
    assert detail == {
        "eventVersion": "1.08",
        "userIdentity": {"accountId": "111111111111", "invokedBy": "AWS Internal"},
        "eventSource": "controltower.amazonaws.com",
        "eventName": "CreateManagedAccount",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "AWS Internal",
        "userAgent": "AWS Internal",
        "readOnly": False,
        "eventType": "AwsServiceEvent",
    }
    name, unit_id = unit(aws, "Workloads/Prod")
    times = status.pop("requestedTimestamp"), status.pop("completedTimestamp")
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000", time) for time in times)
    assert times[0] < times[1]
    assert status == {
        "organizationalUnit": {"organizationalUnitName": name, "organizationalUnitId": unit_id},
        "account": {"accountName": "fresh", "accountId": account_id},
        "state": "SUCCEEDED",
        "message": "AWS Control Tower successfully created a managed account.",
    }


def test_an_account_that_cannot_be_made_has_no_id(aws: Emulated, listener: Listener) -> None:
    """State FAILED, with the text that the product has too."""
    aws.provision("nowhere", unit="Nowhere")
    aws.clock.advance(SECONDS)
    (event,) = listener.heard()
    assert event["detail"]["eventName"] == "CreateManagedAccount"
    said = details(event)
    assert (said["state"], said["account"]) == ("FAILED", {"accountName": "nowhere"})
    assert said["message"] in aws.described("nowhere")["StatusMessage"]


def test_updates_are_told_of_too(aws: Emulated, listener: Listener) -> None:
    """Done and failed; an enrolment is one, and unmanaging has no event."""
    catalog, product = aws.client("servicecatalog"), aws.product()
    aws.vended("moving", aws.unit("Workloads/Prod"))
    old = aws.created("aws+old")
    assert aws.vended("old", aws.unit("Sandbox")) == old
    listener.heard()
    for token, target in (("a", aws.unit("Workloads/Test")), ("b", "Nowhere")):
        parameter = {"Key": "ManagedOrganizationalUnit", "Value": target}
        catalog.update_provisioned_product(
            **product, ProvisionedProductName="moving", UpdateToken=token, ProvisioningParameters=[parameter]
        )
        aws.clock.advance(SECONDS)
    done, failed = listener.heard()
    assert {event["detail"]["eventName"] for event in (done, failed)} == {"UpdateManagedAccount"}
    assert (details(done)["state"], details(failed)["state"]) == ("SUCCEEDED", "FAILED")
    assert details(done)["organizationalUnit"]["organizationalUnitName"] == "Test"
    assert details(failed)["account"] == details(done)["account"]
    catalog.terminate_provisioned_product(ProvisionedProductName="old", TerminateToken="t")
    aws.clock.advance(SECONDS)
    assert listener.heard() == []


def test_enrolling_an_account_updates_it(aws: Emulated, listener: Listener) -> None:
    """It was there before; its product is new."""
    listener.heard()
    aws.created("aws+there")
    aws.vended("there", aws.unit("Sandbox"))
    assert listener.names() == ["UpdateManagedAccount"]


def test_units_and_controls_are_told_of(aws: Emulated, listener: Listener) -> None:
    """Register, enable and disable a control, deregister; baselines say their status instead of a state."""
    tower, organizations = aws.client("controltower"), aws.client("organizations")
    root = organizations.list_roots()["Roots"][0]["Id"]
    late = organizations.create_organizational_unit(ParentId=root, Name="Late")["OrganizationalUnit"]
    made = tower.enable_baseline(**aws.registration(late["Arn"]))
    aws.clock.advance(SECONDS)
    registered, enabled = listener.heard()
    assert registered["detail"]["eventName"] == "RegisterOrganizationalUnit"
    assert details(registered)["message"] == "AWS Control Tower successfully registered an organizational unit."
    assert list(enabled["detail"]["serviceEventDetails"]) == ["enableBaselineStatus"]
    baseline = details(enabled)["enabledBaselineDetails"]
    assert baseline["statusSummary"]["status"] == "SUCCEEDED"
    assert (baseline["arn"], baseline["targetIdentifier"]) == (made["arn"], late["Arn"])
    control = "arn:aws:controltower:eu-west-1::control/AWS-GR_RESTRICT_ROOT_USER"
    on = tower.enable_control(controlIdentifier=control, targetIdentifier=late["Arn"])
    aws.clock.advance(SECONDS)
    tower.disable_control(enabledControlIdentifier=on["arn"])
    aws.clock.advance(SECONDS)
    for event, name in zip(listener.heard(), ("EnableGuardrail", "DisableGuardrail"), strict=True):
        assert event["detail"]["eventName"] == name
        said = details(event)
        assert said["guardrails"] == [{"guardrailId": "AWS-GR_RESTRICT_ROOT_USER", "guardrailBehavior": "PREVENTIVE"}]
        assert said["organizationalUnits"] == [{"organizationalUnitName": "Late", "organizationalUnitId": late["Id"]}]
        assert "requestTimestamp" in said
    tower.disable_baseline(enabledBaselineIdentifier=made["arn"])
    aws.clock.advance(SECONDS)
    assert listener.names() == ["DeregisterOrganizationalUnit", "DisableBaseline"]


def test_failed_prechecks_are_told_of_by_account(aws: Emulated, listener: Listener) -> None:
    """A unit with such an account is not registered; its baseline stays listed as FAILED."""
    tower, organizations = aws.client("controltower"), aws.client("organizations")
    root = organizations.list_roots()["Roots"][0]["Id"]
    blocked = organizations.create_organizational_unit(ParentId=root, Name="Blocked")["OrganizationalUnit"]
    account_id = aws.created("recorded")
    config = aws.client("config", aws.execution(account_id))
    role = f"arn:aws:iam::{account_id}:role/config"
    config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role})
    organizations.move_account(AccountId=account_id, SourceParentId=root, DestinationParentId=blocked["Id"])
    listener.heard()
    made = tower.enable_baseline(**aws.registration(blocked["Arn"]))
    aws.clock.advance(SECONDS)
    prechecks, enabled = listener.heard()
    assert prechecks["detail"]["eventName"] == "PrecheckOrganizationalUnit"
    said = details(prechecks)
    assert (said["state"], said["organizationalUnit"]["failedPrechecks"]) == ("FAILED", [])
    assert said["message"].startswith("AWS Control Tower failed to register an organizational unit due to pre-check")
    assert said["accounts"] == [
        {"accountName": "recorded", "accountId": account_id, "failedPrechecks": ["CONFIG_RECORDER_CHECK"]}
    ]
    assert details(enabled)["enabledBaselineDetails"]["statusSummary"]["status"] == "FAILED"
    operation = tower.get_baseline_operation(operationIdentifier=made["operationIdentifier"])["baselineOperation"]
    assert (operation["status"], "CONFIG_RECORDER_CHECK" in operation["statusMessage"]) == ("FAILED", True)
    listed = tower.list_enabled_baselines(filter={"statuses": ["FAILED"]})["enabledBaselines"]
    assert [one["arn"] for one in listed] == [made["arn"]]
    config.delete_configuration_recorder(ConfigurationRecorderName="default")
    tower.reset_enabled_baseline(enabledBaselineIdentifier=made["arn"])
    aws.clock.advance(SECONDS)
    assert listener.names() == ["RegisterOrganizationalUnit", "ResetEnabledBaseline"]


def test_a_landing_zone_is_told_of(aws: Emulated, listener: Listener) -> None:
    """With its units and accounts."""
    tower = aws.client("controltower")
    arn = {"landingZoneIdentifier": tower.list_landing_zones()["landingZones"][0]["arn"]}
    listener.heard()
    tower.update_landing_zone(**arn, version="4.0")
    aws.clock.advance(SECONDS)
    (event,) = listener.heard()
    assert event["detail"]["eventName"] == "UpdateLandingZone"
    said = details(event)
    assert {"Security", "Prod"} <= {one["organizationalUnitName"] for one in said["organizationalUnits"]}
    assert {"Management", "Log Archive", "Audit"} <= {one["accountName"] for one in said["accounts"]}


def test_targets_get_what_they_ask_for(aws: Emulated) -> None:
    """A topic, a log group, another bus, a constant, a path, a template; what cannot be delivered is lost."""
    sns, logs, events = aws.client("sns"), aws.client("logs"), aws.client("events")
    failed = {**PATTERN, "detail": {"serviceEventDetails": {"createManagedAccountStatus": {"state": ["FAILED"]}}}}
    constant = Listener(aws, "constant", failed, Input='{"hello": "world"}')
    path = Listener(aws, "path", failed, InputPath="$.detail.eventName")
    name = "$.detail.serviceEventDetails.createManagedAccountStatus.account.accountName"
    template = Listener(
        aws,
        "template",
        failed,
        InputTransformer={"InputPathsMap": {"name": name}, "InputTemplate": '{"text": "<name> failed"}'},
    )
    behind = aws.client("sqs").create_queue(QueueName="behind")["QueueUrl"]
    topic = sns.create_topic(Name="told")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:eu-west-1:111111111111:behind")
    logs.create_log_group(logGroupName="/events/tower")
    events.create_event_bus(Name="other")
    bus = "arn:aws:events:eu-west-1:111111111111:event-bus/other"
    group = "arn:aws:logs:eu-west-1:111111111111:log-group:/events/tower"
    missing = "arn:aws:sqs:eu-west-1:111111111111:missing"
    events.put_rule(Name="more", EventPattern=json.dumps(failed))
    targets = {"missing": missing, "topic": topic, "group": group, "bus": bus}
    events.put_targets(Rule="more", Targets=[{"Id": key, "Arn": arn} for key, arn in targets.items()])
    events.put_rule(Name="far", EventBusName="other", EventPattern=json.dumps(PATTERN))
    far = aws.client("sqs").create_queue(QueueName="far")["QueueUrl"]
    queue = {"Id": "queue", "Arn": "arn:aws:sqs:eu-west-1:111111111111:far"}
    events.put_targets(Rule="far", EventBusName="other", Targets=[queue])
    events.put_rule(Name="off", EventPattern=json.dumps(failed), State="DISABLED")
    events.put_targets(Rule="off", Targets=[{"Id": "queue", "Arn": "arn:aws:sqs:eu-west-1:111111111111:constant"}])
    aws.clock.advance(SECONDS)  # whichever test ran before may have registered a unit: the product is made anew then
    aws.provision("unlucky", unit="Nowhere")
    aws.clock.advance(SECONDS)
    assert aws.described("unlucky")["Status"] == "ERROR"
    assert (constant.heard(), path.heard()) == ([{"hello": "world"}], ["CreateManagedAccount"])
    assert template.heard() == [{"text": "unlucky failed"}]

    def body(url: str) -> dict[str, Any]:
        (message,) = aws.client("sqs").receive_message(QueueUrl=url)["Messages"]
        return dict(json.loads(message["Body"]))

    assert json.loads(body(behind)["Message"])["detail"]["eventName"] == "CreateManagedAccount"
    assert body(far)["account"] == "111111111111"
    streams = logs.describe_log_streams(logGroupName="/events/tower")["logStreams"]
    got = logs.get_log_events(logGroupName="/events/tower", logStreamName=streams[0]["logStreamName"])["events"]
    assert json.loads(got[0]["message"])["source"] == "aws.controltower"
