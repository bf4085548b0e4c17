"""What of a plan bundle may be applied: what was reviewed, or what is left of it, and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from support.factories import a_change, an_account_request
from support.worlds import PROD, SANDBOX, World
from vend import lifecycle, render
from vend.errors import InvalidInputError, RefusedError
from vend.lifecycle import Sealing
from vend.models import AccountRequest, Change, Report
from vend.plan import Plan, Selection
from vend.render import shipped_modules
from vend.review import Bundle, Key, pack
from vend.settings import ReviewSettings

KEY = Key("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
REQUEST = an_account_request(
    organizational_unit="Sandbox", tags={"CostCenter": "4711"}, custom_fields={"cidr": "10.0.0.0/16"}
)
OTHER = an_account_request(account="other", name="Other", email="other@example.com")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An account that was vended, and a change of it: another unit, another tag, another field, with hooks."""
    world = World(tmp_path)
    folder = tmp_path / "customizations" / "global"
    (folder / "hooks").mkdir(parents=True)
    (folder / "main.tf").write_text('variable "custom_fields" { type = map(string) }\n')
    world.hook("pre_account", "exit 0")
    templates = tmp_path / "templates" / "customizations"
    templates.mkdir(parents=True)
    shutil.copy(Path(render.__file__).with_name("templates") / "customizations" / "main.tf.j2", templates)
    world.wants(REQUEST, SANDBOX, customized=True)
    world.apply()
    state = world.writes_state()
    assert state.exists()
    wants_change(world)
    yield world
    world.ledger.close()


def wants_change(world: World) -> AccountRequest:
    request = replace(
        REQUEST,
        organizational_unit="Workloads/Prod",
        tags={"CostCenter": "4712"},
        custom_fields={"cidr": "10.1.0.0/16"},
    )
    world.requests = [request]
    world.terraform.changes["payments-prod", "account"] = (
        a_change(before={"unit": "Prod"}, after={"unit": "Sandbox"}),
    )
    world.terraform.changes["payments-prod", "customizations"] = (
        a_change(address="x.y", type="x", before={"cidr": "10.0.0.0/16"}, after={"cidr": "10.1.0.0/16"}),
    )
    account = world.aws.accounts["222222222222"]

    def move() -> None:
        world.aws.accounts["222222222222"] = replace(account, parent_id=PROD.id)

    world.terraform.on_apply["payments-prod", "account"] = move
    return request


def told(report: Report) -> list[str]:
    return [line for r in report.results for s in r.stages for d in s.diagnostics for line in _lines(d.detail)]


def _lines(detail: str | None) -> list[str]:
    return (detail or "").splitlines()


def codes(report: Report) -> list[str]:
    return [d.code for r in report.results for s in r.stages for d in s.diagnostics]


def planned_again(world: World) -> list[str]:
    return sorted({stage for command, _, stage in world.terraform.log if command == "plan"})


def test_a_fresh_bundle_is_applied_with_its_saved_plans(world: World) -> None:
    """Nothing is planned again: what was reviewed is what is applied, byte for byte."""
    bundle = world.bundle()
    saved = {name.split("/")[2].removesuffix(".tfplan"): bundle.files[name] for name in bundle.plans}
    report = world.apply_bundle(bundle)
    assert (report.status, report.results[0].changed) == ("succeeded", True)
    assert planned_again(world) == []
    assert {stage: content for (_, stage), content in world.terraform.applied.items()} == saved
    assert sorted(saved) == ["account", "customizations"]
    assert world.aws.tags["222222222222"] == {"CostCenter": "4712"}


def test_without_saved_plans_it_is_planned_again_and_must_be_the_same(world: World) -> None:
    """Equal change sets have equal digests."""
    bundle = world.bundle(saved_plans="omit")
    assert bundle.plans == ()
    report = world.apply_bundle(bundle)
    assert (report.status, planned_again(world)) == ("succeeded", ["account", "customizations"])


def test_applying_it_twice_changes_nothing(world: World) -> None:
    """Re-running is resuming: what was done is done."""
    bundle = world.bundle()
    world.apply_bundle(bundle)
    report = world.apply_bundle(bundle.without_plans())
    assert (report.status, report.results[0].changed, report.terraform_runs) == ("succeeded", False, 0)


def test_what_is_left_of_a_failed_apply_goes_on(world: World) -> None:
    """A stage that failed is planned again; what was done before it is not missing, it is done."""
    bundle = world.bundle()
    world.terraform.failing.add(("apply", "payments-prod", "customizations"))
    assert world.apply_bundle(bundle).status == "failed"
    world.terraform.failing.clear()
    world.writes_state(serial=2)
    report = world.apply_bundle(bundle.without_plans())
    assert (report.status, planned_again(world)) == ("succeeded", ["customizations"])


def test_what_was_known_only_after_apply_may_be_known(world: World) -> None:
    """One of two resources was made before the run was stopped: the other's values are known now."""
    made = a_change(address="x.vpc", type="x", action="create", after={"cidr": "a"}, after_unknown={"id": True})
    left = a_change(
        address="x.subnet", type="x", action="create", after={"name": "s"}, after_unknown={"id": True, "vpc_id": True}
    )
    world.terraform.changes["payments-prod", "customizations"] = (made, left)
    bundle = world.bundle(saved_plans="omit")
    again = replace(left, after={"name": "s", "vpc_id": "vpc-1"}, after_unknown={"id": True})
    world.terraform.changes["payments-prod", "customizations"] = (again,)
    assert world.apply_bundle(bundle).status == "succeeded"


def test_another_value_among_those_that_are_known_now_is_not_let_through(world: World) -> None:
    """Only what was marked as unknown may become known."""
    left = a_change(address="x.s", type="x", action="create", after={"name": "s"}, after_unknown={"vpc_id": True})
    world.terraform.changes["payments-prod", "customizations"] = (left,)
    bundle = world.bundle(saved_plans="omit")
    again = replace(left, after={"name": "t", "vpc_id": "vpc-1"}, after_unknown={})
    world.terraform.changes["payments-prod", "customizations"] = (again,)
    assert "not reviewed: create x.s" in told(world.apply_bundle(bundle))


def _request(**changes: object) -> Callable[[World], None]:
    def change(world: World) -> None:
        world.requests = [replace(world.requests[0], **changes)]  # type: ignore[arg-type]  # any field

    return change


def _gone(world: World) -> None:
    world.requests = [OTHER]
    world.ledger.forget_account("payments-prod")


def _another_unit(world: World) -> None:
    _request(organizational_unit="Sandbox")(world)
    _plans_otherwise(world)


def _template(world: World) -> None:
    template = world.directory / "templates" / "customizations" / "main.tf.j2"
    template.write_text(template.read_text() + "# ours\n")


def _module(world: World) -> None:
    shutil.copytree(shipped_modules() / "account", world.directory / "modules" / "account")
    main = world.directory / "modules" / "account" / "main.tf"
    main.write_text(main.read_text() + "\n# ours\n")


def _customization(world: World) -> None:
    (world.directory / "customizations" / "global" / "main.tf").write_text("# other\n")


def _own_hook(world: World) -> None:
    hook = world.directory / "customizations" / "global" / "hooks" / "post_customizations.sh"
    hook.write_text("#!/bin/sh\ncurl evil\n")
    hook.chmod(0o755)


def _hook_calls(world: World) -> None:
    shared = world.directory / "hooks" / "lib" / "shared.sh"
    shared.parent.mkdir()
    shared.write_text("curl evil")


def _failure_hook(world: World) -> None:
    world.hook("on_failure", "curl evil")


def _as_it_was(world: World) -> None:
    world.requests = [REQUEST]


def _fleet_hook(world: World) -> None:
    world.hook("pre_account", "curl evil")


def _setting(world: World) -> None:
    world.settings = replace(world.settings, home_region="eu-central-1")


def _lock(world: World) -> None:
    (world.directory / "terraform.lock.hcl").write_text("# other hashes\n")


def _plans_otherwise(world: World, stage: str = "account") -> None:
    world.terraform.changes["payments-prod", stage] = (a_change(before={"unit": "Elsewhere"}, after={"unit": "X"}),)


def _state(world: World) -> None:
    world.writes_state(serial=2)
    _plans_otherwise(world)


def _no_state(world: World) -> None:
    world.writes_state().unlink()
    _plans_otherwise(world)


def _artifact(world: World) -> None:
    world.aws.active_artifact = "pa-newer"
    _plans_otherwise(world)


def _moved_by_hand(world: World) -> None:
    account = world.aws.accounts["222222222222"]
    world.aws.accounts["222222222222"] = replace(account, parent_id="r-ab12")
    _plans_otherwise(world)


def _tagged_by_hand(world: World) -> None:
    world.aws.tags["222222222222"] = {"CostCenter": "0"}


def _drifted(world: World) -> None:
    world.writes_state(serial=1)
    _plans_otherwise(world, "customizations")


ACCOUNT: dict[str, tuple[Callable[[World], None], str]] = {
    "request: a field": (_request(custom_fields={"cidr": "10.9.0.0/16"}), "differs: request: custom_fields.cidr"),
    "request: a tag": (_request(tags={"CostCenter": "1"}), "differs: request: tags.CostCenter"),
    "request: another unit": (_another_unit, "differs: request: organizational_unit"),
    "request: gone": (_gone, "differs: request: removed"),
    "request: as it was before": (
        _as_it_was,
        "differs: request: custom_fields.cidr, organizational_unit, tags.CostCenter",
    ),
    "template": (_template, "differs: template: main.tf"),
    "module": (_module, "differs: module: modules/account"),
    "customization": (_customization, "differs: customization: global"),
    "hook of a customization": (_own_hook, "differs: hook: global/post_customizations.sh"),
    "hook of the fleet": (_fleet_hook, "differs: hook: fleet/pre_account.sh"),
    "what a hook calls": (_hook_calls, "differs: hook: fleet/pre_account.sh"),
    "hook that runs after a failure": (_failure_hook, "differs: hook: fleet/on_failure.sh"),
    "settings": (_setting, "differs: settings: home_region eu-west-1 → eu-central-1"),
    "provider hashes": (_lock, "differs: provider: terraform.lock.hcl"),
    "state": (_state, "differs: state: account, serial 1 → 2"),
    "state gone": (_no_state, "differs: state: account, created or removed since"),
    "artifact": (_artifact, "differs: artifact: pa-active → pa-newer"),
    "account moved by hand": (
        _moved_by_hand,
        f"differs: what AWS has: organizational unit {SANDBOX.id} → r-ab12",
    ),
    "account tagged by hand": (_tagged_by_hand, "not reviewed: operation tag"),
}
"""Every input of an account's plan, changed after the plan, and how it is named."""


@pytest.mark.parametrize("saved_plans", ["keep", "omit"])
@pytest.mark.parametrize("name", ACCOUNT)
def test_every_input_that_changes_after_the_plan_is_named(world: World, name: str, saved_plans: str) -> None:
    """The account is refused, nothing of it is applied, and what differs is said."""
    bundle = world.bundle(saved_plans=saved_plans)  # type: ignore[arg-type]  # from a list of literals
    change, expected = ACCOUNT[name]
    change(world)
    world.aws.calls.clear()
    report = world.apply_bundle(bundle)
    assert expected in told(report)
    assert codes(report) == ["changed-since-review"]
    assert [command for command, _, _ in world.terraform.log if command == "apply"] == []
    assert [call for call in world.aws.calls if call[0] in {"tag", "send_parameters", "terminate"}] == []


def test_what_only_terraform_sees_is_named_by_its_address(world: World) -> None:
    """With the same inputs, AWS itself must have changed. A fresh saved plan does not look again, as Terraform's do."""
    bundle = world.bundle(saved_plans="omit")
    _drifted(world)
    report = world.apply_bundle(bundle)
    assert "differs: AWS: Terraform plans something else from the same inputs" in told(report)
    assert any("not reviewed: update" in line for line in told(report))


def _age(world: World) -> None:
    world.now += timedelta(hours=72)


def _organization(world: World) -> None:
    world.aws.organization_id = "o-anotherone1"


def _fleet(world: World) -> None:
    world.settings = replace(world.settings, name="another")


def _terraform(world: World) -> None:
    world.terraform.binary.version = "1.12.0"


def _provider(world: World) -> None:
    terraform = replace(world.settings.terraform, required_providers={"aws": "6.0.0"})
    world.settings = replace(world.settings, terraform=terraform)


def _policy(world: World) -> None:
    world.settings = replace(world.settings, review=ReviewSettings(rules={"many-accounts": "off"}))


def _own_policy(world: World) -> None:
    path = world.directory / "policies" / "ours.rego"
    path.parent.mkdir()
    path.write_text("package ours\nimport rego.v1\nwarn contains message if { message := input.never }\n")


WHOLE: dict[str, tuple[Callable[[World], None], str, str]] = {
    "age": (_age, "bundle-expired", "expired at 2026-01-04T00:00:00+00:00"),
    "organization": (_organization, "bundle-organization", "of organization o-fakefakefake, and this is o-anotherone1"),
    "fleet": (_fleet, "bundle-organization", 'of fleet "test", and this is "another"'),
    "terraform": (_terraform, "changed-since-review", "made with terraform 1.11.4, and here is terraform 1.12.0"),
    "provider": (_provider, "changed-since-review", "made with provider aws 5.100.0, and here is 6.0.0"),
    "policy: a rule": (_policy, "changed-since-review", "the policies are not those"),
    "policy: of the fleet": (_own_policy, "changed-since-review", "the policies are not those"),
}
"""What refuses a bundle as a whole, and how it is named."""


@pytest.mark.parametrize("name", WHOLE)
def test_what_refuses_a_bundle_as_a_whole_is_named(world: World, name: str) -> None:
    """Nothing of it is applied."""
    bundle = world.bundle()
    change, code, summary = WHOLE[name]
    change(world)
    world.terraform.log.clear()
    with pytest.raises(RefusedError) as caught:
        world.apply_bundle(bundle)
    assert [found.code for found in caught.value.diagnostics] == [code]
    assert summary in caught.value.diagnostics[0].summary
    assert [command for command, _, _ in world.terraform.log if command == "apply"] == []


def _reason(world: World) -> None:
    world.requests = [replace(world.requests[0], change=Change(requested_by="ada@example.com", reason="why not"))]


def _another_merge(world: World) -> None:
    world.wants(OTHER)
    world.ledger.record_account(
        account="third",
        account_id="333333333333",
        email="third@example.com",
        organizational_unit="Sandbox",
        request={"on_removal": "retain"},
        run="run-0",
    )


def _quiet_setting(world: World) -> None:
    terraform = replace(world.settings.terraform, parallelism=3)
    tower = replace(world.settings.control_tower, max_concurrent_operations=7)
    world.settings = replace(world.settings, terraform=terraform, control_tower=tower)


def _newer_state(world: World) -> None:
    world.writes_state(serial=7)


HARMLESS: dict[str, Callable[[World], None]] = {
    "who asked and why": _reason,
    "another merge": _another_merge,
    "a setting that decides nothing": _quiet_setting,
    "a state written again": _newer_state,
    "almost the age": lambda world: setattr(world, "now", world.now + timedelta(hours=71)),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_does_no_harm_does_not_stop_it(world: World, name: str) -> None:
    """Other accounts are left alone, and what decides nothing may change."""
    bundle = world.bundle()
    HARMLESS[name](world)
    report = world.apply_bundle(bundle)
    assert [(result.account, result.status, result.changed) for result in report.results] == [
        ("payments-prod", "succeeded", True)
    ]


def test_one_account_that_changed_does_not_stop_the_others(world: World) -> None:
    """It is refused alone."""
    world.wants(OTHER)
    bundle = world.bundle()
    world.requests[0] = replace(world.requests[0], tags={"CostCenter": "1"})
    report = world.apply_bundle(bundle)
    assert {result.account: result.status for result in report.results} == {
        "other": "succeeded",
        "payments-prod": "failed",
    }


def test_a_new_account_is_vended_from_its_bundle(tmp_path: Path) -> None:
    """Its product from the saved plan; its settings are planned with its own id, and must be the same."""
    world = World(tmp_path)
    world.wants(replace(REQUEST, opt_in_regions=("ap-east-1",)), SANDBOX, customized=True)
    region = a_change(
        address="r", type="aws_account_region", action="create", after={"account_id": "000000000000", "region": "x"}
    )
    world.terraform.changes["payments-prod", "settings"] = (region,)
    bundle = world.bundle()
    assert [name.split("/")[2] for name in bundle.plans] == ["account.tfplan"]
    vend = world.terraform.on_apply["payments-prod", "account"]

    def vended() -> None:
        vend()
        made = replace(region, after={"account_id": "222222222222", "region": "x"})
        world.terraform.changes["payments-prod", "settings"] = (made,)

    world.terraform.on_apply["payments-prod", "account"] = vended
    report = world.apply_bundle(bundle)
    assert (report.status, report.results[0].account_id) == ("succeeded", "222222222222")
    again = world.apply_bundle(bundle.without_plans())
    assert (again.status, again.results[0].changed) == ("succeeded", False)
    world.ledger.close()


def test_a_run_that_was_killed_after_it_asked_for_the_account_is_taken_up(tmp_path: Path) -> None:
    """The product is there and in no state: it is imported, and what was reviewed goes on."""
    world = World(tmp_path)
    world.wants(OTHER)
    bundle = world.bundle()
    world.aws.vend(OTHER, PROD)
    world.terraform.changes["other", "account"] = (a_change(action="import", importing="pp-other"),)
    world.terraform.on_apply.clear()
    report = world.apply_bundle(bundle)
    assert (report.status, len(world.aws.accounts)) == ("succeeded", 1)
    world.ledger.close()


def test_a_stage_that_was_not_due_when_it_was_reviewed_is_named(world: World) -> None:
    """The ledger was lost in between, and Terraform finds something to do in a stage that nobody looked at."""
    world.apply()
    request = replace(world.requests[0], custom_fields={"cidr": "10.2.0.0/16"})
    world.requests = [request]
    change = a_change(address="x.y", type="x", before={"cidr": "1"}, after={"cidr": "2"})
    world.terraform.changes["payments-prod", "customizations"] = (change,)
    bundle = world.bundle(saved_plans="omit")
    assert [stage.stage for stage in bundle.manifest.accounts[0].stages] == ["customizations"]
    world.ledger.forget_account("payments-prod")
    _plans_otherwise(world)
    assert "not reviewed: stage account" in told(world.apply_bundle(bundle))


def test_customizations_nobody_could_review_may_only_create(world: World) -> None:
    """Also where the account was made by an earlier try, so that they can be planned now."""
    request = replace(OTHER, custom_fields={"x": "y"})
    world.wants(request, customized=True)
    bundle = world.bundle()
    world.terraform.failing.add(("apply", "other", "customizations"))
    assert world.apply_bundle(bundle).status == "failed"
    world.terraform.failing.clear()
    world.writes_state("other")
    world.terraform.changes["other", "customizations"] = (a_change(address="x.y", type="x", action="destroy"),)
    report = world.apply_bundle(bundle.without_plans())
    assert "not reviewed: destroy x.y" in told(report)


def test_a_removal_that_was_allowed_and_reviewed_is_done_once(world: World) -> None:
    """The bundle says who allowed what; a second time there is nothing left to remove."""
    world.requests = [replace(REQUEST, on_removal="unmanage"), OTHER]
    world.terraform.changes.clear()
    world.wants(OTHER)
    world.requests = [replace(REQUEST, on_removal="unmanage"), OTHER]
    world.terraform.changes["payments-prod", "account"] = (a_change(),)
    world.terraform.on_apply.pop(("payments-prod", "account"))
    world.apply()
    world.requests = [OTHER]
    bundle = world.bundle(Selection(allow_removal=("payments-prod",)))
    assert bundle.review.summary == {"none": 1, "unmanage": 1}
    assert world.apply_bundle(bundle).status == "succeeded"
    assert [call[0] for call in world.aws.calls if call[0] == "terminate"] == ["terminate"]
    again = world.apply_bundle(bundle)
    assert [(result.status, result.changed) for result in again.results] == [("succeeded", False)]


def test_an_account_whose_request_went_away_is_not_passed_over(world: World) -> None:
    """It is kept as it is, and what was reviewed is not done: that is told, not taken for success."""
    bundle = world.bundle()
    world.requests = [OTHER]
    report = world.apply_bundle(bundle)
    assert (report.status, report.results[0].changed, codes(report)) == (
        "failed",
        False,
        ["request-gone", "changed-since-review"],
    )
    assert "differs: request: removed" in told(report)


def test_hooks_that_came_to_an_account_without_any_are_named(tmp_path: Path) -> None:
    """Its customizations had nothing to do when they were reviewed; they are what differs, not what AWS has."""
    world = World(tmp_path)
    world.wants(REQUEST, SANDBOX)
    world.apply()
    world.writes_state()
    world.requests = [replace(REQUEST, tags={"CostCenter": "1"})]
    bundle = world.bundle()
    folder = tmp_path / "customizations" / "global" / "hooks"
    folder.mkdir(parents=True)
    (folder / "post_customizations.sh").write_text("#!/bin/sh\ncurl evil\n")
    (folder / "post_customizations.sh").chmod(0o755)
    report = world.apply_bundle(bundle)
    assert codes(report) == ["changed-since-review"]
    assert "differs: customization or hook: the customizations stage had nothing to do when it was reviewed" in told(
        report
    )
    world.ledger.close()


def test_a_removal_whose_request_came_back_is_refused(world: World) -> None:
    """Somebody merged the request again: the account stays, and that is told."""
    world.wants(OTHER)
    world.requests = [replace(REQUEST, on_removal="close"), OTHER]
    world.terraform.changes["payments-prod", "account"] = (a_change(),)
    world.terraform.on_apply.pop(("payments-prod", "account"))
    world.apply()
    kept = list(world.requests)
    world.requests = [OTHER]
    bundle = world.bundle(Selection(allow_removal=("payments-prod",)))
    world.requests = kept
    world.aws.calls.clear()
    report = world.apply_bundle(bundle)
    assert [(result.status, result.changed) for result in report.results] == [("failed", False)]
    assert "differs: request: present again" in told(report)
    assert [call for call in world.aws.calls if call[0] in {"close", "terminate"}] == []
    world.requests = [replace(kept[0], tags={"CostCenter": "1"}), OTHER]
    assert "differs: request: present again" in told(world.apply_bundle(bundle))


def test_a_saved_plan_that_was_put_in_another_place_does_not_do_what_was_reviewed(world: World) -> None:
    """Whoever writes the manifest anew with another saved plan still cannot get it applied."""
    bundle = world.bundle()
    evil = b"another saved plan"
    world.terraform.saved[evil] = (a_change(address="x.evil", type="x", action="create"),)
    plans = {name: evil if "customizations" in name else bundle.files[name] for name in bundle.plans}
    forged = pack(replace(bundle.manifest, files={}), bundle.review, plans)
    report = world.apply_bundle(forged)
    assert "not reviewed: create x.evil" in told(report)
    assert forged.manifest.digest == bundle.manifest.digest


def test_sealed_plans_are_applied_with_the_key_and_not_without(world: World) -> None:
    """Nothing of a saved plan can be read in the bundle."""
    bundle = world.bundle(saved_plans="encrypt", key=KEY)
    assert not [name for name, content in bundle.files.items() if b"hunter2" in content]
    with pytest.raises(RefusedError) as caught:
        world.plan_bundle(bundle)
    assert caught.value.diagnostics[0].code == "bundle-key-missing"
    assert world.apply_bundle(bundle, KEY).status == "succeeded"
    assert planned_again(world) == []


def test_sealing_needs_a_key(world: World) -> None:
    """It is said before anything is written."""
    workspace = world.workspace()
    with pytest.raises(RefusedError) as caught:
        lifecycle.bundle(workspace, lifecycle.plan(workspace), Selection(), Sealing(saved_plans="encrypt"))
    assert caught.value.diagnostics[0].code == "bundle-key-missing"


def test_saved_plans_that_cannot_be_applied_are_not_kept(world: World) -> None:
    """Of an account that is refused, and of a stage without a change."""
    world.requests = [replace(world.requests[0], name="Renamed")]
    assert world.bundle().plans == ()


def test_planning_again_takes_the_same_selection(world: World) -> None:
    """One stage of one account, again."""
    world.apply()
    selection = Selection(accounts=("payments-prod",), stage="customizations")
    change = a_change(address="x.y", type="x")
    world.terraform.changes["payments-prod", "customizations"] = (change,)
    bundle = world.bundle(selection, saved_plans="omit")
    report = world.apply_bundle(bundle)
    assert {stage.stage for stage in report.results[0].stages} == {"customizations"}


def test_only_the_accounts_that_are_named_are_applied(world: World) -> None:
    """The rest of the bundle waits."""
    world.wants(OTHER)
    bundle = world.bundle()
    workspace = world.workspace()
    planned: Plan = lifecycle.plan_of_bundle(workspace, bundle, None, ("other",))
    assert [account.account for account in planned.accounts] == ["other"]


def test_an_account_that_the_bundle_does_not_have_is_told(world: World) -> None:
    """A misspelt name must not look like nothing to do."""
    bundle = world.bundle()
    with pytest.raises(InvalidInputError) as caught:
        lifecycle.plan_of_bundle(world.workspace(), bundle, None, ("payments-prd", "payments-prod"))
    assert [(d.code, d.summary, d.hint) for d in caught.value.diagnostics] == [
        ("unknown-account", 'the plan bundle has no account "payments-prd"', 'did you mean "payments-prod"?')
    ]


def test_the_manifest_says_what_was_planned_from_what(world: World) -> None:
    """Versions, settings, states and files, and no value that could be secret."""
    bundle: Bundle = world.bundle()
    (account,) = bundle.manifest.accounts
    assert (bundle.manifest.terraform, dict(bundle.manifest.providers)) == ("terraform 1.11.4", {"aws": "5.100.0"})
    assert bundle.manifest.settings["home_region"] == "eu-west-1"
    assert (account.stages[0].lineage, account.stages[0].serial) == ("l", 1)
    assert "main.tf" in account.stages[0].inputs
    assert "hook fleet/pre_account.sh" in account.stages[0].inputs
    assert b'"4712"' not in bundle.files["manifest.json"]
