"""An organization as it stands, read for a file; read-only calls alone."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from vend.aws._aws import Aws
from vend.errors import AwsError, Diagnostic
from vend.models import (
    FiledAccount,
    FiledAccountFactory,
    FiledIdentityCenter,
    FiledLandingZone,
    FiledProduct,
    FiledUnit,
    IdentityCenter,
    Organization,
    OrganizationFile,
    ProvisionedProduct,
    SsoUser,
)

_T = TypeVar("_T")
_MISSING = frozenset(
    {"access-denied", "account-factory-not-found", "aws-refused", "no-active-artifact", "no-landing-zone"}
)
"""What says that a part cannot be had; anything else (no network, expired credentials) ends the export."""


def export_organization(aws: Aws, home_region: str) -> tuple[OrganizationFile, tuple[Diagnostic, ...]]:
    """Everything that a sandbox can start from, and a warning for each part that could not be read.

    The organization's tree is not optional.

    Args:
        aws: connected to the management account.
        home_region: Control Tower's.

    Raises:
        AwsError: the tree could not be read, or AWS could not be reached.
    """
    export = _Export(aws)
    organization = aws.organization()
    products = export.attempt("the provisioned products", lambda: tuple(aws.provisioned_products().values()), ())
    center = export.attempt("Identity Center", aws.identity_center, None)
    found = OrganizationFile(
        organization_id=organization.id,
        root_id=organization.root_id,
        management_account_id=organization.management_account_id,
        home_region=home_region,
        landing_zone=export.attempt("the landing zone", export.landing_zone, None),
        organizational_units=export.units(organization, organization.units),
        accounts=export.accounts(organization, export.tags(organization)),
        account_factory=export.attempt("the Account Factory product", export.account_factory, None),
        provisioned_products=export.products(products, export.people(products, center)),
        identity_center=None if center is None else _identity_center(center),
    )
    return replace(found, not_exported=tuple(sorted(export.missing))), tuple(export.warnings)


def sketch_organization(aws: Aws, home_region: str, units: Iterable[str]) -> OrganizationFile:
    """The organization as far as it can be told from within one of its accounts, from what planning looks at anyway.

    It has every unit, but of accounts only the management account and those that the landing zone made for itself: no
    other account can list the rest. Identity Center and Account Factory are left out likewise.

    Args:
        aws: connected to the management account.
        home_region: Control Tower's.
        units: ids of units whose controls it has, and those of the units above them.

    Raises:
        AwsError: the tree could not be read, or AWS could not be reached.
    """
    export = _Export(aws)
    organization = aws.organization()
    zone = export.attempt("the landing zone", export.landing_zone, None)
    shared = {organization.management_account_id}
    if zone is not None:
        shared |= {zone.log_archive_account, zone.audit_account}
    return OrganizationFile(
        organization_id=organization.id,
        root_id=organization.root_id,
        management_account_id=organization.management_account_id,
        home_region=home_region,
        landing_zone=zone,
        organizational_units=export.units(organization, frozenset(_upwards(organization, units))),
        accounts=tuple(account for account in export.accounts(organization, {}) if account.id in shared),
        not_exported=tuple(sorted(export.missing)),
    )


def _upwards(organization: Organization, units: Iterable[str]) -> Iterable[str]:
    """These units and those above them."""
    for unit_id in units:
        unit = organization.units.get(unit_id)
        while unit is not None:
            yield unit.id
            unit = organization.units.get(unit.parent_id or "")


def _told(diagnostic: Diagnostic) -> str:
    return diagnostic.detail or diagnostic.summary


def _identity_center(center: IdentityCenter) -> FiledIdentityCenter:
    return FiledIdentityCenter(
        instance_arn=center.instance_arn,
        identity_store_id=center.identity_store_id,
        groups=tuple(sorted(center.groups)),
        permission_sets=tuple(sorted(center.permission_sets)),
    )


class _Export:
    """One export; collects what could not be read."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self.missing: set[str] = set()
        self.warnings: list[Diagnostic] = []

    def attempt(self, what: str, look: Callable[[], _T], otherwise: Any) -> _T:
        """What a look gives, or something else where AWS refuses it."""
        try:
            return look()
        except AwsError as error:
            if not all(diagnostic.code in _MISSING for diagnostic in error.diagnostics):
                raise
            self._missed(what, _told(error.diagnostics[0]))
        found: _T = otherwise
        return found

    def _missed(self, what: str, why: str | None = None) -> None:
        if what in self.missing:
            return
        self.missing.add(what)
        self.warnings.append(
            Diagnostic(
                severity="warning",
                code="export-incomplete",
                summary=f"the file does not contain {what}",
                detail=why,
                hint="docs/reference/sandbox.md lists the actions that an export needs",
            )
        )

    def landing_zone(self) -> FiledLandingZone | None:
        zone = self._aws.landing_zone()
        if zone.log_archive_account is None or zone.audit_account is None:
            self._missed("the landing zone", "it has no log archive account or no audit account")
            return None
        if not self._aws.organization().accounts.keys() >= {zone.log_archive_account, zone.audit_account}:
            self._missed("the landing zone", "its log archive account or its audit account is not in the organization")
            return None
        return FiledLandingZone(
            version=zone.version,
            governed_regions=tuple(sorted(zone.governed_regions)),
            log_archive_account=zone.log_archive_account,
            audit_account=zone.audit_account,
            auto_enrollment=zone.auto_enrollment,
        )

    def units(self, organization: Organization, controlled: Container[str]) -> tuple[FiledUnit, ...]:
        """Every unit; those that are `controlled` with their controls."""
        units = [unit for unit in organization.units.values() if unit.id != organization.root_id]
        if any(unit.registered is None for unit in units):
            self._missed("which units are registered and which accounts are enrolled")
        return tuple(
            FiledUnit(
                id=unit.id,
                name=unit.name,
                parent_id=unit.parent_id or organization.root_id,
                registered=bool(unit.registered),
                controls=self._controls(unit.id) if unit.registered and unit.id in controlled else (),
            )
            for unit in sorted(units, key=lambda unit: (unit.path.count("/"), unit.path, unit.id))
        )

    def _controls(self, unit_id: str) -> tuple[str, ...]:
        found = self._aws.enabled_controls(unit_id)
        if isinstance(found, Diagnostic):
            self._missed("the controls of units", _told(found))
            return ()
        return tuple(sorted(found))

    def tags(self, organization: Organization) -> Mapping[str, Mapping[str, str]]:
        accounts = tuple(organization.accounts.values())
        return self.attempt("the tags of accounts", lambda: self._aws.tags_of(accounts), {})

    def accounts(self, organization: Organization, tags: Mapping[str, Mapping[str, str]]) -> tuple[FiledAccount, ...]:
        return tuple(
            FiledAccount(
                id=account.id,
                name=account.name,
                email=account.email,
                state=account.state,
                parent_id=account.parent_id,
                enrolled_in=(account.enrolled_in or account.parent_id) if account.enrolled else None,
                tags=tags.get(account.id, {}),
            )
            for account in sorted(organization.accounts.values(), key=lambda account: account.id)
        )

    def account_factory(self) -> FiledAccountFactory | None:
        try:
            factory = self._aws.account_factory()
        except AwsError as error:
            if error.diagnostics[0].code != "no-launch-path":
                raise
            self._missed("the launch path of Account Factory", _told(error.diagnostics[0]))
            product = self._aws.account_factory_product()
            return product and FiledAccountFactory(product_id=product[0], provisioning_artifact_id=product[1])
        return FiledAccountFactory(
            product_id=factory.product_id,
            provisioning_artifact_id=factory.provisioning_artifact_id,
            launch_path_id=factory.path_id,
        )

    def people(self, products: tuple[ProvisionedProduct, ...], center: IdentityCenter | None) -> Mapping[str, SsoUser]:
        if center is None:
            return {}
        return self.attempt("the users of accounts", lambda: self._aws.people(products, center), {})

    @staticmethod
    def products(products: tuple[ProvisionedProduct, ...], people: Mapping[str, SsoUser]) -> tuple[FiledProduct, ...]:
        return tuple(
            FiledProduct(
                id=product.id,
                name=product.name,
                status=product.status,
                provisioning_artifact_id=product.provisioning_artifact_id,
                account_id=product.account_id,
                succeeded=product.succeeded,
                status_message=product.status_message,
                sso_user=people.get(product.id),
            )
            for product in sorted(products, key=lambda product: product.name)
        )
