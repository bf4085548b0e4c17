"""CBOR, in which Service Catalog and others speak Smithy's RPC v2 beside JSON.

Botocore 1.44 knows it and still prefers JSON where a service has both; other SDKs prefer CBOR. Botocore reads it here;
what it writes are requests, so answers are written here.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

CONTENT_TYPE = "application/cbor"


def decode(body: bytes) -> dict[str, Any]:
    """A request's body; timestamps are seconds since the epoch."""
    from botocore.parsers import RpcV2CBORParser

    if not body:
        return {}
    parser = RpcV2CBORParser(timestamp_parser=float)
    decoded: dict[str, Any] = parser.parse_data_item(parser.get_peekable_stream_from_bytes(body))
    return decoded


def encode(output: Mapping[str, Any], shape: Any) -> bytes:
    """An answer's body; members that the shape does not have are left out."""
    body = bytearray()
    _item(body, output, shape)
    return bytes(body)


def encode_error(code: str, message: str, members: Mapping[str, str] | None = None) -> bytes:
    """An error's body; `members` are what it has besides code and text."""
    body = bytearray()
    _item(body, {"__type": code, "message": message, **(members or {})}, None)
    return bytes(body)


def _head(body: bytearray, major: int, value: int) -> None:
    for limit, extra, width in ((24, None, 0), (1 << 8, 24, 1), (1 << 16, 25, 2), (1 << 32, 26, 4), (1 << 64, 27, 8)):
        if value < limit:
            body.append(major << 5 | (value if extra is None else extra))
            body += value.to_bytes(width, "big") if width else b""
            return


def _item(body: bytearray, value: Any, shape: Any) -> None:
    kind = shape.type_name if shape is not None else ""
    if isinstance(value, Mapping):
        _mapping(body, value, shape)
    elif isinstance(value, list | tuple):
        _head(body, 4, len(value))
        for element in value:
            _item(body, element, shape.member if shape is not None else None)
    elif isinstance(value, bool) or value is None:
        body.append({False: 0xF4, True: 0xF5, None: 0xF6}[value])
    elif kind == "timestamp":
        body.append(6 << 5 | 1)
        _double(body, float(value))
    elif isinstance(value, int):
        _head(body, *((0, value) if value >= 0 else (1, -1 - value)))
    elif isinstance(value, float):
        _double(body, value)
    else:
        encoded = value if isinstance(value, bytes) else str(value).encode()
        _head(body, 2 if isinstance(value, bytes) else 3, len(encoded))
        body += encoded


def _mapping(body: bytearray, value: Mapping[str, Any], shape: Any) -> None:
    if shape is not None and shape.type_name == "structure":
        entries = {key: (item, shape.members[key]) for key, item in value.items() if key in shape.members}
    else:
        element = shape.value if shape is not None else None
        entries = {key: (item, element) for key, item in value.items()}
    entries = {key: entry for key, entry in entries.items() if entry[0] is not None}
    _head(body, 5, len(entries))
    for key, (item, member) in entries.items():
        _item(body, key, None)
        _item(body, item, member)


def _double(body: bytearray, value: float) -> None:
    body.append(0xFB)
    body += struct.pack(">d", value)
