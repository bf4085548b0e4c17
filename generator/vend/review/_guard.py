"""What is never applied without having been reviewed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vend.errors import Diagnostic
from vend.plan import ChangeAction


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
            hint="run `vend plan` again: the account exists now, so the plan now shows this change",
            account=account,
        )
        for address, action in changes
        if action not in allowed and action not in quiet
    )
