"""What AWS denies and moto alone would not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.emulated import SECONDS, VENDING_ROLE, Emulated, emulated

pytestmark = pytest.mark.sandbox
BUCKET = "example-vend-state"


@pytest.fixture(scope="module")
def aws() -> Iterator[Emulated]:
    with emulated() as world:
        yield world


@pytest.fixture(scope="module")
def account_id(aws: Emulated) -> str:
    return aws.vended("payments", aws.unit("Workloads/Prod"))


def refused(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def role(aws: Emulated, name: str, trust: dict[str, Any], credentials: dict[str, Any] | None = None) -> str:
    made = aws.client("iam", credentials).create_role(
        RoleName=name, AssumeRolePolicyDocument=policy({"Effect": "Allow", "Action": "sts:AssumeRole", **trust})
    )
    return str(made["Role"]["Arn"])


def test_a_role_that_does_not_exist_cannot_be_assumed(aws: Emulated, account_id: str) -> None:
    """AccessDenied, worded as AWS words it."""
    arn = f"arn:aws:iam::{account_id}:role/Missing"
    caller = "arn:aws:iam::111111111111:user/vend-sandbox"
    assert refused(aws.assume, arn=arn) == (
        "AccessDenied",
        f"User: {caller} is not authorized to perform: sts:AssumeRole on resource: {arn}",
    )


def test_an_account_outside_the_organization_cannot_be_entered(aws: Emulated) -> None:
    """An account id that nobody has is no account."""
    assert refused(aws.assume, arn="arn:aws:iam::999999999999:role/AWSControlTowerExecution")[0] == "AccessDenied"


def test_the_execution_role_trusts_the_management_account_alone(aws: Emulated, account_id: str) -> None:
    """From one vended account there is no way into another, nor back into management."""
    other = aws.vended("other", aws.unit("Workloads/Test"))
    inside = aws.execution(account_id)
    for arn in (f"arn:aws:iam::{other}:role/AWSControlTowerExecution", VENDING_ROLE):
        code, text = refused(aws.assume, arn=arn, credentials=inside)
        assert code == "AccessDenied"
        assert f"arn:aws:sts::{account_id}:assumed-role/AWSControlTowerExecution/test" in text


def test_trust_policies_name_accounts_roles_sessions_and_users(aws: Emulated, account_id: str) -> None:
    """Each way to name a principal lets that principal in and nobody else."""
    vending = aws.assume(VENDING_ROLE)
    inside = aws.execution(account_id)
    roles = {
        "by-account": ({"Principal": {"AWS": account_id}}, inside, vending),
        "by-root": ({"Principal": {"AWS": f"arn:aws:iam::{account_id}:root"}}, inside, vending),
        "by-role": ({"Principal": {"AWS": VENDING_ROLE}}, vending, None),
        "by-session": (
            {"Principal": {"AWS": "arn:aws:sts::111111111111:assumed-role/vend-apply/test"}},
            vending,
            inside,
        ),
        "by-user": ({"Principal": {"AWS": "arn:aws:iam::111111111111:user/vend-sandbox"}}, None, vending),
    }
    for name, (trust, friend, stranger) in roles.items():
        arn = role(aws, name, trust)
        assert aws.assume(arn, friend)["AccessKeyId"], name
        assert refused(aws.assume, arn=arn, credentials=stranger)[0] == "AccessDenied", name


def test_conditions_of_a_trust_policy_are_kept(aws: Emulated) -> None:
    """External ids and the organization are checked; a condition that nobody here can judge does not let in."""
    anyone = {"Principal": {"AWS": "*"}}
    guarded = role(aws, "guarded", {**anyone, "Condition": {"StringEquals": {"sts:ExternalId": "42"}}})
    assert refused(aws.assume, arn=guarded)[0] == "AccessDenied"
    assert aws.assume(guarded, ExternalId="42")["AccessKeyId"]
    ours = {"StringEquals": {"aws:PrincipalOrgID": aws.sandbox.organization_id}}
    assert aws.assume(role(aws, "ours", {**anyone, "Condition": ours}))["AccessKeyId"]
    theirs = {"StringEquals": {"aws:PrincipalOrgID": "o-somebodyelse"}}
    assert refused(aws.assume, arn=role(aws, "theirs", {**anyone, "Condition": theirs}))[0] == "AccessDenied"
    network = {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}
    assert refused(aws.assume, arn=role(aws, "network", {**anyone, "Condition": network}))[0] == "AccessDenied"


def test_a_chained_session_lasts_an_hour_at_most(aws: Emulated, account_id: str) -> None:
    """Role chaining (IAM user guide)."""
    code, text = refused(
        aws.assume,
        arn=f"arn:aws:iam::{account_id}:role/AWSControlTowerExecution",
        credentials=aws.assume(VENDING_ROLE),
        DurationSeconds=7200,
    )
    assert code == "ValidationError"
    assert "role chaining" in text


def test_a_session_expires(aws: Emulated) -> None:
    """After its time a session is ExpiredToken."""
    session = aws.assume(VENDING_ROLE, DurationSeconds=900)
    caller = aws.client("sts", session).get_caller_identity
    assert caller()["Account"] == "111111111111"
    aws.clock.advance(901)
    assert refused(caller)[0] == "ExpiredToken"


def test_keys_that_nobody_gave_out_are_refused(aws: Emulated) -> None:
    """Each protocol has its own code for them."""
    made_up = {"AccessKeyId": "AKIAAAAAAAAAAAAAAAAA", "SecretAccessKey": "x" * 40}
    assert refused(aws.client("sts", made_up).get_caller_identity)[0] == "InvalidClientTokenId"
    assert refused(aws.client("organizations", made_up).describe_organization)[0] == "UnrecognizedClientException"
    assert refused(aws.client("servicecatalog", made_up).search_products)[0] == "UnrecognizedClientException"
    assert refused(aws.client("s3", made_up).list_buckets)[0] == "InvalidAccessKeyId"
    assert refused(aws.client("ec2", made_up).describe_vpcs)[0] == "AuthFailure"


def test_a_closed_account_cannot_be_entered(aws: Emulated) -> None:
    """Neither its role nor a session that was open before; until the closure is complete, both work."""
    closed = aws.vended("closed", aws.unit("Workloads/Test"))
    session = aws.execution(closed)
    aws.client("organizations").close_account(AccountId=closed)
    assert aws.client("sts", session).get_caller_identity()["Account"] == closed
    aws.clock.advance(SECONDS)
    assert refused(aws.execution, account_id=closed)[0] == "AccessDenied"
    assert refused(aws.client("sts", session).get_caller_identity)[0] == "InvalidClientTokenId"


def test_another_accounts_bucket_is_closed(aws: Emulated, account_id: str) -> None:
    """Reading, writing, listing: 403, as long as no bucket policy allows it."""
    inside = aws.client("s3", aws.execution(account_id))
    aws.client("s3").put_object(Bucket=BUCKET, Key="vend/x.tfstate", Body=b"{}")
    for call, arguments in (
        (inside.put_object, {"Key": "vend/x.tfstate", "Body": b""}),
        (inside.get_object, {"Key": "vend/x.tfstate"}),
        (inside.list_objects_v2, {}),
        (inside.get_bucket_versioning, {}),
        (inside.delete_object, {"Key": "vend/x.tfstate"}),
    ):
        assert refused(call, Bucket=BUCKET, **arguments)[0] == "AccessDenied"
    with pytest.raises(ClientError) as caught:
        inside.head_object(Bucket=BUCKET, Key="vend/x.tfstate")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_bucket_policy_opens_and_closes(aws: Emulated, account_id: str) -> None:
    """Allow lets another account in to what it names; Deny keeps even the owner out."""
    inside, owner = aws.client("s3", aws.execution(account_id)), aws.client("s3")
    owner.create_bucket(Bucket="shared", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    owner.put_bucket_policy(
        Bucket="shared",
        Policy=policy(
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"},
                "Action": ["s3:GetObject", "s3:PutObject"],
                "Resource": "arn:aws:s3:::shared/open/*",
            },
            {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::shared/sealed/*"},
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": "*",
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        ),
    )
    inside.put_object(Bucket="shared", Key="open/a", Body=b"a")
    assert inside.get_object(Bucket="shared", Key="open/a")["Body"].read() == b"a"
    assert refused(inside.put_object, Bucket="shared", Key="other", Body=b"")[0] == "AccessDenied"
    code, text = refused(owner.put_object, Bucket="shared", Key="sealed/a", Body=b"")
    assert (code, "explicit deny" in text) == ("AccessDenied", True)


def test_a_session_policy_narrows_s3(aws: Emulated) -> None:
    """A session sees the keys and prefixes of its policy and nothing else."""
    narrowed = aws.client(
        "s3",
        aws.assume(
            VENDING_ROLE,
            Policy=policy(
                {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{BUCKET}/vend/a/*"},
                {
                    "Effect": "Allow",
                    "Action": "s3:ListBucket",
                    "Resource": f"arn:aws:s3:::{BUCKET}",
                    "Condition": {"StringLike": {"s3:prefix": ["vend/a/*"]}},
                },
            ),
        ),
    )
    narrowed.put_object(Bucket=BUCKET, Key="vend/a/x", Body=b"")
    narrowed.list_objects_v2(Bucket=BUCKET, Prefix="vend/a/")
    for call, arguments in (
        (narrowed.put_object, {"Key": "vend/b/x", "Body": b""}),
        (narrowed.get_object, {"Key": "vend/a/x"}),
        (narrowed.list_objects_v2, {"Prefix": "vend/"}),
        (narrowed.list_objects_v2, {}),
    ):
        code, text = refused(call, Bucket=BUCKET, **arguments)
        assert (code, "no session policy allows" in text) == ("AccessDenied", True)


def test_a_session_policy_narrows_other_services(aws: Emulated) -> None:
    """DynamoDB by table, everything else by action."""
    session = aws.assume(
        VENDING_ROLE,
        Policy=policy(
            {
                "Effect": "Allow",
                "Action": "dynamodb:GetItem",
                "Resource": "arn:aws:dynamodb:eu-west-1:111111111111:table/vend-ledger",
            },
            {"Effect": "Allow", "Action": "organizations:Describe*", "Resource": "*"},
        ),
    )
    key = {"pk": {"S": "a"}, "sk": {"S": "b"}}
    table = aws.client("dynamodb", session)
    assert "Item" not in table.get_item(TableName="vend-ledger", Key=key)
    assert refused(table.put_item, TableName="vend-ledger", Item=key)[0] == "AccessDeniedException"
    assert refused(table.get_item, TableName="other", Key=key)[0] == "AccessDeniedException"
    organizations = aws.client("organizations", session)
    assert organizations.describe_organization()["Organization"]["Id"] == aws.sandbox.organization_id
    assert refused(organizations.list_accounts)[0] == "AccessDeniedException"
    assert aws.client("sts", session).get_caller_identity()["Account"] == "111111111111"


def test_a_broken_session_policy_is_refused(aws: Emulated) -> None:
    """MalformedPolicyDocument, not a session without limits."""
    assert refused(aws.assume, arn=VENDING_ROLE, Policy="{")[0] == "MalformedPolicyDocument"


def test_s3_control_belongs_to_the_callers_account(aws: Emulated, account_id: str) -> None:
    """The public-access block of another account is out of reach."""
    inside = aws.client("s3control", aws.execution(account_id))
    block = {"BlockPublicAcls": True}
    inside.put_public_access_block(AccountId=account_id, PublicAccessBlockConfiguration=block)
    assert inside.get_public_access_block(AccountId=account_id)["PublicAccessBlockConfiguration"]["BlockPublicAcls"]
    assert refused(inside.get_public_access_block, AccountId="111111111111")[0] == "AccessDenied"


def test_a_token_of_a_trusted_issuer_opens_its_role(aws: Emulated, account_id: str) -> None:
    """AssumeRoleWithWebIdentity: the provider must be trusted, and conditions on claims must hold."""
    import base64

    inside = aws.execution(account_id)
    iam = aws.client("iam", inside)
    provider = iam.create_open_id_connect_provider(
        Url="https://token.example.com", ClientIDList=["sts.amazonaws.com"], ThumbprintList=["0" * 40]
    )["OpenIDConnectProviderArn"]
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": provider},
        "Condition": {"StringEquals": {"token.example.com:sub": "repo:example/app"}},
    }
    arn = iam.create_role(RoleName="ci", AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]

    def token(subject: str) -> str:
        claims = json.dumps({"iss": "https://token.example.com", "sub": subject}).encode()
        return f"e30.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.sig"

    assume = aws.client("sts").assume_role_with_web_identity
    got = assume(RoleArn=arn, RoleSessionName="ci", WebIdentityToken=token("repo:example/app"))
    assert aws.client("sts", got["Credentials"]).get_caller_identity()["Account"] == account_id
    assert refused(assume, RoleArn=arn, RoleSessionName="ci", WebIdentityToken=token("repo:other"))[0] == "AccessDenied"
    assert refused(assume, RoleArn=VENDING_ROLE, RoleSessionName="ci", WebIdentityToken=token("x"))[0] == "AccessDenied"


def test_users_made_here_have_keys_that_work(aws: Emulated) -> None:
    """Keys of an IAM user that a test makes are known, in its account."""
    iam = aws.client("iam")
    iam.create_user(UserName="alice")
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    assert aws.client("sts", key).get_caller_identity()["Arn"] == "arn:aws:iam::111111111111:user/alice"
