"""The fleet as it stands: requests, what was applied, and how."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from vend.codec import JsonDocument
from vend.customizations import Catalogue, has_customizations
from vend.errors import Diagnostic
from vend.lifecycle._failures import UNSUCCESSFUL, AccountFailure, current_failures
from vend.lifecycle._workspace import Workspace
from vend.lifecycle.survey._fleet_survey import FleetSurvey, survey_fleet
from vend.lifecycle.survey._request_checks import resolve_units
from vend.lifecycle.survey._scope import refuse_unknown, whole_fleet
from vend.models import AccountRequest, Applied, Stage, Status

_NOT_APPLIED = frozenset({"source", "change", "organizational_unit"})
"""What of a request reaches no account; and the unit, which several texts may name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStatus(JsonDocument):
    """One account.

    Attributes:
        status: `succeeded` where all that the request asks for was applied when it was last applied; `pending` where
            that never happened, or stages are left.
        state: as Organizations has it now, such as ACTIVE or CLOSED; GONE where the account is not in the organization
            any more, None before there is one.
        requested: whether there is a request for it.
        stages: by name, those that ran.
        pending_stages: those that never ran.
        pending_change: whether the request was edited since it was applied.
        pending_fields: which of its fields were, of an account that was applied before.
        failure: why it failed, if it has not succeeded since.
    """

    account: str
    account_id: str | None
    email: str | None
    organizational_unit: str | None
    status: Status
    state: str | None = None
    requested: bool = True
    stages: Mapping[Stage, Status]
    pending_stages: tuple[Stage, ...] = ()
    pending_change: bool = False
    pending_fields: tuple[str, ...] = ()
    failure: AccountFailure | None = None
    last_run: str | None
    customizations: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetStatus(JsonDocument):
    """The document of `vend status`."""

    accounts: tuple[AccountStatus, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


def status(workspace: Workspace, accounts: Collection[str] = ()) -> FleetStatus:
    """What the ledger and AWS know of every account; starts no Terraform.

    Args:
        workspace: from `open_workspace`.
        accounts: only these; all where empty.

    Raises:
        InvalidInputError: an account that neither a request nor the ledger has.
        AwsError: AWS refused a look-up.
        LedgerError: the ledger cannot be read.
    """
    scope = whole_fleet(workspace)
    labels = {request.account for request in scope.requests}
    refuse_unknown((name for name in accounts if name not in labels and name not in scope.applied), labels)
    survey = survey_fleet(workspace, scope)
    found = status_of(survey, workspace.catalogue, current_failures(workspace.ledger, scope.applied))
    if not accounts:
        return found
    return replace(found, accounts=tuple(row for row in found.accounts if row.account in accounts))


def status_of(survey: FleetSurvey, catalogue: Catalogue, failures: Mapping[str, AccountFailure]) -> FleetStatus:
    """The same of a fleet that was looked up; what was tried and left nothing is not in it.

    Args:
        survey: of the whole fleet.
        catalogue: of its customizations.
        failures: from `current_failures`.
    """
    requests = {request.account: request for request in survey.scope.requests}
    entries = {entry.account: entry for entry in survey.without_request}
    entries |= {name: survey.scope.applied[name] for name in requests if name in survey.scope.applied}
    rows = (
        _account_status(survey, name, requests.get(name), entries.get(name)) for name in sorted({*requests, *entries})
    )
    return FleetStatus(accounts=tuple(_judged(row, requests, catalogue, failures) for row in rows))


def _account_status(
    survey: FleetSurvey, name: str, request: AccountRequest | None, entry: Applied | None
) -> AccountStatus:
    organization = survey.organization
    account = organization.accounts.get(entry.account_id) if entry and entry.account_id else None
    unit = organization.path_of(account.parent_id) if account else None
    gone = "GONE" if entry and entry.account_id else None
    stages: dict[Stage, Status] = {s: a.status for s, a in entry.stages.items()} if entry else {}
    edited = _edited(survey, request, entry) if request and entry else ()
    return AccountStatus(
        account=name,
        account_id=entry.account_id if entry else None,
        email=request.email if request else (entry.email if entry else None),
        organizational_unit=unit or (request.organizational_unit if request else None),
        status=_overall(stages),
        state=account.state if account else gone,
        requested=request is not None,
        stages=stages,
        pending_change=request is not None and (entry is None or entry.request is None or bool(edited)),
        pending_fields=edited,
        last_run=entry.last_run if entry else None,
        customizations=request.customizations if request else (),
    )


def _judged(
    row: AccountStatus,
    requests: Mapping[str, AccountRequest],
    catalogue: Catalogue,
    failures: Mapping[str, AccountFailure],
) -> AccountStatus:
    """The row with what is left to do, and why it is."""
    request, failure = requests.get(row.account), failures.get(row.account)
    wanted = _wanted_stages(request, catalogue) if request else ()
    left = tuple(stage for stage in wanted if stage not in row.stages)
    status = "pending" if left and row.status == "succeeded" else row.status
    return replace(row, status=failure.status if failure else status, pending_stages=left, failure=failure)


def _wanted_stages(request: AccountRequest, catalogue: Catalogue) -> tuple[Stage, ...]:
    """What is recorded of an account once everything is applied; its tags make `settings` part of every one."""
    return (
        ("account", "settings", "customizations") if has_customizations(request, catalogue) else ("account", "settings")
    )


def _edited(survey: FleetSurvey, request: AccountRequest, entry: Applied) -> tuple[str, ...]:
    """The fields of a request that say something else than when it was applied.

    A field that the vend which recorded it did not know counts only where it says something.
    """
    if entry.request is None:
        return ()
    said, says = entry.request, request.to_json()
    edited = [
        name
        for name, value in says.items()
        if name not in _NOT_APPLIED and (value != said[name] if name in said else bool(value))
    ]
    if says["organizational_unit"] != said.get("organizational_unit"):
        unit = resolve_units(survey.organization, [request])[0].get(request.account)
        if unit is None or unit.path != entry.organizational_unit:
            edited.append("organizational_unit")
    return tuple(sorted(edited))


def _overall(stages: Mapping[Stage, Status]) -> Status:
    if not stages:
        return "pending"
    for worst in (*UNSUCCESSFUL, "running", "pending"):
        if worst in stages.values():
            return worst
    return "succeeded"
