import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.factories import an_account_request
from support.worlds import World
from vend import lifecycle
from vend.errors import AwsError, Diagnostic, RefusedError
from vend.events import StageProgress
from vend.lifecycle import _leases
from vend.lifecycle.apply import _removal_run
from vend.models import OnRemoval
from vend.plan import Selection


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


def several_gone(world: World, count: int) -> tuple[str, ...]:
    """Vends accounts that are to be closed, then deletes their requests."""
    names = tuple(f"a{number}" for number in range(count))
    for name in names:
        world.wants(an_account_request(account=name, name=name, email=f"{name}@example.com", on_removal="close"))
    assert world.apply().status == "succeeded"
    del world.requests[-count:]
    return names


def test_accounts_are_unmanaged_one_at_a_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control Tower would leave the second product TAINTED."""
    monkeypatch.setattr(_leases, "_POLL_SECONDS", 0.005)
    names = several_gone(world, 4)
    begun, most = [0], [0]
    lock, terminate = threading.Lock(), world.aws.terminate_product

    def slowly(product_id: str, token: str) -> None:
        with lock:
            begun[0] += 1
            most[0] = max(most[0], begun[0])
        time.sleep(0.02)
        terminate(product_id, token)
        with lock:
            begun[0] -= 1

    monkeypatch.setattr(world.aws, "terminate_product", slowly)
    assert world.apply(allow_removal=names).status == "succeeded"
    assert most == [1]
    assert set(world.aws.products) == {"stays"}


def test_a_removal_that_another_run_has_begun_is_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The product goes by itself; it is not terminated twice."""
    vended(world, "unmanage")

    def settled(*_: Any, **__: Any) -> None:
        world.aws.products.pop("payments-prod")

    monkeypatch.setattr(world.aws, "wait_until_settled", settled)
    assert world.apply(allow_removal=["payments-prod"]).status == "succeeded"
    assert not [call for call in world.aws.calls if call[0] == "terminate"]


def test_each_run_terminates_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A termination that failed is asked for with another token, which Service Catalog would answer otherwise."""
    vended(world, "unmanage")
    tokens: list[str] = []
    monkeypatch.setattr(world.aws, "terminate_product", lambda _, token: tokens.append(token))
    for _ in range(2):
        assert world.apply(allow_removal=["payments-prod"]).status == "failed"
    assert len(set(tokens)) == 2


BUSY = Diagnostic(code="closing-busy", summary="AWS is closing other accounts")


def refusing(world: World, monkeypatch: pytest.MonkeyPatch, problem: Diagnostic, times: int) -> None:
    """An AWS that does not close an account at first."""
    monkeypatch.setattr(_removal_run, "_CLOSING_PAUSE_SECONDS", 0.005)
    left, close = [times], world.aws.close_account

    def refuse(account_id: str) -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise AwsError(problem)
        close(account_id)

    monkeypatch.setattr(world.aws, "close_account", refuse)


def test_a_closure_waits_for_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS closes a few at once; the wait is shown."""
    vended(world, "close")
    refusing(world, monkeypatch, BUSY, 2)
    assert world.apply(allow_removal=["payments-prod"]).status == "succeeded"
    waits = [e for e in world.events if isinstance(e, StageProgress) and e.step == "waiting for other closures"]
    assert len(waits) == 2


def test_a_closure_that_is_refused_is_not_tried_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The quota of thirty days does not end while vend waits."""
    vended(world, "close")
    refusing(world, monkeypatch, Diagnostic(code="aws-refused", summary="quota"), 1)
    report = world.apply(allow_removal=["payments-prod"])
    assert report.status == "failed"
    assert not [call for call in world.aws.calls if call[0] == "close"]


def test_a_wait_for_other_closures_can_be_stopped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The account is as it is; the next run goes on."""
    vended(world, "close")
    refusing(world, monkeypatch, BUSY, 1000)
    monkeypatch.setattr(_removal_run, "_CLOSING_PAUSE_SECONDS", 60.0)
    workspace = world.workspace()
    planned = lifecycle.plan(workspace, Selection(allow_removal=("payments-prod",)))
    threading.Timer(0.05, world.stop.set).start()
    assert lifecycle.apply(workspace, planned).status == "aborted"
