from collections.abc import Iterator
from pathlib import Path

import pytest

from factories import an_account_request
from vend.errors import RefusedError
from vend.models import OnRemoval
from worlds import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.wants(an_account_request(account="stays", name="Stays", email="stays@example.com"))
    yield world
    world.ledger.close()


def vended(world: World, on_removal: OnRemoval) -> None:
    """Vends an account, then deletes its request."""
    world.wants(an_account_request(on_removal=on_removal))
    assert world.apply().status == "succeeded"
    world.requests.pop()


def action(world: World, **options: object) -> str:
    return next(a.action for a in world.plan(**options).accounts if a.account == "payments-prod")


def test_a_vanished_request_keeps_its_account(world: World) -> None:
    """Nothing happens, and the plan says so."""
    vended(world, "retain")
    plan = world.plan()
    planned = next(a for a in plan.accounts if a.account == "payments-prod")
    assert planned.action == "none"
    assert [d.code for d in planned.diagnostics] == ["request-gone"]
    assert world.apply().status == "succeeded"
    assert "payments-prod" in world.aws.products


@pytest.mark.parametrize("meaning", ["unmanage", "close"])
def test_removal_is_refused_until_the_account_is_named(world: World, meaning: OnRemoval) -> None:
    """A deleted block alone ends nothing, and an apply leaves the account alone."""
    vended(world, meaning)
    assert action(world) == "refused"
    report = world.apply()
    assert report.status == "failed"
    assert "payments-prod" in world.aws.products
    assert not [call for call in world.aws.calls if call[0] in {"terminate", "close"}]


def test_an_allowed_removal_terminates_the_product_and_forgets_the_account(world: World) -> None:
    """The account stays open; vend manages it no more."""
    vended(world, "unmanage")
    assert action(world, allow_removal=["payments-prod"]) == "unmanage"
    assert world.apply(allow_removal=["payments-prod"]).status == "succeeded"
    assert "payments-prod" not in world.aws.products
    assert "payments-prod" not in world.ledger.applied()
    assert [a.account for a in world.plan().accounts] == ["stays"]


def test_closing_unmanages_first(world: World) -> None:
    """An account that is closed while managed keeps its unit from being registered again."""
    vended(world, "close")
    assert world.apply(allow_removal=["payments-prod"]).status == "succeeded"
    ended = [call[0] for call in world.aws.calls if call[0] in {"terminate", "close"}]
    assert ended == ["terminate", "close"]


def test_naming_one_account_does_not_allow_another(world: World) -> None:
    """The confirmation is by name."""
    vended(world, "close")
    assert action(world, allow_removal=["stays"]) == "refused"


def test_a_fleet_without_any_request_is_refused(world: World) -> None:
    """A folder that is missing is no wish to remove every account."""
    vended(world, "close")
    world.requests.clear()
    with pytest.raises(RefusedError, match="no account requests"):
        world.plan()
