"""What is never applied, whatever was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vend.decide import PRODUCT_TYPE
from vend.errors import Diagnostic
from vend.plan import ChangeAction, ResourceChange

ORGANIZATION_ACCOUNT = "aws_organizations_account"
_ENDING: frozenset[ChangeAction] = frozenset({"replace", "destroy", "forget"})


def refuse_ending_accounts(account: str, changes: Iterable[ResourceChange]) -> tuple[Diagnostic, ...]:
    """An error for every planned end of a provisioned product, or of an account in Organizations.

    `prevent_destroy` does not stop a `removed` block, a renamed module label or a taint, so the plan
    itself is looked at. Terminating the product would unmanage the account; destroying
    `aws_organizations_account` would remove it from the organization.
    """
    return tuple(
        Diagnostic(
            code="product-would-end",
            summary=f"the plan would {change.action} {change.address}",
            detail="That would unmanage the account, or ask for a second one with an email in use.",
            hint="find out why Terraform wants it: a changed label, a taint, or a `removed` block in an override",
            account=account,
        )
        for change in changes
        if change.type in {PRODUCT_TYPE, ORGANIZATION_ACCOUNT} and change.action in _ENDING
    )


def refuse_unreviewed(
    account: str, changes: Iterable[tuple[str, ChangeAction]], allowed: Sequence[ChangeAction]
) -> tuple[Diagnostic, ...]:
    """An error for every change of a stage that nobody could review, beyond what such a stage may do.

    Args:
        account: the account request.
        changes: address and action of each planned change.
        allowed: the actions that a stage may take without a review of its plan.
    """
    quiet: frozenset[ChangeAction] = frozenset({"no-op", "read"})
    return tuple(
        Diagnostic(
            code="unreviewed-change",
            summary=f"the plan would {action} {address}, which nobody has reviewed",
            detail=f"A stage that could not be planned before may only {' or '.join(allowed)}.",
            hint="run `vend plan` again: the account exists now, so its plan shows this change",
            account=account,
        )
        for address, action in changes
        if action not in allowed and action not in quiet
    )
