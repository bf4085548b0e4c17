"""What Account Factory made an account with, which every update of its product must send again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from vend.decide import PRODUCT_TYPE
from vend.models import AccountRequest, Applied, MadeWith, OrganizationAccount, ProvisionedProduct

if TYPE_CHECKING:
    from vend.aws import Aws
    from vend.terraform import State, StateResource


def existing_made_with(
    aws: Aws,
    product: ProvisionedProduct,
    account: OrganizationAccount,
    applied: Applied | None,
    state: Callable[[], State | None],
) -> MadeWith:
    """The email and the name that the product of an account was sent when it last succeeded.

    The ledger says it; where that was lost, the product's outputs and the Terraform state do. The state alone does not:
    an update that failed stands in it as done (hashicorp/terraform-provider-aws#31705).

    Args:
        aws: asked for the outputs only where the state leaves a doubt.
        product: of the account.
        account: as it is now.
        applied: what the ledger knows of the label.
        state: reads the state of the `account` root.

    Raises:
        VendError: AWS or the state could not be read.
    """
    known = applied.made_with if applied is not None and applied.account_id == account.id else None
    if known is not None:
        return known
    sent = _sent(product_resource(state()), product)
    email = sent.get("AccountEmail")
    if product.status != "AVAILABLE" or email != account.email:
        email = aws.product_email(product) or email
    return MadeWith(email=email or account.email, name=sent.get("AccountName") or account.name)


def as_made(request: AccountRequest, made_with: MadeWith | None) -> bool:
    """Whether a request says what the account was made with, letter by letter."""
    return made_with is None or (request.email, request.name) == (made_with.email, made_with.name)


def product_resource(state: State | None) -> StateResource | None:
    """The provisioned product in the state of an `account` root; None where there is none."""
    if state is None:
        return None
    return next((resource for resource in state.resources if resource.type == PRODUCT_TYPE), None)


def sent_email(resource: StateResource | None) -> str | None:
    """The email that a product in a state was sent; None where the state does not say."""
    return _parameters(resource).get("AccountEmail") if resource is not None else None


def _sent(resource: StateResource | None, product: ProvisionedProduct) -> Mapping[str, str]:
    if resource is None or resource.id not in {None, product.id}:
        return {}
    return _parameters(resource)


def _parameters(resource: StateResource) -> dict[str, str]:
    found: Any = resource.attributes.get("provisioning_parameters") or ()
    return {str(one["key"]): str(one["value"]) for one in found if one.get("key") and one.get("value")}
