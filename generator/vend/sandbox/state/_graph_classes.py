"""The classes whose objects a state file may hold, by name, and their attributes."""

from __future__ import annotations

import importlib
import re
import sys
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from threading import Thread
from typing import Any

_MODULES = re.compile(r"(moto\.[a-z0-9_.]+|vend\.sandbox\.[a-z_.]+|requests\.structures)")
_OURS = "vend.sandbox"
"""Stands for the module of our own classes, which move from one to another more often than files are thrown away."""
_NEVER = ("moto.server", "moto.moto_proxy", "moto.moto_server", "moto.moto_api", "moto.core.botocore_stubber")
_BUILT_IN = (OrderedDict, defaultdict, dict, list, set)
"""What a class may be derived from besides object; the first that fits makes its objects."""


_SLOTS: dict[type, tuple[str, ...]] = {}


class NotDataError(Exception):
    """An object cannot be written; the text names its kind."""


def class_name(kind: type) -> str:
    """`module:Class`, or `module:Outer.Inner`; of our own `vend.sandbox:Class`."""
    module = _OURS if kind.__module__.startswith(f"{_OURS}.") else kind.__module__
    return f"{module}:{kind.__qualname__}"


def is_allowed(kind: type) -> bool:
    """Whether a class is one of moto's or the sandbox's own that hold data."""
    module = kind.__module__
    return (
        _MODULES.fullmatch(module) is not None
        and not module.startswith(_NEVER)
        and "<locals>" not in kind.__qualname__
        and not issubclass(kind, BaseException | Thread | str | bytes | int | float | frozenset)
    )


def allowed_class(name: str) -> type:
    """A class by its name.

    Raises:
        ValueError: there is none, or none that a state file may name.
    """
    module, _, path = str(name).partition(":")
    if module == _OURS:
        return _own_class(path)
    if _MODULES.fullmatch(module) is None or module.startswith(_NEVER):
        raise ValueError(f"a state file may not name {name}")
    try:
        found: Any = importlib.import_module(module)
        for part in path.split("."):
            found = vars(found)[part]
    except (ImportError, KeyError, TypeError) as error:
        raise ValueError(f"{name} is not there any more") from error
    if not isinstance(found, type) or class_name(found) != name or not is_allowed(found):
        raise ValueError(f"a state file may not name {name}")
    return found


def _own_class(path: str) -> type:
    """One of the sandbox's own classes, whichever of the modules that make it up it is in."""
    modules = [module for name, module in sys.modules.items() if name.startswith(f"{_OURS}.")]
    found = {
        kind
        for module in modules
        if isinstance(kind := vars(module).get(path), type) and kind.__module__ == module.__name__ and is_allowed(kind)
    }
    if len(found) != 1:
        raise ValueError(f"{_OURS}:{path} is not there any more")
    return found.pop()


class ClassNames:
    """Numbers for classes, in the order in which they come up."""

    def __init__(self) -> None:
        self._numbers: dict[type, int] = {}

    def number(self, kind: type) -> int:
        """A class's number.

        Raises:
            NotDataError: it is none of ours.
        """
        number = self._numbers.get(kind)
        if number is None:
            if not is_allowed(kind):
                raise NotDataError(class_name(kind))
            number = self._numbers[kind] = len(self._numbers)
        return number

    def names(self) -> list[str]:
        """All of them, by number."""
        return [class_name(kind) for kind in self._numbers]


def _slots(kind: type) -> tuple[str, ...]:
    known = _SLOTS.get(kind)
    if known is not None:
        return known
    named = [vars(base).get("__slots__", ()) for base in kind.__mro__]
    flat = [name for slots in named for name in ((slots,) if isinstance(slots, str) else slots)]
    return _SLOTS.setdefault(kind, tuple(name for name in flat if name not in {"__dict__", "__weakref__"}))


def attributes_of(value: Any) -> Iterator[tuple[str, Any]]:
    """Every attribute that an object itself has."""
    yield from getattr(value, "__dict__", {}).items()
    for name in _slots(type(value)):
        if hasattr(value, name):
            yield name, getattr(value, name)


def bare(kind: type) -> Any:
    """An object without attributes; its class's constructor is not called.

    Raises:
        TypeError: there is no such object.
    """
    base: Any = next((base for base in _BUILT_IN if issubclass(kind, base)), object)
    made = base.__new__(kind)
    tracked = getattr(kind, "instances_tracked", None)
    if isinstance(tracked, list):
        # moto disposes of what was made when it is reset.
        tracked.append(made)
    return made


def set_attributes(made: Any, attributes: Mapping[str, Any]) -> None:
    """Sets an object's attributes without running its class's own code.

    Our own dataclasses take what they know, and the default where a file of another version says nothing.

    Raises:
        AttributeError, KeyError: they do not fit.
    """
    kind = type(made)
    if is_dataclass(kind) and kind.__module__.startswith("vend."):
        for field in fields(kind):
            object.__setattr__(
                made, field.name, attributes[field.name] if field.name in attributes else _default(field)
            )
        return
    own: dict[str, Any] | None = getattr(made, "__dict__", None)
    for name, value in attributes.items():
        if name in _slots(kind):
            object.__setattr__(made, name, value)
        elif own is not None:
            own[name] = value
        else:
            raise AttributeError(f"{class_name(kind)} has no attribute {name}")


def _default(field: Field[Any]) -> Any:
    if field.default is not MISSING:
        return field.default
    if field.default_factory is not MISSING:
        return field.default_factory()
    raise KeyError(field.name)
