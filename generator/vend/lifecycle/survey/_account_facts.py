"""What a plan is about, for its reviewers: the account as wanted, as it is, and as it was last asked for."""

from __future__ import annotations

from vend.decide import Situation
from vend.errors import Diagnostic
from vend.lifecycle._workspace import Workspace
from vend.lifecycle.survey._fleet_survey import FleetSurvey
from vend.models import AccountRequest, Applied
from vend.plan import AccountAction, Controls, Subject

_STAYS: frozenset[AccountAction] = frozenset({"none", "refused", "failed"})


def facts_of_account(workspace: Workspace, survey: FleetSurvey, situation: Situation, action: AccountAction) -> Subject:
    """What is known of an account that was looked at, and what becomes of its controls where it moves."""
    from vend.aws import control_tower_value

    account, applied = situation.account, situation.applied
    moves = action not in _STAYS and (account is None or situation.misplaced)
    return Subject(
        request=situation.request,
        last=applied.request if applied else None,
        name=account.name if account else None,
        email=account.email if account else None,
        unit_before=survey.organization.path_of(account.parent_id) if account else None,
        unit_after=situation.wanted_unit.path,
        unit_parameter=control_tower_value(situation.wanted_unit),
        controls=_controls(workspace, survey, account.parent_id if account else None, situation.wanted_unit.id)
        if moves
        else None,
    )


def facts_of_request(request: AccountRequest) -> Subject:
    """What is known of an account that could not be looked at."""
    return Subject(request=request)


def facts_without_request(survey: FleetSurvey, applied: Applied) -> Subject:
    """What is known of an account whose request is gone."""
    organization = survey.organization
    account = organization.accounts.get(applied.account_id or "")
    return Subject(
        last=applied.request,
        name=account.name if account else None,
        email=account.email if account else applied.email,
        unit_before=organization.path_of(account.parent_id) if account else applied.organizational_unit,
    )


def _controls(workspace: Workspace, survey: FleetSurvey, before: str | None, after: str) -> Controls:
    """What an account gains and loses on its way from one unit to another.

    Controls that are enabled on a unit above count too: those that are service control policies are inherited by
    nested units (Control Tower user guide, "Nested OUs"). Not knowing is no reason to fail.
    """
    old = _enabled(workspace, survey, before) if before is not None else frozenset()
    new = _enabled(workspace, survey, after)
    problems = [found.summary for found in (old, new) if isinstance(found, Diagnostic)]
    if isinstance(old, Diagnostic) or isinstance(new, Diagnostic):
        return Controls(problem=problems[0])
    return Controls(gained=tuple(sorted(new - old)), lost=tuple(sorted(old - new)))


def _enabled(workspace: Workspace, survey: FleetSurvey, unit_id: str) -> frozenset[str] | Diagnostic:
    units = survey.organization.units
    found: frozenset[str] = frozenset()
    unit = units.get(unit_id)
    while unit is not None and unit.parent_id is not None:
        enabled = workspace.aws.enabled_controls(unit.id)
        if isinstance(enabled, Diagnostic):
            return enabled
        found |= enabled
        unit = units.get(unit.parent_id)
    return found
