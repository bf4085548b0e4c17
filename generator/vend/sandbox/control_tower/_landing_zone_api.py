"""The landing zone as Control Tower's API shows and changes it.

Manifests: Control Tower user guide, landing zone APIs, and key changes of version 4.0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from vend.sandbox.access._callers import Identity
from vend.sandbox.control_tower._operations import FailedOperationError, TowerOperation, TowerOperations, described
from vend.sandbox.control_tower._versions import LATEST, number
from vend.sandbox.governance._estate import SharedAccounts
from vend.sandbox.governance._governance import Governance
from vend.sandbox.organizations._organization import Organization
from vend.sandbox.protocol._call import ApiError
from vend.sandbox.protocol._ids import new_id
from vend.sandbox.protocol._pagination import page
from vend.settings import LANDING_ZONE_VERSIONS, LandingZoneDrift

Input = Mapping[str, Any]
Output = dict[str, Any]

SERVICE = "controltower.amazonaws.com"
ADMIN_ROLE = "AWSControlTowerAdmin"
NO_LANDING_ZONE = (
    "AWS Control Tower cannot complete the operation, because you must create a landing zone first. To continue, "
    "create your landing zone from the console, or call the CreateLandingZone API."
)
_BUSY = "AWS Control Tower cannot begin landing zone setup while another execution is in progress."
_ROLE = (
    "AWS Control Tower cannot complete the operation, because it could not assume the 'AWSControlTowerAdmin' role. "
    "Check the configuration for this role and try again."
)
_INHERITANCE = ["INHERITANCE_DRIFT"]
AUTO_ENROLLMENT_SINCE = "3.1"


@dataclass(kw_only=True)
class ZoneState:
    """What is set of a landing zone.

    Attributes:
        arn: empty where there is none.
        remediates: whether it enrols accounts that are moved into a governed unit.
        drift: what the switch says; the organization's own drift comes on top.
    """

    KEPT: ClassVar[tuple[str, ...]] = ("arn", "version", "manifest", "remediates", "drift", "failed", "tags")

    arn: str
    version: str
    manifest: dict[str, Any]
    remediates: bool = False
    drift: LandingZoneDrift = "in-sync"
    failed: bool = False
    tags: dict[str, dict[str, str]] = field(default_factory=dict)


class LandingZones:
    """The operations on the landing zone, by botocore's names.

    Args:
        state: of the landing zone.
        governance: what it governs.
        shared: its shared accounts.
        operations: what runs in the background.
        arn: makes Control Tower's ARNs from kind and identifier.
    """

    KEPT: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        state: ZoneState,
        governance: Governance,
        shared: SharedAccounts,
        operations: TowerOperations,
        arn: Callable[[str, str], str],
    ) -> None:
        self._state = state
        self._organization: Organization = governance.organization
        self._governance = governance
        self._shared = shared
        self._tower_operations = operations
        self._arn = arn

    def operations(self) -> dict[str, Callable[[Identity, Input], Output]]:
        """The operations that are answered here."""
        return {
            "ListLandingZones": self._list,
            "GetLandingZone": self._get,
            "CreateLandingZone": self._create,
            "UpdateLandingZone": self._update,
            "ResetLandingZone": self._reset,
            "DeleteLandingZone": self._delete,
            "GetLandingZoneOperation": self._get_operation,
            "ListLandingZoneOperations": self._list_operations,
        }

    def require(self, *, role: bool = False) -> None:
        """Checks that there is a landing zone and, for what changes something, that Control Tower can act.

        Raises:
            ApiError: there is none, or the role is gone.
        """
        if not self._state.arn:
            raise ApiError("ValidationException", NO_LANDING_ZONE)
        if role and not self._has_role():
            raise ApiError("ValidationException", _ROLE)

    @property
    def auto_enrolls(self) -> bool:
        """Whether accounts that are moved into a governed unit are enrolled."""
        state = self._state
        return bool(state.arn) and state.remediates and number(state.version) >= number(AUTO_ENROLLMENT_SINCE)

    def hides_launch_paths(self) -> bool:
        """Whether drift takes Account Factory's launch paths away."""
        return not self._state.arn or self._state.drift == "no-launch-paths"

    def is_drifted(self) -> bool:
        """Drift that the configuration asks for, or that the organization has (user guide, types of drift)."""
        organization, shared = self._organization, self._shared
        kept = all(
            (account := organization.account(account_id)) is not None and account.parent_id == shared.security_unit
            for account_id in (shared.log_archive, shared.audit)
        )
        return (
            self._state.drift != "in-sync"
            or not kept
            or not organization.trusts(SERVICE)
            or not self._has_role()
            or organization.unit(shared.security_unit) is None
        )

    def _has_role(self) -> bool:
        from moto.iam.models import iam_backends

        roles = iam_backends[self._organization.management_account_id]["aws"].get_roles()
        return any(role.name == ADMIN_ROLE for role in roles)

    def _list(self, caller: Identity, params: Input) -> Output:
        del caller, params
        return {"landingZones": [{"arn": self._state.arn}] if self._state.arn else []}

    def _known(self, params: Input) -> None:
        identifier = params["landingZoneIdentifier"]
        if not self._state.arn or identifier not in {self._state.arn, self._state.arn.rpartition("/")[2]}:
            raise ApiError("ResourceNotFoundException", f"Landing zone {identifier} was not found.")

    def _get(self, caller: Identity, params: Input) -> Output:
        del caller
        self._known(params)
        state = self._state
        processing = self._tower_operations.running("landing-zone")
        return {
            "landingZone": {
                "arn": state.arn,
                "version": state.version,
                "latestAvailableVersion": LATEST,
                "status": "PROCESSING" if processing else "FAILED" if state.failed else "ACTIVE",
                "driftStatus": {"status": "DRIFTED" if self.is_drifted() else "IN_SYNC"},
                "remediationTypes": _INHERITANCE if state.remediates else None,
                "manifest": state.manifest,
            }
        }

    def _refuse_while_busy(self) -> None:
        if self._tower_operations.running():
            raise ApiError("ConflictException", _BUSY)

    def _check(self, version: str, manifest: Mapping[str, Any], remediates: object) -> None:
        if version not in LANDING_ZONE_VERSIONS:
            raise ApiError("ValidationException", f"Landing zone version {version} does not exist.")
        if remediates and number(version) < number(AUTO_ENROLLMENT_SINCE):
            raise ApiError(
                "ValidationException", f"Remediation types need landing zone version {AUTO_ENROLLMENT_SINCE} or later."
            )
        required = (
            () if number(version) >= number("4.0") else ("governedRegions", "centralizedLogging", "securityRoles")
        )
        missing = [key for key in required if key not in manifest]
        if missing:
            raise ApiError("ValidationException", f"The manifest has no {', '.join(missing)}.")

    def _create(self, caller: Identity, params: Input) -> Output:
        del caller
        if self._state.arn:
            raise ApiError("ConflictException", "A landing zone exists already.")
        self._refuse_while_busy()
        manifest = params.get("manifest") or {}
        self._check(params["version"], manifest, params.get("remediationTypes"))
        self._state.arn = self._arn("landingzone", new_id("", 16).strip("-").upper())
        self._state.tags[self._state.arn] = dict(params.get("tags") or {})
        operation = self._begin("CREATE", params, manifest)
        return {"arn": self._state.arn, "operationIdentifier": operation.id}

    def _update(self, caller: Identity, params: Input) -> Output:
        del caller
        self._known(params)
        self._refuse_while_busy()
        version = params["version"]
        manifest = self._state.manifest if params.get("manifest") is None else params["manifest"]
        self._check(version, manifest, params.get("remediationTypes"))
        if number(version) < number(self._state.version):
            text = f"Landing zone version {self._state.version} cannot be changed to the older version {version}."
            raise ApiError("ValidationException", text)
        return {"operationIdentifier": self._begin("UPDATE", params, manifest).id}

    def _reset(self, caller: Identity, params: Input) -> Output:
        del caller
        self._known(params)
        self._refuse_while_busy()
        if self._state.version != LATEST:
            text = f"Landing zone version {self._state.version} must be updated to {LATEST} before it can be reset."
            raise ApiError("ValidationException", text)
        return {"operationIdentifier": self._begin("RESET", {}, self._state.manifest).id}

    def _delete(self, caller: Identity, params: Input) -> Output:
        del caller
        self._known(params)
        self._refuse_while_busy()
        return {"operationIdentifier": self._begin("DELETE", {}, {}).id}

    def _begin(self, kind: str, params: Input, manifest: Mapping[str, Any]) -> TowerOperation:
        arguments = {
            "version": params.get("version", self._state.version),
            "manifest": dict(manifest),
            "remediates": bool(params["remediationTypes"]) if "remediationTypes" in params else self._state.remediates,
        }
        return self._tower_operations.begin("landing-zone", kind, subject=self._state.arn, arguments=arguments)

    def finish(self, operation: TowerOperation) -> None:
        """Performs the work of an operation when it ends.

        Raises:
            FailedOperationError: Control Tower cannot act.
        """
        state = self._state
        if operation.type == "DELETE":
            state.arn, state.drift = "", "in-sync"
            return
        if operation.type == "CREATE":
            self._restore_role()
        if not self._has_role() and operation.type != "RESET":
            state.failed = True
            raise FailedOperationError(_ROLE)
        state.version = operation.arguments["version"]
        state.manifest = operation.arguments["manifest"]
        state.remediates = operation.arguments["remediates"]
        state.failed = False
        self._repair()

    def _repair(self) -> None:
        """Repairs what an update and a reset repair: role, trusted access, the shared accounts' unit."""
        self._state.drift = "in-sync"
        self._restore_role()
        self._organization.trust(SERVICE)
        shared = self._shared
        if self._organization.unit(shared.security_unit) is not None:
            for account_id in (shared.log_archive, shared.audit):
                if self._organization.account(account_id) is not None:
                    self._organization.move(account_id, shared.security_unit)

    def _restore_role(self) -> None:
        from vend.sandbox.governance._resource_kinds import create_management_roles

        create_management_roles(self._governance.resources.estate)

    def _get_operation(self, caller: Identity, params: Input) -> Output:
        del caller
        return {
            "operationDetails": described(self._tower_operations.find(params["operationIdentifier"], "landing-zone"))
        }

    def _list_operations(self, caller: Identity, params: Input) -> Output:
        del caller
        filters = params.get("filter") or {}
        found = [
            {
                "operationIdentifier": one.id,
                "operationType": one.type,
                "status": one.status,
            }
            for one in sorted(self._tower_operations.all.values(), key=lambda one: one.started, reverse=True)
            if one.family == "landing-zone"
            and one.type in (filters.get("types") or [one.type])
            and one.status in (filters.get("statuses") or [one.status])
        ]
        items, following = page(found, params.get("nextToken"), params.get("maxResults") or 100, "ValidationException")
        return {"landingZoneOperations": items, "nextToken": following}


def manifest_of(version: str, shared: SharedAccounts, regions: tuple[str, ...]) -> dict[str, Any]:
    """The manifest that a landing zone of a version is set up with."""
    logging = {"accessLoggingBucket": {"retentionDays": 3650}, "loggingBucket": {"retentionDays": 365}}
    common = {
        "governedRegions": list(regions),
        "centralizedLogging": {"accountId": shared.log_archive, "configurations": logging, "enabled": True},
        "accessManagement": {"enabled": True},
    }
    if number(version) >= number("4.0"):
        return {
            **common,
            "securityRoles": {"enabled": True, "accountId": shared.audit},
            "config": {"accountId": shared.audit, "configurations": logging, "enabled": True},
        }
    return {
        **common,
        "securityRoles": {"accountId": shared.audit},
        "organizationStructure": {"security": {"name": "Security"}, "sandbox": {"name": "Sandbox"}},
    }
