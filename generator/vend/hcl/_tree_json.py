"""A syntax tree as JSON and back, for the cache: as lists, to keep it small."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vend.hcl._tree import Attribute, Block, Body, Expression, Value
from vend.models import Position


def body_to_json(body: Body) -> list[Any]:
    """The body without the name of its file."""
    return [
        [[a.name, _place(a.position), _value(a.expression)] for a in body.attributes.values()],
        [
            [
                b.type,
                list(b.labels),
                _place(b.position),
                [_place(position) for position in b.label_positions],
                body_to_json(b.body),
                [b.end.line, b.end.column],
            ]
            for b in body.blocks
        ],
    ]


def body_from_json(document: Sequence[Any], file: str) -> Body:
    """The body of the file of this name."""
    attributes, blocks = document
    return Body(
        attributes={
            name: Attribute(name=name, position=_position(place, file), expression=_value_from(value, file))
            for name, place, value in attributes
        },
        blocks=tuple(
            Block(
                type=kind,
                labels=tuple(labels),
                position=_position(place, file),
                label_positions=tuple(_position(position, file) for position in label_places),
                body=body_from_json(body, file),
                end=Position(file=file, line=end[0], column=end[1]),
            )
            for kind, labels, place, label_places, body, end in blocks
        ),
    )


def _place(position: Position) -> list[int | None]:
    return [position.line, position.column, position.end_line, position.end_column]


def _position(place: Sequence[Any], file: str) -> Position:
    line, column, end_line, end_column = place
    return Position(file=file, line=line, column=column, end_line=end_line, end_column=end_column)


def _value(value: Value) -> list[Any]:
    if isinstance(value.value, Expression):
        places = [_place(place) if place is not None else None for place in (value.value.key, value.value.first)]
        return ["expression", value.text, _place(value.position), *places]
    if isinstance(value.value, list):
        return ["list", value.text, _place(value.position), [_value(element) for element in value.elements.values()]]
    if isinstance(value.value, dict):
        elements = [
            [key, _place(value.key_positions[str(key)]), _value(element)] for key, element in value.elements.items()
        ]
        return ["map", value.text, _place(value.position), elements]
    return ["literal", value.text, _place(value.position), value.value]


def _value_from(document: Sequence[Any], file: str) -> Value:
    kind, text, place, *rest = document
    position = _position(place, file)
    if kind == "expression":
        key, first = (_position(place, file) if place is not None else None for place in rest)
        return Value(value=Expression(text=text, key=key, first=first), text=text, position=position)
    if kind == "literal":
        return Value(value=rest[0], text=text, position=position)
    if kind == "list":
        items = [_value_from(item, file) for item in rest[0]]
        return Value(
            value=[item.value for item in items], text=text, position=position, elements=dict(enumerate(items))
        )
    elements = {key: _value_from(element, file) for key, _, element in rest[0]}
    return Value(
        value={key: element.value for key, element in elements.items()},
        text=text,
        position=position,
        elements=dict(elements),
        key_positions={key: _position(at, file) for key, at, _ in rest[0]},
    )
