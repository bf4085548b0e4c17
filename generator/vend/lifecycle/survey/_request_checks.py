"""What AWS must be asked about the requests before anything is planned: every problem, each at its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from vend.errors import AwsError, Diagnostic, sort_diagnostics
from vend.lifecycle._workspace import Workspace
from vend.lifecycle.survey._fleet_survey import FleetSurvey
from vend.lifecycle.survey._quotas import account_quota_problems, landing_zone_problems, opt_in_problems
from vend.models import (
    AccountRequest,
    Applied,
    Organization,
    OrganizationAccount,
    OrganizationalUnit,
    ProvisionedProduct,
)

_MOST_ACCOUNTS = 1000
"""In one registered unit (Control Tower user guide, limits)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRequests:
    """What AWS has against requests, and what not.

    Attributes:
        units: where each account goes, by the request's label.
        refused: the requests that cannot be applied, by label, each for all the reasons that there are.
        warnings: what does not keep them from being planned, sorted.
    """

    units: Mapping[str, OrganizationalUnit] = field(default_factory=dict)
    refused: Mapping[str, tuple[Diagnostic, ...]] = field(default_factory=dict)
    warnings: tuple[Diagnostic, ...] = ()


def check_requests(workspace: Workspace, survey: FleetSurvey, *, again: bool = False) -> CheckedRequests:
    """Leases the requests against the organization, Identity Center and AWS's quotas.

    Args:
        workspace: from `open_workspace`.
        survey: of the fleet; the requests in its scope are checked.
        again: their settings are planned even if they were applied as they are.
    """
    requests, applied = survey.scope.requests, survey.scope.applied
    organization, products = survey.organization, survey.products
    accounts = {request.account: survey.account_of(request) for request in requests}
    units, problems = resolve_units(organization, requests)
    new = [request for request in requests if survey.is_new(request)]
    problems += _overfull(organization, requests, units, accounts)
    relabelled = survey.label_changes.values()
    problems += _names(organization, products, [request for request in new if request.account not in relabelled])
    problems += _access(workspace, requests, applied, again=again)
    problems += account_quota_problems(workspace.aws, organization, new)
    problems += landing_zone_problems(workspace.aws, organization, new)
    problems += opt_in_problems(requests, accounts, applied)
    refused: dict[str, tuple[Diagnostic, ...]] = {}
    for problem in sort_diagnostics(problem for problem in problems if problem.severity == "error"):
        name = str(problem.account)
        refused[name] = (*refused.get(name, ()), problem)
    warnings = sort_diagnostics(problem for problem in problems if problem.severity != "error")
    return CheckedRequests(units=units, refused=refused, warnings=warnings)


def resolve_units(
    organization: Organization, requests: Sequence[AccountRequest]
) -> tuple[dict[str, OrganizationalUnit], list[Diagnostic]]:
    """The unit of each account, by the request's label, and what is wrong with the others."""
    from vend.aws import resolve_unit

    units: dict[str, OrganizationalUnit] = {}
    problems: list[Diagnostic] = []
    resolved = {text: resolve_unit(organization, text) for text in {r.organizational_unit for r in requests}}
    for request in requests:
        found = resolved[request.organizational_unit]
        if isinstance(found, Diagnostic):
            problems.append(_at(request, found))
        elif found.registered is False:
            problems.append(
                _at(
                    request,
                    Diagnostic(
                        code="unregistered-organizational-unit",
                        summary=f'"{found.path}" ({found.id}) is not registered with Control Tower',
                        detail="Account Factory refuses to put an account there.",
                        hint="register the organizational unit first, or choose a registered one",
                    ),
                )
            )
        else:
            units[request.account] = found
    return units, problems


def _overfull(
    organization: Organization,
    requests: Sequence[AccountRequest],
    units: Mapping[str, OrganizationalUnit],
    accounts: Mapping[str, OrganizationAccount | None],
) -> Iterator[Diagnostic]:
    """Accounts that come into a registered unit beyond what it may hold."""
    held = Counter(account.parent_id for account in organization.accounts.values())
    coming = []
    for request in requests:
        unit, account = units.get(request.account), accounts[request.account]
        if unit is not None and (account is None or account.parent_id != unit.id):
            coming.append((request, unit))
            held.subtract(() if account is None else (account.parent_id,))
    for request, unit in coming:
        held[unit.id] += 1
        if held[unit.id] > _MOST_ACCOUNTS:
            yield _at(
                request,
                Diagnostic(
                    code="organizational-unit-full",
                    summary=f'"{unit.path}" would hold {held[unit.id]:,} accounts',
                    detail=f"Control Tower governs at most {_MOST_ACCOUNTS:,} accounts in one unit.",
                    hint="choose another unit, or one nested below it",
                ),
            )


def _names(
    organization: Organization, products: Mapping[str, ProvisionedProduct], new: Sequence[AccountRequest]
) -> Iterator[Diagnostic]:
    """Names of new accounts that others have: AWS takes them, and people mix the accounts up."""
    taken: dict[str, OrganizationAccount] = {}
    for account in sorted(organization.accounts.values(), key=lambda account: account.id):
        taken.setdefault(account.name, account)
    holders = {product.account_id: name for name, product in products.items()}
    for request in new:
        other = taken.get(request.name)
        if other is None:
            continue
        holder = holders.get(other.id)
        managed = f' and provisioned product "{holder}" manages it' if holder else ""
        label = f' and "{holder}" for its label' if holder else ""
        yield Diagnostic(
            severity="warning",
            code="name-in-use",
            summary=f'account {other.id} is named "{other.name}" too',
            detail=f"Its email is {other.email}{managed}, and it is {other.state}. AWS lets two accounts have one name."
            if other.state != "ACTIVE"
            else f"Its email is {other.email}{managed}. AWS lets two accounts have one name.",
            hint=f"choose another name; or, if that account is meant, give the request its email{label}"
            if other.state not in {"PENDING_CLOSURE", "CLOSED"}
            else "it was closed, and goes within 90 days; choose another name to tell the two apart",
        ).at(request.position("name"), request.account)


def _access(
    workspace: Workspace, requests: Sequence[AccountRequest], applied: Mapping[str, Applied], *, again: bool
) -> Iterator[Diagnostic]:
    """Groups and permission sets that Identity Center does not have, of all accounts, with one look-up.

    Access that was applied as it is needs none. Where Identity Center may not be asked, each account that needs it
    says so once it is planned; the others go on.
    """
    from vend.render import access_problems

    wanting = [
        request
        for request in requests
        if request.access and (again or not _has_access(request, applied.get(request.account)))
    ]
    if not wanting:
        return
    try:
        center = workspace.aws.identity_center()
    except AwsError:
        return
    for request in wanting:
        yield from access_problems(request.account, request.access, center, request)


def _has_access(request: AccountRequest, applied: Applied | None) -> bool:
    if applied is None or applied.request is None:
        return False
    stage = applied.stages.get("settings")
    done = stage is not None and stage.status == "succeeded"
    return done and applied.request.get("access") == request.to_json()["access"]


def _at(request: AccountRequest, problem: Diagnostic) -> Diagnostic:
    return problem.at(request.position("organizational_unit"), request.account)
