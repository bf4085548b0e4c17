"""The values of one block, before defaults; also as JSON for the cache."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vend.models import Position
from vend.requests.reading._literals import Text, TextMap


@dataclass(frozen=True, slots=True, kw_only=True)
class NestedValues:
    """A nested block: its values by name, and where it stands."""

    position: Position
    values: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockValues:
    """Everything one block says; what it does not say is absent, or None.

    Attributes:
        wrong: fields that were said, but not usably; they are not reported as missing too.
        access: by group, each with its permission sets.
    """

    position: Position
    scalars: Mapping[str, Text] = field(default_factory=dict)
    maps: Mapping[str, TextMap] = field(default_factory=dict)
    lists: Mapping[str, tuple[Text, ...]] = field(default_factory=dict)
    sso_user: NestedValues | None = None
    change: NestedValues | None = None
    contacts: Mapping[str, NestedValues] = field(default_factory=dict)
    access: Mapping[str, tuple[NestedValues, ...]] = field(default_factory=dict)
    wrong: frozenset[str] = frozenset()

    def to_json(self) -> list[Any]:
        """Without the name of the file; lists throughout, because there are many of them."""
        return [
            _place(self.position),
            {name: _text(text) for name, text in self.scalars.items()},
            {name: _text_map(pairs) for name, pairs in self.maps.items()},
            {name: [_text(item) for item in items] for name, items in self.lists.items()},
            _group(self.sso_user),
            _group(self.change),
            {kind: _group(group) for kind, group in self.contacts.items()},
            {name: [_group(group) for group in groups] for name, groups in self.access.items()},
            sorted(self.wrong),
        ]

    @classmethod
    def from_json(cls, document: Sequence[Any], file: str) -> BlockValues:
        """What the block of the file of this name says."""
        place, scalars, maps, lists, sso_user, change, contacts, access, wrong = document
        read = _Reader(file)
        return cls(
            position=read.position(*place),
            scalars={name: read.text(*text) for name, text in scalars.items()},
            maps={name: read.text_map(*pairs) for name, pairs in maps.items()},
            lists={name: tuple(read.text(*item) for item in items) for name, items in lists.items()},
            sso_user=read.group(*sso_user) if sso_user else None,
            change=read.group(*change) if change else None,
            contacts={kind: read.group(*group) for kind, group in contacts.items()},
            access={name: tuple(read.group(*group) for group in groups) for name, groups in access.items()},
            wrong=frozenset(wrong),
        )


def _place(position: Position) -> list[int | None]:
    return [position.line, position.column, position.end_line, position.end_column]


def _text(text: Text) -> list[Any]:
    return [text.value, *_place(text.position)]


def _text_map(pairs: TextMap) -> list[Any]:
    return [
        _place(pairs.position),
        {key: _text(text) for key, text in pairs.items.items()},
        {key: _place(position) for key, position in pairs.keys.items()},
    ]


def _group(group: NestedValues | None) -> list[Any] | None:
    if group is None:
        return None
    return [_place(group.position), {name: _text(text) for name, text in group.values.items()}]


class _Reader:
    """From lists to values, in one file."""

    def __init__(self, file: str) -> None:
        self._file = file

    def position(self, line: int, column: int, end_line: int | None, end_column: int | None) -> Position:
        return Position(file=self._file, line=line, column=column, end_line=end_line, end_column=end_column)

    def text(self, value: str, *place: Any) -> Text:
        return Text(value=value, position=self.position(*place))

    def text_map(self, place: Sequence[Any], items: Mapping[str, Any], keys: Mapping[str, Any]) -> TextMap:
        return TextMap(
            position=self.position(*place),
            items={key: self.text(*text) for key, text in items.items()},
            keys={key: self.position(*position) for key, position in keys.items()},
        )

    def group(self, place: Sequence[Any], values: Mapping[str, Any]) -> NestedValues:
        return NestedValues(
            position=self.position(*place), values={name: self.text(*text) for name, text in values.items()}
        )
