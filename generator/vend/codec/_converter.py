"""Writing and reading by cattrs, with the strictness and the names of places that it does not have by itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache, partial
from typing import Any, Literal, TypeVar, get_args, get_origin

from cattrs import AttributeValidationNote, BaseValidationError, Converter, IterableValidationNote
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from vend.codec._layout import DIGITS, HIDDEN, KEYS, NAMES, DocumentError

_T = TypeVar("_T")
_Json = dict[str, Any]
_Reader = Callable[[Any, Any], Any]
_ABSENT = object()


def written(value: Any) -> _Json:
    """The document of a value."""
    document: _Json = _converter().unstructure(value)
    return document


def read(kind: type[_T], document: Any) -> _T:
    """The value of a document.

    Raises:
        DocumentError: it is none.
    """
    try:
        return _converter().structure(document, kind)
    except (BaseValidationError, TypeError) as error:
        place, what = _problem(error)
        raise DocumentError(f"{place.removeprefix('.') or 'the document'} {what}") from error


@cache
def _converter() -> Converter:
    converter = Converter()
    for kind, words in ((str, "text"), (bool, "true or false"), (int, "a whole number")):
        converter.register_structure_hook(kind, _plain_reader(kind, words))
    converter.register_structure_hook(float, _read_float)
    converter.register_structure_hook_factory(_is(Literal), lambda kind: _choice_reader(get_args(kind)))
    converter.register_structure_hook_factory(_is(tuple), _list_reader)
    converter.register_structure_hook_factory(_is(Mapping), _mapping_reader)
    converter.register_structure_hook_factory(is_dataclass, _object_reader)
    converter.register_unstructure_hook_func(lambda kind: kind is Any, lambda value: value)
    converter.register_unstructure_hook_factory(_is(tuple), _list_writer)
    converter.register_unstructure_hook_factory(_is(Mapping), _mapping_writer)
    converter.register_unstructure_hook_factory(is_dataclass, _object_writer)
    return converter


def _is(origin: Any) -> Callable[[Any], bool]:
    return lambda kind: get_origin(kind) is origin


def _plain_reader(wanted: type, words: str) -> _Reader:
    def read_plain(value: Any, _: Any) -> Any:
        if type(value) is not wanted:
            raise TypeError(f"is not {words}")
        return value

    return read_plain


def _read_float(value: Any, _: Any) -> float:
    if type(value) not in {int, float} or not math.isfinite(value):
        raise TypeError("is not a number")
    return value  # type: ignore[no-any-return]  # an int stays one, so that the document stays the same


def _choice_reader(choices: tuple[Any, ...]) -> _Reader:
    def read_choice(value: Any, _: Any) -> Any:
        if not isinstance(value, str) or value not in choices:
            raise TypeError(f"is not one of {', '.join(map(str, choices))}")
        return value

    return read_choice


def _list_reader(kind: Any, converter: Converter) -> _Reader:
    several = list[get_args(kind)[0]]  # type: ignore[misc, valid-type]  # made at run time
    read_several = converter.get_structure_hook(several)

    def read_list(value: Any, _: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise TypeError("is not a list")
        return tuple(read_several(value, several))

    return read_list


def _mapping_reader(kind: Any, converter: Converter) -> _Reader:
    mapping = dict[get_args(kind)]  # type: ignore[misc, valid-type]  # made at run time
    read_pairs = converter.get_structure_hook(mapping)

    def read_mapping(value: Any, _: Any) -> Any:
        if not isinstance(value, dict):
            raise TypeError("is not an object")
        return read_pairs(value, mapping)

    return read_mapping


def _object_reader(kind: Any, converter: Converter) -> _Reader:
    layout = _Layout(kind)
    read_fields = make_dict_structure_fn(kind, converter, **layout.left_out)

    def read_object(value: Any, _: Any) -> Any:
        if not isinstance(value, dict):
            raise TypeError("is not an object")
        return read_fields(layout.by_field(value), kind)

    return read_object


def _list_writer(kind: Any, converter: Converter) -> Callable[[Any], Any]:
    write = converter.get_unstructure_hook(get_args(kind)[0])
    return lambda values: [write(value) for value in values]


def _mapping_writer(kind: Any, converter: Converter) -> Callable[[Any], Any]:
    """In the order of names where they are any; that of a few known ones is the caller's."""
    name_kind, value_kind = get_args(kind)
    write = converter.get_unstructure_hook(value_kind)
    if name_kind is not str:
        return lambda values: {name: write(value) for name, value in values.items()}
    return lambda values: {name: write(value) for name, value in sorted(values.items())}


def _object_writer(kind: Any, converter: Converter) -> Callable[[Any], _Json]:
    layout = _Layout(kind)
    has_computed = hasattr(kind, "_computed")
    write_fields = make_dict_unstructure_fn(kind, converter, **layout.left_out, **layout.shortened)

    def write(value: Any) -> _Json:
        document = layout.by_key(write_fields(value))
        if not has_computed or not (computed := value._computed()):  # noqa: SLF001 (the other half of it)
            return document
        whole = dict(computed.get("", {}))
        for name, one in document.items():
            whole |= {name: one, **computed.get(name, {})}
        return whole

    return write


def _round(digits: int, value: float) -> float:
    return round(value, digits)


class _Layout:
    """Where the fields of a dataclass stand in its document."""

    def __init__(self, kind: Any) -> None:
        found = fields(kind)
        self.left_out: dict[str, Any] = {one.name: override(omit=True) for one in found if HIDDEN in one.metadata}
        self.shortened: dict[str, Any] = {
            one.name: override(unstruct_hook=partial(_round, one.metadata[DIGITS]))
            for one in found
            if DIGITS in one.metadata
        }
        self._paths: dict[str, tuple[str, ...]] = {
            one.name: one.metadata[KEYS] for one in found if KEYS in one.metadata
        }
        self._names: dict[str, tuple[str, ...]] = {
            one.name: one.metadata[NAMES] for one in found if NAMES in one.metadata
        }

    def place(self, name: str) -> str:
        """Of a field in the document: `.name`, or `.change.reason`."""
        return "".join(f".{part}" for part in self._paths.get(name, (name,)))

    def by_key(self, document: _Json) -> _Json:
        """The document of one whose keys are the names of fields."""
        if not self._paths:
            return document
        made: _Json = {}
        for name, value in document.items():
            path, names = self._paths.get(name, (name,)), self._names.get(name)
            inner = made
            for part in path if names else path[:-1]:
                inner = inner.setdefault(part, {})
            inner |= {one: value and value[one] for one in names} if names else {path[-1]: value}
        return made

    def by_field(self, document: _Json) -> _Json:
        """The other way round."""
        made = {name: value for name, value in document.items() if name not in self._paths}
        for name, path in self._paths.items():
            if name in self._names:
                parts = {one: _at(document, (*path, one)) for one in self._names[name]}
                made[name] = None if all(part is None or part is _ABSENT for part in parts.values()) else parts
            elif (value := _at(document, path)) is not _ABSENT:
                made[name] = value
        return made


def _at(document: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        document = document.get(part, _ABSENT) if isinstance(document, dict) else _ABSENT
    return document


def _problem(error: Exception) -> tuple[str, str]:
    """The place of the first problem, and what is wrong there."""
    if not isinstance(error, BaseValidationError):
        return "", "is missing" if isinstance(error, KeyError) else str(error)
    inner = error.exceptions[0]
    place, what = _problem(inner)
    for note in getattr(inner, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            return _Layout(error.cl).place(note.name) + place, what
        if isinstance(note, IterableValidationNote):
            return (f"[{note.index}]" if isinstance(note.index, int) else f".{note.index}") + place, what
    return place, what
