"""What an account looks like under Control Tower, from inside, and what is left of that when it leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.emulated import SECONDS, Emulated, emulated

pytestmark = pytest.mark.sandbox
REGIONS = ("eu-west-1", "us-east-1")


@pytest.fixture(scope="module")
def aws() -> Iterator[Emulated]:
    with emulated(governed_regions=("us-east-1",)) as world:
        yield world


@pytest.fixture(scope="module")
def account_id(aws: Emulated) -> str:
    return aws.vended("inside", aws.unit("Workloads/Prod"))


def shared(aws: Emulated) -> dict[str, str]:
    accounts = aws.client("organizations").list_accounts()["Accounts"]
    return {account["Name"]: account["Id"] for account in accounts}


def roles(aws: Emulated, credentials: dict[str, Any] | None) -> dict[str, dict[str, Any]]:
    return {role["RoleName"]: role for role in aws.client("iam", credentials).list_roles()["Roles"]}


def trusted(role: dict[str, Any]) -> dict[str, str]:
    document = role["AssumeRolePolicyDocument"]
    found = document if isinstance(document, dict) else json.loads(document)
    return dict(found["Statement"][0]["Principal"])


def test_the_roles_trust_who_they_should(aws: Emulated, account_id: str) -> None:
    """Execution trusts management, the others audit's roles and services."""
    found = roles(aws, aws.execution(account_id))
    audit = shared(aws)["Audit"]
    assert trusted(found["AWSControlTowerExecution"]) == {"AWS": "arn:aws:iam::111111111111:root"}
    assert trusted(found["aws-controltower-AdministratorExecutionRole"]) == {
        "AWS": f"arn:aws:iam::{audit}:role/aws-controltower-AuditAdministratorRole"
    }
    assert trusted(found["aws-controltower-ReadOnlyExecutionRole"]) == {
        "AWS": f"arn:aws:iam::{audit}:role/aws-controltower-AuditReadOnlyRole"
    }
    assert trusted(found["aws-controltower-ForwardSnsNotificationRole"]) == {"Service": "lambda.amazonaws.com"}
    iam = aws.client("iam", aws.execution(account_id))
    attached = iam.list_attached_role_policies(RoleName="aws-controltower-AdministratorExecutionRole")
    assert [policy["PolicyName"] for policy in attached["AttachedPolicies"]] == ["AdministratorAccess"]


def test_identity_centers_roles_follow_the_assignments(aws: Emulated, account_id: str) -> None:
    """One for each permission set that somebody has on the account, and gone with the assignment."""
    sso, execution = aws.client("sso-admin"), aws.execution(account_id)

    def reserved() -> set[str]:
        return {name.rpartition("_")[0] for name in roles(aws, execution) if name.startswith("AWSReservedSSO_")}

    by_control_tower = {
        "AWSReservedSSO_AWSAdministratorAccess",
        "AWSReservedSSO_AWSOrganizationsFullAccess",
        "AWSReservedSSO_AWSPowerUserAccess",
        "AWSReservedSSO_AWSReadOnlyAccess",
    }
    assert reserved() == by_control_tower
    instance = sso.list_instances()["Instances"][0]
    sets = sso.list_permission_sets(InstanceArn=instance["InstanceArn"], MaxResults=100)["PermissionSets"]
    described = [
        sso.describe_permission_set(InstanceArn=instance["InstanceArn"], PermissionSetArn=arn)["PermissionSet"]
        for arn in sets
    ]
    auditor = next(one["PermissionSetArn"] for one in described if one["Name"] == "Auditor")
    store = aws.client("identitystore")
    groups = store.list_groups(IdentityStoreId=instance["IdentityStoreId"])["Groups"]
    assignment = {
        "InstanceArn": instance["InstanceArn"],
        "TargetId": account_id,
        "TargetType": "AWS_ACCOUNT",
        "PermissionSetArn": auditor,
        "PrincipalType": "GROUP",
        "PrincipalId": next(one["GroupId"] for one in groups if one["DisplayName"] == "PlatformAdmins"),
    }
    sso.create_account_assignment(**assignment)
    assert reserved() == {*by_control_tower, "AWSReservedSSO_Auditor"}
    sso.delete_account_assignment(**assignment)
    assert reserved() == by_control_tower


@pytest.mark.parametrize("region", REGIONS)
def test_config_records_in_every_governed_region(aws: Emulated, account_id: str, region: str) -> None:
    """Recorder, delivery channel into the log archive, authorization of the audit account's aggregator."""
    config = aws.client("config", aws.execution(account_id), region)
    (recorder,) = config.describe_configuration_recorders()["ConfigurationRecorders"]
    assert recorder["name"] == "aws-controltower-BaselineConfigRecorder"
    assert recorder["recordingGroup"]["includeGlobalResourceTypes"] is (region == "eu-west-1")
    (status,) = config.describe_configuration_recorder_status()["ConfigurationRecordersStatus"]
    assert status["recording"] is True
    (channel,) = config.describe_delivery_channels()["DeliveryChannels"]
    archive, audit = shared(aws)["Log Archive"], shared(aws)["Audit"]
    assert channel == {
        "name": "aws-controltower-BaselineConfigDeliveryChannel",
        "s3BucketName": f"aws-controltower-logs-{archive}-eu-west-1",
        "s3KeyPrefix": aws.sandbox.organization_id,
        "snsTopicARN": f"arn:aws:sns:{region}:{audit}:aws-controltower-AllConfigNotifications",
        "configSnapshotDeliveryProperties": {"deliveryFrequency": "TwentyFour_Hours"},
    }
    (authorization,) = config.describe_aggregation_authorizations()["AggregationAuthorizations"]
    assert (authorization["AuthorizedAccountId"], authorization["AuthorizedAwsRegion"]) == (audit, "eu-west-1")


def test_notifications_have_their_topic_log_group_and_rules(aws: Emulated, account_id: str) -> None:
    """In the second governed Region as in the first; in no other."""
    execution = aws.execution(account_id)
    for region in REGIONS:
        topics = aws.client("sns", execution, region).list_topics()["Topics"]
        assert [topic["TopicArn"].rpartition(":")[2] for topic in topics] == ["aws-controltower-SecurityNotifications"]
        (group,) = aws.client("logs", execution, region).describe_log_groups()["logGroups"]
        assert group["logGroupName"] == "/aws/lambda/aws-controltower-NotificationForwarder"
        assert group["retentionInDays"] == 14
        rules = {rule["Name"]: rule for rule in aws.client("events", execution, region).list_rules()["Rules"]}
        assert rules.keys() == {"AWSControlTowerManagedRule", "aws-controltower-ConfigComplianceChangeEventRule"}
    assert aws.client("sns", execution, "eu-central-1").list_topics()["Topics"] == []


def test_a_new_account_has_no_default_vpc_where_control_tower_governs(aws: Emulated, account_id: str) -> None:
    """Elsewhere it has; an account that was enrolled keeps its own."""

    def vpcs(account: str, region: str) -> int:
        return len(aws.client("ec2", aws.execution(account), region).describe_vpcs()["Vpcs"])

    assert [vpcs(account_id, region) for region in (*REGIONS, "eu-central-1")] == [0, 0, 1]
    aws.created("aws+enrolled")
    assert vpcs(aws.vended("enrolled", aws.unit("Sandbox")), "eu-west-1") == 1


def test_the_shared_accounts_hold_what_all_use(aws: Emulated) -> None:
    """Log buckets in the archive; audit's roles and topics; the trail and Control Tower's own roles in management."""
    ids = shared(aws)
    archive, audit = aws.execution(ids["Log Archive"]), aws.execution(ids["Audit"])
    buckets = {bucket["Name"] for bucket in aws.client("s3", archive).list_buckets()["Buckets"]}
    assert buckets == {
        f"aws-controltower-logs-{ids['Log Archive']}-eu-west-1",
        f"aws-controltower-s3-access-logs-{ids['Log Archive']}-eu-west-1",
    }
    assert {"aws-controltower-AuditAdministratorRole", "aws-controltower-AuditReadOnlyRole"} <= roles(aws, audit).keys()
    topics = {topic["TopicArn"].rpartition(":")[2] for topic in aws.client("sns", audit).list_topics()["Topics"]}
    assert {"aws-controltower-AggregateSecurityNotifications", "aws-controltower-AllConfigNotifications"} <= topics
    own = {name for name, role in roles(aws, None).items() if role["Path"] == "/service-role/"}
    assert own == {
        "AWSControlTowerAdmin",
        "AWSControlTowerCloudTrailRole",
        "AWSControlTowerConfigAggregatorRoleForOrganizations",
        "AWSControlTowerStackSetRole",
    }
    (trail,) = aws.client("cloudtrail").describe_trails()["trailList"]
    assert (trail["Name"], trail["IsOrganizationTrail"]) == ("aws-controltower-BaselineCloudTrail", True)
    (group,) = aws.client("logs").describe_log_groups()["logGroups"]
    assert group["logGroupName"] == "aws-controltower/CloudTrailLogs"


def test_unmanaging_takes_control_towers_things_away(aws: Emulated) -> None:
    """Roles, Config, topic, rules go; the execution role, the user's access and the missing VPC stay."""
    account_id = aws.vended("leaving", aws.unit("Workloads/Test"))
    execution = aws.execution(account_id)
    iam, config = roles(aws, execution), aws.client("config", execution)
    assert "aws-controltower-ReadOnlyExecutionRole" in iam
    assert config.describe_delivery_channels()["DeliveryChannels"]
    catalog = aws.client("servicecatalog")
    catalog.terminate_provisioned_product(ProvisionedProductName="leaving", TerminateToken="t")
    aws.clock.advance(SECONDS)
    left = roles(aws, execution)
    assert [name for name in left if name.startswith("aws-controltower-")] == []
    assert "AWSControlTowerExecution" in left
    assert any(name.startswith("AWSReservedSSO_AWSAdministratorAccess") for name in left)
    assert config.describe_configuration_recorders()["ConfigurationRecorders"] == []
    assert aws.client("sns", execution).list_topics()["Topics"] == []
    assert aws.client("events", execution).list_rules()["Rules"] == []
    assert aws.client("ec2", execution).describe_vpcs()["Vpcs"] == []
    parents = aws.client("organizations").list_parents(ChildId=account_id)["Parents"]
    assert parents[0]["Type"] == "ROOT"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("role", "cannot create the IAM role aws-controltower-Left because the role already exists"),
        ("recorder", "cannot create an AWS Config configuration recorder because one already exists"),
        ("channel", "cannot create an AWS Config delivery channel because one already exists"),
    ],
)
def test_leftovers_keep_an_account_from_being_enrolled(aws: Emulated, kind: str, text: str) -> None:
    """The product says which; mended, a product of the same name enrols it."""
    account_id = aws.created(f"aws+{kind}")
    execution = aws.execution(account_id)
    iam, config = aws.client("iam", execution), aws.client("config", execution)
    if kind == "role":
        trust = {"Version": "2012-10-17", "Statement": []}
        iam.create_role(RoleName="aws-controltower-Left", AssumeRolePolicyDocument=json.dumps(trust))
    else:
        recorder = {"name": "own", "roleARN": f"arn:aws:iam::{account_id}:role/config"}
        config.put_configuration_recorder(ConfigurationRecorder=recorder)
        if kind == "channel":
            config.put_delivery_channel(DeliveryChannel={"name": "own", "s3BucketName": "own"})
    aws.provision(kind, unit=aws.unit("Sandbox"))
    aws.clock.advance(SECONDS)
    assert aws.described(kind)["Status"] == "ERROR"
    message = aws.described(kind)["StatusMessage"]
    assert "could not enroll your account for the following reason: " in message
    assert text in message
    if kind == "role":
        iam.delete_role(RoleName="aws-controltower-Left")
    elif kind == "channel":
        config.delete_delivery_channel(DeliveryChannelName="own")
    if kind != "role":
        config.delete_configuration_recorder(ConfigurationRecorderName="own")
    aws.client("servicecatalog").terminate_provisioned_product(ProvisionedProductName=kind, TerminateToken=kind)
    aws.clock.advance(SECONDS)
    aws.provision(kind, unit=aws.unit("Sandbox"), token=f"again-{kind}")
    aws.clock.advance(SECONDS)
    assert aws.described(kind)["Status"] == "AVAILABLE"


def test_audits_role_gets_into_an_account_that_nobody_has_looked_at(aws: Emulated) -> None:
    """The role is there for whoever assumes it first."""
    account_id = aws.vended("unseen", aws.unit("Workloads/Prod"))
    audit = aws.execution(shared(aws)["Audit"])
    name = f"arn:aws:iam::{account_id}:role/aws-controltower-AdministratorExecutionRole"
    with pytest.raises(ClientError, match="not authorized"):
        aws.assume(name, audit)
    iam = aws.client("iam", audit)
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{shared(aws)['Audit']}:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    iam.update_assume_role_policy(RoleName="aws-controltower-AuditAdministratorRole", PolicyDocument=json.dumps(trust))
    role = f"arn:aws:iam::{shared(aws)['Audit']}:role/aws-controltower-AuditAdministratorRole"
    inside = aws.assume(name, aws.assume(role, audit))
    assert aws.client("sts", inside).get_caller_identity()["Account"] == account_id


def test_who_gets_into_an_account(aws: Emulated, account_id: str) -> None:
    """The user of the product, and Control Tower's groups."""
    sso, store = aws.client("sso-admin"), aws.client("identitystore")
    instance = sso.list_instances()["Instances"][0]
    store_id = instance["IdentityStoreId"]
    groups = store.list_groups(IdentityStoreId=store_id, MaxResults=100)["Groups"]
    users = store.list_users(IdentityStoreId=store_id)["Users"]
    names = {one["GroupId"]: one["DisplayName"] for one in groups} | {one["UserId"]: one["UserName"] for one in users}
    found = set()
    for arn in sso.list_permission_sets(InstanceArn=instance["InstanceArn"], MaxResults=100)["PermissionSets"]:
        chosen = {"InstanceArn": instance["InstanceArn"], "PermissionSetArn": arn}
        name = sso.describe_permission_set(**chosen)["PermissionSet"]["Name"]
        for one in sso.list_account_assignments(**chosen, AccountId=account_id)["AccountAssignments"]:
            found.add((names[one["PrincipalId"]], name))
    assert found == {
        ("grace@example.com", "AWSAdministratorAccess"),
        ("AWSControlTowerAdmins", "AWSOrganizationsFullAccess"),
        ("AWSSecurityAuditPowerUsers", "AWSPowerUserAccess"),
        ("AWSSecurityAuditors", "AWSReadOnlyAccess"),
    }
    (user,) = [one for one in users if one["UserName"] == "grace@example.com"]
    assert (user["DisplayName"], user["Name"]["GivenName"], user["Emails"][0]["Value"]) == (
        "Grace Hopper",
        "Grace",
        "grace@example.com",
    )
