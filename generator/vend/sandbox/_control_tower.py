"""Control Tower's own API: landing zone, baselines and enabled baselines.

Ids and versions of baselines: Control Tower user guide, types of baselines; the manifest is one of version 3.3.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from vend.sandbox._account_factory import AccountFactory
from vend.sandbox._catalog import Place
from vend.sandbox._controls import EnabledControls
from vend.sandbox._identities import Identity
from vend.sandbox._organization import Organization
from vend.sandbox._pages import page
from vend.sandbox._products import new_id
from vend.sandbox._wire import ApiError

Input = Mapping[str, Any]
Output = dict[str, Any]

VERSION = "3.3"
BASELINE_VERSION = "4.0"
BASELINE = "AWSControlTowerBaseline"
BASELINES = {
    "AuditBaseline": ("4T4HA1KMO10S6311", "Sets up resources to monitor security and compliance of accounts."),
    "LogArchiveBaseline": ("J8HX46AHS5MIKQPD", "Sets up a central repository for logs of API activities."),
    "IdentityCenterBaseline": ("LN25R72TTG6IGPTQ", "Sets up shared resources for IAM Identity Center."),
    BASELINE: ("17BSJV3IGJ2QSGA2", "Sets up resources and mandatory controls for member accounts."),
    "BackupCentralVaultBaseline": ("3WPD0NA6TJ9AOMU2", "Sets up a central backup vault."),
    "BackupManagerBaseline": ("H6C5JFCJJ3CPU3J5", "Sets up the administration of backups."),
    "BackupBaseline": ("APO9ATVPBKFRRGLK", "Sets up backups in member accounts."),
}
_BaselineWork = Literal["ENABLE_BASELINE", "RESET_ENABLED_BASELINE", "DISABLE_BASELINE"]
_MISSING = "ResourceNotFoundException"
_BUSY = "AWS Control Tower cannot complete the operation, because another operation is in progress. Try again later."


@dataclass(slots=True, kw_only=True)
class _Enabled:
    """A baseline on a unit or an account."""

    arn: str
    baseline: str
    target: str
    parent: str | None = None
    operation: str = ""


@dataclass(slots=True, kw_only=True)
class _BaselineOperation:
    """Work on a unit's baseline; values only, so that it can be written to a file.

    Attributes:
        unit_id: the unit.
        enabled: ARN of its enabled baseline.
    """

    id: str
    kind: _BaselineWork
    started: float
    ends: float
    unit_id: str
    enabled: str
    done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedAccounts:
    """The accounts that every landing zone has, and their unit."""

    security_unit: str
    log_archive: str
    audit: str


class ControlTower:
    """The operations, by botocore's names.

    Args:
        organization: what is governed.
        factory: accounts that Account Factory enrolled.
        registered: ids of the governed units; changed here.
        place: management account and home Region.
        shared: log archive and audit.
    """

    def __init__(
        self,
        organization: Organization,
        factory: AccountFactory,
        registered: set[str],
        place: Place,
        shared: SharedAccounts,
    ) -> None:
        self._organization = organization
        self._factory = factory
        self._registered = registered
        self._place = place
        self._shared = shared
        self._controls = EnabledControls(organization, registered, place.region, self._arn)
        self._enabled: dict[str, _Enabled] = {}
        self._operations: dict[str, _BaselineOperation] = {}
        self._clock: Callable[[], float] = lambda: 0.0
        self._seconds = 0.0
        self.landing_zone_arn = self._arn("landingzone", new_id("", 16).strip("-").upper())
        for baseline, account_id in (
            ("LogArchiveBaseline", shared.log_archive),
            ("AuditBaseline", shared.audit),
            ("IdentityCenterBaseline", place.account_id),
        ):
            self._enable(baseline, organization.account_arn(account_id))
        for unit_id in sorted(registered):
            self._enable(BASELINE, organization.unit_arn(unit_id))

    def run_by(self, clock: Callable[[], float], seconds: float) -> None:
        """Says by which clock operations run, and how long one takes."""
        self._clock, self._seconds = clock, seconds

    def operations(self) -> dict[str, Callable[[Identity, Input], Output]]:
        """What is answered here; moto has nothing of this service."""
        return {
            "ListLandingZones": self._list_landing_zones,
            "GetLandingZone": self._get_landing_zone,
            "ListBaselines": self._list_baselines,
            "GetBaseline": self._get_baseline,
            "ListEnabledBaselines": self._list_enabled_baselines,
            "GetEnabledBaseline": self._get_enabled_baseline,
            "EnableBaseline": self._enable_baseline,
            "DisableBaseline": self._disable_baseline,
            "ResetEnabledBaseline": self._reset_baseline,
            "GetBaselineOperation": self._get_operation,
            **self._controls.operations(),
            "ListTagsForResource": self._list_tags,
        }

    def settle(self) -> None:
        """Finishes the baseline operations whose time has come."""
        now = self._clock()
        for operation in self._operations.values():
            if not operation.done and operation.ends <= now:
                operation.done = True
                self._finish(operation)

    def _finish(self, operation: _BaselineOperation) -> None:
        if operation.kind == "ENABLE_BASELINE":
            self._register(operation.unit_id)
        elif operation.kind == "RESET_ENABLED_BASELINE":
            self._reregister(operation.unit_id)
        else:
            self._deregister(operation.enabled, operation.unit_id)

    def _arn(self, kind: str, identifier: str) -> str:
        return f"arn:aws:controltower:{self._place.region}:{self._place.account_id}:{kind}/{identifier}"

    def _baseline_arn(self, name: str) -> str:
        return f"arn:aws:controltower:{self._place.region}::baseline/{BASELINES[name][0]}"

    def _enable(self, baseline: str, target: str) -> _Enabled:
        identifier = new_id("X", 16).replace("-", "").upper()
        enabled = _Enabled(arn=self._arn("enabledbaseline", identifier), baseline=baseline, target=target)
        self._enabled[enabled.arn] = enabled
        return enabled

    # --- landing zone

    def _list_landing_zones(self, caller: Identity, given: Input) -> Output:
        del caller, given
        return {"landingZones": [{"arn": self.landing_zone_arn}]}

    def _get_landing_zone(self, caller: Identity, given: Input) -> Output:
        del caller
        if given["landingZoneIdentifier"] != self.landing_zone_arn:
            raise ApiError(_MISSING, f"Landing zone {given['landingZoneIdentifier']} was not found.")
        logging = {"accessLoggingBucket": {"retentionDays": 3650}, "loggingBucket": {"retentionDays": 365}}
        return {
            "landingZone": {
                "arn": self.landing_zone_arn,
                "version": VERSION,
                "latestAvailableVersion": VERSION,
                "status": "ACTIVE",
                "driftStatus": {"status": "IN_SYNC"},
                "manifest": {
                    "governedRegions": [self._place.region],
                    "organizationStructure": {"security": {"name": "Security"}, "sandbox": {"name": "Sandbox"}},
                    "centralizedLogging": {
                        "accountId": self._shared.log_archive,
                        "configurations": logging,
                        "enabled": True,
                    },
                    "securityRoles": {"accountId": self._shared.audit},
                    "accessManagement": {"enabled": True},
                },
            }
        }

    # --- baselines

    def _list_baselines(self, caller: Identity, given: Input) -> Output:
        del caller
        found = [
            {"arn": self._baseline_arn(name), "name": name, "description": text}
            for name, (_, text) in BASELINES.items()
        ]
        items, following = page(found, given.get("nextToken"), given.get("maxResults") or 100, "ValidationException")
        return {"baselines": items, "nextToken": following}

    def _get_baseline(self, caller: Identity, given: Input) -> Output:
        del caller
        name = self._baseline_name(given["baselineIdentifier"])
        return {"arn": self._baseline_arn(name), "name": name, "description": BASELINES[name][1]}

    def _baseline_name(self, arn: str) -> str:
        for name in BASELINES:
            if self._baseline_arn(name) == arn:
                return name
        raise ApiError(_MISSING, f"Baseline {arn} was not found.")

    def _children(self) -> Iterator[_Enabled]:
        """The baseline as accounts inherit it from their unit; Account Factory's work under way counts as changing."""
        by_target = {one.target: one for one in self._enabled.values() if one.baseline == BASELINE}
        changing = {record.product_id: record for record in self._factory.running()}
        accounts = dict(self._factory.enrolled)
        for product_id in changing:
            product = self._factory.products.get(product_id)
            if product is not None and product.account_id is not None:
                accounts.setdefault(product.account_id, "")
        for account_id, unit_id in accounts.items():
            parent = by_target.get(self._organization.unit_arn(unit_id))
            account = self._organization.account(account_id)
            if account is None or not (parent or not unit_id):
                continue
            busy = any(
                (product := self._factory.products.get(product_id)) is not None and product.account_id == account_id
                for product_id in changing
            )
            yield _Enabled(
                arn=self._arn("enabledbaseline", f"X{account_id:0>15}"),
                baseline=BASELINE,
                target=self._organization.account_arn(account_id),
                parent=parent.arn if parent else None,
                operation="UNDER_CHANGE" if busy else "",
            )

    def _status(self, enabled: _Enabled) -> Output:
        operation = self._operations.get(enabled.operation)
        if enabled.operation == "UNDER_CHANGE":
            return {"status": "UNDER_CHANGE"}
        if operation is not None:
            return {
                "status": "SUCCEEDED" if operation.done else "UNDER_CHANGE",
                "lastOperationIdentifier": operation.id,
            }
        return {"status": "SUCCEEDED"}

    def _drift(self, enabled: _Enabled) -> str:
        """An account moved by hand makes its unit's baseline drift."""
        for account_id, unit_id in self._factory.enrolled.items():
            account = self._organization.account(account_id)
            moved = account is None or account.parent_id != unit_id
            if moved and self._organization.unit_arn(unit_id) == enabled.target:
                return "DRIFTED"
        return "IN_SYNC"

    def _enabled_summary(self, enabled: _Enabled) -> Output:
        return {
            "arn": enabled.arn,
            "baselineIdentifier": self._baseline_arn(enabled.baseline),
            "baselineVersion": BASELINE_VERSION if enabled.baseline == BASELINE else "1.0",
            "driftStatusSummary": {"types": {"inheritance": {"status": self._drift(enabled)}}},
            "targetIdentifier": enabled.target,
            "parentIdentifier": enabled.parent,
            "statusSummary": self._status(enabled),
        }

    def _list_enabled_baselines(self, caller: Identity, given: Input) -> Output:
        del caller
        enabled = [*self._enabled.values(), *(self._children() if given.get("includeChildren") else ())]
        found = [self._enabled_summary(one) for one in enabled]
        wanted = given.get("filter") or {}
        keys = {
            "targetIdentifiers": "targetIdentifier",
            "baselineIdentifiers": "baselineIdentifier",
            "parentIdentifiers": "parentIdentifier",
        }
        for name, member in keys.items():
            if wanted.get(name):
                found = [one for one in found if one[member] in wanted[name]]
        if wanted.get("statuses"):
            found = [one for one in found if one["statusSummary"]["status"] in wanted["statuses"]]
        if wanted.get("inheritanceDriftStatuses"):
            drifts = wanted["inheritanceDriftStatuses"]
            found = [one for one in found if one["driftStatusSummary"]["types"]["inheritance"]["status"] in drifts]
        items, following = page(found, given.get("nextToken"), given.get("maxResults") or 100, "ValidationException")
        return {"enabledBaselines": items, "nextToken": following}

    def _find(self, arn: str) -> _Enabled:
        for enabled in (*self._enabled.values(), *self._children()):
            if enabled.arn == arn:
                return enabled
        raise ApiError(_MISSING, f"Enabled baseline {arn} was not found.")

    def _get_enabled_baseline(self, caller: Identity, given: Input) -> Output:
        del caller
        summary = self._enabled_summary(self._find(given["enabledBaselineIdentifier"]))
        return {"enabledBaselineDetails": {**summary, "parameters": []}}

    def _enable_baseline(self, caller: Identity, given: Input) -> Output:
        del caller
        name, target = self._baseline_name(given["baselineIdentifier"]), given["targetIdentifier"]
        unit_id = target.rpartition("/")[2]
        if name != BASELINE or self._organization.unit(unit_id) is None:
            raise ApiError(_MISSING, f"Target {target} was not found.")
        if unit_id == self._shared.security_unit:
            raise ApiError("ValidationException", f"The baseline '{BASELINE}' cannot be enabled on the Security OU")
        if any(one.target == target and one.baseline == name for one in self._enabled.values()):
            raise ApiError("ConflictException", "This baseline is already enabled on this target")
        self._refuse_while_busy()
        enabled = self._enable(name, target)
        return {"operationIdentifier": self._begin("ENABLE_BASELINE", unit_id, enabled), "arn": enabled.arn}

    def _register(self, unit_id: str) -> None:
        """Registering a unit enrols the accounts in it that Control Tower can get into."""
        self._registered.add(unit_id)
        for account in self._organization.accounts():
            if account.parent_id == unit_id and self._organization.has_execution_role(account.id):
                self._factory.enrolled[account.id] = unit_id

    def _reset_baseline(self, caller: Identity, given: Input) -> Output:
        del caller
        enabled = self._find(given["enabledBaselineIdentifier"])
        unit_id = enabled.target.rpartition("/")[2]
        if self._organization.unit(unit_id) is None:
            raise ApiError(
                "ValidationException", f"{enabled.arn} is not the enabled baseline of an organizational unit."
            )
        self._refuse_while_busy()
        return {"operationIdentifier": self._begin("RESET_ENABLED_BASELINE", unit_id, enabled)}

    def _reregister(self, unit_id: str) -> None:
        for account_id, enrolled_in in list(self._factory.enrolled.items()):
            account = self._organization.account(account_id)
            if enrolled_in == unit_id and (account is None or account.parent_id != unit_id):
                del self._factory.enrolled[account_id]
        self._register(unit_id)

    def _disable_baseline(self, caller: Identity, given: Input) -> Output:
        del caller
        enabled = self._find(given["enabledBaselineIdentifier"])
        unit_id = enabled.target.rpartition("/")[2]
        if any(unit.parent_id == unit_id and unit.id in self._registered for unit in self._organization.units()):
            raise ApiError(
                "ValidationException", "Can't perform DisableBaseline on a parent target with governed child OUs"
            )
        self._refuse_while_busy()
        return {"operationIdentifier": self._begin("DISABLE_BASELINE", unit_id, enabled)}

    def _deregister(self, arn: str, unit_id: str) -> None:
        self._enabled.pop(arn, None)
        self._registered.discard(unit_id)
        for account_id, enrolled_in in list(self._factory.enrolled.items()):
            if enrolled_in == unit_id:
                del self._factory.enrolled[account_id]

    def _refuse_while_busy(self) -> None:
        # One operation on units at a time (Control Tower user guide, limits).
        if any(not operation.done for operation in self._operations.values()):
            raise ApiError("ConflictException", _BUSY)

    def _begin(self, kind: _BaselineWork, unit_id: str, enabled: _Enabled) -> str:
        """Begins work on an enabled baseline; the operation's id."""
        now = self._clock()
        operation = _BaselineOperation(
            id=str(uuid.uuid4()),
            kind=kind,
            started=now,
            ends=now + self._seconds,
            unit_id=unit_id,
            enabled=enabled.arn,
        )
        self._operations[operation.id] = operation
        enabled.operation = operation.id
        return operation.id

    def _get_operation(self, caller: Identity, given: Input) -> Output:
        del caller
        operation = self._operations.get(given["operationIdentifier"])
        if operation is None:
            raise ApiError(_MISSING, f"Operation {given['operationIdentifier']} was not found.")
        return {
            "baselineOperation": {
                "operationIdentifier": operation.id,
                "operationType": operation.kind,
                "status": "SUCCEEDED" if operation.done else "IN_PROGRESS",
                "startTime": operation.started,
                "endTime": operation.ends if operation.done else None,
            }
        }

    @staticmethod
    def _list_tags(caller: Identity, given: Input) -> Output:
        del caller, given
        return {"tags": {}}
