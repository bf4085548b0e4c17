"""Registering an organizational unit: the pre-checks, the accounts that are enrolled, the controls that stand on it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import ClassVar

from vend.sandbox.access._callers import Identity
from vend.sandbox.access._iam_policy import Access, parse, verdict
from vend.sandbox.control_tower._controls import EnabledControls
from vend.sandbox.control_tower._operations import FailedOperationError, TowerOperation
from vend.sandbox.control_tower._versions import BASELINE
from vend.sandbox.governance._estate import SharedAccounts
from vend.sandbox.governance._governance import Governance
from vend.sandbox.governance._lifecycle_events import LifecycleEvents, Outcome
from vend.sandbox.organizations._organization import EXECUTION_ROLE

_MOST_POLICIES = 5
"""Service control policies on one unit (Organizations user guide, quotas)."""
_EMAIL = re.compile(r"[A-Z0-9a-z._%+-]+@[A-Za-z0-9.-]+[.]+[A-Za-z]+")
"""Stricter than the product's pattern (user guide, common causes of failure during registration)."""
_PRECHECKS = "AWS Control Tower could not register the organizational unit because of failed pre-checks: {codes}"


class Registration:
    """What enabling, resetting and disabling AWSControlTowerBaseline on a unit does.

    Args:
        governance: units and accounts; changed here.
        shared: the shared accounts and their unit.
        controls: what stands on governed units.
        events: by which Control Tower tells of it.
        may_launch: whether a caller is associated with Account Factory's portfolio.
    """

    KEPT: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        governance: Governance,
        shared: SharedAccounts,
        controls: EnabledControls,
        events: LifecycleEvents,
        may_launch: Callable[[Identity], bool],
    ) -> None:
        self.governance = governance
        self.shared = shared
        self.events = events
        self.may_launch = may_launch
        self._controls = controls
        self._organization = governance.organization

    def register(self, operation: TowerOperation, baseline: str) -> None:
        """Registers a unit, or registers it again, and enrols every account in it.

        Raises:
            FailedOperationError: a pre-check failed; nothing is registered.
        """
        unit_id = operation.target
        self._check(operation)
        first = unit_id not in self.governance.registered
        for account_id in list(self.governance.misplaced(unit_id)):
            if self.governance.enrolled.get(account_id) == unit_id:
                self.governance.release(account_id)
        self._controls.stand_on(unit_id)
        if baseline == BASELINE:
            self.governance.registered.add(unit_id)
            for account in self._organization.accounts_in(unit_id):
                self.governance.enrol(account.id, unit_id)
        if first:
            self.events.unit("RegisterOrganizationalUnit", unit_id, _outcome(operation))

    def deregister(self, operation: TowerOperation, baseline: str) -> None:
        """Ends the governance of a unit and its accounts."""
        unit_id = operation.target
        self._controls.leave(unit_id)
        if baseline == BASELINE:
            self.governance.registered.discard(unit_id)
            for account_id, enrolled_in in list(self.governance.enrolled.items()):
                if enrolled_in == unit_id:
                    self.governance.release(account_id)
        self.events.unit("DeregisterOrganizationalUnit", unit_id, _outcome(operation))

    def _check(self, operation: TowerOperation) -> None:
        unit_id = operation.target
        on_unit = tuple(self._unit_codes(unit_id))
        on_accounts = {
            account.id: codes
            for account in self._organization.accounts_in(unit_id)
            if (codes := tuple(self._account_codes(account.id)))
        }
        if not operation.arguments["may_launch"] and self._organization.accounts_in(unit_id):
            on_accounts[self._organization.management_account_id] = ("MISSING_PERMISSIONS_AF_PRODUCT",)
        if not on_unit and not on_accounts:
            return
        # An empty unit gets no event (user guide, lifecycle events).
        if on_accounts:
            self.events.prechecks(unit_id, on_unit, on_accounts, _outcome(operation))
        failed = sorted({*on_unit, *(code for found in on_accounts.values() for code in found)})
        raise FailedOperationError(_PRECHECKS.format(codes=", ".join(failed)))

    def _unit_codes(self, unit_id: str) -> list[str]:
        own = [p for p in self._organization.policies_on(unit_id) if p.type == "SERVICE_CONTROL_POLICY"]
        found = []
        if len(own) >= _MOST_POLICIES and unit_id not in self.governance.registered:
            found.append("SCP_LIMIT_EXCEEDED")
        if self._denies_control_tower(unit_id):
            found.append("SCP_CONFLICT")
        return found

    def _denies_control_tower(self, unit_id: str) -> bool:
        """Whether a policy on the unit or above keeps Control Tower from making its roles."""
        role = f"arn:aws:iam::111122223333:role/{EXECUTION_ROLE}"
        access = Access(
            action="iam:CreateRole",
            resource="arn:aws:iam::111122223333:role/aws-controltower-AdministratorExecutionRole",
            keys={"aws:principalarn": (role,), "aws:requestedregion": ("us-east-1",)},
        )
        target: str | None = unit_id
        while target is not None:
            for policy in self._organization.policies_on(target):
                if policy.type == "SERVICE_CONTROL_POLICY" and verdict(parse(policy.content), access) == "deny":
                    return True
            unit = self._organization.unit(target)
            target = unit.parent_id if unit is not None else None
        return False

    def _account_codes(self, account_id: str) -> list[str]:
        account = self._organization.account(account_id)
        obstacle = self.governance.obstacle(account_id)
        found = [obstacle.precheck] if obstacle is not None else []
        if self._organization.execution_role_trusts_another(account_id):
            found.append("FAILED_TO_ASSUME_ROLE")
        if account is not None and _EMAIL.fullmatch(account.email) is None:
            found.append("EMAIL_ADDRESS_ERROR")
        return found


def _outcome(operation: TowerOperation, failure: str | None = None) -> Outcome:
    return Outcome(requested=operation.started, completed=operation.ends, failure=failure)
