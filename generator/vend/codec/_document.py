"""Dataclasses that have a JSON document. The library that writes and reads it is imported when it is needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from operator import itemgetter
from typing import Any, Self, TypeVar

from vend.codec._layout import DocumentError

_DEEPEST = 100
"""Levels; what vend writes has ten or so, and a resource's attributes not many more."""


class JsonDocument:
    """A dataclass with a JSON document: its fields by their names and in their order, which are a contract.

    Text, numbers, lists (as tuples), objects (as mappings), other dataclasses and `None` may be in it. Mappings are
    sorted by key. `key`, `spread`, `hidden` and `rounded` say what is otherwise.
    """

    __slots__ = ()

    def to_json(self) -> dict[str, Any]:
        """The JSON document; keys are a contract."""
        from vend.codec._converter import written

        return written(self)

    @classmethod
    def from_json(cls, document: Any) -> Self:
        """The value of a document that `to_json` made, here or in another version of vend.

        A key that is not known is passed over; one that is missing has the default of its field.

        Raises:
            DocumentError: a value is of another type, or one without a default is missing.
        """
        from vend.codec._converter import read

        return read(cls, document)

    def _computed(self) -> Mapping[str, Mapping[str, Any]]:
        """Keys that are no fields, by the key behind which they stand; `""` is before all others."""
        return {}


_T = TypeVar("_T", bound=JsonDocument)


def read_exactly(kind: type[_T], document: Any) -> _T:
    """The value of a document that is exactly what `to_json` makes of it: no key more or less, computed ones too.

    Raises:
        DocumentError: it is not.
    """
    value = kind.from_json(document)
    differences = list(_differences(document, value.to_json(), "", 0))
    if differences:
        # A key that is missing explains a sum or a digest that does not fit.
        _, place, what = min(differences, key=itemgetter(0))
        raise DocumentError(f"{place.removeprefix('.') or 'the document'} {what}")
    return value


def _differences(found: Any, expected: Any, place: str, depth: int) -> Iterator[tuple[int, str, str]]:
    """Where a document is not as expected: how little it explains, the place, and what is wrong there."""
    if depth > _DEEPEST:
        yield 0, f"{place[:_DEEPEST]}…", "is nested too deeply"
    elif isinstance(found, dict) and isinstance(expected, dict):
        yield from ((0, f"{place}.{name}", "is missing") for name in expected if name not in found)
        yield from ((0, f"{place}.{name}", "is not known") for name in found if name not in expected)
        for name in (name for name in expected if name in found):
            yield from _differences(found[name], expected[name], f"{place}.{name}", depth + 1)
    elif isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        for at, (one, two) in enumerate(zip(found, expected, strict=True)):
            yield from _differences(one, two, f"{place}[{at}]", depth + 1)
    elif type(found) is not type(expected) or found != expected:
        yield 1, place, "does not fit the rest of the document"
