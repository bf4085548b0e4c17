"""CBOR in both directions, with botocore's own halves on the other side."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from botocore.model import ServiceModel
from botocore.parsers import RpcV2CBORParser
from botocore.serialize import RpcV2CBORSerializer
from botocore.session import Session

from vend.sandbox.protocol._cbor import decode, encode, encode_error


@pytest.fixture(scope="module")
def model() -> ServiceModel:
    return Session().get_service_model("servicecatalog")


def parsed(body: bytes, shape: Any) -> Any:
    response = {"status_code": 200, "headers": {"smithy-protocol": "rpc-v2-cbor"}, "body": body}
    return RpcV2CBORParser().parse(response, shape)


def test_a_request_of_botocore_is_understood(model: ServiceModel) -> None:
    """Maps, lists, numbers, booleans, text beyond ASCII."""
    given: dict[str, Any] = {
        "ProvisionedProductName": "naïve ☃",
        "ProvisionToken": "t" * 300,
        "ProvisioningParameters": [{"Key": "a", "Value": ""}] * 30,
        "ProvisioningPreferences": {"StackSetFailureToleranceCount": 70000},
    }
    operation = model.operation_model("ProvisionProduct")
    request = RpcV2CBORSerializer().serialize_to_request(given, operation)
    assert decode(request["body"]) == given
    assert decode(b"") == {}


def test_an_answer_is_understood_by_botocore(model: ServiceModel) -> None:
    """Timestamps, nested structures; members that are None or unknown are left out."""
    shape = model.operation_model("DescribeProvisionedProduct").output_shape
    detail = {"Name": "payments", "CreatedTime": 1700000000.25, "StatusMessage": None, "Unknown": 1}
    answer = parsed(encode({"ProvisionedProductDetail": detail, "CloudWatchDashboards": []}, shape), shape)
    moment = dt.datetime.fromtimestamp(1700000000.25, dt.UTC)
    assert answer["ProvisionedProductDetail"] == {"Name": "payments", "CreatedTime": moment}
    assert answer["CloudWatchDashboards"] == []


@pytest.mark.parametrize("number", [0, 23, 24, 255, 256, 65535, 65536, 1 << 33, -1, -24, -25, -300])
def test_numbers_of_every_width(number: int) -> None:
    """Each width of CBOR's heads."""
    assert decode(encode({"n": number}, None)) == {"n": number}


def test_values_of_every_kind() -> None:
    """Without a shape as well."""
    value = {"t": True, "f": False, "d": 1.5, "b": b"\x00\xff", "l": [1, "x", {"k": "v"}], "s": "ü" * 100}
    assert decode(encode(value, None)) == value


@pytest.mark.parametrize("body", [b"\xff", b"\x81", b"\x01", b"\xa1\x61a", b"\x9f" * 2000, b"\xd8\x23\x61("])
def test_what_is_no_map_in_cbor_is_refused(body: bytes) -> None:
    """Cut off, of another form, nested without end, a tag that does not hold what it says."""
    with pytest.raises(ValueError, match=r"^the body is not"):
        decode(body)


def test_a_moment_is_seconds() -> None:
    """As in JSON, whichever SDK wrote it."""
    assert decode(b"\xa1\x61t\xc1\xfb\x3f\xf8\x00\x00\x00\x00\x00\x00") == {"t": 1.5}


def test_an_error_has_code_and_message() -> None:
    """As botocore reads it."""
    body = encode_error("ResourceNotFoundException", "not here")
    response = {"status_code": 400, "headers": {"smithy-protocol": "rpc-v2-cbor"}, "body": body}
    error = RpcV2CBORParser().parse(response, None)["Error"]
    assert (error["Code"], error["Message"]) == ("ResourceNotFoundException", "not here")
