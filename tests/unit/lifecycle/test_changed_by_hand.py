"""What was changed at AWS behind vend's back: no account is made twice, no product is spoilt, and there is a way on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from support.factories import a_change, an_account_request
from support.worlds import SANDBOX, World
from vend import lifecycle
from vend.models import AccountRequest
from vend.plan import AccountPlan


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.ledger.close()


def vended(world: World) -> AccountRequest:
    """Vends an account."""
    request = an_account_request()
    world.wants(request)
    assert world.apply().status == "succeeded"
    return request


def changed(world: World, **fields: str) -> None:
    """Changes the account in Organizations."""
    (number, account) = next(iter(world.aws.accounts.items()))
    world.aws.accounts[number] = replace(account, **fields)  # type: ignore[arg-type]  # text fields alone


def only(world: World) -> AccountPlan:
    (planned,) = world.plan().accounts
    return planned


def codes(planned: AccountPlan) -> list[str]:
    return [problem.code for problem in planned.diagnostics]


@pytest.mark.parametrize(
    ("field", "value"), [("email", "cloud@example.org"), ("name", "Payments"), ("name", "payments (PROD)")]
)
def test_what_was_changed_by_hand_and_then_in_the_request_changes_no_product(
    world: World, field: str, value: str
) -> None:
    """The hint says the edit; after it nothing is left to do, with and without the ledger."""
    request = vended(world)
    changed(world, **{field: value})
    planned = only(world)
    assert (planned.action, codes(planned)) == ("refused", [f"{field}-changed"])
    assert value in str(planned.diagnostics[0].hint)
    world.requests[:] = [replace(request, **{field: value})]
    world.terraform.log.clear()
    assert only(world).action == "none"
    assert not world.terraform.log


def test_an_email_in_other_letters_changes_no_product(world: World) -> None:
    """AWS takes both for one; Account Factory does not."""
    request = vended(world)
    world.requests[:] = [replace(request, email=request.email.upper())]
    assert only(world).action == "none"


def test_a_product_goes_on_being_updated_with_what_it_was_made_with(world: World) -> None:
    """Also after the ledger, which knew it, was lost: then the product's own output says the email."""
    request = vended(world)
    changed(world, email="cloud@example.org")
    world.requests[:] = [replace(request, email="cloud@example.org")]
    changed(world, parent_id=SANDBOX.id)
    world.writes_state()
    assert only(world).action == "repair"
    assert world.apply().status == "succeeded"
    assert world.aws.products["payments-prod"].status == "AVAILABLE"
    made = world.ledger.applied()["payments-prod"].made_with
    assert made is not None
    assert made.email == request.email
    world.ledger.forget_account("payments-prod")
    changed(world, parent_id=SANDBOX.id)
    assert world.apply().status == "succeeded"
    assert world.aws.products["payments-prod"].status == "AVAILABLE"
    assert only(world).action == "none"


def test_a_product_that_an_earlier_mistake_tainted_is_mended(world: World) -> None:
    """It was sent the new email once; sending what it was made with makes it AVAILABLE."""
    request = vended(world)
    changed(world, email="cloud@example.org")
    world.aws.products["payments-prod"] = replace(world.aws.products["payments-prod"], status="TAINTED")
    world.requests[:] = [replace(request, email="cloud@example.org")]
    world.writes_state()
    assert only(world).action == "repair"
    assert world.apply().status == "succeeded"
    assert world.aws.products["payments-prod"].status == "AVAILABLE"
    assert only(world).action == "none"


def test_an_account_that_left_is_made_anew_only_after_it_was_forgotten(world: World) -> None:
    """However it went: closed 90 days ago, or taken out; whether its product was terminated or not."""
    vended(world)
    world.aws.accounts.clear()
    planned = only(world)
    assert (planned.action, codes(planned)) == ("refused", ["account-gone"])
    assert "aws servicecatalog terminate-provisioned-product" in str(planned.diagnostics[0].hint)
    world.aws.products.clear()
    planned = only(world)
    assert (planned.action, codes(planned)) == ("refused", ["account-gone"])
    assert "`vend forget payments-prod`" in str(planned.diagnostics[0].hint)
    assert world.apply().status == "failed"
    assert not world.aws.accounts
    lifecycle.forget(world.workspace(), "payments-prod")
    assert only(world).action == "create"


def test_an_account_with_another_email_whose_product_was_terminated_is_not_made_anew(world: World) -> None:
    """No account has the request's email any more; the one that the ledger knows is told of."""
    vended(world)
    changed(world, email="cloud@example.org")
    world.aws.products.clear()
    planned = only(world)
    assert (planned.action, codes(planned)) == ("refused", ["email-changed"])


def test_the_email_of_another_account_is_not_the_labels_account(world: World) -> None:
    """Where the label's own account left, another that has its email by now is not enrolled in its place."""
    request = vended(world)
    (account,) = world.aws.accounts.values()
    world.aws.accounts.clear()
    world.aws.products.clear()
    world.aws.accounts["999999999999"] = replace(account, id="999999999999", email=request.email)
    assert codes(only(world)) == ["account-gone"]


@pytest.mark.parametrize("state", ["PENDING_CLOSURE", "CLOSED"])
def test_the_name_of_a_closed_account_is_free_for_another(world: World, state: str) -> None:
    """Its request was taken away before or in the same run; no rename is suspected."""
    request = vended(world)
    changed(world, state=state)
    planned = only(world)
    assert codes(planned) == ["account-not-active"]
    assert "`vend remove payments-prod`" in str(planned.diagnostics[0].hint)
    world.requests.clear()
    world.wants(replace(request, account="pay", email="pay@example.com"))
    plan = world.plan()
    assert {account.account: account.action for account in plan.accounts} == {"pay": "create", "payments-prod": "none"}
    assert [problem.code for problem in plan.diagnostics] == ["name-in-use"]
    assert world.apply().status == "succeeded"


def test_who_means_a_new_account_forgets_the_old_one(world: World) -> None:
    """The account of a request that is gone stays as it is; its name is taken by another."""
    request = vended(world)
    world.requests.clear()
    world.wants(replace(request, account="pay", email="pay@example.com"))
    plan = world.plan()
    assert {problem.code for account in plan.accounts for problem in account.diagnostics} == {"label-changed"}
    assert all("`vend forget payments-prod`" in str(p.hint) for a in plan.accounts for p in a.diagnostics)
    lifecycle.forget(world.workspace(), "payments-prod")
    assert only(world).action == "create"
    assert world.apply().status == "succeeded"
    assert set(world.aws.products) == {"pay", "payments-prod"}


def test_an_account_that_left_and_whose_request_is_gone_is_not_said_to_be_kept(world: World) -> None:
    """The plan and the status say that it is not there."""
    vended(world)
    world.wants(an_account_request(account="stays", name="Stays", email="stays@example.com"))
    assert world.apply().status == "succeeded"
    world.requests[:] = world.requests[1:]
    del world.aws.accounts[str(world.ledger.applied()["payments-prod"].account_id)]
    planned = next(account for account in world.plan().accounts if account.account == "payments-prod")
    assert (planned.action, codes(planned)) == ("none", ["account-gone"])
    states = {row.account: row.state for row in lifecycle.status(world.workspace()).accounts}
    assert states == {"payments-prod": "GONE", "stays": "ACTIVE"}


def test_the_status_says_that_an_account_is_closed(world: World) -> None:
    """What was applied to it went well, and that is not all there is to say."""
    vended(world)
    changed(world, state="CLOSED")
    (row,) = lifecycle.status(world.workspace()).accounts
    assert (row.status, row.state) == ("succeeded", "CLOSED")


def test_a_taint_in_the_state_of_a_product_that_is_whole_is_lifted_from_it_alone(world: World) -> None:
    """The plan shows the operation, which is part of its digest; nothing is replaced."""
    request = vended(world)
    world.writes_state(tainted=True)
    world.requests[:] = [replace(request, sso_user=replace(request.sso_user, last_name="Murray"))]
    plan = world.plan()
    (planned,) = plan.accounts
    assert planned.action == "repair"
    assert [(operation.operation, operation.stage) for operation in planned.operations] == [("untaint", "account")]
    world.terraform.changes["payments-prod", "account"] = (a_change(),)
    world.terraform.on_apply.pop(("payments-prod", "account"))
    assert world.apply().status == "succeeded"
    assert ("untaint", "payments-prod", "account") in world.terraform.log
