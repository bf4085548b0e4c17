from __future__ import annotations

import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from vend.aws import SessionCredentials, state_key
from vend.aws._state_access import state_policy, write_profile
from vend.settings import S3State

STATE = S3State(bucket="example-state", region="eu-west-1", prefix="vend")


def policy(state: S3State = STATE) -> list[dict[str, Any]]:
    text = state_policy(state, "payments", partition="aws", management_account_id="111111111111")
    document = json.loads(text)
    assert document["Version"] == "2012-10-17"
    statements: list[dict[str, Any]] = document["Statement"]
    return statements


def allows(statements: list[dict[str, Any]], action: str, key: str) -> bool:
    arn = f"arn:aws:s3:::example-state/{key}"

    def listed(value: str | list[str]) -> list[str]:
        return [value] if isinstance(value, str) else value

    return any(
        any(fnmatchcase(action, a) for a in listed(s["Action"]))
        and any(fnmatchcase(arn, r) for r in listed(s["Resource"]))
        for s in statements
        if s["Effect"] == "Allow"
    )


@pytest.mark.parametrize(
    ("action", "key", "allowed"),
    [
        ("s3:GetObject", "vend/payments/account.tfstate", True),
        ("s3:GetObject", "vend/payments/settings.tfstate", True),
        ("s3:GetObject", "vend/payments/customizations.tfstate", True),
        ("s3:PutObject", "vend/payments/customizations.tfstate", True),
        ("s3:GetObject", "vend/payments/customizations.tfstate.tflock", True),
        ("s3:PutObject", "vend/payments/customizations.tfstate.tflock", True),
        ("s3:DeleteObject", "vend/payments/customizations.tfstate.tflock", True),
        ("s3:PutObject", "vend/payments/account.tfstate", False),
        ("s3:PutObject", "vend/payments/settings.tfstate", False),
        ("s3:DeleteObject", "vend/payments/customizations.tfstate", False),
        ("s3:GetObject", "vend/payments-prod/customizations.tfstate", False),
        ("s3:PutObject", "vend/other/customizations.tfstate", False),
        ("s3:GetObject", "other/payments/customizations.tfstate", False),
        ("s3:PutBucketPolicy", "", False),
    ],
)
def test_one_accounts_customizations_may_use_their_own_state_alone(action: str, key: str, *, allowed: bool) -> None:
    """They read the account's states and write their own; nothing of any other account."""
    assert allows(policy(), action, key) is allowed


def test_listing_is_limited_to_the_accounts_own_keys() -> None:
    """With a prefix that is the account's; `env:/` is what `terraform init` lists to learn of workspaces."""
    with_prefix, without = [s for s in policy() if s["Action"] == "s3:ListBucket"]
    assert with_prefix["Resource"] == without["Resource"] == "arn:aws:s3:::example-state"
    assert with_prefix["Condition"] == {"StringLike": {"s3:prefix": ["vend/payments/*", "env:/*"]}}
    assert without["Condition"] == {"Null": {"s3:prefix": "true"}}


def test_the_policy_fits_whatever_names_are_used() -> None:
    """AWS takes a session policy of at most 2,048 characters."""
    longest = S3State(bucket="b" * 63, region="ap-southeast-2", prefix="p" * 60, kms_key_id=f"alias/{'k' * 60}")
    text = state_policy(longest, "a" * 64, partition="aws-us-gov", management_account_id="111111111111")
    assert len(text) <= 2048


@pytest.mark.parametrize(
    ("key", "resource", "aliases"),
    [
        ("alias/vend", "*", "alias/vend"),
        ("arn:aws:kms:eu-west-1:111111111111:alias/vend", "*", "alias/vend"),
        ("1234", "arn:aws:kms:eu-west-1:111111111111:key/1234", None),
        ("arn:aws:kms:eu-west-1:999999999999:key/1234", "arn:aws:kms:eu-west-1:999999999999:key/1234", None),
    ],
)
def test_the_key_is_usable_through_s3_only(key: str, resource: str, aliases: str | None) -> None:
    """An alias is no resource of a KMS permission, so it becomes a condition."""
    (kms,) = [
        s
        for s in policy(S3State(bucket="example-state", region="eu-west-1", kms_key_id=key))
        if "kms:Decrypt" in s["Action"]
    ]
    assert kms["Resource"] == resource
    assert kms["Condition"]["StringEquals"] == {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}
    assert kms["Condition"].get("ForAnyValue:StringEquals") == ({"kms:ResourceAliases": aliases} if aliases else None)


def test_without_a_key_nothing_of_kms_is_allowed() -> None:
    """Nor is anything else than S3."""
    assert "kms" not in json.dumps(policy())


def test_keys_follow_the_prefix() -> None:
    """The layout of the state bucket is a contract."""
    assert state_key(STATE, "payments", "account") == "vend/payments/account.tfstate"


def test_the_profile_is_written_for_nobody_else_and_replaced_whole(tmp_path: Path) -> None:
    """0600 in 0700, again for each run; the configuration names the bucket's Region."""
    directory = tmp_path / "private"
    first = SessionCredentials(access_key="made-up-1", secret_key="made-up-2", token="made-up-3")
    variables = write_profile(directory, first, "eu-west-1")
    assert variables == {
        "AWS_SHARED_CREDENTIALS_FILE": str(directory / "credentials"),
        "AWS_CONFIG_FILE": str(directory / "config"),
    }
    assert directory.stat().st_mode & 0o777 == 0o700
    write_profile(directory, SessionCredentials(access_key="made-up-4", secret_key="made-up-5"), "eu-west-1")
    assert (directory / "credentials").read_text() == (
        "[vend-state]\naws_access_key_id = made-up-4\naws_secret_access_key = made-up-5\n"
    )
    assert (directory / "config").read_text() == "[profile vend-state]\nregion = eu-west-1\n"
    assert sorted(file.name for file in directory.iterdir()) == ["config", "credentials"]
    assert {file.stat().st_mode & 0o777 for file in directory.iterdir()} == {0o600}
