"""The fleet as it stands: requests, what was applied, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vend.codec import JsonDocument
from vend.errors import Diagnostic
from vend.lifecycle._workspace import Workspace
from vend.lifecycle.survey._fleet_survey import FleetSurvey, survey_fleet
from vend.lifecycle.survey._scope import whole_fleet
from vend.models import AccountRequest, Applied, Organization, Stage, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStatus(JsonDocument):
    """One account: `stages` by name; an account that was never applied is `pending`.

    Attributes:
        state: as Organizations has it now, such as ACTIVE or CLOSED; GONE where the account is not in the organization
            any more, None before there is one.
    """

    account: str
    account_id: str | None
    email: str | None
    organizational_unit: str | None
    status: Status
    state: str | None = None
    stages: Mapping[Stage, Status]
    last_run: str | None
    customizations: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetStatus(JsonDocument):
    """The document of `vend status`."""

    accounts: tuple[AccountStatus, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


def status(workspace: Workspace) -> FleetStatus:
    """What the ledger and AWS know of every account; starts no Terraform.

    Raises:
        AwsError: AWS refused a look-up.
        LedgerError: the ledger cannot be read.
    """
    return status_of(survey_fleet(workspace, whole_fleet(workspace)))


def status_of(survey: FleetSurvey) -> FleetStatus:
    """The same of a fleet that was looked up; what was tried and left nothing is not in it."""
    requests = {request.account: request for request in survey.scope.requests}
    entries = {entry.account: entry for entry in survey.without_request}
    entries |= {name: survey.scope.applied[name] for name in requests if name in survey.scope.applied}
    return FleetStatus(
        accounts=tuple(
            _account_status(survey.organization, name, requests.get(name), entries.get(name))
            for name in sorted({*requests, *entries})
        )
    )


def _account_status(
    organization: Organization, name: str, request: AccountRequest | None, entry: Applied | None
) -> AccountStatus:
    account = organization.accounts.get(entry.account_id) if entry and entry.account_id else None
    unit = organization.path_of(account.parent_id) if account else None
    gone = "GONE" if entry and entry.account_id else None
    stages: dict[Stage, Status] = {s: a.status for s, a in entry.stages.items()} if entry else {}
    return AccountStatus(
        account=name,
        account_id=entry.account_id if entry else None,
        email=request.email if request else (entry.email if entry else None),
        organizational_unit=unit or (request.organizational_unit if request else None),
        status=_overall(stages),
        state=account.state if account else gone,
        stages=stages,
        last_run=entry.last_run if entry else None,
        customizations=request.customizations if request else (),
    )


def _overall(stages: Mapping[Stage, Status]) -> Status:
    if not stages:
        return "pending"
    for worst in ("failed", "aborted", "running", "pending"):
        if worst in stages.values():
            return worst
    return "succeeded"
