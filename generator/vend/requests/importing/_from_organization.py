"""Importing account requests for an organization's existing accounts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from vend.errors import Diagnostic
from vend.models import (
    AccountInventory,
    AlternateContact,
    Organization,
    OrganizationAccount,
    OrganizationalUnit,
    ProvisionedProduct,
    SsoUser,
)
from vend.requests.editing._placement import NO_NAME, file_below
from vend.requests.language._request_fields import ACCOUNT
from vend.requests.reading._fleet import FleetReading
from vend.requests.text._plain_block import PlainBlock

ImportAction = Literal["adopt", "enrol"]
UnitText = Callable[[OrganizationalUnit], str]
"""How a request names a unit, so that no other is meant."""

_LONGEST_LABEL = 100
_USABLE = frozenset({"AVAILABLE", "TAINTED", "UNDER_CHANGE", "PLAN_IN_PROGRESS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedAccount:
    """A request for an account that exists.

    Attributes:
        action: what a plan will do: adopt the account's product, or enrol the account.
        file: where the request is written, relative to the fleet.
    """

    account_id: str
    action: ImportAction
    block: PlainBlock
    file: str
    warnings: tuple[Diagnostic, ...] = ()

    @property
    def account(self) -> str:
        """The request's label."""
        return self.block.labels[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """An account for which no request is made, and why; `problem` where that is something to act on."""

    account: OrganizationAccount
    reason: str
    problem: Diagnostic | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The accounts of an organization, as far as requests are concerned.

    Attributes:
        to_import: those that no request names yet, sorted by id.
        known: how many have a request already.
    """

    to_import: tuple[OrganizationAccount, ...]
    left_out: tuple[LeftOut, ...]
    known: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where requests are written, and what an account without a usable unit is asked to go to.

    Attributes:
        folder: relative to the fleet.
        into: the unit; None where such accounts are left out.
    """

    folder: str
    into: OrganizationalUnit | None
    unit_text: UnitText


def choose(
    organization: Organization,
    shared: Iterable[str],
    products: Iterable[ProvisionedProduct],
    reading: FleetReading,
) -> Choice:
    """Which accounts get a request: every open member account that has none, and that Control Tower did not make.

    An account has one whose email, or the name of whose product, a request has.
    """
    requests = (*reading.requests, *reading.incomplete)
    emails = {request.email.casefold() for request in requests}
    labels = {request.account.casefold() for request in requests}
    names = {product.account_id: product.name for product in products if product.account_id is not None}
    left_out: list[LeftOut] = []
    to_import: list[OrganizationAccount] = []
    known = 0
    made = {organization.management_account_id: "the management account"}
    made |= {
        account_id: "an account that Control Tower created for itself"
        for account_id in shared
        if account_id not in made
    }
    for account in sorted(organization.accounts.values(), key=lambda account: account.id):
        if account.id in made:
            left_out.append(LeftOut(account=account, reason=made[account.id]))
        elif account.email.casefold() in emails or names.get(account.id, "").casefold() in labels:
            known += 1
        elif account.state != "ACTIVE":
            left_out.append(LeftOut(account=account, reason=f"it is {account.state}"))
        else:
            to_import.append(account)
    return Choice(to_import=tuple(to_import), left_out=tuple(left_out), known=known)


def requests_for(
    organization: Organization, accounts: Sequence[AccountInventory], reading: FleetReading, place: Destination
) -> tuple[tuple[ImportedAccount, ...], tuple[LeftOut, ...]]:
    """A request for each account, as it stands; and the accounts for which there can be none."""
    taken = {request.account.casefold() for request in (*reading.requests, *reading.incomplete)}
    taken |= {found.product.name.casefold() for found in accounts if found.product is not None}
    imported: list[ImportedAccount] = []
    left_out: list[LeftOut] = []
    for found in accounts:
        at = organization.units.get(found.account.parent_id)
        unit = at if at is not None and at.id != organization.root_id and at.registered is not False else place.into
        problem = _obstacle(found, unit, at)
        if problem is not None or unit is None:
            reason = problem.summary if problem is not None else "it is not in any unit"
            left_out.append(LeftOut(account=found.account, reason=reason, problem=problem))
            continue
        label = found.product.name if found.product is not None else _label(found.account, taken)
        taken.add(label.casefold())
        imported.append(
            ImportedAccount(
                account_id=found.account.id,
                action="adopt" if found.product is not None else "enrol",
                block=_block(label, place.unit_text(unit), found),
                file=file_below(place.folder, unit.path, label),
                warnings=tuple(_without_user(label, found)),
            )
        )
    return tuple(imported), tuple(left_out)


def _obstacle(
    found: AccountInventory, unit: OrganizationalUnit | None, at: OrganizationalUnit | None
) -> Diagnostic | None:
    account, product = found.account, found.product
    named = f'account {account.id} ("{account.name}")'
    if product is not None and (product.status not in _USABLE or not product.succeeded):
        return _left_out(
            f"{named} was not imported: its product {product.name} is {product.status} and was never created",
            "fix or terminate the product in Service Catalog, then import again",
        )
    violation = ACCOUNT.label(product.name) if product is not None and ACCOUNT.label is not None else None
    if violation is not None:
        return _left_out(f"{named} was not imported: {violation.summary}", violation.hint or "")
    if product is None and account.enrolled:
        return _left_out(
            f"{named} was not imported: it is enrolled in Control Tower but has no provisioned product",
            "unmanage it in Control Tower and import again; vend then enrols it through Account Factory",
        )
    if unit is None:
        where = f'in "{at.path}", which Control Tower does not govern' if at is not None and at.path else "in the root"
        return _left_out(f"{named} was not imported: it is {where}", "name a unit for such accounts: --into UNIT")
    return None


def _left_out(summary: str, hint: str) -> Diagnostic:
    return Diagnostic(severity="warning", code="import-left-out", summary=summary, hint=hint)


def _without_user(label: str, found: AccountInventory) -> Iterator[Diagnostic]:
    if found.sso_user is None:
        yield Diagnostic(
            severity="warning",
            code="import-without-user",
            summary=f"AWS does not say which user Account Factory gave access to account {found.account.id}",
            detail="AWS does not return this parameter of a product, and Identity Center does not have exactly one "
            "matching user.",
            hint=f"vend set {label} sso_user.email=… sso_user.first_name=… sso_user.last_name=…; otherwise Account "
            "Factory uses the account's own email",
            account=label,
        )


def _label(account: OrganizationAccount, taken: set[str]) -> str:
    """A label from the account's name; with its id where another has it."""
    plain = unicodedata.normalize("NFKD", account.name).encode("ascii", "ignore").decode()
    name = re.sub(r"\.\.+", ".", NO_NAME.sub("-", plain.casefold()))[:_LONGEST_LABEL].strip("-._")
    name = name or "account"
    return f"{name}-{account.id}" if name in taken else name


def _block(label: str, unit: str, found: AccountInventory) -> PlainBlock:
    account = found.account
    attributes: dict[str, Any] = {} if account.name == label else {"name": account.name}
    attributes |= {"email": account.email, "organizational_unit": unit}
    tags = {key: value for key, value in sorted(found.tags.items()) if not key.casefold().startswith("aws:")}
    if tags:
        attributes["tags"] = tags
    blocks = [_contact(contact) for contact in found.alternate_contacts]
    if found.sso_user is not None:
        blocks.insert(0, _user(found.sso_user))
    return PlainBlock(type="account", labels=(label,), attributes=attributes, blocks=tuple(blocks))


def _user(user: SsoUser) -> PlainBlock:
    names = {"email": user.email, "first_name": user.first_name, "last_name": user.last_name}
    return PlainBlock(type="sso_user", attributes=names)


def _contact(contact: AlternateContact) -> PlainBlock:
    values = {"name": contact.name, "title": contact.title, "email": contact.email, "phone": contact.phone}
    return PlainBlock(type="alternate_contact", labels=(contact.kind,), attributes=values)
