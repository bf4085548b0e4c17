"""AWS's wire formats: what a call says, and answers and errors in the form its caller understands."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from xml.sax.saxutils import escape

Protocol = Literal["json", "rest-json", "query", "ec2", "rest-xml", "s3", "cbor"]


class ApiError(Exception):
    """A refusal in AWS's own words.

    Attributes:
        code: AWS's error code.
        message: AWS's text.
        status: HTTP status; None takes the one that the service model gives the error, or 400.
        members: what the error's shape has besides the message.
    """

    def __init__(
        self, code: str, message: str, status: int | None = None, *, members: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.members = members or {}


class NotOursError(Exception):
    """What a call names is not Control Tower's: moto has it, or has not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One HTTP request as it came in.

    Attributes:
        host: without the port.
        path: still percent-encoded.
        headers: names in lower case.
    """

    method: str
    host: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP answer.

    Attributes:
        lost: the connection is closed without it.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    lost: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """A request that is known to call one operation of one service.

    Attributes:
        service: botocore's name of the service.
        operation: botocore's name of the operation; `METHOD /path` where no operation has that address.
        signing_name: the service's name in the credential scope, which is also its host name.
        protocol: how the caller speaks.
        host_prefix: what stood before our own host name: a bucket, or an account of S3 Control.
    """

    request: HttpRequest
    service: str
    operation: str
    signing_name: str
    region: str
    access_key: str | None
    protocol: Protocol
    host_prefix: str = ""

    @property
    def name(self) -> str:
        """The name to show, such as `servicecatalog:ProvisionProduct`."""
        return f"{self.service}:{self.operation}"


def success(call: ApiCall, output: Mapping[str, Any]) -> Answer:
    """An operation's output in the protocol of its caller; JSON protocols and CBOR only.

    Timestamps are seconds since the epoch. Members that are None are left out.
    """
    from moto.core.utils import get_service_model

    shape = get_service_model(call.service).operation_model(call.operation).output_shape
    if call.protocol == "cbor":
        from vend.sandbox.protocol._cbor import encode

        return _cbor_answer(200, encode({} if shape is None else _trimmed(output), shape))
    body = {} if shape is None else _shaped(output, shape, rest=call.protocol == "rest-json")
    if shape is None and call.protocol == "rest-json":
        return Answer(headers=_headers("application/json"))
    content_type = "application/json" if call.protocol == "rest-json" else "application/x-amz-json-1.1"
    return Answer(headers=_headers(content_type), body=json.dumps(body).encode())


def failure(call: ApiCall, error: ApiError) -> Answer:
    """An error in the protocol of its caller."""
    modelled, spelling = _modelled(call, error.code)
    status = error.status or modelled
    code, message = error.code, error.message
    if call.protocol == "cbor":
        from vend.sandbox.protocol._cbor import encode_error

        return _cbor_answer(status, encode_error(code, message, {spelling: message, **error.members}))
    if call.protocol in {"json", "rest-json"}:
        body: dict[str, str] = {spelling: message, **error.members}
        if call.protocol == "json":
            body["__type"] = code
        headers = {**_headers("application/x-amz-json-1.1"), "x-amzn-ErrorType": code}
        return Answer(status=status, headers=headers, body=json.dumps(body).encode())
    return _xml_failure(call, status, code, message)


def _xml_failure(call: ApiCall, status: int, code: str, message: str) -> Answer:
    request_id = str(uuid.uuid4())
    inner = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if call.protocol == "ec2":
        text = f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    elif call.protocol == "s3":
        text = f"<Error>{inner}<RequestId>{request_id}</RequestId></Error>"
    else:
        text = (
            f"<ErrorResponse><Error><Type>Sender</Type>{inner}</Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()
    return Answer(status=status, headers=_headers("text/xml"), body=b"" if call.request.method == "HEAD" else body)


def _modelled(call: ApiCall, code: str) -> tuple[int, str]:
    """HTTP status of an error, and how its shape spells the member for the text: the SDKs are strict about it."""
    from botocore.exceptions import UnknownServiceError
    from moto.core.utils import get_service_model

    try:
        shapes = get_service_model(call.service).error_shapes
    except UnknownServiceError:
        return 400, "message"
    for shape in shapes:
        if code in {shape.name, shape.error_code}:
            spelling = next((name for name in shape.members if name.casefold() == "message"), "message")
            return int(shape.metadata.get("error", {}).get("httpStatusCode", 400)), spelling
    return 400, "message"


def _headers(content_type: str) -> dict[str, str]:
    return {"Content-Type": content_type, "x-amzn-RequestId": str(uuid.uuid4())}


def _cbor_answer(status: int, body: bytes) -> Answer:
    headers = {**_headers("application/cbor"), "smithy-protocol": "rpc-v2-cbor"}
    return Answer(status=status, headers=headers, body=body)


def _trimmed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _trimmed(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_trimmed(item) for item in value]
    return value


def _shaped(value: Any, shape: Any, *, rest: bool) -> Any:
    kind = shape.type_name
    if kind == "structure" and not getattr(shape, "is_document_type", False):
        members = shape.members
        return {
            members[name].serialization.get("name", name): _shaped(item, members[name], rest=rest)
            for name, item in value.items()
            if item is not None
        }
    if kind == "list":
        return [_shaped(item, shape.member, rest=rest) for item in value]
    if kind == "map":
        return {key: _shaped(item, shape.value, rest=rest) for key, item in value.items()}
    if kind == "timestamp" and rest and shape.serialization.get("timestampFormat") != "unixTimestamp":
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value
