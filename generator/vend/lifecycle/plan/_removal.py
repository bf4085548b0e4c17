"""Accounts whose requests are gone: kept, unless that was asked for and confirmed by name."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import replace
from typing import Literal

from vend.errors import AwsError, Diagnostic, RefusedError
from vend.events import AccountFinished, AccountStarted, StageFinished, StageProgress, StageStarted
from vend.lifecycle._workspace import Workspace
from vend.lifecycle.plan._policies import policies_of
from vend.lifecycle.roots._roots import StageFailedError
from vend.lifecycle.stages._operations import wait_for_product
from vend.lifecycle.stages._stage import ControlTowerSlot, account_busy, account_lease, performed
from vend.lifecycle.survey._account_facts import left_behind
from vend.lifecycle.survey._changed_labels import probable_renames
from vend.models import AccountResult, Applied
from vend.plan import AccountPlan, Operation
from vend.review import SHOWN, operation_token, violation_digest

_CLOSING_PAUSE_SECONDS = 5.0
"""Between two tries to close an account while AWS closes others."""


def gone(workspace: Workspace) -> tuple[Applied, ...]:
    """What was applied once and is in no request now, sorted.

    Raises:
        RefusedError: there is no request at all: rather the folder is missing than every account is.
    """
    applied = workspace.ledger.applied()
    wanted = {request.account for request in workspace.fleet.requests}
    left = tuple(applied[name] for name in sorted(applied) if name not in wanted and applied[name].account_id)
    if left and not wanted:
        raise RefusedError(
            Diagnostic(
                code="requests-gone",
                summary=f"the fleet has no account requests, and {len(left)} accounts were vended from it",
                detail="A folder that is missing is no wish to remove every account.",
                hint="bring the requests back; to remove accounts, keep at least one request",
            )
        )
    return left


def plan_removal(workspace: Workspace, applied: Applied, allowed: Collection[str]) -> AccountPlan:
    """What happens to an account whose request is gone.

    Its last applied request said what deleting the block means; anything but keeping the account must be
    allowed by name besides.
    """
    return replace(_removal(workspace, applied, allowed), subject=left_behind(workspace, applied))


def _removal(workspace: Workspace, applied: Applied, allowed: Collection[str]) -> AccountPlan:
    meaning = str((applied.request or {}).get("on_removal", "retain"))
    name, account_id = applied.account, applied.account_id
    renamed = probable_renames(workspace.fleet.requests, workspace.ledger.applied()).get(name)
    if renamed is not None:
        refused = Diagnostic(
            code="label-changed",
            summary=f'no request names "{name}" any more, and the new "{renamed}" has its email or name',
            detail=f"A label does not change; account {account_id} is left as it is.",
            hint=f'give account "{renamed}" its old label "{name}" back',
            account=name,
        )
        return AccountPlan(account=name, account_id=account_id, action="refused", diagnostics=(refused,))
    if meaning == "retain":
        kept = Diagnostic(
            severity="warning",
            code="request-gone",
            summary=f'no request names "{name}" any more; account {account_id} is kept as it is',
            account=name,
        )
        return AccountPlan(account=name, account_id=account_id, action="none", diagnostics=(kept,))
    action: Literal["close", "unmanage"] = "close" if meaning == "close" else "unmanage"
    violation = violation_digest("account-would-end", name, (action, account_id or ""))
    if name not in allowed and not policies_of(workspace).approved_by(violation):
        refused = Diagnostic(
            code="removal-not-allowed",
            summary=f'no request names "{name}" any more, and its last one said on_removal = "{meaning}"',
            detail=f"Account {account_id} is left as it is until its removal is allowed by name.",
            hint=f"vend apply --allow-removal {name}; or approve {violation[:SHOWN]} in approvals.hcl",
            account=name,
        )
        return AccountPlan(account=name, account_id=account_id, action="refused", diagnostics=(refused,))
    product = workspace.aws.provisioned_products().get(name)
    operations = []
    if product is not None:
        operations.append(
            Operation(
                operation="unmanage",
                stage="account",
                before=product.id,
                precondition="the product still belongs to this account",
            )
        )
    if meaning == "close":
        operations.append(
            Operation(operation="close", stage="account", before=account_id, precondition="the account is unmanaged")
        )
    return AccountPlan(
        account=name,
        account_id=account_id,
        action=action,
        operations=tuple(operations),
    )


def remove(workspace: Workspace, plan: AccountPlan) -> AccountResult:
    """Unmanages, and closes where that was asked for; a failure is this account's result."""
    workspace.on_event(AccountStarted(account=plan.account, action=plan.action))
    workspace.on_event(StageStarted(account=plan.account, stage="account", step=plan.action))
    with account_lease(workspace, plan.account) as held:
        result = performed(workspace, plan.account, "account", lambda: _remove(workspace, plan, held=held))
    workspace.on_event(StageFinished(account=plan.account, result=result))
    if result.status == "succeeded":
        workspace.ledger.forget_account(plan.account)
    done = AccountResult(
        account=plan.account,
        account_id=plan.account_id,
        status=result.status,
        changed=result.status == "succeeded",
        stages=(result,),
    )
    workspace.on_event(AccountFinished(result=done))
    return done


def _remove(workspace: Workspace, plan: AccountPlan, *, held: bool) -> None:
    if not held:
        raise StageFailedError([account_busy(plan.account)])
    for operation in plan.operations:
        if operation.operation == "unmanage":
            _unmanage(workspace, plan)
        elif operation.operation == "close" and plan.account_id is not None:
            _close(workspace, plan.account, plan.account_id)


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
