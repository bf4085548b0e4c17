"""The calls of GitHub's API that publishing makes, through PyGithub; failures become diagnostics."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from vend.errors import Diagnostic, ToolMissingError
from vend.forge._failures import failure
from vend.forge._target import Target, is_safe
from vend.models import Annotation, CheckRun, Label

if TYPE_CHECKING:
    from github import Github, GithubRetry
    from github.Artifact import Artifact
    from github.CheckRun import CheckRun as GithubCheckRun
    from github.IssueComment import IssueComment
    from github.PullRequest import PullRequest
    from github.Repository import Repository
    from requests import PreparedRequest

ANNOTATIONS_AT_ONCE = 50
"""Of a check run, in one request. Source: GitHub's REST API, "Create a check run"."""
_VIEWER = "query { viewer { login } }"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How patient to be with GitHub; all in seconds but `retries`.

    Attributes:
        retries: of a call that met a failing server, a broken connection, or a limit on calls.
        backoff: before the second retry; doubled from there. The first is at once.
        longest_wait: for a limit on calls to end; where GitHub asks for more, the call fails.
        timeout: until an answer begins.
        between_calls: one after the other, never at once, as GitHub asks of its callers.
        between_writes: GitHub takes 80 in a minute; a review makes some 20 at most.
    """

    retries: int = 3
    backoff: float = 1.0
    longest_wait: float = 60.0
    timeout: int = 20
    between_calls: float = 0.05
    between_writes: float = 0.25


class GithubRepository:
    """One repository on GitHub, with the session of one token. Every method raises ForgeError."""

    def __init__(self, target: Target, pace: Pace) -> None:
        """Opens it.

        Raises:
            ToolMissingError: PyGithub is not installed.
            ForgeError: GitHub does not show the repository.
        """
        self._token = target.token
        self._pace = pace
        self._github = _client(target, pace)
        self._login: str | None = None
        with self._doing(f"finding the repository {target.repository}"):
            # Not lazy: a repository that was renamed is answered under its present name; only reading is redirected.
            self._repository: Repository = self._github.get_repo(target.repository)

    @contextmanager
    def _doing(self, what: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            # PyGithub raises its own errors, those of requests, and assertions about answers that it does not expect:
            # one part of a publication that fails must leave the others be, whatever it failed of.
            raise failure(what, error, self._token) from error

    @property
    def login(self) -> str:
        """Who the token belongs to; of a workflow's token, `github-actions[bot]`.

        REST has no such answer for an installation's token: GET /user is denied. GraphQL's viewer answers all kinds.
        """
        if self._login is None:
            with self._doing("finding out whose the token is"):
                _, answer = self._github.requester.graphql_query(_VIEWER, {})
                self._login = str(answer["data"]["viewer"]["login"])
        return self._login

    def pull_request(self, number: int) -> PullRequest:
        """The pull request of this number."""
        with self._doing(f"finding pull request {number}"):
            pull = self._repository.get_pull(number)
            _ = pull.head.sha  # an answer of another form fails here, as one that cannot be understood
            return pull

    def pull_request_of(self, commit: str, *, merged: bool) -> PullRequest | None:
        """The pull request that a commit belongs to: the oldest of several.

        Args:
            commit: its hash.
            merged: whether it is what a merge made, rather than the newest of a branch.
        """
        with self._doing(f"finding the pull request of commit {commit[:12]}"):
            found = [*self._repository.get_commit(commit).get_pulls()]
            if merged:
                fitting = [pull for pull in found if pull.merge_commit_sha == commit] or [
                    p for p in found if p.merged_at
                ]
            else:
                fitting = [pull for pull in found if pull.head.sha == commit and pull.state == "open"]
            return min(fitting, key=lambda pull: pull.number, default=None)

    def comments(self, pull: PullRequest, marker: str) -> list[IssueComment]:
        """Our own comments that begin with this marker, oldest first; what others wrote is never among them."""
        login = self.login.casefold()
        with self._doing(f"reading the comments of pull request {pull.number}"):
            found = [
                comment
                for comment in pull.get_issue_comments()
                if (comment.body or "").startswith(marker) and _author(comment) == login
            ]
            return sorted(found, key=lambda comment: comment.id)

    def write_comment(self, pull: PullRequest, body: str) -> IssueComment:
        """A new comment."""
        with self._doing(f"writing a comment on pull request {pull.number}"):
            return pull.create_issue_comment(body)

    def update_comment(self, comment: IssueComment, body: str) -> bool:
        """Gives a comment another text; false where it is gone."""
        return self._unless_gone(f"updating comment {comment.id}", lambda: comment.edit(body))

    def delete_comment(self, comment: IssueComment) -> bool:
        """Deletes one of our own comments; false where it is gone already."""
        return self._unless_gone(f"deleting comment {comment.id}", comment.delete)

    def create_check(self, commit: str, check: CheckRun) -> GithubCheckRun:
        """A check run, with as many annotations as GitHub takes at once.

        A new one each time: what an earlier one of this name has beside the files cannot be taken away, and GitHub
        shows the newest.
        """
        from github.GithubObject import NotSet

        with self._doing(f"writing the check run of commit {commit[:12]}"):
            return self._repository.create_check_run(
                check.name,
                commit,
                details_url=check.details_url or NotSet,
                external_id=check.external_id,
                status="completed",
                conclusion=check.conclusion,
                output=_output(check, check.annotations[:ANNOTATIONS_AT_ONCE]),
            )

    def annotate(self, run: GithubCheckRun, check: CheckRun, first: int) -> None:
        """Adds the annotations from this one on, as many as GitHub takes at once, to those that a check run has."""
        batch = check.annotations[first : first + ANNOTATIONS_AT_ONCE]
        total = len(check.annotations)
        with self._doing(f"writing annotations {first + 1} to {first + len(batch)} of {total} to the check run"):
            run.edit(output=_output(check, batch))

    def ensure_label(self, label: Label) -> None:
        """Makes a label in the repository if there is none of its name; one that is there keeps its looks."""
        from github import UnknownObjectException

        with self._doing(f'creating the label "{label.name}"'):
            try:
                self._repository.get_label(label.name)
            except UnknownObjectException:
                self._create_label(label)

    def _create_label(self, label: Label) -> None:
        from github import GithubException

        try:
            self._repository.create_label(label.name, label.color, label.description)
        except GithubException as error:
            if not _already_exists(error):  # else another run was quicker
                raise

    def add_labels(self, pull: PullRequest, names: list[str]) -> None:
        """Gives a pull request labels that the repository has."""
        with self._doing(f"labelling pull request {pull.number}"):
            pull.add_to_labels(*names)

    def remove_label(self, pull: PullRequest, name: str) -> bool:
        """Takes a label away from a pull request; false where it has none."""
        return self._unless_gone(f'removing the label "{name}"', lambda: pull.remove_from_labels(name))

    def artifacts(self, name: str, commit: str) -> list[Artifact]:
        """What runs on the repository's own branches left under this name for a commit, newest first.

        A fork's pull request runs in this repository too, and calls its artifacts what it likes; it may even have the
        same commit. What counts is whose branch ran. Those that have expired are left out.
        """
        with self._doing(f"looking for the artifact {name}"):
            own = self._repository.id
            found = [
                artifact
                for artifact in self._repository.get_artifacts(name)
                if not artifact.expired
                and artifact.workflow_run.head_sha == commit
                and artifact.workflow_run.head_repository_id == own
            ]
            return sorted(found, key=lambda artifact: artifact.created_at, reverse=True)

    def download(self, artifact: Artifact, file: IO[bytes], most: int) -> None:
        """Writes an artifact's archive into a file.

        GitHub answers with an address elsewhere, where the token is not sent to: PyGithub would not go there.

        Args:
            artifact: which one.
            file: open for writing.
            most: bytes; a larger one fails.
        """
        from github import GithubException
        from requests import Session
        from requests.adapters import HTTPAdapter

        url = artifact.archive_download_url
        with self._doing(f"downloading the artifact {artifact.name}"), Session() as session:
            for scheme in ("https://", "http://"):
                session.mount(scheme, HTTPAdapter(max_retries=_retry(self._pace)))
            # As `auth`: a header would give way to what ~/.netrc says of the host.
            with session.get(url, auth=self._authorized, timeout=self._pace.timeout, stream=True) as answer:
                if not answer.ok:
                    raise GithubException(answer.status_code, {"message": answer.reason}, dict(answer.headers))
                if not is_safe(answer.url):
                    raise ValueError(f"it redirects to {answer.url}, which is not an https address")
                for chunk in answer.iter_content(1 << 16):
                    file.write(chunk)
                    if file.tell() > most:
                        raise ValueError(f"it has more than {most} bytes")

    def _authorized(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"token {self._token}"
        return request

    def _unless_gone(self, what: str, call: Any) -> bool:
        from github import GithubException

        with self._doing(what):
            try:
                call()
            except GithubException as error:
                if error.status in _GONE:
                    return False
                raise
            return True


_GONE = frozenset({404, 410})


def _author(comment: IssueComment) -> str:
    """Who wrote it; nobody where the user is gone."""
    user: Any = comment.user  # PyGithub does not say that it may be None
    return user.login.casefold() if user is not None and user.login else ""


def _client(target: Target, pace: Pace) -> Github:
    try:
        from github import Auth, Github
    except ImportError as error:
        raise ToolMissingError(
            Diagnostic(
                code="github-not-installed",
                summary="PyGithub, which publishes on GitHub, is not installed",
                detail=str(error),
                hint="pip install 'vend[github]'",
            )
        ) from error

    from vend._version import __version__

    return Github(
        auth=Auth.Token(target.token),
        base_url=target.api_url,
        user_agent=f"vend/{__version__}",
        per_page=100,
        timeout=pace.timeout,
        seconds_between_requests=pace.between_calls,
        seconds_between_writes=pace.between_writes,
        retry=_retry(pace),
    )


def _retry(pace: Pace) -> GithubRetry:
    from vend.forge._patience import BoundedRetry

    return BoundedRetry(
        total=pace.retries,
        backoff_factor=pace.backoff,
        max_rate_limit_wait=pace.longest_wait,
        raise_on_status=False,  # the last answer says more than "too many"
    )


def _output(check: CheckRun, annotations: tuple[Annotation, ...]) -> dict[str, Any]:
    output: dict[str, Any] = {"title": check.title, "summary": check.summary}
    output |= {"text": check.text} if check.text else {}
    return {**output, "annotations": [_annotation(each) for each in annotations]}


def _annotation(annotation: Annotation) -> dict[str, str | int]:
    columns: dict[str, str | int] = {}
    if annotation.columns is not None:
        columns = {"start_column": annotation.columns[0], "end_column": annotation.columns[1]}
    return {
        "path": annotation.path,
        "start_line": annotation.line,
        "end_line": annotation.line,
        **columns,
        "annotation_level": annotation.level,
        "title": annotation.title,
        "message": annotation.message,
    }


def _already_exists(error: Any) -> bool:
    errors = error.data.get("errors", ()) if isinstance(error.data, dict) else ()
    return any(isinstance(each, dict) and each.get("code") == "already_exists" for each in errors)
