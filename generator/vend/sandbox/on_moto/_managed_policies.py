"""AWS managed policies that moto lacks."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs

from vend.sandbox.protocol._call import ApiCall

WITH_MANAGED_POLICIES = frozenset(
    {
        "AttachRolePolicy",
        "AttachUserPolicy",
        "AttachGroupPolicy",
        "GetPolicy",
        "GetPolicyVersion",
        "ListEntitiesForPolicy",
    }
)


def add_named_managed_policy(call: ApiCall, account_id: str) -> None:
    """Adds the AWS managed policy that an IAM call names to its account's backend.

    moto can load them all into every account, which costs time and memory for each of them.
    """
    if call.service != "iam" or call.operation not in WITH_MANAGED_POLICIES:
        return
    arn = parse_qs(call.request.body.decode()).get("PolicyArn", [""])[0]
    if arn.startswith("arn:aws:iam::aws:policy/"):
        add_managed_policy(account_id, arn)


def add_managed_policy(account_id: str, arn: str) -> None:
    """Adds one AWS managed policy to an account's backend. Does nothing if no policy has that name."""
    from moto.iam.models import AWSManagedPolicy, iam_backends

    backend = iam_backends[account_id]["aws"]
    name = arn.rpartition("/")[2]
    if arn not in backend.managed_policies and name in _managed_policies():
        policy = AWSManagedPolicy.from_data(name, account_id, "aws", _managed_policies()[name])
        backend.managed_policies[policy.arn] = policy
        backend.aws_managed_policies.append(policy)


@lru_cache(maxsize=1)
def _managed_policies() -> dict[str, Any]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    policies: dict[str, Any] = json.loads(aws_managed_policies_data)
    return policies
