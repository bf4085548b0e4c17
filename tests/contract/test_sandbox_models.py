"""Every answer that the sandbox gives itself fits botocore's model of the operation, in each protocol."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulated import SECONDS, Emulated, emulated
from vend.sandbox._account_api import OTP
from vend.sandbox._identities import Identity

pytestmark = pytest.mark.sandbox


NUMBERS = {"timestamp", "integer", "long", "float", "double"}


def misfits(value: Any, shape: Any, where: str) -> Iterator[str]:
    """What a value has that its shape does not allow, and what it lacks."""
    kind = shape.type_name
    if kind == "structure" and not getattr(shape, "is_document_type", False):
        yield from _member_misfits(value, shape, where)
    elif kind == "list":
        for number, item in enumerate(value):
            yield from misfits(item, shape.member, f"{where}[{number}]")
    elif kind == "map":
        for key, item in value.items():
            yield from misfits(item, shape.value, f"{where}[{key!r}]")
    elif kind in NUMBERS | {"boolean"}:
        if isinstance(value, bool) != (kind == "boolean") or not isinstance(value, int | float):
            yield f"{where}: {value!r} is no {kind}"
    elif kind == "string":
        yield from _text_misfits(value, shape, where)


def _member_misfits(value: Any, shape: Any, where: str) -> Iterator[str]:
    yield from (f"{where}: no member {name}" for name in value.keys() - shape.members.keys())
    present = {name: item for name, item in value.items() if item is not None}
    yield from (f"{where}: {name} is missing" for name in set(shape.required_members) - present.keys())
    for name in present.keys() & shape.members.keys():
        yield from misfits(present[name], shape.members[name], f"{where}.{name}")


def _text_misfits(value: Any, shape: Any, where: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{where}: {value!r} is no string"
        return
    if shape.enum and value not in shape.enum:
        yield f"{where}: {value!r} is none of {shape.enum}"
    if not shape.metadata.get("min", 0) <= len(value) <= shape.metadata.get("max", 1 << 30):
        yield f"{where}: {value!r} has the wrong length"
    pattern = shape.metadata.get("pattern")
    if pattern and "\\p{" not in pattern and re.match(pattern, value) is None:
        yield f"{where}: {value!r} does not match {pattern}"


class Watched:
    """Checks every output on its way out."""

    def __init__(self, aws: Emulated) -> None:
        from botocore.session import Session

        self.seen: set[tuple[str, str]] = set()
        self.found: list[str] = []
        front = aws.sandbox._front
        assert front is not None
        session = Session()
        for (service, name), operation in list(front._operations.items()):
            model = session.get_service_model(service).operation_model(name)
            front._operations[service, name] = self._watch(service, name, operation, model.output_shape)
        self.all = set(front._operations)

    def _watch(self, service: str, name: str, operation: Callable[..., Any], shape: Any) -> Callable[..., Any]:
        def watched(caller: Identity, given: Mapping[str, Any]) -> Any:
            output = operation(caller, given)
            self.seen.add((service, name))
            if shape is None:
                self.found += [f"{service}:{name}: an output where there is none"] if output else []
            else:
                self.found += misfits(output, shape, f"{service}:{name}")
            return output

        return watched


@pytest.fixture(scope="module")
def aws() -> Iterator[Emulated]:
    with emulated() as world:
        yield world


@pytest.fixture(scope="module")
def watched(aws: Emulated) -> Watched:
    """Everything is called once, in every state that matters."""
    checked = Watched(aws)
    account_id = _service_catalog(aws)
    _control_tower(aws)
    _account(aws, account_id)
    _others(aws)
    return checked


def _service_catalog(aws: Emulated) -> str:
    catalog, product = aws.client("servicecatalog"), aws.product()
    product_id, artifact_id = product["ProductId"], product["ProvisioningArtifactId"]
    portfolio = catalog.list_portfolios()["PortfolioDetails"][0]["Id"]
    catalog.describe_portfolio(Id=portfolio)
    catalog.list_portfolios_for_product(ProductId=product_id)
    role = "arn:aws:iam::111111111111:role/someone"
    catalog.associate_principal_with_portfolio(PortfolioId=portfolio, PrincipalARN=role, PrincipalType="IAM")
    catalog.list_principals_for_portfolio(PortfolioId=portfolio)
    catalog.disassociate_principal_from_portfolio(PortfolioId=portfolio, PrincipalARN=role)
    catalog.search_products_as_admin()
    catalog.describe_product(Id=product_id)
    catalog.describe_product_as_admin(Name="AWS Control Tower Account Factory")
    catalog.describe_provisioning_artifact(
        ProductId=product_id, ProvisioningArtifactId=artifact_id, IncludeProvisioningArtifactParameters=True
    )
    catalog.describe_provisioning_parameters(ProductId=product_id, ProvisioningArtifactId=artifact_id)
    everyone = {"Key": "Account", "Value": "self"}

    def look() -> None:
        catalog.search_provisioned_products(AccessLevelFilter=everyone)
        catalog.scan_provisioned_products(AccessLevelFilter=everyone)
        for record in catalog.list_record_history(AccessLevelFilter=everyone)["RecordDetails"]:
            catalog.describe_record(Id=record["RecordId"])
        for found in catalog.scan_provisioned_products(AccessLevelFilter=everyone)["ProvisionedProducts"]:
            catalog.describe_provisioned_product(Id=found["Id"])

    aws.provision("broken", unit="Nowhere")
    look()
    account_id = aws.vended("payments", aws.unit("Workloads/Prod"))
    look()
    catalog.update_provisioned_product(**product, ProvisionedProductName="payments", UpdateToken="u")
    look()
    aws.clock.advance(SECONDS)
    catalog.terminate_provisioned_product(ProvisionedProductName="broken", TerminateToken="t")
    look()
    aws.clock.advance(SECONDS)
    return account_id


def _control_tower(aws: Emulated) -> None:
    tower, organizations = aws.client("controltower"), aws.client("organizations")
    arn = tower.list_landing_zones()["landingZones"][0]["arn"]
    tower.get_landing_zone(landingZoneIdentifier=arn)
    tower.list_tags_for_resource(resourceArn=arn)
    baselines = {one["name"]: one["arn"] for one in tower.list_baselines()["baselines"]}
    tower.get_baseline(baselineIdentifier=baselines["AWSControlTowerBaseline"])
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="Late")["OrganizationalUnit"]
    made = tower.enable_baseline(
        baselineIdentifier=baselines["AWSControlTowerBaseline"], baselineVersion="4.0", targetIdentifier=unit["Arn"]
    )
    for change in (None, tower.reset_enabled_baseline, tower.disable_baseline):
        operation = made["operationIdentifier"]
        if change is not None:
            operation = change(enabledBaselineIdentifier=made["arn"])["operationIdentifier"]
        tower.get_baseline_operation(operationIdentifier=operation)
        tower.get_enabled_baseline(enabledBaselineIdentifier=made["arn"])
        tower.list_enabled_baselines(includeChildren=True)
        aws.clock.advance(SECONDS)
        tower.get_baseline_operation(operationIdentifier=operation)
    control = tower.list_enabled_controls()["enabledControls"][0]
    tower.get_enabled_control(enabledControlIdentifier=control["arn"])


def _account(aws: Emulated, account_id: str) -> None:
    account = aws.client("account")
    member = {"AccountId": account_id}
    account.list_regions(**member)
    account.enable_region(RegionName="eu-south-1", **member)
    account.get_region_opt_status(RegionName="eu-south-1", **member)
    aws.clock.advance(SECONDS)
    account.disable_region(RegionName="eu-south-1", **member)
    account.put_account_name(AccountName="Payments two", **member)
    account.get_account_information(**member)
    contact = account.get_contact_information()["ContactInformation"]
    account.put_contact_information(ContactInformation=contact, **member)
    account.get_primary_email(**member)
    account.start_primary_email_update(PrimaryEmail="new@example.com", **member)
    account.accept_primary_email_update(PrimaryEmail="new@example.com", Otp=OTP, **member)


def _others(aws: Emulated) -> None:
    organizations = aws.client("organizations")
    made = organizations.create_account(AccountName="gone", Email="gone@example.com")["CreateAccountStatus"]
    organizations.close_account(AccountId=made["AccountId"])
    sso = aws.client("sso-admin")
    instance = sso.list_instances()["Instances"][0]["InstanceArn"]
    arn = sso.list_permission_sets(InstanceArn=instance)["PermissionSets"][0]
    sso.list_tags_for_resource(InstanceArn=instance, ResourceArn=arn)
    sso.describe_permission_set_provisioning_status(
        InstanceArn=instance, ProvisionPermissionSetRequestId="11111111-2222-3333-4444-555555555555"
    )
    aws.client("budgets").list_tags_for_resource(ResourceARN="arn:aws:budgets::111111111111:budget/monthly")


def test_every_operation_of_ours_is_called(watched: Watched) -> None:
    """A new operation without a call here has nobody to check it."""
    assert watched.all - watched.seen == set()


def test_every_output_fits_its_model(watched: Watched) -> None:
    """Members, required ones, types, enums, lengths and patterns."""
    assert watched.found == []


def speak(aws: Emulated, protocol: str, service: str, operation: str, given: dict[str, Any]) -> tuple[int, Any]:
    """Calls an operation in one of the protocols that its service has; status, and output or error."""
    import http.client

    from botocore.parsers import create_parser
    from botocore.serialize import create_serializer
    from botocore.session import Session

    model = Session().get_service_model(service).operation_model(operation)
    request = create_serializer(protocol).serialize_to_request(given, model)
    key = aws.variables["AWS_ACCESS_KEY_ID"]
    scope = f"AWS4-HMAC-SHA256 Credential={key}/20261123/eu-west-1/{model.service_model.signing_name}/aws4_request"
    connection = http.client.HTTPConnection(aws.sandbox.endpoint.removeprefix("http://"), timeout=10)
    headers = {**request["headers"], "Authorization": f"{scope}, Signature=00"}
    connection.request("POST", request["url_path"], request["body"], headers)
    response = connection.getresponse()
    answer = {
        "status_code": response.status,
        "headers": {name.lower(): value for name, value in response.getheaders()},
        "body": response.read(),
    }
    connection.close()
    parsed = create_parser(protocol).parse(answer, model.output_shape)
    parsed.pop("ResponseMetadata")
    return response.status, parsed


def test_json_and_cbor_say_the_same(aws: Emulated, watched: Watched) -> None:
    """Terraform's provider and boto3 speak JSON to Service Catalog; newer SDKs speak CBOR."""
    assert watched.seen

    def ask(protocol: str, name: str) -> tuple[int, Any]:
        return speak(aws, protocol, "servicecatalog", "DescribeProvisionedProduct", {"Name": name})

    (status, by_json), (_, by_cbor) = (ask(protocol, "payments") for protocol in ("json", "smithy-rpc-v2-cbor"))
    assert status == 200
    moments = [one["ProvisionedProductDetail"].pop("CreatedTime") for one in (by_json, by_cbor)]
    assert abs((moments[0] - moments[1]).total_seconds()) < 0.01
    assert by_json == by_cbor
    refusal = {"Message": "Provisioned product not found: missing", "Code": "ResourceNotFoundException"}
    for protocol in ("json", "smithy-rpc-v2-cbor"):
        status, said = ask(protocol, "missing")
        assert (status, said["Error"]) == (400, refusal)


def test_moto_answers_in_cbor_too(aws: Emulated) -> None:
    """Although it speaks JSON only: outputs, its own refusals, and what it does not have."""
    cbor = "smithy-rpc-v2-cbor"
    given = {"DisplayName": "Mine", "ProviderName": "Me", "IdempotencyToken": "t"}
    status, made = speak(aws, cbor, "servicecatalog", "CreatePortfolio", given)
    assert (status, made["PortfolioDetail"]["DisplayName"]) == (200, "Mine")
    status, said = speak(aws, cbor, "codepipeline", "GetPipeline", {"name": "missing"})
    assert (status, said["Error"]["Code"]) == (400, "PipelineNotFoundException")
    status, said = speak(aws, cbor, "health", "DescribeEvents", {})
    assert (status, said["Error"]["Code"]) == (400, "NotEmulated")


def test_a_required_member_that_is_missing_is_named(aws: Emulated) -> None:
    """ValidationException, for callers that do not check before they call."""
    client = aws.client("controltower")
    client.meta.events.register(
        "before-call.controltower.GetLandingZone", lambda params, **_: params.update(body=b"{}")
    )
    with pytest.raises(ClientError, match="landingZoneIdentifier") as caught:
        client.get_landing_zone(landingZoneIdentifier="x")
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_pages_of_a_list_join_without_gap(aws: Emulated, watched: Watched) -> None:
    """A made-up token is refused."""
    assert watched.seen
    tower = aws.client("controltower")
    pages = tower.get_paginator("list_enabled_controls").paginate(maxResults=5)
    arns = [control["arn"] for page in pages for control in page["enabledControls"]]
    assert arns == [control["arn"] for control in tower.list_enabled_controls(maxResults=100)["enabledControls"]]
    with pytest.raises(ClientError, match="Invalid page token"):
        tower.list_enabled_controls(nextToken="made-up")
