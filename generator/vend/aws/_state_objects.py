"""Objects of the state bucket: Terraform's states, and its locks on them."""

from __future__ import annotations

from typing import cast

from vend.aws._connection import Connection
from vend.aws._failures import aws_code, translated
from vend.errors import AwsError, Diagnostic
from vend.settings import S3State

_GONE = frozenset({"NoSuchKey", "404", "PreconditionFailed", "412"})


def read_object(connection: Connection, state: S3State, key: str) -> tuple[bytes, str] | None:
    """An object and its ETag; None where there is none.

    Raises:
        AwsError: `state-bucket-missing`, or the call was refused.
    """
    from botocore.exceptions import ClientError

    client = connection.client("s3", state.region)
    with translated(f"reading s3://{state.bucket}/{key}"):
        try:
            answer = client.get_object(Bucket=state.bucket, Key=key)
        except ClientError as error:
            if aws_code(error) == "NoSuchKey":
                return None
            if aws_code(error) == "NoSuchBucket":
                raise AwsError(_no_bucket(state)) from error
            raise
        return cast("bytes", answer["Body"].read()), str(answer["ETag"])


def delete_object(connection: Connection, state: S3State, key: str, etag: str) -> bool:
    """Deletes an object if it still is the one that was read; False where it is another, or gone.

    S3 compares and deletes in one step: "Performing conditional deletes" in its user guide, since September 2025.

    Raises:
        AwsError: the call was refused.
    """
    from botocore.exceptions import ClientError

    client = connection.client("s3", state.region)
    with translated(f"deleting s3://{state.bucket}/{key}"):
        try:
            client.delete_object(Bucket=state.bucket, Key=key, IfMatch=etag)
        except ClientError as error:
            if aws_code(error) in _GONE:
                return False
            raise
    return True


def _no_bucket(state: S3State) -> Diagnostic:
    return Diagnostic(
        code="state-bucket-missing",
        summary=f'the state bucket "{state.bucket}" does not exist',
        detail=f"looking for Terraform state in {state.region}",
        hint="create it (modules/foundation does this), or correct `state` in vend.hcl",
    )
