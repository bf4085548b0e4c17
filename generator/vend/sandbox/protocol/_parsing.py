"""From an HTTP request to the operation that it calls."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from vend.sandbox.protocol._call import ApiCall, HttpRequest, Protocol

OWN_HOSTS = ("127.0.0.1", "localhost")
_SCOPE = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/,\s]*)/([^/,\s]+)/aws4_request")
_CBOR_PATH = re.compile(r"/service/([^/]+)/operation/([^/]+)$")
_SERVICES = {
    "sso": "sso-admin",
    "monitoring": "cloudwatch",
    "elasticloadbalancing": "elbv2",
    "tagging": "resourcegroupstaggingapi",
    "elasticfilesystem": "efs",
    "elasticmapreduce": "emr",
    "states": "stepfunctions",
    "email": "ses",
    "es": "opensearch",
    "aws-marketplace": "meteringmarketplace",
    "servicequotas": "service-quotas",
}
"""Signing names that are not botocore's name of the service."""
_XML_SERVICES = frozenset({"s3control", "route53", "cloudfront"})
_UNSIGNED = {"AssumeRoleWithWebIdentity": "sts", "AssumeRoleWithSAML": "sts"}


def host_prefix(host: str) -> str | None:
    """What stands before our own host name, empty for nothing; None for somebody else's host."""
    for own in OWN_HOSTS:
        if host == own:
            return ""
        if host.endswith(f".{own}"):
            return host.removesuffix(f".{own}")
    return None


def read_call(request: HttpRequest) -> ApiCall:
    """The operation that a request to our own host calls.

    Bucket names in the host move into the path. CBOR becomes JSON, which is what everything behind speaks.
    """
    prefix = host_prefix(request.host) or ""
    query = parse_qs(request.query, keep_blank_values=True)
    access_key, region, signing_name = _scope(request, query)
    content_type = request.headers.get("content-type", "")
    target = request.headers.get("x-amz-target")
    if request.headers.get("smithy-protocol") == "rpc-v2-cbor" and (match := _CBOR_PATH.search(request.path)):
        return _call(
            request, access_key, region, signing_name, _service(signing_name, request), match[2], "cbor", prefix
        )
    action = _action(request, content_type, query)
    if not signing_name:
        signing_name = _UNSIGNED.get(action or "", "s3")
    service = _service(signing_name, request)
    if service == "s3":
        if prefix:
            request = replace(request, path=f"/{prefix}{request.path}")
        return _call(
            request, access_key, region, signing_name, service, _rest_operation(service, request), "s3", prefix
        )
    if target:
        protocol: Protocol = "json"
        operation = target.rpartition(".")[2]
    elif action:
        protocol, operation = ("ec2" if service == "ec2" else "query"), action
        if service == "elbv2" and "2012-06-01" in _versions(request, query):
            service = "elb"
    else:
        protocol = "rest-xml" if service in _XML_SERVICES else "rest-json"
        operation = _rest_operation(service, request)
    return _call(request, access_key, region, signing_name, service, operation, protocol, prefix)


def _call(  # noqa: PLR0913, PLR0917 — one field each
    request: HttpRequest,
    access_key: str | None,
    region: str,
    signing_name: str,
    service: str,
    operation: str,
    protocol: Protocol,
    prefix: str,
) -> ApiCall:
    return ApiCall(
        request=request,
        service=service,
        operation=operation,
        signing_name=signing_name,
        region=region,
        access_key=access_key,
        protocol=protocol,
        host_prefix=prefix,
    )


def _scope(request: HttpRequest, query: dict[str, list[str]]) -> tuple[str | None, str, str]:
    text = request.headers.get("authorization", "")
    if "X-Amz-Credential" in query:
        text = f"Credential={query['X-Amz-Credential'][0]}"
    elif "AWSAccessKeyId" in query:
        # Addresses presigned for S3 in the older way name no Region and no service.
        return query["AWSAccessKeyId"][0], "us-east-1", "s3"
    match = _SCOPE.search(text)
    if match is None:
        return None, "us-east-1", ""
    return match[1], match[2] or "us-east-1", match[3].lower()


def _service(signing_name: str, request: HttpRequest) -> str:
    if signing_name == "s3" and request.path.startswith("/v20180820/"):
        return "s3control"
    if signing_name == "sso" and "x-amz-target" not in request.headers:
        return "sso"
    if signing_name == "servicecatalog" and not (
        "x-amz-target" in request.headers or "smithy-protocol" in request.headers
    ):
        return "servicecatalog-appregistry"
    if signing_name == "dynamodb" and request.headers.get("x-amz-target", "").startswith("DynamoDBStreams"):
        return "dynamodbstreams"
    if signing_name in {"email", "ses"}:
        return "sesv2" if request.path.startswith("/v2/") else "ses"
    return _SERVICES.get(signing_name, signing_name)


def _action(request: HttpRequest, content_type: str, query: dict[str, list[str]]) -> str | None:
    if "Action" in query:
        return query["Action"][0]
    if content_type.startswith("application/x-www-form-urlencoded"):
        found = parse_qs(request.body.decode("utf-8", "replace")).get("Action")
        return found[0] if found else None
    return None


def _versions(request: HttpRequest, query: dict[str, list[str]]) -> list[str]:
    return query.get("Version") or parse_qs(request.body.decode("utf-8", "replace")).get("Version", [])


def _rest_operation(service: str, request: HttpRequest) -> str:
    from botocore.exceptions import UnknownServiceError
    from moto.core.routing import get_service_router
    from werkzeug.exceptions import HTTPException

    try:
        operation, _ = get_service_router(service).match(moto_request(request))
    except (HTTPException, NotImplementedError, UnknownServiceError):
        # Without a route, the call is named after its method and path, and refused later.
        return f"{request.method} {request.path}"
    return str(operation.name)


def rest_parameters(call: ApiCall) -> dict[str, Any]:
    """The input of a REST-JSON operation: its body, and what stands in its path and its query."""
    from moto.core.routing import get_service_router

    operation, labels = get_service_router(call.service).match(moto_request(call.request))
    body = json.loads(call.request.body) if call.request.body else {}
    query = parse_qs(call.request.query, keep_blank_values=True)
    asked: dict[str, Any] = {}
    for name, member in operation.input_shape.members.items() if operation.input_shape is not None else ():
        values = query.get(member.serialization.get("name", name), [])
        if member.serialization.get("location") == "querystring" and values:
            asked[name] = values if member.type_name == "list" else values[0]
    return {**body, **{name: unquote(value) for name, value in labels.items()}, **asked}


def moto_request(request: HttpRequest, host: str = "aws", extra: dict[str, str] | None = None) -> Any:
    """The same request as moto takes it, sent to another host."""
    from moto.core.request import Request

    query = f"?{request.query}" if request.query else ""
    dropped = {"host", "expect", "connection", "proxy-connection", "transfer-encoding"}
    headers = {name: value for name, value in request.headers.items() if name not in dropped}
    url = f"https://{host}{urlsplit(request.path).path}{query}"
    return Request.from_primitives(request.method, url, {**headers, "host": host, **(extra or {})}, request.body)
