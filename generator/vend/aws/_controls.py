"""Which of Control Tower's controls stand on an organizational unit."""

from __future__ import annotations

from vend.aws._connection import Connection
from vend.aws._failures import aws_code, translated

_UNREGISTERED = "ResourceNotFoundException"


def read_enabled_controls(connection: Connection, unit_arn: str) -> frozenset[str]:
    """The controls that are enabled on a unit, by the last part of their identifiers: `AWS-GR_REGION_DENY`.

    A unit that Control Tower does not govern has none.

    Raises:
        AwsError: the call was refused.
    """
    from botocore.exceptions import ClientError

    client = connection.client("controltower")
    with translated(f"listing the controls of {unit_arn}"):
        try:
            pages = list(client.get_paginator("list_enabled_controls").paginate(targetIdentifier=unit_arn))
        except ClientError as error:
            if aws_code(error) == _UNREGISTERED:
                return frozenset()
            raise
    return frozenset(
        control["controlIdentifier"].rsplit("/", 1)[-1]
        for page in pages
        for control in page.get("enabledControls", ())
        if control.get("statusSummary", {}).get("status") != "FAILED"
    )
