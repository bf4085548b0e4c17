"""Errors for calls that a fault affects, with each service's own codes and texts."""

from __future__ import annotations

from vend.sandbox.faults._faults import FaultState
from vend.sandbox.governance._refusals import OTHER_OPERATION, STACK_SET_FAILED, RefusedOperationError
from vend.sandbox.organizations._organization import MODIFIED
from vend.sandbox.protocol._call import ApiCall, ApiError

_INVALID = "InvalidParametersException"
_THROTTLING_CODES = ("ThrottlingException", "TooManyRequestsException")
_THROTTLING_BY_PROTOCOL = {
    "query": ("Throttling", "Rate exceeded", 400),
    "rest-xml": ("Throttling", "Rate exceeded", 400),
    "ec2": ("RequestLimitExceeded", "Request limit exceeded.", 503),
    "s3": ("SlowDown", "Please reduce your request rate.", 503),
}
_THROTTLING_TEXTS = {
    # aws/aws-sdk-js#2135
    "organizations": (
        "AWS Organizations can't complete your request because another request is already in progress. Try again later."
    ),
    "account": "Too Many Requests",  # hashicorp/terraform-provider-aws#42484
}
_BUSY_CODES = ("ResourceInUseException", "ConcurrentModificationException", "ConflictException")
_BUSY_TEXTS = {
    "servicecatalog": OTHER_OPERATION,
    "controltower": (
        "AWS Control Tower cannot complete the operation, because another operation is in progress. Try again later."
    ),
    "organizations": MODIFIED,
}
_DENIED_BY_PROTOCOL = {
    "query": "AccessDenied",
    "rest-xml": "AccessDenied",
    "s3": "AccessDenied",
    "ec2": "UnauthorizedOperation",
}
_STATUSES = {
    "AccessDenied": 403,
    "UnauthorizedOperation": 403,
    "InternalError": 500,
    "InternalFailure": 500,
    "InternalServerError": 500,
    "InternalServerException": 500,
    "ServiceException": 500,
    "ServiceUnavailable": 503,
    "ServiceUnavailableException": 503,
}
"""Codes that every service may give and no model need list; any other has its model's status, or 400."""


def throttled(call: ApiCall) -> ApiError:
    """The service's own throttling error."""
    if call.protocol in _THROTTLING_BY_PROTOCOL:
        code, message, status = _THROTTLING_BY_PROTOCOL[call.protocol]
        return ApiError(code, message, status)
    code = _modelled(call, _THROTTLING_CODES) or _THROTTLING_CODES[0]
    return ApiError(code, _THROTTLING_TEXTS.get(call.service, "Rate exceeded"))


def refusal_of_call(call: ApiCall, struck: FaultState) -> ApiError:
    """The error for a call that a fault of kind `error`, `throttle` or `in-use` affects."""
    fault = struck.fault
    if fault.kind == "throttle":
        default = throttled(call)
    elif fault.kind == "in-use":
        code = _modelled(call, _BUSY_CODES) or _BUSY_CODES[0]
        default = ApiError(code, _BUSY_TEXTS.get(call.service, "The resource is in use. Try again later."))
    else:
        default = ApiError(_DENIED_BY_PROTOCOL.get(call.protocol, "AccessDeniedException"), _message_of(struck))
    code = fault.code or default.code
    status = default.status if code == default.code else None
    return ApiError(code, fault.message or default.message, status or _STATUSES.get(code))


def refusal_of_operation(struck: FaultState) -> RefusedOperationError | None:
    """The error with which a fault ends an account operation; None if the fault is not a failure."""
    fault = struck.fault
    if fault.kind == "in-use":
        code, message = "ResourceInUseException", OTHER_OPERATION
    elif fault.kind == "tainted" or (fault.kind == "error" and fault.at == "end"):
        code, message = _INVALID, STACK_SET_FAILED
    elif fault.kind == "error":
        code, message = _INVALID, _message_of(struck)
    else:
        return None
    return RefusedOperationError(fault.code or code, fault.message or message)


def _message_of(struck: FaultState) -> str:
    return f"vend sandbox: {struck.id} on {struck.fault.operation}"


def _modelled(call: ApiCall, codes: tuple[str, ...]) -> str | None:
    """The first of some codes that the service's model has."""
    from moto.core.utils import get_service_model

    shapes = {shape.name for shape in get_service_model(call.service).error_shapes}
    return next((code for code in codes if code in shapes), None)
