"""The kinds of resources that Control Tower manages, as moto's objects: roles, Config, topics, rules and so on."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from vend.sandbox.on_moto._managed_policies import add_managed_policy

if TYPE_CHECKING:
    from vend.sandbox.governance._estate import Estate

RECORDER = "aws-controltower-BaselineConfigRecorder"
CHANNEL = "aws-controltower-BaselineConfigDeliveryChannel"
TOPIC = "aws-controltower-SecurityNotifications"
LOG_GROUP = "/aws/lambda/aws-controltower-NotificationForwarder"
COMPLIANCE_RULE = "aws-controltower-ConfigComplianceChangeEventRule"
MANAGED_RULE = "AWSControlTowerManagedRule"
TRAIL = "aws-controltower-BaselineCloudTrail"
TRAIL_LOG_GROUP = "aws-controltower/CloudTrailLogs"
_PREFIX = "aws-controltower-"
_AUDIT_TOPICS = (
    "aws-controltower-AggregateSecurityNotifications",
    "aws-controltower-AllConfigNotifications",
)
_AWS = "arn:aws:iam::aws:policy/"
_RESERVED = "/aws-reserved/sso.amazonaws.com/"
_RETENTION_DAYS = 14
_CONFIG_ROLE, _CONFIG_PATH = "AWSServiceRoleForConfig", "/aws-service-role/config.amazonaws.com/"


def _trust(
    principal: Mapping[str, Any], action: str = "sts:AssumeRole", condition: Mapping[str, Any] | None = None
) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{**statement, **({"Condition": condition} if condition else {})}]}
    )


def make_role(account_id: str, name: str, trust: str, *policies: str, path: str = "/") -> None:
    """A role with AWS's managed policies, unless there is one of that name."""
    from moto.iam.models import iam_backends

    backend = iam_backends[account_id]["aws"]
    if any(role.name == name for role in backend.get_roles()):
        return
    backend.create_role(
        role_name=name,
        assume_role_policy_document=trust,
        path=path,
        permissions_boundary=None,
        description="",
        tags=[],
        max_session_duration="3600",
    )
    for policy in policies:
        add_managed_policy(account_id, policy)
        backend.attach_role_policy(policy, name)


def _delete_role(backend: Any, role: Any) -> None:
    for policy in list(role.managed_policies.values()):
        policy.detach_from(role)
    role.policies.clear()
    backend.delete_role(role.name)


def create_roles(estate: Estate, account_id: str) -> None:
    """The roles of a governed account, and those that only shared accounts and the management account have."""
    if account_id == estate.management:
        create_management_roles(estate)
        return

    def audit(name: str) -> str:
        return _trust({"AWS": f"arn:aws:iam::{estate.audit}:role/{name}"})

    make_role(
        account_id,
        "aws-controltower-AdministratorExecutionRole",
        audit("aws-controltower-AuditAdministratorRole"),
        f"{_AWS}AdministratorAccess",
    )
    make_role(
        account_id,
        "aws-controltower-ReadOnlyExecutionRole",
        audit("aws-controltower-AuditReadOnlyRole"),
        f"{_AWS}ReadOnlyAccess",
    )
    lambdas = _trust({"Service": "lambda.amazonaws.com"})
    make_role(account_id, "aws-controltower-ForwardSnsNotificationRole", lambdas)
    make_role(
        account_id,
        _CONFIG_ROLE,
        _trust({"Service": "config.amazonaws.com"}),
        path=_CONFIG_PATH,
    )
    if account_id == estate.audit:
        make_role(account_id, "aws-controltower-AuditAdministratorRole", lambdas)
        make_role(account_id, "aws-controltower-AuditReadOnlyRole", lambdas)


def create_management_roles(estate: Estate) -> None:
    """The roles with which Control Tower acts; those that are there stay as they are."""
    home = f"arn:aws:controltower:{estate.home}:{estate.management}:*"
    services = {
        "AWSControlTowerAdmin": ("controltower.amazonaws.com", {"StringLike": {"aws:SourceArn": home}}),
        "AWSControlTowerStackSetRole": ("cloudformation.amazonaws.com", None),
        "AWSControlTowerCloudTrailRole": ("cloudtrail.amazonaws.com", None),
        "AWSControlTowerConfigAggregatorRoleForOrganizations": ("config.amazonaws.com", None),
    }
    for name, (service, condition) in services.items():
        make_role(estate.management, name, _trust({"Service": service}, condition=condition), path="/service-role/")


def match_reserved_roles(estate: Estate, account_id: str, permission_sets: set[str]) -> None:
    """Creates Identity Center's own roles, one for each permission set assigned on the account, and no other."""
    from moto.iam.models import iam_backends

    backend = iam_backends[account_id]["aws"]
    expected = {f"AWSReservedSSO_{name}_{_suffix(account_id, name)}": name for name in permission_sets}
    path = f"{_RESERVED}{estate.home}/"
    existing = {role.name: role for role in backend.get_roles() if role.path == path}
    for name in sorted(expected.keys() - existing.keys()):
        provider = f"arn:aws:iam::{account_id}:saml-provider/AWSSSO_{_suffix(account_id, 'provider')}_DO_NOT_DELETE"
        trust = _trust(
            {"Federated": provider},
            "sts:AssumeRoleWithSAML",
            {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
        )
        make_role(account_id, name, trust, path=path)
    for name in existing.keys() - expected.keys():
        _delete_role(backend, existing[name])


def _suffix(account_id: str, name: str) -> str:
    return hashlib.sha256(f"{account_id}/{name}".encode()).hexdigest()[:16]


def delete_roles(estate: Estate, account_id: str) -> None:
    """Takes away the roles of a governed account; `AWSControlTowerExecution` stays."""
    del estate
    from moto.iam.models import iam_backends

    backend = iam_backends[account_id]["aws"]
    for role in list(backend.get_roles()):
        if role.name.startswith(_PREFIX):
            _delete_role(backend, role)


def leftover_role(account_id: str) -> str | None:
    """The name of a role that Control Tower would make."""
    from moto.iam.models import iam_backends

    names = (role.name for role in iam_backends[account_id]["aws"].get_roles())
    return next((name for name in names if name.startswith(_PREFIX)), None)


def create_config(estate: Estate, account_id: str) -> None:
    """Recorder and delivery channel in every governed Region; aggregators in audit and management."""
    from moto.config.models import config_backends

    if account_id == estate.management:
        return
    for region in estate.regions:
        backend = config_backends[account_id][region]
        backend.put_configuration_recorder(
            {
                "name": RECORDER,
                "roleARN": f"arn:aws:iam::{account_id}:role{_CONFIG_PATH}{_CONFIG_ROLE}",
                "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": region == estate.home},
            }
        )
        backend.put_delivery_channel(
            {
                "name": CHANNEL,
                "s3BucketName": estate.log_bucket,
                "s3KeyPrefix": estate.organization.id,
                "snsTopicARN": f"arn:aws:sns:{region}:{estate.audit}:{_AUDIT_TOPICS[1]}",
                "configSnapshotDeliveryProperties": {"deliveryFrequency": "TwentyFour_Hours"},
            }
        )
        backend.start_configuration_recorder(RECORDER)
        if estate.aggregates:
            backend.put_aggregation_authorization(estate.audit, estate.home, [])


def delete_config(estate: Estate, account_id: str) -> None:
    """Takes recorder, channel and authorization away."""
    from moto.config.models import config_backends

    for region in estate.regions:
        backend = config_backends[account_id][region]
        backend.recorders.pop(RECORDER, None)
        backend.delivery_channels.pop(CHANNEL, None)
        backend.delete_aggregation_authorization(estate.audit, estate.home)


def leftover_config(account_id: str, regions: tuple[str, ...]) -> str | None:
    """What stands in the way of Control Tower's own Config: looked up without loading the service."""
    models = sys.modules.get("moto.config.models")
    if models is None or account_id not in models.config_backends:
        return None
    for region in regions:
        backend = models.config_backends[account_id][region]
        if backend.delivery_channels:
            return "delivery channel"
        if backend.recorders:
            return "configuration recorder"
    return None


def create_topics(estate: Estate, account_id: str) -> None:
    """The topic of security notifications in every governed Region; the aggregating ones in audit."""
    from moto.sns.models import sns_backends

    if account_id == estate.management:
        return
    for region in estate.regions:
        for name in (TOPIC, *(_AUDIT_TOPICS if account_id == estate.audit else ())):
            sns_backends[account_id][region].create_topic(name)


def delete_topics(estate: Estate, account_id: str) -> None:
    """Takes the topic of security notifications away."""
    from moto.sns.models import sns_backends

    for region in estate.regions:
        sns_backends[account_id][region].delete_topic(f"arn:aws:sns:{region}:{account_id}:{TOPIC}")


def create_log_groups(estate: Estate, account_id: str) -> None:
    """The log group of the function that forwards notifications; in management the organization trail's."""
    from moto.logs.models import logs_backends

    management = account_id == estate.management
    for region in (estate.home,) if management else estate.regions:
        backend = logs_backends[account_id][region]
        name = TRAIL_LOG_GROUP if management else LOG_GROUP
        if name not in backend.groups:
            backend.create_log_group(name, {})
            backend.put_retention_policy(name, _RETENTION_DAYS)


def delete_log_groups(estate: Estate, account_id: str) -> None:
    """Takes that log group away."""
    from moto.logs.models import logs_backends

    for region in estate.regions:
        logs_backends[account_id][region].groups.pop(LOG_GROUP, None)


def create_rules(estate: Estate, account_id: str) -> None:
    """The rules that watch compliance and Control Tower's own resources, in every governed Region."""
    from moto.events.models import events_backends

    if account_id == estate.management:
        return
    for region in estate.regions:
        backend = events_backends[account_id][region]
        compliance = {"source": ["aws.config"], "detail-type": ["Config Rules Compliance Change"]}
        backend.put_rule(
            COMPLIANCE_RULE,
            description="Rule to notify compliance changes of Control Tower Config rules",
            event_pattern=json.dumps(compliance),
        )
        topic = f"arn:aws:sns:{region}:{account_id}:{TOPIC}"
        backend.put_targets(COMPLIANCE_RULE, None, [{"Id": "Compliance-Change-Topic", "Arn": topic}])
        managed = {"source": ["aws.organizations", "aws.controltower"]}
        backend.put_rule(MANAGED_RULE, event_pattern=json.dumps(managed), managed_by="controltower.amazonaws.com")


def delete_rules(estate: Estate, account_id: str) -> None:
    """Takes the rules away."""
    from moto.events.models import events_backends

    for region in estate.regions:
        rules = events_backends[account_id][region].event_buses["default"].rules
        for name in (COMPLIANCE_RULE, MANAGED_RULE):
            rules.pop(name, None)


def create_trail(estate: Estate, account_id: str) -> None:
    """The organization's trail, in the management account (since version 3.0)."""
    from moto.cloudtrail.models import cloudtrail_backends

    if account_id != estate.management:
        return
    group = f"arn:aws:logs:{estate.home}:{account_id}:log-group:{TRAIL_LOG_GROUP}:*"
    backend = cloudtrail_backends[account_id][estate.home]
    backend.create_trail(
        name=TRAIL,
        bucket_name=estate.log_bucket,
        s3_key_prefix=estate.organization.id,
        sns_topic_name="",
        is_global=True,
        is_multi_region=True,
        log_validation=True,
        is_org_trail=True,
        cw_log_group_arn=group,
        cw_role_arn=f"arn:aws:iam::{account_id}:role/service-role/AWSControlTowerCloudTrailRole",
        kms_key_id="",
        tags_list=[],
    )
    backend.start_logging(TRAIL)


def remove_default_vpcs(estate: Estate, account_id: str) -> None:
    """A new account loses its default VPCs in the governed Regions."""
    from moto.ec2.models import ec2_backends

    if account_id == estate.management:
        return
    for region in estate.regions:
        backend = ec2_backends[account_id][region]
        vpc = backend.get_default_vpc()
        if vpc is None:
            continue
        for subnet in backend.describe_subnets(filters={"vpc-id": [vpc.id]}):
            backend.delete_subnet(subnet.id)
        backend.delete_vpc(vpc.id)


CLEARED_BY: Mapping[str, Callable[[Estate, str], None]] = {
    "iam": delete_roles,
    "config": delete_config,
    "sns": delete_topics,
    "logs": delete_log_groups,
    "events": delete_rules,
}
"""What goes when an account is governed no more, by service."""
