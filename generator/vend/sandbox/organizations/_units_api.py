"""Organizational units through Organizations: names, depth, and what keeps one from being deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from vend.sandbox.access._callers import Identity
from vend.sandbox.organizations._control_tower import ControlTowerWork
from vend.sandbox.organizations._effective_policy import effective_policy
from vend.sandbox.organizations._organization import MODIFIED, Organization
from vend.sandbox.protocol._call import ApiError, NotOursError

Input = Mapping[str, Any]
Output = dict[str, Any]

_DEEPEST = 5
"""Levels of units below the root (Organizations user guide, quotas)."""
_MOST = 1000
_VIOLATION = "ConstraintViolationException"


class UnitsApi:
    """The operations that moto answers too kindly, by botocore's names; what passes goes to moto.

    Args:
        organization: whose units they are.
        tower: what works on them.
        clock: seconds since the epoch.
    """

    KEPT: ClassVar[tuple[str, ...]] = ()

    def __init__(self, organization: Organization, tower: ControlTowerWork, clock: Callable[[], float]) -> None:
        self._organization = organization
        self._tower = tower
        self._clock = clock

    def operations(self) -> dict[str, Callable[[Identity, Input], Output]]:
        """The operations that are answered or checked here."""
        return {
            "CreateOrganizationalUnit": self._create,
            "UpdateOrganizationalUnit": self._update,
            "DeleteOrganizationalUnit": self._delete,
            "DescribeEffectivePolicy": self._effective_policy,
        }

    def _create(self, caller: Identity, params: Input) -> Output:
        del caller
        parent_id = params["ParentId"]
        depth = self._depth(parent_id)
        self._check_name(params["Name"], parent_id)
        if depth >= _DEEPEST:
            # org-formation/org-formation-cli#368
            text = (
                "You cannot add an organizational unit to the specified parent because it would exceed the max depth "
                "allowed."
            )
            raise ApiError(_VIOLATION, text, members={"Reason": "OU_DEPTH_LIMIT_EXCEEDED"})
        if sum(1 for _ in self._organization.units()) >= _MOST:
            text = "You have exceeded the allowed number of OUs."
            raise ApiError(_VIOLATION, text, members={"Reason": "OU_NUMBER_LIMIT_EXCEEDED"})
        self._refuse_while_in_work(parent_id)
        raise NotOursError

    def _depth(self, parent_id: str) -> int:
        depth = 0
        while parent_id != self._organization.root_id:
            unit = self._organization.unit(parent_id)
            if unit is None:
                text = "We can't find a root or OU with the ParentId that you specified."
                raise ApiError("ParentNotFoundException", text)
            parent_id, depth = unit.parent_id, depth + 1
        return depth

    def _check_name(self, name: str, parent_id: str) -> None:
        if any(unit.parent_id == parent_id and unit.name == name for unit in self._organization.units()):
            raise ApiError("DuplicateOrganizationalUnitException", "An OU with the same name already exists.")

    def _refuse_while_in_work(self, unit_id: str) -> None:
        if unit_id in self._tower.units_in_work():
            raise ApiError("ConcurrentModificationException", MODIFIED)

    def _known(self, params: Input) -> Any:
        unit = self._organization.unit(params["OrganizationalUnitId"])
        if unit is None:
            text = "We can't find an OU with the OrganizationalUnitId that you specified."
            raise ApiError("OrganizationalUnitNotFoundException", text)
        self._refuse_while_in_work(unit.id)
        return unit

    def _update(self, caller: Identity, params: Input) -> Output:
        del caller
        unit = self._known(params)
        name = params.get("Name") or unit.name
        if name != unit.name:
            self._check_name(name, unit.parent_id)
            unit.name = name
        return {"OrganizationalUnit": {"Id": unit.id, "Arn": unit.arn, "Name": unit.name}}

    def _delete(self, caller: Identity, params: Input) -> Output:
        del caller
        unit = self._known(params)
        below = any(other.parent_id == unit.id for other in self._organization.units())
        if below or self._organization.accounts_in(unit.id):
            text = (
                "The specified OU is not empty. Move all accounts to another root or to other OUs, remove all child "
                "OUs, and try the operation again."
            )
            raise ApiError("OrganizationalUnitNotEmptyException", text)
        self._organization.delete_unit(unit.id)
        return {}

    def _effective_policy(self, caller: Identity, params: Input) -> Output:
        target = params.get("TargetId") or caller.account_id
        if self._organization.account(target) is None:
            raise ApiError("TargetNotFoundException", "You specified a target that doesn't exist.")
        content = effective_policy(self._organization, params["PolicyType"], target)
        if content is None:
            text = f"There is no effective policy of type {params['PolicyType']} for {target}."
            raise ApiError("EffectivePolicyNotFoundException", text)
        return {
            "EffectivePolicy": {
                "PolicyContent": content,
                "LastUpdatedTimestamp": self._clock(),
                "TargetId": target,
                "PolicyType": params["PolicyType"],
            }
        }
