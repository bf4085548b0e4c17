"""Control Tower's own API, put together: landing zone, baselines, controls, tags, and what runs in the background."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar

from vend.sandbox._running_operations import Quota, RunningOperation
from vend.sandbox.access._callers import Identity
from vend.sandbox.control_tower._baselines import PARAMETER, Baselines
from vend.sandbox.control_tower._controls import MOST_AT_ONCE as MOST_CONTROLS_AT_ONCE
from vend.sandbox.control_tower._controls import EnabledControls
from vend.sandbox.control_tower._landing_zone_api import LandingZones, ZoneState
from vend.sandbox.control_tower._operations import TowerOperation, TowerOperations
from vend.sandbox.control_tower._registration import Registration
from vend.sandbox.control_tower._versions import BASELINE, IDENTITY_CENTER_BASELINE, baseline_version_of, number
from vend.sandbox.governance._drift_notices import DriftNotices
from vend.sandbox.governance._estate import SharedAccounts
from vend.sandbox.governance._governance import Governance
from vend.sandbox.governance._lifecycle_events import LifecycleEvents, Outcome
from vend.sandbox.protocol._call import ApiError
from vend.sandbox.service_catalog._account_factory import AccountFactory
from vend.sandbox.service_catalog._catalog import Catalog, HomeRegion

Input = Mapping[str, Any]
Output = dict[str, Any]
Operation = Callable[[Identity, Input], Output]

_WITHOUT_ACCOUNT = frozenset({"baseline", "control"})
_READS_ZONE = frozenset(
    {
        "ListLandingZones",
        "GetLandingZone",
        "CreateLandingZone",
        "GetLandingZoneOperation",
        "ListLandingZoneOperations",
    }
)
"""What is answered whether there is a landing zone or not."""
_ACTS = frozenset(
    {
        "EnableBaseline",
        "UpdateEnabledBaseline",
        "ResetEnabledBaseline",
        "DisableBaseline",
        "EnableControl",
        "UpdateEnabledControl",
        "ResetEnabledControl",
        "DisableControl",
    }
)
"""What Control Tower needs its role for."""


class ControlTower:
    """The operations, by botocore's names.

    Args:
        state: of the landing zone.
        governance: what it governs.
        shared: its shared accounts.
        place: management account and home Region.
        clock: seconds since the epoch.
        seconds: how long an operation takes.
    """

    KEPT: ClassVar[tuple[str, ...]] = ()

    def __init__(  # noqa: PLR0913, PLR0917 - one landing zone's parts, put together here and nowhere else
        self,
        state: ZoneState,
        governance: Governance,
        shared: SharedAccounts,
        home: HomeRegion,
        clock: Callable[[], float],
        seconds: float,
    ) -> None:
        self.state = state
        self.shared = shared
        self._governance = governance
        self._organization = governance.organization
        self._home = home
        self.background = TowerOperations(clock, seconds)
        self.events = LifecycleEvents(governance.organization, home.region, clock)
        self.controls = EnabledControls(governance, self.background, self.events, self._arn, lambda: state.version)
        self.drift_notices = DriftNotices(governance, self.controls.guardrails)
        self.landing_zones = LandingZones(state, governance, shared, self.background, self._arn)

    def join(self, catalog: Catalog, factory: AccountFactory) -> None:
        """Connects Control Tower with Account Factory."""
        registration = Registration(self._governance, self.shared, self.controls, self.events, catalog.may_launch)
        self.baselines = Baselines(
            registration, self.background, self._arn, lambda: self.state.version, factory.accounts_in_work
        )
        factory.excluded_by = self.excludes
        self._catalog = catalog
        self._set_up()

    def _set_up(self) -> None:
        organization, shared = self._organization, self.shared
        for baseline, account_id in (
            ("LogArchiveBaseline", shared.log_archive),
            ("AuditBaseline", shared.audit),
            (IDENTITY_CENTER_BASELINE, self._home.account_id),
        ):
            self.baselines.put(baseline, organization.account_arn(account_id))
        self.controls.stand_on(shared.security_unit)
        for unit_id in sorted(self._governance.registered):
            self.register_at_once(unit_id)

    def register_at_once(self, unit_id: str, controls: Iterable[str] | None = None) -> None:
        """Registers a unit from the start, without an operation and without an event.

        Args:
            unit_id: the unit.
            controls: names of those that stand on it; None means the mandatory ones.
        """
        center = next(one.arn for one in self.baselines.enabled.values() if one.baseline == IDENTITY_CENTER_BASELINE)
        self._governance.registered.add(unit_id)
        self.controls.stand_on(unit_id, controls)
        self.baselines.put(
            BASELINE,
            self._organization.unit_arn(unit_id),
            version=baseline_version_of(self.state.version),
            parameters=((PARAMETER, center),),
        )

    def operations(self) -> dict[str, Operation]:
        """The operations that are answered here; moto lacks this service."""
        found: dict[str, Operation] = {
            **self.landing_zones.operations(),
            **self.baselines.operations(),
            **self.controls.operations(),
            "ListTagsForResource": self._list_tags,
            "TagResource": self._tag,
            "UntagResource": self._untag,
        }
        return {name: self._checked(name, operation) for name, operation in found.items()}

    def _checked(self, name: str, operation: Operation) -> Operation:
        if name in _READS_ZONE:
            return operation

        def checked(caller: Identity, params: Input) -> Output:
            self.landing_zones.require(role=name in _ACTS)
            output = operation(caller, params)
            if params.get("tags") and "arn" in output:
                self.state.tags[output["arn"]] = dict(params["tags"])
            return output

        return checked

    @property
    def is_working(self) -> bool:
        """Whether an operation is in progress."""
        return bool(self.background.running())

    def settle(self) -> None:
        """Finishes the operations that are due."""
        self.background.settle(self._finish)

    def _finish(self, operation: TowerOperation) -> None:
        if operation.family == "baseline":
            first = operation.target not in self._governance.registered
            self.baselines.finish(operation)
            if first:
                self._catalog.rewrite(operation.ends)
        elif operation.family == "control":
            self.controls.finish(operation)
        elif operation.family == "auto-enrollment":
            self._auto_enrol(operation)
        else:
            self._finish_zone(operation)

    def _finish_zone(self, operation: TowerOperation) -> None:
        before = self.state.version
        if operation.type == "DELETE":
            self._dismantle()
        self.landing_zones.finish(operation)
        if operation.type == "CREATE":
            self._set_up()
        if operation.type == "CREATE" or self.state.version != before:
            self._catalog.renew_artifact()
        if operation.type != "DELETE":
            name = "SetupLandingZone" if operation.type == "CREATE" else "UpdateLandingZone"
            units = (self.shared.security_unit, *sorted(self._governance.registered))
            self.controls.stand_on(self.shared.security_unit)
            self.events.landing_zone(name, units, Outcome(requested=operation.started, completed=operation.ends))

    def _dismantle(self) -> None:
        """Decommissions the landing zone: units and accounts stay, Control Tower's resources on them go."""
        for account_id in list(self._governance.enrolled):
            self._governance.release(account_id)
        for unit_id in (*self._governance.registered, self.shared.security_unit):
            self.controls.leave(unit_id)
        self._governance.registered.clear()
        self.baselines.enabled.clear()

    def running_operations(self) -> Iterator[RunningOperation]:
        """Operations in progress, for display."""
        for operation in self.background.running():
            names = (self._organization.path_of(operation.target), operation.target, operation.subject)
            yield RunningOperation(
                operation=operation.type,
                subject=next(name for name in names if name),
                started=operation.started,
                ends=operation.ends,
            )

    def quotas(self) -> tuple[Quota, ...]:
        """Operations at once, as Control Tower counts them."""
        running = self.background.running
        return (
            Quota(name="operations on units at once", used=len(running("baseline")), limit=1),
            Quota(name="control operations at once", used=len(running("control")), limit=MOST_CONTROLS_AT_ONCE),
        )

    def units_in_work(self) -> set[str]:
        """Units that an operation on a baseline is changing."""
        return {operation.target for operation in self.background.running("baseline")}

    def excludes(self, unit_id: str | None) -> bool:
        """Whether operations on accounts for this unit cannot begin now.

        An operation on a unit or on the landing zone excludes all, an account on its way into the unit those there
        (user guide, limits and auto-enrollment).
        """
        enrolling = {operation.subject for operation in self.background.running("auto-enrollment")}
        return bool(self.background.running("baseline", "landing-zone")) or unit_id in enrolling

    def moved(self, account_id: str, destination: str) -> None:
        """Called when an account was moved by hand. With auto-enrolment it is enrolled or unenrolled later."""
        if self.landing_zones.auto_enrolls and account_id != self._home.account_id:
            self.background.begin("auto-enrollment", "MOVE_ACCOUNT", target=account_id, subject=destination)

    def changed(self) -> None:
        """Called when the organization was changed; publishes the resulting drift.

        With auto-enrolment on, and since version 4.0, no notice goes to the topic.
        """
        if self.state.arn and not self.landing_zones.auto_enrolls and number(self.state.version) < number("4.0"):
            self.drift_notices.look()

    def _auto_enrol(self, operation: TowerOperation) -> None:
        account = self._organization.account(operation.target)
        if account is None or account.parent_id != operation.subject:
            return  # it left, or was moved on: that move has its own turn
        if account.parent_id not in self._governance.registered:
            self._governance.release(account.id)
        elif account.id in self._governance.enrolled or self._governance.obstacle(account.id) is None:
            self._governance.enrol(account.id, account.parent_id)

    # --- tags

    def _list_tags(self, caller: Identity, params: Input) -> Output:
        del caller
        return {"tags": dict(self._tags(params))}

    def _tag(self, caller: Identity, params: Input) -> Output:
        del caller
        self._tags(params).update(params["tags"])
        return {}

    def _untag(self, caller: Identity, params: Input) -> Output:
        del caller
        tags = self._tags(params)
        for key in params["tagKeys"]:
            tags.pop(key, None)
        return {}

    def _tags(self, params: Input) -> dict[str, str]:
        arn = params["resourceArn"]
        if arn not in {self.state.arn, *self.baselines.enabled, *self.controls.enabled}:
            raise ApiError("ResourceNotFoundException", f"Resource {arn} was not found.")
        return self.state.tags.setdefault(arn, {})

    def _arn(self, kind: str, identifier: str) -> str:
        account = "" if kind in _WITHOUT_ACCOUNT else self._home.account_id
        return f"arn:aws:controltower:{self._home.region}:{account}:{kind}/{identifier}"
