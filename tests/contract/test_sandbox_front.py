"""How requests come in: hosts, proxies, protocols, and operations that nobody implements."""

from __future__ import annotations

import http.client
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from support.emulated import Emulated, emulated

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def aws() -> Iterator[Emulated]:
    with emulated() as world:
        yield world


def ask(aws: Emulated, method: str, target: str, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(aws.sandbox.endpoint.removeprefix("http://"), timeout=10)
    connection.request(method, target, headers=headers)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, text


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("health", "describe_events", {}),
        ("outposts", "list_outposts", {}),
        ("iam", "get_mfa_device", {"SerialNumber": "x" * 9}),
        ("ec2", "describe_verified_access_groups", {}),
        ("route53", "list_cidr_collections", {}),
        ("s3control", "list_jobs", {"AccountId": "111111111111"}),
        ("organizations", "list_handshakes_for_account", {}),
        ("servicecatalog", "list_stack_instances_for_provisioned_product", {"ProvisionedProductId": "pp-x"}),
        ("sts", "get_session_token", {}),
    ],
)
def test_what_nobody_implements_fails_at_once(
    aws: Emulated, service: str, operation: str, arguments: dict[str, str]
) -> None:
    """A client error that names service and operation, in every protocol, which no SDK tries again."""
    client = aws.client(service)
    name = client.meta.method_to_api_mapping[operation]
    with pytest.raises(ClientError) as caught:
        getattr(client, operation)(**arguments)
    error = caught.value.response
    assert error["Error"]["Code"] == "NotEmulated"
    assert error["Error"]["Message"].startswith(f"vend sandbox: {service} {name} is not emulated")
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert error["ResponseMetadata"]["RetryAttempts"] == 0


def test_an_error_inside_is_an_answer_with_its_text(aws: Emulated) -> None:
    """Whatever breaks in the emulation reaches the caller as an error that it can read."""
    front = aws.sandbox._front
    assert front is not None

    def broken(*_: object) -> dict[str, object]:
        raise KeyError("unforeseen")

    before = front._operations["account", "ListRegions"]
    front._operations["account", "ListRegions"] = broken
    try:
        with pytest.raises(ClientError, match="KeyError: 'unforeseen'"):
            aws.client("account").list_regions()
    finally:
        front._operations["account", "ListRegions"] = before


def test_other_hosts_are_not_asked(aws: Emulated) -> None:
    """As a proxy the sandbox lets no call out, and names the host."""
    status, text = ask(aws, "GET", "http://sts.amazonaws.com/")
    assert status == 502
    assert "sts.amazonaws.com" in text
    connection = http.client.HTTPConnection(aws.sandbox.endpoint.removeprefix("http://"), timeout=10)
    connection.set_tunnel("registry.example.com", 443)
    with pytest.raises(OSError, match="502"):
        connection.connect()
    connection.close()


def test_a_bucket_in_the_host_is_found(aws: Emulated) -> None:
    """Virtual-host style, through the proxy and directly."""
    from botocore.config import Config
    from botocore.session import Session

    client = Session().create_client(
        "s3",
        region_name="eu-west-1",
        endpoint_url=aws.sandbox.endpoint.replace("127.0.0.1", "localhost"),
        aws_access_key_id=aws.variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key="x",
        config=Config(s3={"addressing_style": "virtual"}, proxies={"http": aws.sandbox.endpoint}),
    )
    client.put_object(Bucket="example-vend-state", Key="a b/ü", Body=b"in the host")
    assert client.get_object(Bucket="example-vend-state", Key="a b/ü")["Body"].read() == b"in the host"
    assert [o["Key"] for o in client.list_objects_v2(Bucket="example-vend-state")["Contents"]] == ["a b/ü"]


def test_an_account_in_the_host_is_found(aws: Emulated) -> None:
    """S3 Control sends the account in front of the host name."""
    client = aws.client("s3control")
    client.put_public_access_block(
        AccountId="111111111111", PublicAccessBlockConfiguration={"RestrictPublicBuckets": True}
    )
    block = client.get_public_access_block(AccountId="111111111111")["PublicAccessBlockConfiguration"]
    assert block["RestrictPublicBuckets"]


def test_calls_without_a_signature_are_refused(aws: Emulated) -> None:
    """MissingAuthenticationToken, and AccessDenied where S3 lets anybody ask."""
    status, text = ask(aws, "GET", "/?Action=GetCallerIdentity&Version=2011-06-15")
    assert status == 403
    assert "AccessDenied" in text or "MissingAuthenticationToken" in text
    assert ask(aws, "GET", "/example-vend-state/x")[0] == 403


def test_a_presigned_address_works(aws: Emulated) -> None:
    """Credentials in the query."""
    aws.client("s3").put_object(Bucket="example-vend-state", Key="signed", Body=b"signed")
    url = aws.client("s3").generate_presigned_url(
        "get_object", Params={"Bucket": "example-vend-state", "Key": "signed"}
    )
    assert ask(aws, "GET", url.removeprefix(aws.sandbox.endpoint)) == (200, "signed")


def test_objects_come_back_byte_for_byte(aws: Emulated) -> None:
    """Large bodies, with the checksums that boto3 adds, on a connection that stays open."""
    client, body = aws.client("s3"), bytes(range(256)) * 4096
    for number in range(3):
        client.put_object(Bucket="example-vend-state", Key=f"large/{number}", Body=body)
    assert client.get_object(Bucket="example-vend-state", Key="large/2")["Body"].read() == body
    assert client.head_object(Bucket="example-vend-state", Key="large/2")["ContentLength"] == len(body)


def test_a_lock_is_taken_once(aws: Emulated) -> None:
    """If-None-Match, on which Terraform's native locking stands."""
    client = aws.client("s3")
    client.put_object(Bucket="example-vend-state", Key="x.tflock", Body=b"1", IfNoneMatch="*")
    with pytest.raises(ClientError) as caught:
        client.put_object(Bucket="example-vend-state", Key="x.tflock", Body=b"2", IfNoneMatch="*")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412


def test_a_lock_is_released_only_if_it_is_the_one_that_was_meant(aws: Emulated) -> None:
    """If-Match of a delete, on which the release of a dead run's lock stands."""
    client = aws.client("s3")
    place = {"Bucket": "example-vend-state", "Key": "y.tflock"}
    client.put_object(**place, Body=b"1")
    first = client.get_object(**place)["ETag"]
    client.put_object(**place, Body=b"2")
    with pytest.raises(ClientError) as caught:
        client.delete_object(**place, IfMatch=first)
    assert caught.value.response["Error"]["Code"] == "PreconditionFailed"
    client.delete_object(**place, IfMatch=client.get_object(**place)["ETag"])
    with pytest.raises(ClientError) as caught:
        client.delete_object(**place, IfMatch=first)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_the_state_bucket_and_the_ledger_table_are_there(aws: Emulated) -> None:
    """Versioned; keys `pk` and `sk`, paid per request."""
    location = aws.client("s3").get_bucket_location(Bucket="example-vend-state")
    assert location["LocationConstraint"] == "eu-west-1"
    assert aws.client("s3").get_bucket_versioning(Bucket="example-vend-state")["Status"] == "Enabled"
    table = aws.client("dynamodb").describe_table(TableName="vend-ledger")["Table"]
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


def test_managed_policies_can_be_attached(aws: Emulated) -> None:
    """Although moto leaves AWS's managed policies out unless it loads all of them into every account."""
    iam = aws.client("iam")
    iam.create_role(RoleName="reader", AssumeRolePolicyDocument='{"Version":"2012-10-17","Statement":[]}')
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    iam.attach_role_policy(RoleName="reader", PolicyArn=arn)
    attached = iam.list_attached_role_policies(RoleName="reader")["AttachedPolicies"]
    assert attached == [{"PolicyName": "ReadOnlyAccess", "PolicyArn": arn}]
    with pytest.raises(ClientError, match="does not exist"):
        iam.attach_role_policy(RoleName="reader", PolicyArn="arn:aws:iam::aws:policy/MadeUp")


def test_a_service_that_nobody_knows_is_answered_too(aws: Emulated) -> None:
    """A signing name that botocore does not have."""
    scope = f"AWS4-HMAC-SHA256 Credential={aws.variables['AWS_ACCESS_KEY_ID']}/20261123/eu-west-1/newest/aws4_request"
    status, text = ask(aws, "POST", "/things", Authorization=scope)
    assert status == 400
    assert "vend sandbox: newest POST /things is not emulated" in text


def test_a_body_in_chunks_is_read_to_its_end(aws: Emulated) -> None:
    """Without a content length, and the connection goes on afterwards."""
    connection = http.client.HTTPConnection(aws.sandbox.endpoint.removeprefix("http://"), timeout=10)
    scope = f"AWS4-HMAC-SHA256 Credential={aws.variables['AWS_ACCESS_KEY_ID']}/20261123/eu-west-1/s3/aws4_request, x"
    pieces = [b"first ", b"second"]
    connection.request("PUT", "/example-vend-state/chunks", iter(pieces), {"Authorization": scope}, encode_chunked=True)
    response = connection.getresponse()
    assert (response.status, response.read()) == (200, b"")
    connection.request("GET", "/example-vend-state/chunks", headers={"Authorization": scope})
    assert connection.getresponse().read() == b"first second"
    connection.close()


def test_what_cannot_be_read_is_answered(aws: Emulated) -> None:
    """Neither a broken body nor half a request ends the server."""
    key = aws.variables["AWS_ACCESS_KEY_ID"]
    scope = f"AWS4-HMAC-SHA256 Credential={key}/20261123/eu-west-1/servicecatalog/aws4_request"
    connection = http.client.HTTPConnection(aws.sandbox.endpoint.removeprefix("http://"), timeout=10)
    target = {"Authorization": scope, "X-Amz-Target": "AWS242ServiceCatalogService.SearchProducts"}
    connection.request("POST", "/", b"{", {**target, "Content-Type": "application/x-amz-json-1.1"})
    response = connection.getresponse()
    assert (response.status, "SerializationException" in response.read().decode()) == (400, True)
    connection.close()
    half = http.client.HTTPConnection(aws.sandbox.endpoint.removeprefix("http://"), timeout=10)
    half.putrequest("PUT", "/x")
    half.putheader("Content-Length", "many")
    half.endheaders()
    with pytest.raises(http.client.RemoteDisconnected):
        half.getresponse()
    half.close()
    assert aws.client("sts").get_caller_identity()["Account"] == "111111111111"
