"""Quotas, as Service Quotas has them."""

from __future__ import annotations

from vend.aws._connection import Connection
from vend.aws._failures import translated
from vend.errors import AwsError, Diagnostic

ACCOUNTS = "L-E619E033"
"""The quota of accounts of an organization (Organizations user guide, quotas)."""
_HOME = {"aws-cn": "cn-northwest-1", "aws-us-gov": "us-gov-west-1"}
"""Where a partition's Organizations has its quotas; us-east-1 elsewhere (the same page; botocore's endpoints)."""


def read_account_quota(connection: Connection, partition: str) -> int | Diagnostic:
    """How many accounts the organization may have, or a warning that this could not be read."""
    client = connection.client("service-quotas", _HOME.get(partition, "us-east-1"), patient=False)
    try:
        with translated("reading the quota of accounts"):
            answer = client.get_service_quota(ServiceCode="organizations", QuotaCode=ACCOUNTS)
    except AwsError as error:
        return Diagnostic(
            severity="warning",
            code="quota-unknown",
            summary="the organization's account quota could not be read",
            detail=error.diagnostics[0].detail,
            hint="allow servicequotas:GetServiceQuota; beyond the quota Control Tower cannot create accounts",
        )
    return int(answer["Quota"]["Value"])
