"""Where to publish a review, from GitHub Actions' environment and command-line options."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from vend.errors import Diagnostic, InvalidInputError

API = "https://api.github.com"
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.IGNORECASE)
_TOKEN = re.compile(r"[\x21-\x7e]+")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetOptions:
    """What was asked for by option; what is None comes from the environment."""

    repository: str | None = None
    pull_request: int | None = None
    commit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A repository on GitHub, and what of it a review belongs to.

    Attributes:
        repository: `owner/name`.
        pull_request: its number; None where GitHub must be asked for the commit's.
        commit: the commit that was planned; None where it is the pull request's newest.
        from_fork: whether the pull request comes from a fork, so that the token may read only.
    """

    api_url: str
    repository: str
    token: str = field(repr=False)
    pull_request: int | None = None
    commit: str | None = None
    from_fork: bool = False


def target_of(environ: Mapping[str, str], options: TargetOptions) -> Target:
    """Where to publish.

    Args:
        environ: GITHUB_TOKEN, GITHUB_REPOSITORY, GITHUB_API_URL, GITHUB_EVENT_PATH and GITHUB_SHA, as GitHub Actions
            sets them (but for the token, which a workflow passes on).
        options: what takes their place.

    Raises:
        InvalidInputError: something is missing or cannot be used; everything that is wrong.
    """
    problems: list[Diagnostic] = []
    event, unreadable = _event(environ.get("GITHUB_EVENT_PATH"))
    repository = options.repository or environ.get("GITHUB_REPOSITORY", "")
    if not _REPOSITORY.fullmatch(repository):
        problems.append(
            _problem(
                f'"{repository}" is not a GitHub repository' if repository else "no repository is given",
                "set GITHUB_REPOSITORY, or pass `--repository OWNER/NAME`",
            )
        )
    token = environ.get("GITHUB_TOKEN", "").strip()
    if not token:
        problems.append(
            _problem(
                "GITHUB_TOKEN is not set",
                "in a workflow, pass it on to the step: `env: { GITHUB_TOKEN: ${{ github.token }} }`",
            )
        )
    elif not _TOKEN.fullmatch(token):
        problems.append(_problem("GITHUB_TOKEN contains characters that no token has", "set it to the token only"))
    api_url = (environ.get("GITHUB_API_URL") or API).rstrip("/")
    if not is_safe(api_url):
        problems.append(
            _problem(
                "GITHUB_API_URL is not an https address",
                "vend sends the token there: set it to an address such as https://github.example.com/api/v3",
            )
        )
    commit = options.commit or _commit(event) or (None if _is_comment(event) else environ.get("GITHUB_SHA"))
    if commit is not None and not _COMMIT.fullmatch(commit):
        problems.append(
            _problem(f'"{commit}" is not a commit', "give the full hash, as `git rev-parse HEAD` prints it")
        )
    pull_request = options.pull_request or _pull_request(event)
    if unreadable and not options.pull_request:
        problems.append(unreadable)
    if problems:
        raise InvalidInputError(problems)
    return Target(
        api_url=api_url,
        repository=repository,
        token=token,
        pull_request=pull_request,
        commit=commit,
        from_fork=_from_fork(event, repository),
    )


def _event(path: str | None) -> tuple[Mapping[str, Any], Diagnostic | None]:
    """What triggered the workflow; nothing outside of one."""
    if not path:
        return {}, None
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return {}, _problem(
            f"the event in GITHUB_EVENT_PATH cannot be read: {path}",
            "pass `--pull-request NUMBER`, or unset GITHUB_EVENT_PATH",
            str(error),
        )
    return (found if isinstance(found, Mapping) else {}), None


def _commit(event: Mapping[str, Any]) -> str | None:
    """On a pull request GITHUB_SHA is a merge that nobody pushed; checks belong to the branch's own commit."""
    return _text(event, "pull_request", "head", "sha") or _text(event, "workflow_run", "head_sha")


def _is_comment(event: Mapping[str, Any]) -> bool:
    """Somebody's comment started the run, so that GITHUB_SHA is the default branch's."""
    return isinstance(event.get("issue"), Mapping)


def _pull_request(event: Mapping[str, Any]) -> int | None:
    candidates = [event.get("pull_request")]
    issue = event.get("issue")
    candidates += [issue] if isinstance(issue, Mapping) and "pull_request" in issue else []
    run = event.get("workflow_run")
    pulls = run.get("pull_requests") if isinstance(run, Mapping) else None
    candidates += pulls[:1] if isinstance(pulls, list) else []
    numbers = [found.get("number") for found in candidates if isinstance(found, Mapping)]
    return next((number for number in numbers if isinstance(number, int) and number > 0), None)


def _from_fork(event: Mapping[str, Any], repository: str) -> bool:
    """A fork that is gone has no repository any more."""
    if not isinstance(event.get("pull_request"), Mapping):
        return False
    return (_text(event, "pull_request", "head", "repo", "full_name") or "").casefold() != repository.casefold()


def _text(event: Mapping[str, Any], *path: str) -> str | None:
    found: Any = event
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) else None


def is_safe(url: str) -> bool:
    """Whether what is sent there, or comes from there, is read by nobody else."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    return (
        bool(host)
        and parts.username is None
        and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK))
    )


def _problem(summary: str, hint: str, detail: str | None = None) -> Diagnostic:
    return Diagnostic(code="github-environment", summary=summary, detail=detail, hint=hint)
