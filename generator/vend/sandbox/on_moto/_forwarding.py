"""Everything that the sandbox does not respond itself: moto, called in this process."""

from __future__ import annotations

import base64
import json
import re
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from http import HTTPStatus
from typing import Any

from vend.sandbox.on_moto._machine_images import load_images_on_demand
from vend.sandbox.protocol._call import Answer, ApiCall, ApiError
from vend.sandbox.protocol._cbor import decode, encode, encode_error
from vend.sandbox.protocol._parsing import moto_request
from vend.sandbox.state._moto import shared_by_accounts

NOT_EMULATED = "NotEmulated"
_DROPPED_HEADERS = frozenset({"status", "server", "date", "connection", "transfer-encoding"})
_GLOBAL_HOSTS = {"budgets": "budgets.amazonaws.com", "cloudfront": "cloudfront.amazonaws.com"}


def not_emulated(call: ApiCall, why: str = "") -> ApiError:
    """The error for an operation that is not implemented; clients do not retry it."""
    message = f"vend sandbox: {call.service} {call.operation} is not emulated{f' ({why})' if why else ''}"
    return ApiError(NOT_EMULATED, message, 400)


def ask_moto(call: ApiCall, account_id: str) -> Answer:
    """Moto's answer to a call made in an account.

    Raises:
        ApiError: `NotEmulated`.
    """
    if call.protocol == "cbor":
        return _through_json(call, account_id)
    host = _host(call, account_id)
    url = f"https://{host}{call.request.path}"
    view = _view(url, host)
    if "moto.ec2" in sys.modules:
        load_images_on_demand()
    if view is None:
        raise not_emulated(call)
    account = {"x-moto-account-id": account_id}
    request = moto_request(call.request, host, account)
    if call.service == "s3" and call.request.method == "DELETE" and request.headers.get("If-Match"):
        # moto deletes without looking, S3 compares: "Performing conditional deletes" in its user guide.
        looking = moto_request(replace(call.request, method="HEAD"), host, account)
        status, headers, _ = _called(call, view, looking)
        if status >= HTTPStatus.BAD_REQUEST:
            return Answer(status=status, headers=headers, body=_refused_delete(status))
    status, headers, body = _called(call, view, request)
    content = body.encode() if isinstance(body, str) else bytes(body or b"")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise not_emulated(call, content.decode("utf-8", "replace")[:300])
    if status == HTTPStatus.NOT_FOUND and call.service != "s3" and content in {b"", b"Not yet implemented"}:
        raise not_emulated(call)
    return Answer(status=status, headers=headers, body=content)


def _refused_delete(status: int) -> bytes:
    code = "NoSuchKey" if status == HTTPStatus.NOT_FOUND else "PreconditionFailed"
    return f"<Error><Code>{code}</Code><Message>The object is not the one that was meant.</Message></Error>".encode()


def _called(call: ApiCall, view: Callable[..., Any], request: Any) -> tuple[int, Mapping[str, str], Any]:
    from werkzeug.exceptions import HTTPException

    try:
        status, headers, body = view(request, request.raw_url, request.headers)
    except HTTPException as error:
        return int(error.code or HTTPStatus.INTERNAL_SERVER_ERROR), dict(error.get_headers()), error.get_body()
    except NotImplementedError as error:
        # moto raises this for operations that it lacks; the caller gets a client error that names the operation.
        raise not_emulated(call) from error
    kept = {str(name): str(value) for name, value in headers.items() if name.lower() not in _DROPPED_HEADERS}
    return int(status), kept, body


def _host(call: ApiCall, account_id: str) -> str:
    if call.service == "s3control":
        return f"{account_id}.s3-control.{call.region}.amazonaws.com"
    if call.service == "dynamodbstreams":
        return f"streams.dynamodb.{call.region}.amazonaws.com"
    if call.service == "sesv2":
        return f"email.{call.region}.amazonaws.com"
    return _GLOBAL_HOSTS.get(call.signing_name, f"{call.signing_name}.{call.region}.amazonaws.com")


def _view(url: str, host: str) -> Callable[..., Any] | None:
    from moto import backend_index

    for service, pattern in backend_index.backend_url_patterns:
        if pattern.match(f"https://{host}"):
            for path, view in _views(service):
                if path.match(url):
                    return view
    return None


@cache
def _views(service: str) -> list[tuple[re.Pattern[str], Callable[..., Any]]]:
    from moto import backends
    from moto.core import DEFAULT_ACCOUNT_ID

    by_account: Any = backends.get_backend(service)
    regions = by_account[DEFAULT_ACCOUNT_ID] if hasattr(by_account, "iter_backends") else by_account
    region = next((name for name in ("us-east-1", "aws", "global") if name in regions), None)
    if region is None:
        return []
    return [(re.compile(path), view) for path, view in regions[region].urls.items()]


def _through_json(call: ApiCall, account_id: str) -> Answer:
    """Converts CBOR to JSON and back, since moto speaks only JSON; both carry the same members."""
    from moto.core.utils import get_service_model

    model = get_service_model(call.service)
    headers = {
        **call.request.headers,
        "x-amz-target": f"{model.metadata['targetPrefix']}.{call.operation}",
        "content-type": "application/x-amz-json-1.1",
    }
    headers.pop("smithy-protocol", None)
    body = json.dumps(decode(call.request.body), default=lambda value: base64.b64encode(value).decode()).encode()
    headers["content-length"] = str(len(body))
    request = replace(call.request, path="/", headers=headers, body=body)
    answer = ask_moto(replace(call, request=request, protocol="json"), account_id)
    document = json.loads(answer.body or b"{}")
    headers = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
    if answer.status != HTTPStatus.OK:
        code = str(document.get("__type", answer.status)).rpartition("#")[2]
        return Answer(
            status=answer.status,
            headers=headers,
            body=encode_error(code, str(document.get("message") or document.get("Message") or "")),
        )
    return Answer(headers=headers, body=encode(document, model.operation_model(call.operation).output_shape))


def adapt() -> None:
    """Changes moto where its behaviour is in the way.

    Bucket policies are the guards': moto's know no conditions and no principals. ARNs of permission sets get AWS's
    form, which the service models demand of every call that names one.
    """
    from moto.iam.access_control import PermissionResult
    from moto.s3.models import FakeBucket
    from moto.ssoadmin.models import PermissionSet

    FakeBucket.get_permission = lambda *_: PermissionResult.PERMITTED
    PermissionSet.generate_id = staticmethod(_permission_set_arn)


def _permission_set_arn(instance_arn: str) -> str:
    return f"{instance_arn.replace(':instance/', ':permissionSet/')}/ps-{secrets.token_hex(8)}"


def forget_everything() -> None:
    """Empties moto's backends: all accounts of all sandboxes of this process."""
    from moto.core.base_backend import BackendDict
    from moto.core.model_instances import reset_model_data

    for backends in list(BackendDict._instances):  # noqa: SLF001 — moto forgets accounts, not what they share
        for shared in shared_by_accounts(backends).values():
            shared.clear()
    BackendDict.reset()
    reset_model_data()
