"""A changed label is told as what it probably is, and neither removes an account nor makes one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from support.factories import an_account_request
from support.worlds import World
from vend.lifecycle.survey import _request_checks


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.ledger.close()


@pytest.mark.parametrize(
    "changes",
    [
        {"account": "pay"},
        {"account": "pay", "email": "AWS+Payments-Prod@example.com"},
        {"account": "pay", "email": "other@example.com"},
        {"account": "pay", "name": "Pay"},
    ],
)
def test_another_label_is_a_rename(world: World, changes: dict[str, str]) -> None:
    """The same email or the same name: both are refused, even where the removal is allowed by name."""
    request = an_account_request(on_removal="close")
    world.wants(request)
    world.apply()
    world.requests[:] = [replace(request, **changes)]
    for allowed in ((), ("payments-prod",)):
        plans = {plan.account: plan for plan in world.plan(allow_removal=allowed).accounts}
        assert {name: plan.action for name, plan in plans.items()} == {"pay": "refused", "payments-prod": "refused"}
        assert [found.code for plan in plans.values() for found in plan.diagnostics] == ["label-changed"] * 2
        assert all("payments-prod" in str(found.hint) for plan in plans.values() for found in plan.diagnostics)
    world.apply(allow_removal=("payments-prod",))
    assert len(world.aws.accounts) == 1


def test_a_new_request_beside_a_removed_one_is_no_rename(world: World) -> None:
    """Another email and another name is another account."""
    request = an_account_request()
    world.wants(request)
    world.apply()
    world.requests.clear()
    world.wants(replace(request, account="tool", email="tool@example.com", name="Tool"))
    actions = {plan.account: plan.action for plan in world.plan().accounts}
    assert actions == {"payments-prod": "none", "tool": "create"}


def test_a_full_unit_is_told_of_those_accounts_that_are_too_many(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that would be too many, each at its place."""
    monkeypatch.setattr(_request_checks, "_MOST_ACCOUNTS", 1)
    for name in ("a", "b", "c"):
        world.wants(an_account_request(account=name, name=name, email=f"{name}@example.com"))
    found = [problem for plan in world.plan().accounts for problem in plan.diagnostics]
    assert [(problem.code, problem.account) for problem in found] == [
        ("organizational-unit-full", "b"),
        ("organizational-unit-full", "c"),
    ]
