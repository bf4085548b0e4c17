"""Reading a Terraform state."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vend.errors import Diagnostic, TerraformError

_VERSION = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class StateResource:
    """One managed resource instance, or data source, in a state.

    Attributes:
        address: as Terraform writes it: `module.account.aws_vpc.this["a"]`.
        mode: `managed` or `data`.
        module: address of its module; empty for the root.
        index: the `for_each` key or `count` index.
        id: its `id` attribute, where it has one.
        tainted: Terraform would replace it.
        attributes: as stored; secrets included.
    """

    address: str
    type: str
    name: str
    mode: str = "managed"
    module: str = ""
    index: str | int | None = None
    id: str | None = None
    tainted: bool = False
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A state.

    Attributes:
        version: of the format.
        serial: grows with each change.
        lineage: of one state from its first write on.
        outputs: values by name, secrets included.
        resources: managed ones; data sources are left out.
    """

    version: int
    serial: int
    lineage: str
    terraform_version: str
    outputs: Mapping[str, Any]
    resources: tuple[StateResource, ...]


def read_state(content: bytes) -> State:
    """Reads a state file.

    Raises:
        TerraformError: `state-unreadable`: no state, or of a format version this code does not know.
    """
    try:
        document = json.loads(content)
    except ValueError as error:
        raise _unreadable(f"reading it as JSON: {error}") from error
    if not isinstance(document, dict):
        raise _unreadable("it is not a JSON object")
    version = document.get("version")
    if version != _VERSION:
        raise _unreadable(f"its format version is {version}; vend reads version {_VERSION}")
    try:
        return State(
            version=_VERSION,
            serial=int(document["serial"]),
            lineage=str(document["lineage"]),
            terraform_version=str(document.get("terraform_version", "")),
            outputs={name: output.get("value") for name, output in (document.get("outputs") or {}).items()},
            resources=tuple(instance for entry in document.get("resources") or () for instance in _instances(entry)),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise _unreadable(f"its structure is not that of version {_VERSION}: {error!r}") from error


def _instances(entry: Mapping[str, Any]) -> Iterator[StateResource]:
    if entry["mode"] != "managed":
        return
    module = str(entry.get("module", ""))
    for instance in entry.get("instances") or ():
        if "deposed" in instance:
            continue  # a replaced object that waits to be destroyed is not the resource
        attributes = instance.get("attributes") or {}
        index = instance.get("index_key")
        key = "" if index is None else f"[{json.dumps(index, ensure_ascii=False)}]"
        identifier = attributes.get("id")
        yield StateResource(
            address=f"{f'{module}.' if module else ''}{entry['type']}.{entry['name']}{key}",
            type=entry["type"],
            name=entry["name"],
            module=module,
            index=index,
            id=identifier if isinstance(identifier, str) else None,
            tainted=instance.get("status") == "tainted",
            attributes=attributes,
        )


def _unreadable(detail: str) -> TerraformError:
    return TerraformError(
        Diagnostic(
            code="state-unreadable",
            summary="a Terraform state cannot be read",
            detail=detail,
            hint="if it was written by a newer Terraform, update vend; otherwise restore the last good version",
        )
    )
