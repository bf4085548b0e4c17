"""From the fleet to its change set."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from vend.customizations import hooks_of
from vend.decide import Decision, Situation, decide, refine, send_parameters, stage_too_early, tag_operation
from vend.errors import Diagnostic, InterruptedRunError, VendError, has_errors
from vend.events import AccountPlanned, AccountStarted, RunStarted
from vend.lifecycle._workspace import Prepared, Workspace
from vend.lifecycle.plan._policies import judged, policy_files
from vend.lifecycle.plan._preview_choice import Previewable, previewable
from vend.lifecycle.plan._previews import Emulate, Previews
from vend.lifecycle.plan._removal import gone, plan_removal
from vend.lifecycle.roots._root_plans import RootPlans, SavedPlanOf, no_saved_plan
from vend.lifecycle.roots._roots import RootRun, StageFailedError
from vend.lifecycle.stages._enrolment import checked
from vend.lifecycle.survey._account_facts import requested, subject_of
from vend.lifecycle.survey._checks import check_requests
from vend.lifecycle.survey._existing_contacts import with_existing_contacts
from vend.lifecycle.survey._quotas import within_closing_quota
from vend.lifecycle.survey._survey import LOOKUPS, Surveyed, Unsurveyed, select, survey
from vend.models import Stage, StageName
from vend.plan import CHANGING, AccountAction, AccountPlan, Operation, Plan, ResourceChange, Selection, StagePlan
from vend.review import digest, without_secrets

EVERYTHING = Selection()
"""The whole fleet, as far as it differs from what was applied."""


def plan(
    workspace: Workspace,
    selection: Selection = EVERYTHING,
    *,
    saved: SavedPlanOf = no_saved_plan,
    emulate: Emulate | None = None,
) -> Plan:
    """Plans what differs; changes nothing.

    The `account` and `settings` roots of several accounts are planned in one Terraform run. That leaves no saved plan
    of a single account: its stages are planned again before they are applied, and must then be what they were.

    Args:
        workspace: from `open_workspace`.
        selection: what of the fleet, and how.
        saved: gives the saved plan of a root that need not be planned, since nothing changed after it was.
        emulate: starts the emulated AWS against which customizations of accounts are planned that do not exist yet;
            None makes no previews.

    Raises:
        InvalidInputError: policies cannot be read, before anything was planned.
        AwsError: AWS refused a look-up.
        RefusedError: there is no request at all, and accounts were vended.
        InterruptedRunError: the user asked to stop.
    """
    policies, warnings = policy_files(workspace.fleet)
    left = gone(workspace)
    named = set(selection.accounts)
    requests = select(workspace.fleet.requests, named - {applied.account for applied in left})
    if named and named <= {applied.account for applied in left}:
        requests = ()
    removed = tuple(
        plan_removal(workspace, applied, selection.allow_removal)
        for applied in left
        if not named or applied.account in named
    )
    workspace.on_event(
        RunStarted(run=workspace.run, command="plan", accounts=tuple(request.account for request in requests))
    )
    again = selection.refresh or selection.stage == "settings"
    checked_requests = check_requests(workspace, requests, again=again)
    removed, closings = within_closing_quota(workspace.aws.organization(), removed)
    sound = [request for request in requests if request.account not in checked_requests.refused]
    surveyed = (
        *survey(workspace, sound, checked_requests.units),
        *(
            Unsurveyed(request=request, diagnostics=checked_requests.refused[request.account], refused=True)
            for request in requests
            if request.account in checked_requests.refused
        ),
    )
    with ThreadPoolExecutor(max_workers=LOOKUPS, thread_name_prefix="look-up") as pool:
        planner = _Planner(workspace, pool, refresh=selection.refresh, stage=selection.stage)
        due = tuple(pool.map(planner.due, surveyed))
        with (
            Previews(workspace, emulate, planner.started) as previews,
            RootPlans(workspace, planner.started, saved) as roots,
        ):
            found = [one for one in due if isinstance(one, _Due)]
            previews.begin(one.previewable for one in found if one.previewable is not None)
            roots.begin(
                [run for one in found for run in one.runs.values()],
                {
                    run.key: one.surveyed.states[stage]
                    for one in found
                    for stage, run in one.runs.items()
                    if stage in one.surveyed.states
                },
            )
            plans = tuple(one if isinstance(one, AccountPlan) else planner.account(one, roots, previews) for one in due)
    if workspace.stop.is_set():
        raise InterruptedRunError(Diagnostic(code="interrupted", summary="planning was stopped; nothing was changed"))
    for removal in removed:
        workspace.on_event(AccountPlanned(plan=removal))
    plans = tuple(sorted((*plans, *removed), key=lambda planned: planned.account))
    planned = Plan(
        accounts=plans,
        digest=digest(plans),
        terraform_runs=workspace.terraform.runs,
        fleet=workspace.fleet.settings.name,
        organization_id=workspace.aws.organization_id,
        diagnostics=(*warnings, *checked_requests.warnings, *closings, *previews.diagnostics),
    )
    return judged(workspace, planned, policies)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    """One account, and what is to be planned of it.

    Attributes:
        runs: of its root modules, by stage.
        tags: the operation that sets its tags, where they are others; looked up while Terraform plans.
    """

    surveyed: Surveyed
    situation: Situation
    decision: Decision
    runs: Mapping[Stage, RootRun]
    tags: Future[tuple[Operation, ...]]

    @property
    def previewable(self) -> Previewable | None:
        """What of it can be previewed, if anything."""
        return previewable(self.situation, self.decision, self.surveyed.roots.get("customizations"))


class _Planner:
    """Plans accounts; a failure is the result of its account, not an exception."""

    def __init__(self, workspace: Workspace, pool: Executor, *, refresh: bool, stage: Stage | None) -> None:
        self._workspace = workspace
        self._pool = pool
        self._refresh = refresh
        self._stage = stage
        self._started: set[str] = set()
        self._lock = threading.Lock()

    def due(self, surveyed: Surveyed | Unsurveyed) -> _Due | AccountPlan:
        """What is to be planned of one account; its plan where nothing can be. In any thread."""
        if isinstance(surveyed, Unsurveyed):
            failed = self._failed(surveyed.request.account, None, surveyed.diagnostics)
            action: AccountAction = "refused" if surveyed.refused else "failed"
            return self._told(replace(failed, action=action, subject=requested(surveyed.request)))
        situation = surveyed.situation
        if self._refresh or self._stage is not None:
            situation = _forget(situation, self._stage)
        decision = decide(situation)
        if self._stage is not None and decision.action not in {"refused", "wait"}:
            decision = _only(situation, decision, self._stage)
        try:
            decision = checked(self._workspace, situation, decision)
            decision = with_existing_contacts(self._workspace, surveyed, decision)
        except VendError as error:
            self._prepare(surveyed, situation, decision)
            return self._ended(situation, self._failed_account(situation, error.diagnostics))
        self._prepare(surveyed, situation, decision)
        runs = {
            stage: RootRun(self._workspace, surveyed.roots[stage], situation, decision)
            for stage in decision.stages
            if stage in surveyed.roots
        }
        tags = self._pool.submit(self._tags, situation, decision)
        return _Due(surveyed=surveyed, situation=situation, decision=decision, runs=runs, tags=tags)

    def started(self, account: str) -> None:
        """Says, once, that an account is being planned. In any thread."""
        with self._lock:
            if account in self._started:
                return
            self._started.add(account)
        action = self._workspace.prepared[account].decision.action
        self._workspace.on_event(AccountStarted(account=account, action=action))

    def account(self, due: _Due, roots: RootPlans, previews: Previews) -> AccountPlan:
        """One account's plan, once its roots are planned."""
        try:
            planned = self._plan(due, roots, previews)
        except StageFailedError as failure:
            planned = self._failed_account(due.situation, failure.diagnostics)
        except VendError as error:
            planned = self._failed_account(due.situation, error.diagnostics)
        return self._ended(due.situation, planned)

    def _ended(self, situation: Situation, planned: AccountPlan) -> AccountPlan:
        self.started(planned.account)
        return self._told(replace(planned, subject=subject_of(self._workspace, situation, planned.action)))

    def _told(self, planned: AccountPlan) -> AccountPlan:
        shown = without_secrets(planned.diagnostics, planned, self._workspace.fleet.settings.review)
        planned = replace(planned, diagnostics=shown)
        self._workspace.on_event(AccountPlanned(plan=planned))
        return planned

    def _prepare(self, surveyed: Surveyed, situation: Situation, decision: Decision) -> None:
        self._workspace.prepared[situation.request.account] = Prepared(
            request=situation.request,
            situation=situation,
            decision=decision,
            roots=surveyed.roots,
            states=surveyed.states,
            former=surveyed.former,
        )

    def _tags(self, situation: Situation, decision: Decision) -> tuple[Operation, ...]:
        if "settings" not in decision.stages or situation.account is None:
            return ()
        operation = tag_operation(situation.request, self._workspace.aws.account_tags(situation.account.id))
        return (operation,) if operation else ()

    def _plan(self, due: _Due, roots: RootPlans, previews: Previews) -> AccountPlan:
        situation, decision = due.situation, due.decision
        operations = (*decision.operations, *due.tags.result())
        stages = tuple(
            [self._stage_plan(due, name, roots) for name in decision.stages]
            + [
                previews.of(
                    situation.request.account,
                    StagePlan(stage=name, state="follows", fingerprint=situation.fingerprints[name]),
                )
                for name in decision.follows
            ]
        )
        if "account" in decision.stages:
            operation = send_parameters(situation, stages)
            operations += (operation,) if operation else ()
        return self._account_plan(situation, decision, stages, operations)

    def _account_plan(
        self,
        situation: Situation,
        decision: Decision,
        stages: tuple[StagePlan, ...],
        operations: tuple[Operation, ...],
    ) -> AccountPlan:
        name = situation.request.account
        diagnostics = decision.diagnostics
        return AccountPlan(
            account=name,
            account_id=situation.account.id if situation.account else None,
            action="refused" if has_errors(diagnostics) else refine(decision, situation, stages, operations),
            operations=operations,
            stages=stages,
            diagnostics=diagnostics,
        )

    def _stage_plan(self, due: _Due, stage: Stage, roots: RootPlans) -> StagePlan:
        fingerprint = due.situation.fingerprints[stage]
        run = due.runs.get(stage)
        if run is None:
            return StagePlan(stage=stage, state="planned", fingerprint=fingerprint, hooks=False)
        planned, saved = roots.of(run)
        return StagePlan(
            stage=stage,
            state="planned",
            fingerprint=fingerprint,
            changes=planned.changes,
            drift=planned.drift,
            plan_file=str(self._workspace.plan_file(run.account, stage)) if saved else None,
            hooks=self._hooks_due(due.surveyed, stage, planned.changes),
            started=planned.started,
            seconds=planned.seconds,
        )

    def _hooks_due(self, surveyed: Surveyed, stage: Stage, changes: tuple[ResourceChange, ...]) -> bool:
        """Whether a stage has hooks, and something for them to follow: a change, a failure, or a wish.

        A stage that nothing is remembered of, and that is as it should be, has run its hooks: a ledger that was
        deleted is no reason to run them again.
        """
        situation = surveyed.situation
        names: tuple[StageName, ...] = ("pre_account", "post_account")
        if stage == "customizations":
            names = ("pre_customizations", "post_customizations")
        if stage == "settings" or not any(hooks_of(situation.request, self._workspace.catalogue, n) for n in names):
            return False
        if self._stage == stage or any(change.action in CHANGING for change in changes):
            return True
        last = situation.applied.stages.get(stage) if situation.applied else None
        wanted = situation.fingerprints[stage]
        return last is not None and (last.status != "succeeded" or last.fingerprint != wanted)

    def _failed_account(self, situation: Situation, diagnostics: Iterable[Diagnostic]) -> AccountPlan:
        account_id = situation.account.id if situation.account else None
        return self._failed(situation.request.account, account_id, diagnostics)

    def _failed(self, name: str, account_id: str | None, diagnostics: Iterable[Diagnostic]) -> AccountPlan:
        return AccountPlan(
            account=name,
            account_id=account_id,
            action="failed",
            diagnostics=tuple(replace(problem, account=problem.account or name) for problem in diagnostics),
        )


def _forget(situation: Situation, stage: Stage | None) -> Situation:
    """The situation as if one stage, or all, had never been applied."""
    applied = situation.applied
    if applied is None:
        return situation
    kept = {name: entry for name, entry in applied.stages.items() if stage is not None and name != stage}
    return replace(situation, applied=replace(applied, stages=kept))


def _only(situation: Situation, decision: Decision, stage: Stage) -> Decision:
    """One stage of what was decided; refused where the account must be made or enrolled before it."""
    if stage != "account" and (situation.account is None or decision.action == "enrol"):
        return Decision(action="refused", diagnostics=(stage_too_early(situation, stage),))
    return replace(
        decision,
        stages=tuple(name for name in decision.stages if name == stage),
        follows=tuple(name for name in decision.follows if name == stage),
        operations=tuple(operation for operation in decision.operations if operation.stage == stage),
    )
