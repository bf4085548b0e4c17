from __future__ import annotations

import ast
from pathlib import Path

import vend
from vend.errors import did_you_mean, suggestion

PACKAGE = Path(vend.__file__).parent


def test_the_nearest_name_is_offered() -> None:
    """One name, the nearest; none where nothing is near."""
    assert did_you_mean("Worklods/Prod", ["Workloads/Prod", "Workloads/Test"]) == 'did you mean "Workloads/Prod"?'
    assert did_you_mean("xyz", ["Workloads/Prod"]) is None
    assert did_you_mean("anything", []) is None


def test_names_that_differ_in_case_alone_are_all_offered() -> None:
    """Case is the likeliest slip, and there may be several such names."""
    assert did_you_mean("PROD", ["prod", "Prod", "products"]) == 'did you mean "Prod" or "prod"?'


def test_a_short_choice_is_listed_where_nothing_is_near() -> None:
    """Only where the caller asks for that, and only while it is short enough."""
    known = ["b", "a"]
    assert did_you_mean("zzz", known, listing=2) == "there is a, b"
    assert did_you_mean("zzz", known, listing=1) is None


def test_at_most_five_candidates_are_named() -> None:
    """A hint stays one line."""
    assert suggestion("abcdefg") == 'did you mean "a" or "b" or "c" or "d" or "e"?'
    assert suggestion(()) is None


def test_a_very_long_name_is_not_compared() -> None:
    """Comparing two names of a million characters would take hours; equal but for case, they are still found."""
    long = "a" * 1_000_000
    assert did_you_mean("b" + long, [long]) is None
    assert did_you_mean(long.upper(), [long]) is not None


def test_there_is_one_place_that_guesses() -> None:
    """No room compares names by itself: all of them ask this one."""
    guessing = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"get_close_matches", "SequenceMatcher"}
    }
    # An edit aligns two lists by their equal items; it guesses nothing.
    assert guessing - {"requests/text/_block_edits.py"} == {"errors/_suggestion.py"}
