"""What the Terraform run inside a vended account may do with the state bucket.

The backend reads a named profile from a private credentials file, the provider takes the vended
session from the environment: each its own, side by side.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from vend.aws._connection import SessionCredentials
from vend.settings import S3State

STATE_PROFILE = "vend-state"


def state_key(state: S3State, account: str, stage: str) -> str:
    """The object that holds the state of one root module."""
    return f"{state.prefix}/{account}/{stage}.tfstate" if state.prefix else f"{account}/{stage}.tfstate"


def state_policy(state: S3State, account: str, *, partition: str, management_account_id: str) -> str:
    """A session policy (JSON) for the `customizations` root of one account.

    It reads the account's states, writes the state and lock of `customizations`, and lists no more than the
    account's own keys. `env:/` is there because `terraform init` lists the workspaces below it (seen with
    1.11.4). The listing without a prefix is there because S3 answers 403 in place of 404 for a key that
    does not exist when the caller may not list the bucket, and whether it then compares the key with
    `s3:prefix` is not documented: an account's first run must not depend on it.
    """
    bucket = f"arn:{partition}:s3:::{state.bucket}"
    own = state_key(state, account, "customizations")
    folder = own.rsplit("/", 1)[0]
    statements: list[dict[str, Any]] = [
        _allow("s3:GetObject", f"{bucket}/{folder}/*"),
        _allow("s3:PutObject", [f"{bucket}/{own}", f"{bucket}/{own}.tflock"]),
        _allow("s3:DeleteObject", f"{bucket}/{own}.tflock"),
        _allow("s3:ListBucket", bucket, {"StringLike": {"s3:prefix": [f"{folder}/*", "env:/*"]}}),
        _allow("s3:ListBucket", bucket, {"Null": {"s3:prefix": "true"}}),
    ]
    if state.kms_key_id:
        statements.append(_kms(state, partition, management_account_id))
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))


def _allow(
    action: str | list[str], resource: str | list[str], condition: dict[str, Any] | None = None
) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": action, "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


def _kms(state: S3State, partition: str, management_account_id: str) -> dict[str, Any]:
    key = str(state.kms_key_id)
    condition: dict[str, Any] = {"StringEquals": {"kms:ViaService": f"s3.{state.region}.amazonaws.com"}}
    resource = key
    if key.startswith("alias/") or ":alias/" in key:
        # An alias is no resource of these actions: any key, as long as it has the alias.
        resource = "*"
        condition["ForAnyValue:StringEquals"] = {"kms:ResourceAliases": f"alias/{key.split('alias/', 1)[1]}"}
    elif not key.startswith("arn:"):
        resource = f"arn:{partition}:kms:{state.region}:{management_account_id}:key/{key}"
    return _allow(["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:DescribeKey"], resource, condition)


def write_profile(directory: Path, credentials: SessionCredentials, region: str) -> dict[str, str]:
    """Writes the profile for the backend, and returns the variables that name the two files.

    The session is static: it lasts up to an hour, and the files are written again for each Terraform run.

    Args:
        directory: private (0700), for one account; made if it is not there.
        credentials: of the narrowed session.
        region: of the state bucket.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    lines = [
        f"[{STATE_PROFILE}]",
        f"aws_access_key_id = {credentials.access_key}",
        f"aws_secret_access_key = {credentials.secret_key}",
    ]
    if credentials.token:
        lines.append(f"aws_session_token = {credentials.token}")
    _write_private(directory / "credentials", "\n".join(lines) + "\n")
    _write_private(directory / "config", f"[profile {STATE_PROFILE}]\nregion = {region}\n")
    return {
        "AWS_SHARED_CREDENTIALS_FILE": str(directory / "credentials"),
        "AWS_CONFIG_FILE": str(directory / "config"),
    }


def _write_private(path: Path, text: str) -> None:
    # A new file each time, so that a program that reads the old one never sees half of it.
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)
