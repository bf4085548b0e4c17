"""From values to JSON documents and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from vend.codec import DocumentError, JsonDocument, hidden, key, read_exactly, rounded, spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place."""

    file: str
    line: int
    end: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing(JsonDocument):
    """Something of everything."""

    name: str
    kind: Literal["good", "bad"] = "good"
    before: str | None = field(default=None, metadata=key("moved", "from"))
    after: str | None = field(default=None, metadata=key("moved", "to"))
    spot: Spot | None = field(default=None, metadata=spread("source", names="file line"))
    seconds: float = field(default=0.0, metadata=rounded(2))
    tags: Mapping[str, int] = field(default_factory=dict)
    parts: tuple[Spot, ...] = ()
    anything: Any = None
    secret: str = field(default="", metadata=hidden())

    def _computed(self) -> Mapping[str, Mapping[str, Any]]:
        return {"": {"format": 1}, "kind": {"loud": self.name.upper()}}


THING = Thing(
    name="a",
    before="x",
    spot=Spot(file="f", line=3),
    seconds=1.234,
    tags={"b": 1, "a": 2},
    parts=(Spot(file="g", line=1),),
)
DOCUMENT = {
    "format": 1,
    "name": "a",
    "kind": "good",
    "loud": "A",
    "moved": {"from": "x", "to": None},
    "source": {"file": "f", "line": 3},
    "seconds": 1.23,
    "tags": {"a": 2, "b": 1},
    "parts": [{"file": "g", "line": 1, "end": None}],
    "anything": None,
}


def test_a_document_has_its_keys_in_the_order_of_the_fields() -> None:
    """Nested, spread, sorted, rounded, hidden and computed ones included."""
    document = THING.to_json()
    assert document == DOCUMENT
    assert list(document) == list(DOCUMENT)
    assert list(document["tags"]) == ["a", "b"]


def test_what_was_written_is_read() -> None:
    """What is rounded or hidden is lost, and nothing else."""
    assert read_exactly(Thing, DOCUMENT).to_json() == DOCUMENT
    assert Thing.from_json(Thing(name="a").to_json()) == Thing(name="a")
    assert Thing.from_json({**DOCUMENT, "secret": "x"}).secret == ""


def test_another_version_of_vend_is_understood() -> None:
    """What it does not know has its default, what only it knows is passed over; neither where it must be exact."""
    assert Thing.from_json({"name": "a", "later": [1]}) == Thing(name="a")
    with pytest.raises(DocumentError, match=r"^format is missing$"):
        read_exactly(Thing, {"name": "a"})
    with pytest.raises(DocumentError, match=r"^later is not known$"):
        read_exactly(Thing, {**DOCUMENT, "later": 1})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": 1}, "name is not text"),
        ({"name": None}, "name is not text"),
        ({"kind": "worse"}, "kind is not one of good, bad"),
        ({"kind": ["good"]}, "kind is not one of good, bad"),
        ({"moved": {"from": 1}}, "moved.from is not text"),
        ({"source": {"file": "f", "line": True}}, "source.line is not a whole number"),
        ({"seconds": "1"}, "seconds is not a number"),
        ({"tags": {"a": 1.0}}, "tags.a is not a whole number"),
        ({"tags": []}, "tags is not an object"),
        ({"parts": [{"file": "g", "line": 1}, {"file": "g"}]}, "parts[1].line is missing"),
        ({"parts": {"file": "g"}}, "parts is not a list"),
        ({"parts": ["x"]}, "parts[0] is not an object"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(change: dict[str, Any], told: str) -> None:
    """In the words of the document, not of the class that is made of it."""
    with pytest.raises(DocumentError) as caught:
        Thing.from_json({**DOCUMENT, **change})
    assert str(caught.value) == told


@pytest.mark.parametrize("document", [None, [], "x", 1])
def test_what_is_no_object_is_refused(document: object) -> None:
    """As a whole."""
    with pytest.raises(DocumentError, match=r"^the document is not an object$"):
        Thing.from_json(document)
