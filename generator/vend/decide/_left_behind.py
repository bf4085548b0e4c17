"""What is said of an account or a product whose request is gone, with a way out."""

from __future__ import annotations

from vend.decide._facts import UNDER_WAY
from vend.decide._refusals import terminating
from vend.decide._situation import Departed
from vend.errors import Diagnostic


def departed_label_changed(departed: Departed) -> Diagnostic:
    """A new request is probably this account's."""
    name = departed.applied.account
    return Diagnostic(
        code="label-changed",
        summary=f'no request names "{name}" any more, and the new "{departed.renamed_to}" has its email or name',
        detail=f"A label does not change; account {departed.applied.account_id} is left as it is.",
        hint=f'give account "{departed.renamed_to}" its old label "{name}" back; if it is a new account, let go of '
        f"the old one, which stays as it is: `vend forget {name}`",
        account=name,
    )


def request_gone(departed: Departed) -> Diagnostic:
    """A warning: the account is kept."""
    name, account = departed.applied.account, departed.account
    kept = "is kept as it is" if account is None or account.state == "ACTIVE" else f"is {account.state}, and left so"
    return Diagnostic(
        severity="warning",
        code="request-gone",
        summary=f'no request names "{name}" any more; account {departed.applied.account_id} {kept}',
        hint=f"`vend forget {name}` ends this warning",
        account=name,
    )


def departed_gone(departed: Departed) -> Diagnostic:
    """A warning: there is no account to keep."""
    name, product = departed.applied.account, departed.product
    ending = f"end its product: {terminating(product.id)}, then " if product is not None else ""
    return Diagnostic(
        severity="warning",
        code="account-gone",
        summary=f'no request names "{name}" any more, and account {departed.applied.account_id} is not in the '
        "organization any more",
        hint=f"{ending}`vend forget {name}`: vend then knows nothing of it",
        account=name,
    )


def removal_not_allowed(departed: Departed) -> Diagnostic:
    """The account would be unmanaged or closed, and nobody said its name."""
    name, meaning = departed.applied.account, (departed.applied.request or {}).get("on_removal")
    approving = f"; or approve {departed.approval} in approvals.hcl" if departed.approval else ""
    return Diagnostic(
        code="removal-not-allowed",
        summary=f'no request names "{name}" any more, and its last one said on_removal = "{meaning}"',
        detail=f"Account {departed.applied.account_id} is left as it is until its removal is allowed by name.",
        hint=f"`vend apply --allow-removal {name}`{approving}",
        account=name,
    )


def product_left(departed: Departed) -> Diagnostic:
    """A warning: a product is there that no request names."""
    name, product = departed.applied.account, departed.product
    if product is None:
        raise LookupError("a warning that is about a product was given without one")
    left = f'product {product.id} ("{name}") is {product.status}, and no request names it any more'
    detail, account = product.status_message, departed.account
    if product.status in UNDER_WAY:
        hint = "Control Tower is at work on it: run `vend plan` again once it is done"
    elif product.status == "ERROR" and not product.succeeded and account is None:
        known = departed.email is not None
        hint = (
            "it failed before there was an account: `vend apply` terminates it"
            if known
            else f"if no account came of it: {terminating(product.id)}; otherwise bring its request back"
        )
    elif product.status == "ERROR" and not product.succeeded:
        detail = f"Account {account.id} has the email that it was sent. {detail or ''}".strip() if account else detail
        hint = f"bring its request back, or end the product, which leaves the account: {terminating(product.id)}"
    else:
        detail = f"It made account {product.account_id}, and a run ended before vend recorded that."
        hint = f"bring its request back, and vend adopts it; or end it: {terminating(product.id)}"
    return Diagnostic(severity="warning", code="product-left", summary=left, detail=detail, hint=hint, account=name)
