"""From the fleet to its change set."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from vend.customizations import hooks_of
from vend.decide import Decision, Situation, decide, refine, send_parameters, tag_operation
from vend.errors import Diagnostic, InterruptedRunError, VendError, has_errors
from vend.events import AccountPlanned, AccountStarted, RunStarted
from vend.lifecycle._enrolment import checked
from vend.lifecycle._removal import gone, plan_removal
from vend.lifecycle._roots import RootRun, StageFailedError
from vend.lifecycle._subject import requested, subject_of
from vend.lifecycle._survey import Surveyed, Unsurveyed, select, survey
from vend.lifecycle._workspace import Prepared, Workspace
from vend.models import Stage, StageName
from vend.plan import CHANGING, AccountPlan, Operation, Plan, ResourceChange, StagePlan
from vend.review import digest, refuse_ending_accounts


def plan(
    workspace: Workspace,
    *,
    accounts: Iterable[str] = (),
    refresh: bool = False,
    stage: Stage | None = None,
    allow_removal: Collection[str] = (),
) -> Plan:
    """Plans what differs; changes nothing.

    Args:
        workspace: from `open_workspace`.
        accounts: names of the account requests; all where empty.
        refresh: plan every stage, also those that were applied as they are now.
        stage: plan this stage whether it was applied or not, and no other.
        allow_removal: names of accounts that may be unmanaged or closed because their requests are gone.

    Raises:
        InvalidInputError: requests that AWS shows to be wrong, before anything was planned.
        AwsError: AWS refused a look-up.
        RefusedError: there is no request at all, and accounts were vended.
        InterruptedRunError: the user asked to stop.
    """
    left = gone(workspace)
    named = set(accounts)
    requests = select(workspace.fleet.requests, named - {applied.account for applied in left})
    if named and named <= {applied.account for applied in left}:
        requests = ()
    removed = tuple(
        plan_removal(workspace, applied, allow_removal) for applied in left if not named or applied.account in named
    )
    workspace.on_event(
        RunStarted(run=workspace.run, command="plan", accounts=tuple(request.account for request in requests))
    )
    surveyed = survey(workspace, requests)
    planner = _Planner(workspace, refresh=refresh, stage=stage)
    with ThreadPoolExecutor(max_workers=max(1, workspace.terraform.slots), thread_name_prefix="plan") as pool:
        plans = tuple(pool.map(planner.account, surveyed))
    if workspace.stop.is_set():
        raise InterruptedRunError(Diagnostic(code="interrupted", summary="planning was stopped; nothing was changed"))
    for removal in removed:
        workspace.on_event(AccountPlanned(plan=removal))
    plans = tuple(sorted((*plans, *removed), key=lambda planned: planned.account))
    return Plan(
        accounts=plans,
        digest=digest(plans),
        terraform_runs=workspace.terraform.runs,
        fleet=workspace.fleet.settings.name,
        organization_id=workspace.aws.organization_id,
    )


class _Planner:
    """Plans one account after another, in any thread."""

    def __init__(self, workspace: Workspace, *, refresh: bool, stage: Stage | None) -> None:
        self._workspace = workspace
        self._refresh = refresh
        self._stage = stage

    def account(self, surveyed: Surveyed | Unsurveyed) -> AccountPlan:
        """One account's plan; a failure is its result, not an exception."""
        if isinstance(surveyed, Unsurveyed):
            failed = self._failed(surveyed.request.account, None, surveyed.diagnostics)
            failed = replace(failed, subject=requested(surveyed.request))
            self._workspace.on_event(AccountPlanned(plan=failed))
            return failed
        workspace, situation = self._workspace, surveyed.situation
        if self._refresh or self._stage is not None:
            situation = _forget(situation, self._stage)
        decision = decide(situation)
        if self._stage is not None and decision.action not in {"refused", "wait"}:
            decision = _only(decision, self._stage)
        request = situation.request
        account_id = situation.account.id if situation.account else None
        workspace.on_event(AccountStarted(account=request.account, action=decision.action))
        try:
            decision = checked(workspace, situation, decision)
            planned = self._plan(surveyed, situation, decision)
        except StageFailedError as failure:
            planned = self._failed(request.account, account_id, failure.diagnostics)
        except VendError as error:
            planned = self._failed(request.account, account_id, error.diagnostics)
        planned = replace(planned, subject=subject_of(workspace, situation, planned.action))
        workspace.prepared[request.account] = Prepared(
            request=request, situation=situation, decision=decision, roots=surveyed.roots
        )
        workspace.on_event(AccountPlanned(plan=planned))
        return planned

    def _plan(self, surveyed: Surveyed, situation: Situation, decision: Decision) -> AccountPlan:
        operations = list(decision.operations)
        if "settings" in decision.stages and situation.account is not None:
            operation = tag_operation(situation.request, self._workspace.aws.account_tags(situation.account.id))
            operations += [operation] if operation else []
        stages = tuple(
            [self._stage_plan(surveyed, situation, decision, name) for name in decision.stages]
            + [
                StagePlan(stage=name, state="follows", fingerprint=situation.fingerprints[name])
                for name in decision.follows
            ]
        )
        if "account" in decision.stages:
            operation = send_parameters(situation, stages)
            operations += [operation] if operation else []
        return self._account_plan(situation, decision, stages, tuple(operations))

    def _account_plan(
        self,
        situation: Situation,
        decision: Decision,
        stages: tuple[StagePlan, ...],
        operations: tuple[Operation, ...],
    ) -> AccountPlan:
        name = situation.request.account
        refused = [problem for stage in stages for problem in refuse_ending_accounts(name, stage.changes)]
        diagnostics = (*decision.diagnostics, *refused)
        return AccountPlan(
            account=name,
            account_id=situation.account.id if situation.account else None,
            action="refused" if has_errors(diagnostics) else refine(decision, situation, stages, operations),
            operations=operations,
            stages=stages,
            diagnostics=diagnostics,
        )

    def _stage_plan(self, surveyed: Surveyed, situation: Situation, decision: Decision, stage: Stage) -> StagePlan:
        fingerprint = situation.fingerprints[stage]
        root = surveyed.roots.get(stage)
        if root is None:
            return StagePlan(stage=stage, state="planned", fingerprint=fingerprint, hooks=False)
        run = RootRun(self._workspace, root, situation, decision)
        changes = run.plan()
        return StagePlan(
            stage=stage,
            state="planned",
            fingerprint=fingerprint,
            changes=changes,
            plan_file=str(self._workspace.plan_file(situation.request.account, stage)),
            hooks=self._hooks_due(surveyed, stage, changes),
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


def _only(decision: Decision, stage: Stage) -> Decision:
    return replace(
        decision,
        stages=tuple(name for name in decision.stages if name == stage),
        follows=tuple(name for name in decision.follows if name == stage),
        operations=tuple(operation for operation in decision.operations if operation.stage == stage),
    )
