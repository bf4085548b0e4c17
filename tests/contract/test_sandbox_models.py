"""Every answer that the sandbox gives itself fits botocore's model of the operation, in each protocol."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.emulated import Emulated, emulated
from support.sandbox_calls import call_everything
from vend.sandbox.access._callers import Identity
from vend.sandbox.protocol._call import ApiError, NotOursError

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


COMMON = {"ValidationException", "SerializationException", "AccessDeniedException"}
"""What AWS's front doors say of any operation."""
UNMODELLED = {("servicecatalog", "TerminateProvisionedProduct", "InvalidParametersException")}
"""Refusals that the model of an operation does not list, and AWS gives."""


class Watched:
    """Checks every output and every refusal on its way out."""

    def __init__(self, aws: Emulated) -> None:
        from botocore.session import Session

        self.seen: set[tuple[str, str]] = set()
        self.refused: set[tuple[str, str, str]] = set()
        self.unmodelled: set[tuple[str, str, str]] = set()
        self.found: list[str] = []
        front = aws.sandbox._front
        assert front is not None
        session = Session()
        for (service, name), operation in list(front._operations.items()):
            model = session.get_service_model(service).operation_model(name)
            front._operations[service, name] = self._watch(service, name, operation, model)
        self.all = set(front._operations)

    def _watch(self, service: str, name: str, operation: Callable[..., Any], model: Any) -> Callable[..., Any]:
        errors = {shape.name for shape in model.error_shapes}

        def watched(caller: Identity, given: Mapping[str, Any]) -> Any:
            try:
                output = operation(caller, given)
            except NotOursError:
                self.seen.add((service, name))
                raise
            except ApiError as error:
                self.refused.add((service, name, error.code))
                if error.code not in errors | COMMON:
                    self.unmodelled.add((service, name, error.code))
                shape = next((one for one in model.error_shapes if one.name == error.code), None)
                members = set(shape.members) if shape is not None else set()
                self.found += [f"{service}:{name}: {error.code} has no {key}" for key in error.members.keys() - members]
                raise
            self.seen.add((service, name))
            if model.output_shape is None:
                self.found += [f"{service}:{name}: an output where there is none"] if output else []
            else:
                self.found += misfits(output, model.output_shape, f"{service}:{name}")
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
    call_everything(aws)
    return checked


def test_every_operation_of_ours_is_called(watched: Watched) -> None:
    """A new operation without a call in sandbox_calls.py has nobody to check it."""
    assert watched.all - watched.seen == set()


def test_every_answer_fits_its_model(watched: Watched) -> None:
    """Members, required ones, types, enums, lengths and patterns of outputs; members of errors."""
    assert watched.found == []


def test_operations_that_can_be_refused_are(watched: Watched) -> None:
    """Whatever names something is also called with what does not exist."""
    never = {
        ("controltower", "GetLandingZone"),
        ("controltower", "ListLandingZones"),
        ("servicecatalog", "GetProvisionedProductOutputs"),
    }
    named = {(service, name) for service, name in watched.all if name.startswith(("Describe", "Get"))}
    assert named - {(service, name) for service, name, _ in watched.refused} - never == {
        ("sso-admin", "DescribePermissionSetProvisioningStatus"),
    }


def test_refusals_are_errors_that_the_operation_has(watched: Watched) -> None:
    """But for those that are known; no exception stands without need."""
    assert watched.unmodelled == UNMODELLED


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
