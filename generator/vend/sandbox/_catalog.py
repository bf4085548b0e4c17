"""Service Catalog's side of the Account Factory product: portfolio, artifact, launch path, parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from vend.sandbox._account_factory import AccountFactory
from vend.sandbox._identities import Identity
from vend.sandbox._pages import page
from vend.sandbox._policy import matches
from vend.sandbox._products import PARAMETERS, new_id
from vend.sandbox._wire import ApiError

Input = Mapping[str, Any]
Output = dict[str, Any]

PRODUCT = "AWS Control Tower Account Factory"
PORTFOLIO = "AWS Control Tower Account Factory Portfolio"
OWNER = "AWS Control Tower"
_DESCRIPTION = "AWS Control Tower Account Factory Template (DO NOT DELETE)"
_EMAIL = r"[^\s@]+@[^\s@]+\.[^\s@]+"
PATTERNS = {"AccountEmail": _EMAIL, "SSOUserEmail": _EMAIL}
INVALID = "InvalidParametersException"
MISSING = "ResourceNotFoundException"
_MOST_PRINCIPALS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the product lives: only there does a caller find it."""

    account_id: str
    region: str


class Catalog:
    """The operations, by botocore's names.

    Args:
        factory: the products.
        place: management account and home Region.
        clock: seconds since the epoch.
    """

    def __init__(self, factory: AccountFactory, place: Place, clock: Callable[[], float]) -> None:
        self._factory = factory
        self._place = place
        self._created = clock()
        self.portfolio_id = new_id("port")
        self.product_id = new_id("prod")
        self.artifact_id = new_id("pa")
        self.path_id = new_id("lpv2")
        self.principals: dict[str, str] = {}
        """ARN → `IAM` or `IAM_PATTERN`."""

    def operations(self) -> dict[str, Callable[[Identity, Input], Output]]:
        """What is answered here rather than by moto."""
        return {
            "SearchProducts": self._search_products,
            "SearchProductsAsAdmin": self._search_products_as_admin,
            "DescribeProduct": self._describe_product,
            "DescribeProductAsAdmin": self._describe_product_as_admin,
            "ListProvisioningArtifacts": self._list_artifacts,
            "DescribeProvisioningArtifact": self._describe_artifact,
            "DescribeProvisioningParameters": self._describe_parameters,
            "ListLaunchPaths": self._list_launch_paths,
            "ListPortfolios": self._list_portfolios,
            "DescribePortfolio": self._describe_portfolio,
            "ListPortfoliosForProduct": self._list_portfolios_for_product,
            "ListPrincipalsForPortfolio": self._list_principals,
            "AssociatePrincipalWithPortfolio": self._associate_principal,
            "DisassociatePrincipalFromPortfolio": self._disassociate_principal,
        }

    def _may_launch(self, caller: Identity) -> bool:
        for arn, kind in self.principals.items():
            if kind == "IAM" and arn == caller.principal:
                return True
            # IAM_PATTERN has no account: arn:aws:iam:::role/name (AssociatePrincipalWithPortfolio).
            bare = caller.principal.replace(f"::{caller.account_id}:", ":::")
            if kind == "IAM_PATTERN" and matches(arn, bare):
                return True
        return False

    def _summary(self) -> Output:
        return {
            "Id": self.product_id.replace("prod-", "prodview-"),
            "ProductId": self.product_id,
            "Name": PRODUCT,
            "Owner": OWNER,
            "ShortDescription": PRODUCT,
            "Type": "CLOUD_FORMATION_TEMPLATE",
            "Distributor": OWNER,
            "HasDefaultPath": False,
        }

    def _view(self) -> Output:
        return {
            "ProductViewSummary": self._summary(),
            "Status": "AVAILABLE",
            "ProductARN": self.arn("catalog", f"product/{self.product_id}"),
            "CreatedTime": self._created,
        }

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self._place.region}:{self._place.account_id}:{resource}"

    def _search_products(self, caller: Identity, given: Input) -> Output:
        found = self._may_launch(caller) and self._fits(given)
        return {"ProductViewSummaries": [self._summary()] if found else [], "ProductViewAggregations": {}}

    def _search_products_as_admin(self, caller: Identity, given: Input) -> Output:
        del caller
        if given.get("PortfolioId"):
            self._portfolio(given["PortfolioId"])
        return {"ProductViewDetails": [self._view()] if self._fits(given) else []}

    @staticmethod
    def _fits(given: Input) -> bool:
        texts = {"Owner": OWNER, "ProductType": "CLOUD_FORMATION_TEMPLATE"}
        for key, values in given.get("Filters", {}).items():
            if key == "FullTextSearch":
                # The field prefixes and quotes of a search are ignored: one product, two texts to find.
                words = [value.rpartition(":")[2].strip('"').casefold() for value in values]
                if not any(word in f"{PRODUCT} {OWNER}".casefold() for word in words):
                    return False
            elif texts.get(key) not in values:
                return False
        return True

    def known(self, given: Input, *, id_key: str = "ProductId", name_key: str = "ProductName") -> None:
        if given.get(id_key):
            if given[id_key] != self.product_id:
                raise ApiError(MISSING, f"Product with id {given[id_key]} not found")
        elif given.get(name_key):
            if given[name_key] != PRODUCT:
                raise ApiError(MISSING, f"Product with name {given[name_key]} not found")
        else:
            raise ApiError(INVALID, "Either a product id or a product name must be specified.")

    def _describe_product(self, caller: Identity, given: Input) -> Output:
        self.known(given, id_key="Id", name_key="Name")
        paths = [{"Id": self.path_id, "Name": PORTFOLIO}] if self._may_launch(caller) else []
        if not paths:
            raise ApiError(MISSING, f"Product {self.product_id} not found")
        return {
            "ProductViewSummary": self._summary(),
            "ProvisioningArtifacts": [{**self._artifact_summary(), "Guidance": "DEFAULT"}],
            "Budgets": [],
            "LaunchPaths": paths,
        }

    def _describe_product_as_admin(self, caller: Identity, given: Input) -> Output:
        del caller
        self.known(given, id_key="Id", name_key="Name")
        return {
            "ProductViewDetail": self._view(),
            "ProvisioningArtifactSummaries": [self._artifact_summary()],
            "Tags": [],
            "TagOptions": [],
            "Budgets": [],
        }

    def _artifact_summary(self) -> Output:
        return {
            "Id": self.artifact_id,
            "Name": PRODUCT,
            "Description": _DESCRIPTION,
            "CreatedTime": self._created,
        }

    def _artifact(self) -> Output:
        return {
            **self._artifact_summary(),
            "Type": "CLOUD_FORMATION_TEMPLATE",
            "Active": True,
            "Guidance": "DEFAULT",
        }

    def _list_artifacts(self, caller: Identity, given: Input) -> Output:
        del caller
        self.known(given)
        return {"ProvisioningArtifactDetails": [self._artifact()]}

    def _describe_artifact(self, caller: Identity, given: Input) -> Output:
        del caller
        self.known(given)
        self.known_artifact(given)
        return {
            "ProvisioningArtifactDetail": self._artifact(),
            "Info": {},
            "Status": "AVAILABLE",
            **(
                {"ProvisioningArtifactParameters": self._template_parameters()}
                if given.get("IncludeProvisioningArtifactParameters")
                else {}
            ),
        }

    def known_artifact(self, given: Input) -> str:
        wanted, name = given.get("ProvisioningArtifactId"), given.get("ProvisioningArtifactName")
        if wanted and wanted != self.artifact_id:
            raise ApiError(MISSING, f"Provisioning artifact {wanted} not found for product {self.product_id}")
        if name and name != PRODUCT:
            raise ApiError(MISSING, f"Provisioning artifact with name {name} not found")
        if not wanted and not name:
            raise ApiError(INVALID, "Either a provisioning artifact id or name must be specified.")
        return self.artifact_id

    def _template_parameters(self) -> list[Output]:
        return [
            {
                "ParameterKey": key,
                "ParameterType": "String",
                "IsNoEcho": False,
                "Description": key,
                "ParameterConstraints": (
                    {"AllowedValues": sorted(self._factory.allowed_units())}
                    if key == "ManagedOrganizationalUnit"
                    else {"AllowedValues": [], "AllowedPattern": PATTERNS.get(key, ".+")}
                ),
            }
            for key in PARAMETERS
        ]

    def _describe_parameters(self, caller: Identity, given: Input) -> Output:
        self.known(given)
        self.known_artifact(given)
        self.launch_path(caller, given)
        return {
            "ProvisioningArtifactParameters": self._template_parameters(),
            "ConstraintSummaries": [],
            "UsageInstructions": [],
            "TagOptions": [],
        }

    def _list_launch_paths(self, caller: Identity, given: Input) -> Output:
        self.known(given)
        self.launch_path(caller, {})
        return {"LaunchPathSummaries": [{"Id": self.path_id, "ConstraintSummaries": [], "Tags": [], "Name": PORTFOLIO}]}

    def launch_path(self, caller: Identity, given: Input) -> str:
        if not self._may_launch(caller):
            raise ApiError(MISSING, f"No launch paths found for resource: {self.product_id}")
        if given.get("PathId") and given["PathId"] != self.path_id:
            raise ApiError(MISSING, f"Launch path {given['PathId']} not found")
        if given.get("PathName") and given["PathName"] != PORTFOLIO:
            raise ApiError(MISSING, f"Launch path with name {given['PathName']} not found")
        return self.path_id

    def _portfolio_detail(self) -> Output:
        return {
            "Id": self.portfolio_id,
            "ARN": self.arn("catalog", f"portfolio/{self.portfolio_id}"),
            "DisplayName": PORTFOLIO,
            "Description": PORTFOLIO,
            "CreatedTime": self._created,
            "ProviderName": OWNER,
        }

    def _portfolio(self, portfolio_id: str) -> None:
        if portfolio_id != self.portfolio_id:
            raise ApiError(MISSING, f"Portfolio {portfolio_id} not found")

    def _list_portfolios(self, caller: Identity, given: Input) -> Output:
        del caller, given
        return {"PortfolioDetails": [self._portfolio_detail()]}

    def _describe_portfolio(self, caller: Identity, given: Input) -> Output:
        del caller
        self._portfolio(given["Id"])
        return {"PortfolioDetail": self._portfolio_detail(), "Tags": [], "TagOptions": [], "Budgets": []}

    def _list_portfolios_for_product(self, caller: Identity, given: Input) -> Output:
        del caller
        self.known(given)
        return {"PortfolioDetails": [self._portfolio_detail()]}

    def _list_principals(self, caller: Identity, given: Input) -> Output:
        del caller
        self._portfolio(given["PortfolioId"])
        found = [{"PrincipalARN": arn, "PrincipalType": kind} for arn, kind in sorted(self.principals.items())]
        principals, following = page(found, given.get("PageToken"), given.get("PageSize") or 20, INVALID)
        return {"Principals": principals, "NextPageToken": following}

    def _associate_principal(self, caller: Identity, given: Input) -> Output:
        del caller
        self._portfolio(given["PortfolioId"])
        if given["PrincipalARN"] not in self.principals and len(self.principals) >= _MOST_PRINCIPALS:
            raise ApiError("LimitExceededException", "Portfolio has exceeded the limit of principals.")
        self.principals[given["PrincipalARN"]] = given.get("PrincipalType", "IAM")
        return {}

    def _disassociate_principal(self, caller: Identity, given: Input) -> Output:
        del caller
        self._portfolio(given["PortfolioId"])
        self.principals.pop(given["PrincipalARN"], None)
        return {}
