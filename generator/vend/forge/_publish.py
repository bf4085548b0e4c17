"""Publishing the parts of a review one after the other; if one fails, the others continue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from vend.errors import Diagnostic, ForgeError
from vend.forge._failures import FATAL
from vend.forge._github import ANNOTATIONS_AT_ONCE, GithubRepository, Pace
from vend.forge._target import Target
from vend.models import Publication, Published, PublishedPart, PublishedStatus

if TYPE_CHECKING:
    from github.IssueComment import IssueComment
    from github.PullRequest import PullRequest

_PARTS: tuple[PublishedPart, ...] = ("comment", "check", "labels")


def publish(
    target: Target, publication: Publication, pace: Pace | None = None
) -> tuple[tuple[Published, ...], int | None]:
    """Publishes everything that can be: the comment, the check run, the labels.

    Args:
        target: where.
        publication: what.
        pace: how patient to be.

    Returns:
        What came of each part, and the number of the pull request, if there is one.

    Raises:
        ToolMissingError: the library for it is not installed.
    """
    try:
        repository = GithubRepository(target, pace or Pace())
    except ForgeError as error:
        return tuple(_failed(part, error, target) for part in _PARTS), target.pull_request
    run = _Run(repository, target, publication)
    published: list[Published] = []
    for part in _PARTS:
        found = run.part(part)
        published.append(found)
        if any(problem.code in FATAL for problem in found.diagnostics):
            rest = _PARTS[len(published) :]
            published += [
                Published(part=part, status="failed", note="not tried: it would fail in the same way") for part in rest
            ]
            break
    return tuple(published), run.number


class _Run:
    """One publication under way."""

    def __init__(self, repository: GithubRepository, target: Target, publication: Publication) -> None:
        self._repository = repository
        self._target = target
        self._publication = publication
        self._found: PullRequest | ForgeError | None = None
        self._looked = False

    @property
    def number(self) -> int | None:
        """The pull request's; the one that was named, where it was not found."""
        found = self._found
        return self._target.pull_request if found is None or isinstance(found, ForgeError) else found.number

    def _pull(self) -> PullRequest | None:
        """The pull request, looked for once.

        Raises:
            ForgeError: it cannot be found.
        """
        if not self._looked:
            self._looked = True
            try:
                self._found = self._look()
            except ForgeError as error:
                self._found = error
        if isinstance(self._found, ForgeError):
            raise self._found
        return self._found

    def _look(self) -> PullRequest | None:
        target = self._target
        if target.pull_request is not None:
            return self._repository.pull_request(target.pull_request)
        if target.commit is None:
            return None
        return self._repository.pull_request_of(target.commit, merged=not self._publication.newest_only)

    def part(self, part: PublishedPart) -> Published:
        """Publishes one part; its failure is its result."""
        parts: dict[PublishedPart, Callable[[], Published]] = {
            "comment": self._comment,
            "check": self._check,
            "labels": self._labels,
        }
        try:
            return parts[part]()
        except ForgeError as error:
            return _failed(part, error, self._target)

    def _not_meant(self, pull: PullRequest | None) -> str | None:
        """Why nothing is said on the pull request; None where something is."""
        if pull is None:
            return "the commit does not belong to a pull request"
        commit = self._target.commit
        if self._publication.newest_only and commit is not None and pull.head.sha != commit:
            return f"outdated: pull request {pull.number} has newer commits than {commit[:12]}"
        return None

    def _comment(self) -> Published:
        """Updates our comment in place; writes one where there is none.

        Two runs at once may both have found none. Each looks again once it has written, and the oldest comment stays:
        all runs agree on that one without knowing of each other. Whichever is last has the last word in it.
        """
        pull, publication, repository = self._pull(), self._publication, self._repository
        note = self._not_meant(pull)
        if pull is None or note:
            return Published(part="comment", status="skipped", note=note)
        found = next(filter(None, (repository.comments(pull, marker) for marker in publication.markers)), [])
        while found:
            oldest, *others = found
            if _same(oldest.body, publication.comment):
                return self._result_comment(oldest, "unchanged", self._without(others))
            if repository.update_comment(oldest, publication.comment):
                return self._result_comment(oldest, "updated", self._without(others))
            found = others  # somebody deleted it meanwhile
        written = repository.write_comment(pull, publication.comment)
        oldest, *others = repository.comments(pull, _marker(publication)) or [written]
        if oldest.id == written.id:
            return self._result_comment(written, "created", self._without(others))
        if not repository.update_comment(oldest, publication.comment):
            return self._result_comment(written, "created", 0)
        return self._result_comment(oldest, "updated", self._without(others))

    def _without(self, others: list[IssueComment]) -> int:
        """Deletes comments that another run, or a repeated call, has left beside the oldest."""
        return sum(self._repository.delete_comment(comment) for comment in others)

    @staticmethod
    def _result_comment(comment: IssueComment, status: PublishedStatus, deleted: int) -> Published:
        note = f"deleted {deleted} of the same kind" if deleted else None
        return Published(part="comment", status=status, url=comment.html_url, note=note)

    def _check(self) -> Published:
        check, commit = self._publication.check, self._target.commit
        if commit is None:
            pull = self._pull()
            commit = pull.head.sha if pull else None
        if commit is None:
            return Published(part="check", status="skipped", note="no commit is given")
        run = self._repository.create_check(commit, check)
        for first in range(ANNOTATIONS_AT_ONCE, len(check.annotations), ANNOTATIONS_AT_ONCE):
            try:
                self._repository.annotate(run, check, first)
            except ForgeError as error:
                note = f"{first} of {len(check.annotations)} annotations"
                return replace(_failed("check", error, self._target), url=run.html_url, note=note)
        return Published(part="check", status="created", url=run.html_url)

    def _labels(self) -> Published:
        """Makes, adds and removes labels; only ours. One that cannot be made keeps no other from coming or going."""
        pull, publication, repository = self._pull(), self._publication, self._repository
        note = self._not_meant(pull)
        if pull is None or note:
            return Published(part="labels", status="skipped", note=note)
        has = {label.name.casefold(): label.name for label in pull.labels}
        wanted = {label.name.casefold(): label for label in publication.labels}
        owned = {name.casefold() for name in publication.owned}
        missing: list[str] = []
        problems: list[Diagnostic] = []
        for label in (label for key, label in wanted.items() if key not in has):
            try:
                repository.ensure_label(label)
                missing.append(label.name)
            except ForgeError as error:
                problems += error.diagnostics
                if any(problem.code in FATAL for problem in error.diagnostics):
                    raise
        superfluous = [name for key, name in has.items() if key in owned and key not in wanted]
        if missing:
            repository.add_labels(pull, missing)
        for name in superfluous:
            repository.remove_label(pull, name)
        if problems:
            return _failed("labels", ForgeError(problems), self._target)
        told = ", ".join(sorted(label.name for label in publication.labels))
        return Published(part="labels", status="updated" if missing or superfluous else "unchanged", note=told or None)


def _failed(part: PublishedPart, error: ForgeError, target: Target) -> Published:
    """A token that may only read is what GitHub gives to a fork's pull request: no fault of anybody's."""
    denied = all(problem.code == "github-denied" for problem in error.diagnostics)
    if not (target.from_fork and denied):
        return Published(part=part, status="failed", diagnostics=error.diagnostics)
    warnings = tuple(replace(problem, severity="warning", hint=_FORK) for problem in error.diagnostics)
    note = "the pull request comes from a fork, so its token is read-only"
    return Published(part=part, status="skipped", note=note, diagnostics=warnings)


_FORK = "the step summary contains the review; only branches of the repository itself get a comment"


def _marker(publication: Publication) -> str:
    return publication.comment.split("\n", maxsplit=1)[0]


def _same(one: str, other: str) -> bool:
    """Whether two texts are one to GitHub, which may hand out other line ends, and none at the end."""
    return one.replace("\r\n", "\n").rstrip() == other.rstrip()
