"""Faults from a file: blocks of HCL, or the JSON that `vend sandbox fault list` writes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from vend.errors import Diagnostic, InvalidInputError, did_you_mean, sort_diagnostics
from vend.hcl import Block, Expression, parse
from vend.models import Position
from vend.sandbox.faults._faults import Fault, checked

_ATTRIBUTES = frozenset(field.name for field in fields(Fault)) - {"operation"}
_NUMBERS = frozenset({"times", "seconds"})
_OF_A_STATE = frozenset({"id", "used", "remaining"})
"""What a listing says besides: it is passed over, so that a listing can be given back."""
_FORM = 'fault "ProvisionProduct" { kind = "throttle" }'


def load_faults(path: Path, shown: str | None = None) -> tuple[Fault, ...]:
    """Reads a file of faults: JSON where its name ends in `.json`, else HCL.

    Args:
        path: of the file.
        shown: its name in diagnostics; None means the path.

    Raises:
        InvalidInputError: it cannot be read or used; every problem, with its place.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        problem = Diagnostic(
            code="faults-unreadable",
            summary=f"the faults file cannot be read: {error.strerror}",
            hint=f"create it, for example: {_FORM}",
            file=shown or str(path),
        )
        raise InvalidInputError(problem) from error
    reading = _Reading(shown or str(path))
    found = tuple(reading.json(content) if path.suffix == ".json" else reading.hcl(content))
    if reading.problems:
        raise InvalidInputError(sort_diagnostics(reading.problems))
    return found


class _Reading:
    """One file; collects what is wrong with it."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.problems: list[Diagnostic] = []

    def hcl(self, content: bytes) -> Iterator[Fault]:
        """The faults of `fault "Operation" { … }` blocks."""
        parsed = parse(content, self._file)
        self.problems += parsed.diagnostics
        if parsed.body is None:
            return
        for attribute in parsed.body.attributes.values():
            self._add("unknown-fault", f'"{attribute.name}" is outside of any block', attribute.position, _FORM)
        for block in parsed.body.blocks:
            if block.type != "fault" or len(block.labels) != 1:
                summary = f'a block of faults is fault "OPERATION", not {block.type}'
                self._add("unknown-fault", summary, block.position, _FORM)
                continue
            yield from self._block(block)

    def _block(self, block: Block) -> Iterator[Fault]:
        places = {"operation": block.label_positions[0]}
        values: dict[str, Any] = {"operation": block.labels[0]}
        for inner in block.body.blocks:
            self._add("unknown-fault", f'a fault has no block "{inner.type}"', inner.position)
        for name, attribute in block.body.attributes.items():
            places[name] = attribute.value_position
            if name not in _ATTRIBUTES:
                self._unknown(name, attribute.position)
            elif isinstance(attribute.value, Expression):
                self._add("not-literal", f'"{name}" is an expression', attribute.value_position, "write the value")
            else:
                values[name] = attribute.value
        yield from self._fault(values, places, block.position, "")

    def json(self, content: bytes) -> Iterator[Fault]:
        """The faults of `{"faults": […]}`."""
        try:
            document = json.loads(content)
        except UnicodeDecodeError as error:
            self._add("faults-unreadable", f"the file is not UTF-8: {error.reason}", None)
            return
        except json.JSONDecodeError as error:
            place = Position(file=self._file, line=error.lineno, column=error.colno)
            self._add("faults-unreadable", f"the file is not JSON: {error.msg}", place)
            return
        listed = document.get("faults") if isinstance(document, dict) else None
        if not isinstance(listed, list):
            summary = 'the file holds no list "faults"'
            self._add("faults-unreadable", summary, None, '{"faults": [{"operation": "…", "kind": "…"}]}')
            return
        for number, entry in enumerate(listed):
            if not isinstance(entry, dict):
                self._add("invalid-fault", f"faults[{number}] is not an object", None)
                continue
            where = f"faults[{number}]: "
            for name in sorted(entry.keys() - _ATTRIBUTES - _OF_A_STATE - {"operation"}):
                self._unknown(name, None, where)
            known = {name: entry[name] for name in entry.keys() & (_ATTRIBUTES | {"operation"})}
            yield from self._fault(known, {}, None, where)

    def _fault(
        self, values: Mapping[str, Any], places: Mapping[str, Position], place: Position | None, where: str
    ) -> Iterator[Fault]:
        usable = True
        for name, value in values.items():
            expected = (int, float) if name in _NUMBERS else (str,)
            if value is not None and (isinstance(value, bool) or not isinstance(value, expected)):
                what = "a number" if name in _NUMBERS else "text"
                self._add("invalid-fault", f'{where}"{name}" is not {what}', places.get(name, place))
                usable = False
        for name in ("operation", "kind"):
            if values.get(name) is None:
                self._add("invalid-fault", f'{where}"{name}" is missing', place, _FORM)
                usable = False
        if not usable:
            return
        fault = Fault(**{name: value for name, value in values.items() if value is not None})
        _, problems = checked(fault)
        for problem in problems:
            self._add(problem.code, where + problem.summary, places.get(problem.attribute, place), problem.hint)
        yield fault

    def _unknown(self, name: str, place: Position | None, where: str = "") -> None:
        hint = did_you_mean(name, _ATTRIBUTES, listing=len(_ATTRIBUTES))
        self._add("unknown-fault", f'{where}a fault has no attribute "{name}"', place, hint)

    def _add(self, code: str, summary: str, place: Position | None, hint: str | None = None) -> None:
        self.problems.append(
            Diagnostic(
                code=code,
                summary=summary,
                hint=hint,
                file=self._file,
                line=place.line if place else None,
                column=place.column if place else None,
            )
        )
