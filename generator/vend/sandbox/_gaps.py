"""Single operations that moto lacks and the Terraform provider calls for what vend's modules make."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs

from vend.sandbox._identities import Identity
from vend.sandbox._wire import ApiError, Call

Input = Mapping[str, Any]
Output = dict[str, Any]


class Gaps:
    """Operations of services that are moto's otherwise.

    Args:
        account_id: the management account.
        region: the home Region.
        clock: seconds since the epoch.
    """

    def __init__(self, account_id: str, region: str, clock: Callable[[], float]) -> None:
        self._account_id = account_id
        self._region = region
        self._clock = clock

    def operations(self) -> dict[tuple[str, str], Callable[[Identity, Input], Output]]:
        """By service and operation."""
        return {
            ("sso-admin", "ListTagsForResource"): self._sso_tags,
            ("sso-admin", "DescribePermissionSetProvisioningStatus"): self._provisioning_status,
            ("budgets", "ListTagsForResource"): self._no_tags,
        }

    def _sso_tags(self, caller: Identity, given: Input) -> Output:
        from moto.ssoadmin.models import ssoadmin_backends

        wanted = given["ResourceArn"]
        for permission_set in ssoadmin_backends[caller.account_id][self._region].permission_sets:
            if permission_set.permission_set_arn == wanted:
                return {"Tags": list(permission_set.tags or [])}
        if ":instance/" in wanted:
            return {"Tags": []}
        raise ApiError("ResourceNotFoundException", f"Resource {wanted} was not found.")

    def _provisioning_status(self, caller: Identity, given: Input) -> Output:
        return {
            "PermissionSetProvisioningStatus": {
                "Status": "SUCCEEDED",
                "RequestId": given["ProvisionPermissionSetRequestId"],
                "AccountId": caller.account_id,
                "CreatedDate": self._clock(),
            }
        }

    @staticmethod
    def _no_tags(caller: Identity, given: Input) -> Output:
        del caller, given
        return {"ResourceTags": []}


_WITH_MANAGED_POLICIES = frozenset(
    {
        "AttachRolePolicy",
        "AttachUserPolicy",
        "AttachGroupPolicy",
        "GetPolicy",
        "GetPolicyVersion",
        "ListEntitiesForPolicy",
    }
)


def lend_managed_policy(call: Call, account_id: str) -> None:
    """Puts the AWS managed policy that an IAM call names into its account's backend.

    moto can load them all into every account, which costs time and memory for each of them.
    """
    if call.service != "iam" or call.operation not in _WITH_MANAGED_POLICIES:
        return
    arn = parse_qs(call.request.body.decode()).get("PolicyArn", [""])[0]
    if not arn.startswith("arn:aws:iam::aws:policy/"):
        return
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
