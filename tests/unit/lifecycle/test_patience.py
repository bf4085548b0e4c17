"""Patience with new accounts, and the limit of failures."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from support.factories import a_change, an_account_request
from support.worlds import World
from vend import lifecycle
from vend.errors import AwsError, Diagnostic
from vend.events import StageProgress
from vend.lifecycle.roots._roots import StageFailedError
from vend.lifecycle.stages import _readiness


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(_readiness, "pauses", lambda: iter([0.0] * 6))
    world = World(tmp_path)
    yield world
    world.ledger.close()


class Door:
    """An execution role that lets nobody in for some tries; `None` stays shut."""

    def __init__(self, world: World, refusals: int | None, code: str = "role-not-assumed") -> None:
        self.tries = 0
        enter = world.aws.account_source

        def account_source(account_id: str, account: str) -> str:
            self.tries += 1
            if refusals is None or self.tries <= refusals:
                raise AwsError(Diagnostic(code=code, summary="the role cannot be assumed"))
            return enter(account_id, account)

        world.aws.account_source = account_source  # type: ignore[method-assign]


def test_a_new_account_that_lets_nobody_in_yet_is_waited_for(world: World) -> None:
    """AccessDenied of AssumeRole right after the account was made is tried again, and said."""
    world.wants(an_account_request(custom_fields={"x": "y"}), customized=True)
    door = Door(world, refusals=4)
    assert world.apply().status == "succeeded"
    assert door.tries > 4
    steps = [event.step for event in world.events if isinstance(event, StageProgress)]
    assert steps.count("waiting for AWS to make the new account ready") == 4


def test_an_account_that_never_lets_vend_in_fails_where_it_is_entered(world: World) -> None:
    """Patience ends; the stage that needed the role fails, not the account that Control Tower made well."""
    world.wants(an_account_request(custom_fields={"x": "y"}), customized=True)
    Door(world, refusals=None)
    (result,) = world.apply().results
    stages = {stage.stage: stage.status for stage in result.stages}
    assert (stages["account"], stages["customizations"]) == ("succeeded", "failed")
    assert [problem.code for problem in result.stages[-1].diagnostics] == ["role-not-assumed"]


def test_a_denial_for_another_reason_is_not_waited_for(world: World) -> None:
    """Expired credentials do not get better by waiting."""
    world.wants(an_account_request(custom_fields={"x": "y"}), customized=True)
    door = Door(world, refusals=None, code="credentials-expired")
    assert world.apply().status == "failed"
    assert door.tries == 2  # once when the account was made, once when it was customized


def test_an_account_that_exists_is_not_waited_for(world: World) -> None:
    """Whoever closed the door of an old account meant it: no run hangs for minutes."""
    world.wants(an_account_request(custom_fields={"x": "y"}), customized=True)
    assert world.apply().status == "succeeded"
    world.writes_state()
    world.terraform.changes["payments-prod", "customizations"] = (a_change(action="update", address="x.y", type="x"),)
    door = Door(world, refusals=None)
    assert world.apply(stage="customizations").status == "failed"
    assert door.tries == 1
    assert not [e for e in world.events if isinstance(e, StageProgress) and "waiting for AWS" in e.step]


def test_a_service_that_is_not_there_yet_is_tried_again(world: World) -> None:
    """OptInRequired while a new account is customized: planned and applied again until it is there."""
    left = [2]

    def work() -> None:
        if left[0]:
            left[0] -= 1
            raise StageFailedError([Diagnostic(code="account-not-ready", summary="OptInRequired")])

    _readiness.retried(world.workspace(), "payments-prod", "customizations", work)
    assert left == [0]


def test_another_failure_is_not_tried_again(world: World) -> None:
    """A customization that is wrong fails at once."""
    tries = []

    def work() -> None:
        tries.append(1)
        raise StageFailedError([Diagnostic(code="terraform-error", summary="no")])

    with pytest.raises(StageFailedError):
        _readiness.retried(world.workspace(), "payments-prod", "customizations", work)
    assert len(tries) == 1


def test_pauses_grow_to_a_bound_and_end() -> None:
    """Five minutes in all, no pause longer than 25 seconds, each later one not much shorter than the first."""
    found = [*_readiness.pauses()]
    assert 300 <= sum(found) <= 330
    assert max(found) <= 25
    assert 0.75 <= found[0] <= 1.25


def test_after_as_many_failures_as_allowed_no_account_is_begun(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--max-failures 2` with five accounts that fail one by one: two are tried, three are left for the next run."""
    monkeypatch.setattr(sys.modules["vend.lifecycle.apply._apply"], "ThreadPoolExecutor", OneByOne)
    for number in range(5):
        request = an_account_request(account=f"a{number}", email=f"a{number}@example.com")
        world.wants(request)
        world.terraform.failing.add(("apply", f"a{number}", "account"))
    workspace = world.workspace()
    report = lifecycle.apply(workspace, lifecycle.plan(workspace), max_failures=2)
    assert [result.status for result in report.results] == ["failed", "failed", "skipped", "skipped", "skipped"]
    assert report.status == "failed"
    assert [problem.code for problem in report.results[-1].stages[0].diagnostics] == ["failure-limit-reached"]


class OneByOne:
    """A pool of no threads."""

    def __init__(self, **_: object) -> None:
        self.map = map

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None


def test_what_failed_half_way_has_changed_aws() -> None:
    """A failed apply that finished one change says so; one that finished none does not."""
    from vend.process import Completed
    from vend.terraform._messages import Transcript

    def outcome(*events: str) -> bool:
        transcript = Transcript("apply", "", None)
        for event in events:
            transcript.line(f'{{"type": "{event}", "hook": {{"resource": {{"addr": "x.y"}}}}, "@message": ""}}')
        ended = Completed(argv=("terraform",), returncode=1, stdout="", stderr="", seconds=1.0)
        return transcript.outcome(ended, changed=transcript.applied).changed

    assert outcome("apply_start", "apply_complete", "apply_start", "apply_errored")
    assert not outcome("apply_start", "apply_errored")
