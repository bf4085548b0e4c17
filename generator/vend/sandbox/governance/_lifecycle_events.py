"""The events by which Control Tower tells that something is done (user guide, lifecycle events)."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

from vend.sandbox.governance._event_bus import deliver
from vend.sandbox.organizations._organization import Organization

State = Literal["SUCCEEDED", "FAILED"]
_KEPT = 100
_DONE: Mapping[str, str] = {
    "CreateManagedAccount": "AWS Control Tower successfully created a managed account.",
    "UpdateManagedAccount": "AWS Control Tower successfully updated a managed account.",
    "RegisterOrganizationalUnit": "AWS Control Tower successfully registered an organizational unit.",
    "DeregisterOrganizationalUnit": (
        "AWS Control Tower successfully deregistered an organizational unit, and enabled mandatory guardrails on the "
        "new organizational unit."
    ),
    "SetupLandingZone": "AWS Control Tower successfully set up a new landing zone.",
    "UpdateLandingZone": "AWS Control Tower successfully updated a landing zone.",
    "EnableGuardrail": "AWS Control Tower successfully enabled a guardrail.",
    "DisableGuardrail": "AWS Control Tower successfully disabled a guardrail.",
}
_PRECHECKS_FAILED = (
    "AWS Control Tower failed to register an organizational unit due to pre-check failures. Go to the OU details page "
    "to download a list of failed pre-checks for the OU and accounts within."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an operation ended.

    Attributes:
        requested: seconds since the epoch.
        completed: the same.
        failure: why it failed; None when it succeeded.
    """

    requested: float
    completed: float
    failure: str | None = None

    @property
    def state(self) -> State:
        """As events say it."""
        return "SUCCEEDED" if self.failure is None else "FAILED"


class LifecycleEvents:
    """Puts Control Tower's events on the default bus of the management account in the home Region.

    Args:
        organization: for names of units and accounts.
        region: the home Region.
        clock: seconds since the epoch.
    """

    KEPT: ClassVar[tuple[str, ...]] = ("recent",)

    def __init__(self, organization: Organization, region: str, clock: Callable[[], float]) -> None:
        self._organization = organization
        self._region = region
        self._clock = clock
        self.recent: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        """The last events, oldest first."""

    def account(self, name: str, account: Mapping[str, str], unit_id: str | None, outcome: Outcome) -> None:
        """Emits `CreateManagedAccount` or `UpdateManagedAccount`.

        Args:
            name: the event.
            account: `accountName`, and `accountId` if there is one.
            unit_id: the unit that was asked for; None where none fits.
            outcome: how it ended.
        """
        unit = {} if unit_id is None else {"organizationalUnit": self._unit(unit_id)}
        self._tell(name, {**unit, "account": dict(account)}, outcome)

    def unit(self, name: str, unit_id: str, outcome: Outcome) -> None:
        """Emits `RegisterOrganizationalUnit` or `DeregisterOrganizationalUnit`."""
        self._tell(name, {"organizationalUnit": self._unit(unit_id)}, outcome)

    def prechecks(
        self, unit_id: str, on_unit: tuple[str, ...], on_accounts: Mapping[str, tuple[str, ...]], outcome: Outcome
    ) -> None:
        """Emits which pre-checks kept a unit from being registered."""
        accounts = [
            {**self._account(account_id), "failedPrechecks": list(codes)} for account_id, codes in on_accounts.items()
        ]
        details = {
            "organizationalUnit": {**self._unit(unit_id), "failedPrechecks": list(on_unit)},
            "accounts": accounts,
        }
        failed = Outcome(requested=outcome.requested, completed=outcome.completed, failure=_PRECHECKS_FAILED)
        self._tell("PrecheckOrganizationalUnit", details, failed)

    def guardrail(self, name: str, unit_id: str, guardrail: tuple[str, str], outcome: Outcome) -> None:
        """Emits `EnableGuardrail` or `DisableGuardrail`; `guardrail` is its id and behaviour."""
        details = {
            "organizationalUnits": [self._unit(unit_id)],
            "guardrails": [{"guardrailId": guardrail[0], "guardrailBehavior": guardrail[1]}],
        }
        # These two say requestTimestamp where all others say requestedTimestamp (the user guide's own samples).
        self._tell(name, details, outcome, requested="requestTimestamp")

    def landing_zone(self, name: str, unit_ids: tuple[str, ...], outcome: Outcome) -> None:
        """Emits `SetupLandingZone` or `UpdateLandingZone`."""
        details = {
            "rootOrganizationalId": self._organization.root_id,
            "organizationalUnits": [self._unit(unit_id) for unit_id in unit_ids],
            "accounts": [
                self._account(account.id)
                for account in self._organization.accounts()
                if account.parent_id in unit_ids or account.id == self._organization.management_account_id
            ],
        }
        self._tell(name, details, outcome)

    def baseline(self, name: str, details: Mapping[str, Any]) -> None:
        """Emits the event of an operation on a baseline, such as `EnableBaseline`; these have no state."""
        event_details = {"enabledBaselineDetails": dict(details)}
        if name == "DisableBaseline":
            event_details["baselineDetails"] = dict(details)
        self._put(name, {_key(name): event_details})

    def _tell(
        self, name: str, details: Mapping[str, Any], outcome: Outcome, *, requested: str = "requestedTimestamp"
    ) -> None:
        event_details = {
            **details,
            "state": outcome.state,
            "message": outcome.failure or _DONE[name],
            requested: _zoned(outcome.requested),
            "completedTimestamp": _zoned(outcome.completed),
        }
        self._put(name, {_key(name): event_details})

    def _put(self, name: str, details: Mapping[str, Any]) -> None:
        management, moment = self._organization.management_account_id, _utc(self._clock())
        event = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "AWS Service Event via CloudTrail",
            "source": "aws.controltower",
            "account": management,
            "time": moment,
            "region": self._region,
            "resources": [],
            "detail": {
                "eventVersion": "1.08",
                "userIdentity": {"accountId": management, "invokedBy": "AWS Internal"},
                "eventTime": moment,
                "eventSource": "controltower.amazonaws.com",
                "eventName": name,
                "awsRegion": self._region,
                "sourceIPAddress": "AWS Internal",
                "userAgent": "AWS Internal",
                "eventID": str(uuid.uuid4()),
                "readOnly": False,
                "eventType": "AwsServiceEvent",
                "serviceEventDetails": dict(details),
            },
        }
        self.recent.append(event)
        deliver(event, management, self._region)

    def _unit(self, unit_id: str) -> dict[str, str]:
        unit = self._organization.unit(unit_id)
        return {"organizationalUnitName": unit.name if unit is not None else "", "organizationalUnitId": unit_id}

    def _account(self, account_id: str) -> dict[str, str]:
        account = self._organization.account(account_id)
        return {"accountName": account.name if account is not None else "", "accountId": account_id}


def _key(name: str) -> str:
    return f"{name[:1].lower()}{name[1:]}Status"


def _utc(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _zoned(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S%z")
