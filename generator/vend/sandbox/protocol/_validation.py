"""What a call says, held against botocore's model of its operation, and refused as AWS's front doors do.

Clients check types and required members before they send; patterns, enums and the upper ends of ranges are the
server's alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from vend.sandbox.protocol._call import ApiCall, ApiError

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "structure": Mapping,
    "map": Mapping,
    "list": Sequence,
    "string": str,
    "integer": int,
    "long": int,
    "boolean": bool,
}
_ORGANIZATIONS = "You provided a value that does not match the required pattern."


def check_input(call: ApiCall, params: Mapping[str, Any]) -> None:
    """Checks that an input fits the model.

    Raises:
        ApiError: `SerializationException` for a value of another type; else `ValidationException` with every violation
            in the words of AWS's service framework, or `InvalidInputException` from Organizations.
    """
    from moto.core.utils import get_service_model

    shape = get_service_model(call.service).operation_model(call.operation).input_shape
    found = [] if shape is None else list(_violations(params, shape, ""))
    if not found:
        return
    if call.service == "organizations":
        raise ApiError("InvalidInputException", _ORGANIZATIONS)
    count = f"{len(found)} validation error{'' if len(found) == 1 else 's'} detected"
    raise ApiError("ValidationException", f"{count}: {'; '.join(found)}")


def _violations(value: Any, shape: Any, where: str) -> Iterator[str]:
    kind = shape.type_name
    if getattr(shape, "is_document_type", False):
        return
    expected = _TYPES.get(kind)
    if expected is not None and (not isinstance(value, expected) or (kind == "list" and isinstance(value, str))):
        raise ApiError("SerializationException", f"{where or 'The input'} is no {kind}")
    if kind == "structure":
        yield from _in_structure(value, shape, where)
    elif kind == "list":
        yield from _in_bounds(len(value), value, shape, where, "length")
        for number, item in enumerate(value, 1):
            yield from _violations(item, shape.member, f"{where}.{number}.member")
    elif kind == "map":
        yield from _in_bounds(len(value), value, shape, where, "length")
        for key, item in value.items():
            yield from _violations(item, shape.value, f"{where}.{key}")
    elif kind == "string":
        yield from _in_text(value, shape, where)
    elif kind in {"integer", "long"}:
        yield from _in_bounds(value, value, shape, where, "value")


def _in_structure(value: Mapping[str, Any], shape: Any, where: str) -> Iterator[str]:
    prefix = f"{where}." if where else ""
    for name, member in shape.members.items():
        # Coral names members as Java does.
        path = f"{prefix}{name[:1].lower()}{name[1:]}"
        item = value.get(name)
        if item is not None:
            yield from _violations(item, member, path)
        elif name in shape.required_members:
            yield _violation(None, path, "Member must not be null")


def _in_text(value: str, shape: Any, where: str) -> Iterator[str]:
    if shape.enum and value not in shape.enum:
        yield _violation(value, where, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    yield from _in_bounds(len(value), value, shape, where, "length")
    pattern = shape.metadata.get("pattern")
    compiled = _compiled(pattern) if pattern else None
    if compiled is not None and compiled.fullmatch(value) is None:
        yield _violation(value, where, f"Member must satisfy regular expression pattern: {pattern}")


def _in_bounds(size: int, value: Any, shape: Any, where: str, what: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and size < low:
        yield _violation(value, where, f"Member must have {what} greater than or equal to {low}")
    if high is not None and size > high:
        yield _violation(value, where, f"Member must have {what} less than or equal to {high}")


def _violation(value: Any, where: str, constraint: str) -> str:
    shown = "null" if value is None else f"'{value}'"
    return f"Value {shown} at '{where}' failed to satisfy constraint: {constraint}"


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    r"""The pattern for Python; None where it is written in what only Java knows (`\p{L}`)."""
    try:
        return re.compile(pattern)
    except re.error:
        return None
