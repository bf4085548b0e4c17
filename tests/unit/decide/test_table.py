"""Whatever disagrees with whatever: the table says what happens."""

from collections import Counter
from dataclasses import replace
from math import prod

import pytest

from vend.decide import DIMENSIONS, ROWS, Row, _decide, _departed, coverage
from vend.decide._facts import Facts, Wish
from vend.decide._table import row_of
from vend.errors import CODES


def covered(rows: tuple[Row, ...] = ROWS) -> Counter[str]:
    """How many combinations of all values each row takes; those that none takes under an empty name."""
    found: Counter[str] = Counter()
    for some in coverage(rows):
        found[some.row.name if some.row is not None else ""] += some.cells
    return found


def test_every_situation_has_an_action() -> None:
    """Of all combinations of all values none is without a row."""
    found = covered()
    assert found[""] == 0
    assert found.total() == prod(len(values) for values in DIMENSIONS.values())


def test_every_row_takes_some_situation() -> None:
    """A row that those above it leave nothing to says what never happens."""
    assert set(covered()) - {""} == {row.name for row in ROWS}


@pytest.mark.parametrize("name", ["none", "enrol", "half-made", "close"])
def test_a_situation_without_a_row_is_found(name: str) -> None:
    """Without the last row of its kind the table has a hole, and the example leads into it."""
    left = tuple(row for row in ROWS if row.name != name)
    assert covered(left)[""] == covered()[name]
    holes = [some for some in coverage(left) if some.row is None]
    assert {row_of(replace(Facts(), **hole.example)).name for hole in holes} == {name}


def test_what_is_counted_together_is_alike() -> None:
    """The example of each part is in the row that the part was counted for."""
    for some in list(coverage())[::7]:
        assert row_of(replace(Facts(), **some.example)) is some.row


def test_something_is_done_under_each_row() -> None:
    """Each name is there once, for a request or for what is left of one; each code is one that there is."""
    present = {row.name for row in ROWS if row.when["wish"] == {Wish.PRESENT}}
    assert set(_decide.UNDER_ROW) == present
    assert set(_departed.UNDER_ROW) == {row.name for row in ROWS} - present
    assert len(ROWS) == len({row.name for row in ROWS})
    assert {row.code for row in ROWS if row.code is not None} <= set(CODES)
    assert all(row.code is not None for row in ROWS if row.action == "refused")
