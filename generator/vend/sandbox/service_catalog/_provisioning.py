"""Service Catalog's side of what was provisioned: products, their records, searches."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, TypeVar

from vend.sandbox.access._callers import Identity
from vend.sandbox.access._iam_policy import matches
from vend.sandbox.protocol._call import ApiError
from vend.sandbox.protocol._pagination import page
from vend.sandbox.service_catalog._account_factory import AccountFactory
from vend.sandbox.service_catalog._catalog import PATTERNS, PRODUCT, Catalog
from vend.sandbox.service_catalog._portfolio import INVALID, MISSING
from vend.sandbox.service_catalog._products import PARAMETERS, Product, Record, Request

Input = Mapping[str, Any]
Output = dict[str, Any]
_Owned = TypeVar("_Owned", Product, Record)

_TYPE = "CONTROL_TOWER_ACCOUNT"
_PAGE = 20
_OUTPUTS = {
    "AccountId": "Managed Account Id",
    "SSOUserEmail": "SSO User email associated with the Account.",
    "AccountEmail": "Email Id associated with the Account",
    "SSOUserPortal": "SSO User Portal to federate into the managed Account.",
}


class Provisioning:
    """The operations on provisioned products and records, by botocore's names.

    Args:
        factory: the products.
        catalog: what they are provisioned from.
    """

    KEPT: ClassVar[tuple[str, ...]] = ()

    def __init__(self, factory: AccountFactory, catalog: Catalog) -> None:
        self._factory = factory
        self._catalog = catalog

    def operations(self) -> dict[str, Callable[[Identity, Input], Output]]:
        """The operations that are answered here; moto has none of them."""
        return {
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

    def _provision(self, caller: Identity, params: Input) -> Output:
        self._catalog.known(params)
        path_id, artifact_id = self._catalog.launch_path(caller, params), self._catalog.known_artifact(params)
        name, token = params["ProvisionedProductName"], params["ProvisionToken"]
        self._catalog.check_package()
        before = self._factory.repeated("PROVISION_PRODUCT", token)
        if before is not None and before.product_name == name:
            return {"RecordDetail": self._record(before)}
        if self._factory.by_name(name) is not None:
            raise ApiError(INVALID, f"A stack named {name} already exists.")
        parameters = {one["Key"]: one.get("Value", "") for one in params.get("ProvisioningParameters", ())}
        _check_parameters(parameters, complete=True)
        request = Request(
            artifact_id=artifact_id,
            path_id=path_id,
            token=token,
            parameters=parameters,
            user_arn=caller.principal,
            session_arn=caller.arn,
            tags=_tags(params),
            notifies=bool(params.get("NotificationArns")),
        )
        return {"RecordDetail": self._record(self._factory.provision(name, request))}

    def _update(self, caller: Identity, params: Input) -> Output:
        before = self._factory.repeated("UPDATE_PROVISIONED_PRODUCT", params["UpdateToken"])
        if before is not None:
            return {"RecordDetail": self._record(before)}
        product = self._provisioned(params, "ProvisionedProductId", "ProvisionedProductName")
        if params.get("ProductId") or params.get("ProductName"):
            self._catalog.known(params)
        path_id = self._catalog.launch_path(caller, params)
        artifact_id = product.artifact_id
        if params.get("ProvisioningArtifactId") or params.get("ProvisioningArtifactName"):
            artifact_id = self._catalog.known_artifact(params)
        if product.status not in {"AVAILABLE", "TAINTED"}:
            raise ApiError(
                INVALID, f"Provisioned product {product.id} cannot be updated while its status is {product.status}."
            )
        parameters = {
            one["Key"]: one.get("Value", "")
            for one in params.get("ProvisioningParameters", ())
            if not one.get("UsePreviousValue")
        }
        _check_parameters(parameters, complete=False)
        request = Request(
            artifact_id=artifact_id,
            path_id=path_id,
            token=params["UpdateToken"],
            parameters=parameters,
            user_arn=caller.principal,
            session_arn=caller.arn,
            tags=_tags(params),
        )
        return {"RecordDetail": self._record(self._factory.update(product, request))}

    def _terminate(self, caller: Identity, params: Input) -> Output:
        before = self._factory.repeated("TERMINATE_PROVISIONED_PRODUCT", params["TerminateToken"])
        # The token holds while the product is there (TerminateProvisionedProduct).
        if before is not None and before.product_id in self._factory.products:
            return {"RecordDetail": self._record(before)}
        product = self._provisioned(params, "ProvisionedProductId", "ProvisionedProductName")
        if product.status == "UNDER_CHANGE":
            raise ApiError(
                INVALID, f"Provisioned product {product.id} cannot be terminated while its status is UNDER_CHANGE."
            )
        request = Request(
            artifact_id=product.artifact_id,
            path_id=product.path_id,
            token=params["TerminateToken"],
            parameters={},
            user_arn=caller.principal,
            session_arn=caller.arn,
        )
        return {"RecordDetail": self._record(self._factory.terminate(product, request))}

    def _provisioned(self, params: Input, id_key: str, name_key: str) -> Product:
        identifier, name = params.get(id_key), params.get(name_key)
        if bool(identifier) == bool(name):
            text = "Either a provisioned product id or name must be specified, but not both."
            raise ApiError(INVALID, text)
        # The name may be the product's ARN.
        product = (
            self._factory.products.get(identifier)
            if identifier
            else self._factory.by_name(str(name).rpartition("stack/")[2].partition("/")[0])
        )
        if product is None:
            raise ApiError(MISSING, f"Provisioned product not found: {identifier or name}")
        return product

    def _describe_provisioned(self, caller: Identity, params: Input) -> Output:
        del caller
        product = self._provisioned(params, "Id", "Name")
        return {"ProvisionedProductDetail": self._detail(product), "CloudWatchDashboards": []}

    def _detail(self, product: Product) -> Output:
        return {
            "Name": product.name,
            "Arn": self._catalog.arn("servicecatalog", f"stack/{product.name}/{product.id}"),
            "Type": _TYPE,
            "Id": product.id,
            "Status": product.status,
            "StatusMessage": product.status_message,
            "CreatedTime": product.created,
            "IdempotencyToken": product.token,
            "LastRecordId": product.last_record_id,
            "LastProvisioningRecordId": product.last_provisioning_record_id,
            "LastSuccessfulProvisioningRecordId": product.last_successful_record_id,
            "ProductId": self._catalog.product_id,
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

    @staticmethod
    def _visible(caller: Identity, params: Input, found: Iterable[_Owned], default: str = "User") -> list[_Owned]:
        """What a caller may see: items of its session, its role or the whole account (AccessLevelFilter)."""
        level = params.get("AccessLevelFilter", {}).get("Key", default)
        if level == "Account":
            return list(found)
        if level == "Role":
            return [one for one in found if one.user_arn == caller.principal]
        return [one for one in found if one.session_arn == caller.arn]

    def _search_provisioned(self, caller: Identity, params: Input) -> Output:
        products = self._visible(caller, params, self._factory.products.values(), "Account")
        found = [self._attributes(product) for product in products]
        queries = [query for values in params.get("Filters", {}).values() for query in values]
        found = [attributes for attributes in found if all(_answers(attributes, query) for query in queries)]
        if params.get("SortBy"):
            key = _SORTED_BY.get(params["SortBy"].casefold())
            if key is None:
                raise ApiError(INVALID, f"Invalid sort key: {params['SortBy']}. Valid keys: {', '.join(_SORTED_BY)}")
            found.sort(key=lambda one: str(one.get(key) or ""), reverse=params.get("SortOrder") == "DESCENDING")
        items, following = page(found, params.get("PageToken"), params.get("PageSize") or _PAGE, INVALID)
        return {"ProvisionedProducts": items, "TotalResultsCount": len(found), "NextPageToken": following}

    def _scan_provisioned(self, caller: Identity, params: Input) -> Output:
        visible = self._visible(caller, params, self._factory.products.values())
        found = [self._detail(product) for product in visible]
        products, following = page(found, params.get("PageToken"), params.get("PageSize") or _PAGE, INVALID)
        return {"ProvisionedProducts": products, "NextPageToken": following}

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
            "ProductId": self._catalog.product_id,
            "ProvisioningArtifactId": record.artifact_id,
            "PathId": record.path_id,
            "RecordErrors": [{"Code": code, "Description": text} for code, text in record.errors],
            "RecordTags": [{"Key": key, "Value": value} for key, value in record.tags],
        }

    def _describe_record(self, caller: Identity, params: Input) -> Output:
        del caller
        record = self._factory.records.get(params["Id"])
        if record is None:
            raise ApiError(MISSING, f"Record not found: {params['Id']}")
        outputs, following = page(
            _outputs_of(record), params.get("PageToken"), params.get("PageSize") or _PAGE, INVALID
        )
        return {"RecordDetail": self._record(record), "RecordOutputs": outputs, "NextPageToken": following}

    def _list_records(self, caller: Identity, params: Input) -> Output:
        records = self._visible(caller, params, self._factory.records.values())
        records.sort(key=lambda record: record.created, reverse=True)
        search_filter = params.get("SearchFilter") or {}
        if search_filter:
            key, value = str(search_filter.get("Key", "")).casefold(), search_filter.get("Value")
            if key not in {"product", "provisionedproduct"}:
                raise ApiError(INVALID, f"Invalid search filter key: {search_filter.get('Key')}")
            product_id = self._catalog.product_id
            records = [r for r in records if (product_id if key == "product" else r.product_id) == value]
        items, following = page(records, params.get("PageToken"), params.get("PageSize") or _PAGE, INVALID)
        return {"RecordDetails": [self._record(record) for record in items], "NextPageToken": following}

    def _outputs(self, caller: Identity, params: Input) -> Output:
        del caller
        product = self._provisioned(params, "ProvisionedProductId", "ProvisionedProductName")
        if product.last_successful_record_id is None:
            raise ApiError(INVALID, f"No outputs: provisioned product {product.id} was never provisioned successfully.")
        outputs = _outputs_of(self._factory.records[product.last_successful_record_id])
        output_keys = params.get("OutputKeys")
        if output_keys:
            unknown = sorted(set(output_keys) - {output["OutputKey"] for output in outputs})
            if unknown:
                raise ApiError(INVALID, f"Invalid output keys: {unknown}")
            outputs = [output for output in outputs if output["OutputKey"] in output_keys]
        found, following = page(outputs, params.get("PageToken"), params.get("PageSize") or _PAGE, INVALID)
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
"""Fields of a SearchQuery (botocore's documentation of SearchProvisionedProductsInput)."""
_SORTED_BY = {"arn": "Arn", "id": "Id", "name": "Name", "lastrecordid": "LastRecordId"}


def _answers(attributes: Output, query: str) -> bool:
    """Whether a product answers one `field:value`, or holds a bare word in any field."""
    field, separator, value = query.partition(":")
    key = {name.casefold(): member for name, member in _FIELDS.items()}.get(field.strip().casefold())
    if separator and field.strip().casefold() == "tags":
        return any(
            value.strip().casefold() in {tag["Key"].casefold(), tag["Value"].casefold()} for tag in attributes["Tags"]
        )
    if not separator:
        text = query.strip().casefold()
        return any(text in str(attributes.get(member) or "").casefold() for member in _FIELDS.values())
    if key is None:
        raise ApiError(INVALID, f"Invalid search query field: {field}")
    text = value.strip().strip('"').casefold()
    return matches(text, str(attributes.get(key) or "").casefold())


def _outputs_of(record: Record) -> list[Output]:
    return [
        {"OutputKey": key, "OutputValue": record.outputs[key], "Description": description}
        for key, description in _OUTPUTS.items()
        if key in record.outputs
    ]


def _tags(params: Input) -> tuple[tuple[str, str], ...]:
    return tuple((tag["Key"], tag["Value"]) for tag in params.get("Tags", ()))


def _check_parameters(parameters: Mapping[str, str], *, complete: bool) -> None:
    """The product's template: all parameters, none else, each with its pattern."""
    unknown = sorted(parameters.keys() - set(PARAMETERS))
    if unknown:
        raise ApiError(INVALID, f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    missing = [key for key in PARAMETERS if complete and key not in parameters]
    if missing:
        raise ApiError(INVALID, f"Parameters: [{', '.join(missing)}] must have values")
    for key, value in parameters.items():
        pattern = PATTERNS.get(key, ".+")
        if re.fullmatch(pattern, value, re.DOTALL) is None:
            raise ApiError(INVALID, f"Parameter '{key}' must match pattern {pattern}")
