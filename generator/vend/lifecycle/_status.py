"""The fleet as it stands: requests, what was applied, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vend.codec import JsonDocument
from vend.errors import Diagnostic
from vend.lifecycle._workspace import Workspace
from vend.models import AccountRequest, Applied, OrganizationAccount, Stage, Status


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
    """What the ledger and Organizations know of every account; starts no Terraform."""
    applied = workspace.ledger.applied()
    organization = workspace.aws.organization()
    products = workspace.aws.provisioned_products()
    requests = {request.account: request for request in workspace.fleet.requests}
    rows = []
    for name in sorted({*requests, *applied}):
        entry = applied.get(name)
        if name not in requests and (entry is None or entry.account_id is None) and name not in products:
            continue  # it was tried, nothing came of it, and nobody asks for it any more
        account = organization.accounts.get(entry.account_id) if entry and entry.account_id else None
        rows.append(
            _row(
                name,
                requests.get(name),
                entry,
                account,
                organization.path_of(account.parent_id) if account else None,
            )
        )
    return FleetStatus(accounts=tuple(rows))


def _row(
    name: str,
    request: AccountRequest | None,
    entry: Applied | None,
    account: OrganizationAccount | None,
    unit: str | None,
) -> AccountStatus:
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
