"""Identity Center as Control Tower sets it up: groups, permission sets, and each account's user.

Names and assignments: Control Tower user guide, "IAM Identity Center groups for AWS Control Tower".
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any, ClassVar

from vend.models import FiledIdentityCenter

ADMINISTRATOR = "AWSAdministratorAccess"
CONTROL_TOWER_GROUPS = (
    "AWSAccountFactory",
    "AWSAuditAccountAdmins",
    "AWSControlTowerAdmins",
    "AWSLogArchiveAdmins",
    "AWSLogArchiveViewers",
    "AWSSecurityAuditPowerUsers",
    "AWSSecurityAuditors",
    "AWSServiceCatalogAdmins",
)
CONTROL_TOWER_PERMISSION_SETS = (
    ADMINISTRATOR,
    "AWSOrganizationsFullAccess",
    "AWSPowerUserAccess",
    "AWSReadOnlyAccess",
    "AWSServiceCatalogAdminFullAccess",
    "AWSServiceCatalogEndUserAccess",
)
_EVERY_ACCOUNT = (
    ("AWSControlTowerAdmins", "AWSOrganizationsFullAccess"),
    ("AWSSecurityAuditPowerUsers", "AWSPowerUserAccess"),
    ("AWSSecurityAuditors", "AWSReadOnlyAccess"),
)
_MANAGEMENT = (
    ("AWSAccountFactory", "AWSServiceCatalogEndUserAccess"),
    ("AWSServiceCatalogAdmins", "AWSServiceCatalogAdminFullAccess"),
    ("AWSControlTowerAdmins", ADMINISTRATOR),
)


class IdentityCenter:
    """The instance of one organization.

    Args:
        account_id: the management account.
        region: the home Region.
        groups: groups besides Control Tower's own.
        permission_sets: permission sets besides Control Tower's own.
        filed: the instance of a file; Control Tower's own groups and permission sets are then those it names.
    """

    KEPT: ClassVar[tuple[str, ...]] = ("instance_arn", "identity_store_id", "_groups", "_sets", "_users")

    def __init__(
        self,
        account_id: str,
        region: str,
        groups: Iterable[str] = (),
        permission_sets: Iterable[str] = (),
        filed: FiledIdentityCenter | None = None,
    ) -> None:
        from moto.identitystore.models import identitystore_backends
        from moto.ssoadmin.models import ssoadmin_backends

        self._sso: Any = ssoadmin_backends[account_id][region]
        self._store: Any = identitystore_backends[account_id][region]
        instance = self._sso.list_instances()[0]
        # moto's ids are no ids of identity stores, which have hexadecimal digits only.
        instance.identity_store_id = f"d-{secrets.token_hex(5)}" if filed is None else filed.identity_store_id
        if filed is not None:
            instance.instance_arn = filed.instance_arn
        self.instance_arn: str = instance.instance_arn
        self.identity_store_id: str = instance.identity_store_id
        own_groups = CONTROL_TOWER_GROUPS if filed is None else filed.groups
        own_sets = CONTROL_TOWER_PERMISSION_SETS if filed is None else filed.permission_sets
        self._groups = {name: self._make_group(name) for name in (*own_groups, *groups)}
        self._sets = {name: self._make_permission_set(name) for name in (*own_sets, *permission_sets)}
        self._users: dict[str, str] = {}
        for group, permission_set in _MANAGEMENT:
            self.let_in(account_id, group, permission_set)

    def add(self, groups: Iterable[str], permission_sets: Iterable[str]) -> None:
        """Creates the groups and permission sets that do not exist yet."""
        for name in groups:
            if name not in self._groups:
                self._groups[name] = self._make_group(name)
        for name in permission_sets:
            if name not in self._sets:
                self._sets[name] = self._make_permission_set(name)

    def permission_sets_on(self, account_id: str) -> set[str]:
        """Names of the permission sets that somebody has on an account."""
        names = {one.permission_set_arn: one.name for one in self._sso.permission_sets}
        assigned = (one for one in self._sso.account_assignments if one.target_id == account_id)
        return {names[one.permission_set_arn] for one in assigned if one.permission_set_arn in names}

    @property
    def portal(self) -> str:
        """The portal's address."""
        return f"https://{self.identity_store_id}.awsapps.com/start"

    def grant(self, account_id: str, *, email: str, first_name: str, last_name: str) -> None:
        """Creates an account's user if needed and assigns AWSAdministratorAccess to that user."""
        user_id = self._users.get(email.casefold()) or self._make_user(email, first_name, last_name)
        self._users[email.casefold()] = user_id
        self._assign(account_id, ADMINISTRATOR, "USER", user_id)

    def admit(self, account_id: str) -> None:
        """Assigns Control Tower's groups to an account that is being enrolled."""
        for group, permission_set in _EVERY_ACCOUNT:
            self.let_in(account_id, group, permission_set)

    def let_in(self, account_id: str, group: str, permission_set: str) -> None:
        """Grants a group its access if the instance has it; one that Control Tower does not manage may lack it."""
        if group in self._groups:
            self._assign(account_id, permission_set, "GROUP", self._groups[group])

    def _make_group(self, name: str) -> str:
        group_id, _ = self._store.create_group(self.identity_store_id, name, "")
        return str(group_id)

    def _make_permission_set(self, name: str) -> str:
        made = self._sso.create_permission_set(
            name=name,
            description=name,
            instance_arn=self.instance_arn,
            session_duration="PT1H",
            relay_state="",
            tags=[],
        )
        return str(made["PermissionSetArn"])

    def _make_user(self, email: str, first_name: str, last_name: str) -> str:
        user_id, _ = self._store.create_user(
            self.identity_store_id,
            user_name=email,
            name={"GivenName": first_name, "FamilyName": last_name},
            display_name=f"{first_name} {last_name}",
            nick_name=None,
            profile_url=None,
            emails=[{"Value": email}],
            addresses=None,
            phone_numbers=None,
            user_type=None,
            title=None,
            preferred_language=None,
            locale=None,
            timezone=None,
        )
        return str(user_id)

    def _assign(self, account_id: str, permission_set: str, kind: str, principal_id: str) -> None:
        if permission_set not in self._sets:
            return
        expected = (account_id, self._sets[permission_set], principal_id)
        for assignment in self._sso.account_assignments:
            if (assignment.target_id, assignment.permission_set_arn, assignment.principal_id) == expected:
                return
        self._sso.create_account_assignment(
            self.instance_arn, account_id, "AWS_ACCOUNT", self._sets[permission_set], kind, principal_id
        )
