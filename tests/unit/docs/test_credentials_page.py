"""docs/explanation/credentials.md: the names on it are the code's, and what it says of environments holds."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from unit.docs.pages import codes, prose
from vend.aws import CredentialsEndpoint, CredentialSource, SessionCredentials
from vend.aws._connection import SESSION_SECONDS
from vend.aws._state_access import STATE_PROFILE, state_policy, write_profile
from vend.errors import CODES
from vend.settings import S3State
from vend.terraform._environment import terraform_environment

PAGE = "docs/explanation/credentials.md"
TEXT = prose(PAGE)
NAMED = set(codes(TEXT))
CALLER = {
    "PATH": "/usr/bin",
    "AWS_PROFILE": "management",
    "AWS_ACCESS_KEY_ID": "AKIAMADEUP",
    "AWS_SHARED_CREDENTIALS_FILE": "/home/grace/.aws/credentials",
    "TF_VAR_x": "x",
    "TF_CLI_ARGS_plan": "-destroy",
    "TF_TOKEN_app_terraform_io": "made-up",
    "SSH_AUTH_SOCK": "/tmp/agent",  # noqa: S108 - a value to be passed on
    "AWS_ENDPOINT_URL": "http://127.0.0.1:5000",
}


def test_the_endpoint_gives_the_variables_on_the_page() -> None:
    """An address and a token, no keys."""
    from botocore.credentials import Credentials

    with CredentialsEndpoint() as endpoint:
        given = endpoint.environment(CredentialSource(Credentials("AKIAMADEUP", "made-up", "made-up"), "a test"))
    assert {name for name in given if name.startswith("AWS_CONTAINER_")} <= NAMED
    assert not {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} & set(given)
    assert "127.0.0.1" in TEXT
    assert SESSION_SECONDS == 3600


@pytest.mark.parametrize("downloads", [True, False])
def test_terraform_inherits_what_the_page_says(downloads: bool) -> None:  # noqa: FBT001 - the parameter's name says it
    """Registry tokens and the SSH agent for init alone; keys, profiles and Terraform's own variables never."""
    found = terraform_environment(CALLER, {}, {}, downloads=downloads)
    assert {"AWS_PROFILE", "AWS_ACCESS_KEY_ID", "TF_VAR_x", "TF_CLI_ARGS_plan"} & set(found) == set()
    assert found["AWS_SHARED_CREDENTIALS_FILE"] == found["AWS_CONFIG_FILE"] == os.devnull
    assert found["AWS_ENDPOINT_URL"] == CALLER["AWS_ENDPOINT_URL"]
    assert ({"TF_TOKEN_app_terraform_io", "SSH_AUTH_SOCK"} <= set(found)) is downloads


def test_the_state_session_may_what_the_page_says() -> None:
    """Read the account's states, write one and its lock, remove the lock, list, use the key."""
    state = S3State(bucket="example-vend-state", region="eu-west-1", kms_key_id="alias/vend")
    policy = json.loads(state_policy(state, "data-prod", partition="aws", management_account_id="111111111111"))
    bucket = "arn:aws:s3:::example-vend-state"
    own = f"{bucket}/vend/data-prod/customizations.tfstate"
    allowed = {
        (str(statement["Action"]), resource)
        for statement in policy["Statement"]
        for resource in ([statement["Resource"]] if isinstance(statement["Resource"], str) else statement["Resource"])
    }
    assert {pair for pair in allowed if "kms" not in pair[0]} == {
        ("s3:GetObject", f"{bucket}/vend/data-prod/*"),
        ("s3:PutObject", own),
        ("s3:PutObject", f"{own}.tflock"),
        ("s3:DeleteObject", f"{own}.tflock"),
        ("s3:ListBucket", bucket),
    }
    assert any("kms" in action for action, _ in allowed)


def test_the_state_session_lies_in_a_private_file(tmp_path: Path) -> None:
    """Under the profile that the page names."""
    session = SessionCredentials(access_key="AKIAMADEUP", secret_key="made-up", token="made-up")
    files = write_profile(tmp_path / "state", session, "eu-west-1")
    file = Path(files["AWS_SHARED_CREDENTIALS_FILE"])
    assert (file.stat().st_mode & 0o777, (tmp_path / "state").stat().st_mode & 0o777) == (0o600, 0o700)
    assert f"[{STATE_PROFILE}]" in file.read_text(encoding="utf-8")
    assert STATE_PROFILE in NAMED


def test_the_codes_on_the_page_exist() -> None:
    """What the page says is refused has that code."""
    assert "state-role-missing" in NAMED & set(CODES)
