"""From a failed call of GitHub to a diagnostic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vend.errors import Diagnostic, ForgeError

_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _UNPROCESSABLE, _TOO_MANY, _SERVER = 401, 403, 404, 422, 429, 500
FATAL = frozenset({"github-unauthorized", "github-unreachable", "github-rate-limited", "github-not-installed"})
"""Codes after which the next call would end alike."""
_DENIED = "the job needs permissions: contents: read, pull-requests: write, issues: write, checks: write"
_HINTS = {
    "github-unauthorized": "GITHUB_TOKEN is wrong, or has expired",
    "github-denied": _DENIED,
    "github-not-found": "check the repository and the number; GitHub also says this of what the token may not read",
    "github-rate-limited": "run the command again later; GitHub says when",
    "github-refused": "GitHub names what it rejects",
    "github-failed": "run the command again; https://www.githubstatus.com shows whether GitHub has problems",
    "github-unreachable": "check the network, HTTPS_PROXY, REQUESTS_CA_BUNDLE and GITHUB_API_URL",
    "github-answer": "check that GITHUB_API_URL is the address of a GitHub API",
}


def failure(doing: str, error: Exception, token: str) -> ForgeError:
    """The failure of a call.

    Args:
        doing: what was being done, such as `writing the comment`.
        error: what PyGithub or requests raised.
        token: what must not be told, whoever says it.
    """
    from github import GithubException
    from requests import RequestException

    detail: str | None
    if isinstance(error, GithubException):
        code, detail = _code(error), _server_message(error)
    elif isinstance(error, RequestException):
        code, detail = "github-unreachable", str(error)
    else:
        code, detail = "github-answer", f"{type(error).__name__}: {error}"
    summary = f"{doing}: {_WORDS[code]}"
    return ForgeError(
        Diagnostic(
            code=code,
            summary=summary,
            detail=detail.replace(token, "(sensitive)") if detail else None,
            hint=_HINTS[code],
        )
    )


_WORDS = {
    "github-unauthorized": "GitHub does not accept the token",
    "github-denied": "GitHub denied the call",
    "github-not-found": "GitHub cannot find it",
    "github-rate-limited": "GitHub's rate limit is reached",
    "github-refused": "GitHub rejected the call",
    "github-failed": "GitHub failed",
    "github-unreachable": "GitHub cannot be reached",
    "github-answer": "the answer cannot be understood",
}


def _code(error: Any) -> str:
    from github import RateLimitExceededException

    status = error.status
    if isinstance(error, RateLimitExceededException) or status == _TOO_MANY or _is_rate_limit(error):
        return "github-rate-limited"
    if (kind := _graphql_kind(error)) is not None:
        return kind
    codes = {_UNAUTHORIZED: "github-unauthorized", _FORBIDDEN: "github-denied", _NOT_FOUND: "github-not-found"}
    return codes.get(status) or ("github-failed" if status >= _SERVER else "github-refused")


_TOLD = ("resource", "field", "code", "message")
_GRAPHQL_KINDS = {"RATE_LIMITED": "github-rate-limited", "FORBIDDEN": "github-denied", "NOT_FOUND": "github-not-found"}


def _graphql_kind(error: Any) -> str | None:
    """What GraphQL says, which answers with status 200 whatever is wrong."""
    return next((_GRAPHQL_KINDS[each["type"]] for each in _errors(error) if each.get("type") in _GRAPHQL_KINDS), None)


def _errors(error: Any) -> list[Mapping[str, Any]]:
    """What GitHub names as wrong, in either of the forms that it uses."""
    named = error.data.get("errors") if isinstance(error.data, Mapping) else None
    return [
        each if isinstance(each, Mapping) else {"message": each} for each in (named if isinstance(named, list) else ())
    ]


def _is_rate_limit(error: Any) -> bool:
    headers = _headers(error)
    return error.status == _FORBIDDEN and ("retry-after" in headers or headers.get("x-ratelimit-remaining") == "0")


def _server_message(error: Any) -> str:
    """GitHub's own words, with what it names as wrong, and what it would have needed."""
    data = error.data if isinstance(error.data, Mapping) else {}
    words = data.get("message") or error.message or ("" if data else error.data)
    details = [f"{error.status}: {words}" if words else str(error.status)]
    details += [" ".join(str(each[key]) for key in _TOLD if each.get(key)) for each in _errors(error)]
    headers = _headers(error)
    needed = headers.get("x-accepted-github-permissions")
    details += [f"permissions that GitHub accepts: {needed}"] if needed and error.status == _FORBIDDEN else []
    retry = headers.get("retry-after")
    details += [f"try again after {retry} {'second' if retry == '1' else 'seconds'}"] if retry else []
    return "\n".join(details)


def _headers(error: Any) -> Mapping[str, str]:
    return {str(name).lower(): str(value) for name, value in (error.headers or {}).items()}
