"""From what is wanted and what exists to one action: the row of the table, and what is done under it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from vend.decide import _refusals as refusals
from vend.decide._facts import UNDER_WAY, Due, facts_of
from vend.decide._operations import is_off, send_operation, tag_operation
from vend.decide._situation import Situation
from vend.decide._table import row_of
from vend.errors import Diagnostic
from vend.models import ROOTS, ContactKind, OrganizationAccount, ProvisionedProduct, Stage
from vend.plan import CHANGING, AccountAction, Operation, StagePlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do with one account.

    Attributes:
        row: name of the table's row.
        stages: the stages to plan now, in order.
        follows: the stages that can only be planned once an earlier one is done.
        adopt: id of the product to import.
        keep_adopted: the product stays as imported, its parameters untouched.
        existing_contacts: alternate contacts that the account has, and Terraform does not know; they are imported.
    """

    action: AccountAction
    row: str = ""
    stages: tuple[Stage, ...] = ()
    follows: tuple[Stage, ...] = ()
    operations: tuple[Operation, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    adopt: str | None = None
    keep_adopted: bool = False
    existing_contacts: tuple[ContactKind, ...] = ()


def due_stages(situation: Situation) -> tuple[Stage, ...]:
    """The stages whose fingerprint is not the one last applied with success, in order."""
    applied = situation.applied.stages if situation.applied else {}

    def due(stage: Stage) -> bool:
        wanted = situation.fingerprints.get(stage)
        last = applied.get(stage)
        if wanted is None:
            return False
        return last is None or last.status != "succeeded" or last.fingerprint != wanted

    return tuple(stage for stage in ROOTS if due(stage))


def needs_state(situation: Situation) -> bool:
    """Whether the decision depends on the Terraform state of the `account` root."""
    product = situation.product
    if product is None or product.status in UNDER_WAY:
        return False
    return "account" in due_stages(situation) or situation.misplaced or product.status != "AVAILABLE"


def decide(situation: Situation) -> Decision:
    """The action for one account that a request names, by the table."""
    due = due_stages(situation)
    kind = Due.ACCOUNT if "account" in due else Due.OTHERS if due else Due.NOTHING
    row = row_of(facts_of(situation, due=kind))
    return replace(UNDER_ROW[row.name](situation), row=row.name, action=row.action)


def _wanted(situation: Situation) -> tuple[Stage, ...]:
    return tuple(stage for stage in ROOTS if stage in situation.fingerprints)


def _with_account(situation: Situation) -> tuple[Stage, ...]:
    due = due_stages(situation)
    return tuple(stage for stage in ROOTS if stage == "account" or stage in due)


def _wait(situation: Situation) -> Decision:
    return Decision(action="wait", follows=_wanted(situation))


def _create(situation: Situation) -> Decision:
    wanted = _wanted(situation)
    tags = tag_operation(situation.request, {})
    return Decision(
        action="create",
        stages=tuple(stage for stage in wanted if stage != "customizations"),
        follows=tuple(stage for stage in wanted if stage == "customizations"),
        operations=(tags,) if tags else (),
    )


def _enrol(situation: Situation) -> Decision:
    """An account that exists without a product of the request's name, and is beyond doubt.

    Account Factory enrols the account whose email it is given; with any other email it makes a new account (user
    guide, enroll-account). Hence the address must be the account's own, letter by letter.
    """
    account = _account(situation)
    vended_before = situation.applied is not None and situation.applied.account_id == account.id
    return Decision(
        action="enrol",
        diagnostics=(refusals.product_missing(situation, account),) if vended_before else (),
        stages=_with_account(situation),
        operations=(
            Operation(
                operation="enrol",
                stage="account",
                before=account.id,
                after=situation.wanted_unit.path,
                precondition=f'account {account.id} is ACTIVE, has exactly the email "{account.email}", is managed by '
                "nothing, has the role AWSControlTowerExecution, and no AWS Config in any governed Region",
            ),
        ),
    )


def _made_anew(situation: Situation) -> Decision:
    terminate = Operation(
        operation="terminate_failed",
        stage="account",
        before=_product(situation).id,
        precondition="the product is in ERROR, never succeeded, and no account has the request's email",
    )
    created = _create(situation)
    return replace(created, stages=(), follows=_wanted(situation), operations=(terminate, *created.operations))


def _stale_state(situation: Situation) -> Decision:
    """A run was killed between making the present product and writing it into the state.

    Importing into an address that the state has is no import; reading again is what takes a product out that is gone.
    """
    product, state = _product(situation), situation.state
    forget = Operation(
        operation="forget_product",
        stage="account",
        before=state.product_id if state else None,
        after=product.id,
        precondition="the product in the state is not in Service Catalog any more",
    )
    rest = tuple(stage for stage in _with_account(situation) if stage != "account")
    return Decision(
        action="repair",
        stages=rest,
        follows=("account",),
        operations=(forget, *_sent_again(situation)),
        adopt=product.id,
        keep_adopted=True,
    )


def _adopt(situation: Situation) -> Decision:
    keep = not situation.misplaced
    return Decision(action="adopt", stages=_with_account(situation), adopt=_product(situation).id, keep_adopted=keep)


def _untaint(situation: Situation) -> Decision:
    untaint = Operation(
        operation="untaint",
        stage="account",
        before=_product(situation).id,
        precondition="the product is AVAILABLE or TAINTED in Service Catalog and its account is ACTIVE",
    )
    rest = tuple(stage for stage in _with_account(situation) if stage != "account")
    # Terraform may find nothing to change in it, or mend it: the operation looks again before it sends.
    return Decision(action="repair", stages=rest, follows=("account",), operations=(untaint, *_sent_again(situation)))


def _sent_again(situation: Situation) -> tuple[Operation, ...]:
    return (send_operation(situation),) if is_off(situation, _product(situation)) else ()


def _update(situation: Situation) -> Decision:
    off = situation.misplaced or _product(situation).status != "AVAILABLE"
    state = situation.state
    return Decision(
        action="update",
        stages=_with_account(situation) if off else due_stages(situation),
        keep_adopted=state is not None and state.adopted and not situation.misplaced,
    )


def _account(situation: Situation) -> OrganizationAccount:
    if situation.account is None:
        raise LookupError("a row of the table that needs an account took a situation without one")
    return situation.account


def _product(situation: Situation) -> ProvisionedProduct:
    if situation.product is None:
        raise LookupError("a row of the table that needs a product took a situation without one")
    return situation.product


def _refused(why: Callable[[Situation], tuple[Diagnostic, ...]]) -> Callable[[Situation], Decision]:
    return lambda situation: Decision(action="refused", diagnostics=why(situation))


UNDER_ROW: Mapping[str, Callable[[Situation], Decision]] = {
    "under-way": _wait,
    "label-changed": _refused(refusals.label_changed),
    "email-in-use": _refused(refusals.email_in_use),
    "account-gone": _refused(refusals.account_gone),
    "create": _create,
    "not-active": _refused(refusals.mismatches),
    "enrolled-without-product": _refused(refusals.enrolled_without_product),
    "enrol-other-email": _refused(refusals.mismatches),
    "enrol-other-name": _refused(refusals.mismatches),
    "enrol": _enrol,
    "failed-email-in-use": _refused(refusals.email_in_use),
    "failed-account-gone": _refused(refusals.account_gone),
    "failed": _made_anew,
    "failed-not-active": _refused(refusals.mismatches),
    "half-made": _refused(refusals.half_made),
    "account-left": _refused(refusals.account_gone),
    "existing-not-active": _refused(refusals.mismatches),
    "existing-other-email": _refused(refusals.mismatches),
    "existing-other-name": _refused(refusals.mismatches),
    "stale-state": _stale_state,
    "adopt": _adopt,
    "tainted": _untaint,
    "broken": _update,
    "moved": _update,
    "moved-by-hand": _update,
    "differs": _update,
    "none": lambda _: Decision(action="none"),
}
"""What is done under each row for an account that a request names."""


def refine(
    decision: Decision, situation: Situation, plans: tuple[StagePlan, ...], operations: tuple[Operation, ...]
) -> AccountAction:
    """The action as people call it, once it is known what the plan holds."""
    if decision.action != "update":
        return decision.action
    changed = {plan.stage for plan in plans if plan.count(*CHANGING)}
    if any(operation.operation == "send_parameters" for operation in operations):
        return "move" if _unit_changed(situation) else "repair"
    if "account" in changed and situation.misplaced:
        return "move"
    if operations or changed & {"account", "settings"}:
        return "update"
    acts = any(plan.hooks or plan.stage in changed for plan in plans if plan.stage == "customizations")
    return "customize" if acts else "none"


def _unit_changed(situation: Situation) -> bool:
    applied = situation.applied
    return applied is None or applied.organizational_unit != situation.wanted_unit.path
