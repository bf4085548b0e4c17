"""The inputs of one call of AFT's module, before they are checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from vend.hcl import Block, Expression, Value
from vend.models import Position
from vend.requests.aft._configuration import ModuleCall, inputs
from vend.requests.aft._terraform_strings import Plain, plain

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestInputs:
    """The inputs of the module in one instance.

    Attributes:
        address: as Terraform writes it: `module.accounts["payments"]`.
        call: the block.
        values: by name of the variable.
        places: where values stand, by path such as `("account_tags", "Owner")`.
        keys: where the keys of maps stand, likewise.
        evaluated: Terraform has taken the inputs.
    """

    address: str
    call: ModuleCall
    values: Mapping[str, Plain]
    places: Mapping[Path, Position] = field(default_factory=dict)
    keys: Mapping[Path, Position] = field(default_factory=dict)
    evaluated: bool = False

    def place(self, *path: str) -> Position:
        """Where a value stands, or the nearest thing around it that has a place."""
        return next(
            (self.places[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.places), self.call.place
        )

    def key(self, *path: str) -> Position:
        """Where a key stands, or the nearest thing around it that has a place."""
        return self.keys.get(path) or self.place(*path[:-1])


def literal(call: ModuleCall, block: Block) -> RequestInputs:
    """What a block without expressions says."""
    given = {attribute.name: plain(attribute.expression) for attribute in inputs(block)}
    places, keys = places_in(block)
    return RequestInputs(
        address=f"module.{'.module.'.join(call.address)}",
        call=call,
        values={name: value for name, value in given.items() if not isinstance(value, Expression)},
        places=places,
        keys=keys,
    )


def places_in(block: Block) -> tuple[dict[Path, Position], dict[Path, Position]]:
    """Where the values and the keys of a block stand, by path."""
    places: dict[Path, Position] = {}
    keys: dict[Path, Position] = {}
    for attribute in inputs(block):
        for path, value in _values((attribute.name,), attribute.expression):
            places[path] = value.position
            keys.update({(*path, key): place for key, place in value.key_positions.items()})
    return places, keys


def expressions_in(block: Block) -> frozenset[Path]:
    """The paths of what is no literal."""
    return frozenset(
        path
        for attribute in inputs(block)
        for path, value in _values((attribute.name,), attribute.expression)
        if isinstance(value.value, Expression)
    )


def _values(path: Path, value: Value) -> Iterator[tuple[Path, Value]]:
    yield path, value
    for key, element in value.elements.items():
        yield from _values((*path, str(key)), element)


def values_in(block: Block) -> Iterator[tuple[Path, Value]]:
    """Every value of a block, and every value in one, by path."""
    for attribute in block.body.attributes.values():
        yield from _values((attribute.name,), attribute.expression)
