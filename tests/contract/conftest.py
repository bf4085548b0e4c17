"""What several contracts are held against."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of DynamoDB in this process, with an empty ledger table."""
    import botocore.session
    from moto import mock_aws

    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with mock_aws():
        client = botocore.session.Session().create_client(
            "dynamodb",
            region_name="eu-west-1",
            aws_access_key_id="made-up",
            aws_secret_access_key="made-up",
        )
        client.create_table(
            TableName="vend-ledger",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client
        client.close()
