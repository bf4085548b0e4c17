"""What Control Tower leaves inside accounts, made when a call first reaches the service that holds it.

A thousand accounts then cost no more than what is looked at. Names: Control Tower user guide, considerations for
bringing existing security accounts, existing Config resources, how Control Tower works with roles.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from vend.sandbox.governance import _leftover_resources as kinds
from vend.sandbox.governance._estate import Estate

_SERVICES = ("iam", "config", "sns", "logs", "events", "ec2", "cloudtrail")


class Traces:
    """The traces of one landing zone.

    Args:
        estate: its accounts and names.
        permission_sets_on: names of the permission sets that are assigned on an account.
    """

    KEPT: ClassVar[tuple[str, ...]] = ("pending", "made")

    def __init__(self, estate: Estate, permission_sets_on: Callable[[str], set[str]]) -> None:
        self.estate = estate
        self._permission_sets_on = permission_sets_on
        self.pending: dict[str, set[str]] = {}
        """Account → services whose traces are to be made when a call first reaches them."""
        self.made: dict[str, set[str]] = {}
        """Account → services whose traces are there."""
        self._roles: Mapping[str, Callable[[Estate, str], None]] = {
            "iam": kinds.leave_roles,
            "config": kinds.leave_config,
            "sns": kinds.leave_topics,
            "logs": kinds.leave_log_groups,
            "events": kinds.leave_rules,
            "ec2": kinds.remove_default_vpcs,
            "cloudtrail": kinds.leave_trail,
        }

    def leave(self, account_id: str, *, new: bool) -> None:
        """Says that an account is governed from now on; a new one also loses its default VPCs."""
        self.pending[account_id] = {service for service in _SERVICES if new or service != "ec2"}

    def clear(self, account_id: str) -> None:
        """Says that an account is governed no more: what Control Tower owns in it goes, its default VPCs stay gone."""
        pending = self.pending.pop(account_id, set())
        if "ec2" in pending:
            self.pending[account_id] = {"ec2"}
        for service in self.made.pop(account_id, set()):
            kinds.CLEARED_BY.get(service, _nothing)(self.estate, account_id)

    def ready(self, account_id: str, service: str) -> None:
        """Makes what a call to a service in an account must find."""
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
        """What of Config an account that is not governed has in a governed Region: a recorder, a delivery channel."""
        return None if self._governs(account_id) else kinds.leftover_config(account_id, self.estate.regions)

    def _governs(self, account_id: str) -> bool:
        return bool(self.pending.get(account_id, set()) - {"ec2"}) or account_id in self.made


def _nothing(estate: Estate, account_id: str) -> None:
    del estate, account_id
