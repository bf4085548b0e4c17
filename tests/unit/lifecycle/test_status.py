"""What the status says of an account in each situation, and what the history says of runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from support.factories import a_change, an_account_request
from support.worlds import World
from vend import lifecycle
from vend.errors import Diagnostic, InvalidInputError
from vend.lifecycle import AccountStatus
from vend.lifecycle.roots._roots import StageFailedError
from vend.models import AccountRequest, Change, RunOrigin
from vend.process import Command, run


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.ledger.close()


def vended(world: World, request: AccountRequest | None = None) -> AccountRequest:
    """Vends an account."""
    request = request or an_account_request()
    world.wants(request)
    assert world.apply().status == "succeeded"
    return request


def row(world: World, account: str = "payments-prod") -> AccountStatus:
    (found,) = lifecycle.status(world.workspace(), [account]).accounts
    return found


def edited(world: World, **fields: object) -> None:
    world.requests[:] = [replace(world.requests[0], **fields)]  # type: ignore[arg-type]  # each names a field


def fails(world: World, stage: str) -> None:
    """Lets Terraform fail in a stage, until it is told otherwise."""

    def fail() -> None:
        raise StageFailedError([Diagnostic(code="terraform-failed", summary="no bucket")])

    world.terraform.on_apply["payments-prod", stage] = fail


def test_an_account_that_has_everything_succeeded(world: World) -> None:
    """Nothing is left, and nothing failed."""
    vended(world)
    found = row(world)
    assert (found.status, found.state, found.requested) == ("succeeded", "ACTIVE", True)
    assert (found.pending_stages, found.pending_change, found.failure) == ((), False, None)


def test_an_account_that_was_never_applied_is_pending(world: World) -> None:
    """All of its stages are left; a change is pending, and no field was edited."""
    world.wants(an_account_request())
    found = row(world)
    assert (found.status, found.pending_stages, found.pending_change) == ("pending", ("account", "settings"), True)
    assert found.pending_fields == ()


def test_an_account_whose_later_stages_never_ran_has_not_succeeded(world: World) -> None:
    """Which they are is said: here custom fields came after the account."""
    vended(world)
    edited(world, custom_fields={"team": "payments"})
    found = row(world)
    assert (found.status, found.pending_stages) == ("pending", ("customizations",))


def test_an_edit_that_was_not_applied_is_shown(world: World) -> None:
    """By the fields; until it is applied."""
    vended(world)
    edited(world, tags={"CostCenter": "1"}, email="new@example.com")
    found = row(world)
    assert (found.status, found.pending_change, found.pending_fields) == ("succeeded", True, ("email", "tags"))
    edited(world, email="a@example.com")
    assert row(world).pending_fields != ()
    edited(world, email=an_account_request().email)
    assert world.apply().status == "succeeded"
    assert not row(world).pending_change


def test_what_reaches_no_account_is_no_edit(world: World) -> None:
    """Who asked for a change, and another text for the same unit."""
    vended(world)
    unit = next(unit for unit in world.aws.units.values() if unit.path == "Workloads/Prod")
    edited(world, change=Change(requested_by="ada"), organizational_unit=unit.id)
    assert not row(world).pending_change


def test_an_edit_into_what_aws_has_already_is_remembered_by_the_next_apply(world: World) -> None:
    """It was changed by hand first; there is nothing to apply, and the status does not go on saying so."""
    request = vended(world)
    ((number, account),) = world.aws.accounts.items()
    world.aws.accounts[number] = replace(account, email="cloud@example.org")
    edited(world, email="cloud@example.org")
    assert row(world).pending_fields == ("email",)
    report = world.apply()
    assert (report.status, report.results[0].changed) == ("succeeded", False)
    assert not row(world).pending_change
    made_with = world.ledger.applied()["payments-prod"].made_with
    assert made_with is not None
    assert made_with.email == request.email


def test_an_edit_that_another_run_has_applied_meanwhile_stays_in_the_ledger(world: World) -> None:
    """A run with nothing to do overwrites only what it has seen."""
    vended(world)
    ((number, account),) = world.aws.accounts.items()
    world.aws.accounts[number] = replace(account, email="cloud@example.org")
    edited(world, email="cloud@example.org")
    workspace = world.workspace()
    plan = lifecycle.plan(workspace)
    entry = world.ledger.applied()["payments-prod"]
    later = {**(entry.request or {}), "email": "later@example.org"}
    world.ledger.record_account(
        account="payments-prod", account_id=number, email="later@example.org", organizational_unit="Workloads/Prod",
        request=later, run="other",
    )  # fmt: skip
    lifecycle.apply(workspace, plan)
    assert world.ledger.applied()["payments-prod"].request == later


def test_a_failure_is_shown_with_its_reason_and_time_until_it_succeeds(world: World) -> None:
    """Also where the account, and a stage before, are fine."""
    request = an_account_request(custom_fields={"a": "b"})
    world.wants(request, customized=True)
    fails(world, "customizations")
    report = world.apply()
    failure = row(world).failure
    assert failure is not None
    assert (failure.code, failure.summary, failure.stage) == ("terraform-failed", "no bucket", "customizations")
    assert (failure.run, failure.at) == (report.run, "2026-01-01T00:00:00+00:00")
    assert row(world).status == "failed"
    del world.terraform.on_apply["payments-prod", "customizations"]
    assert world.apply().status == "succeeded"
    assert (row(world).status, row(world).failure) == ("succeeded", None)


def test_the_failure_of_a_run_that_was_killed_comes_from_its_journal(world: World) -> None:
    """Such a run leaves no report."""
    world.wants(an_account_request(custom_fields={"a": "b"}), customized=True)
    fails(world, "customizations")
    workspace = world.workspace()
    plan = lifecycle.plan(workspace)
    workspace.ledger = Forgetful(workspace.ledger)  # type: ignore[assignment]  # all of it but one method
    lifecycle.apply(workspace, plan)
    failure = row(world).failure
    assert failure is not None
    assert (failure.code, failure.summary, failure.stage) == ("terraform-failed", "no bucket", "customizations")


class Forgetful:
    """A ledger whose run is killed before it can report."""

    def __init__(self, ledger: object) -> None:
        self._ledger = ledger

    def __getattr__(self, name: str) -> object:
        """Everything else is the ledger's."""
        return (lambda *_: None) if name == "finish_run" else getattr(self._ledger, name)


def test_an_account_that_an_apply_refused_has_not_succeeded(world: World) -> None:
    """It was closed by hand: state, refusal and reason are said, though all of its stages once succeeded."""
    vended(world)
    ((number, account),) = world.aws.accounts.items()
    world.aws.accounts[number] = replace(account, state="CLOSED")
    assert (row(world).status, row(world).state) == ("succeeded", "CLOSED")
    edited(world, tags={"a": "b"})
    assert world.apply().status == "failed"
    found = row(world)
    assert (found.status, found.state, set(found.stages.values())) == ("failed", "CLOSED", {"succeeded"})
    assert found.failure is not None
    assert found.failure.code == "account-not-active"


def test_an_account_whose_request_is_gone_is_not_requested(world: World) -> None:
    """No edit is pending, and no stage."""
    vended(world)
    world.requests[:] = [an_account_request(account="other", name="Other", email="other@example.com")]
    found = row(world)
    assert (found.requested, found.pending_change, found.pending_stages) == (False, False, ())


def test_only_accounts_that_are_named_are_shown(world: World) -> None:
    """A name that nobody knows is refused, with the one that was probably meant."""
    vended(world)
    with pytest.raises(InvalidInputError) as refused:
        lifecycle.status(world.workspace(), ["payment-prod"])
    (problem,) = refused.value.diagnostics
    assert problem.code == "unknown-account"
    assert "payments-prod" in str(problem.hint)


def test_the_history_says_who_did_what_from_which_change_set(world: World) -> None:
    """Newest first; the CI's actor beside the user; no commit, since the fleet is no repository."""
    world.environ["GITHUB_ACTOR"] = "ada"
    vended(world)
    edited(world, custom_fields={"team": "payments"})
    world.terraform.changes["payments-prod", "customizations"] = (a_change(action="create", address="x.y", type="x"),)
    fails(world, "customizations")
    world.apply()
    failed, made = lifecycle.history(world.workspace()).runs
    owner = world.workspace().leases.owner
    assert (made.command, made.status, made.actor, made.commit) == ("apply", "succeeded", "ada", None)
    assert (made.user, made.host) == (owner.user, owner.host)
    assert made.digest is not None
    assert len(made.digest) == 64
    assert made.digest != failed.digest
    (outcome,) = made.accounts
    assert (outcome.action, outcome.status, outcome.changed) == ("create", "succeeded", True)
    (outcome,) = failed.accounts
    assert outcome.codes == ("terraform-failed",)
    assert (outcome.action, outcome.status, outcome.stage) == ("customize", "failed", "customizations")
    assert outcome.codes == ("terraform-failed",)


def test_the_history_of_an_account_goes_on_after_it_is_gone(world: World) -> None:
    """It holds that account's runs alone, and as many as asked for."""
    vended(world)
    vended(world, an_account_request(account="other", name="Other", email="other@example.com"))
    world.requests[:] = world.requests[1:]
    lifecycle.forget(world.workspace(), "payments-prod")
    world.apply()
    runs = lifecycle.history(world.workspace(), "payments-prod").runs
    assert [[outcome.account for outcome in run.accounts] for run in runs] == [["payments-prod"], ["payments-prod"]]
    assert len(lifecycle.history(world.workspace(), "payments-prod", limit=1).runs) == 1
    assert lifecycle.history(world.workspace(), "nobody").runs == ()


def test_a_run_that_left_no_report_is_told_from_its_journal(world: World) -> None:
    """What it had begun is said, and what it never came to; it is not running where it is proved dead."""
    world.wants(an_account_request())
    world.wants(an_account_request(account="other", name="Other", email="other@example.com"))
    workspace = world.workspace()
    origin = {"payments-prod": "create", "other": "create"}
    workspace.ledger.start_run(workspace.run, "apply", workspace.now(), RunOrigin(actions=origin))
    workspace.ledger.record_event(
        run=workspace.run, at=workspace.now(), account="payments-prod", stage="account", kind="failed",
        payload={"codes": ["terraform-failed"]},
    )  # fmt: skip
    (run,) = lifecycle.history(workspace).runs
    assert run.status == "running"
    assert [(one.account, one.status, one.codes) for one in run.accounts] == [
        ("other", "pending", ()),
        ("payments-prod", "failed", ("terraform-failed",)),
    ]


def test_a_run_names_the_commit_of_the_fleet(world: World) -> None:
    """As git says it."""

    def git(*words: str) -> str:
        argv = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *words]
        done = run(Command(argv=argv, env=dict(os.environ), cwd=world.directory))
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    git("init", "-q")
    git("commit", "-q", "--allow-empty", "-m", "first")
    vended(world)
    (found,) = lifecycle.history(world.workspace()).runs
    assert found.commit == git("rev-parse", "HEAD")
