"""A plan bundle is untrusted: whatever of its documents is not as vend writes it is refused, with its place."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from support.plans import PLANS, recorded
from vend.codec import DocumentError, JsonDocument, read_exactly
from vend.plan import Review
from vend.review import pack, review_of
from vend.review._manifest import Manifest

VALUES: tuple[Any, ...] = (None, True, 0, 7, 1.0, float("nan"), "", "text", [], ["x"], {}, {"x": 1})
"""One at least of each type of JSON."""
_POSITION = {"file", "line", "column"}
_OF_NAMES = {(name,) for name in ("request", "found", "inputs", "settings", "providers", "files", "summary")}
"""Objects whose keys are names of the fleet's."""
Path = tuple[str | int, ...]


def documents(name: str) -> Iterator[tuple[type[JsonDocument], Any]]:
    """Manifest and review of a plan, as a bundle holds them."""
    plan = PLANS[name]()
    bundle = pack(recorded(plan), review_of(plan), {})
    for kind, file in ((Manifest, "manifest.json"), (Review, "review.json")):
        yield kind, json.loads(bundle.files[file])


def may_be_anything(path: Path) -> bool:
    """What was unknown of a resource, and what an operation is about."""
    return path[-1:] == ("unknown",) or ("operations" in path and path[-1] in {"from", "to"})


def places(document: Any) -> Iterator[Path]:
    """One place of each kind: `accounts[].stages[].state`."""
    kinds = {tuple("" if isinstance(part, int) else part for part in path): path for path in every_place(document)}
    return iter(kinds.values())


def every_place(document: Any, path: Path = ()) -> Iterator[Path]:
    """Every place in a document but those inside of values that may be anything."""
    yield path
    if may_be_anything(path):
        return
    if isinstance(document, dict):
        for name, value in document.items():
            yield from every_place(value, (*path, name))
    elif isinstance(document, list):
        for at, value in enumerate(document):
            yield from every_place(value, (*path, at))


def named(path: Path) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def changed(document: Any, path: Path, value: Any = ..., *, remove: bool = False) -> Any:
    """A copy with another value at a place, or without what is there."""
    if not path:
        return value
    made = copy.deepcopy(document)
    inner = made
    for part in path[:-1]:
        inner = inner[part]
    if remove:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return made


def refusal(kind: type[JsonDocument], document: Any) -> str:
    with pytest.raises(DocumentError) as caught:
        read_exactly(kind, document)
    return str(caught.value)


def at(document: Any, path: Path) -> Any:
    for part in path:
        document = document[part]
    return document


def wrong_for(value: Any, path: Path) -> Iterator[Any]:
    """Values of other types; in the place of null, those that no field has that may be null."""
    number = path[-1:] in {("started",), ("seconds",)}
    for other in VALUES:
        if value is None:
            if isinstance(other, bool | list | dict):
                yield other
        elif other is not None and type(other) is not type(value) and not (number and type(other) is int):
            yield other


@pytest.mark.parametrize("name", ["policy", "sensitive", "adopt-and-change"])
def test_a_value_of_another_type_is_refused_at_its_place(name: str) -> None:
    """At every place: a float or a truth value for a whole number, an object for a list, and so on."""
    for kind, document in documents(name):
        for path in places(document):
            for value in () if may_be_anything(path) else wrong_for(at(document, path), path):
                told = refusal(kind, changed(document, path, value))
                assert told.startswith(named(path) or "the document") or path[-1] in _POSITION, (path, value, told)


@pytest.mark.parametrize("name", ["mixed", "policy"])
def test_a_missing_or_unknown_key_is_refused_at_its_place(name: str) -> None:
    """In every object whose keys are the form's, not the fleet's."""
    for kind, document in documents(name):
        for path in places(document):
            found = at(document, path)
            if not isinstance(found, dict) or path[-1:] in _OF_NAMES or may_be_anything(path):
                continue
            told = refusal(kind, changed(document, (*path, "more"), None))
            assert told == f"{named((*path, 'more'))} is not known", (path, told)
            for key in found:
                told = refusal(kind, changed(document, (*path, key), remove=True))
                assert told == f"{named((*path, key))} is missing" or key in _POSITION, (path, told)


def test_what_is_nested_too_deeply_is_refused() -> None:
    """Where anything may stand, too: whoever walks through it later would end in a traceback."""
    manifest, _ = documents("create")
    deep: Any = None
    for _ in range(900):
        deep = [deep]
    path = ("accounts", 0, "stages", 0, "changes", 0, "unknown")
    told = refusal(manifest[0], changed(manifest[1], path, deep))
    assert told.startswith(named(path))
    assert told.endswith("is nested too deeply")


def test_a_number_that_is_none_is_refused() -> None:
    """Infinity is JSON to Python."""
    _, (kind, document) = documents("mixed")
    path = next(path for path in places(document) if path[-1:] == ("seconds",))
    assert refusal(kind, changed(document, path, float("inf"))) == f"{named(path)} is not a number"


def test_what_is_computed_must_fit() -> None:
    """Sums, verdicts and digests are those of what they are said of."""
    manifest, review = documents("mixed")
    assert refusal(review[0], changed(review[1], ("verdict",), "unchanged")).startswith("verdict does not fit")
    assert refusal(review[0], changed(review[1], ("counts", "add"), 99)).startswith("counts.add does not fit")
    path = ("accounts", 0, "digest")
    assert refusal(manifest[0], changed(manifest[1], path, "0" * 64)).startswith("accounts[0].digest does not fit")
