"""Every form of a review counts alike, and as Terraform itself does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from support.github_api import HEAD, REPOSITORY, TOKEN, served
from support.plans import PLANS, a_fleet, a_request, a_resource, a_stage, an_account
from vend.forge import Pace, Target, publish
from vend.plan import Plan, Review, TerraformCounts
from vend.review import review_of
from vend.views import CheckOptions, comment, plain, plan_document, publication, report

_WORDS = ("import", "add", "change", "replace", "destroy", "forget")
Counted = dict[str, int]


def _in_words(text: str) -> Counted:
    """`2 to add, 1 to change; 1 to add in previews` without the previews."""
    told = text.split(";", maxsplit=1)[0] if "in previews" in text else text
    if "in previews" in told:
        told = ""
    found = {word: int(number) for number, word in re.findall(r"(\d+) to (\w+)", told)}
    return {word: found.get(word, 0) for word in _WORDS}


def _of_text(review: Review) -> Counted:
    found = re.search(r"^resources: (.*)$", plain(plan_document(review).text), re.MULTILINE)
    return _in_words(found[1] if found else "")


def _of_json(review: Review) -> Counted:
    document: Mapping[str, Any] = plan_document(review).json
    return {word: document["counts"][word] for word in _WORDS}


def _of_json_stages(review: Review) -> Counted:
    stages = [stage for account in plan_document(review).json["accounts"] for stage in account["stages"]]
    return {word: sum(stage[word] for stage in stages if not stage["preview"]) for word in _WORDS}


def _of_comment(review: Review) -> Counted:
    found = re.search(r"^\*\*\d+ accounts?[^*]*\*\* · (.*) · digest", comment(review), re.MULTILINE)
    return _in_words(found[1] if found else "")


def _of_github(review: Review) -> Counted:
    """As it stands there once it is published: in the check run's title, and in the comment, in the same words."""
    with served() as api:
        target = Target(api_url=api.url, repository=REPOSITORY, token=TOKEN, pull_request=7, commit=HEAD)
        pace = Pace(between_calls=0, between_writes=0)
        published, _ = publish(target, publication(review, CheckOptions()), pace)
    assert [each.status for each in published] == ["created", "created", "updated"]
    (check,), (body,) = api.checks, api.bodies()
    assert body == comment(review)
    title = check["output"]["title"]
    assert title.startswith(review.headline)
    assert review.headline in check["output"]["summary"]
    told = title.removeprefix(review.headline).removeprefix("; ")
    assert told in body
    return _in_words(told)


def _of_report(review: Review) -> Counted:
    found = re.search(r"Resources: ([^<]*)<", report(review))
    return _in_words(found[1] if found else "")


FORMS: dict[str, Callable[[Review], Counted]] = {
    "text": _of_text,
    "json": _of_json,
    "json, added up": _of_json_stages,
    "markdown": _of_comment,
    "html": _of_report,
    "github": _of_github,
}
"""Reads the counts back from each form."""


def _terraform(plan: Plan) -> TerraformCounts:
    """What Terraform's summaries of these plans add up to, counted as Terraform does.

    A replacement is one to add and one to destroy, an import counts whatever else happens to the resource, what is
    forgotten is not counted; `tests/contract/test_terraform_driver.py` holds that real Terraform does so.
    """
    changes = [c for a in plan.accounts for stage in a.stages if not stage.preview for c in stage.changes]
    return TerraformCounts(
        add=sum(c.action in {"create", "replace"} for c in changes),
        change=sum(c.action == "update" for c in changes),
        remove=sum(c.action in {"destroy", "replace"} for c in changes),
        imported=sum(c.importing is not None for c in changes),
    )


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", PLANS)
def test_every_form_counts_as_terraform_does(name: str, form: str) -> None:
    """Resources by what happens to them are the same in each form, and add up to Terraform's own summary."""
    plan = PLANS[name]()
    told = FORMS[form](review_of(plan))
    assert TerraformCounts(
        add=told["add"] + told["replace"],
        change=told["change"],
        remove=told["destroy"] + told["replace"],
        imported=told["import"],
    ) == _terraform(plan)


@pytest.mark.parametrize("name", PLANS)
def test_every_account_is_counted_once(name: str) -> None:
    """The accounts by action are those of the plan, in the summary and in the headline."""
    plan = PLANS[name]()
    review = review_of(plan)
    assert review.summary == plan.summary
    told = {action: int(number) for number, action in re.findall(r"(\d+) ([a-z]+)(?:,|$)", review.headline)}
    if "unchanged" in told:
        told["none"] = told.pop("unchanged")
    assert (told if plan.accounts else {}) == plan.summary
    assert review.headline.startswith(f"{len(plan.accounts)} account")


@pytest.mark.parametrize("name", PLANS)
def test_every_form_has_the_same_headline(name: str) -> None:
    """How many accounts, and what happens to them, in the same words; and each account is named."""
    review = review_of(PLANS[name]())
    told = (plain(plan_document(review).text), comment(review), report(review))
    assert all(review.headline in text for text in told)
    named = [account.account for account in review.accounts if not account.unremarkable]
    assert all(account in text for account in named for text in told)


def test_drift_in_which_nothing_differs_is_not_told() -> None:
    """An empty list or map for none, as a provider reads it back, is no difference; a value is."""
    empty = a_resource("a.b", "update", before={"x": None, "y": None}, after={"x": [], "y": {}})
    meant = a_resource("a.c", "update", before={"x": None}, after={"x": ["a"]})
    gone = a_resource("a.d", "destroy", before={})
    stage = a_stage("customizations", a_resource("a.b", "update"), drift=(empty, meant, gone))
    (account,) = review_of(a_fleet(an_account(a_request(), "customize", stage))).accounts
    assert [change.address for change in account.stages[0].drift] == ["a.c", "a.d"]
