"""What happens to one account, stage by stage.

::

    lease ─► pre_account ─► operations, account, verified ─► post_account
          ─► tag, settings ─► pre_customizations ─► customizations ─► post_customizations
                                   a failure anywhere ─► on_failure, and this account alone stops
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from vend.decide import PRODUCT_TYPE, decide
from vend.errors import Diagnostic
from vend.events import AccountFinished, AccountStarted, StageFinished, StageProgress, StageStarted
from vend.lifecycle._workspace import PreparedAccount, Workspace
from vend.lifecycle.apply._look_again import found_done
from vend.lifecycle.apply._record import record_account
from vend.lifecycle.roots._roots import RootRun, StageFailedError
from vend.lifecycle.stages._hooks import HookRun
from vend.lifecycle.stages._operations import OperationRun
from vend.lifecycle.stages._readiness import retried, wait_until_enterable
from vend.lifecycle.stages._stage import ControlTowerSlot, account_busy, account_lease, run_stage
from vend.lifecycle.survey._account_survey import FailedSurvey, survey_account_again
from vend.models import (
    ROOTS,
    AccountResult,
    AppliedStage,
    OrganizationAccount,
    Stage,
    StageName,
    StageResult,
    Status,
)
from vend.plan import CHANGING, AccountPlan, ChangeAction, Operation, ResourceChange, StagePlan
from vend.review import denials, refuse_unreviewed, stage_digest, without_secrets

_FIRST: tuple[ChangeAction, ...] = ("create",)
_RESUMED: tuple[ChangeAction, ...] = ("create", "import", "update")
_OWNER: dict[StageName, Stage] = {
    "pre_account": "account",
    "account": "account",
    "post_account": "account",
    "settings": "settings",
    "pre_customizations": "customizations",
    "customizations": "customizations",
    "post_customizations": "customizations",
}
"""The root whose stage a hook belongs to: it counts as applied only when its hooks are done too."""


class AccountRun:
    """Applies one account's plan; a failure is its result, never an exception.

    Args:
        workspace: from `open_workspace`.
        prepared: what planning found out.
        plan: what was reviewed.
    """

    def __init__(self, workspace: Workspace, prepared: PreparedAccount, plan: AccountPlan) -> None:
        self._workspace = workspace
        self._prepared = prepared
        self._plan = plan
        self._account = plan.account
        self._account_id = plan.account_id
        self._results: list[StageResult] = []
        self._changed = False
        self._is_new = plan.action in {"create", "enrol", "wait"}

    def run(self) -> AccountResult:
        """Everything that is due for this account."""
        self._workspace.on_event(AccountStarted(account=self._account, action=self._plan.action))
        with account_lease(self._workspace, self._account) as under:
            if under is None:
                status = self._fail("account", [account_busy(self._workspace, self._account)])
            else:
                self._workspace = under
                status = self._stages()
        result = AccountResult(
            account=self._account,
            account_id=self._account_id,
            status=status,
            changed=self._changed,
            stages=tuple(self._results),
        )
        self._workspace.on_event(AccountFinished(result=result))
        return result

    def _stages(self) -> Status:
        if self._plan.action in {"refused", "failed"}:
            return self._fail("account", denials(self._plan))
        try:
            if self._plan.action == "wait":
                self._do("account", self._resume)
            elif (ended := self._look_again()) is not None:
                return ended
            for stage in ROOTS:
                planned = next((p for p in self._plan.stages if p.stage == stage), None)
                if planned is not None:
                    self._stage(planned)
        except _StoppedError as stopped:
            self._skip_rest()
            self._on_failure(stopped.result)
            return stopped.result.status
        self._record_account()
        return "succeeded"

    def _look_again(self) -> Status | None:
        """How the account ended before it began: done by another run meanwhile, or changed; None where it did not.

        Nothing is remembered of it: what another run has recorded is newer.
        """
        done: list[OrganizationAccount] = []

        def look() -> None:
            found = found_done(self._workspace, self._prepared)
            done.extend([found] if found is not None else [])

        stage = self._plan.stages[0].stage if self._plan.stages else "account"
        result = run_stage(self._workspace, self._account, stage, look)
        if result.status != "succeeded":
            self._finished(replace(result, diagnostics=self._shown(result.diagnostics)))
            self._skip_rest()
            return result.status
        if done:
            self._account_id = done[0].id
            return "succeeded"
        return None

    def _stage(self, planned: StagePlan) -> None:
        stage = planned.stage
        quiet = self._is_quiet(planned)
        if not quiet and stage != "settings":
            self._hooks("pre_account" if stage == "account" else "pre_customizations")
        self._do(stage, lambda: self._apply_stage(planned))
        if not quiet and stage != "settings":
            self._hooks("post_account" if stage == "account" else "post_customizations")
        self._record_stage(planned, "succeeded")

    def _is_quiet(self, planned: StagePlan) -> bool:
        """Whether the stage has nothing to do but be remembered, so that no hook need run."""
        operations = any(operation.stage == planned.stage for operation in self._plan.operations)
        return planned.state == "planned" and not (planned.hooks or planned.count(*CHANGING) or operations)

    def _apply_stage(self, planned: StagePlan) -> None:
        for operation in self._plan.operations:
            if operation.stage == planned.stage and operation.operation != "send_parameters":
                self._operation(operation)
        root = self._prepared.roots.get(planned.stage)
        if root is not None:
            run = RootRun(
                self._workspace, root, self._prepared.situation, self._prepared.decision, account_id=self._account_id
            )
            self._apply_root(run, planned)
        for operation in self._plan.operations:
            if operation.stage == planned.stage and operation.operation == "send_parameters":
                self._operation(operation)
        if planned.stage == "account":
            self._account_id = OperationRun(self._workspace, self._prepared).verify()
            self._record_account()
            if self._is_new and self._is_entered():
                wait_until_enterable(self._workspace, self._account, self._account_id)

    def _is_entered(self) -> bool:
        """Whether something of this run works inside the account."""
        hooks = HookRun(self._workspace, self._prepared.request, "post_account", self._account_id)
        return hooks.any or any(planned.stage == "customizations" for planned in self._plan.stages)

    def _apply_root(self, run: RootRun, planned: StagePlan) -> None:
        if planned.state == "follows" and self._is_new and planned.stage == "customizations":
            retried(self._workspace, self._account, planned.stage, lambda: self._apply_unreviewed(run))
        elif planned.state == "follows":
            self._apply_unreviewed(run)
        elif not planned.count(*CHANGING):
            return
        elif planned.plan_file is None or (self._plan.account_id is None and planned.stage != "account"):
            self._apply_again(run, planned)
        else:
            self._apply_saved(run, planned.changes)

    def _apply_unreviewed(self, run: RootRun) -> None:
        """Plans and applies what could not be planned before: it may only make new things."""
        actions = run.plan_actions()
        allowed = _FIRST if self._plan.action == "create" else _RESUMED
        problems = refuse_unreviewed(self._account, actions, allowed)
        if problems:
            raise StageFailedError(problems)
        if any(action in CHANGING for _, action in actions):
            self._apply_changes(run, drives=run.stage == "account")

    def _apply_again(self, run: RootRun, planned: StagePlan) -> None:
        """Plans what has no saved plan that can be applied, and applies it if it is what was reviewed.

        That is a stage that was planned together with other accounts', and one that was planned with a placeholder
        before its account existed.
        """
        changes = run.plan().changes
        again = replace(planned, changes=changes)
        if stage_digest(again, self._account_id) != stage_digest(planned, self._plan.account_id):
            raise StageFailedError(
                [
                    Diagnostic(
                        code="changed-since-review",
                        summary=f"the plan of {planned.stage} is not the one that was reviewed",
                        hint="run `vend plan` again and review what is new",
                        account=self._account,
                    )
                ]
            )
        self._apply_saved(run, changes)

    def _apply_saved(self, run: RootRun, changes: Sequence[ResourceChange]) -> None:
        drives = any(c.type == PRODUCT_TYPE and c.action in {"create", "update"} for c in changes)
        self._apply_changes(run, drives=drives)

    def _apply_changes(self, run: RootRun, *, drives: bool) -> None:
        """Applies the saved plan; `drives` says whether Control Tower is asked to do something.

        What failed half way has changed AWS as well, and so has Control Tower when it was asked and failed.
        """
        try:
            with self._slot_if(drives):
                run.apply()
        except StageFailedError as failure:
            self._changed = self._changed or failure.changed or (drives and failure.begun)
            raise
        self._changed = True

    def _operation(self, operation: Operation) -> None:
        self._workspace.on_event(
            StageProgress(account=self._account, stage=operation.stage, step=operation.operation.replace("_", " "))
        )
        run = OperationRun(self._workspace, self._prepared)
        unmanages = operation.operation == "terminate_failed"
        needed = unmanages or operation.operation == "send_parameters"
        with ControlTowerSlot(self._workspace, self._account, needed=needed, unmanages=unmanages):
            run.perform(operation, self._account_id)
        self._changed = True

    def _slot_if(self, needed: bool) -> ControlTowerSlot:  # noqa: FBT001 - reads as a sentence
        return ControlTowerSlot(self._workspace, self._account, needed=needed)

    def _resume(self) -> None:
        """Waits for an operation that an earlier run left under way, then goes on where it stopped."""
        OperationRun(self._workspace, self._prepared).wait()
        surveyed = survey_account_again(self._workspace, self._prepared.request)
        if isinstance(surveyed, FailedSurvey):
            raise StageFailedError(surveyed.diagnostics)
        decision = decide(surveyed.situation)
        if decision.action in {"refused", "wait"}:
            raise StageFailedError(
                decision.diagnostics
                or [Diagnostic(code="still-under-change", summary="Control Tower is still at work on the account")]
            )
        self._prepared = replace(self._prepared, situation=surveyed.situation, decision=decision, roots=surveyed.roots)
        fingerprints = surveyed.situation.fingerprints
        self._account_id = surveyed.situation.account.id if surveyed.situation.account else None
        self._plan = replace(
            self._plan,
            account_id=self._account_id,
            operations=(*decision.operations, *OperationRun(self._workspace, self._prepared).tags()),
            stages=tuple(
                StagePlan(stage=stage, state="follows", fingerprint=fingerprints[stage])
                for stage in ROOTS
                if stage in decision.stages or stage in decision.follows
            ),
        )

    def _hooks(self, stage: StageName) -> None:
        hooks = HookRun(self._workspace, self._prepared.request, stage, self._account_id)
        if hooks.any:
            self._do(stage, hooks.run)
            self._changed = True

    def _on_failure(self, result: StageResult) -> None:
        hooks = HookRun(self._workspace, self._prepared.request, "on_failure", self._account_id, failed=result)
        if hooks.any and not self._workspace.stop.is_set():
            try:
                self._do("on_failure", hooks.run)
            except _StoppedError:
                return  # recorded as this hook's own result; the first failure stays the account's

    def _do(self, stage: StageName, work: Callable[[], None]) -> None:
        """Does one stage, and records how it ended.

        Raises:
            _StoppedError: it failed, or the user asked to stop.
        """
        self._workspace.on_event(StageStarted(account=self._account, stage=stage))
        result = run_stage(self._workspace, self._account, stage, work)
        result = replace(result, diagnostics=self._shown(result.diagnostics))
        self._finished(result)
        if result.status != "succeeded":
            for planned in self._plan.stages:
                if planned.stage == _OWNER.get(stage):
                    self._record_stage(planned, result.status)
            raise _StoppedError(result)

    def _finished(self, result: StageResult) -> None:
        self._results.append(result)
        self._workspace.on_event(StageFinished(account=self._account, result=result))
        self._workspace.ledger.record_event(
            run=self._workspace.run,
            at=self._workspace.now(),
            account=self._account,
            stage=result.stage,
            kind=result.status,
            payload={
                "seconds": round(result.seconds, 3),
                "codes": [d.code for d in result.diagnostics],
                "summaries": [d.summary for d in result.diagnostics],
            },
        )

    def _fail(self, stage: StageName, diagnostics: Iterable[Diagnostic]) -> Status:
        self._finished(StageResult(stage=stage, status="failed", diagnostics=self._shown(diagnostics)))
        return "failed"

    def _shown(self, diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
        return without_secrets(diagnostics, self._plan, self._workspace.fleet.settings.review)

    def _skip_rest(self) -> None:
        done = {result.stage for result in self._results}
        for planned in self._plan.stages:
            if planned.stage not in done:
                self._finished(StageResult(stage=planned.stage, status="skipped"))

    def _record_stage(self, planned: StagePlan, status: Status) -> None:
        workspace = self._workspace
        if workspace.lease is not None and workspace.lease.lost:
            return  # another run may have recorded more by now
        entry = AppliedStage(fingerprint=planned.fingerprint, status=status, run=workspace.run, at=workspace.now())
        workspace.ledger.record_stage(self._account, planned.stage, entry)

    def _record_account(self) -> None:
        record_account(self._workspace, self._prepared, self._account_id)


class _StoppedError(Exception):
    """This account goes no further; `result` says why."""

    def __init__(self, result: StageResult) -> None:
        self.result = result
        super().__init__(result.stage)
