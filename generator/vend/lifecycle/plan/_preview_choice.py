"""What can be previewed: which accounts, under which ids, in which organization; and what is said where not."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from vend.decide import Decision, Situation
from vend.errors import Diagnostic, has_errors
from vend.models import AccountRequest, FiledAccount, FiledProduct, OrganizationFile, RootModule
from vend.plan import ResourceChange

_T = TypeVar("_T", Diagnostic, ResourceChange)
_IDS = 10**12
"""An account's id has twelve digits."""
_ARTIFACT = "pa-previewpreview"
"""Of no product: from within an account, none can be seen."""
_OFF = "`vend plan --no-preview` or `review { previews = false }` makes no previews"


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewCandidate:
    """An account that does not exist yet, and its customizations."""

    situation: Situation
    root: RootModule

    @property
    def account(self) -> str:
        """The name of its request."""
        return self.root.account


def preview_candidate(situation: Situation, decision: Decision, root: RootModule | None) -> PreviewCandidate | None:
    """What there is to preview of an account: nothing where it exists, or is refused, or has no customizations."""
    if root is None or situation.account is not None or root.stage not in decision.follows:
        return None
    return None if has_errors(decision.diagnostics) else PreviewCandidate(situation=situation, root=root)


def choose(wanted: Sequence[PreviewCandidate], most: int) -> tuple[PreviewCandidate, ...]:
    """As many of these as are allowed, in their order: those whose customizations no earlier one has go first."""
    firsts = {_customizations(one): one for one in reversed(wanted)}
    ordered = [one for one in wanted if firsts[_customizations(one)] is one]
    ordered += [one for one in wanted if firsts[_customizations(one)] is not one]
    chosen = {one.account for one in ordered[:most]}
    return tuple(one for one in wanted if one.account in chosen)


def left_out(
    wanted: Sequence[PreviewCandidate], chosen: Sequence[PreviewCandidate], most: int
) -> dict[str, Diagnostic]:
    """By account, that it has no preview, and which one shows the same customizations."""
    like = {_customizations(one): one.account for one in reversed(chosen)}
    names = {one.account for one in chosen}
    found: dict[str, Diagnostic] = {}
    for one in wanted:
        if one.account in names:
            continue
        same = like.get(_customizations(one))
        found[one.account] = Diagnostic(
            severity="warning",
            code="preview-left-out",
            summary=f"no preview: one plan makes {most} at most",
            detail=f"{same} has the same customizations, and a preview." if same else None,
            hint=f"`vend plan --account {one.account}` previews it; `review {{ max_previews }}` says how many may be",
            account=one.account,
        )
    return found


def _customizations(one: PreviewCandidate) -> tuple[str, ...]:
    return one.situation.request.customizations


def emulated_ids(accounts: Sequence[PreviewCandidate], known: Collection[str]) -> dict[str, str]:
    """An id for each account, the same in every plan, that no account of the organization has.

    They are no neat numbers, so that one that is found in a planned value is no coincidence.
    """
    ids: dict[str, str] = {}
    for one in accounts:
        number = int.from_bytes(hashlib.sha256(f"preview of {one.account}".encode()).digest()[:8]) % _IDS
        while f"{number:012d}" in known or f"{number:012d}" in ids.values():
            number = (number + 1) % _IDS
        ids[one.account] = f"{number:012d}"
    return ids


def with_new_accounts(
    organization: OrganizationFile, accounts: Sequence[PreviewCandidate], ids: Mapping[str, str]
) -> OrganizationFile:
    """The organization as it will be once Account Factory has made these accounts.

    A product is there for the access that its user has to the account.
    """
    made = [
        FiledAccount(
            id=ids[one.account],
            name=one.situation.request.name,
            email=one.situation.request.email,
            state="ACTIVE",
            parent_id=one.situation.wanted_unit.id,
            enrolled_in=one.situation.wanted_unit.id,
            tags=one.situation.request.tags,
        )
        for one in accounts
    ]
    products = [
        FiledProduct(
            id=f"pp-{ids[one.account]}",
            name=one.account,
            status="AVAILABLE",
            provisioning_artifact_id=_ARTIFACT,
            account_id=ids[one.account],
            sso_user=one.situation.request.sso_user,
        )
        for one in accounts
    ]
    return replace(
        organization,
        accounts=(*organization.accounts, *made),
        provisioned_products=(*organization.provisioned_products, *products),
    )


def with_placeholder(found: _T, account_id: str) -> _T:
    """The same with the id that plans show of accounts that do not exist yet, instead of the emulated one."""
    from vend.render import PLACEHOLDER_ACCOUNT_ID

    def shown(value: Any) -> Any:
        if isinstance(value, str):
            return value.replace(account_id, PLACEHOLDER_ACCOUNT_ID)
        if isinstance(value, Mapping):
            return {shown(key): shown(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(shown(item) for item in value)
        return value

    return replace(found, **{field.name: shown(getattr(found, field.name)) for field in fields(found)})


def failed(problem: Diagnostic, request: AccountRequest, account_id: str) -> Diagnostic:
    """The warning of a preview that could not be made; `account_id` is the emulated one.

    A problem that stands nowhere in the fleet's files stands where the request names its customizations.
    """
    found = with_placeholder(problem, account_id)
    if found.file is None:
        found = found.at(request.position("customizations"))
    return replace(
        found,
        severity="warning",
        code="preview-failed",
        summary=f"no preview: {found.summary}",
        account=request.account,
        hint=f"the plan goes on without it; an emulated AWS lacks what exists in AWS alone. {_OFF}",
    )


def unavailable(summary: str, detail: str | None = None, hint: str | None = None) -> Diagnostic:
    """The warning of a plan that can have no previews at all."""
    return Diagnostic(
        severity="warning",
        code="preview-unavailable",
        summary=f"no previews of new accounts: {summary}",
        detail=detail,
        hint=f"{hint}; {_OFF}" if hint else _OFF,
    )
