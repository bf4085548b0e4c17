"""What a forge is given of a review: verdict, remarks beside the requests, labels, a step's summary."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from support.fake_lifecycle import a_report
from support.plans import HOSTILE, PLANS, SECRETS, a_fleet, a_request, an_account
from vend.errors import Diagnostic
from vend.models import AccountResult, Annotation, Report, StageResult
from vend.plan import AccountReview, Review, Verdict
from vend.review import review_of
from vend.views import (
    CHECK_LIMIT,
    MOST_ANNOTATIONS,
    SUMMARY_LIMIT,
    CheckOptions,
    check_run,
    comment,
    frozen_marker,
    neutralized,
    publication,
    step_summary,
)


def reviewed(name: str) -> Review:
    return review_of(PLANS[name]())


def annotations(review: Review, **options: str) -> tuple[Annotation, ...]:
    return check_run(review, CheckOptions(**options)).annotations  # type: ignore[arg-type]  # strings alone


@pytest.mark.parametrize("name", PLANS)
def test_a_check_run_is_what_github_takes(name: str) -> None:
    """Whatever the plan: the limits of every field, and paths that are in the repository."""
    check = check_run(reviewed(name), CheckOptions(prefix="fleets/prod/"))
    assert 0 < len(check.title) <= 255
    assert len(check.summary.encode()) <= CHECK_LIMIT
    assert len(check.annotations) <= MOST_ANNOTATIONS
    for annotation in check.annotations:
        assert annotation.path.startswith("fleets/prod/")
        assert annotation.line >= 1
        assert 0 < len(annotation.title) <= 255
        assert 0 < len(annotation.message.encode()) <= 65_536


def test_the_conclusion_is_the_verdicts() -> None:
    """What is refused needs somebody, what failed is a failure, anything else may be merged."""
    told = {reviewed(name).verdict: check_run(reviewed(name), CheckOptions()).conclusion for name in PLANS}
    assert told == {
        "unchanged": "success",
        "changes": "success",
        "refused": "action_required",
        "failed": "failure",
    }
    assert set(told) == set(get_args(Verdict))


def test_every_account_that_has_a_request_is_annotated_where_it_begins() -> None:
    """With what happens to it; those that nothing happens to are not."""
    review = reviewed("mixed")
    told = {annotation.title: annotation for annotation in annotations(review)}
    for account in review.accounts:
        if account.unremarkable or account.position is None:
            continue
        annotation = told[f"{account.account}: {account.action}"]
        assert (annotation.path, annotation.line) == (account.position.file, account.position.line)


def test_what_changes_is_told_in_its_own_line() -> None:
    """Of an account that exists; of a new one it is all in one place."""
    review = reviewed("move")
    (account,) = review.accounts
    placed = [change for change in account.semantic if change.position is not None]
    assert placed
    told = {(annotation.line, line) for annotation in annotations(review) for line in annotation.message.splitlines()}
    assert {(change.position.line, change.summary) for change in placed if change.position} <= told
    lines = [annotation.line for annotation in annotations(review)]
    assert len(set(lines)) == len(lines)
    (new,) = (a for a in annotations(reviewed("create")) if a.title.endswith(": create"))
    (created,) = (account for account in reviewed("create").accounts if account.action == "create")
    assert all(change.summary in new.message for change in created.semantic)


def test_what_is_worst_comes_first() -> None:
    """Failures, warnings, notices."""
    levels = [annotation.level for name in PLANS for annotation in annotations(reviewed(name))]
    assert {"failure", "warning", "notice"} == set(levels)
    for name in PLANS:
        order = [("failure", "warning", "notice").index(a.level) for a in annotations(reviewed(name))]
        assert order == sorted(order)


def test_policies_and_problems_are_annotated_in_their_place() -> None:
    """A violation with how to approve it, one that was approved as a notice; a diagnostic with its columns."""
    review = reviewed("policy")
    told = [(annotation.title, annotation.level, annotation.message) for annotation in annotations(review)]
    placed = [result for result in review.all_policy if result.account]
    assert any(result.denies for result in placed)
    assert any(result.approved_by for result in placed)
    for result in placed:
        level = "failure" if result.denies else "notice" if result.approved_by else "warning"
        (message,) = (text for title, found, text in told if (title, found) == (result.code, level))
        assert message.startswith(result.summary)
        assert (f"to approve: {result.digest[:16]}" in message) == result.denies
    problem = Diagnostic(
        code="name-changed",
        summary="differs",
        hint="write it",
        file="a.hcl",
        line=3,
        column=5,
        end_line=3,
        end_column=9,
    )
    review = review_of(a_fleet(an_account(a_request("a"), "refused", diagnostics=(problem,))))
    (annotation,) = (each for each in annotations(review) if each.title == "name-changed")
    assert (annotation.path, annotation.line, annotation.columns) == ("a.hcl", 3, (5, 8))
    assert annotation.message == "differs\nhint: write it"
    several = replace(problem, end_line=4, end_column=1)
    review = review_of(a_fleet(an_account(a_request("a"), "refused", diagnostics=(several,))))
    assert all(each.columns is None for each in annotations(review))


@pytest.mark.parametrize("file", ["/etc/hosts", "../aft/main.tf", ".vend/o-x/roots/a/main.tf"])
def test_what_lies_outside_the_repository_is_not_annotated(file: str) -> None:
    """GitHub knows no such file; the summary names it."""
    problem = Diagnostic(code="name-changed", summary="differs", file=file, line=1, column=1)
    review = review_of(a_fleet(an_account(a_request("a"), "refused", diagnostics=(problem,))))
    assert not [each for each in annotations(review) if each.title == "name-changed"]
    assert file in check_run(review, CheckOptions()).summary
    if file.startswith(".."):
        assert [a.path for a in annotations(review, prefix="fleet/") if a.title == "name-changed"] == ["aft/main.tf"]


def test_what_is_too_much_is_counted() -> None:
    """Of the worst as many as fit, and how many there would be more."""
    problem = Diagnostic(code="name-changed", summary="differs", file="a.hcl", line=1, column=1)
    accounts = [
        an_account(a_request(f"a{at}"), "refused", diagnostics=(replace(problem, line=at + 1),)) for at in range(400)
    ]
    check = check_run(review_of(a_fleet(*accounts)), CheckOptions())
    assert len(check.annotations) == MOST_ANNOTATIONS
    assert check.text == "300 remarks more would stand beside the files."


def test_hostile_values_are_written_out() -> None:
    """An annotation is plain text; nothing in it moves a cursor or turns the reading direction."""
    review = reviewed("hostile")
    for annotation in annotations(review):
        assert all(neutralized(line) == line for line in (annotation.title, *annotation.message.split("\n")))
    for label in publication(replace(review, fleet=HOSTILE[7]), CheckOptions()).labels:
        assert neutralized(label.name) == label.name


def test_no_secret_is_published() -> None:
    """Not in a remark, a title, a label or a summary."""
    for name in PLANS:
        told = publication(reviewed(name), CheckOptions())
        assert [secret for secret in SECRETS if secret in str(told)] == []


def _labels(review: Review, fleet: str = "example", report: Report | None = None) -> set[str]:
    found = publication(replace(review, fleet=fleet), CheckOptions(applied=report))
    names = {label.name for label in found.labels}
    assert names <= found.owned
    assert all(len(name) <= 50 for name in found.owned)
    assert all(len(label.description) <= 100 and len(label.color) == 6 for label in found.labels)
    return names


def test_labels_say_the_verdict_and_what_to_look_at() -> None:
    """One verdict each; what ends or destroys, drift, and the worst risk beside it."""
    assert _labels(reviewed("unchanged")) == {"vend example: nothing to do"}
    assert _labels(reviewed("drift")) >= {"vend example: changes", "vend example: drift"}
    assert _labels(reviewed("close")) >= {"vend example: ends or destroys", "vend example: critical risk"}
    assert "vend example: high risk" in _labels(reviewed("move"))
    for name in PLANS:
        verdicts = _labels(reviewed(name)) & {
            f"vend example: {verdict}" for verdict in ("nothing to do", "changes", "refused", "failed")
        }
        assert len(verdicts) == 1


def test_labels_of_several_fleets_are_apart() -> None:
    """By the fleet's name, shortened where it is long; two long names stay two."""
    review = reviewed("unchanged")
    long = _labels(review, "x" * 60) | _labels(review, "x" * 61)
    assert len(long) == 2
    assert _labels(review, "") == {"vend: nothing to do"}


def test_what_was_applied_is_told_in_place_of_the_plan() -> None:
    """Another check, another label, a frozen comment that a repeated apply finds again."""
    review = reviewed("one-account")
    (account,) = review.accounts
    good = publication(review, CheckOptions(applied=a_report(**{account.account: "succeeded"})))
    assert good.comment.startswith(frozen_marker(review))
    assert good.markers[0] == frozen_marker(review)
    assert (good.check.name, good.check.conclusion) == (f"vend apply {review.fleet}", "success")
    assert good.check.title == "applied: 1 account: 1 succeeded"
    assert not good.newest_only
    assert {label.name for label in good.labels} == {f"vend {review.fleet}: applied"}
    assert publication(review, CheckOptions()).newest_only


def test_what_failed_is_annotated_at_the_request() -> None:
    """A problem in its own place; one without a place in the repository where the account's request begins."""
    review = reviewed("one-account")
    (account,) = review.accounts
    assert account.position is not None
    nowhere = Diagnostic(code="terraform-error", summary="it failed", severity="error")
    somewhere = Diagnostic(code="hook-failed", summary="no", severity="warning", file="b.sh", line=2, column=1)
    rendered = Diagnostic(code="state-locked", summary="x", file=".vend/o-x/roots/a/main.tf", line=7, column=1)
    stage = StageResult(stage="settings", status="failed", diagnostics=(nowhere, somewhere, rendered))
    result = AccountResult(account=account.account, status="failed", stages=(stage,))
    fleet = Diagnostic(code="ledger-busy", summary="busy", file="vend.hcl", line=9, column=1)
    report = Report(run="r", status="failed", terraform_runs=0, results=(result,), diagnostics=(fleet,))
    check = check_run(review, CheckOptions(applied=report))
    assert check.conclusion == "failure"
    assert [(a.path, a.line, a.level, a.title) for a in check.annotations] == [
        ("vend.hcl", 9, "failure", "ledger-busy"),
        (account.position.file, account.position.line, "failure", f"{account.account}: terraform-error"),
        (account.position.file, account.position.line, "failure", f"{account.account}: state-locked"),
        ("b.sh", 2, "warning", "hook-failed"),
    ]


def test_the_check_links_to_the_report() -> None:
    """Else to the run of CI."""
    review = reviewed("one-account")
    run = "https://github.com/acme/accounts/actions/runs/1"
    assert check_run(review, CheckOptions(details_url=run)).details_url == run
    both = CheckOptions(details_url=run, report_url="https://example.com/r")
    assert check_run(review, both).details_url == "https://example.com/r"
    assert "https://example.com/r" in publication(review, both).comment


def test_the_steps_summary_has_more_room_than_a_comment() -> None:
    """A mebibyte, less what is there; where there is none left, it is empty."""
    review = reviewed("fleet-of-300")
    whole = step_summary(review, CheckOptions())
    assert len(comment(review)) < len(whole)
    assert len(whole.encode()) <= SUMMARY_LIMIT
    assert "Shortened" not in whole
    for already in (SUMMARY_LIMIT - 30_000, SUMMARY_LIMIT - 1_000):
        assert 0 < len(step_summary(review, CheckOptions(), already).encode()) <= SUMMARY_LIMIT - already
    for already in (SUMMARY_LIMIT - 1, SUMMARY_LIMIT, SUMMARY_LIMIT + 1):
        assert step_summary(review, CheckOptions(), already) == ""


def _unplaced(account: AccountReview) -> AccountReview:
    return replace(account, position=None, semantic=())


def test_an_account_without_a_request_is_in_the_summary_alone() -> None:
    """Its request is gone."""
    review = reviewed("close")
    review = replace(review, accounts=tuple(map(_unplaced, review.accounts)))
    assert annotations(review) == ()
    assert all(account.account in check_run(review, CheckOptions()).summary for account in review.accounts)
