"""Operations that are decided on once it is known what Terraform will do."""

from __future__ import annotations

from collections.abc import Mapping

from vend.decide._situation import Situation
from vend.models import AccountRequest, OrganizationAccount, ProvisionedProduct
from vend.plan import Operation, StagePlan

PRODUCT_TYPE = "aws_servicecatalog_provisioned_product"


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
    if situation.product is None or not is_off(situation, situation.product):
        return None
    for plan in plans:
        if any(c.type == PRODUCT_TYPE and c.action in {"update", "create"} for c in plan.changes):
            return None
    return send_operation(situation)


def is_off(situation: Situation, product: ProvisionedProduct) -> bool:
    """Whether an update of the product would mend it; one that is TAINTED can be updated though it never succeeded."""
    return product.status != "AVAILABLE" or (product.succeeded and situation.misplaced)


def _unit_now(account: OrganizationAccount) -> str:
    """The unit whose baseline the account has, where that is another than the one it is in."""
    return account.enrolled_in or account.parent_id


def send_operation(situation: Situation) -> Operation:
    """Sends all parameters of the product again, those with which the account was made as they were."""
    return Operation(
        operation="send_parameters",
        stage="account",
        before=_unit_now(situation.account) if situation.account else None,
        after=situation.wanted_unit.id,
        precondition="no operation on the product is under way",
    )
