"""From Terraform's evaluated values to the inputs of each call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vend.models import Position
from vend.requests.aft._call_inputs import Path, RequestInputs, expressions_in, places_in
from vend.requests.aft._configuration import ModuleCall
from vend.requests.aft._data_files import DataPlaces
from vend.requests.aft._evaluate import Instance
from vend.requests.aft._module import FIELDS, PARAMETERS, REQUEST_VARIABLES, TAGS
from vend.requests.aft._prepare import BUILTIN, VARIABLES
from vend.requests.aft._terraform_strings import Plain, as_text, from_json, number
from vend.requests.language._problems import Problems

_VARIABLES = f"{BUILTIN}.{VARIABLES}"
_FOUND_IN_DATA = ("AccountEmail", "AccountName")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What one instance of the module holds: its variables, and an item that it leaves for AFT."""

    variables: Instance | None
    item: Instance | None


def evaluated(
    instances: tuple[Instance, ...],
    call_of: Callable[[tuple[str, ...]], ModuleCall | None],
    data: DataPlaces,
    problems: Problems,
) -> Iterator[RequestInputs]:
    """What the calls ask for; what is not known, or must not be shown, is diagnosed.

    Args:
        instances: of every module.
        call_of: the call of an address without instance keys, where it is one to look at.
        data: where values stand in data files.
        problems: takes what is wrong.
    """
    found: dict[str, list[Instance]] = defaultdict(list)
    for instance in instances:
        found[instance.address].append(instance)
    for address, parts in sorted(found.items()):
        call = call_of(parts[0].module)
        if call is None:
            continue
        variables = next((part for part in parts if part.resource == _VARIABLES), None)
        items: list[Instance | None] = [part for part in parts if part is not variables]
        for item in items or [None]:
            request_inputs = _Reader(call, address, problems).request_inputs(
                _Parts(variables=variables, item=item), data
            )
            if request_inputs is not None:
                yield request_inputs


class _Reader:
    """Reads one instance."""

    def __init__(self, call: ModuleCall, address: str, problems: Problems) -> None:
        self._call = call
        self._address = address
        self._problems = problems
        self._places, self._keys = places_in(call.block) if call.block is not None else ({}, {})

    def request_inputs(self, parts: _Parts, data: DataPlaces) -> RequestInputs | None:
        given = self._variables(parts.variables)
        item = self._item(parts.item)
        if parts.item is not None and item is None:
            return None
        for name, value in (item or {}).items():
            before = given.get(name)
            if isinstance(before, Mapping) and isinstance(value, Mapping) and name not in {TAGS, FIELDS}:
                given[name] = {**before, **value}
            else:
                given[name] = value
        if PARAMETERS not in given:
            self._problems.add(
                "aft-module-unknown",
                self._call.place,
                f"{self._address} requests an account in a form that is not AFT's",
                hint=f"AFT's module has a variable {PARAMETERS}, or creates an item with it for AFT",
            )
            return None
        return RequestInputs(
            address=self._address,
            call=self._call,
            values=given,
            places={**self._places, **self._data_places(given, data)},
            keys=self._keys,
            evaluated=True,
        )

    def _variables(self, instance: Instance | None) -> dict[str, Plain]:
        if instance is None:
            return {}
        values = _part(instance.value, "values") or {}
        unknown, sensitive = _part(instance.unknown, "values"), _part(instance.sensitive, "values")
        document = _part(instance.value, "json")
        whole = from_json(document) if isinstance(document, str) else None
        given = dict(whole) if isinstance(whole, Mapping) else {name: _raw(value) for name, value in values.items()}
        for path in sorted({*_marked(unknown, ()), *_marked(sensitive, ())}):
            self._withheld(path, is_unknown=path in {*_marked(unknown, ())})
            given = _without(given, path)
        return given

    def _withheld(self, path: Path, *, is_unknown: bool) -> None:
        place = next(
            (self._places[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self._places), self._call.place
        )
        shown = ".".join(path)
        if is_unknown:
            self._problems.add(
                "aft-value-unknown",
                place,
                f"{shown} of {self._address} is known only after an apply",
                hint="write a value that does not depend on when Terraform runs, or on what it creates",
            )
        else:
            self._problems.add(
                "aft-value-sensitive",
                place,
                f"{shown} of {self._address} is marked as sensitive",
                hint="keep secrets out of account requests: plans, reports and the account's parameters show them",
            )

    def _item(self, instance: Instance | None) -> dict[str, Plain] | None:
        """What AFT finds of the request's variables; None where that cannot be told."""
        if instance is None:
            return {}
        if instance.sensitive is True or instance.unknown is True:
            self._withheld(("item",), is_unknown=instance.unknown is True)
            return None
        if not isinstance(instance.value, str):
            return {}
        try:
            item = _attribute({"M": from_json(instance.value)})
            known = (
                {name: item[name] for name in REQUEST_VARIABLES if name in item} if isinstance(item, Mapping) else {}
            )
            for name in (TAGS, FIELDS):
                if isinstance(known.get(name), str):
                    known[name] = from_json(as_text(known[name]) or "{}")
        except ValueError:
            self._problems.add(
                "aft-module-unknown", self._call.place, f"{self._address} creates an item for AFT that is not JSON"
            )
            return None
        return known

    def _data_places(self, given: Mapping[str, Plain], data: DataPlaces) -> dict[Path, Position]:
        """Where an account's email and name stand in a data file, if that is the one place they stand in."""
        computed = expressions_in(self._call.block) if self._call.block is not None else frozenset({(PARAMETERS,)})
        parameters = given.get(PARAMETERS)
        found: dict[Path, Position] = {}
        for field in _FOUND_IN_DATA:
            path = (PARAMETERS, field)
            value = as_text(parameters.get(field)) if isinstance(parameters, Mapping) else None
            if value and any(path[:n] in computed for n in (1, 2)) and (place := data.only(value)) is not None:
                found[path] = place
        return found


def _part(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else value


def _marked(mask: Any, path: Path) -> Iterator[Path]:
    if mask is True:
        yield path
    elif isinstance(mask, Mapping):
        for key, inner in mask.items():
            yield from _marked(inner, (*path, str(key)))
    elif isinstance(mask, list):
        for index, inner in enumerate(mask):
            yield from _marked(inner, (*path, str(index)))


def _without(given: Mapping[str, Plain], path: Path) -> dict[str, Plain]:
    """The values without the one at this path, or without all of what holds it where that is a list."""
    if not path:
        return {}
    first, rest = path[0], path[1:]
    inner = given.get(first)
    if rest and isinstance(inner, Mapping):
        return {**given, first: _without(inner, rest)}
    return {name: value for name, value in given.items() if name != first}


def _raw(value: Any) -> Plain:
    """A value of the plan itself, whose numbers are no longer exact."""
    if isinstance(value, Mapping):
        return {str(key): _raw(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_raw(inner) for inner in value]
    return number(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _attribute(value: Plain) -> Plain:
    """A value in DynamoDB's JSON, such as `{"S": "text"}`."""
    if not isinstance(value, Mapping) or len(value) != 1:
        return None
    ((kind, inner),) = value.items()
    if kind == "M" and isinstance(inner, Mapping):
        return {name: _attribute(each) for name, each in inner.items()}
    if kind == "L" and isinstance(inner, list):
        return [_attribute(each) for each in inner]
    if kind == "N":
        return number(as_text(inner) or "0")
    return None if kind == "NULL" else inner
