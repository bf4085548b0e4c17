"""What the policies say of a change set: the rules that come with vend, and those the fleet wrote in Rego."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from vend.errors import AwsError, Diagnostic, InvalidInputError, has_errors
from vend.lifecycle._workspace import Workspace
from vend.models import Fleet, Position
from vend.plan import AccountPlan, Plan, PolicyResult
from vend.rego import PolicyFile, evaluate, read_policies
from vend.review import Facts, Policies, judge, own_results, policy_digest, policy_input, refused_by_policy

_DRIFT_MATTERS = frozenset({"create", "enrol", "move", "repair"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPolicies:
    """The policies that the fleet wrote itself, and warnings about them."""

    files: tuple[PolicyFile, ...]
    warnings: tuple[Diagnostic, ...]


def apply_policies(workspace: Workspace, plan: Plan, fleet: FleetPolicies) -> Plan:
    """The plan with what every policy says of it; what is denied and not approved is refused.

    Args:
        workspace: the plan was made in.
        plan: without policy results.
        fleet: the fleet's own policies.
    """
    files = fleet.files
    policies = policies_of(workspace, _drift(workspace, plan.accounts))
    results = judge(plan.accounts, policies)
    own, problems = _own(workspace, plan, files, policies)
    results = (*results, *own)
    accounts = refused_by_policy(plan.accounts, results, everything=has_errors(problems))
    return replace(
        plan,
        accounts=accounts,
        policy=tuple(result for result in results if result.account is None),
        policy_digest=policy_digest(workspace.fleet.settings.review, {file.name: file.text for file in files}),
        diagnostics=(*fleet.warnings, *plan.diagnostics, *problems),
    )


def read_fleet_policies(fleet: Fleet) -> FleetPolicies:
    """Reads the fleet's own policies.

    Raises:
        InvalidInputError: a file cannot be read.
    """
    files, problems = read_policies(fleet.policy_directory or fleet.overrides)
    if has_errors(problems):
        raise InvalidInputError(problems)
    return FleetPolicies(files=files, warnings=problems)


def policies_of(workspace: Workspace, drift: str | None = None) -> Policies:
    """What the change set of this fleet is judged by."""
    fleet = workspace.fleet
    return Policies(
        facts=Facts(settings=fleet.settings.review, drift=drift),
        approvals=fleet.approvals,
        today=workspace.clock().date(),
    )


def _drift(workspace: Workspace, plans: Iterable[AccountPlan]) -> str | None:
    """What Control Tower says of the landing zone, where an account operation depends on it and it may be asked."""
    if workspace.fleet.settings.review.rules.get("landing-zone-drift") == "off":
        return None
    if not any(plan.action in _DRIFT_MATTERS for plan in plans):
        return None
    try:
        return workspace.aws.landing_zone().drift
    except AwsError:
        # Without the permission to ask, Control Tower itself judges when the account is made.
        return None


def _own(
    workspace: Workspace, plan: Plan, files: tuple[PolicyFile, ...], policies: Policies
) -> tuple[tuple[PolicyResult, ...], tuple[Diagnostic, ...]]:
    if not any(file.rules for file in files):
        return (), ()
    document: Mapping[str, Any] = policy_input(plan, workspace.fleet.settings.review)
    evaluation = evaluate(files, document)
    known = {account.account for account in plan.accounts}
    found = [
        PolicyResult(
            code=finding.code,
            severity=finding.severity,
            summary=finding.summary,
            digest="",
            account=finding.account if finding.account in known else None,
            reference=finding.file,
            position=Position(file=finding.file, line=finding.line, column=1),
        )
        for finding in evaluation.findings
    ]
    return own_results(found, policies), evaluation.diagnostics
