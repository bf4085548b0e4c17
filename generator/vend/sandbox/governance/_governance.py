"""What Control Tower governs: organizational units, and the accounts it has enrolled in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from vend.sandbox.access._identity_center import IdentityCenter
from vend.sandbox.governance._control_tower_resources import ControlTowerResources
from vend.sandbox.governance._refusals import CANNOT_ASSUME
from vend.sandbox.organizations._organization import Organization

_NAMED_UNIT = re.compile(r"(.*) \((ou-[a-z0-9]{4,32}-[a-z0-9]{8,32})\)", re.DOTALL)
_ROLE_EXISTS = (
    "AWS Control Tower cannot create the IAM role {name} because the role already exists. To continue, delete the "
    "existing IAM role and try again."
)
_CONFIG_EXISTS = (
    "AWS Control Tower cannot create an AWS Config {kind} because one already exists. To continue, delete the existing "
    "{kind} and try again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why an account cannot be enrolled.

    Attributes:
        precheck: the code by which the pre-check of a unit's registration names it.
        text: what Account Factory says.
    """

    precheck: str
    text: str


class Governance:
    """The registered units of a landing zone, and its enrolled accounts.

    Args:
        organization: where both are.
        identity_center: who gets into an enrolled account.
        resources: Control Tower's resources in accounts.
    """

    KEPT: ClassVar[tuple[str, ...]] = ("registered", "enrolled")

    def __init__(
        self, organization: Organization, identity_center: IdentityCenter, resources: ControlTowerResources
    ) -> None:
        self.organization = organization
        self.identity_center = identity_center
        self.resources = resources
        self.registered: set[str] = set()
        """The ids of the governed units."""
        self.enrolled: dict[str, str] = {}
        """Enrolled accounts, with the unit in which each is enrolled."""

    def unit_of(self, value: str) -> str | None:
        """The registered unit that a product's parameter names: `Name` below the root, `Name (ou-…)` anywhere."""
        named = _NAMED_UNIT.fullmatch(value)
        for unit in self.organization.units():
            fits = (
                (unit.name, unit.id) == named.groups()
                if named
                else unit.name == value and unit.parent_id == self.organization.root_id
            )
            if fits and unit.id in self.registered:
                return str(unit.id)
        return None

    def allowed_units(self) -> Iterator[str]:
        """`Name (ou-…)` of every registered unit, as the product's parameter lists them."""
        for unit in self.organization.units():
            if unit.id in self.registered:
                yield f"{unit.name} ({unit.id})"

    def enrol(self, account_id: str, unit_id: str, *, new: bool = False) -> None:
        """Puts an account into a unit under Control Tower's governance.

        Args:
            account_id: the account.
            unit_id: the unit.
            new: whether Control Tower has just made the account; only then its default VPCs go.
        """
        self.organization.move(account_id, unit_id)
        self.organization.add_execution_role(account_id)
        if account_id not in self.enrolled:
            self.identity_center.admit(account_id)
            self.resources.govern(account_id, new=new)
        self.enrolled[account_id] = unit_id

    def release(self, account_id: str) -> None:
        """Ends the governance of an account. It stays in its unit, and access to it does not change."""
        if self.enrolled.pop(account_id, None) is not None:
            self.resources.release(account_id)

    def obstacle(self, account_id: str) -> Obstacle | None:
        """What keeps an account from being enrolled, if anything does."""
        if not self.organization.is_active(account_id):
            return Obstacle(precheck="SUSPENDED_ACCOUNT", text=CANNOT_ASSUME)
        role = self.resources.leftover_role(account_id)
        if role is not None:
            return Obstacle(precheck="EXISTING_IAM_ROLE", text=_ROLE_EXISTS.format(name=role))
        config = self.resources.leftover_config(account_id)
        if config is not None:
            return Obstacle(precheck="CONFIG_RECORDER_CHECK", text=_CONFIG_EXISTS.format(kind=config))
        return None

    def misplaced(self, unit_id: str) -> Iterator[str]:
        """The accounts that make a unit's baseline drift: enrolled but moved away, or in the unit but not enrolled."""
        for account_id, enrolled_in in self.enrolled.items():
            account = self.organization.account(account_id)
            if enrolled_in == unit_id and (account is None or account.parent_id != unit_id):
                yield account_id
        for account in self.organization.accounts_in(unit_id):
            if self.enrolled.get(account.id) != unit_id:
                yield account.id
