"""A landing zone that is the organization of a file, with its ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from vend.models import FiledAccount, FiledProduct, FiledUnit, OrganizationFile, SsoUser
from vend.sandbox.access._identity_center import IdentityCenter
from vend.sandbox.control_tower._control_tower import ControlTower
from vend.sandbox.governance._control_tower_resources import ControlTowerResources
from vend.sandbox.governance._estate import SharedAccounts
from vend.sandbox.governance._governance import Governance
from vend.sandbox.organizations._organization import Organization
from vend.sandbox.protocol._ids import new_id
from vend.sandbox.service_catalog._account_factory import AccountFactory
from vend.sandbox.service_catalog._catalog import Catalog
from vend.sandbox.service_catalog._products import Product, Record
from vend.sandbox.start._config import SandboxConfig

_UNDER_WAY = frozenset({"UNDER_CHANGE", "PLAN_IN_PROGRESS"})
_NOBODY = "Unknown"
"""A first and last name where the file has none: Account Factory wants them."""


class ZoneParts(Protocol):
    """What of a landing zone an imported organization fills."""

    config: SandboxConfig
    organization: Organization
    catalog: Catalog
    control_tower: ControlTower
    factory: AccountFactory
    governance: Governance
    identity_center: IdentityCenter
    resources: ControlTowerResources


def populate(organization: Organization, filed: OrganizationFile) -> SharedAccounts:
    """Fills a new organization with the ids, units and accounts of a file; returns its shared accounts."""
    organization.take_ids(filed.organization_id, filed.root_id)
    for unit in _parents_first(filed.organizational_units, filed.root_id):
        organization.add_unit(unit.id, unit.name, unit.parent_id)
    for account in filed.accounts:
        organization.add_account(account)
    zone = filed.landing_zone
    if zone is None:
        raise ValueError("a file without a landing zone")
    parents = {account.id: account.parent_id for account in filed.accounts}
    for account_id in (zone.log_archive_account, zone.audit_account):
        organization.add_execution_role(account_id)
    return SharedAccounts(
        security_unit=parents[zone.log_archive_account],
        log_archive=zone.log_archive_account,
        audit=zone.audit_account,
    )


def _parents_first(units: Iterable[FiledUnit], root_id: str) -> list[FiledUnit]:
    children: dict[str, list[FiledUnit]] = {}
    for unit in units:
        children.setdefault(unit.parent_id, []).append(unit)
    ordered: list[FiledUnit] = []
    waiting = [root_id]
    while waiting:
        below = children.get(waiting.pop(0), [])
        ordered += below
        waiting += [unit.id for unit in below]
    return ordered


def govern(zone: ZoneParts, filed: OrganizationFile, clock: Callable[[], float]) -> None:
    """Puts an imported organization under Control Tower as it is under its own, with its products."""
    factory = filed.account_factory
    if factory is not None:
        zone.catalog.product_id = factory.product_id
        zone.catalog.artifacts[0].id = factory.provisioning_artifact_id
        zone.catalog.path_id = factory.launch_path_id or zone.catalog.path_id
    for unit in filed.organizational_units:
        if unit.registered:
            zone.control_tower.register_at_once(unit.id, unit.controls or None)
    new = {account.id: account for account in zone.config.new_accounts}
    for account in filed.accounts:
        if account.enrolled_in is not None:
            zone.organization.add_execution_role(account.id)
            zone.identity_center.admit(account.id)
            zone.resources.govern(account.id, new=account.id in new)
            zone.governance.enrolled[account.id] = account.enrolled_in
    for made in new.values():
        zone.identity_center.add((one.group for one in made.access), (one.permission_set for one in made.access))
        for one in made.access:
            zone.identity_center.let_in(made.id, one.group, one.permission_set)
    accounts = {account.id: account for account in filed.accounts}
    units = {unit.id: unit for unit in filed.organizational_units}
    for product in filed.provisioned_products:
        owned = accounts.get(product.account_id or "")
        if owned is not None and product.sso_user is not None:
            _grant(zone, owned.id, product.sso_user)
        placed = None if owned is None else units.get(owned.enrolled_in or owned.parent_id)
        _provide(zone, product, _parameters(product, owned, placed), clock())


def _grant(zone: ZoneParts, account_id: str, user: SsoUser) -> None:
    zone.identity_center.grant(account_id, email=user.email, first_name=user.first_name, last_name=user.last_name)


def _parameters(product: FiledProduct, account: FiledAccount | None, unit: FiledUnit | None) -> dict[str, str]:
    """What Account Factory was told, as far as that shows in what came of it."""
    email = account.email if account is not None else f"{product.id}@example.com"
    user = product.sso_user or SsoUser(email=email, first_name=_NOBODY, last_name=_NOBODY)
    return {
        "AccountName": account.name if account is not None else product.name,
        "AccountEmail": email,
        "SSOUserFirstName": user.first_name,
        "SSOUserLastName": user.last_name,
        "SSOUserEmail": user.email,
        "ManagedOrganizationalUnit": f"{unit.name} ({unit.id})" if unit is not None else _NOBODY,
    }


def _provide(zone: ZoneParts, filed: FiledProduct, parameters: dict[str, str], now: float) -> None:
    """A provisioned product with the record that made it; what was under way in the file is over here."""
    factory, catalog = zone.factory, zone.catalog
    over = "AVAILABLE" if filed.succeeded else "ERROR"
    product = Product(
        id=filed.id,
        name=filed.name,
        token=new_id("imported"),
        created=now,
        artifact_id=filed.provisioning_artifact_id,
        path_id=catalog.path_id,
        user_arn="",
        session_arn="",
        parameters=parameters,
        status=over if filed.status in _UNDER_WAY else filed.status,
        status_message=filed.status_message,
        account_id=filed.account_id,
    )
    outputs = {} if filed.sso_user is None else {"SSOUserEmail": filed.sso_user.email}
    record = Record(
        id=new_id("rec"),
        type="PROVISION_PRODUCT",
        product_id=product.id,
        product_name=product.name,
        artifact_id=product.artifact_id,
        path_id=product.path_id,
        created=now,
        updated=now,
        status="SUCCEEDED" if filed.succeeded else "FAILED",
        outputs={
            "AccountId": filed.account_id or "",
            **outputs,
            "AccountEmail": parameters["AccountEmail"],
            "SSOUserPortal": zone.identity_center.portal,
        },
    )
    product.last_record_id = product.last_provisioning_record_id = record.id
    if filed.succeeded:
        product.last_successful_record_id = record.id
    factory.records[record.id] = record
    factory.products[product.id] = product
