"""Secrets stay out of texts, and the credentials endpoint out of strangers' hands."""

from __future__ import annotations

import http.client
import json
import traceback
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from vend.aws import Aws, CredentialsEndpoint, CredentialSource, SessionCredentials
from vend.aws._connection import AssumedRole, connection_from, session_name
from vend.errors import AwsError, Diagnostic
from vend.settings import Settings

SECRETS = ("made-up-secret-key", "made-up-session-token")
ENVIRON = {
    "AWS_ACCESS_KEY_ID": "AKIAMADEUPMADEUPMADE",
    "AWS_SECRET_ACCESS_KEY": SECRETS[0],
    "AWS_SESSION_TOKEN": SECRETS[1],
    "AWS_EC2_METADATA_DISABLED": "true",
}


def static_source(key: str = "AKIAMADEUPMADEUPMADE") -> CredentialSource:
    from botocore.credentials import Credentials

    return CredentialSource(Credentials(key, *SECRETS), "a test")


@pytest.fixture
def endpoint() -> Iterator[CredentialsEndpoint]:
    with CredentialsEndpoint() as endpoint:
        yield endpoint


def get(variables: Mapping[str, str], *, path: str | None = None, token: str | None = None) -> tuple[int, Any, str]:
    """Status, JSON and raw head and body of one request to the endpoint."""
    url = urlsplit(variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
    connection = http.client.HTTPConnection(str(url.hostname), int(url.port or 0), timeout=5)
    headers = {} if token == "" else {"Authorization": token or variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"]}
    try:
        connection.request("GET", url.path if path is None else path, headers=headers)
        response = connection.getresponse()
        body = response.read().decode()
        return response.status, json.loads(body), f"{response.headers}{body}"
    finally:
        connection.close()


def test_with_path_and_token_it_gives_the_credentials(endpoint: CredentialsEndpoint) -> None:
    """In the form of the container credential provider, never to be cached."""
    status, document, raw = get(endpoint.environment(static_source()))
    assert status == 200
    assert document["AccessKeyId"] == "AKIAMADEUPMADEUPMADE"
    assert (document["SecretAccessKey"], document["Token"]) == SECRETS
    assert datetime.fromisoformat(document["Expiration"]) > datetime.now(UTC)
    assert "no-store" in raw


@pytest.mark.parametrize("token", ["", "wrong", "Bearer wrong", "\u00e9"])
def test_without_the_token_it_gives_nothing(endpoint: CredentialsEndpoint, token: str) -> None:
    """A wrong token, or none, is answered with 401 and no secret."""
    status, _, raw = get(endpoint.environment(static_source()), token=token)
    assert status == 401
    assert not any(secret in raw for secret in SECRETS)


def test_a_wrong_path_looks_like_a_wrong_token(endpoint: CredentialsEndpoint) -> None:
    """Nobody learns which paths there are."""
    variables = endpoint.environment(static_source())
    wrong_path, wrong_token = get(variables, path="/"), get(variables, token="wrong")
    assert wrong_path[:2] == wrong_token[:2]
    assert get(variables, path="/", token="")[0] == 401


def test_one_sources_token_does_not_open_anothers_path(endpoint: CredentialsEndpoint) -> None:
    """What a customization is given does not lead to the management account's credentials."""
    management, vended = static_source("AKIAMANAGEMENT"), static_source("AKIAVENDED")
    theirs, ours = endpoint.environment(management), endpoint.environment(vended)
    assert theirs["AWS_CONTAINER_CREDENTIALS_FULL_URI"] != ours["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
    path = urlsplit(theirs["AWS_CONTAINER_CREDENTIALS_FULL_URI"]).path
    status, _, raw = get(ours, path=path)
    assert status == 401
    assert "AKIAMANAGEMENT" not in raw
    assert get(ours)[1]["AccessKeyId"] == "AKIAVENDED"
    assert endpoint.environment(management) == theirs


def test_it_listens_on_the_loopback_interface_alone(endpoint: CredentialsEndpoint) -> None:
    """Its address is 127.0.0.1, and path and token have more than 128 random bits."""
    variables = endpoint.environment(static_source())
    url = urlsplit(variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
    assert url.hostname == "127.0.0.1"
    assert len(url.path) > 30
    assert len(variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"]) > 40
    assert endpoint._server is not None
    assert endpoint._server.server_address[0] == "127.0.0.1"


def test_other_methods_are_not_served(endpoint: CredentialsEndpoint) -> None:
    """Only GET exists."""
    variables = endpoint.environment(static_source())
    url = urlsplit(variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
    connection = http.client.HTTPConnection(str(url.hostname), int(url.port or 0), timeout=5)
    connection.request(
        "POST", url.path, body=b"", headers={"Authorization": variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"]}
    )
    response = connection.getresponse()
    assert response.status == 501
    assert SECRETS[0] not in response.read().decode()
    connection.close()


def test_after_its_end_nobody_answers() -> None:
    """Closing forgets every source; closing again is no error."""
    endpoint = CredentialsEndpoint()
    variables = endpoint.environment(static_source())
    endpoint.close()
    endpoint.close()
    with pytest.raises(OSError, match="refused"):
        get(variables)


def test_it_logs_nothing(endpoint: CredentialsEndpoint, capfd: pytest.CaptureFixture[str]) -> None:
    """Not even the path, which is half of the secret."""
    get(endpoint.environment(static_source()))
    get(endpoint.environment(static_source()), token="wrong")
    captured = capfd.readouterr()
    assert captured.out + captured.err == ""


def test_a_refresh_that_fails_is_an_answer_without_secrets(endpoint: CredentialsEndpoint) -> None:
    """The child process learns why, and the server goes on."""

    class Broken(CredentialSource):
        def current(self) -> SessionCredentials:
            raise AwsError(Diagnostic(code="role-not-assumed", summary="the role cannot be assumed"))

    status, document, _ = get(endpoint.environment(Broken(None, "a test")))
    assert status == 502
    assert document == {"code": "CredentialsUnavailable", "message": "the role cannot be assumed"}
    assert get(endpoint.environment(static_source()))[0] == 200


def test_boto3_takes_credentials_from_it(endpoint: CredentialsEndpoint) -> None:
    """A hook in Python that is given the endpoint works without further ado."""
    from botocore.credentials import ContainerProvider

    credentials = ContainerProvider(environ=endpoint.environment(static_source())).load().get_frozen_credentials()
    assert (credentials.secret_key, credentials.token) == SECRETS


def test_a_session_about_to_expire_is_assumed_again(endpoint: CredentialsEndpoint) -> None:
    """What the endpoint serves is fresh for as long as a run lasts."""
    served = iter(range(1, 100))

    def refresh() -> dict[str, str]:
        soon = datetime.now(UTC) + timedelta(minutes=5)
        return {
            "access_key": f"AKIA{next(served)}",
            "secret_key": SECRETS[0],
            "token": SECRETS[1],
            "expiry_time": soon.isoformat(),
        }

    from botocore.credentials import RefreshableCredentials

    short = RefreshableCredentials.create_from_metadata(metadata=refresh(), refresh_using=refresh, method="test")
    variables = endpoint.environment(CredentialSource(short, "a test"))
    first, second = get(variables)[1], get(variables)[1]
    assert first["AccessKeyId"] != second["AccessKeyId"]
    left = datetime.fromisoformat(second["Expiration"]) - datetime.now(UTC)
    assert timedelta(minutes=4) < left <= timedelta(minutes=5)


def test_no_text_of_ours_shows_a_secret(endpoint: CredentialsEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither `repr` nor `str` of anything that holds credentials."""
    from moto import mock_aws

    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    source = static_source()
    variables = endpoint.environment(source)
    with mock_aws():
        connection = connection_from(ENVIRON, "eu-west-1")
        connection.client("organizations").create_organization(FeatureSet="ALL")
        aws = Aws.connect(Settings(name="example", home_region="eu-west-1"), ENVIRON)
        things = [
            source,
            source.current(),
            connection,
            connection.source("a test"),
            aws,
            aws.management_source().current(),
            endpoint,
            SessionCredentials(access_key="AKIA", secret_key=SECRETS[0], token=SECRETS[1]),
        ]
        texts = [text for thing in things for text in (repr(thing), str(thing), f"{[thing]}")]
    hidden = (*SECRETS, variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"], "AKIAMADEUP")
    assert not [text for text in texts if any(secret in text for secret in hidden)]


def test_a_denied_role_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the diagnostic nor the chain of exceptions behind it."""
    from moto import mock_aws

    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    def deny(**_: Any) -> Any:
        from botocore.exceptions import ClientError

        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not authorized"}}, "AssumeRole")

    role = AssumedRole(
        arn="arn:aws:iam::222222222222:role/AWSControlTowerExecution",
        session_name=session_name("payments"),
        purpose="account 222222222222",
        hint="let it trust the management account",
    )
    with mock_aws():
        connection = connection_from(ENVIRON, "eu-west-1")
        monkeypatch.setattr(connection.client("sts"), "assume_role", deny)
        with pytest.raises(AwsError) as error:
            connection.assume(role)
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code == "role-not-assumed"
    assert diagnostic.hint == "let it trust the management account"
    text = json.dumps(diagnostic.to_json()) + "".join(traceback.format_exception(error.value))
    assert not any(secret in text for secret in SECRETS)


@pytest.mark.parametrize(
    ("slug", "name"),
    [
        ("", "vend"),
        ("payments", "vend-payments"),
        ("größe/../x y", "vend-gr-e-..-x-y"),
        ("a" * 80, "vend-" + "a" * 59),
    ],
)
def test_session_names_are_what_sts_accepts(slug: str, name: str) -> None:
    """At most 64 characters of those that STS takes, whatever the request is called."""
    assert session_name(slug) == name
