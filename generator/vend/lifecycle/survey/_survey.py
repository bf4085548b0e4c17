"""What is wanted and what exists, account by account, before anything is planned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from vend.decide import ProductState, Situation, needs_state
from vend.errors import Diagnostic, InvalidInputError, VendError, did_you_mean, sort_diagnostics
from vend.lifecycle._workspace import Workspace
from vend.lifecycle.survey._changed_labels import probable_renames
from vend.lifecycle.survey._checks import existing_account, look_up, resolve_units
from vend.lifecycle.survey._fingerprints import Fingerprints, in_form_of_today
from vend.lifecycle.survey._made_with import as_made, existing_made_with, product_resource
from vend.models import (
    ROOTS,
    AccountRequest,
    Applied,
    MadeWith,
    Organization,
    OrganizationAccount,
    OrganizationalUnit,
    ProvisionedProduct,
    RootModule,
    Stage,
)

if TYPE_CHECKING:
    from vend.render import Renderer
    from vend.terraform import State

LOOKUPS = 10
"""Accounts that AWS is asked about at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveyed:
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
class Unsurveyed:
    """An account that could not be looked at, or whose request AWS shows to be wrong; the others go on.

    Attributes:
        refused: whether it is the request that is wrong.
    """

    request: AccountRequest
    diagnostics: tuple[Diagnostic, ...]
    refused: bool = False


def select(requests: Sequence[AccountRequest], names: Iterable[str]) -> tuple[AccountRequest, ...]:
    """The requests of these names, or all where none is named; sorted by name.

    Raises:
        InvalidInputError: a name that no request has.
    """
    wanted = tuple(dict.fromkeys(names))
    by_name = {request.account: request for request in requests}
    unknown = [name for name in wanted if name not in by_name]
    if unknown:
        raise InvalidInputError(
            Diagnostic(
                code="unknown-account",
                summary=f'no account request "{name}"',
                hint=did_you_mean(name, by_name) or "run `vend requests` to list them",
            )
            for name in unknown
        )
    return tuple(by_name[name] for name in sorted(wanted or by_name))


def survey(
    workspace: Workspace,
    requests: Sequence[AccountRequest],
    units: Mapping[str, OrganizationalUnit] | None = None,
) -> tuple[Surveyed | Unsurveyed, ...]:
    """Looks at AWS, the ledger and, where it matters, Terraform state.

    Args:
        workspace: from `open_workspace`.
        requests: of the accounts to look at.
        units: where they go, by label, as `check_requests` found it; looked up where it is not given.

    Raises:
        InvalidInputError: organizational units that do not exist, or that Control Tower does not govern.
        AwsError: AWS refused a look-up.
    """
    from vend.render import Renderer

    organization, products = look_up(workspace)
    wanted = _units(organization, requests) if units is None else units
    applied = workspace.ledger.applied()
    renames = probable_renames(workspace.fleet.requests, applied, organization)
    renamed = {new: old for old, new in renames.items()}
    renderer = Renderer(
        settings=workspace.fleet.settings,
        catalogue=workspace.catalogue,
        fleet_directory=workspace.fleet.overrides,
        cache=workspace.cache,
    )
    prints = Fingerprints(workspace.terraform.binary, renderer)

    def one(request: AccountRequest) -> Surveyed:
        existing = _Existing(
            organization=organization,
            product=products.get(request.account),
            products=products,
            applied=applied.get(request.account),
        )
        states = _States(workspace, request.account)
        made_with = _made_with(workspace, states, request, existing)
        roots = _render(states, renderer, request, existing, made_with)
        fingerprints = prints.of(request, roots)
        former = prints.former(request, roots, existing.applied)
        situation = Situation(
            request=request,
            product=existing.product,
            account=existing.account(request),
            wanted_unit=wanted[request.account],
            made_with=made_with,
            applied=in_form_of_today(existing.applied, former, fingerprints),
            fingerprints=fingerprints,
            held_by=existing.holder(request),
            renamed_from=renamed.get(request.account),
        )
        if needs_state(situation):
            situation = replace(situation, state=_product_state(states))
        return Surveyed(situation=situation, roots=roots, states=states.read, former=former)

    def attempted(request: AccountRequest) -> Surveyed | Unsurveyed:
        try:
            return one(request)
        except VendError as error:
            return Unsurveyed(request=request, diagnostics=error.diagnostics)

    with ThreadPoolExecutor(max_workers=LOOKUPS, thread_name_prefix="survey") as pool:
        return tuple(pool.map(attempted, requests))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Existing:
    organization: Organization
    product: ProvisionedProduct | None
    products: Mapping[str, ProvisionedProduct]
    applied: Applied | None

    def holder(self, request: AccountRequest) -> str | None:
        """Name of another product that has the request's account."""
        account = self.account(request)
        if account is None or (self.product is not None and self.product.account_id is not None):
            return None
        held = (name for name, product in self.products.items() if product.account_id == account.id)
        return next((name for name in held if name != request.account), None)

    def account(self, request: AccountRequest) -> OrganizationAccount | None:
        return existing_account(self.organization, self.product, self.applied, request)


def _made_with(workspace: Workspace, states: _States, request: AccountRequest, existing: _Existing) -> MadeWith | None:
    """What the account was made with; None where nothing was made yet."""
    product, account = existing.product, existing.account(request)
    if product is None or account is None:
        return None
    return existing_made_with(workspace.aws, product, account, existing.applied, lambda: states.of("account"))


def _units(organization: Organization, requests: Sequence[AccountRequest]) -> dict[str, OrganizationalUnit]:
    units, problems = resolve_units(organization, requests)
    if problems:
        raise InvalidInputError(sort_diagnostics(problems))
    return units


def _render(
    states: _States,
    renderer: Renderer,
    request: AccountRequest,
    existing: _Existing,
    made_with: MadeWith | None,
) -> dict[Stage, RootModule]:
    """The roots with something in them, and those whose state still has something to destroy.

    The `account` root says what the account was made with, whatever the request says by now.
    """
    roots = {root.stage: root for root in renderer.account(request)}
    if existing.product is None:
        return roots
    left = [s for s in ROOTS if s not in roots and _left_over(states, existing.applied, s)]
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
