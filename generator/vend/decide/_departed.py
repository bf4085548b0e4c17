"""What becomes of an account whose request is gone: it is kept, unless that was asked for and confirmed by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from vend.decide import _left_behind as left_behind
from vend.decide._decide import Decision
from vend.decide._facts import facts_of_departed
from vend.decide._situation import Departed
from vend.decide._table import row_of
from vend.errors import Diagnostic
from vend.plan import Operation


def decide_departed(departed: Departed) -> Decision:
    """The action for one account that no request names any more, by the table."""
    row = row_of(facts_of_departed(departed))
    return replace(UNDER_ROW[row.name](departed), row=row.name, action=row.action)


def _told(say: Callable[[Departed], Diagnostic]) -> Callable[[Departed], Decision]:
    return lambda departed: Decision(action="none", diagnostics=(say(departed),))


def _terminate_failed(departed: Departed) -> Decision:
    product = departed.product
    terminate = Operation(
        operation="terminate_failed",
        stage="account",
        before=product.id if product else None,
        precondition="the product is in ERROR, never succeeded, and no account has the email that it was sent",
    )
    return Decision(action="remove", operations=(terminate,), diagnostics=(left_behind.product_left(departed),))


def _unmanage(departed: Departed) -> Decision:
    if departed.product is None:
        return Decision(action="unmanage")
    operation = Operation(
        operation="unmanage",
        stage="account",
        before=departed.product.id,
        precondition="the product still belongs to this account",
    )
    return Decision(action="unmanage", operations=(operation,))


def _close(departed: Departed) -> Decision:
    close = Operation(
        operation="close",
        stage="account",
        before=departed.applied.account_id,
        precondition="the account is unmanaged",
    )
    return Decision(action="close", operations=(*_unmanage(departed).operations, close))


UNDER_ROW: Mapping[str, Callable[[Departed], Decision]] = {
    "departed-label-changed": _told(left_behind.departed_label_changed),
    "nothing-left": lambda _: Decision(action="none"),
    "failed-product-left": _terminate_failed,
    "product-left": _told(left_behind.product_left),
    "departed-gone": _told(left_behind.departed_gone),
    "retained": _told(left_behind.request_gone),
    "removal-not-allowed": _told(left_behind.removal_not_allowed),
    "unmanage": _unmanage,
    "close-closed": _unmanage,
    "close": _close,
}
"""What is done under each row for an account whose request is gone."""
