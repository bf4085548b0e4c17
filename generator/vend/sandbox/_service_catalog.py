"""Service Catalog's API around the Account Factory product."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from vend.sandbox._account_factory import PARAMETERS, AccountFactory, Product, Record, Request, new_id
from vend.sandbox._identities import Identity
from vend.sandbox._pages import page
from vend.sandbox._policy import matches
from vend.sandbox._wire import ApiError

Input = Mapping[str, Any]
Output = dict[str, Any]

PRODUCT = "AWS Control Tower Account Factory"
PORTFOLIO = "AWS Control Tower Account Factory Portfolio"
OWNER = "AWS Control Tower"
_DESCRIPTION = "AWS Control Tower Account Factory Template (DO NOT DELETE)"
_TYPE = "CONTROL_TOWER_ACCOUNT"
_EMAIL = r"[^\s@]+@[^\s@]+\.[^\s@]+"
_PATTERNS = {"AccountEmail": _EMAIL, "SSOUserEmail": _EMAIL}
_OUTPUTS = {
    "AccountId": "Managed Account Id",
    "SSOUserEmail": "SSO User email associated with the Account.",
    "AccountEmail": "Email Id associated with the Account",
    "SSOUserPortal": "SSO User Portal to federate into the managed Account.",
}
_INVALID = "InvalidParametersException"
_MISSING = "ResourceNotFoundException"
_MOST_PRINCIPALS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the product lives: only there does a caller find it."""

    account_id: str
    region: str


class ServiceCatalog:
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
            "ProvisionProduct": self._provision,
            "UpdateProvisionedProduct": self._update,
            "TerminateProvisionedProduct": self._terminate,
            "DescribeProvisionedProduct": self._describe_provisioned,
            "SearchProvisionedProducts": self._search_provisioned,
            "ScanProvisionedProducts": self._scan_provisioned,
            "DescribeRecord": self._describe_record,
            "ListRecordHistory": self._list_records,
            "GetProvisionedProductOutputs": self._outputs,
        }

    # --- products and portfolios

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
            "ProductARN": self._arn("catalog", f"product/{self.product_id}"),
            "CreatedTime": self._created,
        }

    def _arn(self, service: str, resource: str) -> str:
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

    def _known(self, given: Input, *, id_key: str = "ProductId", name_key: str = "ProductName") -> None:
        if given.get(id_key):
            if given[id_key] != self.product_id:
                raise ApiError(_MISSING, f"Product with id {given[id_key]} not found")
        elif given.get(name_key):
            if given[name_key] != PRODUCT:
                raise ApiError(_MISSING, f"Product with name {given[name_key]} not found")
        else:
            raise ApiError(_INVALID, "Either a product id or a product name must be specified.")

    def _describe_product(self, caller: Identity, given: Input) -> Output:
        self._known(given, id_key="Id", name_key="Name")
        paths = [{"Id": self.path_id, "Name": PORTFOLIO}] if self._may_launch(caller) else []
        if not paths:
            raise ApiError(_MISSING, f"Product {self.product_id} not found")
        return {
            "ProductViewSummary": self._summary(),
            "ProvisioningArtifacts": [{**self._artifact_summary(), "Guidance": "DEFAULT"}],
            "Budgets": [],
            "LaunchPaths": paths,
        }

    def _describe_product_as_admin(self, caller: Identity, given: Input) -> Output:
        del caller
        self._known(given, id_key="Id", name_key="Name")
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
        self._known(given)
        return {"ProvisioningArtifactDetails": [self._artifact()]}

    def _describe_artifact(self, caller: Identity, given: Input) -> Output:
        del caller
        self._known(given)
        self._known_artifact(given)
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

    def _known_artifact(self, given: Input) -> str:
        wanted, name = given.get("ProvisioningArtifactId"), given.get("ProvisioningArtifactName")
        if wanted and wanted != self.artifact_id:
            raise ApiError(_MISSING, f"Provisioning artifact {wanted} not found for product {self.product_id}")
        if name and name != PRODUCT:
            raise ApiError(_MISSING, f"Provisioning artifact with name {name} not found")
        if not wanted and not name:
            raise ApiError(_INVALID, "Either a provisioning artifact id or name must be specified.")
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
                    else {"AllowedValues": [], "AllowedPattern": _PATTERNS.get(key, ".+")}
                ),
            }
            for key in PARAMETERS
        ]

    def _describe_parameters(self, caller: Identity, given: Input) -> Output:
        self._known(given)
        self._known_artifact(given)
        self._launch_path(caller, given)
        return {
            "ProvisioningArtifactParameters": self._template_parameters(),
            "ConstraintSummaries": [],
            "UsageInstructions": [],
            "TagOptions": [],
        }

    def _list_launch_paths(self, caller: Identity, given: Input) -> Output:
        self._known(given)
        self._launch_path(caller, {})
        return {"LaunchPathSummaries": [{"Id": self.path_id, "ConstraintSummaries": [], "Tags": [], "Name": PORTFOLIO}]}

    def _launch_path(self, caller: Identity, given: Input) -> str:
        if not self._may_launch(caller):
            raise ApiError(_MISSING, f"No launch paths found for resource: {self.product_id}")
        if given.get("PathId") and given["PathId"] != self.path_id:
            raise ApiError(_MISSING, f"Launch path {given['PathId']} not found")
        if given.get("PathName") and given["PathName"] != PORTFOLIO:
            raise ApiError(_MISSING, f"Launch path with name {given['PathName']} not found")
        return self.path_id

    def _portfolio_detail(self) -> Output:
        return {
            "Id": self.portfolio_id,
            "ARN": self._arn("catalog", f"portfolio/{self.portfolio_id}"),
            "DisplayName": PORTFOLIO,
            "Description": PORTFOLIO,
            "CreatedTime": self._created,
            "ProviderName": OWNER,
        }

    def _portfolio(self, portfolio_id: str) -> None:
        if portfolio_id != self.portfolio_id:
            raise ApiError(_MISSING, f"Portfolio {portfolio_id} not found")

    def _list_portfolios(self, caller: Identity, given: Input) -> Output:
        del caller, given
        return {"PortfolioDetails": [self._portfolio_detail()]}

    def _describe_portfolio(self, caller: Identity, given: Input) -> Output:
        del caller
        self._portfolio(given["Id"])
        return {"PortfolioDetail": self._portfolio_detail(), "Tags": [], "TagOptions": [], "Budgets": []}

    def _list_portfolios_for_product(self, caller: Identity, given: Input) -> Output:
        del caller
        self._known(given)
        return {"PortfolioDetails": [self._portfolio_detail()]}

    def _list_principals(self, caller: Identity, given: Input) -> Output:
        del caller
        self._portfolio(given["PortfolioId"])
        found = [{"PrincipalARN": arn, "PrincipalType": kind} for arn, kind in sorted(self.principals.items())]
        principals, following = page(found, given.get("PageToken"), given.get("PageSize") or 20, _INVALID)
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

    # --- provisioned products

    def _provision(self, caller: Identity, given: Input) -> Output:
        self._known(given)
        path_id, artifact_id = self._launch_path(caller, given), self._known_artifact(given)
        name, token = given["ProvisionedProductName"], given["ProvisionToken"]
        before = self._factory.repeated("PROVISION_PRODUCT", token)
        if before is not None and before.product_name == name:
            return {"RecordDetail": self._record(before)}
        if self._factory.by_name(name) is not None:
            raise ApiError(_INVALID, f"A stack named {name} already exists.")
        parameters = {one["Key"]: one.get("Value", "") for one in given.get("ProvisioningParameters", ())}
        _check_parameters(parameters, complete=True)
        request = Request(
            artifact_id=artifact_id,
            path_id=path_id,
            token=token,
            parameters=parameters,
            user_arn=caller.principal,
            session_arn=caller.arn,
            tags=_tags(given),
        )
        return {"RecordDetail": self._record(self._factory.provision(name, request))}

    def _update(self, caller: Identity, given: Input) -> Output:
        before = self._factory.repeated("UPDATE_PROVISIONED_PRODUCT", given["UpdateToken"])
        if before is not None:
            return {"RecordDetail": self._record(before)}
        product = self._provisioned(given, "ProvisionedProductId", "ProvisionedProductName")
        if given.get("ProductId") or given.get("ProductName"):
            self._known(given)
        path_id = self._launch_path(caller, given)
        artifact_id = product.artifact_id
        if given.get("ProvisioningArtifactId") or given.get("ProvisioningArtifactName"):
            artifact_id = self._known_artifact(given)
        if product.status not in {"AVAILABLE", "TAINTED"}:
            raise ApiError(
                _INVALID, f"Provisioned product {product.id} cannot be updated while its status is {product.status}."
            )
        parameters = {
            one["Key"]: one.get("Value", "")
            for one in given.get("ProvisioningParameters", ())
            if not one.get("UsePreviousValue")
        }
        _check_parameters(parameters, complete=False)
        request = Request(
            artifact_id=artifact_id,
            path_id=path_id,
            token=given["UpdateToken"],
            parameters=parameters,
            tags=_tags(given),
        )
        return {"RecordDetail": self._record(self._factory.update(product, request))}

    def _terminate(self, caller: Identity, given: Input) -> Output:
        del caller
        before = self._factory.repeated("TERMINATE_PROVISIONED_PRODUCT", given["TerminateToken"])
        if before is not None:
            return {"RecordDetail": self._record(before)}
        product = self._provisioned(given, "ProvisionedProductId", "ProvisionedProductName")
        if product.status == "UNDER_CHANGE":
            raise ApiError(
                _INVALID, f"Provisioned product {product.id} cannot be terminated while its status is UNDER_CHANGE."
            )
        request = Request(
            artifact_id=product.artifact_id, path_id=product.path_id, token=given["TerminateToken"], parameters={}
        )
        return {"RecordDetail": self._record(self._factory.terminate(product, request))}

    def _provisioned(self, given: Input, id_key: str, name_key: str) -> Product:
        wanted = given.get(id_key) or given.get(name_key)
        if not wanted:
            raise ApiError(_INVALID, "Either a provisioned product id or name must be specified.")
        by_id = self._factory.products.get(given.get(id_key, ""))
        product = by_id or self._factory.by_name(given.get(name_key, ""))
        if product is None:
            raise ApiError(_MISSING, f"Provisioned product not found: {wanted}")
        return product

    def _describe_provisioned(self, caller: Identity, given: Input) -> Output:
        del caller
        product = self._provisioned(given, "Id", "Name")
        return {"ProvisionedProductDetail": self._detail(product), "CloudWatchDashboards": []}

    def _detail(self, product: Product) -> Output:
        return {
            "Name": product.name,
            "Arn": self._arn("servicecatalog", f"stack/{product.name}/{product.id}"),
            "Type": _TYPE,
            "Id": product.id,
            "Status": product.status,
            "StatusMessage": product.status_message,
            "CreatedTime": product.created,
            "IdempotencyToken": product.token,
            "LastRecordId": product.last_record_id,
            "LastProvisioningRecordId": product.last_provisioning_record_id,
            "LastSuccessfulProvisioningRecordId": product.last_successful_record_id,
            "ProductId": self.product_id,
            "ProvisioningArtifactId": product.artifact_id,
        }

    def _attributes(self, product: Product) -> Output:
        return {
            **self._detail(product),
            "Tags": [{"Key": key, "Value": value} for key, value in product.tags],
            "PhysicalId": product.account_id,
            "ProductName": PRODUCT,
            "ProvisioningArtifactName": PRODUCT,
            "UserArn": product.user_arn,
            "UserArnSession": product.session_arn,
        }

    def _visible(self, caller: Identity, given: Input) -> list[Product]:
        level = given.get("AccessLevelFilter", {}).get("Key", "User")
        products = sorted(self._factory.products.values(), key=lambda product: product.created)
        if level == "Account":
            return products
        if level == "Role":
            return [product for product in products if product.user_arn == caller.principal]
        return [product for product in products if product.session_arn == caller.arn]

    def _search_provisioned(self, caller: Identity, given: Input) -> Output:
        found = [self._attributes(product) for product in self._visible(caller, given)]
        queries = [query for values in given.get("Filters", {}).values() for query in values]
        found = [attributes for attributes in found if all(_answers(attributes, query) for query in queries)]
        if given.get("SortBy"):
            key = {name.casefold(): name for name in _FIELDS}.get(given["SortBy"].casefold())
            if key is None:
                raise ApiError(_INVALID, f"Invalid sort key: {given['SortBy']}")
            found.sort(key=lambda one: str(one.get(_FIELDS[key]) or ""), reverse=given.get("SortOrder") == "DESCENDING")
        products, following = page(found, given.get("PageToken"), given.get("PageSize") or 20, _INVALID)
        return {"ProvisionedProducts": products, "TotalResultsCount": len(found), "NextPageToken": following}

    def _scan_provisioned(self, caller: Identity, given: Input) -> Output:
        found = [self._detail(product) for product in self._visible(caller, given)]
        products, following = page(found, given.get("PageToken"), given.get("PageSize") or 20, _INVALID)
        return {"ProvisionedProducts": products, "NextPageToken": following}

    # --- records

    def _record(self, record: Record) -> Output:
        return {
            "RecordId": record.id,
            "ProvisionedProductName": record.product_name,
            "Status": record.status,
            "CreatedTime": record.created,
            "UpdatedTime": record.updated,
            "ProvisionedProductType": _TYPE,
            "RecordType": record.type,
            "ProvisionedProductId": record.product_id,
            "ProductId": self.product_id,
            "ProvisioningArtifactId": record.artifact_id,
            "PathId": record.path_id,
            "RecordErrors": [{"Code": code, "Description": text} for code, text in record.errors],
            "RecordTags": [{"Key": key, "Value": value} for key, value in record.tags],
        }

    def _describe_record(self, caller: Identity, given: Input) -> Output:
        del caller
        record = self._factory.records.get(given["Id"])
        if record is None:
            raise ApiError(_MISSING, f"Record not found: {given['Id']}")
        outputs, following = page(_outputs_of(record), given.get("PageToken"), given.get("PageSize") or 20, _INVALID)
        return {"RecordDetail": self._record(record), "RecordOutputs": outputs, "NextPageToken": following}

    def _list_records(self, caller: Identity, given: Input) -> Output:
        del caller
        wanted = given.get("SearchFilter") or {}
        fields = {"provisionedproduct": "product_id", "product": ""}
        records = sorted(self._factory.records.values(), key=lambda record: record.created, reverse=True)
        if wanted:
            attribute = fields.get(str(wanted.get("Key", "")).casefold())
            if attribute is None:
                raise ApiError(_INVALID, f"Invalid search filter key: {wanted.get('Key')}")
            value = wanted.get("Value")
            records = [r for r in records if (r.product_id if attribute else self.product_id) == value]
        details, following = page(
            [self._record(record) for record in records], given.get("PageToken"), given.get("PageSize") or 20, _INVALID
        )
        return {"RecordDetails": details, "NextPageToken": following}

    def _outputs(self, caller: Identity, given: Input) -> Output:
        del caller
        product = self._provisioned(given, "ProvisionedProductId", "ProvisionedProductName")
        if product.last_successful_record_id is None:
            raise ApiError(
                _INVALID, f"No outputs: provisioned product {product.id} was never provisioned successfully."
            )
        outputs = _outputs_of(self._factory.records[product.last_successful_record_id])
        wanted = given.get("OutputKeys")
        if wanted:
            unknown = sorted(set(wanted) - {output["OutputKey"] for output in outputs})
            if unknown:
                raise ApiError(_INVALID, f"Invalid output keys: {unknown}")
            outputs = [output for output in outputs if output["OutputKey"] in wanted]
        found, following = page(outputs, given.get("PageToken"), given.get("PageSize") or 20, _INVALID)
        return {"Outputs": found, "NextPageToken": following}


_FIELDS = {
    "arn": "Arn",
    "createdTime": "CreatedTime",
    "id": "Id",
    "idempotencyToken": "IdempotencyToken",
    "lastRecordId": "LastRecordId",
    "name": "Name",
    "physicalId": "PhysicalId",
    "productId": "ProductId",
    "productName": "ProductName",
    "provisioningArtifactId": "ProvisioningArtifactId",
    "provisioningArtifactName": "ProvisioningArtifactName",
    "status": "Status",
    "type": "Type",
    "userArn": "UserArn",
    "userArnSession": "UserArnSession",
    "lastProvisioningRecordId": "LastProvisioningRecordId",
    "lastSuccessfulProvisioningRecordId": "LastSuccessfulProvisioningRecordId",
}
"""Fields of a SearchQuery and of SortBy (botocore's documentation of SearchProvisionedProductsInput)."""


def _answers(attributes: Output, query: str) -> bool:
    """Whether a product answers one `field:value`, or holds a bare word in any field."""
    field, separator, value = query.partition(":")
    key = {name.casefold(): member for name, member in _FIELDS.items()}.get(field.strip().casefold())
    if not separator:
        wanted = query.strip().casefold()
        return any(wanted in str(attributes.get(member) or "").casefold() for member in _FIELDS.values())
    if key is None:
        raise ApiError(_INVALID, f"Invalid search query field: {field}")
    wanted = value.strip().strip('"').casefold()
    return matches(wanted, str(attributes.get(key) or "").casefold())


def _outputs_of(record: Record) -> list[Output]:
    return [
        {"OutputKey": key, "OutputValue": record.outputs[key], "Description": description}
        for key, description in _OUTPUTS.items()
        if key in record.outputs
    ]


def _tags(given: Input) -> tuple[tuple[str, str], ...]:
    return tuple((tag["Key"], tag["Value"]) for tag in given.get("Tags", ()))


def _check_parameters(parameters: Mapping[str, str], *, complete: bool) -> None:
    """The product's template: all parameters, none else, each with its pattern."""
    import re

    unknown = sorted(parameters.keys() - set(PARAMETERS))
    if unknown:
        raise ApiError(_INVALID, f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    missing = [key for key in PARAMETERS if complete and key not in parameters]
    if missing:
        raise ApiError(_INVALID, f"Parameters: [{', '.join(missing)}] must have values")
    for key, value in parameters.items():
        pattern = _PATTERNS.get(key, ".+")
        if re.fullmatch(pattern, value, re.DOTALL) is None:
            raise ApiError(_INVALID, f"Parameter '{key}' must match pattern {pattern}")
