"""A block as plain values without positions, and writing one as HCL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from vend.hcl import Block, Body, key, literal
from vend.requests.language._request_fields import ACCOUNT

FieldValue: TypeAlias = str | Sequence[str] | Mapping[str, str]

_ACCOUNT = (
    "name",
    "email",
    "organizational_unit",
    "sso_user",
    "tags",
    "custom_fields",
    "customizations",
    "opt_in_regions",
    "alternate_contact",
    "access",
    "change",
    "on_removal",
)
ORDER: Mapping[str, tuple[str, ...]] = {
    "account": _ACCOUNT,
    "defaults": _ACCOUNT,
    **{block.name: block.field_names for block in ACCOUNT.blocks},
}
"""The order in which vend writes what a block says."""
INDENT = "  "


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainBlock:
    """What a block says.

    Attributes:
        attributes: strings, lists and maps; whatever else HCL has, where it was read from a file.
    """

    type: str
    labels: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    blocks: tuple[PlainBlock, ...] = ()


def plain(block: Block) -> PlainBlock:
    """A block without its places."""
    return PlainBlock(
        type=block.type,
        labels=block.labels,
        attributes={name: attribute.value for name, attribute in block.body.attributes.items()},
        blocks=tuple(map(plain, block.body.blocks)),
    )


def plain_file(body: Body) -> PlainBlock:
    """A whole file, as a block without a type."""
    return PlainBlock(
        type="",
        attributes={name: attribute.value for name, attribute in body.attributes.items()},
        blocks=tuple(map(plain, body.blocks)),
    )


def same(left: PlainBlock, right: PlainBlock) -> bool:
    """Whether two blocks say the same; the order of what is in them means nothing."""
    return _unordered(left) == _unordered(right)


def _unordered(block: PlainBlock) -> tuple[Any, ...]:
    attributes = sorted((name, _typed(value)) for name, value in block.attributes.items())
    return (block.type, block.labels, tuple(attributes), tuple(sorted(map(_unordered, block.blocks))))


def _typed(value: Any) -> str:
    """A value as text that two values have in common only where they are equal and of one type."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name!r}: {_typed(item)}' for name, item in sorted(value.items()))}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_typed, value))}]"
    return f"{type(value).__name__} {value!r}"


def written(block: PlainBlock) -> list[str]:
    """A block as lines of HCL, in vend's order and Terraform's format.

    `access "Group" { permission_set = "…" }` stands on one line; so does a block with nothing in it.
    """
    header = " ".join((block.type, *(f"{literal(label)}" for label in block.labels)))
    parts = [*_attribute_parts(block), *((inner.type, written(inner)) for inner in block.blocks)]
    if not parts:
        return [f"{header} {{}}"]
    ordered = sorted(parts, key=lambda part: rank(block.type, part[0]))
    if block.type == "access" and len(ordered) == 1:
        return [f"{header} {{ {' '.join(ordered[0][1])} }}"]
    return [f"{header} {{", *(f"{INDENT}{line}" if line else "" for line in _spaced(ordered)), "}"]


def rank(block: str, name: str) -> int:
    """Where in a block of this type a field of this name is written."""
    order = ORDER.get(block, ())
    return order.index(name) if name in order else len(order)


def attribute_lines(name: str, value: FieldValue, *, pad: int = 0) -> list[str]:
    """`name = value`; a map has a line for each of its entries.

    Args:
        name: the attribute's.
        value: what it is to say.
        pad: how many characters the name takes at least.
    """
    if not isinstance(value, Mapping) or not value:
        return [f"{name.ljust(pad)} = {literal(value)}"]
    longest = max(len(key(item)) for item in value)
    entries = (f"{INDENT}{key(item).ljust(longest)} = {literal(text)}" for item, text in value.items())
    return [f"{name.ljust(pad)} = {{", *entries, "}"]


def _attribute_parts(block: PlainBlock) -> Iterator[tuple[str, list[str]]]:
    """The attributes; those next to each other have their signs below each other, as Terraform formats them."""
    ordered = sorted(block.attributes.items(), key=lambda item: rank(block.type, item[0]))
    short = [name for name, value in ordered if len(attribute_lines(name, value)) == 1]
    parting = [
        rank(block.type, name) for name in (*(b.type for b in block.blocks), *block.attributes.keys() - set(short))
    ]
    groups: list[list[str]] = []
    for name in short:
        last = rank(block.type, groups[-1][-1]) if groups else -1
        if groups and not any(last <= between <= rank(block.type, name) for between in parting):
            groups[-1].append(name)
        else:
            groups.append([name])
    for name, value in ordered:
        group = next((group for group in groups if name in group), [name])
        yield name, attribute_lines(name, value, pad=max(map(len, group)))


def _spaced(parts: Iterable[tuple[str, list[str]]]) -> Iterator[str]:
    """The parts' lines; a part of several lines, or of another kind than the one before, has a blank line before it."""
    before: tuple[str, list[str]] | None = None
    for name, lines in parts:
        if before is not None and not _belong_together(before, (name, lines)):
            yield ""
        yield from lines
        before = (name, lines)


def _belong_together(before: tuple[str, list[str]], part: tuple[str, list[str]]) -> bool:
    if len(before[1]) > 1 or len(part[1]) > 1:
        return False
    blocks = ["{" in lines[0] and "=" not in lines[0].partition("{")[0] for _, lines in (before, part)]
    return blocks[0] == blocks[1] and (before[0] == part[0] or not blocks[0])
