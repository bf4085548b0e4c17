"""IAM Identity Center: groups and permission sets by name."""

from __future__ import annotations

from typing import Any

from vend.aws._connection import Connection
from vend.aws._failures import translated
from vend.models import IdentityCenter

_WORKERS = 6


def read_identity_center(connection: Connection) -> IdentityCenter | None:
    """The organization's instance with its groups and permission sets; None where there is none.

    Raises:
        AwsError: a call was refused.
    """
    from concurrent.futures import ThreadPoolExecutor

    sso = connection.client("sso-admin")
    with translated("looking for the Identity Center instance"):
        instances = _pages(sso, "list_instances", "Instances")
    if not instances:
        return None
    arn, store = str(instances[0]["InstanceArn"]), str(instances[0]["IdentityStoreId"])
    with translated("listing the permission sets"):
        arns = _pages(sso, "list_permission_sets", "PermissionSets", InstanceArn=arn)

        def name_of(permission_set: str) -> str:
            answer = sso.describe_permission_set(InstanceArn=arn, PermissionSetArn=permission_set)
            return str(answer["PermissionSet"]["Name"])

        with ThreadPoolExecutor(max_workers=_WORKERS, thread_name_prefix="vend-aws") as pool:
            names = list(pool.map(name_of, arns))
    with translated("listing the groups of Identity Center"):
        store_client = connection.client("identitystore")
        groups = _pages(store_client, "list_groups", "Groups", IdentityStoreId=store)
    return IdentityCenter(
        instance_arn=arn,
        identity_store_id=store,
        groups={g["DisplayName"]: g["GroupId"] for g in groups if g.get("DisplayName")},
        permission_sets=dict(zip(names, arns, strict=True)),
    )


def _pages(client: Any, operation: str, key: str, **arguments: Any) -> list[Any]:
    return [item for page in client.get_paginator(operation).paginate(**arguments) for item in page.get(key, ())]
