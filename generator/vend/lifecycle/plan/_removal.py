"""Accounts whose requests are gone: kept, unless that was asked for and confirmed by name."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import TYPE_CHECKING, Literal

from vend.decide import Departed, decide_departed
from vend.errors import AwsError, Diagnostic, RefusedError
from vend.events import AccountFinished, AccountStarted, StageFinished, StageProgress, StageStarted
from vend.lifecycle._workspace import Workspace
from vend.lifecycle.plan._policies import policies_of
from vend.lifecycle.roots._roots import StageFailedError
from vend.lifecycle.stages._operations import wait_for_product
from vend.lifecycle.stages._stage import ControlTowerSlot, account_busy, account_lease, performed
from vend.lifecycle.survey._account_facts import left_behind
from vend.lifecycle.survey._changed_labels import probable_renames
from vend.lifecycle.survey._made_with import product_resource, sent_email
from vend.models import AccountResult, Applied, ProvisionedProduct
from vend.plan import AccountPlan, Operation
from vend.review import SHOWN, operation_token, violation_digest

if TYPE_CHECKING:
    from vend.terraform import State

_CLOSING_PAUSE_SECONDS = 5.0
"""Between two tries to close an account while AWS closes others."""


def gone(workspace: Workspace) -> tuple[Applied, ...]:
    """What was applied once, or tried, and is in no request now, sorted; not what was tried and left nothing.

    Raises:
        RefusedError: there is no request at all: rather the folder is missing than every account is.
        AwsError: AWS refused a look-up.
    """
    applied = workspace.ledger.applied()
    wanted = {request.account for request in workspace.fleet.requests}
    left = tuple(applied[name] for name in sorted(applied) if name not in wanted)
    vended = sum(entry.account_id is not None for entry in left)
    if vended and not wanted:
        raise RefusedError(
            Diagnostic(
                code="requests-gone",
                summary=f"the fleet has no account requests, and {vended} accounts were vended from it",
                detail="A folder that is missing is no wish to remove every account.",
                hint="bring the requests back; to remove accounts, keep at least one request",
            )
        )
    if vended == len(left):
        return left
    products = workspace.aws.provisioned_products()
    return tuple(entry for entry in left if entry.account_id is not None or entry.account in products)


def plan_removal(workspace: Workspace, applied: Applied, allowed: Collection[str]) -> AccountPlan:
    """What happens to an account whose request is gone.

    Its last applied request said what deleting the block means; anything but keeping the account must be
    allowed by name besides.
    """
    departed = _departed(workspace, applied, allowed)
    decision = decide_departed(departed)
    return AccountPlan(
        account=applied.account,
        account_id=applied.account_id,
        action=decision.action,
        operations=decision.operations,
        diagnostics=decision.diagnostics,
        subject=left_behind(workspace, applied),
    )


def _departed(workspace: Workspace, applied: Applied, allowed: Collection[str]) -> Departed:
    """An account that no request names, as it is now."""
    name, meaning = applied.account, str((applied.request or {}).get("on_removal", "retain"))
    organization = workspace.aws.organization()
    renames = probable_renames(workspace.fleet.requests, workspace.ledger.applied(), organization)
    action: Literal["close", "unmanage"] = "close" if meaning == "close" else "unmanage"
    violation = violation_digest("account-would-end", name, (action, applied.account_id or ""))
    product = workspace.aws.provisioned_products().get(name)
    account, email = organization.accounts.get(applied.account_id or ""), applied.email
    if applied.account_id is None and product is not None:
        product = workspace.aws.provisioned_product(name)
        email = sent_email(product_resource(_state(workspace, name)))
        account = organization.account_by_email(email) if email is not None else None
    return Departed(
        applied=applied,
        product=product,
        account=account,
        email=email,
        allowed=name in allowed or bool(policies_of(workspace).approved_by(violation)),
        renamed_to=renames.get(name),
        approval=violation[:SHOWN],
    )


def _state(workspace: Workspace, account: str) -> State | None:
    from vend.terraform import read_state

    content = workspace.read_state(account, "account")
    return read_state(content) if content is not None else None


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
        elif operation.operation == "terminate_failed":
            _terminate_failed(workspace, plan, operation)


def _terminate_failed(workspace: Workspace, plan: AccountPlan, operation: Operation) -> None:
    """Terminates a product that failed before there was an account, if that still holds."""
    workspace.aws.refresh()
    applied = workspace.ledger.applied().get(plan.account)
    if applied is None or operation not in decide_departed(_departed(workspace, applied, ())).operations:
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
