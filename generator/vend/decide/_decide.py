"""From what is wanted and what exists to one action: a pure function and its table.

===========================================  =====================================  ==========
product (by name)                            account                                action
===========================================  =====================================  ==========
none                                         none has the email                     create
none                                         one has exactly the email and name,    enrol
                                             ACTIVE, and nothing manages it
none                                         one has the email, and is not so       refused
any, an operation is under way               any                                    wait
ERROR, never succeeded                       none                                   repair
ERROR, never succeeded                       exists                                 refused
AVAILABLE or TAINTED                         gone, or not ACTIVE                    refused
AVAILABLE or TAINTED                         email or name differ from the request  refused
AVAILABLE or TAINTED, not in state           ACTIVE                                 adopt
AVAILABLE or TAINTED, tainted in state       ACTIVE                                 repair
AVAILABLE or TAINTED, nothing differs        ACTIVE, in the wanted unit             none
AVAILABLE or TAINTED, something differs      ACTIVE                                 update
===========================================  =====================================  ==========

`update` is refined once the plan is known: to `move`, `customize`, `repair` or `none` (`refine`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from vend.decide._refusals import (
    account_gone,
    email_in_use,
    enrolled_without_product,
    half_made,
    label_changed,
    mismatches,
    product_missing,
)
from vend.decide._situation import Situation
from vend.errors import Diagnostic
from vend.models import ROOTS, AccountRequest, ContactKind, OrganizationAccount, ProvisionedProduct, Stage
from vend.plan import CHANGING, AccountAction, Operation, StagePlan

PRODUCT_TYPE = "aws_servicecatalog_provisioned_product"
_UNDER_WAY = frozenset({"UNDER_CHANGE", "PLAN_IN_PROGRESS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do with one account.

    Attributes:
        stages: the stages to plan now, in order.
        follows: the stages that can only be planned once an earlier one is done.
        adopt: id of the product to import.
        keep_adopted: the product stays as imported, its parameters untouched.
        existing_contacts: alternate contacts that the account has, and Terraform does not know; they are imported.
    """

    action: AccountAction
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
    if product is None or product.status in _UNDER_WAY:
        return False
    return "account" in due_stages(situation) or situation.misplaced or product.status == "TAINTED"


def decide(situation: Situation) -> Decision:
    """The action for one account, by the table above."""
    product, account = situation.product, situation.account
    if product is None:
        return _without_product(situation, account)
    if product.status in _UNDER_WAY:
        return Decision(action="wait", follows=_wanted(situation))
    if product.status == "ERROR" and not product.succeeded:
        return _failed_product(situation, product)
    if account is None:
        return _refused(account_gone(situation, product))
    problems = mismatches(situation, account)
    if problems:
        return _refused(*problems)
    return _existing(situation, product)


def _without_product(situation: Situation, account: OrganizationAccount | None) -> Decision:
    if situation.renamed_from is not None:
        return _refused(label_changed(situation, situation.renamed_from))
    return _create(situation) if account is None else _unmanaged(situation, account)


def _wanted(situation: Situation) -> tuple[Stage, ...]:
    return tuple(stage for stage in ROOTS if stage in situation.fingerprints)


def _create(situation: Situation) -> Decision:
    wanted = _wanted(situation)
    return Decision(
        action="create",
        stages=tuple(stage for stage in wanted if stage != "customizations"),
        follows=tuple(stage for stage in wanted if stage == "customizations"),
        operations=_tag_operation(situation, {}),
    )


def _unmanaged(situation: Situation, account: OrganizationAccount) -> Decision:
    """An account that exists without a product of the request's name: it is enrolled, if it is beyond doubt.

    Account Factory enrols the account whose email it is given; with any other email it makes a new account (user
    guide, enroll-account). Hence the address must be the account's own, letter by letter.
    """
    problems = [email_in_use(situation, account, situation.held_by)] if situation.held_by else []
    if not problems and account.enrolled:
        problems = [enrolled_without_product(situation, account)]
    problems = problems or mismatches(situation, account, exact=True)
    if problems:
        return _refused(*problems)
    due = due_stages(situation)
    vended_before = situation.applied is not None and situation.applied.account_id == account.id
    return Decision(
        action="enrol",
        diagnostics=(product_missing(situation, account),) if vended_before else (),
        stages=tuple(stage for stage in ROOTS if stage == "account" or stage in due),
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


def _failed_product(situation: Situation, product: ProvisionedProduct) -> Decision:
    if situation.account is not None:
        return _refused(half_made(situation, product))
    terminate = Operation(
        operation="terminate_failed",
        stage="account",
        before=product.id,
        precondition="the product is in ERROR, never succeeded, and no account has the request's email",
    )
    created = _create(situation)
    return replace(
        created,
        action="repair",
        stages=(),
        follows=_wanted(situation),
        operations=(terminate, *created.operations),
    )


def _existing(situation: Situation, product: ProvisionedProduct) -> Decision:
    stages = due_stages(situation)
    state = situation.state
    if situation.misplaced or product.status == "TAINTED":
        stages = tuple(stage for stage in ROOTS if stage == "account" or stage in stages)
    if not stages:
        return Decision(action="none")
    if state is not None and not state.known:
        return Decision(action="adopt", stages=stages, adopt=product.id, keep_adopted=not situation.misplaced)
    if state is not None and state.tainted and "account" in stages:
        untaint = Operation(
            operation="untaint",
            stage="account",
            before=product.id,
            precondition="the product is AVAILABLE or TAINTED in Service Catalog and its account is ACTIVE",
        )
        rest = tuple(stage for stage in stages if stage != "account")
        # Terraform may find nothing to change in it, or mend it: the operation looks again before it sends.
        again = (_send_parameters(situation),) if _is_off(situation, product) else ()
        return Decision(action="repair", stages=rest, follows=("account",), operations=(untaint, *again))
    keep = state is not None and state.adopted and not situation.misplaced
    return Decision(action="update", stages=stages, keep_adopted=keep)


def _tag_operation(situation: Situation, found: Mapping[str, str]) -> tuple[Operation, ...]:
    operation = tag_operation(situation.request, found)
    return (operation,) if operation else ()


def tag_operation(request: AccountRequest, found: Mapping[str, str]) -> Operation | None:
    """The operation that makes the account's tags exactly the request's; None when they are.

    Tags whose keys start with `aws:` belong to AWS and are left alone.
    """
    ours = {key: value for key, value in sorted(found.items()) if not key.startswith("aws:")}
    wanted = dict(sorted(request.tags.items()))
    if ours == wanted:
        return None
    return Operation(operation="tag", stage="settings", before=ours, after=wanted)


def send_parameters(situation: Situation, plans: tuple[StagePlan, ...]) -> Operation | None:
    """The operation that sends the product's parameters again; None when Terraform does it, or nothing is off.

    The provider never reads parameters back: a product whose account was moved by hand, or whose last
    update failed, looks unchanged to Terraform (hashicorp/terraform-provider-aws#31705).
    """
    if situation.product is None or not _is_off(situation, situation.product):
        return None
    for plan in plans:
        if any(c.type == PRODUCT_TYPE and c.action in {"update", "create"} for c in plan.changes):
            return None
    return _send_parameters(situation)


def _is_off(situation: Situation, product: ProvisionedProduct) -> bool:
    """Whether an update of the product would mend it; one that is TAINTED can be updated though it never succeeded."""
    return product.status == "TAINTED" or (product.succeeded and situation.misplaced)


def _send_parameters(situation: Situation) -> Operation:
    return Operation(
        operation="send_parameters",
        stage="account",
        before=situation.account.parent_id if situation.account else None,
        after=situation.wanted_unit.id,
        precondition="no operation on the product is under way",
    )


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


def _refused(*diagnostics: Diagnostic) -> Decision:
    return Decision(action="refused", diagnostics=diagnostics)
