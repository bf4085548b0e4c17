"""Customizations of accounts that do not exist yet, planned against an emulated AWS that does as told."""

import fcntl
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from support.factories import a_change, a_product, an_account_request, an_organization_account
from support.plans import a_previewable
from support.worlds import PROD, World
from vend import lifecycle
from vend.errors import Diagnostic, InterruptedRunError, SandboxError
from vend.events import StageProgress
from vend.lifecycle import EmulatedAws, Sealing, StartEmulation
from vend.lifecycle.plan._account_plans import PlanSources
from vend.lifecycle.plan._plan import EVERYTHING, plan_scope
from vend.lifecycle.plan._preview_choice import PreviewCandidate, choose, emulated_ids
from vend.lifecycle.survey._scope import choose_accounts
from vend.models import AccessAssignment, AccountRequest, IdentityCenter, OrganizationFile, Position
from vend.plan import AccountPlan, Plan, Selection, StagePlan
from vend.review import review_of, unpack
from vend.review._bundle import from_archive, to_archive
from vend.settings import ReviewSettings, Settings

Access: TypeAlias = Mapping[str, Sequence[AccessAssignment]]
LOG_ARCHIVE, AUDIT = "333333333333", "444444444444"


@dataclass
class FakeEmulation:
    """An emulated AWS that only says that it is one.

    Attributes:
        failure: raised instead of starting.
        organizations: what it was started with.
        roots: files of the folder with root modules when it ended, by path.
    """

    failure: Exception | None = None
    organizations: list[OrganizationFile] = field(default_factory=list)
    new: list[Access] = field(default_factory=list)
    roots: dict[str, str] = field(default_factory=dict)
    running: int = 0

    @contextmanager
    def __call__(self, organization: OrganizationFile, *, new: Access, directory: Path) -> Iterator[EmulatedAws]:
        if self.failure is not None:
            raise self.failure
        self.organizations.append(organization)
        self.new.append(new)
        directory.mkdir()
        self.running += 1
        try:
            yield EmulatedAws(environ={"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, session=self.session)
        finally:
            self.running -= 1
            roots = directory.parent / "roots"
            self.roots = {
                path.relative_to(roots).as_posix(): path.read_text() for path in roots.rglob("*") if path.is_file()
            }

    @staticmethod
    def session(account_id: str, account: str) -> dict[str, str]:
        return {"SESSION": f"emulated {account} {account_id}"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    for number in (LOG_ARCHIVE, AUDIT):
        world.aws.accounts[number] = an_organization_account(id=number, name=number, email=f"{number}@example.com")
    world.aws.log_archive_account, world.aws.audit_account = LOG_ARCHIVE, AUDIT
    yield world
    assert not list(tmp_path.rglob("previews"))
    world.ledger.close()


def a_request(account: str, **overrides: Any) -> AccountRequest:
    fields = {"custom_fields": {"vpc_cidr": "10.0.0.0/16"}, **overrides}
    return an_account_request(account=account, name=account.title(), email=f"{account}@example.com", **fields)


def write_module(world: World, name: str, text: str) -> None:
    path = world.directory / "customizations" / name / "main.tf"
    path.parent.mkdir(parents=True)
    path.write_text(text)


def planned(world: World, emulate: StartEmulation | None, **options: Any) -> Plan:
    return lifecycle.plan(world.workspace(), Selection(**options), emulate=emulate)


def last_stage(plan: Plan, account: str) -> StagePlan:
    (found,) = (one for one in plan.accounts if one.account == account)
    return found.stages[-1]


def with_review(world: World, **review: Any) -> None:
    world.settings = Settings(name="test", home_region="eu-west-1", review=ReviewSettings(**review))


def test_a_new_account_has_its_customizations_previewed(world: World) -> None:
    """Marked as a preview, timed, beside a digest and an outcome that are those without it."""
    world.wants(a_request("a"), customized=True)
    emulation = FakeEmulation()
    plan = planned(world, emulation)
    stage = last_stage(plan, "a")
    assert (stage.stage, stage.state, stage.preview) == ("customizations", "follows", True)
    assert [change.address for change in stage.changes] == ["x.y"]
    assert stage.seconds is not None
    assert plan.diagnostics == ()
    assert review_of(plan).previews.add == 1
    without = planned(world, None)
    assert without.digest == plan.digest
    assert not last_stage(without, "a").preview
    assert (stage.fingerprint, stage.hooks) == (last_stage(without, "a").fingerprint, last_stage(without, "a").hooks)
    assert emulation.running == 0


def test_every_run_is_counted(world: World) -> None:
    """Init, plan and reading back of the preview are Terraform runs like others."""
    world.wants(a_request("a"), customized=True)
    assert planned(world, FakeEmulation()).terraform_runs - len(world.terraform.environs) == 3
    assert [entry[:3] for entry in world.terraform.environs] == [
        (command, "a", "customizations") for command in ("init", "plan", "show")
    ]


def test_terraform_is_led_to_the_emulated_account_and_keeps_no_state(world: World) -> None:
    """Its session is the emulated account's, its AWS the emulated one, its backend a file beside the root."""
    world.wants(a_request("a"), customized=True)
    emulation = FakeEmulation()
    planned(world, emulation)
    (account_id,) = emulation.new[0]
    assert {tuple(sorted(entry[3].items())) for entry in world.terraform.environs} == {
        (("AWS_ENDPOINT_URL", "http://127.0.0.1:1"), ("SESSION", f"emulated a {account_id}"))
    }
    override = max(path for path in emulation.roots if path.endswith(".tf"))
    assert 'backend "local" {}' in emulation.roots[override]
    assert f'"account_id": "{account_id}"' in emulation.roots["a/customizations/runtime.tfvars.json"]


def test_the_emulated_organization_has_the_account_as_it_is_asked_for(world: World) -> None:
    """In its unit, with its tags, user, product and access; and the controls of that unit alone."""
    world.aws.controls = {PROD.id: frozenset({"AWS-GR_REGION_DENY"})}
    access = (AccessAssignment(group="Auditors", permission_set="ReadOnly"),)
    world.aws.center = IdentityCenter(
        instance_arn="arn:aws:sso:::instance/ssoins-1",
        identity_store_id="d-1",
        groups={"Auditors": "group-1"},
        permission_sets={"ReadOnly": "ps-1"},
    )
    world.wants(a_request("a", tags={"CostCenter": "4711"}, access=access), customized=True)
    emulation = FakeEmulation()
    planned(world, emulation)
    (organization,) = emulation.organizations
    (account_id,) = emulation.new[0]
    assert emulation.new[0][account_id] == access
    accounts = {account.id: account for account in organization.accounts}
    assert accounts.keys() == {LOG_ARCHIVE, AUDIT, account_id}
    made = accounts[account_id]
    assert (made.name, made.email, made.parent_id, made.enrolled_in) == ("A", "a@example.com", PROD.id, PROD.id)
    assert made.tags == {"CostCenter": "4711"}
    (product,) = organization.provisioned_products
    assert (product.name, product.account_id, product.sso_user) == ("a", account_id, a_request("a").sso_user)
    assert organization.landing_zone is not None
    controls = {unit.id: unit.controls for unit in organization.organizational_units if unit.controls}
    assert controls == {PROD.id: ("AWS-GR_REGION_DENY",)}
    assert not any(call[0] in {"inventory", "account_tags"} for call in world.aws.calls)


def test_the_emulated_id_is_shown_as_that_of_an_account_to_come(world: World) -> None:
    """Wherever it stands in addresses, keys and values, and in messages."""
    world.wants(a_request("a"))
    (account_id,) = emulated_ids([a_previewable("a")], ()).values()
    world.terraform.changes["a", "customizations"] = (
        a_change(
            action="create",
            address=f'x.y["{account_id}"]',
            after={"arn": f"arn:aws:iam::{account_id}:role/a", account_id: [account_id, 1, None]},
        ),
    )
    (change,) = last_stage(planned(world, FakeEmulation()), "a").changes
    assert change.address == 'x.y["000000000000"]'
    assert change.after == {
        "arn": "arn:aws:iam::000000000000:role/a",
        "000000000000": ["000000000000", 1, None],
    }


@pytest.mark.parametrize("command", ["init", "plan"])
def test_a_preview_that_fails_is_a_warning_and_no_failure(world: World, command: str) -> None:
    """The plan goes on, with the digest that it has without previews; the other account has its preview."""
    world.wants(a_request("a"), customized=True)
    world.wants(a_request("b"), customized=True)
    without = planned(world, None)
    world.terraform.failing.add((command, "a", "customizations"))
    plan = planned(world, FakeEmulation())
    stage = last_stage(plan, "a")
    (problem,) = stage.diagnostics
    assert (problem.severity, problem.code, problem.account) == ("warning", "preview-failed", "a")
    assert problem.summary == f"no preview: {command} failed"
    assert "--no-preview" in (problem.hint or "")
    assert (stage.changes, stage.preview, stage.state) == ((), False, "follows")
    assert last_stage(plan, "b").preview
    assert plan.digest == without.digest
    assert {account.action for account in plan.accounts} == {"create"}


def test_a_failure_names_files_that_are_still_there(world: World) -> None:
    """A customization's own file where it stands there, else the request; never a file of the preview's."""
    position = Position(file="account-requests/a.hcl", line=4, column=3)
    write_module(world, "spoke", "locals {}\n")
    world.wants(a_request("a", customizations=("spoke",), positions={"customizations": position}))
    world.terraform.problems = lambda root: (
        Diagnostic(code="terraform-error", summary="one", file=f"{root}/customizations/spoke/main.tf", line=1),
        Diagnostic(
            code="terraform-error", summary="two", detail=f"planning {root}, x.y", file=f"{root}/main.tf", line=9
        ),
    )
    world.terraform.failing.add(("plan", "a", "customizations"))
    one, two = last_stage(planned(world, FakeEmulation()), "a").diagnostics
    assert (one.file, one.line) == ("customizations/spoke/main.tf", 1)
    assert (two.file, two.line, two.column) == (position.file, 4, 3)
    assert two.detail == "planning its preview, x.y"


def test_what_nobody_foresaw_fails_the_preview_alone(world: World) -> None:
    """An exception of any kind, when the account is planned."""
    world.wants(a_request("a"), customized=True)
    emulation = FakeEmulation()
    world.terraform.misread = lambda changes: changes if changes[0].address != "x.y" else changes[9]  # type: ignore[return-value]
    (problem,) = last_stage(planned(world, emulation), "a").diagnostics
    assert problem.code == "preview-failed"
    assert "IndexError" in problem.summary
    assert emulation.running == 0


NOT_INSTALLED = SandboxError(
    Diagnostic(code="sandbox-not-installed", summary="moto is missing", hint="pip install 'vend[sandbox]'")
)


@pytest.mark.parametrize("failure", [NOT_INSTALLED, RuntimeError("boom")], ids=["foreseen", "not foreseen"])
def test_without_an_emulated_aws_the_plan_says_so_once(world: World, failure: Exception) -> None:
    """One warning for the plan, none for its accounts, and how to do without."""
    world.wants(a_request("a"), customized=True)
    world.wants(a_request("b"), customized=True)
    plan = planned(world, FakeEmulation(failure=failure))
    (problem,) = plan.diagnostics
    assert (problem.severity, problem.code) == ("warning", "preview-unavailable")
    assert ("moto is missing" in problem.summary) or ("RuntimeError: boom" in problem.summary)
    assert "previews = false" in (problem.hint or "")
    if failure is NOT_INSTALLED:
        assert "pip install 'vend[sandbox]'" in (problem.hint or "")
    assert not any(stage.diagnostics or stage.preview for account in plan.accounts for stage in account.stages)
    assert {account.action for account in plan.accounts} == {"create"}


def test_a_landing_zone_that_cannot_be_read_is_no_failure(world: World) -> None:
    """Nothing can be emulated then; nothing is started."""
    world.wants(a_request("a"), customized=True)
    world.aws.audit_account = "555555555555"
    emulation = FakeEmulation()
    plan = planned(world, emulation)
    assert [problem.code for problem in plan.diagnostics] == ["preview-unavailable"]
    assert emulation.organizations == []


def test_an_account_whose_first_attempt_failed_is_previewed_too(world: World) -> None:
    """It does not exist either; what follows before its customizations has no preview."""
    world.wants(a_request("a"), customized=True)
    world.aws.products["a"] = a_product(name="a", status="ERROR", succeeded=False, account_id=None)
    plan = planned(world, FakeEmulation())
    assert plan.accounts[0].action == "repair"
    assert {stage.stage: stage.preview for stage in plan.accounts[0].stages} == {
        "account": False,
        "settings": False,
        "customizations": True,
    }


def test_nothing_is_started_where_there_is_nothing_to_preview(world: World) -> None:
    """Accounts that exist, and new ones without customizations."""
    world.wants(a_request("old"), customized=True)
    world.apply()
    world.wants(a_request("plain", custom_fields={}))
    emulation = FakeEmulation()
    plan = planned(world, emulation)
    assert [account.action for account in plan.accounts] == ["none", "create"]
    assert emulation.organizations == []


def test_an_account_that_is_refused_has_no_preview(world: World) -> None:
    """Its address belongs to an account with another name: nothing will be made."""
    world.wants(a_request("a"), customized=True)
    world.aws.accounts["222222222222"] = an_organization_account(email="a@example.com", name="Another")
    emulation = FakeEmulation()
    assert [account.action for account in planned(world, emulation).accounts] == ["refused"]
    assert emulation.organizations == []


def test_one_plan_previews_as_many_as_it_may(world: World) -> None:
    """Those that are left out say so, and which preview shows the same customizations."""
    with_review(world, max_previews=2)
    for name in ("a", "b", "c"):
        world.wants(a_request(name), customized=True)
    plan = planned(world, FakeEmulation())
    assert [last_stage(plan, name).preview for name in ("a", "b", "c")] == [True, True, False]
    (problem,) = last_stage(plan, "c").diagnostics
    assert (problem.severity, problem.code) == ("warning", "preview-left-out")
    assert problem.summary == "no preview: one plan makes 2 at most"
    assert problem.detail == "a has the same customizations, and a preview."
    assert "`vend plan --account c`" in (problem.hint or "")
    assert plan.digest == planned(world, None).digest


@pytest.mark.parametrize(
    ("most", "chosen"),
    [(0, ""), (1, "a"), (2, "ac"), (3, "acd"), (4, "abcd"), (9, "abcde")],
)
def test_other_customizations_are_previewed_before_the_same(most: int, chosen: str) -> None:
    """One account of each kind first, then the others, in the order of their names."""
    kinds = {"a": ("x",), "b": ("x",), "c": ("y",), "d": ("x", "y"), "e": ("x",)}
    wanted = [a_previewable(account, *kinds[account]) for account in kinds]
    assert "".join(one.account for one in choose(wanted, most)) == chosen


def test_emulated_ids_are_the_same_each_time_and_nobody_elses() -> None:
    """Twelve digits, and never one that the organization has."""
    accounts: Sequence[PreviewCandidate] = [a_previewable(f"n{number}") for number in range(50)]
    ids = emulated_ids(accounts, ())
    assert ids == emulated_ids(accounts, ())
    assert all(len(one) == 12 and one.isdecimal() for one in ids.values())
    assert len(set(ids.values())) == 50
    again = emulated_ids(accounts, set(ids.values()))
    assert not set(again.values()) & set(ids.values())


def test_progress_names_each_account(world: World) -> None:
    """What is waited for, and when the preview begins."""
    world.wants(a_request("a"), customized=True)
    planned(world, FakeEmulation())
    steps = [e.step for e in world.events if isinstance(e, StageProgress) and e.stage == "customizations"]
    assert steps == ["waiting for an emulated AWS", "initializing the preview"]


def test_a_plan_that_is_stopped_ends_its_emulated_aws(world: World) -> None:
    """Stopped while it starts: nothing is previewed, and nothing is left."""
    world.wants(a_request("a"), customized=True)
    emulation = FakeEmulation()

    @contextmanager
    def stopped(organization: OrganizationFile, *, new: Access, directory: Path) -> Iterator[EmulatedAws]:
        world.stop.set()
        with emulation(organization, new=new, directory=directory) as running:
            yield running

    with pytest.raises(InterruptedRunError):
        planned(world, stopped)
    assert (len(emulation.organizations), emulation.running, world.terraform.environs) == (1, 0, [])


def test_whatever_ends_a_plan_ends_its_emulated_aws(world: World) -> None:
    """An exception in the middle of the real plan."""
    world.wants(a_request("a"), customized=True)
    emulation = FakeEmulation()
    begun = threading.Event()

    def on_event(event: object) -> None:
        if isinstance(event, StageProgress) and event.step == "initializing the preview":
            begun.set()

    workspace = world.workspace()
    workspace.on_event = on_event

    def broken(run: object) -> None:
        del run
        assert begun.wait(10)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plan_scope(workspace, choose_accounts(workspace), EVERYTHING, PlanSources(saved=broken, emulate=emulation))
    assert (len(emulation.organizations), emulation.running) == (1, 0)


def test_what_a_killed_plan_left_goes_and_what_another_uses_stays(world: World) -> None:
    """A folder whose lock nobody holds is a killed run's; so is what its plans say."""
    previews = world.directory / ".vend" / "o-fakefakefake" / "previews"
    for name in ("killed", "at-work", "beginning"):
        (previews / name / "plans").mkdir(parents=True)
        (previews / name / "plans" / "a.tfplan").write_text("secret")
    (previews / "killed" / "lock").touch()
    with (previews / "at-work" / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        world.wants(a_request("a"), customized=True)
        assert last_stage(planned(world, FakeEmulation()), "a").preview
    assert sorted(path.name for path in previews.iterdir()) == ["at-work", "beginning"]
    shutil.rmtree(previews)


def test_an_emulated_aws_that_does_not_end_well_fails_nothing(world: World) -> None:
    """Its preview is there; the folder goes all the same."""
    emulation = FakeEmulation()

    @contextmanager
    def clinging(organization: OrganizationFile, *, new: Access, directory: Path) -> Iterator[EmulatedAws]:
        with emulation(organization, new=new, directory=directory) as running:
            yield running
        raise RuntimeError("cannot be stopped")

    world.wants(a_request("a"), customized=True)
    assert last_stage(planned(world, clinging), "a").preview


def test_a_bundle_with_a_preview_is_applied_without_it(world: World) -> None:
    """What the preview showed is no part of what was reviewed: the real plan may make something else."""
    world.wants(a_request("a"), customized=True)
    workspace = world.workspace()
    plan = lifecycle.plan(workspace, emulate=FakeEmulation())
    made = lifecycle.bundle(workspace, plan, Selection(), Sealing(saved_plans="keep"))
    bundle = unpack(from_archive(to_archive(made)))
    (account,) = bundle.manifest.accounts
    assert [(stage.stage, stage.preview, stage.changes) for stage in account.stages][-1] == ("customizations", True, ())
    world.terraform.changes["a", "customizations"] = (a_change(action="create", address="x.z", type="x"),)
    report = world.apply_bundle(bundle)
    assert report.status == "succeeded"
    assert ("apply", "a", "customizations") in world.terraform.log


def test_a_preview_does_not_let_an_apply_do_more_than_create(world: World) -> None:
    """It showed a destruction, and the real plan has one: refused, as without the preview."""
    world.wants(a_request("a"))
    world.terraform.changes["a", "customizations"] = (a_change(action="destroy", address="x.y", type="x"),)
    workspace = world.workspace()
    plan: Plan = lifecycle.plan(workspace, emulate=FakeEmulation())
    account: AccountPlan = plan.accounts[0]
    assert (account.action, account.policy) == ("create", ())
    report = lifecycle.apply(workspace, plan)
    assert report.status == "failed"
    assert ("apply", "a", "customizations") not in world.terraform.log
