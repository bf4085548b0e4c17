"""Controls that are enabled on governed units."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from vend.sandbox.access._callers import Identity
from vend.sandbox.control_tower._operations import TowerOperation, TowerOperations, described
from vend.sandbox.control_tower._versions import number
from vend.sandbox.governance._governance import Governance
from vend.sandbox.governance._guardrails import MANDATORY, PREVENTIONS, Guardrails, behaviour_of
from vend.sandbox.governance._lifecycle_events import LifecycleEvents, Outcome
from vend.sandbox.protocol._call import ApiError
from vend.sandbox.protocol._ids import new_id
from vend.sandbox.protocol._pagination import page

Input = Mapping[str, Any]
Output = dict[str, Any]

_MISSING = "ResourceNotFoundException"
_INVALID = "ValidationException"
MOST_AT_ONCE = 100
_UNCHECKED = "NOT_CHECKING"
_GOVERNS_SINCE = "4.0"
"""Since then a control alone makes a unit governed (user guide, provision and manage accounts)."""


@dataclass(slots=True, kw_only=True)
class EnabledControl:
    """A control on a unit.

    Attributes:
        control: its ARN.
        operation: id of the last operation on it.
    """

    arn: str
    control: str
    unit_id: str
    parameters: tuple[tuple[str, Any], ...] = ()
    operation: str = ""

    @property
    def name(self) -> str:
        """The last part of the control's ARN."""
        return self.control.rpartition("/")[2]


class EnabledControls:
    """The operations on enabled controls, by botocore's names.

    Args:
        governance: the governed units and accounts.
        operations: what runs in the background.
        events: by which Control Tower tells of it.
        arn: makes Control Tower's ARNs from kind and identifier.
        version: the landing zone's version, now.
    """

    KEPT: ClassVar[tuple[str, ...]] = ("enabled",)

    def __init__(
        self,
        governance: Governance,
        operations: TowerOperations,
        events: LifecycleEvents,
        arn: Callable[[str, str], str],
        version: Callable[[], str],
    ) -> None:
        self._governance = governance
        self._organization = governance.organization
        self._tower_operations = operations
        self._events = events
        self._arn = arn
        self._version = version
        self.guardrails = Guardrails(governance.organization)
        self.enabled: dict[str, EnabledControl] = {}

    def operations(self) -> dict[str, Callable[[Identity, Input], Output]]:
        """The operations that are answered here."""
        return {
            "ListEnabledControls": self._list,
            "GetEnabledControl": self._get,
            "EnableControl": self._enable,
            "UpdateEnabledControl": self._update,
            "ResetEnabledControl": self._reset,
            "DisableControl": self._disable,
            "GetControlOperation": self._get_operation,
            "ListControlOperations": self._list_operations,
        }

    # --- with units

    def stand_on(self, unit_id: str, names: Iterable[str] | None = None) -> None:
        """Enables the mandatory or the named controls on a unit and updates its policy."""
        there = {one.name for one in self._on(unit_id)}
        for name in MANDATORY if names is None else names:
            if name not in there:
                self._put(self._arn("control", name), unit_id)
        self._apply(unit_id)

    def leave(self, unit_id: str) -> None:
        """Removes all controls and the policy of a unit."""
        for one in list(self._on(unit_id)):
            del self.enabled[one.arn]
        self.guardrails.remove(unit_id)

    def _on(self, unit_id: str) -> Iterator[EnabledControl]:
        return (one for one in self.enabled.values() if one.unit_id == unit_id)

    def _apply(self, unit_id: str) -> None:
        self.guardrails.apply(unit_id, (one.name for one in self._on(unit_id)))

    def _put(self, control: str, unit_id: str, parameters: tuple[tuple[str, Any], ...] = ()) -> EnabledControl:
        identifier = new_id("", 16).strip("-").upper()
        made = EnabledControl(
            arn=self._arn("enabledcontrol", identifier), control=control, unit_id=unit_id, parameters=parameters
        )
        self.enabled[made.arn] = made
        return made

    # --- what is enabled

    def _summary(self, enabled: EnabledControl) -> Output:
        operation = self._tower_operations.all.get(enabled.operation)
        status = "SUCCEEDED" if operation is None else operation.status.replace("IN_PROGRESS", "UNDER_CHANGE")
        drift = self._drift(enabled)
        return {
            "arn": enabled.arn,
            "controlIdentifier": enabled.control,
            "targetIdentifier": self._organization.unit_arn(enabled.unit_id),
            "statusSummary": {"status": status, "lastOperationIdentifier": enabled.operation or None},
            "driftStatusSummary": {
                "driftStatus": drift,
                "types": {"inheritance": {"status": _UNCHECKED}, "resource": {"status": drift}},
            },
        }

    def _drift(self, enabled: EnabledControl) -> str:
        if enabled.name not in PREVENTIONS:
            return _UNCHECKED
        return "IN_SYNC" if self.guardrails.is_intact(enabled.unit_id) else "DRIFTED"

    def _inherited(self, enabled: EnabledControl) -> Iterator[Output]:
        """A unit's control as its accounts inherit it."""
        for account_id, unit_id in self._governance.enrolled.items():
            if unit_id == enabled.unit_id:
                identifier = uuid.uuid5(uuid.NAMESPACE_URL, f"{enabled.arn}/{account_id}").hex[:16].upper()
                yield {
                    **self._summary(enabled),
                    "arn": self._arn("enabledcontrol", identifier),
                    "targetIdentifier": self._organization.account_arn(account_id),
                    "parentIdentifier": enabled.arn,
                }

    def _list(self, caller: Identity, params: Input) -> Output:
        del caller
        target = params.get("targetIdentifier")
        chosen = list(self.enabled.values())
        if target is not None:
            unit_id = self._governed(target)
            chosen = [one for one in chosen if one.unit_id == unit_id]
        found = [self._summary(one) for one in chosen]
        if params.get("includeChildren"):
            found += [child for one in chosen for child in self._inherited(one)]
        found = [one for one in found if _fits(one, params.get("filter") or {})]
        items, following = page(found, params.get("nextToken"), params.get("maxResults") or 50, _INVALID)
        return {"enabledControls": items, "nextToken": following}

    def _governed(self, target: str) -> str:
        """The id of a governed unit.

        Raises:
            ApiError: it is not registered (aws-control-tower-customizations#167).
        """
        unit_id = target.rpartition("/")[2]
        if unit_id not in self.guardrails.policies:
            text = f"Organizational unit {unit_id} is not registered with AWS Control Tower."
            raise ApiError(_MISSING, text)
        return unit_id

    def _known(self, params: Input) -> EnabledControl:
        arn = params["enabledControlIdentifier"]
        enabled = self.enabled.get(arn)
        if enabled is None:
            raise ApiError(_MISSING, f"Enabled control {arn} was not found.")
        return enabled

    def _get(self, caller: Identity, params: Input) -> Output:
        del caller
        enabled = self._known(params)
        regions = [{"name": region} for region in self._governance.resources.estate.regions]
        parameters = [{"key": key, "value": value} for key, value in enabled.parameters]
        return {"enabledControlDetails": {**self._summary(enabled), "targetRegions": regions, "parameters": parameters}}

    # --- changing it

    def _enable(self, caller: Identity, params: Input) -> Output:
        del caller
        control, target = params["controlIdentifier"], params["targetIdentifier"]
        name, unit_id = control.rpartition("/")[2], target.rpartition("/")[2]
        if number(self._version()) < number(_GOVERNS_SINCE) or self._organization.unit(unit_id) is None:
            self._governed(target)
        if "control/" not in control or behaviour_of(name) is None:
            raise ApiError(_MISSING, f"Control {control} was not found.")
        if any(one.name == name for one in self._on(unit_id)):
            raise ApiError("ConflictException", f"Control {control} is already enabled on {target}.")
        self._refuse_while_busy()
        enabled = self._put(control, unit_id, _parameters(params))
        return {"operationIdentifier": self._begin("ENABLE_CONTROL", enabled).id, "arn": enabled.arn}

    def _update(self, caller: Identity, params: Input) -> Output:
        del caller
        enabled = self._known(params)
        self._refuse_while_busy()
        enabled.parameters = _parameters(params)
        return {"operationIdentifier": self._begin("UPDATE_ENABLED_CONTROL", enabled).id}

    def _reset(self, caller: Identity, params: Input) -> Output:
        del caller
        enabled = self._known(params)
        self._refuse_while_busy()
        return {"operationIdentifier": self._begin("RESET_ENABLED_CONTROL", enabled).id}

    def _disable(self, caller: Identity, params: Input) -> Output:
        del caller
        enabled = self._known(params) if params.get("enabledControlIdentifier") else self._named(params)
        if enabled.name in MANDATORY:
            raise ApiError(_INVALID, f"Control {enabled.control} is mandatory and cannot be disabled.")
        self._refuse_while_busy()
        return {"operationIdentifier": self._begin("DISABLE_CONTROL", enabled).id}

    def _named(self, params: Input) -> EnabledControl:
        control, target = params.get("controlIdentifier"), params.get("targetIdentifier")
        if not control or not target:
            raise ApiError(_INVALID, "Name an enabled control, or a control and its target.")
        unit_id = self._governed(target)
        for one in self._on(unit_id):
            if one.control == control:
                return one
        raise ApiError(_MISSING, f"Control {control} is not enabled on {target}.")

    def _refuse_while_busy(self) -> None:
        busy = self._tower_operations.running("landing-zone", "baseline")
        if busy or len(self._tower_operations.running("control")) >= MOST_AT_ONCE:
            text = "AWS Control Tower cannot complete the operation, because another operation is in progress."
            raise ApiError("ConflictException" if busy else "ServiceQuotaExceededException", f"{text} Try again later.")

    def _begin(self, kind: str, enabled: EnabledControl) -> TowerOperation:
        arguments = {"control": enabled.control}
        operation = self._tower_operations.begin(
            "control", kind, target=enabled.unit_id, subject=enabled.arn, arguments=arguments
        )
        enabled.operation = operation.id
        return operation

    def finish(self, operation: TowerOperation) -> None:
        """Performs the work of an operation when it ends."""
        enabled = self.enabled.get(operation.subject)
        if enabled is None:
            return  # its unit was taken out of governance meanwhile
        if operation.type == "DISABLE_CONTROL":
            del self.enabled[enabled.arn]
        self._apply(enabled.unit_id)
        name = {"ENABLE_CONTROL": "EnableGuardrail", "DISABLE_CONTROL": "DisableGuardrail"}.get(operation.type)
        if name is not None:
            behaviour = behaviour_of(enabled.name) or "DETECTIVE"
            outcome = Outcome(requested=operation.started, completed=operation.ends)
            self._events.guardrail(name, enabled.unit_id, (enabled.name, behaviour), outcome)

    # --- operations

    def _operation(self, operation: TowerOperation) -> Output:
        return {
            **described(operation),
            "controlIdentifier": operation.arguments["control"],
            "targetIdentifier": self._organization.unit_arn(operation.target),
            "enabledControlIdentifier": operation.subject,
        }

    def _get_operation(self, caller: Identity, params: Input) -> Output:
        del caller
        found = self._tower_operations.find(params["operationIdentifier"], "control")
        return {"controlOperation": self._operation(found)}

    def _list_operations(self, caller: Identity, params: Input) -> Output:
        del caller
        filters = params.get("filter") or {}
        members = {
            "controlIdentifiers": "controlIdentifier",
            "targetIdentifiers": "targetIdentifier",
            "enabledControlIdentifiers": "enabledControlIdentifier",
            "statuses": "status",
            "controlOperationTypes": "operationType",
        }
        newest = sorted(self._tower_operations.all.values(), key=lambda one: one.started, reverse=True)
        found = [self._operation(one) for one in newest if one.family == "control"]
        for key, member in members.items():
            if filters.get(key):
                found = [one for one in found if one[member] in filters[key]]
        items, following = page(found, params.get("nextToken"), params.get("maxResults") or 50, _INVALID)
        return {"controlOperations": items, "nextToken": following}


def _parameters(params: Input) -> tuple[tuple[str, Any], ...]:
    return tuple((one["key"], one["value"]) for one in params.get("parameters") or ())


def _fits(found: Output, filters: Mapping[str, Any]) -> bool:
    drift = found["driftStatusSummary"]
    values = {
        "controlIdentifiers": found["controlIdentifier"],
        "statuses": found["statusSummary"]["status"],
        "driftStatuses": drift["driftStatus"],
        "parentIdentifiers": found.get("parentIdentifier"),
        "inheritanceDriftStatuses": drift["types"]["inheritance"]["status"],
        "resourceDriftStatuses": drift["types"]["resource"]["status"],
    }
    return all(not filters.get(key) or value in filters[key] for key, value in values.items())
