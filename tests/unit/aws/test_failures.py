from __future__ import annotations

from typing import Any

import pytest
from botocore import exceptions

from unit.aws.scripted import refusal
from vend.aws._failures import aws_code, aws_message, is_denied, translated
from vend.errors import CODES, AwsError, Diagnostic


def diagnostic_of(error: Exception) -> Diagnostic:
    with pytest.raises(AwsError) as caught, translated("listing the accounts"):
        raise error
    assert caught.value.__cause__ is error
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


@pytest.mark.parametrize(
    ("code", "ours"),
    [
        ("AccessDenied", "access-denied"),
        ("AccessDeniedException", "access-denied"),
        ("ExpiredToken", "credentials-expired"),
        ("ExpiredTokenException", "credentials-expired"),
        ("InvalidClientTokenId", "credentials-invalid"),
        ("SignatureDoesNotMatch", "credentials-invalid"),
        ("ThrottlingException", "aws-throttled"),
        ("TooManyRequestsException", "aws-throttled"),
        ("ResourceInUseException", "control-tower-busy"),
        ("ConcurrentModificationException", "control-tower-busy"),
        ("SomethingElse", "aws-refused"),
    ],
)
def test_a_refused_call_says_what_was_done_and_what_aws_said(code: str, ours: str) -> None:
    """The detail has the action, the operation, AWS's code and AWS's message."""
    diagnostic = diagnostic_of(refusal(code, "the reason", "ListAccounts"))
    assert diagnostic.code == ours
    assert diagnostic.code in CODES
    assert diagnostic.detail == f"listing the accounts: ListAccounts answered {code}: the reason"


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        (exceptions.NoCredentialsError(), "no-credentials"),
        (exceptions.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"), "no-credentials"),
        (exceptions.CredentialRetrievalError(provider="sso", error_msg="made up"), "no-credentials"),
        (exceptions.UnauthorizedSSOTokenError(), "no-credentials"),
        (exceptions.SSOTokenLoadError(error_msg="made up"), "no-credentials"),
        (exceptions.TokenRetrievalError(provider="sso", error_msg="made up"), "no-credentials"),
        (exceptions.ProfileNotFound(profile="prod"), "no-credentials"),
        (exceptions.EndpointConnectionError(endpoint_url="https://example.com"), "aws-unreachable"),
        (exceptions.ConnectTimeoutError(endpoint_url="https://example.com"), "aws-unreachable"),
        (exceptions.ReadTimeoutError(endpoint_url="https://example.com"), "aws-unreachable"),
        (exceptions.ProxyConnectionError(proxy_url="http://example.com"), "aws-unreachable"),
        (exceptions.SSLError(endpoint_url="https://example.com", error="made up"), "aws-unreachable"),
        (exceptions.ParamValidationError(report="made up"), "aws-call-failed"),
    ],
)
def test_a_call_that_was_never_answered_is_diagnosed(error: Exception, ours: str) -> None:
    """Each kind of failure has a code and begins with what was being done."""
    diagnostic = diagnostic_of(error)
    assert diagnostic.code == ours
    assert diagnostic.code in CODES
    assert (diagnostic.detail or "").startswith("listing the accounts: ")


def every_exception() -> list[Any]:
    def below(kind: type[Any]) -> list[Any]:
        return [kind, *(each for child in kind.__subclasses__() for each in below(child))]

    return sorted({k for k in below(exceptions.BotoCoreError) if k.__module__ == "botocore.exceptions"}, key=str)


@pytest.mark.parametrize("kind", every_exception(), ids=lambda kind: kind.__name__)
def test_every_exception_of_botocore_has_a_home(kind: Any) -> None:
    """None of them reaches the user as a traceback."""
    assert diagnostic_of(_made(kind)).code in CODES


def _made(kind: Any) -> Exception:
    class Fields(dict[str, str]):
        def __missing__(self, key: str) -> str:
            return "made up"

    error: Exception = kind.__new__(kind)
    Exception.__init__(error, str(getattr(kind, "fmt", "")).format_map(Fields()))
    return error


def test_other_exceptions_pass_through() -> None:
    """A fault of vend's own is not dressed up as AWS's."""
    with pytest.raises(ZeroDivisionError), translated("listing the accounts"):
        raise ZeroDivisionError


def test_a_hint_for_a_denied_call_can_be_given() -> None:
    """The caller knows best which permission it needs."""
    with pytest.raises(AwsError) as caught, translated("listing", hint="grant it"):
        raise refusal("AccessDenied")
    assert caught.value.diagnostics[0].hint == "grant it"


def test_codes_and_messages_are_read_from_refusals_alone() -> None:
    """Anything else has no code."""
    assert (aws_code(refusal("X", "why")), aws_message(refusal("X", "why"))) == ("X", "why")
    assert (aws_code(ValueError("v")), aws_message(ValueError("v"))) == ("", "v")
    assert is_denied(refusal("AccessDeniedException"))
    assert not is_denied(refusal("ValidationException"))
