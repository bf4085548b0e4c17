"""What exists of the fleet: looked up once, for everything that plans, checks, removes or reports."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from vend.lifecycle._workspace import Workspace
from vend.lifecycle.survey._label_changes import probable_label_changes
from vend.lifecycle.survey._scope import Scope, choose_accounts
from vend.models import AccountRequest, Applied, Organization, OrganizationAccount, ProvisionedProduct


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetSurvey:
    """The fleet as AWS and the ledger have it.

    Attributes:
        scope: the accounts that the run is about, and the ledger's entries.
        organization: every unit and account.
        products: every provisioned product by name.
        label_changes: the new label of an account by its old one, where a request was probably given another label.
    """

    scope: Scope
    organization: Organization
    products: Mapping[str, ProvisionedProduct]
    label_changes: Mapping[str, str]

    @property
    def without_request(self) -> tuple[Applied, ...]:
        """Accounts in scope that no request names any more; not what was tried and left nothing."""
        return tuple(
            entry
            for entry in self.scope.without_request
            if entry.account_id is not None or entry.account in self.products
        )

    def account_of(self, request: AccountRequest) -> OrganizationAccount | None:
        """The account that a request is for: its product's, else the ledger's, else the one with its email."""
        account_id = self._account_id(request)
        if account_id is not None:
            return self.organization.accounts.get(account_id)
        return self.organization.account_by_email(request.email)

    def is_new(self, request: AccountRequest) -> bool:
        """Whether the request makes an account: none is made in place of one that has left the organization."""
        return self._account_id(request) is None and self.account_of(request) is None

    def other_product_of(self, request: AccountRequest) -> str | None:
        """The name of another request's product that has the account of this one."""
        account, product = self.account_of(request), self.products.get(request.account)
        if account is None or (product is not None and product.account_id is not None):
            return None
        holders = (name for name, product in self.products.items() if product.account_id == account.id)
        return next((name for name in holders if name != request.account), None)

    def _account_id(self, request: AccountRequest) -> str | None:
        known = (self.products.get(request.account), self.scope.applied.get(request.account))
        return next((one.account_id for one in known if one is not None and one.account_id is not None), None)


def survey_fleet(workspace: Workspace, scope: Scope) -> FleetSurvey:
    """Asks AWS for the organization and, at the same time, for every provisioned product.

    Args:
        workspace: from `open_workspace`.
        scope: from `choose_accounts` or `whole_fleet`.

    Raises:
        AwsError: AWS refused a look-up.
    """
    with ThreadPoolExecutor(thread_name_prefix="survey") as pool:
        products = pool.submit(workspace.aws.provisioned_products)
        organization = workspace.aws.organization()
        return FleetSurvey(
            scope=scope,
            organization=organization,
            products=products.result(),
            label_changes=probable_label_changes(workspace.fleet.requests, scope.applied, organization),
        )


def survey_fleet_again(workspace: Workspace, account: str) -> FleetSurvey:
    """The same for one account alone, once waiting is over: AWS and the ledger are asked anew.

    Raises:
        AwsError: AWS refused a look-up.
        LedgerError: the ledger cannot be read.
        RefusedError: there is no request at all, and accounts were vended.
    """
    workspace.aws.refresh()
    return survey_fleet(workspace, choose_accounts(workspace, [account], ignore_unknown=True))
