"""From what was looked up of each account to its plan: what is due, planned by Terraform, and what that means."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from vend.customizations import hooks_of
from vend.decide import Decision, Situation, decide, refine, send_parameters, stage_too_early, tag_operation
from vend.errors import Diagnostic, VendError, has_errors
from vend.events import AccountPlanned, AccountStarted
from vend.lifecycle._seen import seen
from vend.lifecycle._workspace import PreparedAccount, Workspace
from vend.lifecycle.plan._preview_choice import PreviewCandidate, preview_candidate
from vend.lifecycle.plan._previews import Previews, StartEmulation
from vend.lifecycle.roots._root_plans import RootPlans, SavedPlanOf, no_saved_plan
from vend.lifecycle.roots._roots import RootRun, StageFailedError
from vend.lifecycle.stages._enrolment import check_enrolment
from vend.lifecycle.survey._account_facts import facts_of_account, facts_of_request
from vend.lifecycle.survey._account_survey import LOOKUPS, AccountSurvey, FailedSurvey
from vend.lifecycle.survey._existing_contacts import with_existing_contacts
from vend.lifecycle.survey._fleet_survey import FleetSurvey
from vend.models import Stage, StageName
from vend.plan import CHANGING, AccountAction, AccountPlan, Operation, ResourceChange, Selection, StagePlan
from vend.review import without_secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPlans:
    """The plans of accounts that have requests, and warnings about all of their previews together."""

    plans: tuple[AccountPlan, ...]
    warnings: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSources:
    """Where plans come from, besides from planning.

    Attributes:
        saved: gives the saved plan of a root that need not be planned, since nothing changed after it was.
        emulate: starts the emulated AWS against which customizations of accounts are planned that do not exist yet;
            None makes no previews.
    """

    saved: SavedPlanOf = no_saved_plan
    emulate: StartEmulation | None = None


def plan_accounts(
    workspace: Workspace,
    survey: FleetSurvey,
    accounts: Sequence[AccountSurvey | FailedSurvey],
    selection: Selection,
    sources: PlanSources,
) -> AccountPlans:
    """Decides what is due for each account, and plans it with Terraform.

    Args:
        workspace: from `open_workspace`.
        survey: from `survey_fleet`.
        accounts: from `survey_accounts`.
        selection: whether stages are planned that were applied as they are, and which stage alone.
        sources: of saved plans and previews.
    """
    with ThreadPoolExecutor(max_workers=LOOKUPS, thread_name_prefix="look-up") as pool:
        planner = AccountPlanner(workspace, survey, selection, pool)
        decided = tuple(pool.map(planner.decide, accounts))
        due = [account for account in decided if isinstance(account, AccountToPlan)]
        with (
            Previews(workspace, sources.emulate, planner.started) as previews,
            RootPlans(workspace, planner.started, sources.saved) as roots,
        ):
            previews.begin([one.preview for one in due if one.preview is not None], survey.organization.accounts)
            roots.begin(
                [run for one in due for run in one.runs.values()],
                {
                    run.key: one.surveyed.states[stage]
                    for one in due
                    for stage, run in one.runs.items()
                    if stage in one.surveyed.states
                },
            )
            plans = tuple(
                one if isinstance(one, AccountPlan) else planner.account(one, roots, previews) for one in decided
            )
    return AccountPlans(plans=plans, warnings=previews.diagnostics)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountToPlan:
    """One account, and what is to be planned of it.

    Attributes:
        runs: of its root modules, by stage.
        tags: the operation that sets its tags, where they are others; looked up while Terraform plans.
    """

    surveyed: AccountSurvey
    situation: Situation
    decision: Decision
    runs: Mapping[Stage, RootRun]
    tags: Future[tuple[Operation, ...]]

    @property
    def preview(self) -> PreviewCandidate | None:
        """What of it can be previewed, if anything."""
        return preview_candidate(self.situation, self.decision, self.surveyed.roots.get("customizations"))


class AccountPlanner:
    """Plans accounts; a failure is the result of its account, not an exception."""

    def __init__(self, workspace: Workspace, survey: FleetSurvey, selection: Selection, pool: Executor) -> None:
        self._workspace = workspace
        self._survey = survey
        self._pool = pool
        self._refresh = selection.refresh
        self._stage = selection.stage
        self._started: set[str] = set()
        self._lock = threading.Lock()

    def decide(self, surveyed: AccountSurvey | FailedSurvey) -> AccountToPlan | AccountPlan:
        """Decides what is to be planned of one account; its plan where nothing can be. In any thread."""
        if isinstance(surveyed, FailedSurvey):
            failed = self._failed(surveyed.request.account, None, surveyed.diagnostics)
            action: AccountAction = "refused" if surveyed.refused else "failed"
            return self._publish(replace(failed, action=action, subject=facts_of_request(surveyed.request)))
        situation = surveyed.situation
        if self._refresh or self._stage is not None:
            situation = _forget(situation, self._stage)
        decision = decide(situation)
        if self._stage is not None and decision.action not in {"refused", "wait"}:
            decision = _only(situation, decision, self._stage)
        try:
            decision = check_enrolment(self._workspace, situation, decision)
            decision = with_existing_contacts(self._workspace, surveyed, decision)
            surveyed = self._with_states(surveyed, decision)
        except VendError as error:
            self._prepare(surveyed, situation, decision)
            return self._finish(situation, self._failed_account(situation, error.diagnostics))
        self._prepare(surveyed, situation, decision)
        runs = {
            stage: RootRun(self._workspace, surveyed.roots[stage], situation, decision)
            for stage in decision.stages
            if stage in surveyed.roots
        }
        tags = self._pool.submit(self._tags, situation, decision)
        return AccountToPlan(surveyed=surveyed, situation=situation, decision=decision, runs=runs, tags=tags)

    def started(self, account: str) -> None:
        """Says, once, that an account is being planned. In any thread."""
        with self._lock:
            if account in self._started:
                return
            self._started.add(account)
        action = self._workspace.prepared[account].decision.action
        self._workspace.on_event(AccountStarted(account=account, action=action))

    def account(self, to_plan: AccountToPlan, roots: RootPlans, previews: Previews) -> AccountPlan:
        """One account's plan, once its roots are planned."""
        try:
            planned = self._plan(to_plan, roots, previews)
        except StageFailedError as failure:
            planned = self._failed_account(to_plan.situation, failure.diagnostics)
        except VendError as error:
            planned = self._failed_account(to_plan.situation, error.diagnostics)
        return self._finish(to_plan.situation, planned)

    def _finish(self, situation: Situation, planned: AccountPlan) -> AccountPlan:
        self.started(planned.account)
        return self._publish(
            replace(planned, subject=facts_of_account(self._workspace, self._survey, situation, planned.action))
        )

    def _publish(self, planned: AccountPlan) -> AccountPlan:
        shown = without_secrets(planned.diagnostics, planned, self._workspace.fleet.settings.review)
        planned = replace(planned, diagnostics=shown)
        self._workspace.on_event(AccountPlanned(plan=planned))
        return planned

    def _with_states(self, surveyed: AccountSurvey, decision: Decision) -> AccountSurvey:
        """The same with the states of all that is planned, read before it is: whoever applies it sees what changed."""
        account = surveyed.situation.request.account
        read = {
            stage: self._workspace.read_state(account, stage)
            for stage in decision.stages
            if stage in surveyed.roots and stage not in surveyed.states
        }
        return replace(surveyed, states={**surveyed.states, **read})

    def _prepare(self, surveyed: AccountSurvey, situation: Situation, decision: Decision) -> None:
        self._workspace.prepared[situation.request.account] = PreparedAccount(
            request=situation.request,
            situation=situation,
            decision=decision,
            roots=surveyed.roots,
            states=surveyed.states,
            former=surveyed.former,
            seen=seen(
                self._survey.scope.applied.get(situation.request.account),
                self._survey.products.get(situation.request.account),
                {stage: surveyed.states[stage] for stage in decision.stages if stage in surveyed.states},
            ),
        )

    def _tags(self, situation: Situation, decision: Decision) -> tuple[Operation, ...]:
        if "settings" not in decision.stages or situation.account is None:
            return ()
        operation = tag_operation(situation.request, self._workspace.aws.account_tags(situation.account.id))
        return (operation,) if operation else ()

    def _plan(self, to_plan: AccountToPlan, roots: RootPlans, previews: Previews) -> AccountPlan:
        situation, decision = to_plan.situation, to_plan.decision
        operations = (*decision.operations, *to_plan.tags.result())
        stages = tuple(
            [self._stage_plan(to_plan, name, roots) for name in decision.stages]
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

    def _stage_plan(self, to_plan: AccountToPlan, stage: Stage, roots: RootPlans) -> StagePlan:
        fingerprint = to_plan.situation.fingerprints[stage]
        run = to_plan.runs.get(stage)
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
            hooks=self._hooks_due(to_plan.surveyed, stage, planned.changes),
            started=planned.started,
            seconds=planned.seconds,
        )

    def _hooks_due(self, surveyed: AccountSurvey, stage: Stage, changes: tuple[ResourceChange, ...]) -> bool:
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
