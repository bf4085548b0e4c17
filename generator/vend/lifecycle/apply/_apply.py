"""From the reviewed change set to its result: many accounts at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from vend.errors import Diagnostic, RefusedError
from vend.events import AccountFinished, RunFinished
from vend.lifecycle._origin import run_origin, run_started
from vend.lifecycle._workspace import Workspace
from vend.lifecycle.apply._account import AccountRun
from vend.lifecycle.apply._record import record_edit
from vend.lifecycle.apply._removal_run import remove
from vend.models import AccountResult, Report, StageResult, Status
from vend.plan import AccountPlan, Plan
from vend.review import denials
from vend.settings import Settings


def apply(workspace: Workspace, plan: Plan, *, max_failures: int | None = None) -> Report:
    """Applies a plan that was made in this workspace.

    One account's failure stops that account alone.

    Args:
        workspace: where the plan was made.
        plan: what was reviewed.
        max_failures: after so many failed accounts no other is begun; None for no limit.

    Raises:
        RefusedError: the fleet is frozen.
        LedgerError: the ledger cannot be written.
    """
    settings = workspace.fleet.settings
    refuse_frozen(settings)
    names = tuple(account.account for account in plan.accounts)
    workspace.on_event(run_started(workspace, "apply", names))
    workspace.ledger.start_run(workspace.run, "apply", workspace.now(), run_origin(workspace, plan))

    limit = _FailureLimit(max_failures)

    def one(account: AccountPlan) -> AccountResult:
        if limit.reached:
            return _not_begun(workspace, account)
        result = applied(account)
        limit.count(result)
        return result

    def applied(account: AccountPlan) -> AccountResult:
        _renew_fingerprints(workspace, account.account)
        prepared = workspace.prepared.get(account.account)
        if account.action == "none" and not account.stages:
            if prepared is not None:
                record_edit(workspace, prepared, account.account_id)
            result = AccountResult(account=account.account, account_id=account.account_id, status="succeeded")
            workspace.on_event(AccountFinished(result=result))
            return result
        if prepared is None:
            ends = account.action in {"unmanage", "close", "remove"}
            return remove(workspace, account) if ends else _refused(workspace, account)
        return AccountRun(workspace, prepared, account).run()

    workers = settings.control_tower.max_concurrent_operations + workspace.terraform.slots
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="apply") as pool:
        results = tuple(pool.map(one, plan.accounts))
    report = Report(
        run=workspace.run,
        status=_overall(results),
        terraform_runs=workspace.terraform.runs,
        results=results,
    )
    workspace.ledger.finish_run(workspace.run, report.status, report.to_json(), workspace.now())
    workspace.on_event(RunFinished(report=report))
    return report


def _renew_fingerprints(workspace: Workspace, account: str) -> None:
    """Writes what an older release remembered of an account in the form of today; another run's entry stays."""
    prepared = workspace.prepared.get(account)
    if prepared is None:
        return
    for stage, former in prepared.former.items():
        workspace.ledger.replace_fingerprint(account, stage, former, prepared.situation.fingerprints[stage])


def refuse_frozen(settings: Settings) -> None:
    """Stops an apply; called before the planning too, which would be for nothing.

    Raises:
        RefusedError: vend.hcl says `frozen = true`.
    """
    if settings.frozen:
        raise RefusedError(
            Diagnostic(
                code="fleet-frozen",
                summary="the fleet is frozen: plans yes, applies no",
                detail=settings.frozen_reason,
                hint="set `frozen = false` in vend.hcl",
                file="vend.hcl",
            )
        )


class _FailureLimit:
    """Counts accounts that failed; thread-safe."""

    def __init__(self, most: int | None) -> None:
        self._left = most
        self._lock = threading.Lock()

    @property
    def reached(self) -> bool:
        """Whether no other account is to be begun."""
        return self._left is not None and self._left <= 0

    def count(self, result: AccountResult) -> None:
        """Takes note of how an account ended."""
        with self._lock:
            if self._left is not None and result.status == "failed":
                self._left -= 1


def _not_begun(workspace: Workspace, plan: AccountPlan) -> AccountResult:
    problem = Diagnostic(
        severity="warning",
        code="failure-limit-reached",
        summary="not begun: too many accounts failed before",
        hint="fix those, then run `vend apply` again",
        account=plan.account,
    )
    stage = StageResult(stage="account", status="skipped", diagnostics=(problem,))
    result = AccountResult(account=plan.account, account_id=plan.account_id, status="skipped", stages=(stage,))
    workspace.on_event(AccountFinished(result=result))
    return result


def _refused(workspace: Workspace, plan: AccountPlan) -> AccountResult:
    stage = StageResult(stage="account", status="failed", diagnostics=denials(plan))
    result = AccountResult(account=plan.account, account_id=plan.account_id, status="failed", stages=(stage,))
    workspace.on_event(AccountFinished(result=result))
    return result


def _overall(results: tuple[AccountResult, ...]) -> Status:
    statuses = {result.status for result in results}
    if "aborted" in statuses:
        return "aborted"
    return "failed" if {"failed", "skipped"} & statuses else "succeeded"
