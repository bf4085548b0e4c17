"""From the fleet to its change set."""

from __future__ import annotations

from vend.errors import Diagnostic, InterruptedRunError
from vend.events import AccountPlanned
from vend.lifecycle._origin import run_started
from vend.lifecycle._workspace import Workspace
from vend.lifecycle.plan._account_plans import AccountPlans, PlanSources, plan_accounts
from vend.lifecycle.plan._policies import apply_policies, read_fleet_policies
from vend.lifecycle.plan._previews import StartEmulation
from vend.lifecycle.plan._removal import Removals, plan_removals
from vend.lifecycle.survey._account_survey import survey_accounts
from vend.lifecycle.survey._fleet_survey import survey_fleet
from vend.lifecycle.survey._request_checks import CheckedRequests, check_requests
from vend.lifecycle.survey._scope import Scope, choose_accounts
from vend.plan import Plan, Selection
from vend.review import digest

EVERYTHING = Selection()
"""The whole fleet, as far as it differs from what was applied."""


def plan(workspace: Workspace, selection: Selection = EVERYTHING, *, emulate: StartEmulation | None = None) -> Plan:
    """Plans what differs; changes nothing.

    The `account` and `settings` roots of several accounts are planned in one Terraform run. That leaves no saved plan
    of a single account: its stages are planned again before they are applied, and must then be what they were.

    Args:
        workspace: from `open_workspace`.
        selection: what of the fleet, and how.
        emulate: starts the emulated AWS against which customizations of accounts are planned that do not exist yet;
            None makes no previews.

    Raises:
        InvalidInputError: an unknown account is named, or policies cannot be read, before anything was planned.
        AwsError: AWS refused a look-up.
        RefusedError: there is no request at all, and accounts were vended.
        InterruptedRunError: the user asked to stop.
    """
    scope = choose_accounts(workspace, selection.accounts)
    return plan_scope(workspace, scope, selection, PlanSources(emulate=emulate))


def plan_scope(workspace: Workspace, scope: Scope, selection: Selection, sources: PlanSources) -> Plan:
    """As `plan`, for accounts that were chosen."""
    policies = read_fleet_policies(workspace.fleet)
    _announce(workspace, scope)
    survey = survey_fleet(workspace, scope)
    removals = plan_removals(workspace, survey, selection)
    checked = check_requests(workspace, survey, again=selection.refresh or selection.stage == "settings")
    surveyed = survey_accounts(workspace, survey, checked)
    accounts = plan_accounts(workspace, survey, surveyed, selection, sources)
    _refuse_interrupted(workspace)
    planned = _change_set(workspace, checked, accounts, removals)
    return apply_policies(workspace, planned, policies)


def _announce(workspace: Workspace, scope: Scope) -> None:
    accounts = tuple(request.account for request in scope.requests)
    workspace.on_event(run_started(workspace, "plan", accounts))


def _refuse_interrupted(workspace: Workspace) -> None:
    if workspace.stop.is_set():
        raise InterruptedRunError(Diagnostic(code="interrupted", summary="planning was stopped; nothing was changed"))


def _change_set(workspace: Workspace, checked: CheckedRequests, accounts: AccountPlans, removals: Removals) -> Plan:
    for removal in removals.plans:
        workspace.on_event(AccountPlanned(plan=removal))
    plans = tuple(sorted((*accounts.plans, *removals.plans), key=lambda planned: planned.account))
    return Plan(
        accounts=plans,
        digest=digest(plans),
        terraform_runs=workspace.terraform.runs,
        fleet=workspace.fleet.settings.name,
        organization_id=workspace.aws.organization_id,
        diagnostics=(*checked.warnings, *removals.warnings, *accounts.warnings),
    )
