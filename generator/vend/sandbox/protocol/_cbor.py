"""CBOR, in which Service Catalog and others speak Smithy's RPC v2 beside JSON.

Botocore 1.44 knows it and still prefers JSON where a service has both; other SDKs prefer CBOR.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CONTENT_TYPE = "application/cbor"
_EPOCH_SECONDS = 1
"""The tag of timestamps."""


def decode(body: bytes) -> dict[str, Any]:
    """A request's body; timestamps are seconds since the epoch.

    Raises:
        ValueError: it is no CBOR, or no map.
    """
    import cbor2

    if not body:
        return {}
    try:
        decoded = cbor2.loads(body, semantic_decoders={_EPOCH_SECONDS: lambda seconds, _: seconds})
    except cbor2.CBORDecodeError as error:
        raise ValueError(f"the body is not CBOR: {error}") from error
    if not isinstance(decoded, dict):
        raise ValueError("the body is not a CBOR map")  # noqa: TRY004 (one kind of error for a body of another form)
    return decoded


def encode(output: Mapping[str, Any], shape: Any) -> bytes:
    """An answer's body; members that are None, or that the shape does not have, are left out."""
    import cbor2

    return cbor2.dumps(_shaped(output, shape))


def encode_error(code: str, message: str, members: Mapping[str, str] | None = None) -> bytes:
    """An error's body; `members` are what it has besides code and text."""
    return encode({"__type": code, "message": message, **(members or {})}, None)


def _shaped(value: Any, shape: Any) -> Any:
    kind = shape.type_name if shape is not None else ""
    if isinstance(value, Mapping):
        if kind == "structure":
            shapes = shape.members
        else:
            shapes = dict.fromkeys(value, shape.value if shape is not None else None)
        return {key: _shaped(item, shapes[key]) for key, item in value.items() if key in shapes and item is not None}
    if isinstance(value, list | tuple):
        return [_shaped(item, shape.member if shape is not None else None) for item in value]
    if kind == "timestamp":
        from cbor2 import CBORTag

        return CBORTag(_EPOCH_SECONDS, float(value))
    return value if isinstance(value, bool | int | float | bytes) or value is None else str(value)
