"""The organization: moto holds it, this reads and changes it by path, name and id."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from vend.models import FiledAccount

EXECUTION_ROLE = "AWSControlTowerExecution"
MODIFIED = (
    "AWS Organizations can't complete your request because it conflicts with another attempt to modify the same "
    "entity. Try again later."
)
"""hashicorp/terraform-provider-aws#9195"""
_NAME_AND_ID = re.compile(r"(?:(?P<name>.*\S)\s*\()?(?P<id>ou-[0-9a-z]{4,32}-[0-9a-z]{8,32})(?(name)\)|)")


class Organization:
    """One organization with its root, units and accounts.

    Args:
        management_account_id: whose organization it is.
        region: where the calls come from.
        most_accounts: the quota of accounts.
    """

    KEPT: ClassVar[tuple[str, ...]] = ("_gone",)

    def __init__(self, management_account_id: str, region: str, most_accounts: int) -> None:
        from moto.organizations.models import organizations_backends

        self.management_account_id = management_account_id
        self.most_accounts = most_accounts
        self._gone: set[str] = set()
        """Addresses, in lower case, of accounts that left the organization or were closed for good."""
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
        """All organizational units without the root."""
        return (unit for unit in list(self._backend.ou) if unit.id != self.root_id)

    def accounts(self) -> list[Any]:
        """All accounts, including the management account."""
        return list(self._backend.accounts)

    def unit(self, unit_id: str) -> Any | None:
        """A unit by its id."""
        return next((unit for unit in self.units() if unit.id == unit_id), None)

    def account(self, account_id: str) -> Any | None:
        """An account by its id."""
        return next((account for account in self._backend.accounts if account.id == account_id), None)

    def known(self, account_id: str) -> Any:
        """An account that must exist."""
        return self._backend.get_account_by_id(account_id)

    def account_by_email(self, email: str) -> Any | None:
        """An account by its root email, compared case-insensitively; a closed account keeps its own."""
        folded = email.casefold()
        return next((account for account in self._backend.accounts if account.email.casefold() == folded), None)

    def is_reserved(self, email: str) -> bool:
        """Whether an address belongs to an account that is no longer in the organization."""
        return email.casefold() in self._gone

    @property
    def counted_accounts(self) -> int:
        """Accounts as the quota counts them: a closed account counts for as long as it is listed."""
        return len(self._backend.accounts)

    @property
    def is_full(self) -> bool:
        """Whether the quota of accounts is used up."""
        return self.counted_accounts >= self.most_accounts

    def accounts_in(self, parent_id: str) -> list[Any]:
        """The accounts directly in a unit, or below the root."""
        return [account for account in self._backend.accounts if account.parent_id == parent_id]

    def is_active(self, account_id: str) -> bool:
        """Whether an account belongs to the organization and is ACTIVE."""
        account = self.account(account_id)
        return account is not None and account.state == "ACTIVE"

    def is_usable(self, account_id: str) -> bool:
        """Whether calls from inside an account are answered: until its closure is complete, they are."""
        account = self.account(account_id)
        return account is not None and account.state in {"ACTIVE", "PENDING_CLOSURE"}

    def set_state(self, account_id: str, state: str) -> None:
        """Brings an account into one of AWS's states, and moto's retired `Status` along with it."""
        account = self.known(account_id)
        account.state, account.status = state, status_for(state)

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

    def ensure_named(self, text: str) -> tuple[str, ...]:
        """The units that a setting names, parents first: all on a path, or that of `Name (ou-id)` with this very id.

        Where a unit sits that is named by its id, nobody knows. It is made below the root, or, where a unit of its
        name is there already, below one that is made for it.
        """
        named = _NAME_AND_ID.fullmatch(text)
        if named is None:
            names = text.split("/")
            return tuple(self.ensure_path("/".join(names[:depth])) for depth in range(1, len(names) + 1))
        name, unit_id = named["name"] or named["id"], named["id"]
        if self.unit(unit_id) is not None:
            return (unit_id,)
        taken = any(unit.parent_id == self.root_id and unit.name == name for unit in self.units())
        above = (self.ensure_path(f"Above {unit_id}"),) if taken else ()
        self.add_unit(unit_id, name, above[0] if above else self.root_id)
        return (*above, unit_id)

    def path_of(self, unit_id: str) -> str:
        """A unit's names from the root, joined with `/`; empty for the root."""
        names: list[str] = []
        while (unit := self.unit(unit_id)) is not None:
            names.append(unit.name)
            unit_id = unit.parent_id
        return "/".join(reversed(names))

    def create_account(
        self,
        *,
        name: str,
        email: str,
        parent_id: str | None = None,
        role: str = EXECUTION_ROLE,
        tags: Mapping[str, str] | None = None,
    ) -> str:
        """A new account with a role that trusts management, below the root unless a parent is given; its id."""
        listed = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
        status = self._backend.create_account(AccountName=name, Email=email, RoleName=role, Tags=listed)
        account_id = str(status["CreateAccountStatus"]["AccountId"])
        self.move(account_id, parent_id or self.root_id)
        return account_id

    def take_ids(self, organization_id: str, root_id: str) -> None:
        """Replaces the ids of a new organization that has only the management account."""
        organization = self._backend.org
        for member in (*self._backend.accounts, *self._backend.ou):
            member.organization_id = organization_id
        (root,) = self._backend.ou
        for account in self._backend.accounts:
            account.parent_id = root_id
        organization.id, organization.root_id, root.id = organization_id, root_id, root_id

    def add_unit(self, unit_id: str, name: str, parent_id: str) -> None:
        """Creates a unit with the given id."""
        made = self._backend.create_organizational_unit(Name=name, ParentId=parent_id)
        self._backend.get_organizational_unit_by_id(made["OrganizationalUnit"]["Id"]).id = unit_id

    def add_account(self, filed: FiledAccount) -> None:
        """Creates an account with the given id and no role that can be assumed; updates the management account."""
        from moto.iam.models import iam_backends
        from moto.organizations.models import organizations_backends

        account = self.account(filed.id)
        if account is None:
            made = self.create_account(name=filed.name, email=filed.email)
            account = self.known(made)
            del iam_backends[made]
            owners = organizations_backends.master_accounts
            owners[filed.id] = owners.pop(made)
            account.id = filed.id
        account.name, account.email, account.parent_id = filed.name, filed.email, filed.parent_id
        account.tags = dict(filed.tags)
        self.set_state(account.id, filed.state)

    def remove(self, account_id: str) -> None:
        """Removes an account from the organization; its address stays reserved."""
        self._gone.add(self.known(account_id).email.casefold())
        self._backend.remove_account_from_organization(AccountId=account_id)

    def delete_unit(self, unit_id: str) -> None:
        """Deletes a unit and detaches its policies."""
        unit = self.unit(unit_id)
        for policy in self._backend.policies:
            policy.attachments = [target for target in policy.attachments if target is not unit]
        self._backend.delete_organizational_unit(OrganizationalUnitId=unit_id)

    def move(self, account_id: str, parent_id: str) -> None:
        """Puts an account into another unit, or below the root."""
        self._backend.get_account_by_id(account_id).parent_id = parent_id

    def has_execution_role(self, account_id: str) -> bool:
        """Whether Control Tower can assume its role in an account."""
        role = self._execution_role(account_id)
        management = f"arn:aws:iam::{self.management_account_id}:root"
        return role is not None and management in str(role.assume_role_policy_document)

    def execution_role_trusts_another(self, account_id: str) -> bool:
        """Whether an account has `AWSControlTowerExecution` and Control Tower cannot use it."""
        return self._execution_role(account_id) is not None and not self.has_execution_role(account_id)

    def add_execution_role(self, account_id: str) -> None:
        """Creates `AWSControlTowerExecution` in an account that lacks it."""
        from moto.iam.models import iam_backends

        if self._execution_role(account_id) is None:
            trust = {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": f"arn:aws:iam::{self.management_account_id}:root"},
                        "Action": "sts:AssumeRole",
                    }
                ],
            }
            iam_backends[account_id]["aws"].create_role(
                role_name=EXECUTION_ROLE,
                assume_role_policy_document=json.dumps(trust),
                path="/",
                permissions_boundary=None,
                description="",
                tags=[],
                max_session_duration="3600",
            )

    @staticmethod
    def _execution_role(account_id: str) -> Any | None:
        from moto.iam.exceptions import NotFoundException
        from moto.iam.models import iam_backends

        try:
            return iam_backends[account_id]["aws"].get_role(EXECUTION_ROLE)
        except NotFoundException:
            return None

    def policy(self, policy_id: str) -> Any | None:
        """A policy by its id."""
        return next((policy for policy in self._backend.policies if policy.id == policy_id), None)

    def policies_on(self, target_id: str) -> list[Any]:
        """The policies attached to a unit, the root or an account."""
        return [
            policy for policy in self._backend.policies if any(target.id == target_id for target in policy.attachments)
        ]

    def create_policy(self, name: str, content: str) -> str:
        """A new service control policy, attached to nothing; its id."""
        made = self._backend.create_policy(
            Name=name, Description="", Type="SERVICE_CONTROL_POLICY", Content=content, Tags=[]
        )
        return str(made["Policy"]["PolicySummary"]["Id"])

    def attach_policy(self, policy_id: str, unit_id: str) -> None:
        """Attaches a policy to a unit, if it is not attached there already."""
        self._backend.attach_policy(PolicyId=policy_id, TargetId=unit_id)

    def delete_policy(self, policy_id: str) -> None:
        """Detaches a policy from all its targets and deletes it. Does nothing if it does not exist."""
        policy = self.policy(policy_id)
        if policy is not None:
            for target in list(policy.attachments):
                self._backend.detach_policy(PolicyId=policy_id, TargetId=target.id)
            self._backend.delete_policy(PolicyId=policy_id)

    def trusts(self, service: str) -> bool:
        """Whether a service has trusted access to the organization."""
        return any(one["ServicePrincipal"] == service for one in self._backend.services)

    def trust(self, service: str) -> None:
        """Gives a service trusted access to the organization."""
        self._backend.enable_aws_service_access(ServicePrincipal=service)


def status_for(state: str) -> str:
    """The `Status` that Organizations gave before it was retired: SUSPENDED for closed accounts, too.

    Source: documentation of CloseAccount in botocore's model. What it was for PENDING_ACTIVATION is not documented.
    """
    return state if state in {"ACTIVE", "PENDING_CLOSURE"} else "SUSPENDED"
