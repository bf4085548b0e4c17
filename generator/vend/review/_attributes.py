"""From a resource change to what may be shown of it, attribute by attribute.

`terraform show -json` prints sensitive values in clear; what is sensitive is said beside them, in
`before_sensitive` and `after_sensitive`, and what is not known yet in `after_unknown`. Each mirrors
the shape of the value, with `true` where the whole value below it is meant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from vend.plan import AttributeChange, AttributeKind, ResourceChange, UnchangedAttribute
from vend.review._decoding import opened
from vend.review._masking import CHANGED, Masking, called, merged
from vend.review._secrets import SENSITIVE

UNKNOWN = "(known after apply)"

_Path: TypeAlias = tuple[str | int, ...]
_NAMES = ("key", "name")
"""Attributes that tell the elements of a list apart better than their place in it."""
_IDENTIFIER = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
_ABSENT = object()
"""There is no value here, which is not the same as null."""
_BUILT_IN = Masking()


def attribute_changes(change: ResourceChange, masking: Masking = _BUILT_IN) -> tuple[AttributeChange, ...]:
    """What the change does to each attribute, in order of their paths.

    Values that are sensitive on either side are masked on both. Attributes that stay as they are, and
    empty ones that come or go with their resource, are left out. Strings that hold JSON, as policies
    do, are compared by what they say.

    Args:
        change: with every value, sensitive ones in clear.
        masking: says what is sensitive by its name or value, besides what Terraform marks.
    """
    return attributes(change, masking)[0]


def attributes(
    change: ResourceChange, masking: Masking = _BUILT_IN
) -> tuple[tuple[AttributeChange, ...], tuple[UnchangedAttribute, ...]]:
    """As `attribute_changes`; besides, what stays as it is, likewise, without empty ones."""
    sides = _roots(change, masking, decode=True)
    found = _differences(change, masking, sides) or _differences(change, masking, _roots(change, masking, decode=False))
    return tuple(_attribute_change(masking, *difference) for difference in found), _unchanged(masking, *sides)


def _unchanged(masking: Masking, before: _Node, after: _Node) -> tuple[UnchangedAttribute, ...]:
    if before.empty or after.empty:
        return ()
    return tuple(
        UnchangedAttribute(path=masking.scrubbed(_text(path, before, after)), value=_shown(node, node, masking) or "")
        for path, node in _same((), before, after)
    )


@dataclass(frozen=True, slots=True)
class _Node:
    """A value and the marks at its place."""

    value: Any = _ABSENT
    sensitive: Any = False
    unknown: Any = False

    @property
    def empty(self) -> bool:
        return not _any(self.unknown) and (self.value is _ABSENT or self.value in (None, [], {}))

    @property
    def whole(self) -> bool:
        """Whether a mark speaks for everything below."""
        return self.sensitive is True or self.unknown is True

    @property
    def shape(self) -> Any:
        """What says which keys there are: the value, or the marks where nothing is known yet."""
        return self.unknown if self.value is _ABSENT or self.value is None else self.value

    @property
    def keys(self) -> tuple[str | int, ...]:
        if isinstance(self.shape, Mapping):
            marked = [key for key, mark in self.unknown.items() if _any(mark)] if _is_mapping(self.unknown) else []
            return tuple(dict.fromkeys([*self.shape, *marked]))
        return tuple(range(len(self.shape))) if _is_list(self.shape) else ()

    def child(self, key: str | int) -> _Node:
        return _Node(_step(self.value, key, _ABSENT), _mark(self.sensitive, key), _mark(self.unknown, key))


def _attribute_change(masking: Masking, path: str, before: _Node, after: _Node, forces: bool) -> AttributeChange:  # noqa: FBT001 - a difference, taken apart
    kind = _kind(before, after)
    sensitive = _any(before.sensitive) or _any(after.sensitive)
    then = _shown(after, before, masking)
    if sensitive and kind == "change" and then == SENSITIVE and before.value != after.value:
        then = CHANGED
    return AttributeChange(
        path=path,
        kind=kind,
        before=_shown(before, after, masking),
        after=then,
        known=not _any(after.unknown),
        sensitive=sensitive,
        forces_replacement=forces,
    )


def _roots(change: ResourceChange, masking: Masking, *, decode: bool) -> tuple[_Node, _Node]:
    names = called(change)

    def root(value: Any, sensitive: Any, unknown: Any) -> _Node:
        if value is None:
            return _Node(unknown=unknown or False)
        read = opened(value) if decode else value
        return _Node(read, merged(sensitive, masking.marks(read, names)), unknown or False)

    return (
        root(change.before, change.before_sensitive, None),
        root(change.after, change.after_sensitive, change.after_unknown),
    )


def _differences(
    change: ResourceChange, masking: Masking, sides: tuple[_Node, _Node]
) -> list[tuple[str, _Node, _Node, bool]]:
    before, after = sides
    return [
        (
            masking.scrubbed(_text(path, before, after)),
            left,
            right,
            any(_related(path, forcing) for forcing in change.replace_paths),
        )
        for path, left, right in _walk((), before, after)
    ]


def _walk(path: _Path, before: _Node, after: _Node) -> Iterator[tuple[_Path, _Node, _Node]]:
    if (before.empty and after.empty) or _is_same(before, after):
        return
    keys = () if before.whole or after.whole else _keys(before, after)
    if not keys:
        yield path, before, after
    for key in keys:
        yield from _walk((*path, key), before.child(key), after.child(key))


def _same(path: _Path, before: _Node, after: _Node) -> Iterator[tuple[_Path, _Node]]:
    if after.empty:
        return
    keys = () if before.whole or after.whole else _keys(before, after)
    if not keys and _is_same(before, after):
        yield path, after
    for key in keys:
        yield from _same((*path, key), before.child(key), after.child(key))


def _is_same(before: _Node, after: _Node) -> bool:
    return before.value == after.value and before.sensitive == after.sensitive and not _any(after.unknown)


def _keys(before: _Node, after: _Node) -> tuple[str | int, ...]:
    """The keys to go down by; none where the two are to be compared as a whole."""
    shapes = [node.shape for node in (before, after) if not node.empty]
    mappings = all(_is_mapping(shape) for shape in shapes)
    if not mappings and not all(_is_list(shape) and _is_deep(shape) for shape in shapes):
        return ()
    keys = dict.fromkeys([*before.keys, *after.keys])
    return tuple(sorted(keys, key=lambda key: (isinstance(key, str), key)))


def _is_deep(items: Sequence[Any]) -> bool:
    """Whether a list holds more than plain values, which read best on one line."""
    return any(_is_mapping(item) or _is_list(item) for item in items)


def _shown(node: _Node, other: _Node, masking: Masking) -> str | None:
    if node.empty:
        return None
    if _any(node.sensitive) or _any(other.sensitive):
        return SENSITIVE
    if _any(node.unknown):
        return UNKNOWN
    return json.dumps(masking.named(node.value), ensure_ascii=False, sort_keys=True)


def _kind(before: _Node, after: _Node) -> AttributeKind:
    if before.empty:
        return "add"
    return "remove" if after.empty else "change"


def _is_mapping(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _any(mark: Any) -> bool:
    """Whether a mark is true anywhere."""
    if isinstance(mark, Mapping):
        return any(_any(item) for item in mark.values())
    if _is_list(mark):
        return any(_any(item) for item in mark)
    return mark is True


def _step(value: Any, key: str | int, default: Any) -> Any:
    if isinstance(value, Mapping):
        return value.get(key, default)
    if _is_list(value) and isinstance(key, int) and key < len(value):
        return value[key]
    return default


def _mark(mark: Any, key: str | int) -> Any:
    """The mark below; one that is true holds for all below it."""
    return mark is True or _step(mark, key, default=False)


def _related(path: _Path, forcing: _Path) -> bool:
    """Whether one of them lies on the way to the other."""
    shorter = min(len(path), len(forcing))
    return path[:shorter] == forcing[:shorter]


def _text(path: _Path, *sides: _Node) -> str:
    """The path as it would be written in HCL; elements of a list by their key or name where they have one."""
    text = ""
    for depth, key in enumerate(path):
        if isinstance(key, int):
            text += f"[{_element(path[: depth + 1], sides)}]"
        elif _IDENTIFIER.fullmatch(key):
            text += f".{key}" if text else key
        else:
            text += f"[{json.dumps(key, ensure_ascii=False)}]"
    return text


def _element(path: _Path, sides: tuple[_Node, ...]) -> str:
    """How the list element at this path is called, if both sides call it the same."""
    found: set[str] = set()
    for node in sides:
        for key in path:
            node = node.child(key)  # noqa: PLW2901 — walking down
        names = [node.child(name) for name in _NAMES] if isinstance(node.value, Mapping) else []
        found.update([name.value for name in names if isinstance(name.value, str) and not name.sensitive][:1])
    return json.dumps(found.pop(), ensure_ascii=False) if len(found) == 1 else str(path[-1])
