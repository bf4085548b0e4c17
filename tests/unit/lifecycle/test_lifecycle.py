from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from support.factories import a_change, an_account_request
from support.worlds import PROD, SANDBOX, World
from vend import lifecycle
from vend.errors import Diagnostic, InterruptedRunError, InvalidInputError, RefusedError
from vend.events import AccountPlanned, Event, StageFinished, Waiting
from vend.lifecycle._leases import CONTROL_TOWER
from vend.models import Report


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.ledger.close()


def statuses(report: Report, account: str = "payments-prod") -> dict[str, str]:
    result = next(r for r in report.results if r.account == account)
    return {stage.stage: stage.status for stage in result.stages}


def codes(report: Report) -> list[str]:
    return [d.code for r in report.results for s in r.stages for d in s.diagnostics]


def test_a_new_account_goes_through_its_stages(world: World) -> None:
    """Product, tags, customizations; and the account has its id in the end."""
    world.wants(an_account_request(tags={"a": "b"}, custom_fields={"x": "y"}), customized=True)
    report = world.apply()
    assert report.status == "succeeded"
    assert statuses(report) == {"account": "succeeded", "settings": "succeeded", "customizations": "succeeded"}
    assert report.results[0].account_id == "222222222222"
    assert report.results[0].changed
    assert ("tag", "222222222222", {"a": "b"}) in world.aws.calls


def test_the_second_run_starts_no_terraform(world: World) -> None:
    """Re-running is resuming, and after a success there is nothing to resume."""
    world.wants(an_account_request(tags={"a": "b"}, custom_fields={"x": "y"}), customized=True)
    world.apply()
    report = world.apply()
    assert (report.status, report.terraform_runs, report.results[0].changed) == ("succeeded", 0, False)
    assert report.results[0].account_id == "222222222222"


def test_without_its_ledger_a_run_plans_again_and_changes_nothing(world: World) -> None:
    """The ledger is a cache: deleting it costs time, never an account."""
    world.wants(an_account_request())
    world.apply()
    world.ledger.forget_account("payments-prod")
    world.writes_state()
    plan = world.plan()
    assert [a.action for a in plan.accounts] == ["none"]
    report = world.apply()
    assert report.status == "succeeded"
    assert not report.results[0].changed
    assert not [entry for entry in world.terraform.log if entry[0] == "apply"]
    assert world.apply().terraform_runs == 0


@pytest.mark.parametrize("stage", ["settings", "customizations"])
def test_no_stage_comes_before_its_account(world: World, stage: str) -> None:
    """A new account's settings alone would be applied to nothing."""
    world.wants(an_account_request(tags={"a": "b"}, custom_fields={"x": "y"}), customized=True)
    (account,) = world.plan(stage=stage).accounts
    assert (account.action, [d.code for d in account.diagnostics]) == ("refused", ["stage-too-early"])
    assert world.apply(stage=stage).status == "failed"
    assert not world.terraform.log


def test_an_orphan_product_is_adopted_not_made_again(world: World) -> None:
    """A run that was killed after ProvisionProduct left a product: it is imported."""
    request = an_account_request()
    world.requests.append(request)
    world.aws.vend(request, PROD)
    world.terraform.changes["payments-prod", "account"] = (a_change(action="import"),)
    assert [a.action for a in world.plan().accounts] == ["adopt"]
    assert world.apply().status == "succeeded"
    assert len(world.aws.accounts) == 1
    imports = world.directory / ".vend/o-fakefakefake/roots/payments-prod/account/imports.tf"
    assert "import" in imports.read_text()


def test_a_state_that_cannot_be_read_fails_its_account_alone(world: World) -> None:
    """The others are planned and applied, and the diagnostic names the account."""
    broken = an_account_request(account="broken", name="Broken", email="broken@example.com")
    world.requests.append(broken)
    world.aws.vend(broken, PROD)
    state = world.directory / ".vend" / "o-fakefakefake" / "state" / "broken" / "account.tfstate"
    state.parent.mkdir(parents=True)
    state.write_text("{")
    world.wants(an_account_request())
    report = world.apply()
    assert {r.account: r.status for r in report.results} == {"broken": "failed", "payments-prod": "succeeded"}
    failed = next(r for r in report.results if r.account == "broken").stages[0].diagnostics
    assert [(d.code, d.account) for d in failed] == [("state-unreadable", "broken")]


def test_an_empty_state_is_no_state(world: World) -> None:
    """Terraform empties the file to lock it, and a killed one leaves it so."""
    request = an_account_request()
    world.requests.append(request)
    world.aws.vend(request, PROD)
    state = world.directory / ".vend" / "o-fakefakefake" / "state" / "payments-prod" / "account.tfstate"
    state.parent.mkdir(parents=True)
    state.write_bytes(b"")
    assert [a.action for a in world.plan().accounts] == ["adopt"]


def test_looking_again_at_what_is_as_it_should_be_runs_no_hook(world: World) -> None:
    """`--refresh`, and a ledger that was deleted, are no reasons; a wish for the stage is."""
    world.wants(an_account_request(custom_fields={"x": "y"}), customized=True)
    world.hook("post_customizations", "exit 0")
    world.apply()
    world.writes_state()
    assert [a.action for a in world.plan(refresh=True).accounts] == ["none"]
    world.ledger.forget_account("payments-prod")
    report = world.apply()
    assert (report.status, report.results[0].changed) == ("succeeded", False)
    assert "post_customizations" in statuses(world.apply(stage="customizations"))


def test_a_taint_is_lifted_before_anything_is_planned(world: World) -> None:
    """Otherwise Terraform would replace the product."""
    request = an_account_request()
    world.requests.append(request)
    world.aws.vend(request, PROD)
    world.writes_state(tainted=True)
    report = world.apply()
    assert report.status == "succeeded"
    account_runs = [command for command, _, stage in world.terraform.log if stage == "account"]
    assert account_runs.index("untaint") < account_runs.index("plan")


def test_an_operation_under_way_is_waited_for_and_then_resumed(world: World) -> None:
    """A run that was stopped while Control Tower worked goes on where it was."""
    request = an_account_request()
    world.requests.append(request)
    world.aws.vend(request, PROD)
    product = world.aws.products["payments-prod"]
    world.aws.products["payments-prod"] = replace(product, status="UNDER_CHANGE", succeeded=False)
    world.terraform.changes["payments-prod", "account"] = (a_change(action="import"),)
    assert [a.action for a in world.plan().accounts] == ["wait"]
    report = world.apply()
    assert report.status == "succeeded", codes(report)
    assert report.results[0].account_id == "222222222222"
    assert world.apply().terraform_runs == 0


def test_one_accounts_failure_stops_that_account_alone(world: World) -> None:
    """The others go on, and the failed one says why."""
    world.wants(an_account_request())
    world.wants(an_account_request(account="other", name="Other", email="other@example.com"))
    world.terraform.failing.add(("apply", "other", "account"))
    report = world.apply()
    assert report.status == "failed"
    assert {r.account: r.status for r in report.results} == {"other": "failed", "payments-prod": "succeeded"}
    assert statuses(report, "other") == {"account": "failed", "settings": "skipped"}
    assert "terraform-error" in codes(report)


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_an_error_that_quotes_a_secret_is_told_without_it(world: World, command: str) -> None:
    """Neither events, which a log keeps, nor results, which the ledger does, hold what a failing Terraform quoted."""
    said = f"{command} failed"
    world.wants(an_account_request(custom_fields={"db_password": said}), customized=True)
    world.terraform.failing.add((command, "payments-prod", "account"))
    planned = world.plan()
    report = world.apply()
    assert "terraform-error" in codes(report)
    told = [d for account in planned.accounts for d in account.diagnostics]
    told += [d for result in report.results for stage in result.stages for d in stage.diagnostics]
    events = [event for event in world.events if isinstance(event, AccountPlanned | StageFinished)]
    told += [
        d for event in events for d in (event.plan if isinstance(event, AccountPlanned) else event.result).diagnostics
    ]
    assert {d.summary for d in told if d.code == "terraform-error"} == {"(sensitive)"}


def test_a_failed_stage_is_done_again_by_the_next_run(world: World) -> None:
    """Only what is due: the account stage is not planned again."""
    world.wants(an_account_request(custom_fields={"x": "y"}), customized=True)
    world.terraform.failing.add(("apply", "payments-prod", "customizations"))
    assert world.apply().status == "failed"
    world.terraform.failing.clear()
    report = world.apply()
    assert report.status == "succeeded"
    assert {stage for _, _, stage in world.terraform.log} == {"customizations"}


def test_an_account_that_is_elsewhere_than_asked_is_no_success(world: World) -> None:
    """What Control Tower did is compared with what was asked."""
    request = an_account_request()
    world.wants(request, SANDBOX)
    report = world.apply()
    assert codes(report) == ["account-misplaced"]


def test_an_account_moved_by_hand_is_moved_back(world: World) -> None:
    """Terraform sees nothing, so the parameters are sent again."""
    world.wants(an_account_request())
    world.apply()
    account = world.aws.accounts["222222222222"]
    world.aws.accounts["222222222222"] = replace(account, parent_id=SANDBOX.id)
    assert [a.action for a in world.plan().accounts] == ["adopt"], "its state is not there in this test"
    world.writes_state()
    assert [a.action for a in world.plan().accounts] == ["repair"]
    assert world.apply().status == "succeeded"
    assert ("send_parameters", "payments-prod", PROD.id) in world.aws.calls


def test_customizations_run_as_the_vended_account_and_nothing_else(world: World) -> None:
    """They never see management credentials."""
    world.wants(an_account_request(custom_fields={"x": "y"}), customized=True)
    world.apply()
    sessions = world.terraform.sessions
    assert sessions["payments-prod", "account"] == "management"
    assert sessions["payments-prod", "customizations"] == "account 222222222222 payments-prod"


def test_customizations_nobody_reviewed_may_only_create(world: World) -> None:
    """A new account's customizations are applied unseen."""
    world.wants(an_account_request(custom_fields={"x": "y"}))
    change = a_change(action="destroy", address="x.y", type="x")
    world.terraform.changes["payments-prod", "customizations"] = (change,)
    report = world.apply()
    assert codes(report) == ["unreviewed-change"]
    assert ("apply", "payments-prod", "customizations") not in world.terraform.log


def test_a_planned_end_of_a_product_is_refused(world: World) -> None:
    """Whatever Terraform wants."""
    world.wants(an_account_request())
    world.terraform.changes["payments-prod", "account"] = (a_change(action="replace"),)
    plan = world.plan()
    assert plan.accounts[0].action == "refused"
    assert [result.code for result in plan.accounts[0].policy] == ["product-would-end"]
    report = world.apply()
    assert codes(report) == ["policy-denied"]
    assert not [entry for entry in world.terraform.log if entry[0] == "apply"]


def test_a_changed_plan_is_not_applied(world: World) -> None:
    """Settings of a new account are reviewed with a placeholder; a plan that differs is refused."""
    contact = an_account_request(opt_in_regions=("ap-east-1",))
    world.wants(contact)
    settings = ("payments-prod", "settings")
    world.terraform.changes[settings] = (a_change(action="create", address="a.b", type="a", after={"x": 1}),)
    workspace = world.workspace()
    plan = lifecycle.plan(workspace)
    world.terraform.changes[settings] = (a_change(action="create", address="a.b", type="a", after={"x": 2}),)
    assert codes(lifecycle.apply(workspace, plan)) == ["changed-since-review"]


def test_unknown_and_ungoverned_units_are_reported_together(world: World) -> None:
    """Every request is looked at; none of those is planned."""
    world.wants(an_account_request(organizational_unit="Workloads/Prd"))
    world.wants(an_account_request(account="b", name="B", email="b@example.com", organizational_unit="Old"))
    found = {d.code for account in world.plan().accounts for d in account.diagnostics}
    assert found == {"unknown-organizational-unit", "unregistered-organizational-unit"}
    assert world.terraform.log == []


def test_an_account_that_nobody_requests_by_that_name_is_diagnosed(world: World) -> None:
    """`--account` with a near miss says what was meant."""
    world.wants(an_account_request())
    with pytest.raises(InvalidInputError) as caught:
        world.plan(accounts=["payments-prd"])
    assert "payments-prod" in (caught.value.diagnostics[0].hint or "")


def test_a_frozen_fleet_is_planned_and_not_applied(world: World) -> None:
    """Plans yes, applies no."""
    world.settings = replace(world.settings, frozen=True, frozen_reason="audit week")
    world.wants(an_account_request())
    assert world.plan().pending
    with pytest.raises(RefusedError, match="frozen"):
        world.apply()


def test_a_failing_hook_stops_its_account_and_runs_again_next_time(world: World) -> None:
    """A stage counts as done only when its hooks are."""
    world.wants(an_account_request(custom_fields={"x": "y"}), customized=True)
    world.hook("post_customizations", 'test -e "$PWD/ok" || exit 7')
    report = world.apply()
    assert report.status == "failed"
    assert statuses(report)["customizations"] == "succeeded"
    assert statuses(report)["post_customizations"] == "failed"
    world.hook("post_customizations", "exit 0")
    report = world.apply()
    assert statuses(report)["post_customizations"] == "succeeded"
    assert world.apply().terraform_runs == 0


def test_a_failing_post_account_hook_runs_again_though_nothing_changes_in_aws(world: World) -> None:
    """The account stage counts as done only when its hooks are."""
    world.wants(an_account_request())
    world.hook("post_account", "exit 7")
    assert statuses(world.apply())["post_account"] == "failed"
    world.writes_state()
    world.hook("post_account", "exit 0")
    assert statuses(world.apply())["post_account"] == "succeeded"
    assert "post_account" not in statuses(world.apply())


def test_on_failure_hooks_learn_what_failed(world: World) -> None:
    """They run once, after the failure, and do not hide it."""
    world.wants(an_account_request())
    world.terraform.failing.add(("apply", "payments-prod", "account"))
    world.hook("on_failure", 'echo "failed: $(grep -o "terraform-error" "$VEND_CONTEXT" | head -n 1)"')
    report = world.apply()
    assert statuses(report)["on_failure"] == "succeeded"
    assert report.status == "failed"
    assert any(getattr(event, "line", "") == "failed: terraform-error" for event in world.events)


def test_stopping_leaves_the_rest_undone_and_says_so(world: World) -> None:
    """Ctrl-C between stages: what is done stays done, what is not is `aborted` or `skipped`."""
    world.wants(an_account_request(custom_fields={"x": "y"}), customized=True)
    made: Callable[[], object] = world.terraform.on_apply["payments-prod", "account"]
    world.terraform.on_apply["payments-prod", "account"] = lambda: (made(), world.stop.set())
    report = world.apply()
    assert report.status == "aborted"
    assert statuses(report) == {"account": "succeeded", "settings": "aborted", "customizations": "skipped"}
    assert codes(report) == ["interrupted"]
    world.stop.clear()
    assert world.apply().status == "succeeded"


def test_what_stopping_cut_short_is_no_failure(world: World) -> None:
    """Ctrl-C while a plan is read back: the account is aborted, and nobody is told to fix anything."""

    def cut_short() -> None:
        world.stop.set()
        raise InterruptedRunError(Diagnostic(code="terraform-stopped", summary="terraform was stopped by request"))

    world.wants(an_account_request())
    world.terraform.on_apply["payments-prod", "account"] = cut_short
    report = world.apply()
    assert statuses(report)["account"] == "aborted"
    assert codes(report) == ["terraform-stopped", "interrupted"]


def test_an_account_another_run_works_on_is_left_alone(world: World) -> None:
    """A lease keeps two runs from one account."""
    world.wants(an_account_request())
    assert world.ledger.acquire_lease("account/payments-prod", "another", 60)
    assert codes(world.apply()) == ["account-busy"]
    assert ("apply", "payments-prod", "account") not in world.terraform.log


def test_control_towers_slots_are_waited_for(world: World) -> None:
    """With no slot free nothing starts; once stopped, the account is aborted."""
    world.settings = replace(
        world.settings, control_tower=replace(world.settings.control_tower, max_concurrent_operations=1)
    )
    world.wants(an_account_request())
    assert world.ledger.acquire_slot(CONTROL_TOWER, "another", 1, 60)
    workspace = world.workspace()
    plan = lifecycle.plan(workspace)

    def on_event(event: Event) -> None:
        world.events.append(event)
        if isinstance(event, Waiting) and event.hold == "slot":
            world.stop.set()

    workspace.on_event = on_event
    report = lifecycle.apply(workspace, plan)
    assert report.status == "aborted"
    assert not world.aws.accounts


def test_a_bug_in_one_account_does_not_take_the_others_with_it(world: World) -> None:
    """An exception nobody foresaw is that account's failure."""

    def broken() -> None:
        raise RuntimeError("boom")

    world.wants(an_account_request())
    world.wants(an_account_request(account="other", name="Other", email="other@example.com"))
    world.terraform.on_apply["other", "account"] = broken
    report = world.apply()
    assert {r.account: r.status for r in report.results} == {"other": "failed", "payments-prod": "succeeded"}
    assert "internal-error" in codes(report)


def test_status_tells_what_was_applied(world: World) -> None:
    """From the ledger and Organizations, without Terraform."""
    world.wants(an_account_request())
    world.requests.append(an_account_request(account="later", name="Later", email="later@example.com"))
    world.apply(accounts=["payments-prod"])
    world.terraform.log.clear()
    rows = {row.account: row for row in lifecycle.status(world.workspace()).accounts}
    assert rows["payments-prod"].status == "succeeded"
    assert rows["payments-prod"].organizational_unit == "Workloads/Prod"
    assert rows["later"].status == "pending"
    assert world.terraform.log == []


def test_every_stage_that_ends_is_an_event_and_a_journal_entry(world: World) -> None:
    """Views and the ledger hear the same."""
    world.wants(an_account_request())
    report = world.apply()
    heard = [e.result.stage for e in world.events if isinstance(e, StageFinished)]
    assert heard == ["account", "settings"]
    assert [entry.stage for entry in world.ledger.events(report.run)] == heard


def test_a_saved_plan_is_one_runs_own(world: World) -> None:
    """Two runs at once must not apply each other's plans."""
    one, two = world.workspace(), world.workspace()
    assert one.plan_file("payments-prod", "account") != two.plan_file("payments-prod", "account")
