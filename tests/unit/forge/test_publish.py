"""Publishing on GitHub, against a served API."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from support.github_api import HEAD, MERGE, REPOSITORY, TOKEN, Fault, GithubApi, served
from vend.forge import Pace, Target, publish
from vend.models import Annotation, CheckRun, Label, Publication, Published

QUICK = Pace(retries=2, backoff=0, longest_wait=0, timeout=5, between_calls=0, between_writes=0)
LIVE, FROZEN = "<!-- vend review example -->", "<!-- vend applied example 0123 -->"
CHANGES = Label(name="vend example: changes", color="0e8a16", description="Accounts change")
REFUSED = Label(name="vend example: refused", color="d93f0b", description="Something stands in the way")


@pytest.fixture
def api() -> Iterator[GithubApi]:
    with served() as found:
        yield found


def a_publication(text: str = "one", **values: Any) -> Publication:
    check = CheckRun(name="vend plan example", conclusion="success", title="1 account: 1 create", summary=text)
    fields: dict[str, Any] = {
        "comment": f"{LIVE}\n\n{text}\n",
        "markers": (LIVE,),
        "check": check,
        "labels": (CHANGES,),
        "owned": frozenset({CHANGES.name, REFUSED.name}),
    }
    return Publication(**{**fields, **values})


def an_applied_publication(text: str = "applied") -> Publication:
    return a_publication(comment=f"{FROZEN}\n\n{text}\n", markers=(FROZEN, LIVE), newest_only=False)


def a_target(api: GithubApi, **values: Any) -> Target:
    fields: dict[str, Any] = {"pull_request": 7, "commit": HEAD}
    return Target(**{"api_url": api.url, "repository": REPOSITORY, "token": TOKEN, **fields, **values})


def published(
    api: GithubApi, publication: Publication | None = None, pace: Pace = QUICK, **values: Any
) -> dict[str, Published]:
    found, _ = publish(a_target(api, **values), publication or a_publication(), pace)
    return {each.part: each for each in found}


def statuses(found: dict[str, Published]) -> dict[str, str]:
    return {part: each.status for part, each in found.items()}


def codes(found: Published) -> list[str]:
    return [problem.code for problem in found.diagnostics]


def labels_of(api: GithubApi, number: int = 7) -> list[str]:
    return [label["name"] for label in api.pulls[number]["labels"]]


def test_everything_is_published(api: GithubApi) -> None:
    """A comment, a check run of the commit, a label that is made first; each says where it is."""
    found = published(api)
    assert statuses(found) == {"comment": "created", "check": "created", "labels": "updated"}
    assert api.bodies() == [f"{LIVE}\n\none\n"]
    assert found["comment"].url == f"https://github.com/{REPOSITORY}/pull/7#issuecomment-1001"
    assert [(check["head_sha"], check["conclusion"], check["name"]) for check in api.checks] == [
        (HEAD, "success", "vend plan example")
    ]
    assert labels_of(api) == [CHANGES.name]
    assert api.labels[CHANGES.name]["color"] == CHANGES.color


def test_a_second_publication_changes_nothing(api: GithubApi) -> None:
    """The same review writes no comment and no label again; only the check run is the newest."""
    published(api)
    before = len(api.calls)
    found = published(api)
    assert statuses(found) == {"comment": "unchanged", "check": "created", "labels": "unchanged"}
    written = [call for call in api.calls[before:] if call.method != "GET" and "graphql" not in call.path]
    assert [call.path.rsplit("/", 1)[1] for call in written] == ["check-runs"]


def test_the_comment_is_updated_in_place(api: GithubApi) -> None:
    """There is never a second one."""
    published(api)
    found = published(api, a_publication("two"))
    assert found["comment"].status == "updated"
    assert api.bodies() == [f"{LIVE}\n\ntwo\n"]


def test_line_ends_that_github_changed_are_no_change(api: GithubApi) -> None:
    """Nor is the end of the text."""
    published(api)
    api.comments[0]["body"] = api.comments[0]["body"].rstrip().replace("\n", "\r\n")
    assert published(api)["comment"].status == "unchanged"


def test_what_others_wrote_is_left_alone(api: GithubApi) -> None:
    """Of somebody else, or somebody who is gone, though it begins with the marker; and ours that only quotes it."""
    others = (f"{LIVE}\n\nfaked", f"> {LIVE}\n> quoted")
    api.a_comment(others[0])["user"] = None
    api.a_comment(others[0], login="mallory")
    api.a_comment(others[0], login="github-actions")
    api.a_comment(others[1])
    published(api)
    assert api.bodies() == [others[0], others[0], others[0], others[1], f"{LIVE}\n\none\n"]


def test_the_comment_is_found_on_any_page(api: GithubApi) -> None:
    """Behind 250 others, which are read a hundred at a time."""
    for number in range(250):
        api.a_comment(f"talk {number}", login="grace")
    published(api)
    found = published(api, a_publication("two"))
    assert found["comment"].status == "updated"
    assert len(api.comments) == 251
    assert len(api.asked("GET", "/issues/7/comments")) == 3 + 3 + 3


def test_two_runs_at_once_end_with_one_comment(api: GithubApi) -> None:
    """Both have found none and write: the older comment stays, with the words of who looked last."""
    api.before_write = lambda api: api.a_comment(f"{LIVE}\n\nthe other's\n") and None
    found = published(api)
    assert found["comment"].status == "updated"
    assert found["comment"].note == "deleted 1 of the same kind"
    assert api.bodies() == [f"{LIVE}\n\none\n"]
    assert api.comments[0]["id"] == 1001


def test_comments_that_a_race_left_behind_are_deleted(api: GithubApi) -> None:
    """All but the oldest, and only ours."""
    for login in ("github-actions[bot]", "mallory", "github-actions[bot]"):
        api.a_comment(f"{LIVE}\n\nolder", login=login)
    found = published(api)
    assert found["comment"].note == "deleted 1 of the same kind"
    assert [(comment["id"], comment["user"]["login"]) for comment in api.comments] == [
        (1001, "github-actions[bot]"),
        (1002, "mallory"),
    ]


def test_a_comment_whose_answer_was_lost_is_not_written_twice(api: GithubApi) -> None:
    """The call is repeated, and what it left behind is deleted."""
    api.faults.append(Fault("POST", r"/issues/7/comments", 502, "<html>", times=1, done_first=True))
    found = published(api)
    assert found["comment"].status == "updated"
    assert len(api.comments) == 1


def test_a_comment_that_was_deleted_meanwhile_is_written_anew(api: GithubApi) -> None:
    """Between reading and updating it."""
    api.a_comment(f"{LIVE}\n\nolder")
    gone = Fault("PATCH", r"/issues/comments/1001", 404, {"message": "Not Found"}, times=1)
    api.faults.append(gone)
    api.before_write = lambda api: api.comments.clear()
    assert published(api)["comment"].status == "created"
    assert api.bodies() == [f"{LIVE}\n\none\n"]


def test_a_comment_that_may_not_be_updated_is_not_written_twice(api: GithubApi) -> None:
    """That is told; another beside it would say something else."""
    api.a_comment(f"{LIVE}\n\nolder")
    api.faults.append(Fault("PATCH", r"/issues/comments/1001", 403, {"message": "Resource not accessible"}))
    assert codes(published(api)["comment"]) == ["github-denied"]
    assert api.bodies() == [f"{LIVE}\n\nolder"]


def test_an_applied_review_is_frozen_and_the_next_plan_begins_anew(api: GithubApi) -> None:
    """The frozen comment stays as it is, whatever is planned; a repeated apply updates it."""
    published(api)
    assert published(api, an_applied_publication())["comment"].status == "updated"
    assert api.bodies() == [f"{FROZEN}\n\napplied\n"]
    published(api, a_publication("two"))
    assert api.bodies() == [f"{FROZEN}\n\napplied\n", f"{LIVE}\n\ntwo\n"]
    published(api, an_applied_publication("again"))
    assert api.bodies() == [f"{FROZEN}\n\nagain\n", f"{LIVE}\n\ntwo\n"]


def test_a_merge_finds_its_pull_request(api: GithubApi) -> None:
    """By the commit that the merge made; the oldest of several."""
    api.a_pull(9, state="closed", merged_at="2026-11-24T10:00:00Z", merge_commit_sha=MERGE)
    api.a_pull(8, state="closed", merged_at="2026-11-24T10:00:00Z", merge_commit_sha=MERGE)
    found, number = publish(a_target(api, pull_request=None, commit=MERGE), an_applied_publication(), QUICK)
    assert number == 8
    assert [each.status for each in found] == ["created", "created", "updated"]
    assert [comment["number"] for comment in api.comments] == [8]
    assert api.checks[0]["head_sha"] == MERGE


def test_a_commit_without_a_pull_request_has_a_check_alone(api: GithubApi) -> None:
    """A push to the main branch, say; and a closed pull request is none to plan for."""
    api.pulls[7]["state"] = "closed"
    for commit in (MERGE, HEAD):
        found = published(api, pull_request=None, commit=commit)
        assert statuses(found) == {"comment": "skipped", "check": "created", "labels": "skipped"}
        assert found["comment"].note == "the commit does not belong to a pull request"


def test_the_newest_commit_is_the_pull_requests(api: GithubApi) -> None:
    """Where no commit is named, the check belongs to the newest; where no pull request is either, to none."""
    assert published(api, commit=None)["check"].status == "created"
    assert api.checks[0]["head_sha"] == HEAD
    assert statuses(published(api, commit=None, pull_request=None)) == dict.fromkeys(
        ("comment", "check", "labels"), "skipped"
    )


def test_an_outdated_review_does_not_take_the_place_of_a_newer_one(api: GithubApi) -> None:
    """Of a commit that is no longer the newest only the check is published; what was applied is told all the same."""
    found = published(api, commit=MERGE)
    assert statuses(found) == {"comment": "skipped", "check": "created", "labels": "skipped"}
    assert "outdated" in (found["comment"].note or "")
    assert published(api, an_applied_publication(), commit=MERGE)["comment"].status == "created"


@pytest.mark.parametrize(("number", "requests"), [(0, 1), (1, 1), (50, 1), (51, 2), (123, 3)])
def test_annotations_come_fifty_at_a_time(api: GithubApi, number: int, requests: int) -> None:
    """All of them, in order, with columns where they are known."""
    annotations = tuple(
        Annotation(
            path="account-requests/a.hcl",
            line=at + 1,
            level="notice",
            title=f"a{at}",
            message="moves",
            columns=(3, 9) if at % 2 else None,
        )
        for at in range(number)
    )
    publication = a_publication()
    published(api, replace(publication, check=replace(publication.check, annotations=annotations)))
    told = api.checks[0]["annotations"]
    assert [annotation["title"] for annotation in told] == [f"a{at}" for at in range(number)]
    assert len(api.asked("POST", "check-runs")) + len(api.asked("PATCH", "check-runs")) == requests
    if number > 1:
        assert "start_column" not in told[0]
        assert (told[1]["start_column"], told[1]["end_column"]) == (3, 9)


def test_a_check_run_with_some_of_its_annotations_says_so(api: GithubApi) -> None:
    """It is there, with its verdict; what is missing is told."""
    annotation = Annotation(path="a.hcl", line=1, level="notice", title="a", message="moves")
    publication = a_publication()
    check = replace(publication.check, annotations=(annotation,) * 120)
    api.faults.append(Fault("PATCH", r"/check-runs/", 422, {"message": "Validation Failed"}))
    found = published(api, replace(publication, check=check))["check"]
    assert (found.status, found.note, codes(found)) == ("failed", "50 of 120 annotations", ["github-refused"])
    assert "annotations 51 to 100 of 120" in found.diagnostics[0].summary
    assert found.url
    assert api.checks[0]["conclusion"] == "success"


def test_only_our_labels_come_and_go(api: GithubApi) -> None:
    """Whatever case they are written in; others stay."""
    for name in ("bug", REFUSED.name.upper(), "vend other: refused"):
        api.labels[name.casefold()] = {"name": name, "color": "ffffff"}
        api.pulls[7]["labels"].append(api.labels[name.casefold()])
    assert published(api)["labels"].note == CHANGES.name
    assert labels_of(api) == ["bug", "vend other: refused", CHANGES.name]


def test_a_label_that_another_run_made_first_is_taken(api: GithubApi) -> None:
    """GitHub says that it exists already."""
    api.faults.append(Fault("GET", r"/labels/", 404, {"message": "Not Found"}, times=1))
    api.labels[CHANGES.name] = {"name": CHANGES.name, "color": "000000"}
    assert published(api)["labels"].status == "updated"
    assert labels_of(api) == [CHANGES.name]


def test_a_label_that_cannot_be_made_keeps_no_other_from_coming_or_going(api: GithubApi) -> None:
    """`issues: write` is missing: those that the repository has come, the wrong verdict goes, and the rest is told."""
    api.permissions.discard("issues")
    other = Label(name="vend example: drift", color="fbca04", description="Drift")
    for name in (REFUSED.name, other.name):
        api.labels[name] = {"name": name, "color": "ffffff"}
    api.pulls[7]["labels"].append(api.labels[REFUSED.name])
    found = published(api, a_publication(labels=(CHANGES, other)))["labels"]
    assert (found.status, codes(found)) == ("failed", ["github-denied"])
    assert "issues=write" in (found.diagnostics[0].detail or "")
    assert labels_of(api) == [other.name]


@pytest.mark.parametrize(
    ("permission", "failed"),
    [("checks", {"check"}), ("pull_requests", {"labels"})],
)
def test_what_is_denied_fails_alone(api: GithubApi, permission: str, failed: set[str]) -> None:
    """Everything else is published, and the permission that GitHub would take is named."""
    api.permissions.discard(permission)
    found = published(api)
    assert {part for part, each in found.items() if each.status == "failed"} == failed
    (problem,) = found[failed.pop()].diagnostics
    assert problem.code == "github-denied"
    assert f"{permission}=write" in (problem.detail or "")
    assert "permissions: contents: read" in (problem.hint or "")


def test_a_token_of_a_fork_may_only_read(api: GithubApi) -> None:
    """That is told, and is nobody's fault: warnings, not errors."""
    api.permissions.clear()
    found = published(api, from_fork=True)
    assert statuses(found) == dict.fromkeys(("comment", "check", "labels"), "skipped")
    assert {problem.severity for each in found.values() for problem in each.diagnostics} == {"warning"}
    assert statuses(published(api)) == dict.fromkeys(("comment", "check", "labels"), "failed")


def test_a_locked_conversation_is_named(api: GithubApi) -> None:
    """In GitHub's own words."""
    api.pulls[7]["locked"] = True
    found = published(api)
    assert statuses(found) == {"comment": "failed", "check": "created", "labels": "updated"}
    assert "issue is locked" in (found["comment"].diagnostics[0].detail or "")


def test_a_pull_request_that_is_not_there_leaves_the_check(api: GithubApi) -> None:
    """The commit may well be."""
    told, number = publish(a_target(api, pull_request=8), a_publication(), QUICK)
    assert [(each.part, each.status) for each in told] == [
        ("comment", "failed"),
        ("check", "created"),
        ("labels", "failed"),
    ]
    assert number == 8
    assert codes(told[0]) == ["github-not-found"]
    assert len(api.asked("GET", "/pulls/8")) == 1


_LIMIT = {"message": "API rate limit exceeded for installation ID 1."}
_SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}


@pytest.mark.parametrize("answer", ["{}", "[]", "[1]", '"x"', "null", '[{"head": 1}]'])
def test_a_pull_request_of_another_form_is_an_answer_that_is_not_understood(api: GithubApi, answer: str) -> None:
    """A proxy's page, say: no part that needs it ends in anything but a diagnostic."""
    api.faults.append(Fault("GET", r"/pulls/\d+$", 200, answer))
    found = published(api)
    assert found["comment"].status == "failed"
    assert {problem.code for problem in found["comment"].diagnostics} == {"github-answer"}


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault("GET", "/repos/", 401, {"message": "Bad credentials"}), "github-unauthorized"),
        (Fault("GET", "/repos/", 403, {"message": "Resource not accessible by integration"}), "github-denied"),
        (Fault("GET", "/repos/", 404, {"message": "Not Found"}), "github-not-found"),
        (Fault("GET", "/repos/", 403, _LIMIT, {"X-RateLimit-Reset": "4102444800"}), "github-rate-limited"),
        (Fault("GET", "/repos/", 403, _SECONDARY), "github-rate-limited"),
        (Fault("GET", "/repos/", 403, {"message": "slow down"}, {"Retry-After": "0"}), "github-rate-limited"),
        (Fault("GET", "/repos/", 403, {"message": "slow down"}, {"Retry-After": "3600"}), "github-rate-limited"),
        (Fault("GET", "/repos/", 429, "slow down", {"Retry-After": "3600"}), "github-rate-limited"),
        (Fault("GET", "/repos/", 429, {"message": "Too Many Requests"}), "github-rate-limited"),
        (Fault("GET", "/repos/", 500, {"message": "Server Error"}), "github-failed"),
        (Fault("GET", "/repos/", 502, "<html>Bad gateway</html>"), "github-failed"),
        (Fault("GET", "/repos/", 418, {"message": "no"}), "github-refused"),
        (Fault("GET", "/repos/", 200, "[1, 2"), "github-answer"),
        (Fault("GET", "/repos/", 301, None, {"Location": "https://evil.example/repos"}), "github-answer"),
    ],
    ids=[
        "bad credentials",
        "denied",
        "not found",
        "primary limit",
        "secondary limit",
        "retry after",
        "retry after an hour",
        "too many for an hour",
        "too many",
        "server error",
        "bad gateway",
        "refused",
        "no JSON",
        "elsewhere",
    ],
)
def test_every_failure_has_its_code(api: GithubApi, fault: Fault, code: str) -> None:
    """On the first call, after which nothing else can go on; each says what was done, and what to do."""
    api.faults.append(fault)
    found = published(api)
    assert statuses(found) == dict.fromkeys(("comment", "check", "labels"), "failed")
    problems = {problem for each in found.values() for problem in each.diagnostics}
    (problem,) = problems
    assert problem.code == code
    assert problem.summary.startswith(f"finding the repository {REPOSITORY}: ")
    assert problem.hint


@pytest.mark.parametrize(
    "fault",
    [
        Fault("POST", "/check-runs", 502, "<html>", times=2),
        Fault("POST", "/check-runs", 403, {"message": "slow down"}, {"Retry-After": "0"}, times=2),
        Fault("POST", "/check-runs", 403, _LIMIT, {"X-RateLimit-Reset": "1"}, times=2),
    ],
    ids=["server", "secondary limit", "primary limit"],
)
def test_what_passes_is_waited_for(api: GithubApi, fault: Fault) -> None:
    """A server that fails twice, a limit that ends."""
    api.faults.append(fault)
    assert published(api, pace=replace(QUICK, longest_wait=2))["check"].status == "created"


def test_a_limit_that_lasts_is_not_waited_for(api: GithubApi) -> None:
    """GitHub says for how long; the call is made once."""
    api.faults.append(Fault("GET", "/repos/", 429, "slow down", {"Retry-After": "3600"}))
    found = published(api, pace=replace(QUICK, longest_wait=60))
    assert "try again after 3600 seconds" in (found["comment"].diagnostics[0].detail or "")
    assert "slow down" in (found["comment"].diagnostics[0].detail or "")
    assert len(api.calls) == 1


@pytest.mark.parametrize("status", [401, 429])
def test_after_what_stops_everything_nothing_more_is_tried(api: GithubApi, status: int) -> None:
    """A token that expired in between, a limit: the rest is told as not tried."""
    api.faults.append(Fault("POST", "/check-runs", status, {"message": "no"}))
    found = published(api)
    assert statuses(found) == {"comment": "created", "check": "failed", "labels": "failed"}
    assert found["labels"].note == "not tried: it would fail in the same way"
    assert not api.asked("POST", "/labels")


def test_a_server_that_does_not_answer_is_unreachable(api: GithubApi) -> None:
    """Nor one that is not there."""
    target = a_target(api, api_url="http://127.0.0.1:9")
    found, number = publish(target, a_publication(), replace(QUICK, retries=0))
    assert number == 7
    assert {problem.code for each in found for problem in each.diagnostics} == {"github-unreachable"}


def test_an_answer_that_takes_too_long_is_none(api: GithubApi) -> None:
    """The call is given up in time."""
    with api.lock:
        found, _ = publish(a_target(api), a_publication(), replace(QUICK, retries=0, timeout=1))
    assert {problem.code for each in found for problem in each.diagnostics} == {"github-unreachable"}


def test_the_token_is_told_nowhere(api: GithubApi) -> None:
    """Not even where the other side repeats it."""
    api.faults.append(Fault("GET", "/repos/", 403, {"message": f"token {TOKEN} may not"}))
    found, _ = publish(a_target(api), a_publication(), QUICK)
    assert TOKEN not in str(found)
    assert "(sensitive) may not" in str(found)
    assert TOKEN not in repr(a_target(api))


@pytest.mark.parametrize("url", ["https://evil.example/repos/acme/accounts", "http://127.0.0.1:9/repos/acme/accounts"])
def test_the_token_follows_no_answer_to_another_host(api: GithubApi, url: str) -> None:
    """Where an answer names the address of what comes next."""
    api.faults.append(Fault("GET", f"/repos/{REPOSITORY}$", 200, {"full_name": REPOSITORY, "url": url}))
    found = published(api)
    assert statuses(found) == dict.fromkeys(("comment", "check", "labels"), "failed")
    assert {problem.code for each in found.values() for problem in each.diagnostics} == {"github-answer"}
    assert len(api.calls) == 1


def test_many_runs_at_once_end_with_one_comment(api: GithubApi) -> None:
    """Whoever is first, and however they interleave; nobody else's is lost."""
    api.a_comment("talk", login="grace")
    with ThreadPoolExecutor(6) as pool:
        found = [*pool.map(lambda text: published(api, a_publication(text)), "abcdef")]
    assert all(each["comment"].status in {"created", "updated"} for each in found)
    assert len(api.bodies()) == 2
    assert api.bodies()[0] == "talk"
    assert published(api, a_publication("last"))["comment"].note is None
    assert api.bodies() == ["talk", f"{LIVE}\n\nlast\n"]


def test_a_comment_that_others_delete_after_it_was_written_is_told_as_written(api: GithubApi) -> None:
    """Another run had the older one, and that is gone too when it is to be updated."""
    api.before_write = lambda api: api.a_comment(f"{LIVE}\n\nthe other's\n") and None
    api.faults.append(Fault("PATCH", r"/issues/comments/1001", 404, {"message": "Not Found"}))
    found = published(api)
    assert found["comment"].status == "created"
    assert api.bodies()[-1] == f"{LIVE}\n\none\n"


def test_a_limit_while_labels_are_made_stops_there(api: GithubApi) -> None:
    """The next label would end alike."""
    api.faults.append(Fault("POST", r"/labels$", 429, {"message": "Too Many Requests"}))
    found = published(api, a_publication(labels=(CHANGES, REFUSED)))
    assert codes(found["labels"]) == ["github-rate-limited"]
    assert len(api.asked("POST", "/labels")) == 1


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("RATE_LIMITED", "github-rate-limited"),
        ("FORBIDDEN", "github-denied"),
        ("NOT_FOUND", "github-not-found"),
        ("INTERNAL", "github-refused"),
    ],
)
def test_what_graphql_refuses_has_its_code(api: GithubApi, kind: str, code: str) -> None:
    """Though its status is 200; the check run is published all the same, but for a limit on calls."""
    errors = [{"type": kind, "message": "not today"}]
    api.faults.append(Fault("POST", "/graphql", 200, {"data": None, "errors": errors}))
    found = published(api)
    assert codes(found["comment"]) == [code]
    assert "not today" in (found["comment"].diagnostics[0].detail or "")
    assert found["check"].status == ("failed" if kind == "RATE_LIMITED" else "created")


def test_what_github_names_as_wrong_is_told(api: GithubApi) -> None:
    """Resource, field and words, of errors in either of the forms that GitHub uses."""
    errors = [{"resource": "CheckRun", "code": "custom", "field": "summary", "message": "too long"}, "no such commit"]
    body = {"message": "Validation Failed", "errors": errors}
    api.faults.append(Fault("POST", "/check-runs", 422, body))
    (problem,) = published(api)["check"].diagnostics
    assert (problem.detail or "").splitlines() == [
        "422: Validation Failed",
        "CheckRun summary custom too long",
        "no such commit",
    ]


def test_an_enterprise_server_is_another_address() -> None:
    """REST below /api/v3, GraphQL at /api/graphql."""
    with served(prefix="/api/v3") as api:
        assert statuses(published(api)) == {"comment": "created", "check": "created", "labels": "updated"}
        assert api.asked("POST", "/api/graphql")


def test_a_repository_that_was_renamed_is_found_under_its_new_name() -> None:
    """GitHub redirects what reads with 301 and what writes with 307, which a client may take for success."""
    with served(renamed_from="acme/old") as api:
        found = published(api, repository="acme/old")
        assert statuses(found) == {"comment": "created", "check": "created", "labels": "updated"}
        assert api.comments
        assert api.checks
