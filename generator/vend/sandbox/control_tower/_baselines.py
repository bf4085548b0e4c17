"""Baselines, and where they are enabled: enabling AWSControlTowerBaseline on a unit is what registers it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from vend.sandbox.access._callers import Identity
from vend.sandbox.control_tower._operations import TowerOperation, TowerOperations, described
from vend.sandbox.control_tower._registration import Registration
from vend.sandbox.control_tower._versions import (
    BASELINE,
    CONFIG_BASELINE,
    IDENTITY_CENTER_BASELINE,
    baseline_version_of,
    baselines_of,
)
from vend.sandbox.protocol._call import ApiError
from vend.sandbox.protocol._ids import new_id
from vend.sandbox.protocol._pagination import page

Input = Mapping[str, Any]
Output = dict[str, Any]

BUSY = "AWS Control Tower cannot complete the operation, because another operation is in progress. Try again later."
PARAMETER = "IdentityCenterEnabledBaselineArn"
_MISSING = "ResourceNotFoundException"
_INVALID = "ValidationException"


@dataclass(slots=True, kw_only=True)
class Enabled:
    """A baseline on a unit or an account.

    Attributes:
        parent: ARN of the unit's enabled baseline that an account's comes from.
        operation: id of the last operation on it.
        is_changing: of an account: whether Account Factory works on it.
    """

    arn: str
    baseline: str
    version: str
    target: str
    parameters: tuple[tuple[str, Any], ...] = ()
    parent: str | None = None
    operation: str = ""
    is_changing: bool = False


class Baselines:
    """The operations on baselines, by botocore's names.

    Args:
        registration: what enabling and resetting a unit's baseline does.
        operations: what runs in the background.
        arn: makes Control Tower's ARNs from kind and identifier.
        version: the landing zone's version, now.
        changing: accounts that Account Factory works on.
    """

    KEPT: ClassVar[tuple[str, ...]] = ("enabled",)

    def __init__(
        self,
        registration: Registration,
        operations: TowerOperations,
        arn: Callable[[str, str], str],
        version: Callable[[], str],
        changing: Callable[[], set[str]],
    ) -> None:
        self._registration = registration
        self._governance = registration.governance
        self._organization = registration.governance.organization
        self._tower_operations = operations
        self._arn = arn
        self._version = version
        self._changing = changing
        self.enabled: dict[str, Enabled] = {}
        """By ARN, without those that accounts inherit."""

    def operations(self) -> dict[str, Callable[[Identity, Input], Output]]:
        """The operations that are answered here."""
        return {
            "ListBaselines": self._list,
            "GetBaseline": self._get,
            "ListEnabledBaselines": self._list_enabled,
            "GetEnabledBaseline": self._get_enabled,
            "EnableBaseline": self._enable,
            "UpdateEnabledBaseline": self._update,
            "ResetEnabledBaseline": self._reset,
            "DisableBaseline": self._disable,
            "GetBaselineOperation": self._get_operation,
        }

    def put(
        self, baseline: str, target: str, *, version: str = "1.0", parameters: tuple[tuple[str, Any], ...] = ()
    ) -> Enabled:
        """Enables a baseline without further work."""
        identifier = new_id("X", 16).replace("-", "").upper()
        made = Enabled(
            arn=self._arn("enabledbaseline", identifier),
            baseline=baseline,
            version=version,
            target=target,
            parameters=parameters,
        )
        self.enabled[made.arn] = made
        return made

    # --- what there is

    def arn_of(self, name: str) -> str:
        """A baseline's ARN."""
        return self._arn("baseline", baselines_of(self._version())[name][0])

    def _list(self, caller: Identity, params: Input) -> Output:
        del caller
        found = [
            {"arn": self.arn_of(name), "name": name, "description": text}
            for name, (_, text) in baselines_of(self._version()).items()
        ]
        items, following = page(found, params.get("nextToken"), params.get("maxResults") or 100, _INVALID)
        return {"baselines": items, "nextToken": following}

    def _get(self, caller: Identity, params: Input) -> Output:
        del caller
        name = self._name(params["baselineIdentifier"])
        return {"arn": self.arn_of(name), "name": name, "description": baselines_of(self._version())[name][1]}

    def _name(self, arn: str) -> str:
        for name in baselines_of(self._version()):
            if self.arn_of(name) == arn:
                return name
        raise ApiError(_MISSING, f"Baseline {arn} was not found.")

    # --- where they are enabled

    def on_unit(self, unit_id: str, baseline: str = BASELINE) -> Enabled | None:
        """The baseline as it is enabled on a unit."""
        target = self._organization.unit_arn(unit_id)
        return next((one for one in self.enabled.values() if (one.target, one.baseline) == (target, baseline)), None)

    def _children(self) -> Iterator[Enabled]:
        """The baseline as accounts inherit it, including accounts that Account Factory is working on."""
        changing = self._changing()
        accounts = {**dict.fromkeys(changing, ""), **self._governance.enrolled}
        parents: dict[str, Enabled | None] = {"": None}
        for account_id, unit_id in accounts.items():
            parent = parents.setdefault(unit_id, self.on_unit(unit_id) if unit_id else None)
            if self._organization.account(account_id) is None or (unit_id and parent is None):
                continue
            yield Enabled(
                arn=self._arn("enabledbaseline", f"X{account_id:0>15}"),
                baseline=BASELINE,
                version=parent.version if parent is not None else baseline_version_of(self._version()),
                target=self._organization.account_arn(account_id),
                parent=parent.arn if parent is not None else None,
                parameters=parent.parameters if parent is not None else (),
                is_changing=account_id in changing,
            )

    def _status(self, enabled: Enabled) -> Output:
        operation = self._tower_operations.all.get(enabled.operation)
        if enabled.is_changing or (operation is not None and operation.status == "IN_PROGRESS"):
            status = "UNDER_CHANGE"
        else:
            status = operation.status if operation is not None else "SUCCEEDED"
        return {"status": status, "lastOperationIdentifier": enabled.operation or None}

    def _is_drifted(self, enabled: Enabled) -> bool:
        last = enabled.target.rpartition("/")[2]
        if enabled.parent is None:
            return next(self._governance.misplaced(last), None) is not None
        account = self._organization.account(last)
        return account is None or account.parent_id != self._governance.enrolled.get(last)

    def summary(self, enabled: Enabled) -> Output:
        """An enabled baseline as lists show it."""
        drift = "DRIFTED" if enabled.baseline == BASELINE and self._is_drifted(enabled) else "IN_SYNC"
        return {
            "arn": enabled.arn,
            "baselineIdentifier": self.arn_of(enabled.baseline),
            "baselineVersion": enabled.version,
            # Control Tower detects no drift of the baselines of the landing zone itself.
            "driftStatusSummary": {"types": {"inheritance": {"status": drift}}}
            if enabled.baseline == BASELINE
            else None,
            "targetIdentifier": enabled.target,
            "parentIdentifier": enabled.parent,
            "statusSummary": self._status(enabled),
        }

    def _list_enabled(self, caller: Identity, params: Input) -> Output:
        del caller
        children = self._children() if params.get("includeChildren") else ()
        # The cheap filters first: drift looks at every account of a unit.
        values: Mapping[str, Callable[[Enabled], str | None]] = {
            "targetIdentifiers": lambda one: one.target,
            "baselineIdentifiers": lambda one: self.arn_of(one.baseline),
            "parentIdentifiers": lambda one: one.parent,
            "statuses": lambda one: str(self._status(one)["status"]),
            "inheritanceDriftStatuses": lambda one: self._drift(one, "inheritance"),
            "sourceDriftStatuses": lambda one: self._drift(one, "source"),
        }
        filters = params.get("filter") or {}
        found = [*self.enabled.values(), *children]
        for key, value in values.items():
            if filters.get(key):
                found = [one for one in found if value(one) in filters[key]]
        items, following = page(found, params.get("nextToken"), params.get("maxResults") or 100, _INVALID)
        return {"enabledBaselines": [self.summary(one) for one in items], "nextToken": following}

    def _drift(self, enabled: Enabled, kind: str) -> str | None:
        types = (self.summary(enabled)["driftStatusSummary"] or {}).get("types", {})
        status: str | None = types.get(kind, {}).get("status")
        return status

    def details(self, enabled: Enabled) -> Output:
        """An enabled baseline with its parameters."""
        parameters = [{"key": key, "value": value} for key, value in enabled.parameters]
        return {**self.summary(enabled), "parameters": parameters}

    def _get_enabled(self, caller: Identity, params: Input) -> Output:
        del caller
        arn = params["enabledBaselineIdentifier"]
        for enabled in (*self.enabled.values(), *self._children()):
            if enabled.arn == arn:
                return {"enabledBaselineDetails": self.details(enabled)}
        raise ApiError(_MISSING, f"Enabled baseline {arn} was not found.")

    # --- changing them

    def _enable(self, caller: Identity, params: Input) -> Output:
        name, target = self._name(params["baselineIdentifier"]), params["targetIdentifier"]
        unit_id = target.rpartition("/")[2]
        unit = self._organization.unit(unit_id)
        if unit is None or self._organization.unit_arn(unit_id) != target:
            raise ApiError(_MISSING, f"Target {target} was not found.")
        if name not in {BASELINE, CONFIG_BASELINE}:
            raise ApiError(_INVALID, f"The baseline '{name}' cannot be enabled on an organizational unit")
        if unit_id == self._registration.shared.security_unit:
            raise ApiError(_INVALID, f"The baseline '{name}' cannot be enabled on the Security OU")
        if self.on_unit(unit_id, name) is not None:
            raise ApiError("ConflictException", "This baseline is already enabled on this target")
        other = BASELINE if name == CONFIG_BASELINE else CONFIG_BASELINE
        if self.on_unit(unit_id, other) is not None:
            raise ApiError("ConflictException", f"The baseline '{other}' is enabled on this target")
        if unit.parent_id != self._organization.root_id and self.on_unit(unit.parent_id) is None and name == BASELINE:
            text = f"The parent of organizational unit {unit_id} is not registered with AWS Control Tower."
            raise ApiError(_INVALID, text)
        version = self._fitting_version(name, params["baselineVersion"])
        parameters = self._parameters(name, params)
        self._refuse_while_busy()
        enabled = self.put(name, target, version=version, parameters=parameters)
        operation = self._begin("ENABLE_BASELINE", unit_id, enabled, caller)
        return {"operationIdentifier": operation.id, "arn": enabled.arn}

    def _fitting_version(self, name: str, version: str) -> str:
        fitting = baseline_version_of(self._version()) if name == BASELINE else "1.0"
        if version != fitting:
            text = (
                f"Version {version} of the baseline '{name}' is not compatible with landing zone version "
                f"{self._version()}. Use version {fitting}."
            )
            raise ApiError(_INVALID, text)
        return version

    def _parameters(self, name: str, params: Input) -> tuple[tuple[str, Any], ...]:
        parameters = {one["key"]: one["value"] for one in params.get("parameters") or ()}
        unknown = sorted(parameters.keys() - {PARAMETER})
        if unknown:
            raise ApiError(_INVALID, f"Unknown parameters: {', '.join(unknown)}")
        center = next((one.arn for one in self.enabled.values() if one.baseline == IDENTITY_CENTER_BASELINE), None)
        if name == BASELINE and center is not None and parameters.get(PARAMETER) != center:
            text = f"Parameter {PARAMETER} must be the ARN of the enabled baseline '{IDENTITY_CENTER_BASELINE}'."
            raise ApiError(_INVALID, text)
        return tuple(parameters.items())

    def _changeable(self, params: Input) -> Enabled:
        """A unit's enabled baseline.

        Raises:
            ApiError: there is none, or it is an account's, which no call changes.
        """
        arn = params["enabledBaselineIdentifier"]
        enabled = self.enabled.get(arn)
        if enabled is None and any(child.arn == arn for child in self._children()):
            raise ApiError(_INVALID, f"{arn} is inherited from an organizational unit and cannot be changed.")
        if enabled is None:
            raise ApiError(_MISSING, f"Enabled baseline {arn} was not found.")
        if self._organization.unit(enabled.target.rpartition("/")[2]) is None:
            raise ApiError(_INVALID, f"{arn} is not the enabled baseline of an organizational unit.")
        return enabled

    def _update(self, caller: Identity, params: Input) -> Output:
        enabled = self._changeable(params)
        version = self._fitting_version(enabled.baseline, params["baselineVersion"])
        parameters = self._parameters(enabled.baseline, params)
        self._refuse_while_busy()
        enabled.version, enabled.parameters = version, parameters
        unit_id = enabled.target.rpartition("/")[2]
        return {"operationIdentifier": self._begin("UPDATE_ENABLED_BASELINE", unit_id, enabled, caller).id}

    def _reset(self, caller: Identity, params: Input) -> Output:
        enabled = self._changeable(params)
        self._refuse_while_busy()
        unit_id = enabled.target.rpartition("/")[2]
        return {"operationIdentifier": self._begin("RESET_ENABLED_BASELINE", unit_id, enabled, caller).id}

    def _disable(self, caller: Identity, params: Input) -> Output:
        enabled = self._changeable(params)
        unit_id = enabled.target.rpartition("/")[2]
        if any(
            unit.parent_id == unit_id and unit.id in self._governance.registered for unit in self._organization.units()
        ):
            raise ApiError(_INVALID, "Can't perform DisableBaseline on a parent target with governed child OUs")
        self._refuse_while_busy()
        return {"operationIdentifier": self._begin("DISABLE_BASELINE", unit_id, enabled, caller).id}

    def _refuse_while_busy(self) -> None:
        # One operation on units at a time (Control Tower user guide, limits).
        if self._tower_operations.running("baseline", "landing-zone"):
            raise ApiError("ConflictException", BUSY)

    def _begin(self, kind: str, unit_id: str, enabled: Enabled, caller: Identity) -> TowerOperation:
        operation = self._tower_operations.begin(
            "baseline",
            kind,
            target=unit_id,
            subject=enabled.arn,
            arguments={"may_launch": self._registration.may_launch(caller)},
        )
        enabled.operation = operation.id
        return operation

    def finish(self, operation: TowerOperation) -> None:
        """Performs the work of an operation when it ends.

        Raises:
            FailedOperationError: pre-checks failed.
        """
        enabled = self.enabled[operation.subject]
        try:
            if operation.type == "DISABLE_BASELINE":
                self._registration.deregister(operation, enabled.baseline)
            else:
                self._registration.register(operation, enabled.baseline)
        except Exception:
            # Whatever the error, the operation is reported as failed before the error is raised again.
            operation.status = "FAILED"
            raise
        finally:
            self._registration.events.baseline(_EVENTS[operation.type], self.details(enabled))
        if operation.type == "DISABLE_BASELINE":
            del self.enabled[operation.subject]

    def _get_operation(self, caller: Identity, params: Input) -> Output:
        del caller
        return {"baselineOperation": described(self._tower_operations.find(params["operationIdentifier"], "baseline"))}


_EVENTS = {
    "ENABLE_BASELINE": "EnableBaseline",
    "UPDATE_ENABLED_BASELINE": "UpdateEnabledBaseline",
    "RESET_ENABLED_BASELINE": "ResetEnabledBaseline",
    "DISABLE_BASELINE": "DisableBaseline",
}
"""The lifecycle event that tells of an operation's end."""
