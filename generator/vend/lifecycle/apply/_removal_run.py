"""Accounts whose requests are gone, unmanaged and closed as planned."""

from __future__ import annotations

import time

from vend.decide import decide_departed
from vend.errors import AwsError, Diagnostic
from vend.events import AccountFinished, AccountStarted, StageFinished, StageProgress, StageStarted
from vend.lifecycle._workspace import Workspace
from vend.lifecycle.plan._removal import departed_account
from vend.lifecycle.roots._roots import StageFailedError
from vend.lifecycle.stages._operations import wait_for_product
from vend.lifecycle.stages._stage import ControlTowerSlot, account_busy, account_lease, run_stage
from vend.lifecycle.survey._fleet_survey import survey_fleet_again
from vend.models import AccountResult, ProvisionedProduct
from vend.plan import AccountPlan, Operation
from vend.review import operation_token

_CLOSING_PAUSE_SECONDS = 5.0
"""Between two tries to close an account while AWS closes others."""


def remove(workspace: Workspace, plan: AccountPlan) -> AccountResult:
    """Unmanages, and closes where that was asked for; a failure is this account's result."""
    workspace.on_event(AccountStarted(account=plan.account, action=plan.action))
    workspace.on_event(StageStarted(account=plan.account, stage="account", step=plan.action))
    with account_lease(workspace, plan.account) as under:
        result = run_stage(under or workspace, plan.account, "account", lambda: _remove(workspace, under, plan))
        if result.status == "succeeded":
            workspace.ledger.forget_account(plan.account)
    workspace.on_event(StageFinished(account=plan.account, result=result))
    done = AccountResult(
        account=plan.account,
        account_id=plan.account_id,
        status=result.status,
        changed=result.status == "succeeded",
        stages=(result,),
    )
    workspace.on_event(AccountFinished(result=done))
    return done


def _remove(workspace: Workspace, under: Workspace | None, plan: AccountPlan) -> None:
    if under is None:
        raise StageFailedError([account_busy(workspace, plan.account)])
    for operation in plan.operations:
        if operation.operation == "unmanage":
            _unmanage(under, plan)
        elif operation.operation == "close" and plan.account_id is not None:
            _close(under, plan.account, plan.account_id)
        elif operation.operation == "terminate_failed":
            _terminate_failed(under, plan, operation)


def _terminate_failed(workspace: Workspace, plan: AccountPlan, operation: Operation) -> None:
    """Terminates a product that failed before there was an account, if that still holds."""
    survey = survey_fleet_again(workspace, plan.account)
    applied = survey.scope.applied.get(plan.account)
    if applied is None or operation not in decide_departed(departed_account(workspace, survey, applied, ())).operations:
        raise StageFailedError(
            [
                Diagnostic(
                    code="precondition-failed",
                    summary=f"product {operation.before} is not to be terminated",
                    detail=f"It must hold that {operation.precondition}.",
                    hint="run `vend plan` again",
                )
            ]
        )
    with ControlTowerSlot(workspace, plan.account, needed=True, unmanages=True):
        product_id = str(operation.before)
        workspace.aws.terminate_product(product_id, token=operation_token("terminate", product_id, workspace.run))
        left = wait_for_product(workspace, plan.account)
    _refuse_left(left)


def _close(workspace: Workspace, account: str, account_id: str) -> None:
    """Closes an account; while AWS is closing as many as it does at once, waits until it takes one more."""
    deadline = time.monotonic() + workspace.fleet.settings.control_tower.timeout_minutes * 60.0
    while True:
        try:
            return workspace.aws.close_account(account_id)
        except AwsError as error:
            busy = any(problem.code == "closing-busy" for problem in error.diagnostics)
            if not busy or time.monotonic() > deadline:
                raise
        workspace.on_event(StageProgress(account=account, stage="account", step="waiting for other closures"))
        if workspace.stop.wait(_CLOSING_PAUSE_SECONDS):
            raise StageFailedError((), aborted=True)


def _unmanage(workspace: Workspace, plan: AccountPlan) -> None:
    """Terminates the product, if it still is this account's; waits for what another run has begun."""
    with ControlTowerSlot(workspace, plan.account, needed=True, unmanages=True):
        product = wait_for_product(workspace, plan.account)
        if product is None:
            return
        if product.account_id != plan.account_id:
            raise StageFailedError(
                [
                    Diagnostic(
                        code="precondition-failed",
                        summary=f"product {product.id} is not of account {plan.account_id}",
                        hint="run `vend plan` again",
                    )
                ]
            )
        # A token of an earlier run would have Service Catalog answer with the termination that failed then.
        workspace.aws.terminate_product(product.id, token=operation_token("unmanage", product.id, workspace.run))
        left = wait_for_product(workspace, plan.account)
    _refuse_left(left)


def _refuse_left(left: ProvisionedProduct | None) -> None:
    """Raises StageFailedError where a product is still there after it was terminated."""
    if left is not None:
        raise StageFailedError(
            [
                Diagnostic(
                    code="control-tower-failed",
                    summary=f"Control Tower left product {left.id} in {left.status}",
                    detail=left.status_message,
                    hint="mend what it names, then run it again",
                )
            ]
        )
