"""What is wanted and what exists, account by account, before anything is planned."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from vend.decide import ProductState, Situation, needs_state
from vend.errors import Diagnostic, InvalidInputError, VendError, sort_diagnostics
from vend.lifecycle._workspace import Workspace
from vend.lifecycle.survey._fingerprints import Fingerprints, in_form_of_today
from vend.lifecycle.survey._fleet_survey import FleetSurvey, survey_fleet_again
from vend.lifecycle.survey._made_with import as_made, existing_made_with, product_resource
from vend.lifecycle.survey._request_checks import CheckedRequests, resolve_units
from vend.models import (
    ROOTS,
    AccountRequest,
    Applied,
    MadeWith,
    RootModule,
    Stage,
)

if TYPE_CHECKING:
    from vend.render import Renderer
    from vend.terraform import State

LOOKUPS = 10
"""Accounts that AWS is asked about at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSurvey:
    """One account's situation and its rendered root modules.

    Attributes:
        states: by stage, the Terraform states that were read, secrets included; None where there is none yet.
        former: by stage, fingerprints that an older release left in the ledger and that say what is wanted now.
    """

    situation: Situation
    roots: Mapping[Stage, RootModule]
    states: Mapping[Stage, bytes | None]
    former: Mapping[Stage, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedSurvey:
    """An account that could not be looked at, or whose request AWS shows to be wrong; the others go on.

    Attributes:
        refused: whether it is the request that is wrong.
    """

    request: AccountRequest
    diagnostics: tuple[Diagnostic, ...]
    refused: bool = False


def survey_accounts(
    workspace: Workspace, fleet: FleetSurvey, checked: CheckedRequests | None = None
) -> tuple[AccountSurvey | FailedSurvey, ...]:
    """Compares each request in scope with what exists; reads Terraform state where it matters.

    Args:
        workspace: from `open_workspace`.
        fleet: from `survey_fleet`.
        checked: from `check_requests`; where it is not given, only the organizational units are resolved.

    Raises:
        InvalidInputError: the requests were not checked, and organizational units do not exist, or Control Tower does
            not govern them.
    """
    from vend.render import Renderer

    checked = checked or _resolved(fleet)
    old_labels = {new: old for old, new in fleet.label_changes.items()}
    renderer = Renderer(
        settings=workspace.fleet.settings,
        catalogue=workspace.catalogue,
        fleet_directory=workspace.fleet.overrides,
        cache=workspace.cache,
    )
    prints = Fingerprints(workspace.terraform.binary, renderer)

    def survey(request: AccountRequest) -> AccountSurvey:
        applied = fleet.scope.applied.get(request.account)
        states = _States(workspace, request.account)
        made_with = _made_with(workspace, states, request, fleet)
        roots = _render(states, renderer, request, fleet, made_with)
        fingerprints = prints.of(request, roots)
        former = prints.former(request, roots, applied)
        situation = Situation(
            request=request,
            product=fleet.products.get(request.account),
            account=fleet.account_of(request),
            wanted_unit=checked.units[request.account],
            made_with=made_with,
            applied=in_form_of_today(applied, former, fingerprints),
            fingerprints=fingerprints,
            held_by=fleet.other_product_of(request),
            renamed_from=old_labels.get(request.account),
        )
        if needs_state(situation):
            situation = replace(situation, state=_product_state(states))
        return AccountSurvey(situation=situation, roots=roots, states=states.read, former=former)

    def attempt(request: AccountRequest) -> AccountSurvey | FailedSurvey:
        refused = checked.refused.get(request.account)
        if refused is not None:
            return FailedSurvey(request=request, diagnostics=refused, refused=True)
        try:
            return survey(request)
        except VendError as error:
            return FailedSurvey(request=request, diagnostics=error.diagnostics)

    with ThreadPoolExecutor(max_workers=LOOKUPS, thread_name_prefix="survey") as pool:
        return tuple(pool.map(attempt, fleet.scope.requests))


def survey_account_again(workspace: Workspace, request: AccountRequest) -> AccountSurvey | FailedSurvey:
    """Looks at one account anew, once waiting is over: AWS and the ledger are asked again.

    Raises:
        InvalidInputError: its organizational unit does not exist, or Control Tower does not govern it.
        AwsError: AWS refused a look-up.
        LedgerError: the ledger cannot be read.
    """
    return survey_accounts(workspace, survey_fleet_again(workspace, request.account))[0]


class _States:
    """The states of one account's roots, each read once."""

    def __init__(self, workspace: Workspace, account: str) -> None:
        self._workspace = workspace
        self._account = account
        self.read: dict[Stage, bytes | None] = {}

    def of(self, stage: Stage) -> State | None:
        """What it holds; None where there is none yet.

        Raises:
            VendError: it cannot be read.
        """
        from vend.terraform import read_state

        if stage not in self.read:
            self.read[stage] = self._workspace.read_state(self._account, stage)
        content = self.read[stage]
        return read_state(content) if content is not None else None


def _resolved(fleet: FleetSurvey) -> CheckedRequests:
    units, problems = resolve_units(fleet.organization, fleet.scope.requests)
    if problems:
        raise InvalidInputError(sort_diagnostics(problems))
    return CheckedRequests(units=units)


def _made_with(workspace: Workspace, states: _States, request: AccountRequest, fleet: FleetSurvey) -> MadeWith | None:
    """What the account was made with; None where nothing was made yet."""
    product, account = fleet.products.get(request.account), fleet.account_of(request)
    if product is None or account is None:
        return None
    applied = fleet.scope.applied.get(request.account)
    return existing_made_with(workspace.aws, product, account, applied, lambda: states.of("account"))


def _render(
    states: _States,
    renderer: Renderer,
    request: AccountRequest,
    fleet: FleetSurvey,
    made_with: MadeWith | None,
) -> dict[Stage, RootModule]:
    """The roots with something in them, and those whose state still has something to destroy.

    The `account` root says what the account was made with, whatever the request says by now.
    """
    roots = {root.stage: root for root in renderer.account(request)}
    if request.account not in fleet.products:
        return roots
    applied = fleet.scope.applied.get(request.account)
    left = [s for s in ROOTS if s not in roots and _left_over(states, applied, s)]
    if left:
        roots = {root.stage: root for root in renderer.account(request, always=frozenset(left))}
    if made_with is not None and not as_made(request, made_with):
        made = replace(request, email=made_with.email, name=made_with.name)
        roots |= {root.stage: root for root in renderer.account(made) if root.stage == "account"}
    return roots


def _left_over(states: _States, applied: Applied | None, stage: Stage) -> bool:
    """Whether the state of a root that the request no longer fills still has resources."""
    if applied is not None and stage not in applied.stages:
        return False
    state = states.of(stage)
    return state is not None and bool(state.resources)


def _product_state(states: _States) -> ProductState:
    """What the state of the account's `account` root says of its product."""
    resource = product_resource(states.of("account"))
    if resource is None:
        return ProductState(known=False)
    adopted = not resource.attributes.get("provisioning_parameters")
    return ProductState(known=True, product_id=resource.id, tainted=resource.tainted, adopted=adopted)
