"""Planning many accounts in one Terraform run, with a Terraform that does as told."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.factories import a_change, an_account_request
from support.worlds import PROD, World
from vend import lifecycle
from vend.errors import InterruptedRunError
from vend.events import BatchProgress
from vend.models import AccountRequest
from vend.plan import Plan, ResourceChange
from vend.settings import S3State


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.ledger.close()


def a_request(account: str, **overrides: Any) -> AccountRequest:
    return an_account_request(account=account, name=account.title(), email=f"{account}@example.com", **overrides)


def plans_of(world: World, account: str) -> int:
    """How often an account was planned alone."""
    return sum(entry[:2] == ("plan", account) for entry in world.terraform.log)


def actions(plan: Plan) -> dict[str, str]:
    return {account.account: account.action for account in plan.accounts}


def five_new_accounts(world: World) -> None:
    for name in ("a", "b", "c", "d", "e"):
        world.wants(a_request(name))


def test_many_accounts_take_one_run(world: World) -> None:
    """Init, plan and reading back once for all; each account has its own change, at its own address."""
    five_new_accounts(world)
    plan = world.plan()
    assert plan.terraform_runs == 3
    assert world.terraform.batches == [[(name, "account") for name in "abcde"]]
    assert set(actions(plan).values()) == {"create"}
    for account in plan.accounts:
        stage = account.stages[0]
        assert [change.address for change in stage.changes] == [a_change().address]
        assert stage.plan_file is None


def test_one_account_is_planned_alone_and_its_plan_is_kept(world: World) -> None:
    """Its two roots are as quick alone, and what was saved can be applied as it is."""
    world.wants(a_request("a"))
    plan = world.plan()
    assert world.terraform.batches == []
    assert plan.accounts[0].stages[0].plan_file is not None


def test_what_was_planned_together_is_planned_again_and_applied(world: World) -> None:
    """The account's own plan is the reviewed one, so it is applied; and the second run has nothing to do."""
    five_new_accounts(world)
    report = world.apply()
    assert report.status == "succeeded"
    assert [plans_of(world, name) for name in "abcde"] == [1] * 5
    assert world.apply().terraform_runs == 0


def test_another_plan_than_the_reviewed_one_is_not_applied(world: World) -> None:
    """One account's plan became another since: that account stops, the others go on."""
    five_new_accounts(world)
    workspace = world.workspace()
    plan = lifecycle.plan(workspace)
    world.terraform.changes["c", "account"] = (a_change(action="create", after={"another": "value"}),)
    report = lifecycle.apply(workspace, plan)
    failed = {
        r.account: [d.code for s in r.stages for d in s.diagnostics] for r in report.results if r.status == "failed"
    }
    assert failed == {"c": ["changed-since-review"]}
    assert ("apply", "c", "account") not in world.terraform.log


def test_an_account_that_an_error_names_is_planned_alone(world: World) -> None:
    """The others are planned together once more; the error is told of the account that it belongs to."""
    five_new_accounts(world)
    world.terraform.failing.add(("plan", "c", "account"))
    plan = world.plan()
    assert [len(batch) for batch in world.terraform.batches] == [5, 4]
    assert actions(plan) == {"a": "create", "b": "create", "c": "failed", "d": "create", "e": "create"}
    assert [plans_of(world, name) for name in "abcde"] == [0, 0, 1, 0, 0]


def test_an_error_that_names_nobody_is_narrowed_down(world: World) -> None:
    """Halves, until so few are left that they are as quick alone."""
    for number in range(16):
        world.wants(a_request(f"n{number:02}"))
    world.terraform.blames = False
    world.terraform.failing.add(("plan", "n09", "account"))
    plan = world.plan()
    assert [len(batch) for batch in world.terraform.batches] == [16, 8, 8, 4, 4]
    assert {name for name, action in actions(plan).items() if action == "failed"} == {"n09"}
    assert [name for name in actions(plan) if plans_of(world, name)] == ["n08", "n09", "n10", "n11"]


def test_what_fails_for_everybody_is_not_tried_for_each(world: World) -> None:
    """Without credentials no account can be planned: each says so, after one run."""
    five_new_accounts(world)
    world.terraform.blames = False
    world.terraform.batch_failure = "no-credentials"
    world.terraform.failing.add(("plan", "c", "account"))
    plan = world.plan()
    assert {
        (account.action, account.diagnostics[0].code, account.diagnostics[0].account) for account in plan.accounts
    } == {("failed", "no-credentials", name) for name in "abcde"}
    assert [len(batch) for batch in world.terraform.batches] == [5]
    assert not any(plans_of(world, name) for name in "abcde")


def test_an_init_that_fails_is_tried_for_each(world: World) -> None:
    """It may be the batch's own; what each account says for itself counts."""
    five_new_accounts(world)
    world.terraform.batch_init_fails = True
    assert set(actions(world.plan()).values()) == {"create"}
    assert [plans_of(world, name) for name in "abcde"] == [1] * 5


def test_a_state_is_read_once(world: World) -> None:
    """What the survey read of the bucket is what the accounts are planned with."""
    for name in ("a", "b", "c"):
        request = a_request(name)
        world.requests.append(request)
        world.aws.vend(request, PROD)
        world.aws.states[f"vend/{name}/account.tfstate"] = world.writes_state(name).read_bytes()
    world.settings = replace(world.settings, state=S3State(bucket="states", region="eu-west-1"))
    world.plan()
    assert world.terraform.batches == [[(name, "account") for name in "abc"]]
    read = [
        call[1] for call in world.aws.calls if call[0] == "read_state_object" and call[1].endswith("/account.tfstate")
    ]
    assert sorted(read) == [f"vend/{name}/account.tfstate" for name in "abc"]


MISREADINGS = {
    "a change is missing": lambda changes: tuple(c for c in changes if '"c"' not in c.address),
    "a change is another": lambda changes: tuple(
        replace(c, action="update") if '"c"' in c.address else c for c in changes
    ),
}


@pytest.mark.parametrize("misreading", MISREADINGS)
def test_a_part_that_does_not_add_up_is_planned_alone(world: World, misreading: str) -> None:
    """What Terraform told of while it planned and what the plan holds must agree."""
    five_new_accounts(world)
    world.terraform.misread = MISREADINGS[misreading]
    plan = world.plan()
    assert set(actions(plan).values()) == {"create"}
    assert [plans_of(world, name) for name in "abcde"] == [0, 0, 1, 0, 0]


def test_a_change_that_belongs_to_nobody_undoes_the_batch(world: World) -> None:
    """Then nothing of that plan is trusted."""

    def misread(changes: tuple[ResourceChange, ...]) -> tuple[ResourceChange, ...]:
        return (*changes, a_change(address="aws_vpc.stray")) if len(changes) > 1 else changes

    five_new_accounts(world)
    world.terraform.misread = misread
    assert set(actions(world.plan()).values()) == {"create"}
    assert [plans_of(world, name) for name in "abcde"] == [1] * 5


def test_a_state_that_cannot_be_read_leaves_the_others_together(world: World) -> None:
    """Its account is planned alone, and Terraform says there what is wrong with it."""
    five_new_accounts(world)
    state = world.directory / ".vend" / "o-fakefakefake" / "state" / "c" / "account.tfstate"
    state.parent.mkdir(parents=True)
    state.write_text("{")
    world.plan()
    assert world.terraform.batches == [[(name, "account") for name in "abde"]]
    assert plans_of(world, "c") == 1


def test_changed_parameters_are_planned_with_the_active_artifact(world: World) -> None:
    """Once more for the accounts that change, since Control Tower refuses old ones."""
    for name in ("a", "b", "c", "d"):
        request = a_request(name)
        world.requests.append(request)
        world.aws.vend(request, PROD)
        world.writes_state(name)
    world.aws.products["b"] = replace(world.aws.products["b"], provisioning_artifact_id="pa-older")
    world.terraform.changes["b", "account"] = (a_change(),)
    world.terraform.changes["d", "account"] = (a_change(),)
    plan = world.plan()
    assert actions(plan) == {"a": "none", "b": "update", "c": "none", "d": "update"}
    assert [[account for account, _ in batch] for batch in world.terraform.batches] == [
        ["a", "b", "c", "d"],
        ["b", "d"],
    ]
    assert world.terraform.artifacts[0]["b"] == "pa-older"
    assert world.terraform.artifacts[-1] == {"b": "pa-active", "d": "pa-active"}
    assert [entry[0] for entry in world.terraform.log] == ["init", "plan", "init", "plan", "show"]


def test_what_a_plan_does_not_know_of_makes_it_doubtful(world: World) -> None:
    """The state of an account has a product that the plan says nothing of."""
    for name in ("a", "b", "c"):
        request = a_request(name)
        world.requests.append(request)
        world.aws.vend(request, PROD)
        world.writes_state(name)
        world.terraform.changes[name, "account"] = (a_change(),)
    world.terraform.knows = lambda held: {address for address in held if '"b"' not in address}
    assert set(actions(world.plan()).values()) == {"update"}
    assert [plans_of(world, name) for name in "abc"] == [0, 1, 0]


def test_progress_counts_accounts(world: World) -> None:
    """From none to all, however it ends."""
    five_new_accounts(world)
    world.plan()
    told = [event for event in world.events if isinstance(event, BatchProgress)]
    assert [(event.done, event.total) for event in told] == [(0, 5), (1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]


def test_a_wish_to_stop_ends_the_planning(world: World) -> None:
    """Nothing is tried alone after that."""
    five_new_accounts(world)
    world.terraform.on_batch = world.stop.set
    with pytest.raises(InterruptedRunError):
        world.plan()
    assert [len(batch) for batch in world.terraform.batches] == [5]
