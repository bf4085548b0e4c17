"""From the rows of a table to account blocks; the first row names fields as `vend set` does."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from vend.errors import Diagnostic, Related
from vend.hcl import Attribute, Block, Body, Value
from vend.models import Position
from vend.requests.editing._assignments import Assignment, named
from vend.requests.importing._csv_table import CODE, Cell, Table
from vend.requests.language._language import ANY_TEXT, Rule
from vend.requests.language._problems import Problems
from vend.requests.language._request_fields import ACCOUNT

_LABEL = "account"
_ITEMS = re.compile(r"[,;\n]")
_PERMISSION_SETS = re.compile(r"[;\n]")
"""A permission set's name may hold a comma."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """A column that a field is read from.

    Attributes:
        field: None for the label.
        place: of its name in the first row.
    """

    index: int
    field: Assignment | None
    place: Position


def blocks_of(table: Table, problems: Problems) -> tuple[Block, ...]:
    """An account block for each row, its values at the places of their cells; an empty cell says nothing.

    A block has no label where its row has none, which is diagnosed. Columns that name no field are diagnosed, and left
    out; empty rows are passed over.
    """
    columns = tuple(_columns(table, problems))
    label = next((column for column in columns if column.field is None), None)
    if label is None:
        problems.add(
            CODE,
            table.header[0].position,
            f'there is no column "{_LABEL}"',
            hint="it contains the label of each account request, such as payments-prod",
        )
        return ()
    filled = (row for row in table.rows if any(cell.text for cell in row))
    return tuple(_block(row, label, columns) for row in filled if _has_label(row[label.index], problems))


def _has_label(cell: Cell, problems: Problems) -> bool:
    if not cell.text:
        problems.add("missing-field", cell.position, f'the row has no "{_LABEL}"', hint="such as payments-prod")
    return bool(cell.text)


def _columns(table: Table, problems: Problems) -> Iterator[_Column]:
    first: dict[str, Cell] = {}
    for index, cell in enumerate(table.header):
        name = cell.text.strip()
        if not name:
            stray = next((row[index] for row in table.rows if row[index].text), None)
            if stray is not None:
                problems.add(CODE, stray.position, "a column without a name contains a value", hint="name the column")
            continue
        field = None if name == _LABEL else _field(name)
        problem = field if isinstance(field, Diagnostic) else _key_problem(field, cell)
        if problem is not None:
            problems.extend([problem.at(cell.position)])
        elif not isinstance(field, Diagnostic):
            path = field.path if field is not None else _LABEL
            if path in first:
                before = Related.at("the first is here", first[path].position)
                problems.twice(CODE, cell.position, f'a second column "{path}"', first=before, hint="keep one of them")
                continue
            first[path] = cell
            yield _Column(index=index, field=field, place=cell.position)


def _field(name: str) -> Assignment | Diagnostic:
    """The field of a column's name."""
    if name in {"label", "slug"}:
        return Diagnostic(code="unknown-field", summary=f'there is no field "{name}"', hint=f'did you mean "{_LABEL}"?')
    found = named(unicodedata.normalize("NFC", name), "=")
    return replace(found, hint=found.hint.removesuffix("=…")) if isinstance(found, Diagnostic) and found.hint else found


def _key_problem(field: Assignment | None, cell: Cell) -> Diagnostic | None:
    """What is wrong with a map's key, or a group's name, for every row alike."""
    rule = _key_rule(field) if field is not None else ANY_TEXT
    key = (field.label or field.name) if field is not None else None
    found = Problems()
    violation = rule(key) if key is not None else None
    if violation is not None:
        found.violation(cell.position, violation)
    return next((problem for problem in found.found if problem.severity == "error"), None)


def _key_rule(field: Assignment) -> Rule:
    if field.kind == "entry":
        found = ACCOUNT.field(field.field)
        return found.key if found is not None else ANY_TEXT
    block = ACCOUNT.block(field.field) if field.kind == "access" else None
    return block.label or ANY_TEXT if block is not None else ANY_TEXT


def _block(row: Sequence[Cell], label: _Column, columns: Sequence[_Column]) -> Block:
    attributes: dict[str, Attribute] = {}
    entries: dict[str, list[tuple[str, _Column, Cell]]] = {}
    inner: dict[tuple[str, ...], list[Attribute]] = {}
    access: list[Block] = []
    for column in columns:
        cell, field = row[column.index], column.field
        if field is None or not cell.text:
            continue
        name = field.name or ""
        if field.kind == "entry":
            entries.setdefault(field.field, []).append((name, column, cell))
        elif field.kind == "inner":
            path = (field.field,) if field.label is None else (field.field, field.label)
            inner.setdefault(path, []).append(_attribute(name, _text(cell)))
        elif field.kind == "access":
            sets = [_attribute("permission_set", item) for item in _items(cell, _PERMISSION_SETS)]
            access += [_inner((field.field, field.label or ""), (each,), cell.position) for each in sets]
        else:
            value = _list(cell) if field.kind == "list" else _text(cell)
            attributes[field.field] = _attribute(field.field, value)
    for name, pairs in entries.items():
        attributes[name] = _attribute(name, _map(pairs))
    groups = [_inner(path, values, values[0].position) for path, values in inner.items()]
    place = row[label.index].position
    body = Body(attributes=attributes, blocks=(*groups, *access))
    return Block(
        type="account",
        labels=(row[label.index].text,),
        position=place,
        end=place,
        label_positions=(place,),
        body=body,
    )


def _inner(path: tuple[str, ...], attributes: Sequence[Attribute], place: Position) -> Block:
    labels = path[1:]
    return Block(
        type=path[0],
        labels=labels,
        position=place,
        end=place,
        label_positions=(place,) * len(labels),
        body=Body(attributes={attribute.name: attribute for attribute in attributes}),
    )


def _attribute(name: str, value: Value) -> Attribute:
    return Attribute(name=name, position=value.position, expression=value)


def _text(cell: Cell) -> Value:
    """A cell as a string, composed as HCL composes strings."""
    text = unicodedata.normalize("NFC", cell.text)
    return Value(value=text, text=text, position=cell.position)


def _items(cell: Cell, separators: re.Pattern[str]) -> list[Value]:
    parts = (part.strip() for part in separators.split(cell.text))
    return [_text(Cell(text=part, position=cell.position)) for part in parts if part]


def _list(cell: Cell) -> Value:
    items = _items(cell, _ITEMS)
    elements: Mapping[int | str, Value] = dict(enumerate(items))
    return Value(value=[item.value for item in items], text=cell.text, position=cell.position, elements=elements)


def _map(pairs: Sequence[tuple[str, _Column, Cell]]) -> Value:
    elements: Mapping[int | str, Value] = {name: _text(cell) for name, _, cell in pairs}
    return Value(
        value={str(name): value.value for name, value in elements.items()},
        text="",
        position=pairs[0][2].position,
        elements=elements,
        key_positions={name: column.place for name, column, _ in pairs},
    )
