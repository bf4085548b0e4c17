"""The content of a state file: moto's state, and the attributes that each part of the landing zone lists in `KEPT`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vend.sandbox.state._graph import Reader, Writer
from vend.sandbox.state._graph_classes import NotDataError
from vend.sandbox.state._moto import Lost, named_backends, read_moto, write_moto

Json = Any


def parts_of(root: object) -> dict[str, Any]:
    """An object and all its parts whose classes have `KEPT`, by their names in the file.

    Raises:
        TypeError: two parts are of one class, which would have one name in a file.
    """
    found: dict[str, Any] = {}
    waiting = [root]
    while waiting:
        part = waiting.pop(0)
        name = _name_in_file(part)
        if found.setdefault(name, part) is not part:
            raise TypeError(f"a landing zone has one {name}, not two")
        waiting += [value for value in vars(part).values() if hasattr(type(value), "KEPT") and _is_new(value, found)]
    return found


def _is_new(part: object, found: Mapping[str, Any]) -> bool:
    return found.get(_name_in_file(part)) is not part


def _name_in_file(part: object, attribute: str | None = None) -> str:
    """What a part, or an attribute of it, is called in state files: its name in the code, or what `KEPT_AS` says.

    A class or attribute that is renamed keeps its old name there, so that older files can still be read.
    """
    name = attribute or type(part).__name__
    return str(getattr(part, "KEPT_AS", {}).get(name, name))


def write_kept(root: object) -> tuple[dict[str, Json], list[Lost]]:
    """A whole sandbox as JSON, and what cannot be saved.

    Args:
        root: its landing zone; nothing may change it meanwhile.

    Raises:
        NotDataError: an attribute in `KEPT` is no data, which is a mistake in the class that names it.
    """
    writer = Writer(named_backends())
    services, lost = write_moto(writer)
    parts = {name: _written(writer, part) for name, part in parts_of(root).items()}
    return {"moto": services, "parts": parts, "graph": writer.document()}, lost


def _written(writer: Writer, part: Any) -> dict[str, Json]:
    try:
        return {_name_in_file(part, name): writer.write(getattr(part, name)) for name in part.KEPT}
    except NotDataError as error:
        raise NotDataError(f"{type(part).__name__}: {error}") from error


def read_kept(document: Mapping[str, Json], root: object) -> list[str]:
    """Restores a saved sandbox into a new one.

    Its parts stay the same objects, and so do their mappings, lists and sets: others hold on to them.

    Args:
        document: what `write_kept` gave.
        root: a landing zone that was just made.

    Returns:
        What does not fit, in a document that another version of vend wrote: it is as in a new sandbox.

    Raises:
        ValueError: it is none of ours; moto and the landing zone are then worth nothing.
    """
    try:
        reader = read_moto(document["moto"], document["graph"])
        parts = parts_of(root)
        written: Mapping[str, Mapping[str, Json]] = document["parts"]
        for name, part in parts.items():
            _restore(part, written.get(name, {}), reader)
        there = {f"{name}.{_name_in_file(part, each)}" for name, part in parts.items() for each in part.KEPT}
        in_file = {f"{name}.{each}" for name, attributes in written.items() for each in attributes}
        return sorted(there ^ in_file)
    except Exception as error:
        # Each kind of value raises its own errors; any of them means that the document is not ours.
        raise ValueError(f"{type(error).__name__}: {error}") from error


def _restore(part: Any, written: Mapping[str, Json], reader: Reader) -> None:
    for name in part.KEPT:
        # A file of another version may lack it; then the value of the new landing zone stays.
        key = _name_in_file(part, name)
        if key not in written:
            continue
        there, value = getattr(part, name), reader.read(written[key])
        if there is None or type(there) is not type(value):
            setattr(part, name, value)
        elif isinstance(there, dict | set):
            there.clear()
            there.update(value)
        elif isinstance(there, list):
            there[:] = value
        else:
            setattr(part, name, value)
