"""What a change set does to an account, in the words of its request, and how risky that is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from support.plans import PLANS, a_fleet, a_request, an_account
from vend.models import Position
from vend.plan import AccountReview, Plan
from vend.review import review_of


def _only(plan: Plan) -> AccountReview:
    (account,) = review_of(plan).accounts
    return account


def _said(name: str) -> list[str]:
    return [change.summary for change in _only(PLANS[name]()).semantic]


def test_a_move_says_where_from_where_to_and_which_controls() -> None:
    """What a reviewer of a move must know."""
    assert _said("move") == [
        "moves Workloads/Prod → Sandbox",
        "gains 1 control: AWS-GR_REGION_DENY",
        "loses 2 controls: AWS-GR_ENCRYPTED_VOLUMES, AWS-GR_RESTRICT_ROOT_USER",
    ]


def test_controls_that_cannot_be_listed_are_said_to_be_unknown() -> None:
    """A denied look-up is no silence."""
    assert "the controls it gains or loses are not known: AWS denied ListEnabledControls" in _said(
        "move-with-unknown-controls"
    )


def test_why_a_product_is_adopted_is_told_as_the_ledger_knows_it() -> None:
    """Made by hand, or made by vend and lost from the Terraform state."""
    plan = PLANS["adopt"]()
    assert "adopted as it is: its product was created outside vend" in _said("adopt")
    (account,) = plan.accounts
    assert account.subject is not None
    known = replace(account.subject, last=a_request().to_json())
    summaries = [
        change.summary for change in _only(replace(plan, accounts=(replace(account, subject=known),))).semantic
    ]
    assert summaries[0] == "adopted as it is: vend made its product, and the Terraform state no longer has it"


def test_without_a_ledger_the_plan_tells() -> None:
    """Contacts, access and Regions are read from the resources that change."""
    assert _said("update-without-ledger") == [
        "security contact added",
        "access PlatformAdmins: AdministratorAccess added",
        "opt-in Region ap-east-1 removed",
    ]


def test_each_change_knows_where_the_request_says_so() -> None:
    """An annotation goes to the line; what has no line of its own goes to the block's."""
    places = {change.field: change.position for change in _only(PLANS["update"]()).semantic}
    file = "account-requests/payments-prod.hcl"
    assert places["tags.CostCenter"] == Position(file=file, line=5, column=3)
    assert places["alternate_contact.security"] == Position(file=file, line=8, column=3)
    assert places["alternate_contact.billing"] == Position(file=file, line=1, column=1)


def test_another_order_of_customizations_is_a_change() -> None:
    """Customizations are applied in order."""
    before = a_request(customizations=("a", "b"))
    request = replace(before, customizations=("b", "a"))
    plan = a_fleet(an_account(request, "customize", last=before.to_json(), unit_before="Workloads/Prod"))
    assert [change.summary for change in _only(plan).semantic] == ["order of customizations: b, a"]


@pytest.mark.parametrize(("old", "keeps"), [("joe@example.com", True), ("GRACE@example.com", False)])
def test_who_had_access_is_said_to_keep_it(old: str, *, keeps: bool) -> None:
    """Account Factory adds a user and leaves the earlier one an administrator; case makes no other user."""
    request = a_request()
    last = {**request.to_json(), "sso_user": {"email": old, "first_name": "Joe", "last_name": "Old"}}
    plan = an_account(request, "update")
    subject = plan.subject
    assert subject is not None
    (account,) = review_of(a_fleet(replace(plan, subject=replace(subject, last=last)))).accounts
    (change,) = [change for change in account.semantic if change.field == "sso_user"]
    assert (f"; {old} keeps administrator access" in change.summary) is keeps


def test_what_does_not_happen_is_not_said() -> None:
    """An account with nothing to do has no changes, whatever its request says."""
    assert _said("wait") == []
    assert review_of(PLANS["unchanged"]()).accounts[0].semantic == ()


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("unchanged", "none"),
        ("rename", "none"),
        ("adopt", "low"),
        ("create-without-preview", "low"),
        ("one-account", "low"),
        ("create", "medium"),
        ("update", "medium"),
        ("move", "high"),
        ("customize", "high"),
        ("unmanage", "critical"),
        ("close", "critical"),
    ],
)
def test_risk_is_on_a_small_scale(name: str, level: str) -> None:
    """From nothing to the end of an account; the worst reason counts."""
    risk = review_of(PLANS[name]()).accounts[0].risk
    assert risk.level == level
    assert bool(risk.reasons) == (level != "none" and name != "one-account")


def test_forced_replacements_are_named() -> None:
    """With the attributes that force them."""
    (stage,) = _only(PLANS["customize"]()).stages
    assert {change.address: change.forced_by for change in stage.changes if change.forced_by} == {
        'module.spoke-network.aws_vpc.this["main"]': ("cidr_block",)
    }
    assert {change.module for change in stage.changes} == {"module.spoke-network", "module.global"}


def test_what_stays_is_a_click_away() -> None:
    """Unchanged attributes are there for whoever wants to see them."""
    (stage,) = _only(PLANS["move"]()).stages
    unchanged = {each.path: each.value for each in stage.changes[0].unchanged}
    assert unchanged["product_id"] == '"prod-abcdefghijklm"'


def test_previews_are_counted_apart() -> None:
    """What is planned against an emulated account is no part of what will be done, nor of the digest."""
    review = review_of(PLANS["create"]())
    assert (review.counts.add, review.previews.add) == (2, 1)
    plan = PLANS["create"]()
    (account,) = plan.accounts
    without = replace(account, stages=tuple(replace(s, changes=()) if s.preview else s for s in account.stages))
    assert a_fleet(without).digest == plan.digest
