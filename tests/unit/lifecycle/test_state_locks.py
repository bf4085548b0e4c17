"""Locks of the dead are released, of the living never."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from support.factories import an_account_request
from support.worlds import World
from vend import lifecycle
from vend.errors import InvalidInputError, RefusedError, VendError
from vend.events import Event, Notice, Waiting
from vend.lifecycle import Workspace
from vend.lifecycle._owners import own_owner
from vend.lifecycle.locks._state_locks import RECORDED_SECONDS, StateLocks
from vend.models import ProcessIdentity, RunOwner
from vend.settings import S3State

KEY = "vend/payments-prod/account.tfstate.tflock"
RECORD = "terraform/payments-prod/account"
NOW = "2026-01-01T00:00:00+00:00"
HERE = own_owner("dead", NOW)
DEAD = replace(HERE, process=replace(HERE.process, started=1) if HERE.process else None)
ELSEWHERE = replace(DEAD, process=ProcessIdentity(boot="another", namespace="pid:[1]", pid=1, started=1))


@pytest.fixture
def world(tmp_path: Path) -> World:
    """With states in S3."""
    world = World(tmp_path)
    world.settings = replace(world.settings, state=S3State(bucket="b", region="eu-west-1", prefix="vend"))
    world.requests.append(an_account_request())
    return world


def lock(world: World, who: str = DEAD.who, *, later: float = 1.0, key: str = KEY) -> None:
    """Puts a lock into the bucket, as a Terraform that was killed leaves it."""
    created = datetime.now(UTC) + timedelta(seconds=later)
    document = {"ID": "some-id", "Operation": "OperationTypeApply", "Who": who, "Created": created.isoformat()}
    world.aws.locks[key] = json.dumps(document).encode()


def record(world: World, owner: RunOwner) -> None:
    """A run that has begun a Terraform."""
    world.ledger.register_run(owner)
    assert world.ledger.acquire_lease(RECORD, owner.run, RECORDED_SECONDS)


def taking(world: World, workspace: Workspace | None = None) -> None:
    """Has its turn, without patience."""
    locks = StateLocks(workspace or world.workspace(), patience_seconds=0)
    with locks.terraform("payments-prod", "account"):
        held = world.ledger.lease(RECORD)
        assert held is not None
        assert held.holder.startswith("run-")


def notices(world: World) -> list[str]:
    return [event.message for event in world.events if isinstance(event, Notice)]


def test_nobody_is_in_the_way(world: World) -> None:
    """While Terraform works, its run is recorded; afterwards nothing is left."""
    taking(world)
    assert world.ledger.lease(RECORD) is None
    assert (world.events, world.aws.locks) == ([], {})


def test_the_lock_of_a_dead_run_is_released_and_told(world: World) -> None:
    """It fits the record: the same user and machine, after the run said that it begins."""
    record(world, DEAD)
    lock(world)
    taking(world)
    assert world.aws.locks == {}
    assert notices(world) == [
        f"released the lock on the state of account, which {DEAD.who} (run dead) left behind: that run is dead"
    ]


def test_a_dead_run_that_left_no_lock_is_in_nobodys_way(world: World) -> None:
    """It was killed before its Terraform locked, or after it let go."""
    record(world, DEAD)
    taking(world)
    assert notices(world) == []


@pytest.mark.parametrize(
    ("owner", "change"),
    [
        (HERE, {}),
        (replace(DEAD, process=None), {}),
        (ELSEWHERE, {}),
        (DEAD, {"who": "somebody@else"}),
        (DEAD, {"later": -60.0}),
        (DEAD, {"later": 3600.0}),
        (None, {}),
    ],
    ids=["lives", "lives, on macOS", "lives elsewhere", "another's", "before the run", "long after it", "no record"],
)
def test_any_other_lock_is_left_and_named(world: World, owner: RunOwner | None, change: dict[str, Any]) -> None:
    """With its owner, its age, and the command that leads on; nothing is recorded of us."""
    if owner is not None:
        record(world, owner)
    lock(world, **change)
    with pytest.raises(VendError) as caught:
        taking(world)
    (problem,) = caught.value.diagnostics
    assert problem.code == "state-locked"
    assert change.get("who", DEAD.who) in problem.summary
    assert "vend unlock payments-prod" in (problem.hint or "")
    assert KEY in world.aws.locks
    held = world.ledger.lease(RECORD)
    assert (held.holder if held else None) == (owner.run if owner else None)
    (told,) = [event for event in world.events if isinstance(event, Waiting)]
    assert (told.hold, change.get("who", DEAD.who) in told.holder, bool(told.since)) == ("state-lock", True, True)


def test_a_lock_that_goes_while_it_is_waited_for_is_no_failure(world: World) -> None:
    """Its Terraform ended by itself."""
    lock(world)
    workspace = world.workspace()

    def on_event(event: Event) -> None:
        world.events.append(event)
        world.aws.locks.clear()

    workspace.on_event = on_event
    with StateLocks(workspace, patience_seconds=3600).terraform("payments-prod", "account"):
        pass
    assert world.ledger.lease(RECORD) is None


def test_another_lock_in_the_place_of_the_dead_one_is_not_released(world: World) -> None:
    """Between looking and releasing somebody took it: S3 compares, and ours is not that one."""
    record(world, DEAD)
    lock(world)
    found = world.aws.read_state_lock

    def read(key: str) -> tuple[bytes, str] | None:
        answer = found(key)
        lock(world, "somebody@else")
        return answer

    world.aws.read_state_lock = read  # type: ignore[method-assign]  # a fake's
    with pytest.raises(VendError, match="somebody@else"):
        taking(world)
    assert KEY in world.aws.locks


@pytest.mark.parametrize("lost", [False, True])
def test_what_our_own_terraform_leaves_when_it_is_killed_goes_at_once(world: World, *, lost: bool) -> None:
    """Unless the account's lease is lost: another run may be at work, which finds the record and judges."""
    workspace = world.workspace()
    with workspace.leases.lease("account/payments-prod", world.stop, lambda _: None) as lease:
        assert lease is not None
        under = workspace.under(lease)
        with StateLocks(under).terraform("payments-prod", "account"):
            lock(world, later=0.0)
            lease.lost = lost
    assert bool(world.aws.locks) is lost
    assert bool(world.ledger.lease(RECORD)) is lost


def test_an_apply_releases_what_the_run_before_left(world: World) -> None:
    """The lease, the slot and the state lock of a run that was killed, and the account is made."""
    world.requests.clear()
    world.wants(an_account_request())
    world.ledger.register_run(DEAD)
    world.ledger.acquire_lease("account/payments-prod", "dead", 60)
    record(world, DEAD)
    lock(world)
    report = world.apply()
    assert report.status == "succeeded"
    assert (world.aws.locks, world.ledger.lease("account/payments-prod")) == ({}, None)
    assert any("that run is dead" in message for message in notices(world))


def test_an_apply_leaves_the_lock_of_somebody_else(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """That account alone fails, before its Terraform is started."""
    monkeypatch.setattr("vend.lifecycle.locks._state_locks.PATIENCE_SECONDS", 0)
    world.requests.clear()
    world.wants(an_account_request())
    world.wants(an_account_request(account="other", name="Other", email="other@example.com"))
    lock(world, "somebody@else")
    report = world.apply()
    assert {result.account: result.status for result in report.results} == {
        "other": "succeeded",
        "payments-prod": "failed",
    }
    assert ("apply", "payments-prod", "account") not in world.terraform.log


def test_terraform_ends_with_the_lease(world: World) -> None:
    """A run that lost its lease in the middle says so, and records nothing over what another run may have recorded."""
    world.requests.clear()
    world.wants(an_account_request())
    made: Callable[[], object] = world.terraform.on_apply["payments-prod", "account"]

    def losing() -> None:
        made()
        (stop,) = world.terraform.stops
        lease = workspace.leases._leases["account/payments-prod"]
        assert lease.stop is stop
        lease.lost = True
        lease.stop.force()

    workspace = world.workspace()
    plan = lifecycle.plan(workspace)
    world.terraform.on_apply["payments-prod", "account"] = losing
    report = lifecycle.apply(workspace, plan)
    codes = [problem.code for result in report.results for stage in result.stages for problem in stage.diagnostics]
    assert (report.status, codes) == ("failed", ["lease-lost"])
    assert "settings" not in world.ledger.applied()["payments-prod"].stages


# Unlocking


def test_what_is_held_is_told_and_released(world: World) -> None:
    """A lock that nobody knows, and what a dead run has left."""
    record(world, DEAD)
    world.ledger.acquire_lease("account/payments-prod", "dead", 60)
    world.ledger.acquire_slot("control-tower", "dead/payments-prod", 5, 60)
    world.ledger.acquire_slot("control-tower", "dead/other", 5, 60)
    lock(world)
    lock(world, "somebody@else", key="vend/payments-prod/settings.tfstate.tflock")
    workspace = world.workspace()
    holds = lifecycle.account_holds(workspace, "payments-prod")
    assert [(hold.kind, hold.name, hold.alive) for hold in holds.told] == [
        ("lease", "payments-prod", False),
        ("slot", "control-tower", False),
        ("state-lock", "account", False),
        ("state-lock", "settings", None),
    ]
    lifecycle.unlock(workspace, "payments-prod", holds)
    assert world.aws.locks == {}
    assert lifecycle.account_holds(workspace, "payments-prod").told == ()
    assert [held.holder for held in world.ledger.slots("control-tower")] == ["dead/other"]


@pytest.mark.parametrize("kind", ["lease", "slot", "record"])
def test_nothing_is_taken_from_the_living(world: World, kind: str) -> None:
    """Whatever of it a run has that lives, nothing at all is released."""
    world.ledger.register_run(HERE)
    if kind == "lease":
        world.ledger.acquire_lease("account/payments-prod", "dead", 60)
    elif kind == "slot":
        world.ledger.acquire_slot("control-tower", "dead/payments-prod", 5, 60)
    else:
        record(world, HERE)
    lock(world, "somebody@else", key="vend/payments-prod/settings.tfstate.tflock")
    workspace = world.workspace()
    holds = lifecycle.account_holds(workspace, "payments-prod")
    with pytest.raises(RefusedError) as caught:
        lifecycle.unlock(workspace, "payments-prod", holds)
    assert caught.value.diagnostics[0].code == "still-held"
    assert world.aws.locks


def test_an_account_that_nobody_knows_is_not_unlocked(world: World) -> None:
    """A near miss says what was meant; an account whose request is gone is known by its lock."""
    with pytest.raises(InvalidInputError) as caught:
        lifecycle.account_holds(world.workspace(), "payments-prd")
    assert "payments-prod" in (caught.value.diagnostics[0].hint or "")
    lock(world, key="vend/gone/account.tfstate.tflock")
    assert len(lifecycle.account_holds(world.workspace(), "gone").told) == 1
