"""`vend review publish`, with a bundle and a served API."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from support.fake_lifecycle import a_report
from support.github_api import HEAD, MERGE, REPOSITORY, TOKEN, Fault, GithubApi, served
from support.plans import PLANS, recorded
from vend.cli._main import main
from vend.cli.call._call import Call, Streams, answer, view_for
from vend.cli.changes import _publishing
from vend.errors import Diagnostic
from vend.forge import Pace, TargetOptions
from vend.models import Report
from vend.review import pack, review_of, write_bundle
from vend.views import comment_marker

QUICK = Pace(retries=0, between_calls=0, between_writes=0)


@dataclass
class Answer:
    """What a call of the command came to."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    @property
    def statuses(self) -> dict[str, str]:
        return {each["part"]: each["status"] for each in self.document["published"]}


@pytest.fixture
def api() -> Iterator[GithubApi]:
    with served() as found:
        yield found


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """A fleet below the top of a repository, with the bundle of a plan."""
    (tmp_path / ".git").mkdir()
    fleet = tmp_path / "fleets" / "prod"
    fleet.mkdir(parents=True)
    (fleet / "vend.hcl").write_text('fleet "example" { home_region = "eu-west-1" }\n')
    plan = PLANS["mixed"]()
    write_bundle(pack(recorded(plan), review_of(plan), {}), fleet / "reviewed.vend")
    return fleet


def an_event(fleet: Path, document: Any) -> str:
    path = fleet / f"event-{len(list(fleet.glob('event-*')))}.json"
    path.write_text(json.dumps(document))
    return str(path)


def a_pull_request_event(fleet: Path, *, fork: bool = False) -> str:
    head = {"sha": HEAD, "repo": {"full_name": "mallory/accounts" if fork else REPOSITORY}}
    return an_event(fleet, {"pull_request": {"number": 7, "head": head}})


def environ(api: GithubApi, fleet: Path, **values: str | None) -> dict[str, str]:
    """What GitHub Actions sets on a pull request."""
    found: dict[str, str | None] = {
        "GITHUB_TOKEN": TOKEN,
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_API_URL": api.url,
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_RUN_ID": "99",
        "GITHUB_SHA": MERGE,
        "GITHUB_STEP_SUMMARY": str(fleet / "summary.md"),
        "GITHUB_EVENT_PATH": a_pull_request_event(fleet),
        **values,
    }
    return {name: value for name, value in found.items() if value is not None}


def published(fleet: Path, environ: Mapping[str, str], form: str = "json", **values: Any) -> Answer:
    streams = Streams(stdin=io.StringIO(), out=io.StringIO(), err=io.StringIO())
    call = Call(
        fleet=None,
        directory=fleet,
        environ=environ,
        form=form,
        streams=streams,
        view=view_for(form, streams),
        command="publish",
    )
    asked = _publishing.Asked(**{"wanted": TargetOptions(), **values})
    code = answer(call, lambda call: _publishing.publish(call, Path("reviewed.vend"), asked, QUICK))
    return Answer(code=code, out=streams.out.getvalue(), err=streams.err.getvalue())  # type: ignore[attr-defined]  # StringIO


def test_a_review_is_published_from_its_bundle(api: GithubApi, fleet: Path) -> None:
    """Summary, comment, check run, labels: of the pull request's own commit, with the paths of the repository."""
    found = published(fleet, environ(api, fleet))
    assert (found.code, found.err) == (0, "")
    assert found.statuses == {"summary": "created", "comment": "created", "check": "created", "labels": "updated"}
    assert found.document["pull_request"] == 7
    (body,) = api.bodies()
    assert body.startswith(comment_marker("example", "o-exampleorgid"))
    (check,) = api.checks
    assert check["head_sha"] == HEAD
    assert check["details_url"] == f"https://github.com/{REPOSITORY}/actions/runs/99"
    assert {a["path"].rsplit("/", 1)[0] for a in check["annotations"]} == {"fleets/prod/account-requests"}
    assert (fleet / "summary.md").read_text() == body


def test_a_second_run_changes_nothing_but_adds_to_its_own_summary(api: GithubApi, fleet: Path) -> None:
    """The runner makes a file for each step; whatever is there already stays."""
    published(fleet, environ(api, fleet))
    found = published(fleet, environ(api, fleet), form="text")
    assert "comment       unchanged  https://github.com/acme/accounts/pull/7#issuecomment-1001" in found.out
    assert "check run     created    https://github.com/acme/accounts/runs/" in found.out
    assert (fleet / "summary.md").read_text() == api.bodies()[0] * 2


def _applied(fleet: Path, report: Report | str) -> Path:
    text = report if isinstance(report, str) else json.dumps(report.to_json())
    (fleet / "applied.json").write_text(text)
    return Path("applied.json")


def test_what_was_applied_is_told_on_the_pull_request_that_was_merged(api: GithubApi, fleet: Path) -> None:
    """The push of the merge names no pull request; the comment is frozen, and so it stays."""
    published(fleet, environ(api, fleet))
    api.pulls[7] |= {"state": "closed", "merged_at": "2026-11-24T10:00:00Z", "merge_commit_sha": MERGE}
    on_push = environ(api, fleet, GITHUB_EVENT_PATH=an_event(fleet, {"after": MERGE}))
    report = a_report(**{account.account: "succeeded" for account in review_of(PLANS["mixed"]()).accounts})
    found = published(fleet, on_push, applied=_applied(fleet, report))
    assert found.statuses == {"summary": "created", "comment": "updated", "check": "created", "labels": "updated"}
    (body,) = api.bodies()
    assert "## vend `example`: applied\n" in body
    assert api.checks[-1]["head_sha"] == MERGE
    assert api.checks[-1]["name"] == "vend apply example"
    assert [label["name"] for label in api.pulls[7]["labels"]] == ["vend example: applied"]


def test_an_apply_that_was_refused_is_told_too(api: GithubApi, fleet: Path) -> None:
    """Its document holds the reason, and no account."""
    refused = Diagnostic(code="bundle-expired", summary="too old")
    document = json.dumps(
        {"run": None, "status": "failed", "terraform_runs": 0, "results": [], "diagnostics": [refused.to_json()]}
    )
    assert published(fleet, environ(api, fleet), applied=_applied(fleet, document)).code == 0
    assert "**not applied:** bundle-expired" in api.bodies()[0]


@pytest.mark.parametrize("written", [None, "", " \n"], ids=["missing", "empty", "blank"])
def test_an_apply_without_an_answer_is_told_too(api: GithubApi, fleet: Path, written: str | None) -> None:
    """It was killed, or never began."""
    if written is not None:
        _applied(fleet, written)
    assert published(fleet, environ(api, fleet), applied=Path("applied.json")).code == 0
    assert "apply-without-answer" in api.bodies()[0]


@pytest.mark.parametrize(
    "written",
    ["{", "[]", "{}", '"x"', json.dumps({**a_report(a="succeeded").to_json(), "status": "<b>fine</b>"}), "\udcff"],
)
def test_another_file_is_no_answer_of_an_apply(api: GithubApi, fleet: Path, written: str) -> None:
    """Nothing is published then."""
    (fleet / "applied.json").write_bytes(written.encode("utf-8", "surrogateescape"))
    found = published(fleet, environ(api, fleet), applied=Path("applied.json"))
    assert found.code == 4
    assert [problem["code"] for problem in found.document["diagnostics"]] == ["apply-answer-unreadable"]
    assert found.document["published"] == []
    assert not api.calls


def test_a_pull_request_from_a_fork_has_the_summary(api: GithubApi, fleet: Path) -> None:
    """Its token may only read: everything else is told as skipped, and the exit code is 0."""
    api.permissions.clear()
    found = published(fleet, environ(api, fleet, GITHUB_EVENT_PATH=a_pull_request_event(fleet, fork=True)))
    assert found.code == 0
    assert found.statuses == {"summary": "created", "comment": "skipped", "check": "skipped", "labels": "skipped"}
    assert {problem["severity"] for problem in found.document["diagnostics"]} == {"warning"}
    assert (fleet / "summary.md").read_text().startswith(comment_marker("example", "o-exampleorgid"))


def test_what_fails_fails_the_command_alone(api: GithubApi, fleet: Path) -> None:
    """Everything else is published; the text says what is wrong, and what to do."""
    api.faults.append(Fault("POST", "/check-runs", 403, {"message": "Resource not accessible by integration"}))
    found = published(fleet, environ(api, fleet), form="text")
    assert found.code == 1
    assert "check run     failed" in found.out
    assert "error[github-denied]: writing the check run" in found.out
    assert "hint: the job needs permissions" in found.out
    assert len(api.bodies()) == 1
    assert api.pulls[7]["labels"]


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("status", [401, 403, 404, 422, 429, 500])
def test_the_token_is_shown_nowhere(api: GithubApi, fleet: Path, form: str, status: int) -> None:
    """Whatever fails, and though the other side repeats it."""
    said = {"message": f"{TOKEN} is bad", "errors": [{"message": TOKEN}, TOKEN]}
    api.faults.append(Fault("POST", "/(check-runs|comments)", status, said))
    found = published(fleet, environ(api, fleet), form=form)
    assert found.code == 1
    assert TOKEN not in found.out + found.err
    assert "(sensitive) is bad" in found.out


def test_outside_of_github_actions_options_say_where(api: GithubApi, fleet: Path) -> None:
    """Only the token comes from the environment."""
    found = published(
        fleet,
        {"GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": api.url},
        wanted=TargetOptions(repository=REPOSITORY, pull_request=7, commit=HEAD),
        report_url="https://example.com/report.html",
    )
    assert found.code == 0
    assert found.statuses == {"summary": "skipped", "comment": "created", "check": "created", "labels": "updated"}
    assert "https://example.com/report.html" in api.bodies()[0]
    assert api.checks[0]["details_url"] == "https://example.com/report.html"


@pytest.mark.parametrize("applied", [False, True], ids=["planned", "applied"])
def test_a_comment_that_starts_the_run_names_its_pull_request(api: GithubApi, fleet: Path, *, applied: bool) -> None:
    """The commit is the pull request's newest: the event's is the default branch's."""
    event = an_event(fleet, {"issue": {"number": 7, "pull_request": {"url": "x"}}, "comment": {"body": "/plan"}})
    options = {"applied": _applied(fleet, a_report(a="succeeded"))} if applied else {}
    assert published(fleet, environ(api, fleet, GITHUB_EVENT_PATH=event), **options).code == 0
    assert api.checks[0]["head_sha"] == HEAD
    assert len(api.bodies()) == 1


def test_a_run_after_another_workflow_takes_that_ones_commit(api: GithubApi, fleet: Path) -> None:
    """And its pull request, if it names one."""
    event = {"workflow_run": {"head_sha": HEAD, "pull_requests": [{"number": 7}]}}
    assert published(fleet, environ(api, fleet, GITHUB_EVENT_PATH=an_event(fleet, event))).code == 0
    assert len(api.bodies()) == 1
    event = {"workflow_run": {"head_sha": HEAD, "pull_requests": []}}
    assert published(fleet, environ(api, fleet, GITHUB_EVENT_PATH=an_event(fleet, event))).statuses["comment"] == (
        "unchanged"
    )


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"GITHUB_TOKEN": None}, "GITHUB_TOKEN is not set"),
        ({"GITHUB_TOKEN": "two\nlines"}, "characters that no token has"),
        ({"GITHUB_REPOSITORY": None}, "no repository is given"),
        ({"GITHUB_REPOSITORY": "acme"}, '"acme" is not a GitHub repository'),
        ({"GITHUB_API_URL": "http://github.example.com"}, "not an https address"),
        ({"GITHUB_API_URL": "ftp://["}, "not an https address"),
        ({"GITHUB_API_URL": "https://me:hunter2@github.example.com"}, "not an https address"),
        ({"GITHUB_EVENT_PATH": "/nowhere/event.json"}, "the event in GITHUB_EVENT_PATH cannot be read"),
        ({"GITHUB_SHA": "main", "GITHUB_EVENT_PATH": None}, '"main" is not a commit'),
    ],
)
def test_an_environment_that_does_not_say_where_is_told(
    api: GithubApi, fleet: Path, values: dict[str, str | None], told: str
) -> None:
    """Before anything is asked; the step's summary is written all the same, and no token is shown."""
    found = published(fleet, environ(api, fleet, **values))
    assert found.code == 4
    (problem,) = found.document["diagnostics"]
    assert problem["code"] == "github-environment"
    assert told in problem["summary"]
    assert problem["hint"]
    assert not api.calls
    assert (fleet / "summary.md").exists()
    assert "lines" not in found.out
    assert "hunter2" not in found.out


def test_everything_that_is_wrong_with_the_environment_is_told_at_once(fleet: Path) -> None:
    """Of a terminal that is no workflow."""
    found = published(fleet, {})
    assert found.code == 4
    assert len(found.document["diagnostics"]) == 2


def test_an_option_makes_up_for_an_event_that_cannot_be_read(api: GithubApi, fleet: Path) -> None:
    """What it would have said is said."""
    values = environ(api, fleet, GITHUB_EVENT_PATH="/nowhere/event.json")
    assert published(fleet, values, wanted=TargetOptions(pull_request=7, commit=HEAD)).code == 0


@pytest.mark.parametrize(
    "event", [[], {"pull_request": None}, {"pull_request": {"number": "7"}}, {"issue": {"number": 7}}]
)
def test_an_event_without_a_pull_request_has_none(api: GithubApi, fleet: Path, event: Any) -> None:
    """A push, a schedule, an issue: the comment is skipped."""
    found = published(fleet, environ(api, fleet, GITHUB_EVENT_PATH=an_event(fleet, event)))
    assert found.code == 0
    assert found.statuses["comment"] == "skipped"


def test_a_summary_that_cannot_be_written_keeps_nothing_from_being_published(api: GithubApi, fleet: Path) -> None:
    """It is told, and fails the command."""
    found = published(fleet, environ(api, fleet, GITHUB_STEP_SUMMARY=str(fleet)))
    assert found.code == 1
    assert found.statuses == {"summary": "failed", "comment": "created", "check": "created", "labels": "updated"}
    assert [problem["code"] for problem in found.document["diagnostics"]] == ["step-summary-not-written"]


def test_a_full_summary_is_left_as_it_is(api: GithubApi, fleet: Path) -> None:
    """GitHub would take nothing of it."""
    (fleet / "summary.md").write_text("x" * 1_048_576)
    assert published(fleet, environ(api, fleet)).statuses["summary"] == "skipped"
    assert (fleet / "summary.md").stat().st_size == 1_048_576


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://example.com", "https://a.example/b c", "https://", ""])
def test_a_report_is_linked_by_https_alone(api: GithubApi, fleet: Path, url: str) -> None:
    """Anything else is refused before anything is published."""
    found = published(fleet, environ(api, fleet), report_url=url)
    assert found.code == 4
    assert not api.calls


def test_a_bundle_that_was_altered_is_not_published(api: GithubApi, fleet: Path) -> None:
    """As it is not shown."""
    content = bytearray((fleet / "reviewed.vend").read_bytes())
    content[700] ^= 1
    (fleet / "reviewed.vend").write_bytes(content)
    assert published(fleet, environ(api, fleet)).code == 3
    assert not api.calls


def test_the_library_may_be_missing(api: GithubApi, fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The step's summary is written without it."""
    monkeypatch.setitem(__import__("sys").modules, "github", None)
    found = published(fleet, environ(api, fleet))
    assert found.code == 1
    assert [problem["code"] for problem in found.document["diagnostics"]] == ["github-not-installed"]
    assert (fleet / "summary.md").exists()


def test_the_command_takes_its_options(
    api: GithubApi, fleet: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the command line to the pull request; here without the pauses that GitHub asks for."""
    monkeypatch.setattr("vend.forge._publish.Pace", lambda: QUICK)
    monkeypatch.chdir(fleet)
    for name, value in environ(api, fleet, GITHUB_EVENT_PATH="", GITHUB_SHA="").items():
        monkeypatch.setenv(name, value)
    options = ["--pull-request", "7", "--commit", HEAD, "--report-url", "https://example.com/r", "--format", "json"]
    assert main(["review", "publish", "reviewed.vend", "--repository", REPOSITORY, *options]) == 0
    assert json.loads(capsys.readouterr().out)["pull_request"] == 7
    assert "https://example.com/r" in api.bodies()[0]


def test_a_review_is_of_the_last_plan_where_no_bundle_is_named(api: GithubApi, fleet: Path) -> None:
    """As `vend show` takes it; without one, that is told."""
    streams = Streams(stdin=io.StringIO(), out=io.StringIO(), err=io.StringIO())
    call = Call(
        fleet=None,
        directory=fleet,
        environ=environ(api, fleet),
        form="text",
        streams=streams,
        view=view_for("text", streams),
    )
    asked = _publishing.Asked(wanted=TargetOptions())
    assert answer(call, lambda call: _publishing.publish(call, None, asked, QUICK)) == 4
    plan = PLANS["create"]()
    bundle = pack(replace(recorded(plan), organization_id="o-exampleorgid"), review_of(plan), {})
    write_bundle(bundle, fleet / ".vend" / "o-exampleorgid" / "bundle")
    assert answer(call, lambda call: _publishing.publish(call, None, asked, QUICK)) == 0
