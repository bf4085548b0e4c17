"""What a fleet itself needs in the management account: its roles, state bucket and ledger table."""

from __future__ import annotations

import json

from vend.sandbox.start._config import SandboxConfig


def lay_foundation(config: SandboxConfig) -> None:
    """Creates what vend.hcl names and does not exist yet."""
    for arn in config.roles:
        _make_role(arn, config)
    if config.state_bucket is not None:
        _make_bucket(config.state_bucket, config)
    if config.ledger_table is not None:
        _make_table(config.ledger_table, config)


def _make_role(arn: str, config: SandboxConfig) -> None:
    from moto.iam.models import iam_backends

    backend = iam_backends[config.management_account]["aws"]
    if any(role.arn == arn for role in backend.roles.values()):
        return
    path, _, name = f"/{arn.partition(':role/')[2]}".rpartition("/")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{config.management_account}:root"},
                "Action": ["sts:AssumeRole", "sts:TagSession"],
            }
        ],
    }
    backend.create_role(
        role_name=name,
        assume_role_policy_document=json.dumps(trust),
        path=f"{path}/",
        permissions_boundary=None,
        description="Vends accounts, or plans that",
        tags=[],
        max_session_duration="3600",
    )


def _make_bucket(name: str, config: SandboxConfig) -> None:
    from moto.s3.models import s3_backends

    backend = s3_backends[config.management_account]["aws"]
    if name in backend.buckets:
        return
    backend.create_bucket(name, config.state_region or config.home_region)
    backend.put_bucket_versioning(name, "Enabled")


def _make_table(name: str, config: SandboxConfig) -> None:
    from moto.dynamodb.models import dynamodb_backends

    backend = dynamodb_backends[config.management_account][config.ledger_region or config.home_region]
    if name in backend.tables:
        return
    keys = (("pk", "HASH"), ("sk", "RANGE"))
    backend.create_table(
        name=name,
        schema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys],
        attr=[{"AttributeName": key, "AttributeType": "S"} for key, _ in keys],
        throughput=None,
        global_indexes=None,
        indexes=None,
        streams=None,
        billing_mode="PAY_PER_REQUEST",
        sse_specification=None,
        tags=[],
        deletion_protection_enabled=False,
        warm_throughput=None,
    )
