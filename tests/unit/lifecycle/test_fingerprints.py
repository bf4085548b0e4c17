"""What an older release remembered is what is wanted now, and is written in the form of today."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from support.factories import an_account_request
from support.worlds import World
from vend.lifecycle.survey._fingerprints import Fingerprints
from vend.models import AccountRequest, AppliedStage, Position, Stage
from vend.render import Renderer

NAME = "payments-prod"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.ledger.close()


def in_file(request: AccountRequest, file: str) -> AccountRequest:
    return replace(request, positions={"": Position(file=file, line=1, column=1)})


def remembered(world: World) -> dict[Stage, str]:
    return {stage: entry.fingerprint for stage, entry in world.ledger.applied()[NAME].stages.items()}


def left_by_0_1_0(world: World, request: AccountRequest, file: str) -> None:
    """Writes the fingerprints of 0.1.0 into the ledger, as it had them when the request stood in this file."""
    workspace = world.workspace()
    renderer = Renderer(
        settings=world.settings, catalogue=workspace.catalogue, fleet_directory=workspace.fleet.overrides
    )
    prints = Fingerprints(workspace.terraform.binary, renderer)
    for root in renderer.account(request):
        (digest,) = renderer.former_digests(request, root, file)
        entry = world.ledger.applied()[NAME].stages[root.stage]
        former = prints._fingerprint(request, root.stage, digest)
        assert former != entry.fingerprint
        world.ledger.record_stage(NAME, root.stage, replace(entry, fingerprint=former))


def test_a_release_and_a_renamed_file_at_once_replan_nothing(world: World) -> None:
    """The file that the ledger remembers counts; the next apply writes every fingerprint anew, and runs no hook."""
    log = world.directory / "hook.log"
    world.hook("post_customizations", f"echo ran >>{log}")
    world.wants(in_file(an_account_request(), "account-requests/a.hcl"), customized=True)
    assert world.apply().status == "succeeded"
    today = remembered(world)
    left_by_0_1_0(world, world.requests[0], "account-requests/a.hcl")
    former = remembered(world)
    assert set(former) == {"account", "settings", "customizations"}

    world.requests = [in_file(world.requests[0], "account-requests/b.hcl")]
    assert [account.action for account in world.plan().accounts] == ["none"]
    assert remembered(world) == former
    report = world.apply()
    assert [(result.changed, result.stages) for result in report.results] == [(False, ())]
    assert (world.terraform.log, log.read_text()) == ([], "ran\n")
    assert remembered(world) == today


def test_what_changed_besides_is_planned(world: World) -> None:
    """An older release's fingerprint of something else is no reason to do nothing; what is alike is not due."""
    world.wants(an_account_request())
    world.apply()
    left_by_0_1_0(world, world.requests[0], "account-requests/a.hcl")
    source = {"source": {"file": "account-requests/a.hcl", "line": 1}}
    world.ledger.record_account(
        account=NAME,
        account_id=world.ledger.applied()[NAME].account_id,
        email=world.requests[0].email,
        organizational_unit=world.requests[0].organizational_unit,
        request={**world.requests[0].to_json(), **source},
        run="run-1",
    )
    world.requests = [replace(world.requests[0], custom_fields={"new": "1"})]
    (account,) = world.plan().accounts
    assert [stage.stage for stage in account.stages] == ["customizations"]


def test_a_failed_stage_of_an_older_release_is_due(world: World) -> None:
    """That it says the same does not make it done."""
    world.wants(an_account_request())
    world.apply()
    left_by_0_1_0(world, world.requests[0], "account-requests/a.hcl")
    entry: AppliedStage = world.ledger.applied()[NAME].stages["account"]
    world.ledger.record_stage(NAME, "account", replace(entry, status="failed"))
    (account,) = world.plan().accounts
    assert [stage.stage for stage in account.stages] == ["account"]
