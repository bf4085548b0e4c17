"""What is wrong is shown where it stands, underlined, whatever the line holds."""

from __future__ import annotations

import io
from typing import Any

import pytest

from vend.errors import Diagnostic, Related
from vend.views import HumanView, JsonView, diagnostic_lines, neutralized, outcome_document, plain
from vend.views._text import width

FILE = "a.hcl"


def shown(text: str, **place: Any) -> list[str]:
    """What stands between the place of a problem in a file of this text and the end of the message."""
    out, err = io.StringIO(), io.StringIO()
    sources = {FILE: text.split("\n")}
    problem = Diagnostic(**{"code": "c", "summary": "s", "file": FILE, "line": 1, "column": 1, **place})
    HumanView(out, err, sources=sources.get).diagnostics([problem])
    assert out.getvalue() == ""
    return err.getvalue().splitlines()[2:]


@pytest.mark.parametrize(
    ("text", "place", "lines"),
    [
        ("a = bad", {"column": 5, "end_line": 1, "end_column": 8}, ["  1 | a = bad", "    |     ^^^"]),
        ("a = bad", {"column": 5}, ["  1 | a = bad", "    |     ^"]),
        ("a = bad", {"column": None}, ["  1 | a = bad"]),
        ("\ta\t= bad", {"column": 6, "end_line": 1, "end_column": 9}, ["  1 |     a    = bad", "    |            ^^^"]),
        ("\tbad", {"column": 1, "end_line": 1, "end_column": 2}, ["  1 |     bad", "    | ^^^^"]),
        ("日本 = 語", {"column": 6, "end_line": 1, "end_column": 7}, ["  1 | 日本 = 語", "    |        ^^"]),
        ("e\u0301 = x", {"column": 6}, ["  1 | e\u0301 = x", "    |     ^"]),
        ("a = {\r\n}\r\n", {"column": 5, "end_line": 2, "end_column": 2}, ["  1 | a = {", "    |     ^"]),
        ("a = x  # why", {"column": 5, "end_line": 3, "end_column": 1}, ["  1 | a = x  # why", "    |     ^^^^^^^^"]),
        ("\x1b[2J = \u202e", {"column": 8}, ["  1 | \\x1b[2J = \\u202e", "    |           ^^^^^^"]),
        ("a", {"column": 2, "end_line": 1, "end_column": 2}, ["  1 | a", "    |  ^"]),
        ("a", {"column": 99}, ["  1 | a", "    |  ^"]),
        ("a\n", {"line": 2}, ["  2 |", "    | ^"]),
        ("a\n" * 12, {"line": 11, "column": 1}, ["  11 | a", "     | ^"]),
        ("a", {"line": 3}, []),
        ("a", {"line": 0}, []),
        ("a", {"file": "other.hcl"}, []),
        ("a", {"file": None, "line": None, "column": None}, []),
    ],
)
def test_the_line_is_shown_and_what_is_wrong_in_it_underlined(
    text: str, place: dict[str, Any], lines: list[str]
) -> None:
    """Tabs, wide and combining characters, line ends, control characters; places beyond the text; no file."""
    assert shown(text, **place) == lines


@pytest.mark.parametrize("start", [0, 1, 29, 30, 31, 69, 70, 71, 100, 150, 4990, 4999])
@pytest.mark.parametrize("letter", ["x", "語", "\t", "\x00", "e\u0301"])
def test_of_a_long_line_the_part_around_is_shown(start: int, letter: str) -> None:
    """Never more than a hundred columns, cut ends marked, and the underline below what is wrong."""
    text = letter * start + "BAD" + letter * (5000 - start)
    column = len(letter) * start + 1
    source, underline = shown(text, column=column, end_line=1, end_column=column + 3)
    code, marks = source.removeprefix("  1 | "), underline.removeprefix("    | ")
    assert marks.strip() == "^^^"
    before, after = code.split("BAD")
    assert width(marks.removesuffix("^^^")) == width(before)
    assert width(code) <= 100
    assert before.startswith("...") == (width(letter) * start > 30)
    assert after.endswith("...") == (start < 4990)
    assert set(before + after) <= set(neutralized(letter) + ".   ")


def test_an_underline_ends_where_the_shown_part_ends() -> None:
    """A value of a million characters is underlined as far as it is seen."""
    source, underline = shown('a = "' + "x" * 1_000_000 + '"', column=5, end_line=1, end_column=1_000_007)
    assert len(source) == len(underline) + 3
    assert underline.strip(" |") == "^" * len(underline.strip(" |"))


def test_other_places_are_shown_too() -> None:
    """A problem of two places shows both, in the order of its text."""
    err = io.StringIO()
    problem = Diagnostic(
        code="duplicate-email",
        summary='the email "a@example.com" is used twice',
        hint="AWS treats emails that differ in case as one",
        file="b.hcl",
        line=2,
        column=3,
        end_line=2,
        end_column=8,
        related=(Related(message='the first one is account "a"', file="a.hcl", line=1, column=1),),
    )
    sources = {"a.hcl": ["email"], "b.hcl": ["", "  email"]}
    HumanView(io.StringIO(), err, sources=sources.get).diagnostics([problem])
    assert err.getvalue() == (
        'error[duplicate-email]: the email "a@example.com" is used twice\n'
        "  b.hcl:2:3\n"
        "  2 |   email\n"
        "    |   ^^^^^\n"
        '  a.hcl:1:1: the first one is account "a"\n'
        "  1 | email\n"
        "    | ^\n"
        "  hint: AWS treats emails that differ in case as one\n"
    )


def test_a_documents_problems_are_shown_in_their_place() -> None:
    """An answer that holds problems shows them with their source; as plain text it does without."""
    problem = Diagnostic(code="c", summary="s", file=FILE, line=1, column=1)
    document = outcome_document({}, ["done"], [problem])
    out = io.StringIO()
    HumanView(out, io.StringIO(), sources={FILE: ["abc"]}.get).show(document)
    assert out.getvalue() == "error[c]: s\n  a.hcl:1:1\n  1 | abc\n    | ^\ndone\n"
    assert plain(document.text) == plain(diagnostic_lines([problem])) + "done\n"


def test_a_log_beside_json_shows_the_source() -> None:
    """Standard error is read by people in every form."""
    err = io.StringIO()
    JsonView(io.StringIO(), err, sources={FILE: ["abc"]}.get).diagnostics(
        [Diagnostic(code="c", summary="s", file=FILE, line=1, column=2)]
    )
    assert "  1 | abc\n    |  ^\n" in err.getvalue()


def test_only_a_terminal_gets_colours() -> None:
    """The underline is coloured where there is a terminal, and nowhere else."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            """Always."""
            return True

    problem = Diagnostic(code="c", summary="s", file=FILE, line=1, column=1)
    for stream, coloured in ((Terminal(), True), (io.StringIO(), False)):
        HumanView(io.StringIO(), stream, sources={FILE: ["abc"]}.get).diagnostics([problem])
        assert ("\x1b[" in stream.getvalue()) == coloured
        assert "^" in stream.getvalue()
