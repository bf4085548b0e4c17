"""One account: what is wanted, what exists, what was last done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from vend.models import (
    AccountRequest,
    Applied,
    MadeWith,
    OrganizationAccount,
    OrganizationalUnit,
    ProvisionedProduct,
    Stage,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductState:
    """What the Terraform state of the `account` root says of the product.

    Attributes:
        known: whether a product is in it.
        product_id: which; None where it does not say.
        tainted: whether Terraform would replace it.
        adopted: whether it was imported and never changed since (its parameters are not in the state).
    """

    known: bool
    product_id: str | None = None
    tainted: bool = False
    adopted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """One account: what is wanted, what exists, what was last done.

    Attributes:
        product: found by the request's slug.
        account: the product's account, else the one that has the request's email.
        held_by: name of another provisioned product that has this account.
        renamed_from: label of an applied request that is gone and whose email or name this new one has.
        wanted_unit: where the request puts it.
        made_with: what Account Factory made the account with; None where there is no product yet.
        fingerprints: of what would be applied now; a stage with nothing in it is absent.
        state: None where it was not read because nothing depends on it.
    """

    request: AccountRequest
    product: ProvisionedProduct | None
    account: OrganizationAccount | None
    wanted_unit: OrganizationalUnit
    applied: Applied | None
    made_with: MadeWith | None = None
    fingerprints: Mapping[Stage, str] = field(default_factory=dict)
    state: ProductState | None = None
    held_by: str | None = None
    renamed_from: str | None = None

    @property
    def misplaced(self) -> bool:
        """Whether the account is not governed as one of the wanted unit: it sits elsewhere, or its baseline does.

        An account that was moved by hand to the unit that its request names next has the baseline of the one before.
        """
        account = self.account
        if account is None:
            return False
        elsewhere = account.enrolled_in is not None and account.enrolled_in != self.wanted_unit.id
        return account.parent_id != self.wanted_unit.id or elsewhere

    @property
    def gone_account_id(self) -> str | None:
        """Id of the account that the product or the ledger knows, where the organization does not have it."""
        if self.account is not None:
            return None
        if self.product is not None and self.product.account_id is not None:
            return self.product.account_id
        return self.applied.account_id if self.applied is not None else None

    @property
    def product_request(self) -> AccountRequest:
        """The request as Account Factory is sent it: with the email and the name that the account was made with."""
        if self.made_with is None:
            return self.request
        return replace(self.request, email=self.made_with.email, name=self.made_with.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Departed:
    """One account that was asked for once, and is in no request now.

    Attributes:
        applied: what the ledger knows of it.
        product: found by its label.
        account: the one that the ledger knows; where it knows none, the one with the email that was asked for.
        email: what was asked for, as far as that is known; None where it is not.
        allowed: whether what its last request said of its removal may be done.
        renamed_to: label of a new request that has its email or name.
        approval: digest by which `approvals.hcl` can allow the removal, as it is shown.
    """

    applied: Applied
    product: ProvisionedProduct | None
    account: OrganizationAccount | None
    email: str | None = None
    allowed: bool = False
    renamed_to: str | None = None
    approval: str = ""
