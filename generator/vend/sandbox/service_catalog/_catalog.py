"""Service Catalog's side of the Account Factory product: artifacts, launch paths, parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from vend.sandbox.access._callers import Identity
from vend.sandbox.protocol._call import ApiError
from vend.sandbox.protocol._ids import new_id
from vend.sandbox.protocol._pagination import page
from vend.sandbox.service_catalog._account_factory import AccountFactory
from vend.sandbox.service_catalog._portfolio import INVALID, MISSING, OWNER, PAGE, PORTFOLIO, Portfolio
from vend.sandbox.service_catalog._products import PARAMETERS

Input = Mapping[str, Any]
Output = dict[str, Any]

PRODUCT = "AWS Control Tower Account Factory"
_DESCRIPTION = "AWS Control Tower Account Factory Template (DO NOT DELETE)"
_EMAIL = r"[^\s@]+@[^\s@]+\.[^\s@]+"
PATTERNS = {"AccountEmail": _EMAIL, "SSOUserEmail": _EMAIL}
_REWRITING = 0.1
"""The part of an operation's time for which the product's package is made anew after a unit was registered."""
_CREATING = "Package is in state CREATING, but must be in state AVAILABLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeRegion:
    """The management account and home Region, where alone the product can be found."""

    account_id: str
    region: str


@dataclass(slots=True, kw_only=True)
class Artifact:
    """A version of the product; only one is active."""

    id: str
    created: float
    active: bool = True


class Catalog:
    """The operations on the product, by botocore's names.

    Args:
        factory: the provisioned products.
        place: management account and home Region.
        clock: seconds since the epoch.
        seconds: how long an account operation takes.
    """

    KEPT: ClassVar[tuple[str, ...]] = ("_created", "product_id", "artifacts", "path_id", "available_from")

    def __init__(self, factory: AccountFactory, home: HomeRegion, clock: Callable[[], float], seconds: float) -> None:
        self._factory = factory
        self._home = home
        self._clock = clock
        self._seconds = seconds
        self._created = clock()
        self.portfolio = Portfolio(home.account_id, home.region, self._created)
        self.product_id = new_id("prod")
        self.artifacts = [Artifact(id=new_id("pa"), created=self._created)]
        self.path_id = new_id("lpv2")
        self.available_from = self._created
        """Until when ProvisionProduct finds the package in state CREATING."""
        self.is_hidden: Callable[[], bool] = lambda: False
        """Whether drift has taken the launch paths away."""

    def operations(self) -> dict[str, Callable[[Identity, Input], Output]]:
        """The operations that are answered here rather than by moto."""
        return {
            **self.portfolio.operations(),
            "SearchProducts": self._search_products,
            "SearchProductsAsAdmin": self._search_products_as_admin,
            "DescribeProduct": self._describe_product,
            "DescribeProductView": self._describe_product_view,
            "DescribeProductAsAdmin": self._describe_product_as_admin,
            "ListProvisioningArtifacts": self._list_artifacts,
            "DescribeProvisioningArtifact": self._describe_artifact,
            "DescribeProvisioningParameters": self._describe_parameters,
            "ListLaunchPaths": self._list_launch_paths,
            "ListPortfoliosForProduct": self._list_portfolios_for_product,
        }

    # --- what Control Tower does to it

    @property
    def artifact_id(self) -> str:
        """The active version."""
        return next(artifact.id for artifact in self.artifacts if artifact.active)

    def rewrite(self, since: float) -> None:
        """Updates the product's template after a unit was registered, which takes a while."""
        self.available_from = since + _REWRITING * self._seconds

    def renew_artifact(self) -> None:
        """The landing zone was updated: there is a new version, with the same name (terraform-provider-aws#24362)."""
        for artifact in self.artifacts:
            artifact.active = False
        self.artifacts.append(Artifact(id=new_id("pa"), created=self._clock()))

    def check_package(self) -> None:
        """Checks that the product's package is available.

        Raises:
            ApiError: it is being made anew (towerlib).
        """
        if self._clock() < self.available_from:
            raise ApiError(INVALID, _CREATING)

    def may_launch(self, caller: Identity) -> bool:
        """Whether a caller has a launch path."""
        return self.portfolio.admits(caller) and not self.is_hidden()

    # --- the product

    def _summary(self) -> Output:
        return {
            "Id": self._view_id(),
            "ProductId": self.product_id,
            "Name": PRODUCT,
            "Owner": OWNER,
            "ShortDescription": PRODUCT,
            "Type": "CLOUD_FORMATION_TEMPLATE",
            "Distributor": OWNER,
            "HasDefaultPath": False,
        }

    def _view_id(self) -> str:
        return self.product_id.replace("prod-", "prodview-")

    def _view(self) -> Output:
        return {
            "ProductViewSummary": self._summary(),
            "Status": "AVAILABLE",
            "ProductARN": self.arn("catalog", f"product/{self.product_id}"),
            "CreatedTime": self._created,
        }

    def arn(self, service: str, resource: str) -> str:
        """An ARN in the management account's home Region."""
        return f"arn:aws:{service}:{self._home.region}:{self._home.account_id}:{resource}"

    def _search_products(self, caller: Identity, params: Input) -> Output:
        found = [self._summary()] if self.portfolio.admits(caller) and self._fits(params) else []
        items, following = page(found, params.get("PageToken"), params.get("PageSize") or PAGE, INVALID)
        return {"ProductViewSummaries": items, "ProductViewAggregations": {}, "NextPageToken": following}

    def _search_products_as_admin(self, caller: Identity, params: Input) -> Output:
        del caller
        if params.get("PortfolioId"):
            self.portfolio.check(params["PortfolioId"])
        found = [self._view()] if self._fits(params) else []
        items, following = page(found, params.get("PageToken"), params.get("PageSize") or PAGE, INVALID)
        return {"ProductViewDetails": items, "NextPageToken": following}

    @staticmethod
    def _fits(params: Input) -> bool:
        texts = {"Owner": OWNER, "ProductType": "CLOUD_FORMATION_TEMPLATE"}
        for key, values in params.get("Filters", {}).items():
            if key == "FullTextSearch":
                # The field prefixes and quotes of a search are ignored: one product, two texts to find.
                words = [value.rpartition(":")[2].strip('"').casefold() for value in values]
                if not any(word in f"{PRODUCT} {OWNER}".casefold() for word in words):
                    return False
            elif texts.get(key) not in values:
                return False
        return True

    def known(self, params: Input, *, id_key: str = "ProductId", name_key: str = "ProductName") -> None:
        """Checks that a call names the product, by id or by name.

        Raises:
            ApiError: neither, both, or another product.
        """
        identifier, name = params.get(id_key), params.get(name_key)
        if bool(identifier) == bool(name):
            raise ApiError(INVALID, "Either a product id or a product name must be specified, but not both.")
        if identifier and identifier != self.product_id:
            raise ApiError(MISSING, f"Product with id {identifier} not found")
        if name and name != PRODUCT:
            raise ApiError(MISSING, f"Product with name {name} not found")

    def _describe_product(self, caller: Identity, params: Input) -> Output:
        self.known(params, id_key="Id", name_key="Name")
        if not self.portfolio.admits(caller):
            raise ApiError(MISSING, f"Product {self.product_id} not found")
        return {
            "ProductViewSummary": self._summary(),
            "ProvisioningArtifacts": self._artifact_views(),
            "Budgets": [],
            "LaunchPaths": [{"Id": self.path_id, "Name": PORTFOLIO}] if self.may_launch(caller) else [],
        }

    def _describe_product_view(self, caller: Identity, params: Input) -> Output:
        if params["Id"] != self._view_id() or not self.portfolio.admits(caller):
            raise ApiError(MISSING, f"Product view {params['Id']} not found")
        return {"ProductViewSummary": self._summary(), "ProvisioningArtifacts": self._artifact_views()}

    def _artifact_views(self) -> list[Output]:
        """The versions that end users see: only the active one."""
        active = (artifact for artifact in self.artifacts if artifact.active)
        return [{**_artifact_summary(artifact), "Guidance": "DEFAULT"} for artifact in active]

    def _describe_product_as_admin(self, caller: Identity, params: Input) -> Output:
        del caller
        self.known(params, id_key="Id", name_key="Name")
        return {
            "ProductViewDetail": self._view(),
            "ProvisioningArtifactSummaries": [_artifact_summary(artifact) for artifact in self.artifacts],
            "Tags": [],
            "TagOptions": [],
            "Budgets": [],
        }

    # --- its versions

    def _list_artifacts(self, caller: Identity, params: Input) -> Output:
        del caller
        self.known(params)
        return {"ProvisioningArtifactDetails": [_artifact_detail(artifact) for artifact in self.artifacts]}

    def _describe_artifact(self, caller: Identity, params: Input) -> Output:
        del caller
        self.known(params)
        artifact_id = self.known_artifact(params)
        output: Output = {
            "ProvisioningArtifactDetail": next(
                _artifact_detail(artifact) for artifact in self.artifacts if artifact.id == artifact_id
            ),
            "Info": {},
            "Status": "CREATING" if self._clock() < self.available_from else "AVAILABLE",
        }
        if params.get("IncludeProvisioningArtifactParameters"):
            output["ProvisioningArtifactParameters"] = self._template_parameters()
        return output

    def known_artifact(self, params: Input) -> str:
        """The id of the version that a call names.

        Raises:
            ApiError: neither id nor name, both, or none that exists.
        """
        identifier, name = params.get("ProvisioningArtifactId"), params.get("ProvisioningArtifactName")
        if bool(identifier) == bool(name):
            text = "Either a provisioning artifact id or name must be specified, but not both."
            raise ApiError(INVALID, text)
        if identifier and identifier not in {artifact.id for artifact in self.artifacts}:
            raise ApiError(MISSING, f"Provisioning artifact {identifier} not found for product {self.product_id}")
        if name and name != PRODUCT:
            raise ApiError(MISSING, f"Provisioning artifact with name {name} not found")
        return str(identifier) if identifier else self.artifact_id

    def _template_parameters(self) -> list[Output]:
        return [
            {
                "ParameterKey": key,
                "ParameterType": "String",
                "IsNoEcho": False,
                "Description": key,
                "ParameterConstraints": (
                    {"AllowedValues": sorted(self._factory.governance.allowed_units())}
                    if key == "ManagedOrganizationalUnit"
                    else {"AllowedValues": [], "AllowedPattern": PATTERNS.get(key, ".+")}
                ),
            }
            for key in PARAMETERS
        ]

    def _describe_parameters(self, caller: Identity, params: Input) -> Output:
        self.known(params)
        self.known_artifact(params)
        self.launch_path(caller, params)
        return {
            "ProvisioningArtifactParameters": self._template_parameters(),
            "ConstraintSummaries": [],
            "UsageInstructions": [],
            "TagOptions": [],
        }

    # --- its launch path

    def _list_launch_paths(self, caller: Identity, params: Input) -> Output:
        self.known(params)
        self.launch_path(caller, {})
        found = [{"Id": self.path_id, "ConstraintSummaries": [], "Tags": [], "Name": PORTFOLIO}]
        items, following = page(found, params.get("PageToken"), params.get("PageSize") or PAGE, INVALID)
        return {"LaunchPathSummaries": items, "NextPageToken": following}

    def launch_path(self, caller: Identity, params: Input) -> str:
        """The id of the launch path that a call takes.

        Raises:
            ApiError: the caller has none, or names another.
        """
        if params.get("PathId") and params.get("PathName"):
            raise ApiError(INVALID, "Either a launch path id or name must be specified, but not both.")
        if not self.may_launch(caller):
            raise ApiError(MISSING, f"No launch paths found for resource: {self.product_id}")
        if params.get("PathId") and params["PathId"] != self.path_id:
            raise ApiError(MISSING, f"Launch path {params['PathId']} not found")
        if params.get("PathName") and params["PathName"] != PORTFOLIO:
            raise ApiError(MISSING, f"Launch path with name {params['PathName']} not found")
        return self.path_id

    def _list_portfolios_for_product(self, caller: Identity, params: Input) -> Output:
        del caller
        self.known(params)
        found = [self.portfolio.detail()]
        items, following = page(found, params.get("PageToken"), params.get("PageSize") or PAGE, INVALID)
        return {"PortfolioDetails": items, "NextPageToken": following}


def _artifact_summary(artifact: Artifact) -> Output:
    return {"Id": artifact.id, "Name": PRODUCT, "Description": _DESCRIPTION, "CreatedTime": artifact.created}


def _artifact_detail(artifact: Artifact) -> Output:
    return {
        **_artifact_summary(artifact),
        "Type": "CLOUD_FORMATION_TEMPLATE",
        "Active": artifact.active,
        "Guidance": "DEFAULT",
    }
