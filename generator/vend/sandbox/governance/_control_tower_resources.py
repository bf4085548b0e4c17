"""Resources that Control Tower manages inside accounts, created when a call first reaches their service.

A thousand accounts then cost no more than what is looked at. Names: Control Tower user guide, considerations for
bringing existing security accounts, existing Config resources, how Control Tower works with roles.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from vend.sandbox.governance import _resource_kinds as kinds
from vend.sandbox.governance._estate import Estate

_SERVICES = ("iam", "config", "sns", "logs", "events", "ec2", "cloudtrail")


class ControlTowerResources:
    """Control Tower's resources in the accounts of one landing zone.

    Args:
        estate: its accounts and names.
        permission_sets_on: names of the permission sets that are assigned on an account.
    """

    KEPT: ClassVar[tuple[str, ...]] = ("pending", "made")
    KEPT_AS: ClassVar[Mapping[str, str]] = {"ControlTowerResources": "Traces"}

    def __init__(self, estate: Estate, permission_sets_on: Callable[[str], set[str]]) -> None:
        self.estate = estate
        self._permission_sets_on = permission_sets_on
        self.pending: dict[str, set[str]] = {}
        """Account → services whose resources are created when a call first reaches them."""
        self.made: dict[str, set[str]] = {}
        """Account → services whose resources exist."""
        self._roles: Mapping[str, Callable[[Estate, str], None]] = {
            "iam": kinds.create_roles,
            "config": kinds.create_config,
            "sns": kinds.create_topics,
            "logs": kinds.create_log_groups,
            "events": kinds.create_rules,
            "ec2": kinds.remove_default_vpcs,
            "cloudtrail": kinds.create_trail,
        }

    def govern(self, account_id: str, *, new: bool) -> None:
        """Marks an account as governed; a new account also loses its default VPCs."""
        self.pending[account_id] = {service for service in _SERVICES if new or service != "ec2"}

    def release(self, account_id: str) -> None:
        """Marks an account as no longer governed: Control Tower's resources go, default VPCs do not come back."""
        pending = self.pending.pop(account_id, set())
        if "ec2" in pending:
            self.pending[account_id] = {"ec2"}
        for service in self.made.pop(account_id, set()):
            kinds.CLEARED_BY.get(service, _nothing)(self.estate, account_id)

    def ensure(self, account_id: str, service: str) -> None:
        """Creates the resources that a call to a service in an account must find."""
        pending = self.pending.get(account_id, set())
        if service in pending:
            pending.discard(service)
            self._roles[service](self.estate, account_id)
            self.made.setdefault(account_id, set()).add(service)
        if service == "iam":
            kinds.match_reserved_roles(self.estate, account_id, self._permission_sets_on(account_id))

    def leftover_role(self, account_id: str) -> str | None:
        """The name of a role of Control Tower's in an account that it does not govern."""
        return None if self._governs(account_id) else kinds.leftover_role(account_id)

    def leftover_config(self, account_id: str) -> str | None:
        """The recorder or delivery channel that an account that is not governed has in a governed Region."""
        return None if self._governs(account_id) else kinds.leftover_config(account_id, self.estate.regions)

    def _governs(self, account_id: str) -> bool:
        return bool(self.pending.get(account_id, set()) - {"ec2"}) or account_id in self.made


def _nothing(estate: Estate, account_id: str) -> None:
    del estate, account_id
