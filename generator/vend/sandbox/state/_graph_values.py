"""Values that are no containers, as JSON: `[kind, …]`."""

from __future__ import annotations

import base64
import enum
import ipaddress
import math
import re
import tempfile
import threading
import uuid
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from vend.sandbox.state._graph_classes import NotDataError, allowed_class, class_name, is_allowed

Json = Any


def write_plain(value: Any) -> Json | None:
    """The encoded form of a plain value; None for any other value.

    Raises:
        NotDataError: a value of an enumeration that is not ours.
    """
    kind = type(value)
    write = _WRITE.get(kind)
    if write is not None:
        return write(value)
    if isinstance(value, enum.Enum):
        if not is_allowed(kind):
            raise NotDataError(class_name(kind))
        return ["enum", class_name(kind), value.name]
    if kind in _LOCKS:
        return [_LOCKS[kind]]
    if kind is tempfile.SpooledTemporaryFile:
        return ["spooled", value._max_size, _content(value)]  # noqa: SLF001 — it tells nobody
    if kind.__module__.startswith("cryptography."):
        return _write_key(value)
    return None


def read_plain(value: Json) -> Any:
    """What `write_plain` wrote.

    Raises:
        ValueError: no such kind, or not its form; KeyError, TypeError, AttributeError likewise.
    """
    kind, *parts = value
    return _READ[kind](*parts)


def _write_bytes(value: bytes | bytearray) -> Json:
    return ["bytes" if isinstance(value, bytes) else "bytearray", base64.b64encode(value).decode()]


def _write_float(value: float) -> Json:
    return value if math.isfinite(value) else ["float", repr(value)]


def _text(kind: str) -> Callable[[Any], Json]:
    return lambda value: [kind, str(value)]


_ADDRESSES: Mapping[str, Any] = {
    name: getattr(ipaddress, name)
    for name in ("IPv4Address", "IPv4Network", "IPv4Interface", "IPv6Address", "IPv6Network", "IPv6Interface")
}
_LOCKS: Mapping[type, str] = {
    type(threading.Lock()): "lock",
    type(threading.RLock()): "rlock",
    threading.Condition: "condition",
}
_WRITE: Mapping[type, Callable[[Any], Json]] = {
    float: _write_float,
    bytes: _write_bytes,
    bytearray: _write_bytes,
    datetime: lambda value: ["datetime", value.isoformat()],
    date: lambda value: ["date", value.isoformat()],
    timedelta: lambda value: ["timedelta", value.days, value.seconds, value.microseconds],
    Decimal: _text("decimal"),
    uuid.UUID: _text("uuid"),
    re.Pattern: lambda value: ["pattern", value.pattern, value.flags],
    **{kind: _text(name) for name, kind in _ADDRESSES.items()},
}


def _content(file: Any) -> str | None:
    """What is in a temporary file, None where it is closed."""
    if file.closed:
        return None
    place = file.tell()
    file.seek(0)
    content = base64.b64encode(file.read()).decode()
    file.seek(place)
    return content


def _spooled(size: int, content: str | None) -> Any:
    file = tempfile.SpooledTemporaryFile(int(size))  # noqa: SIM115 — moto closes it with the object whose content it is
    if content is None:
        file.close()
    else:
        file.write(base64.b64decode(content, validate=True))
    return file


def _pattern(pattern: str, flags: int) -> re.Pattern[str]:
    return re.compile(str(pattern), int(flags) & ~re.DEBUG)


def _enum(name: str, member: str) -> Any:
    kind = allowed_class(name)
    if not issubclass(kind, enum.Enum):
        raise TypeError(f"no enumeration: {name}")
    return kind[member]


def _write_key(value: Any) -> Json:
    """Keys and certificates as moto holds them."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization as forms

    if isinstance(value, x509.Certificate):
        return ["certificate", _encoded(value.public_bytes(forms.Encoding.DER))]
    if hasattr(value, "private_bytes"):
        written = value.private_bytes(forms.Encoding.DER, forms.PrivateFormat.PKCS8, forms.NoEncryption())
        return ["private-key", _encoded(written)]
    if hasattr(value, "public_bytes"):
        written = value.public_bytes(forms.Encoding.DER, forms.PublicFormat.SubjectPublicKeyInfo)
        return ["public-key", _encoded(written)]
    raise NotDataError(class_name(type(value)))


def _encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _private_key(text: str) -> Any:
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    return load_der_private_key(base64.b64decode(text), None)


def _public_key(text: str) -> Any:
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    return load_der_public_key(base64.b64decode(text))


def _certificate(text: str) -> Any:
    from cryptography.x509 import load_der_x509_certificate

    return load_der_x509_certificate(base64.b64decode(text))


_READ: Mapping[str, Callable[..., Any]] = {
    "float": float,
    "bytes": lambda text: base64.b64decode(text, validate=True),
    "bytearray": lambda text: bytearray(base64.b64decode(text, validate=True)),
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "timedelta": timedelta,
    "decimal": Decimal,
    "uuid": uuid.UUID,
    "pattern": _pattern,
    "enum": _enum,
    "lock": threading.Lock,
    "rlock": threading.RLock,
    "condition": threading.Condition,
    "spooled": _spooled,
    "private-key": _private_key,
    "public-key": _public_key,
    "certificate": _certificate,
    **_ADDRESSES,
}
