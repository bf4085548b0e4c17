"""The Account Factory product and what was provisioned from it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from vend.aws._connection import Connection
from vend.aws._failures import aws_code, is_denied, translated
from vend.errors import AwsError, Diagnostic
from vend.models import AccountFactory, ProvisionedProduct

PRODUCT = "AWS Control Tower Account Factory"
PORTFOLIO = "AWS Control Tower Account Factory Portfolio"
PRODUCT_TYPE = "CONTROL_TOWER_ACCOUNT"
UNDER_WAY = frozenset({"UNDER_CHANGE", "PLAN_IN_PROGRESS"})

_ASSOCIATE = (
    f'associate the role that vend uses with the portfolio "{PORTFOLIO}" in Service Catalog '
    "(AssociatePrincipalWithPortfolio), in the home Region"
)


def find_account_factory(connection: Connection) -> AccountFactory:
    """The product, its active artifact and the launch path of this caller.

    Several artifacts can carry one name (hashicorp/terraform-provider-aws#24362), hence the id of the active one.

    Raises:
        AwsError: `account-factory-not-found`, `no-launch-path`, or a call was refused.
    """
    client = connection.client("servicecatalog")
    with translated("looking for the Account Factory product"):
        product_id = _product_id(client, connection.region)
        return AccountFactory(
            product_id=product_id,
            path_id=_path_id(client, product_id),
            provisioning_artifact_id=_active_artifact(client, product_id),
        )


def find_product(connection: Connection) -> tuple[str, str] | None:
    """Ids of the product and its active artifact, for whoever may look but not launch; None where there is none.

    Raises:
        AwsError: `no-active-artifact`, or a call was refused.
    """
    client = connection.client("servicecatalog")
    with translated("looking for the Account Factory product"):
        views = _pages(client.search_products_as_admin, "ProductViewDetails")
        for view in views:
            summary = view.get("ProductViewSummary", {})
            if summary.get("Name") == PRODUCT:
                return str(summary["ProductId"]), _active_artifact(client, str(summary["ProductId"]))
    return None


def _product_id(client: Any, region: str) -> str:
    from botocore.exceptions import ClientError

    found = _pages(client.search_products, "ProductViewSummaries", Filters={"FullTextSearch": [PRODUCT]})
    ids = [str(product["ProductId"]) for product in found if product.get("Name") == PRODUCT]
    if ids:
        return ids[0]
    # A caller sees only the products of portfolios it is associated with; an administrator sees all.
    try:
        everything = _pages(client.search_products_as_admin, "ProductViewDetails")
    except ClientError as error:
        if not is_denied(error):
            raise
        everything = []
    if any(view.get("ProductViewSummary", {}).get("Name") == PRODUCT for view in everything):
        raise AwsError(_no_launch_path("The product exists, but the caller cannot see it."))
    raise AwsError(
        Diagnostic(
            code="account-factory-not-found",
            summary=f'no product "{PRODUCT}" in {region}',
            detail="looking for the Account Factory product: SearchProducts found none that the caller may launch",
            hint=f"check that home_region is Control Tower's home Region; then {_ASSOCIATE}",
        )
    )


def _active_artifact(client: Any, product_id: str) -> str:
    from botocore.exceptions import ClientError

    try:
        artifacts = client.list_provisioning_artifacts(ProductId=product_id)["ProvisioningArtifactDetails"]
    except ClientError as error:
        if not is_denied(error):
            raise
        summaries = client.describe_product(Id=product_id)["ProvisioningArtifacts"]
        artifacts = [
            client.describe_provisioning_artifact(ProductId=product_id, ProvisioningArtifactId=summary["Id"])[
                "ProvisioningArtifactDetail"
            ]
            for summary in summaries
        ]
    active = [artifact for artifact in artifacts if artifact.get("Active")]
    if not active:
        raise AwsError(
            Diagnostic(
                code="no-active-artifact",
                summary=f"product {product_id} has no active provisioning artifact",
                hint="repair or update the landing zone in Control Tower",
            )
        )
    return str(max(active, key=lambda artifact: str(artifact.get("CreatedTime", "")))["Id"])


def _path_id(client: Any, product_id: str) -> str:
    from botocore.exceptions import ClientError

    try:
        paths = _pages(client.list_launch_paths, "LaunchPathSummaries", ProductId=product_id)
    except ClientError as error:
        if aws_code(error) != "ResourceNotFoundException":
            raise
        raise AwsError(_no_launch_path(f"ListLaunchPaths answered: {error.response['Error']['Message']}")) from error
    if not paths:
        raise AwsError(_no_launch_path("ListLaunchPaths returned no path."))
    preferred = [path for path in paths if path.get("Name") == PORTFOLIO]
    return str((preferred or paths)[0]["Id"])


def _no_launch_path(detail: str) -> Diagnostic:
    return Diagnostic(
        code="no-launch-path",
        summary=f'the caller has no launch path for "{PRODUCT}"',
        detail=detail,
        hint=f"{_ASSOCIATE}; launch paths also disappear while the landing zone has drifted",
    )


def search_products(connection: Connection) -> dict[str, ProvisionedProduct]:
    """Every account's provisioned product by name, in one paginated search.

    Raises:
        AwsError: the call was refused.
    """
    client = connection.client("servicecatalog")
    with translated("searching the provisioned products"):
        found = _pages(
            client.search_provisioned_products,
            "ProvisionedProducts",
            AccessLevelFilter={"Key": "Account", "Value": "self"},
            Filters={"SearchQuery": [f"type:{PRODUCT_TYPE}"]},
            PageSize=100,
        )
    return {product["Name"]: _product(product, product.get("PhysicalId")) for product in found}


def describe_product(connection: Connection, name_or_id: str) -> ProvisionedProduct | None:
    """One provisioned product as it is now, with its account id and why it failed; None when there is none.

    Raises:
        AwsError: a call was refused.
    """
    from botocore.exceptions import ClientError

    client = connection.client("servicecatalog")
    key = "Id" if name_or_id.startswith("pp-") else "Name"
    with translated(f"reading provisioned product {name_or_id}"):
        try:
            detail = client.describe_provisioned_product(**{key: name_or_id})["ProvisionedProductDetail"]
        except ClientError as error:
            if aws_code(error) != "ResourceNotFoundException":
                raise
            return None
        account_id = _account_id(client, detail)
        if detail["Status"] in {"ERROR", "TAINTED"} and not detail.get("StatusMessage"):
            detail = {**detail, "StatusMessage": _last_errors(client, detail)}
    return _product(detail, account_id)


def _account_id(client: Any, detail: Mapping[str, Any]) -> str | None:
    # Outputs of a product that never succeeded are refused with InvalidParametersException (AFT#217).
    if not detail.get("LastSuccessfulProvisioningRecordId"):
        return None
    return _output(client, detail["Id"], "AccountId")


def read_email(connection: Connection, product: ProvisionedProduct) -> str | None:
    """The email that a product was sent when it last succeeded; None where it never did.

    It stays what it was when the account's own is changed (user guide, change-account-email).

    Raises:
        AwsError: the call was refused.
    """
    if not product.succeeded:
        return None
    with translated(f"reading the outputs of provisioned product {product.id}"):
        return _output(connection.client("servicecatalog"), product.id, "AccountEmail")


def _output(client: Any, product_id: str, key: str) -> str | None:
    outputs = _pages(
        client.get_provisioned_product_outputs, "Outputs", ProvisionedProductId=product_id, OutputKeys=[key]
    )
    return next((o["OutputValue"] for o in outputs if o.get("OutputKey") == key), None)


def _last_errors(client: Any, detail: Mapping[str, Any]) -> str | None:
    record = detail.get("LastRecordId")
    if not record:
        return None
    errors = client.describe_record(Id=record)["RecordDetail"].get("RecordErrors", [])
    return "\n".join(f"{e.get('Code', '')}  {e.get('Description', '')}".strip() for e in errors) or None


def _product(detail: Mapping[str, Any], account_id: str | None) -> ProvisionedProduct:
    return ProvisionedProduct(
        id=detail["Id"],
        name=detail["Name"],
        status=detail["Status"],
        product_id=detail.get("ProductId", ""),
        provisioning_artifact_id=detail.get("ProvisioningArtifactId", ""),
        status_message=detail.get("StatusMessage") or None,
        account_id=account_id or None,
        succeeded=bool(detail.get("LastSuccessfulProvisioningRecordId")),
    )


def send_parameters(
    connection: Connection,
    product_id: str,
    parameters: Mapping[str, str],
    factory: AccountFactory,
    token: str,
) -> None:
    """Sends all parameters of a provisioned product again; returns once Service Catalog accepted the update.

    Args:
        connection: of the management account.
        product_id: `pp-…`.
        parameters: all six; Account Factory takes no previous values.
        factory: product, artifact and path to update with.
        token: the same token makes the same update once.

    Raises:
        AwsError: `control-tower-busy` while another operation is in progress, or the call was refused.
    """
    with translated(f"sending the parameters of provisioned product {product_id}"):
        connection.client("servicecatalog").update_provisioned_product(
            ProvisionedProductId=product_id,
            ProductId=factory.product_id,
            ProvisioningArtifactId=factory.provisioning_artifact_id,
            PathId=factory.path_id,
            ProvisioningParameters=[{"Key": key, "Value": value} for key, value in sorted(parameters.items())],
            UpdateToken=token,
        )


def terminate_product(connection: Connection, product_id: str, token: str) -> None:
    """Terminates a provisioned product; returns once Service Catalog accepted it, or there is none.

    Raises:
        AwsError: `control-tower-busy` while another operation is in progress, or the call was refused.
    """
    from botocore.exceptions import ClientError

    with translated(f"terminating provisioned product {product_id}"):
        try:
            connection.client("servicecatalog").terminate_provisioned_product(
                ProvisionedProductId=product_id, TerminateToken=token, IgnoreErrors=False
            )
        except ClientError as error:
            if aws_code(error) != "ResourceNotFoundException":
                raise


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often to look, and how long.

    Attributes:
        first_seconds: the first interval; each next one is half as long again.
        longest_seconds: the longest interval.
        timeout_seconds: when to stop looking.
        monotonic: a clock in seconds.
    """

    first_seconds: float = 0.5
    longest_seconds: float = 30.0
    timeout_seconds: float = 90 * 60.0
    monotonic: Callable[[], float] = time.monotonic


_PATIENCE = 5
"""How many looks in a row may fail to reach AWS before waiting ends."""


def wait_until_settled(
    connection: Connection,
    product_id: str,
    on_progress: Callable[[ProvisionedProduct], None],
    stop: threading.Event,
    pace: Pace,
) -> ProvisionedProduct | None:
    """Waits until no operation on the product is under way; None when the product is gone.

    AVAILABLE counts when it is seen twice in a row, as the Terraform provider counts it: Service Catalog
    shows it for a moment before an update has begun. ERROR and TAINTED are answers, not exceptions; so is
    a product that is still under way when time is up or `stop` is set.

    Raises:
        AwsError: AWS could not be asked, several times in a row.
    """
    deadline = pace.monotonic() + pace.timeout_seconds
    interval = pace.first_seconds
    available_before = False
    unreachable = 0
    product: ProvisionedProduct | None = None
    while True:
        try:
            product = describe_product(connection, product_id)
            unreachable = 0
        except AwsError as error:
            unreachable += 1
            if unreachable > _PATIENCE or not _is_passing(error):
                raise
        else:
            if product is None:
                return None
            on_progress(product)
            available = product.status == "AVAILABLE"
            if product.status not in UNDER_WAY and (available_before or not available):
                return product
            available_before = available
            if available:
                interval = pace.first_seconds
        if pace.monotonic() >= deadline or stop.wait(interval):
            if product is None:
                raise AwsError(_never_seen(product_id))
            return product
        interval = min(interval * 1.5, pace.longest_seconds)


def _never_seen(product_id: str) -> Diagnostic:
    return Diagnostic(
        code="aws-unreachable",
        summary=f"the state of {product_id} could not be read",
        detail="waiting for Control Tower: no answer in time; the operation continues without vend",
        hint="run `vend apply` again; it waits for the operation and resumes there",
    )


def _is_passing(error: AwsError) -> bool:
    return all(diagnostic.code in {"aws-unreachable", "aws-throttled"} for diagnostic in error.diagnostics)


def _pages(call: Callable[..., Any], key: str, **arguments: Any) -> list[Any]:
    items: list[Any] = []
    page = call(**arguments)
    items.extend(page.get(key, ()))
    while page.get("NextPageToken"):
        page = call(**arguments, PageToken=page["NextPageToken"])
        items.extend(page.get(key, ()))
    return items
