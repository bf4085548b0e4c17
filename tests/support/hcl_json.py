"""HCL in its JSON syntax: what the exported schemas describe."""

from __future__ import annotations

from typing import Any

from vend.hcl import Block, Body, parse


def as_json(text: str, *, arrays: bool = False) -> dict[str, Any]:
    """A file; with `arrays`, every block as an array, which is how hcl2json writes them."""
    body = parse(text.encode(), "file.hcl").body
    assert body is not None
    return _body(body, arrays=arrays)


def _body(body: Body, *, arrays: bool) -> dict[str, Any]:
    found = {name: attribute.value for name, attribute in body.attributes.items()}
    for block in body.blocks:
        _add(found, block, arrays=arrays)
    return found


def _add(found: dict[str, Any], block: Block, *, arrays: bool) -> None:
    inner: Any = _body(block.body, arrays=arrays)
    if not block.labels:
        found[block.type] = [*_listed(found.get(block.type)), inner] if arrays or block.type in found else inner
        return
    (label,) = block.labels
    by_label = found.setdefault(block.type, {})
    before = by_label.get(label)
    by_label[label] = [*_listed(before), inner] if arrays or before is not None else inner


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
