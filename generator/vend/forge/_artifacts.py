"""Fetching the reviewed plan bundle of a pull request from the artifacts of GitHub Actions."""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from vend.errors import Diagnostic, RefusedError, VendError
from vend.forge._github import GithubRepository, Pace
from vend.forge._target import Target

if TYPE_CHECKING:
    from github.PullRequest import PullRequest

ARTIFACT_PREFIX = "vend-plan-"
"""Of the artifact's name; what follows is the whole hash of the commit that was planned."""
_SUFFIX = ".vend"
_MOST_BYTES = 1 << 30
_BY_HAND = "apply what was reviewed by its digest: `vend apply --digest SHA256` plans again and applies nothing else"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """Where a bundle comes from.

    Attributes:
        commit: the newest of the pull request, which was planned.
        run: id of the workflow's run that planned it.
    """

    pull_request: int
    commit: str
    artifact: str
    run: int


def fetch(target: Target, out: Path, pace: Pace | None = None) -> Fetched:
    """Writes the newest plan bundle of a pull request's newest commit; 0600.

    Args:
        target: the pull request, or the commit that its merge made.
        out: the file to write; one that is there is replaced.
        pace: how patient to be.

    Raises:
        RefusedError: nothing was reviewed, or what lies there is no bundle.
        ForgeError: GitHub does not give it.
        VendError: it cannot be written.
        ToolMissingError: the library for it is not installed.
    """
    repository = GithubRepository(target, pace or Pace())
    pull = _pull(repository, target)
    commit = pull.head.sha
    name = f"{ARTIFACT_PREFIX}{commit}"
    newest = next(iter(repository.artifacts(name, commit)), None)
    if newest is None:
        raise _not_found(
            f"pull request {pull.number} has no plan for its newest commit, {commit[:12]}",
            f"No run in this repository has an artifact {name}, or it has expired.",
        )
    with tempfile.TemporaryFile() as archive:
        repository.download(newest, archive, _MOST_BYTES)
        _write(archive, name, out)
    return Fetched(pull_request=pull.number, commit=commit, artifact=name, run=newest.workflow_run.id)


def _pull(repository: GithubRepository, target: Target) -> PullRequest:
    if target.pull_request is not None:
        return repository.pull_request(target.pull_request)
    found = None if target.commit is None else repository.pull_request_of(target.commit, merged=True)
    if found is None:
        raise _not_found(f"commit {(target.commit or 'unknown')[:12]} does not come from a merged pull request", None)
    return found


def _not_found(summary: str, detail: str | None) -> RefusedError:
    return RefusedError(Diagnostic(code="review-not-found", summary=summary, detail=detail, hint=_BY_HAND))


def _write(archive: IO[bytes], name: str, out: Path) -> None:
    """Takes the one bundle out of an archive."""
    try:
        with zipfile.ZipFile(archive) as opened:
            members = [member for member in opened.infolist() if member.filename.endswith(_SUFFIX)]
            if len(members) != 1 or members[0].file_size > _MOST_BYTES:
                raise zipfile.BadZipFile(f"{len(members)} plan bundles in it")  # noqa: TRY301 - one end for all
            with opened.open(members[0]) as content:
                _replace(out, content)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        # What zipfile raises for an archive that is damaged, cut off, encrypted, or compressed in a way it lacks.
        raise RefusedError(
            Diagnostic(
                code="artifact-unreadable",
                summary=f"the artifact {name} does not contain a plan bundle",
                detail=str(error) or type(error).__name__,
                hint=_BY_HAND,
            )
        ) from error


def _replace(out: Path, content: IO[bytes]) -> None:
    try:
        descriptor, temporary = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
    except OSError as error:
        raise _not_written(out, error) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            shutil.copyfileobj(content, file)
        Path(temporary).replace(out)
    except OSError as error:
        raise _not_written(out, error) from error
    finally:
        with suppress(FileNotFoundError):
            Path(temporary).unlink()


def _not_written(out: Path, error: OSError) -> VendError:
    return VendError(
        Diagnostic(
            code="bundle-not-written",
            summary=f"the plan bundle cannot be written to {out}",
            detail=error.strerror or str(error),
            hint="choose another file: --out PATH",
        )
    )
