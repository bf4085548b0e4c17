"""Every refusal says what leads out of it, and doing exactly that leads out: the next run has nothing left to do."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.emulated_fleets import EmulatedFleet, emulated_fleet, products
from vend.aws import _aws
from vend.aws._service_catalog import Pace
from vend.decide import ROWS
from vend.sandbox import Fault

pytestmark = pytest.mark.sandbox


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmulatedFleet]:
    """With one account beside those that a test is about."""
    monkeypatch.setattr(_aws, "Pace", functools.partial(Pace, first_seconds=0.02))
    with emulated_fleet(tmp_path) as fleet:
        fleet.wants("beside")
        yield fleet


def vended(fleet: EmulatedFleet, label: str = "pay", **fields: str) -> str:
    """Vends an account, and gives its id."""
    fleet.wants(label, **fields)
    assert fleet.apply().status == "succeeded"
    return str(fleet.ledger.applied()[label].account_id)


def email_changed(fleet: EmulatedFleet) -> None:
    account_id = vended(fleet)
    client, email = fleet.emulated.client("account"), "cloud+pay@example.org"
    client.start_primary_email_update(AccountId=account_id, PrimaryEmail=email)
    client.accept_primary_email_update(AccountId=account_id, PrimaryEmail=email, Otp="vend42")


def name_changed(fleet: EmulatedFleet) -> None:
    fleet.emulated.client("account").put_account_name(AccountId=vended(fleet), AccountName="Pay (all of it)")


def closed(fleet: EmulatedFleet) -> None:
    fleet.emulated.client("organizations").close_account(AccountId=vended(fleet))


def closed_for_weeks(fleet: EmulatedFleet) -> None:
    """As AWS has it: CLOSED, which an account is for 90 days."""
    closed(fleet)
    account_id = str(fleet.ledger.applied()["pay"].account_id)
    organizations = fleet.emulated.client("organizations")
    while organizations.describe_account(AccountId=account_id)["Account"]["State"] == "PENDING_CLOSURE":
        time.sleep(0.02)
    account = fleet.emulated.sandbox._front.zone.organization.account(account_id)
    assert account is not None
    account.state = "CLOSED"


def left(fleet: EmulatedFleet) -> None:
    fleet.emulated.client("organizations").remove_account_from_organization(AccountId=vended(fleet))


def left_and_terminated(fleet: EmulatedFleet) -> None:
    left(fleet)
    (product,) = (one for one in products(fleet.emulated.client("servicecatalog")) if one["Name"] == "pay")
    fleet.type(f"aws servicecatalog terminate-provisioned-product --provisioned-product-id {product['Id']}")


def left_and_request_gone(fleet: EmulatedFleet) -> None:
    left(fleet)
    fleet.file("pay").unlink()


def label_changed(fleet: EmulatedFleet) -> None:
    vended(fleet, "old", name="Payments")
    fleet.file("old").unlink()
    fleet.wants("pay", name="Payments")


def email_of_another(fleet: EmulatedFleet) -> None:
    vended(fleet, "other")
    fleet.file("other").unlink()
    fleet.type("vend forget other")
    fleet.wants("pay", email="aws+other@example.com")


def half_made(fleet: EmulatedFleet) -> None:
    fault = Fault(operation="servicecatalog:ProvisionProduct", kind="error", at="end", account="pay")
    fleet.emulated.sandbox.faults.add(fault)
    fleet.wants("pay")
    assert fleet.apply().status == "failed"


def exists_with_another_email(fleet: EmulatedFleet) -> None:
    exists(fleet)
    fleet.wants("pay", email="Pay@example.com")


def exists_with_another_name(fleet: EmulatedFleet) -> None:
    exists(fleet)
    fleet.wants("pay", email="pay@example.com", name="Pay")


def exists(fleet: EmulatedFleet) -> str:
    """An account that Organizations alone made."""
    organizations = fleet.emulated.client("organizations")
    request = organizations.create_account(
        AccountName="pay", Email="pay@example.com", RoleName="AWSControlTowerExecution"
    )["CreateAccountStatus"]["Id"]
    while True:
        status = organizations.describe_create_account_status(CreateAccountRequestId=request)["CreateAccountStatus"]
        if status["State"] != "IN_PROGRESS":
            return str(status["AccountId"])
        time.sleep(0.02)


def removal_asked_for(fleet: EmulatedFleet) -> None:
    vended(fleet, on_removal="unmanage")
    fleet.file("pay").unlink()


def failed_and_request_gone(fleet: EmulatedFleet) -> None:
    fleet.emulated.sandbox.faults.add(Fault(operation="servicecatalog:ProvisionProduct", kind="error", account="pay"))
    fleet.wants("pay")
    assert fleet.apply().status == "failed"
    fleet.file("pay").unlink()


@dataclass(frozen=True, kw_only=True)
class Way:
    """What was done by hand, and which of the commands in each hint lead on.

    Attributes:
        account: whose hint it is.
        words: what stands for words in capitals.
    """

    done: Callable[[EmulatedFleet], object]
    code: str
    ways: tuple[int, ...] = (0,)
    account: str = "pay"
    words: tuple[tuple[str, str], ...] = ()


NEW_EMAIL = (("ADDRESS", "new+pay@example.com"),)
WAYS: dict[str, Way] = {
    "email changed by hand": Way(done=email_changed, code="email-changed"),
    "renamed by hand": Way(done=name_changed, code="name-changed"),
    "closed, request taken away": Way(done=closed, code="account-not-active"),
    "closed, a new account under the label": Way(
        done=closed_for_weeks, code="account-not-active", ways=(1,), words=NEW_EMAIL
    ),
    "left, a new account is meant": Way(done=left, code="account-gone", words=NEW_EMAIL),
    "left, no new account is meant": Way(done=left, code="account-gone", ways=(3, 0)),
    "left and terminated, a new account is meant": Way(done=left_and_terminated, code="account-gone", words=NEW_EMAIL),
    "left and terminated, none is meant": Way(done=left_and_terminated, code="account-gone", ways=(2, 0)),
    "left, request gone": Way(done=left_and_request_gone, code="account-gone"),
    "a new account with the name of a retained one": Way(done=label_changed, code="label-changed"),
    "the email of another account": Way(done=email_of_another, code="email-in-use", words=NEW_EMAIL),
    "half made": Way(done=half_made, code="account-half-made"),
    "to enrol, another email": Way(done=exists_with_another_email, code="email-changed"),
    "to enrol, another name": Way(done=exists_with_another_name, code="name-changed"),
    "removal not allowed": Way(done=removal_asked_for, code="removal-not-allowed"),
    "failed, request gone": Way(done=failed_and_request_gone, code="product-left"),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_what_a_hint_says_leads_out(fleet: EmulatedFleet, way: Way) -> None:
    """Typed as it is printed; no account is made twice, and none is left out of the fleet that is in it."""
    way.done(fleet)
    found = next(p for p in fleet.planned(way.account).diagnostics if p.code == way.code)
    for step in way.ways:
        problems = [p for a in fleet.plan().accounts if a.account == way.account for p in a.diagnostics]
        fleet.follow(str(problems[0].hint), way=step, **dict(way.words))
    fleet.apply()
    assert found.hint
    left = fleet.plan().accounts
    assert {account.action for account in left} == {"none"}, [p for account in left for p in account.diagnostics]
    accounts = fleet.emulated.client("organizations").list_accounts()["Accounts"]
    emails = [str(account["Email"]).casefold() for account in accounts]
    assert len(emails) == len(set(emails))


def test_each_refusal_has_a_way_that_is_tried() -> None:
    """But for an account that its unit enrolled, whose way out is the request's removal or Control Tower's console."""
    refused = {row.code for row in ROWS if row.action == "refused"}
    assert refused - {way.code for way in WAYS.values()} == {"enrolled-without-product"}
