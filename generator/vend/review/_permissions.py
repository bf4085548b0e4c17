"""Permissions that come close to the root user's, found in a planned change."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from vend.plan import ResourceChange

_DOCUMENTS: Mapping[str, tuple[str, ...]] = {
    "aws_iam_policy": ("policy",),
    "aws_iam_role_policy": ("policy",),
    "aws_iam_user_policy": ("policy",),
    "aws_iam_group_policy": ("policy",),
    "aws_iam_role": ("inline_policy",),
    "aws_ssoadmin_permission_set_inline_policy": ("inline_policy",),
}
"""Attributes that hold what a principal may do: JSON, or blocks with a `policy` in JSON."""
_ATTACHMENTS: Mapping[str, str] = {
    "aws_iam_policy_attachment": "policy_arn",
    "aws_iam_role_policy_attachment": "policy_arn",
    "aws_iam_user_policy_attachment": "policy_arn",
    "aws_iam_group_policy_attachment": "policy_arn",
    "aws_iam_role_policy_attachments_exclusive": "policy_arns",
    "aws_iam_user_policy_attachments_exclusive": "policy_arns",
    "aws_iam_group_policy_attachments_exclusive": "policy_arns",
    "aws_iam_role": "managed_policy_arns",
    "aws_ssoadmin_managed_policy_attachment": "managed_policy_arn",
}
_ADMINISTRATOR = ":policy/AdministratorAccess"
_ACTIONS = (
    *("access-analyzer:deleteanalyzer", "braket:canceljob", "dynamodb:deletetable", "iam:passrole", "kms:decrypt"),
    *("organizations:leaveorganization", "s3:getobject", "sts:assumerole", "xray:puttracesegments"),
)
"""Actions of unlike services, in lower case as IAM compares them: whoever may do them all may do everything."""
_RESOURCES = (
    *(":dynamodb:eu-west-1:111111111111:table/orders", ":iam::111111111111:role/admin"),
    *(":kms:us-east-1:111111111111:key/0a1b2c3d", ":xray:ap-southeast-2:111111111111:group/all"),
)
"""Resources of unlike services in unlike Regions, without their partition."""
_PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
_ACCOUNT = re.compile(r"(?<=:)\d{12}(?=:)")


def unlimited(change: ResourceChange) -> tuple[str, ...]:
    """What in this change allows everything on everything, or lets anybody in, and is not there already.

    Statements with a condition are left out: what they allow depends on it. A document that is not known before apply
    cannot be judged.
    """
    before = set(_unlimited(change.type, change.before))
    return tuple(dict.fromkeys(found for found in _unlimited(change.type, change.after) if found not in before))


def administrator(change: ResourceChange) -> bool:
    """Whether this change attaches AWS's policy AdministratorAccess where it was not before."""
    attribute = _ATTACHMENTS.get(change.type)
    if attribute is None:
        return False
    return _attaches(change.after, attribute) and not _attaches(change.before, attribute)


def _attaches(value: Any, attribute: str) -> bool:
    given = value.get(attribute) if isinstance(value, Mapping) else None
    return any(isinstance(arn, str) and arn.endswith(_ADMINISTRATOR) for arn in _several(given))


def _unlimited(kind: str, value: Any) -> Iterator[str]:
    if not isinstance(value, Mapping):
        return
    for attribute in _DOCUMENTS.get(kind, ()):
        for text in _several(value.get(attribute)):
            document = text.get("policy") if isinstance(text, Mapping) else text
            if any(_allows_everything(statement) for statement in _statements(document)):
                yield "allows every action on every resource"
    if kind == "aws_iam_role" and any(_lets_anybody_in(s) for s in _statements(value.get("assume_role_policy"))):
        yield "lets any AWS account assume it"


def _statements(document: Any) -> Iterable[Mapping[str, Any]]:
    """The statements that allow something without a condition; none where it is no policy document."""
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except (ValueError, RecursionError):
            return ()
    if not isinstance(document, Mapping):
        return ()
    found = [one for one in _several(document.get("Statement")) if isinstance(one, Mapping)]
    return [one for one in found if one.get("Effect") == "Allow" and not one.get("Condition")]


def _allows_everything(statement: Mapping[str, Any]) -> bool:
    actions = [str(action).casefold() for action in _several(statement.get("Action"))]
    resources = [_ACCOUNT.sub("111111111111", str(resource)) for resource in _several(statement.get("Resource"))]
    return ("NotAction" in statement or _match_all(actions, _ACTIONS)) and (
        "NotResource" in statement
        or any(_match_all(resources, [f"arn:{partition}{rest}" for rest in _RESOURCES]) for partition in _PARTITIONS)
    )


def _match_all(patterns: Iterable[str], probes: Iterable[str]) -> bool:
    """Whether each probe matches one of the patterns, in which `*` and `?` alone are special, as IAM has it."""
    plain = [pattern.replace("[", "[[]") for pattern in patterns]
    return all(any(fnmatchcase(probe, pattern) for pattern in plain) for probe in probes)


def _lets_anybody_in(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    if isinstance(principal, Mapping):
        return "*" in _several(principal.get("AWS"))
    return principal == "*" or "NotPrincipal" in statement


def _several(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
