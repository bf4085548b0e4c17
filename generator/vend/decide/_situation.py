"""One account: what is wanted, what exists, what was last done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vend.models import (
    AccountRequest,
    Applied,
    OrganizationAccount,
    OrganizationalUnit,
    ProvisionedProduct,
    Stage,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductState:
    """What the Terraform state of the `account` root says of the product.

    Attributes:
        known: whether the product is in it.
        tainted: whether Terraform would replace it.
        adopted: whether it was imported and never changed since (its parameters are not in the state).
    """

    known: bool
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
        fingerprints: of what would be applied now; a stage with nothing in it is absent.
        state: None where it was not read because nothing depends on it.
    """

    request: AccountRequest
    product: ProvisionedProduct | None
    account: OrganizationAccount | None
    wanted_unit: OrganizationalUnit
    applied: Applied | None
    fingerprints: Mapping[Stage, str] = field(default_factory=dict)
    state: ProductState | None = None
    held_by: str | None = None
    renamed_from: str | None = None

    @property
    def misplaced(self) -> bool:
        """Whether the account sits in another unit than the wanted one."""
        return self.account is not None and self.account.parent_id != self.wanted_unit.id
