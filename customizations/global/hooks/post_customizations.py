"""Checks in the account itself that the baseline holds, after the customizations of every account.

A Python hook runs in a process of its own, with vend's interpreter: boto3 is there, and the environment holds
the vended account's session and nothing else.
"""

from collections.abc import Mapping
from typing import Any

import boto3


def run(context: Mapping[str, Any]) -> None:
    """Ends with a message, which makes the hook fail, unless S3 is closed to the public and EBS is encrypted."""
    account_id, region = context["account_id"], context["region"]
    session = boto3.Session(region_name=region)

    caller = session.client("sts").get_caller_identity()["Account"]
    if caller != account_id:
        raise SystemExit(f"the session belongs to account {caller}, not to {account_id}")

    block = session.client("s3control").get_public_access_block(AccountId=account_id)
    still_open = sorted(name for name, on in block["PublicAccessBlockConfiguration"].items() if not on)
    if still_open:
        raise SystemExit(f"S3 is open to the public in account {account_id}: {', '.join(still_open)} is off")

    if not session.client("ec2").get_ebs_encryption_by_default()["EbsEncryptionByDefault"]:
        raise SystemExit(f"EBS volumes of account {account_id} are not encrypted by default in {region}")

    print(f"account {account_id}: S3 closed to the public, EBS encrypted in {region}")
