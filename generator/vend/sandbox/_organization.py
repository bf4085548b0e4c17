"""The organization: moto holds it, this reads and changes it by path, name and id."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

EXECUTION_ROLE = "AWSControlTowerExecution"


class Organization:
    """One organization with its root, units and accounts.

    Args:
        management_account_id: whose organization it is.
        region: where the calls come from.
    """

    def __init__(self, management_account_id: str, region: str) -> None:
        from moto.organizations.models import organizations_backends

        self.management_account_id = management_account_id
        self._backend: Any = organizations_backends[management_account_id]["aws"]
        self._backend.create_organization(region)
        self._backend.enable_policy_type(RootId=self.root_id, PolicyType="SERVICE_CONTROL_POLICY")
        management = self._backend.get_account_by_id(management_account_id)
        management.name, management.joined_method = "Management", "INVITED"

    @property
    def id(self) -> str:
        """`o-…`."""
        return str(self._backend.org.id)

    @property
    def root_id(self) -> str:
        """`r-…`."""
        return str(self._backend.org.root_id)

    def unit_arn(self, unit_id: str) -> str:
        """A unit's ARN."""
        return f"arn:aws:organizations::{self.management_account_id}:ou/{self.id}/{unit_id}"

    def account_arn(self, account_id: str) -> str:
        """An account's ARN."""
        return f"arn:aws:organizations::{self.management_account_id}:account/{self.id}/{account_id}"

    def units(self) -> Iterator[Any]:
        """Every organizational unit, the root not among them."""
        return (unit for unit in list(self._backend.ou) if unit.id != self.root_id)

    def accounts(self) -> list[Any]:
        """Every account, the management account among them."""
        return list(self._backend.accounts)

    def unit(self, unit_id: str) -> Any | None:
        """A unit by its id."""
        return next((unit for unit in self.units() if unit.id == unit_id), None)

    def account(self, account_id: str) -> Any | None:
        """An account by its id."""
        return next((account for account in self._backend.accounts if account.id == account_id), None)

    def account_by_email(self, email: str) -> Any | None:
        """An account by its root email, compared case-insensitively."""
        wanted = email.casefold()
        return next((account for account in self._backend.accounts if account.email.casefold() == wanted), None)

    def is_open(self, account_id: str) -> bool:
        """Whether an account belongs to the organization and is neither suspended nor closed."""
        account = self.account(account_id)
        return account is not None and account.state == "ACTIVE"

    def ensure_path(self, path: str) -> str:
        """The id of the unit at a path below the root, made with its parents where it does not exist."""
        parent = self.root_id
        for name in path.split("/"):
            found = next((unit for unit in self.units() if unit.parent_id == parent and unit.name == name), None)
            if found is None:
                made = self._backend.create_organizational_unit(Name=name, ParentId=parent)
                parent = made["OrganizationalUnit"]["Id"]
            else:
                parent = found.id
        return parent

    def path_of(self, unit_id: str) -> str:
        """A unit's names from the root, joined with `/`; empty for the root."""
        names: list[str] = []
        while (unit := self.unit(unit_id)) is not None:
            names.append(unit.name)
            unit_id = unit.parent_id
        return "/".join(reversed(names))

    def create_account(self, *, name: str, email: str, parent_id: str | None = None) -> str:
        """A new account with `AWSControlTowerExecution`, below the root unless a parent is given; its id."""
        status = self._backend.create_account(AccountName=name, Email=email, RoleName=EXECUTION_ROLE)
        account_id = str(status["CreateAccountStatus"]["AccountId"])
        self.move(account_id, parent_id or self.root_id)
        return account_id

    def move(self, account_id: str, parent_id: str) -> None:
        """Puts an account into another unit, or below the root."""
        self._backend.get_account_by_id(account_id).parent_id = parent_id

    def has_execution_role(self, account_id: str) -> bool:
        """Whether Control Tower can get into an account."""
        from moto.iam.exceptions import NotFoundException
        from moto.iam.models import iam_backends

        try:
            role = iam_backends[account_id]["aws"].get_role(EXECUTION_ROLE)
        except NotFoundException:
            return False
        return f"arn:aws:iam::{self.management_account_id}:root" in str(role.assume_role_policy_document)
