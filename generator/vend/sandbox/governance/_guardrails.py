"""Control Tower's controls and the service control policies by which it enforces the preventive ones.

The sandbox keeps the policies where AWS does, attached to the governed units. It does not enforce them. Controls and
their statements: Control Tower controls reference, mandatory controls.
"""

from __future__ import annotations

import json
import random
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from vend.sandbox.organizations._organization import EXECUTION_ROLE, Organization

Behaviour = Literal["PREVENTIVE", "DETECTIVE", "PROACTIVE"]
_LETTERS = string.ascii_letters + string.digits
_NOT_CONTROL_TOWER = {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::*:role/{EXECUTION_ROLE}"}}
_ROLES = ("arn:aws:iam::*:role/aws-controltower-*", "arn:aws:iam::*:role/*AWSControlTower*")
_ROLES_EVERYWHERE = (*_ROLES, "arn:aws:iam::*:role/stacksets-exec-*")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prevention:
    """A statement: what only Control Tower may do, and to what."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ("*",)
    condition: Mapping[str, Any] = field(default_factory=lambda: _NOT_CONTROL_TOWER)


def _actions(service: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{service}:{name}" for name in names)


_ROOT = {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}
PREVENTIONS: Mapping[str, _Prevention] = {
    "AWS-GR_CLOUDTRAIL_CHANGE_PROHIBITED": _Prevention(
        sid="GRCLOUDTRAILENABLED",
        actions=_actions("cloudtrail", "DeleteTrail", "PutEventSelectors", "StopLogging", "UpdateTrail"),
        resources=("arn:aws:cloudtrail:*:*:trail/aws-controltower-*",),
    ),
    "AWS-GR_CLOUDWATCH_EVENTS_CHANGE_PROHIBITED": _Prevention(
        sid="GRCLOUDWATCHEVENTPOLICY",
        actions=_actions("events", "PutRule", "PutTargets", "RemoveTargets", "DisableRule", "DeleteRule"),
        resources=("arn:aws:events:*:*:rule/aws-controltower-*",),
    ),
    "AWS-GR_CONFIG_AGGREGATION_AUTHORIZATION_POLICY": _Prevention(
        sid="GRCONFIGRULETAGSPOLICY",
        actions=_actions("config", "DeleteAggregationAuthorization"),
        resources=("arn:aws:config:*:*:aggregation-authorization*",),
    ),
    "AWS-GR_CONFIG_CHANGE_PROHIBITED": _Prevention(
        sid="GRCONFIGENABLED",
        actions=_actions(
            "config",
            "DeleteConfigurationRecorder",
            "DeleteDeliveryChannel",
            "DeleteRetentionConfiguration",
            "PutConfigurationRecorder",
            "PutDeliveryChannel",
            "PutRetentionConfiguration",
            "StopConfigurationRecorder",
        ),
    ),
    "AWS-GR_CONFIG_RULE_CHANGE_PROHIBITED": _Prevention(
        sid="GRCONFIGRULEPOLICY",
        actions=_actions(
            "config",
            "PutConfigRule",
            "DeleteConfigRule",
            "DeleteEvaluationResults",
            "DeleteConfigurationAggregator",
            "PutConfigurationAggregator",
        ),
        condition={
            **_NOT_CONTROL_TOWER,
            "StringEquals": {"aws:ResourceTag/aws-control-tower": "managed-by-control-tower"},
        },
    ),
    "AWS-GR_IAM_ROLE_CHANGE_PROHIBITED": _Prevention(
        sid="GRIAMROLEPOLICY",
        actions=_actions(
            "iam",
            "AttachRolePolicy",
            "CreateRole",
            "DeleteRole",
            "DeleteRolePermissionsBoundary",
            "DeleteRolePolicy",
            "DetachRolePolicy",
            "PutRolePermissionsBoundary",
            "PutRolePolicy",
            "UpdateAssumeRolePolicy",
            "UpdateRole",
            "UpdateRoleDescription",
        ),
        resources=_ROLES_EVERYWHERE,
        condition={"ArnNotLike": {"aws:PrincipalArn": [_ROLES[1], _ROLES_EVERYWHERE[2]]}},
    ),
    "AWS-GR_LAMBDA_CHANGE_PROHIBITED": _Prevention(
        sid="GRLAMBDAFUNCTIONPOLICY",
        actions=_actions(
            "lambda",
            "AddPermission",
            "CreateEventSourceMapping",
            "CreateFunction",
            "DeleteEventSourceMapping",
            "DeleteFunction",
            "DeleteFunctionConcurrency",
            "PutFunctionConcurrency",
            "RemovePermission",
            "UpdateEventSourceMapping",
            "UpdateFunctionCode",
            "UpdateFunctionConfiguration",
        ),
        resources=("arn:aws:lambda:*:*:function:aws-controltower-*",),
    ),
    "AWS-GR_LOG_GROUP_POLICY": _Prevention(
        sid="GRLOGGROUPPOLICY",
        actions=_actions("logs", "DeleteLogGroup", "PutRetentionPolicy"),
        resources=("arn:aws:logs:*:*:log-group:*aws-controltower*",),
    ),
    "AWS-GR_SNS_CHANGE_PROHIBITED": _Prevention(
        sid="GRSNSTOPICPOLICY",
        actions=_actions(
            "sns", "AddPermission", "CreateTopic", "DeleteTopic", "RemovePermission", "SetTopicAttributes"
        ),
        resources=("arn:aws:sns:*:*:aws-controltower-*",),
    ),
    "AWS-GR_SNS_SUBSCRIPTION_CHANGE_PROHIBITED": _Prevention(
        sid="GRSNSSUBSCRIPTIONPOLICY",
        actions=_actions("sns", "Subscribe", "Unsubscribe"),
        resources=("arn:aws:sns:*:*:aws-controltower-SecurityNotifications",),
    ),
    "AWS-GR_RESTRICT_ROOT_USER": _Prevention(sid="GRRESTRICTROOTUSER", actions=("*",), condition=_ROOT),
    "AWS-GR_RESTRICT_ROOT_USER_ACCESS_KEYS": _Prevention(
        sid="GRRESTRICTROOTUSERACCESSKEYS", actions=_actions("iam", "CreateAccessKey"), condition=_ROOT
    ),
    "AWS-GR_RESTRICT_S3_CROSS_REGION_REPLICATION": _Prevention(
        sid="GRRESTRICTS3CROSSREGIONREPLICATION", actions=_actions("s3", "PutReplicationConfiguration"), condition={}
    ),
    "AWS-GR_RESTRICT_S3_DELETE_WITHOUT_MFA": _Prevention(
        sid="GRRESTRICTS3DELETEWITHOUTMFA",
        actions=_actions("s3", "DeleteObject", "DeleteBucket"),
        condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": ["false"]}},
    ),
}
"""Preventive controls whose policy statement is public."""
MANDATORY = (
    "AWS-GR_CLOUDTRAIL_CHANGE_PROHIBITED",
    "AWS-GR_CLOUDTRAIL_ENABLED",
    "AWS-GR_CLOUDWATCH_EVENTS_CHANGE_PROHIBITED",
    "AWS-GR_CONFIG_AGGREGATION_AUTHORIZATION_POLICY",
    "AWS-GR_CONFIG_CHANGE_PROHIBITED",
    "AWS-GR_CONFIG_ENABLED",
    "AWS-GR_CONFIG_RULE_CHANGE_PROHIBITED",
    "AWS-GR_IAM_ROLE_CHANGE_PROHIBITED",
    "AWS-GR_LAMBDA_CHANGE_PROHIBITED",
    "AWS-GR_LOG_GROUP_POLICY",
    "AWS-GR_SNS_CHANGE_PROHIBITED",
    "AWS-GR_SNS_SUBSCRIPTION_CHANGE_PROHIBITED",
)
"""Controls that stand on every governed unit."""
_DETECTIVE = frozenset(
    {
        "AWS-GR_CLOUDTRAIL_ENABLED",
        "AWS-GR_CONFIG_ENABLED",
        "AWS-GR_DETECT_CLOUDTRAIL_ENABLED_ON_MEMBER_ACCOUNTS",
        "AWS-GR_EBS_OPTIMIZED_INSTANCE",
        "AWS-GR_EBS_SNAPSHOT_PUBLIC_RESTORABLE_CHECK",
        "AWS-GR_EC2_INSTANCE_NO_PUBLIC_IP",
        "AWS-GR_EC2_VOLUME_INUSE_CHECK",
        "AWS-GR_ENCRYPTED_VOLUMES",
        "AWS-GR_IAM_USER_MFA_ENABLED",
        "AWS-GR_MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS",
        "AWS-GR_RDS_INSTANCE_PUBLIC_ACCESS_CHECK",
        "AWS-GR_RDS_SNAPSHOTS_PUBLIC_PROHIBITED",
        "AWS-GR_RDS_STORAGE_ENCRYPTED",
        "AWS-GR_RESTRICTED_COMMON_PORTS",
        "AWS-GR_RESTRICTED_SSH",
        "AWS-GR_ROOT_ACCOUNT_MFA_ENABLED",
        "AWS-GR_S3_BUCKET_PUBLIC_READ_PROHIBITED",
        "AWS-GR_S3_BUCKET_PUBLIC_WRITE_PROHIBITED",
        "AWS-GR_S3_VERSIONING_ENABLED",
    }
)
_ELSEWHERE = frozenset(
    {
        "AWS-GR_AUDIT_BUCKET_DELETION_PROHIBITED",
        "AWS-GR_AUDIT_BUCKET_ENCRYPTION_ENABLED",
        "AWS-GR_AUDIT_BUCKET_LOGGING_ENABLED",
        "AWS-GR_AUDIT_BUCKET_POLICY_CHANGES_PROHIBITED",
        "AWS-GR_AUDIT_BUCKET_RETENTION_POLICY",
        "AWS-GR_DISALLOW_CROSS_REGION_NETWORKING",
        "AWS-GR_DISALLOW_VPC_INTERNET_ACCESS",
        "AWS-GR_DISALLOW_VPN_CONNECTIONS",
        "AWS-GR_REGION_DENY",
    }
)
"""Preventive controls whose statement depends on the landing zone."""


def behaviour_of(control: str) -> Behaviour | None:
    """What kind a control is, by the last part of its identifier; None for an `AWS-GR_` name that nobody knows.

    Newer controls have opaque identifiers: whether they are preventive is in Control Catalog, which is not here; they
    count as detective, `CT.` ones as proactive.
    """
    if control in PREVENTIONS or control in _ELSEWHERE:
        return "PREVENTIVE"
    if control in _DETECTIVE:
        return "DETECTIVE"
    if control.startswith("AWS-GR_"):
        return None
    return "PROACTIVE" if control.startswith("CT.") else "DETECTIVE"


class Guardrails:
    """The `aws-guardrails-…` policies of one organization: one on each governed unit.

    Args:
        organization: whose policies they are.
    """

    KEPT: ClassVar[tuple[str, ...]] = ("policies", "_contents")

    def __init__(self, organization: Organization) -> None:
        self._organization = organization
        self.policies: dict[str, str] = {}
        """Unit → policy."""
        self._contents: dict[str, str] = {}

    def apply(self, unit_id: str, controls: Iterable[str]) -> None:
        """Writes and attaches the policy of a unit's preventive controls, whatever happened to it since."""
        content = _content(controls)
        self._contents[unit_id] = content
        policy_id = self.policies.get(unit_id)
        policy = self._organization.policy(policy_id or "")
        if policy is None:
            name = f"aws-guardrails-{''.join(random.SystemRandom().choices(_LETTERS, k=6))}"
            self.policies[unit_id] = self._organization.create_policy(name, content)
        else:
            policy.content = content
        self._organization.attach_policy(self.policies[unit_id], unit_id)

    def remove(self, unit_id: str) -> None:
        """Removes a unit's policy."""
        self._contents.pop(unit_id, None)
        policy_id = self.policies.pop(unit_id, None)
        if policy_id is not None:
            self._organization.delete_policy(policy_id)

    def is_intact(self, unit_id: str) -> bool:
        """Whether the policy is attached to its unit and has Control Tower's content."""
        policy = self._organization.policy(self.policies.get(unit_id, ""))
        return (
            policy is not None
            and policy.content == self._contents[unit_id]
            and any(target.id == unit_id for target in policy.attachments)
        )


def _content(controls: Iterable[str]) -> str:
    statements = [
        {
            "Sid": found.sid,
            "Effect": "Deny",
            "Action": list(found.actions),
            "Resource": list(found.resources),
            **({"Condition": dict(found.condition)} if found.condition else {}),
        }
        for found in (PREVENTIONS[control] for control in sorted(controls) if control in PREVENTIONS)
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))
