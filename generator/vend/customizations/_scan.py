"""Reading the declarations of one Terraform file that vend needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from vend.errors import Diagnostic
from vend.models import Position
from vend.working import Cache

if TYPE_CHECKING:
    from vend.hcl import Block


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A variable that a module declares; `required` when it has no default."""

    name: str
    required: bool
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleReference:
    """A `module` block with a literal source, and its literal `version`."""

    source: str
    position: Position
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What stands in one file."""

    variables: tuple[Variable, ...] = ()
    calls: tuple[ModuleReference, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


@lru_cache(maxsize=1024)
def scan(content: bytes, file: str, cache: Cache | None = None) -> Scan:
    """Reads one `.tf` file; the same modules are read for account after account, hence the cache.

    Args:
        content: of the file.
        file: its path relative to the fleet, for positions.
        cache: remembers what was parsed before.
    """
    from vend.hcl import parse

    parsed = parse(content, file, cache)
    if parsed.body is None:
        return Scan(diagnostics=parsed.diagnostics)
    variables: list[Variable] = []
    calls: list[ModuleReference] = []
    diagnostics: list[Diagnostic] = list(parsed.diagnostics)
    for block in parsed.body.blocks:
        position = block.position
        if block.type == "variable" and block.labels:
            required = "default" not in block.body.attributes
            variables.append(Variable(name=block.labels[0], required=required, position=position))
        elif block.type == "module":
            source = block.body.attributes.get("source")
            if source is not None and isinstance(source.value, str):
                version = block.body.attributes.get("version")
                exact = version.value if version is not None and isinstance(version.value, str) else None
                calls.append(ModuleReference(source=source.value, position=source.value_position, version=exact))
        elif block.type == "provider":
            diagnostics.append(_provider_block(block, position))
        elif block.type == "terraform":
            diagnostics += _terraform_block(block)
    return Scan(variables=tuple(variables), calls=tuple(calls), diagnostics=tuple(diagnostics))


def _provider_block(block: Block, position: Position) -> Diagnostic:
    alias = "alias" in block.body.attributes
    return Diagnostic(
        severity="warning",
        code="customization-provider",
        summary="provider block inside a customization",
        detail="When the customization is removed from an account, Terraform has no provider left to destroy its "
        "resources with.",
        hint="keep the block in a separate customization, and delete its resources before you remove it"
        if alias
        else "remove it: the root module that vend renders has the provider, with the account's own session",
    ).at(position)


def _terraform_block(block: Block) -> Iterator[Diagnostic]:
    for inner in block.body.blocks:
        if inner.type in {"backend", "cloud"}:
            yield Diagnostic(
                code="customization-backend",
                summary=f"{inner.type} block inside a customization",
                detail="The root module that vend renders already configures the state.",
                hint="remove it; vend.hcl configures the state",
            ).at(inner.position)
        if inner.type != "required_providers":
            continue
        for attribute in inner.body.attributes.values():
            wanted = attribute.value
            if "configuration_aliases" in (wanted if isinstance(wanted, dict) else getattr(wanted, "text", "")):
                yield Diagnostic(
                    code="customization-provider-alias",
                    summary=f'the module expects configurations of provider "{attribute.name}" to be passed to it',
                    detail="vend passes one configuration, for the home Region, and no aliases.",
                    hint="give the module a provider block of its own for the other Region",
                ).at(attribute.position)
