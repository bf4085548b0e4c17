"""Botocore's exceptions as diagnostics: what was being done, what AWS said, what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from vend.errors import AwsError, Diagnostic

_DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedException", "Forbidden", "403"}
)
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_INVALID = frozenset(
    {
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "SignatureDoesNotMatch",
        "InvalidAccessKeyId",
        "IncompleteSignature",
        "InvalidSignatureException",
        "AuthFailure",
    }
)
_THROTTLED = frozenset({"Throttling", "ThrottlingException", "TooManyRequestsException", "SlowDown"})
_BUSY = frozenset({"ResourceInUseException", "ConcurrentModificationException"})

_CREDENTIALS_HINT = (
    "set AWS_PROFILE, or AWS_ACCESS_KEY_ID with its companions, or sign in (`aws sso login`); "
    "`aws sts get-caller-identity` must work in the same shell"
)


def aws_code(error: Exception) -> str:
    """AWS's own error code, such as `AccessDeniedException`; empty for anything but a refused call."""
    response: Any = getattr(error, "response", None)
    if not isinstance(response, dict):
        return ""
    return str(response.get("Error", {}).get("Code", ""))


def aws_message(error: Exception) -> str:
    """AWS's own message of a refused call; the exception's text for anything else."""
    response: Any = getattr(error, "response", None)
    if not isinstance(response, dict):
        return str(error)
    return str(response.get("Error", {}).get("Message", "")) or str(error)


def is_denied(error: Exception) -> bool:
    """Whether the call was refused for want of permission."""
    return aws_code(error) in _DENIED


@contextmanager
def translated(doing: str, *, hint: str | None = None) -> Iterator[None]:
    """Raises AwsError for whatever botocore raises inside.

    Args:
        doing: what is being done, in the form "listing the accounts"; begins the diagnostic's detail.
        hint: what to do when the call is refused for want of permission; a general one otherwise.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise AwsError(_refused_call(doing, error, hint)) from error
    except BotoCoreError as error:
        raise AwsError(_failed_call(doing, error)) from error


def _refused_call(doing: str, error: Any, hint: str | None) -> Diagnostic:
    code, message = aws_code(error), aws_message(error)
    operation = getattr(error, "operation_name", "") or "the call"
    detail = f"{doing}: {operation} answered {code}: {message}"
    if code in _EXPIRED:
        return Diagnostic(
            code="credentials-expired",
            summary="the AWS credentials have expired",
            detail=detail,
            hint="sign in again, then run the command again: it resumes",
        )
    if code in _INVALID:
        return Diagnostic(
            code="credentials-invalid",
            summary="AWS does not accept the credentials",
            detail=detail,
            hint=_CREDENTIALS_HINT,
        )
    if code in _DENIED:
        return Diagnostic(
            code="access-denied",
            summary=f"AWS denied {operation}",
            detail=detail,
            hint=hint or "run `vend doctor` to see which permissions are missing; modules/foundation grants them",
        )
    if code in _THROTTLED:
        return Diagnostic(
            code="aws-throttled",
            summary=f"AWS kept throttling {operation}, and vend gave up",
            detail=detail,
            hint="run the command again later: it resumes",
        )
    if code in _BUSY:
        return Diagnostic(
            code="control-tower-busy",
            summary="another operation is in progress",
            detail=detail,
            hint="run the command again later: it resumes",
        )
    return Diagnostic(code="aws-refused", summary=f"AWS refused {operation}: {code}", detail=detail)


def _failed_call(doing: str, error: Exception) -> Diagnostic:
    from botocore import exceptions

    detail = f"{doing}: {error}"
    if isinstance(error, exceptions.ProfileNotFound):
        return Diagnostic(
            code="no-credentials",
            summary="the AWS profile does not exist",
            detail=detail,
            hint="run `aws configure list-profiles` to list the existing ones",
        )
    if isinstance(
        error,
        exceptions.NoCredentialsError
        | exceptions.PartialCredentialsError
        | exceptions.CredentialRetrievalError
        | exceptions.TokenRetrievalError
        | exceptions.SSOError,
    ):
        return Diagnostic(
            code="no-credentials",
            summary="no usable AWS credentials",
            detail=detail,
            hint=_CREDENTIALS_HINT,
        )
    if isinstance(error, exceptions.ConnectionError | exceptions.HTTPClientError):
        return Diagnostic(
            code="aws-unreachable",
            summary="AWS cannot be reached",
            detail=detail,
            hint="check the network, HTTPS_PROXY and AWS_ENDPOINT_URL",
        )
    return Diagnostic(code="aws-call-failed", summary="a call to AWS could not be made", detail=detail)
