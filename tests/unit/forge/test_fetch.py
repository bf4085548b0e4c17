"""Fetching what a pull request was reviewed by, from a served API."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from support.github_api import HEAD, MERGE, REPOSITORY, TOKEN, Fault, GithubApi, served
from vend.cli.call._call import Call, Streams, answer, view_for
from vend.cli.changes import _publishing
from vend.errors import ForgeError, RefusedError, VendError
from vend.forge import ARTIFACT_PREFIX, Fetched, Pace, Target, TargetOptions, _artifacts, fetch

QUICK = Pace(retries=1, backoff=0, longest_wait=0, timeout=5, between_calls=0, between_writes=0)
NAME = f"{ARTIFACT_PREFIX}{HEAD}"
MERGED = {"state": "closed", "merged_at": "2026-11-24T10:00:00Z", "merge_commit_sha": MERGE}


@pytest.fixture
def api() -> Iterator[GithubApi]:
    with served() as found:
        found.pulls[7] |= MERGED
        yield found


def an_archive(content: bytes = b"a bundle", *names: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for name in names or ("reviewed.vend",):
            opened.writestr(name, content)
    return archive.getvalue()


def a_target(api: GithubApi, **values: Any) -> Target:
    return Target(**{"api_url": api.url, "repository": REPOSITORY, "token": TOKEN, "commit": MERGE, **values})


def test_a_merge_finds_the_plan_of_its_pull_request(api: GithubApi, tmp_path: Path) -> None:
    """Of the newest commit, the newest; only its user may read the file. The token stays with the API."""
    api.an_artifact(NAME, an_archive(b"older"))
    api.an_artifact(NAME, an_archive(b"newer"))
    api.an_artifact(f"{ARTIFACT_PREFIX}{MERGE}", an_archive(b"other"))
    out = tmp_path / "reviewed.vend"
    out.write_bytes(b"what was there")
    assert fetch(a_target(api), out, QUICK) == Fetched(pull_request=7, commit=HEAD, artifact=NAME, run=99)
    assert out.read_bytes() == b"newer"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["reviewed.vend"]


FOREIGN = {"id": 100, "repository_id": 1, "head_repository_id": 2, "head_sha": HEAD}


@pytest.mark.parametrize(
    "artifact",
    [
        None,
        {"expired": True},
        {"workflow_run": FOREIGN},
        {"workflow_run": {**FOREIGN, "head_repository_id": 1, "head_sha": MERGE}},
    ],
    ids=["none", "expired", "of a fork", "of another commit"],
)
def test_what_was_not_reviewed_is_not_applied(
    api: GithubApi, tmp_path: Path, artifact: Mapping[str, Any] | None
) -> None:
    """An artifact has to be there, and to come from the repository's own branch and the commit of its name."""
    if artifact is not None:
        api.an_artifact(NAME, an_archive(), **artifact)
    with pytest.raises(RefusedError) as refused:
        fetch(a_target(api), tmp_path / "reviewed.vend", QUICK)
    (problem,) = refused.value.diagnostics
    assert problem.code == "review-not-found"
    assert "--digest" in (problem.hint or "")
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("pull", [{"merge_commit_sha": "c" * 40}, {"state": "open", "merged_at": None}])
def test_a_commit_that_no_merge_made_has_no_review(api: GithubApi, tmp_path: Path, pull: Mapping[str, Any]) -> None:
    """Somebody pushed to the branch itself, or it is of a pull request that is still open."""
    api.pulls[7] |= pull
    commit = HEAD if pull.get("state") else MERGE
    api.an_artifact(NAME, an_archive())
    with pytest.raises(RefusedError) as refused:
        fetch(a_target(api, commit=commit), tmp_path / "reviewed.vend", QUICK)
    assert [problem.code for problem in refused.value.diagnostics] == ["review-not-found"]


def test_a_pull_request_may_be_named(api: GithubApi, tmp_path: Path) -> None:
    """Whatever became of it."""
    api.pulls[7] |= {"state": "open", "merged_at": None}
    api.an_artifact(NAME, an_archive())
    assert fetch(a_target(api, commit=None, pull_request=7), tmp_path / "a.vend", QUICK).commit == HEAD


@pytest.mark.parametrize(
    "content",
    [b"no archive", an_archive(b"x", "other.txt"), an_archive(b"x", "a.vend", "b.vend"), an_archive()[:-30]],
    ids=["no archive", "no bundle", "two bundles", "cut off"],
)
def test_an_archive_that_holds_no_bundle_is_refused(api: GithubApi, tmp_path: Path, content: bytes) -> None:
    """And writes nothing."""
    api.an_artifact(NAME, content)
    with pytest.raises(RefusedError) as refused:
        fetch(a_target(api), tmp_path / "reviewed.vend", QUICK)
    assert [problem.code for problem in refused.value.diagnostics] == ["artifact-unreadable"]
    assert not [*tmp_path.iterdir()]


def test_an_archive_of_which_any_byte_was_altered_gives_no_other_bundle(tmp_path: Path) -> None:
    """Each byte in turn: it is refused, or what comes out is what went in."""
    whole = b"a bundle that is long enough to be packed, packed, packed"
    content = an_archive(whole)
    out = tmp_path / "reviewed.vend"
    refused = 0
    for position in range(len(content)):
        altered = bytearray(content)
        altered[position] ^= 0x55
        try:
            _artifacts._write(io.BytesIO(altered), NAME, out)
        except RefusedError:
            refused += 1
            assert not out.exists()
        else:
            assert out.read_bytes() == whole
            out.unlink()
    assert refused > len(content) / 2


def test_what_the_token_may_not_read_is_told(api: GithubApi, tmp_path: Path) -> None:
    """With the permission that the job lacks."""
    api.permissions -= {"actions"}
    with pytest.raises(ForgeError) as failed:
        fetch(a_target(api), tmp_path / "reviewed.vend", QUICK)
    (problem,) = failed.value.diagnostics
    assert problem.code == "github-denied"
    assert "actions=write" in (problem.detail or "")


STRANGE = {"total_count": 1, "artifacts": [{"id": 1, "name": NAME, "expired": False, "workflow_run": None}]}


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(method="GET", path=r"/zip$", status=500, body={"message": "no"}), "github-failed"),
        (Fault(method="GET", path=r"/zip$", status=403, body={"message": "no"}), "github-denied"),
        (Fault(method="GET", path=r"/zip$", status=410, body={"message": "gone"}), "github-refused"),
        (Fault(method="GET", path=r"/artifacts$", body=STRANGE, status=200), "github-answer"),
    ],
)
def test_a_download_that_fails_is_told(api: GithubApi, tmp_path: Path, fault: Fault, code: str) -> None:
    """By GitHub's answer; nothing is written."""
    api.an_artifact(NAME, an_archive())
    api.faults.append(fault)
    with pytest.raises(ForgeError) as failed:
        fetch(a_target(api), tmp_path / "reviewed.vend", QUICK)
    assert [problem.code for problem in failed.value.diagnostics] == [code]
    assert TOKEN not in str(failed.value.diagnostics)
    assert not [*tmp_path.iterdir()]


def test_a_server_that_fails_once_is_asked_again(api: GithubApi, tmp_path: Path) -> None:
    """As in every call to GitHub."""
    api.an_artifact(NAME, an_archive())
    api.faults.append(Fault(method="GET", path=r"/zip$", status=502, times=1))
    fetch(a_target(api), tmp_path / "reviewed.vend", QUICK)
    assert (tmp_path / "reviewed.vend").exists()


def test_a_file_that_cannot_be_written_is_told(api: GithubApi, tmp_path: Path) -> None:
    """Here there is no such folder."""
    api.an_artifact(NAME, an_archive())
    with pytest.raises(VendError) as failed:
        fetch(a_target(api), tmp_path / "nowhere" / "reviewed.vend", QUICK)
    assert [problem.code for problem in failed.value.diagnostics] == ["bundle-not-written"]


@pytest.mark.parametrize(("form", "there", "code"), [("text", True, 0), ("json", True, 0), ("json", False, 3)])
def test_the_command_says_what_it_fetched(api: GithubApi, tmp_path: Path, form: str, there: bool, code: int) -> None:  # noqa: FBT001
    """In a workflow's environment: the push of a merge names its commit."""
    if there:
        api.an_artifact(NAME, an_archive())
    environ = {
        "GITHUB_TOKEN": TOKEN,
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_API_URL": api.url,
        "GITHUB_SHA": MERGE,
    }
    streams = Streams(stdin=io.StringIO(), out=io.StringIO(), err=io.StringIO())
    view = view_for(form, streams)
    call = Call(fleet=None, directory=tmp_path, environ=environ, form=form, streams=streams, view=view)
    assert answer(call, lambda call: _publishing.fetch(call, Path("r.vend"), TargetOptions(), QUICK)) == code
    told = streams.out.getvalue()  # type: ignore[attr-defined]  # StringIO
    if form == "text":
        assert told == "r.vend is the plan of pull request 7, commit aaaaaaaaaaaa\n"
    elif there:
        document = json.loads(told)
        assert document == {
            "pull_request": 7,
            "commit": HEAD,
            "artifact": NAME,
            "run": 99,
            "file": "r.vend",
            "diagnostics": [],
        }
    else:
        assert [problem["code"] for problem in json.loads(told)["diagnostics"]] == ["review-not-found"]
