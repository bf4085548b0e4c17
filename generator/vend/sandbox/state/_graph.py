"""A graph of Python objects as JSON values, and back.

A state file may come from somebody else, so that nothing it says is ever called: an object is made empty, without its
class's constructor, and gets its attributes. Classes are those of moto and of the sandbox alone, and what is no plain
data (a lock, a key, a file's content) has a form of its own. Everything else cannot be written.

A value stands for itself (text, numbers, true, false, null), as `[N]` for object N of the table, or as `[kind, …]`.
"""

from __future__ import annotations

import weakref
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import FunctionType, MethodType
from typing import Any

from vend.sandbox.state._graph_classes import (
    ClassNames,
    NotDataError,
    allowed_class,
    attributes_of,
    bare,
    class_name,
    is_allowed,
    set_attributes,
)
from vend.sandbox.state._graph_values import read_plain, write_plain

Json = Any
Name = tuple[str, ...]

_SCALARS = frozenset({str, int, bool, type(None)})
_FACTORIES: Mapping[str, type] = {"list": list, "dict": dict, "set": set, "int": int, "str": str, "float": float}
_FACTORY = "(default)"
"""Stands among the attributes of an object whose class is derived from defaultdict."""
_FILTER, _FILTERED = "filter_", "moto.ec2."
"""Bound methods that moto keeps in its objects: the filters of security groups and their rules."""


class Writer:
    """Writes objects one after the other into one table, so that what they share is shared again when it is read.

    Args:
        named: objects that exist without the graph, by their `id`: how it names them.
    """

    def __init__(self, named: Mapping[int, Name]) -> None:
        self._named = named
        self._table: list[Json] = []
        self._numbers: dict[int, int] = {}
        self._objects: list[object] = []
        """What is in the table; held, so that no `id` is given twice."""
        self._waiting: deque[tuple[int, Any]] = deque()
        self._classes = ClassNames()
        self._forms: Mapping[type, Callable[[Any], Json]] = {
            tuple: lambda value: ["tuple", *map(self._value, value)],
            frozenset: lambda value: ["frozenset", *map(self._value, value)],
            MethodType: self._method,
            **dict.fromkeys(
                (dict, list, set, deque, OrderedDict, defaultdict, weakref.WeakValueDictionary), self._enter
            ),
        }
        self._entries: Mapping[type, Callable[[Any], Json]] = {
            dict: self._mapping,
            list: lambda value: ["list", *map(self._value, value)],
            set: lambda value: ["set", *map(self._value, value)],
            deque: lambda value: ["deque", *map(self._value, value)],
            OrderedDict: lambda value: ["ordered", *self._pairs(value.items())],
            defaultdict: lambda value: ["default", _factory(value.default_factory), *self._pairs(value.items())],
            weakref.WeakValueDictionary: lambda value: ["weak", *self._pairs(list(value.items()))],
        }

    def write(self, value: object) -> Json:
        """One value with all it refers to.

        Raises:
            NotDataError: something in it cannot be written; the table is as it was.
        """
        mark = len(self._table)
        try:
            written = self._value(value)
            while self._waiting:
                number, waiting = self._waiting.popleft()
                self._table[number] = self._entries.get(type(waiting), self._object)(waiting)
        except NotDataError:
            for forgotten in self._objects[mark:]:
                del self._numbers[id(forgotten)]
            del self._table[mark:], self._objects[mark:]
            self._waiting.clear()
            raise
        return written

    def document(self) -> dict[str, Json]:
        """The table and the classes in it."""
        return {"objects": self._table, "classes": self._classes.names()}

    def _value(self, value: Any) -> Json:
        kind = type(value)
        if kind in _SCALARS:
            return value
        number = self._numbers.get(id(value))
        if number is not None:
            return [number]
        form = self._forms.get(kind)
        return self._other(value) if form is None else form(value)

    def _other(self, value: Any) -> Json:
        plain = write_plain(value)
        if plain is not None:
            return plain
        name = self._named.get(id(value))
        if name is not None:
            return ["named", *name]
        if isinstance(value, type):
            return ["class", self._classes.number(value)]
        if not is_allowed(type(value)):
            raise NotDataError(class_name(type(value)))
        if isinstance(value, tuple):
            return ["named-tuple", self._classes.number(type(value)), *map(self._value, value)]
        return self._enter(value)

    def _enter(self, value: Any) -> Json:
        number = self._numbers[id(value)] = len(self._table)
        self._table.append(None)
        self._objects.append(value)
        self._waiting.append((number, value))
        return [number]

    def _method(self, method: MethodType) -> Json:
        name = method.__func__.__name__
        if not (name.startswith(_FILTER) and type(method.__self__).__module__.startswith(_FILTERED)):
            raise NotDataError(f"method {method.__func__.__qualname__}")
        return ["method", self._value(method.__self__), name]

    def _mapping(self, value: dict[Any, Any]) -> Json:
        write = self._value
        if all(type(key) is str for key in value):
            return {key: write(each) for key, each in value.items()}
        return ["dict", *self._pairs(value.items())]

    def _object(self, value: Any) -> Json:
        number = self._classes.number(type(value))
        attributes = {name: self._value(each) for name, each in attributes_of(value)}
        if isinstance(value, defaultdict):
            attributes[_FACTORY] = _factory(value.default_factory)
        if isinstance(value, dict):
            return ["object", number, attributes, *self._pairs(dict.items(value))]
        if isinstance(value, list | set):
            return ["object", number, attributes, *map(self._value, value)]
        return ["object", number, attributes]

    def _pairs(self, items: Iterable[tuple[Any, Any]]) -> list[Json]:
        return [self._value(each) for pair in items for each in pair]


def _factory(factory: Any) -> Json:
    """How a defaultdict makes its values: by a type, or by a function that gives an empty mapping."""
    if factory is None:
        return None
    for name, known in _FACTORIES.items():
        if factory is known:
            return name
    if isinstance(factory, FunctionType):
        made = factory()
        if not made and type(made) is dict:
            return "dict"
        if not made and type(made) is defaultdict:
            return ["default", _factory(made.default_factory)]
    raise NotDataError(f"defaultdict of {factory!r}")


class Reader:
    """Creates the objects of a table and reads values that refer to them.

    Args:
        document: what `Writer.document` gave.
        named: the objects that exist already, by the names that the writer had for them.

    Raises:
        Exception: it is none of ours; every kind of value has errors of its own.
    """

    def __init__(self, document: Mapping[str, Json], named: Mapping[Name, object]) -> None:
        self._named = named
        self._classes = [allowed_class(name) for name in document["classes"]]
        self._forms: Mapping[str, Callable[[Sequence[Json]], Any]] = {
            "tuple": lambda parts: tuple(map(self.read, parts)),
            "frozenset": lambda parts: frozenset(map(self.read, parts)),
            "named": lambda parts: self._named[tuple(parts)],
            "named-tuple": lambda parts: tuple.__new__(self._classes[parts[0]], map(self.read, parts[1:])),
            "class": lambda parts: self._classes[parts[0]],
            "method": self._method,
        }
        entries: list[Json] = document["objects"]
        self._made = [self._make(entry) for entry in entries]
        # Attributes and lists before mappings and sets: the hash of a key may need the key's attributes.
        for made, entry in zip(self._made, entries, strict=True):
            self._fill_plain(made, entry)
        for made, entry in zip(self._made, entries, strict=True):
            self._fill_hashing(made, entry)

    def read(self, value: Json) -> Any:
        """One value."""
        if type(value) is not list:
            return value
        kind = value[0]
        if type(kind) is int:
            return self._made[kind]
        form = self._forms.get(kind)
        return read_plain(value) if form is None else form(value[1:])

    def _method(self, parts: Sequence[Json]) -> MethodType:
        owner, name = parts
        made = self.read(owner)
        function = getattr(type(made), name)
        if not (
            name.startswith(_FILTER)
            and type(made).__module__.startswith(_FILTERED)
            and isinstance(function, FunctionType)
        ):
            raise ValueError(f"a state file may not name the method {name}")
        return MethodType(function, made)

    def _make(self, entry: Json) -> Any:
        if type(entry) is dict:
            return {}
        kind = entry[0]
        if kind == "default":
            return defaultdict(_made_factory(entry[1]))
        return bare(self._classes[entry[1]]) if kind == "object" else _EMPTY[kind]()

    def _fill_plain(self, made: Any, entry: Json) -> None:
        if type(entry) is dict:
            return
        if entry[0] == "object":
            attributes = {name: self.read(each) for name, each in entry[2].items() if name != _FACTORY}
            set_attributes(made, attributes)
            if isinstance(made, defaultdict):
                made.default_factory = _made_factory(entry[2][_FACTORY])
        elif entry[0] in {"list", "deque"}:
            made.extend(map(self.read, entry[1:]))

    def _fill_hashing(self, made: Any, entry: Json) -> None:
        if type(entry) is dict:
            made.update({key: self.read(each) for key, each in entry.items()})
            return
        kind = entry[0]
        if kind == "object":
            self._fill_contents(made, entry[3:])
        elif kind == "set":
            made.update(map(self.read, entry[1:]))
        elif kind == "default":
            made.update(self._pairs(entry[2:]))
        elif kind not in {"list", "deque"}:
            made.update(self._pairs(entry[1:]))

    def _fill_contents(self, made: Any, contents: Sequence[Json]) -> None:
        # Bypasses the class's own code, so that exactly the saved values are restored.
        if isinstance(made, dict):
            put = OrderedDict.__setitem__ if isinstance(made, OrderedDict) else dict.__setitem__
            for key, each in self._pairs(contents):
                put(made, key, each)
        elif isinstance(made, list):
            list.extend(made, map(self.read, contents))
        elif isinstance(made, set):
            set.update(made, map(self.read, contents))
        elif contents:
            raise ValueError(f"{class_name(type(made))} holds nothing but its attributes")

    def _pairs(self, items: Sequence[Json]) -> list[tuple[Any, Any]]:
        return [(self.read(key), self.read(each)) for key, each in zip(items[::2], items[1::2], strict=True)]


_EMPTY: Mapping[str, Callable[[], Any]] = {
    "dict": dict,
    "list": list,
    "set": set,
    "deque": deque,
    "ordered": OrderedDict,
    "weak": weakref.WeakValueDictionary,
}


def _made_factory(written: Json) -> Any:
    if written is None:
        return None
    if isinstance(written, str):
        return _FACTORIES[written]
    inner = _made_factory(written[1])
    return lambda: defaultdict(inner)
