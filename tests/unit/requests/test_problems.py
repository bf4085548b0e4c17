"""Collected problems: each names the account that it is about."""

from __future__ import annotations

import pytest

from vend.requests.language._problems import Problems


def test_problems_name_the_account_they_are_about() -> None:
    """Only what is added within the block names its account; a block within it names its own, then the outer one."""
    problems = Problems()
    problems.add("wrong-type", None, "before")
    with problems.about("outer"):
        problems.add("wrong-type", None, "outer")
        with problems.about("inner"):
            problems.warn("wrong-type", None, "inner")
        problems.twice("duplicate-email", None, "outer again", first=None)
    problems.add("wrong-type", None, "after")
    assert [(problem.summary, problem.account) for problem in problems.found] == [
        ("before", None),
        ("outer", "outer"),
        ("inner", "inner"),
        ("outer again", "outer"),
        ("after", None),
    ]


def test_an_error_in_reading_leaves_no_account_behind() -> None:
    """What is added after an account could not be read is not about that account."""
    problems = Problems()
    with pytest.raises(OSError, match="unreadable"), problems.about("payments"):
        raise OSError("unreadable")
    problems.add("wrong-type", None, "after")
    assert problems.found[0].account is None
