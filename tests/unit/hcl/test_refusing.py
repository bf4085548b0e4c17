"""What cannot be read is refused with a diagnostic, never with a traceback or a guess."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vend.hcl import MAX_BYTES, Value, parse
from vend.hcl import _agreement as agreement
from vend.models import Position


def refusal(content: bytes | str) -> tuple[str, int | None, int | None, str]:
    parsed = parse(content.encode() if isinstance(content, str) else content, "d/f.hcl")
    assert parsed.body is None
    first = parsed.diagnostics[0]
    assert first.file == "d/f.hcl"
    return first.code, first.line, first.column, first.summary


@pytest.mark.parametrize(
    ("text", "line", "column", "summary"),
    [
        ("a = 1\na = 2", 2, 1, "attribute redefined"),
        ("a = 1 b = 2", 1, 7, "missing newline after argument"),
        ('a = "\\q"', 1, 6, "invalid escape sequence"),
        ('a = "x\ny"', 1, 7, "invalid multi-line string"),
        ("a = {\n", 2, 1, "missing expression"),
        ("a = 'x'", 1, 5, "invalid character"),
        ('a "${x}" {}', 1, 4, "invalid string literal"),
        ("x { a = 1\n", 1, 10, "invalid single-argument block definition"),
    ],
)
def test_syntax_errors_are_hashicorps(text: str, line: int, column: int, summary: str) -> None:
    """The wording and the place are those of HashiCorp's parser."""
    assert refusal(text) == ("hcl-syntax", line, column, summary)


@pytest.mark.parametrize(
    "before",
    ["a", "日本", "e\u0301", "\u1112\u1161\u11ab", "🇩🇪🇫🇷", "👩\u200d🚀", "\u200d", "a\u0301\u0301b"],
    ids=ascii,
)
def test_a_syntax_error_is_placed_by_characters(before: str) -> None:
    """HashiCorp counts what is seen as one character as one; vend's columns are those of an editor."""
    text = f'x = 1\na = "{before}" b\n'
    (found,) = parse(text.encode(), "f.hcl").diagnostics
    column = text.splitlines()[1].rindex("b") + 1
    assert (found.line, found.column, found.end_line, found.end_column) == (2, column, 2, column + 1)


def test_every_syntax_error_of_a_file_is_told() -> None:
    """Several errors are several diagnostics, and a place inside a text names the file."""
    parsed = parse(b"a = 1\na = 2\nb = 1\nb = 2\n", "f.hcl")
    assert [(problem.line, problem.column) for problem in parsed.diagnostics] == [(2, 1), (4, 1)]
    assert "f.hcl:1,1-2" in (parsed.diagnostics[0].detail or "")
    assert "tmp.hcl" not in str(parsed.diagnostics)


def test_other_encodings_are_told_with_their_place() -> None:
    """Latin-1 and NUL are refused where they stand."""
    assert refusal('a = "é"\nb = "ü'.encode() + b'\xe9"')[:3] == ("hcl-encoding", 2, 7)
    assert refusal("a = 1\nb = \0")[:3] == ("hcl-encoding", 2, 5)
    (found,) = parse("a = 1\n".encode("utf-16"), "f.hcl").diagnostics
    assert found.code == "hcl-encoding"
    assert "UTF-16" in (found.detail or "")


@pytest.mark.parametrize("text", ["#" * (MAX_BYTES + 1), "\n" * 50_001])
def test_huge_files_are_refused(text: str) -> None:
    """A file beyond a megabyte or fifty thousand lines is not read."""
    code, _, _, summary = refusal(text)
    assert code == "hcl-too-large"
    assert "more than 1,000,000 bytes" in summary or "more than 50,000 lines" in summary


@pytest.mark.parametrize("text", ["[" * 900_000, "a = " + "[" * 101 + "]" * 101, "a = " + '"${' * 9_000, "{a=" * 9_000])
def test_deep_nesting_is_refused(text: str) -> None:
    """HashiCorp's parser would end the process, Python's recursion would end in a traceback."""
    assert refusal(text)[0] == "hcl-too-deep"


def test_nesting_is_refused_where_it_is_too_deep() -> None:
    """At the first bracket that has a hundred around it; brackets in text do not count."""
    text = 'a = ":-(((("\nb = ' + "[\n" * 99 + ' [["x", [1]'
    assert refusal(text)[:3] == ("hcl-too-deep", 101, 3)


def test_brackets_in_text_are_not_nesting() -> None:
    """Quoted smileys do not count."""
    assert parse(("a = [" + '":-(", ' * 300 + "]").encode(), "f.hcl").body is not None


@pytest.mark.parametrize("number", ["1e99999999", "-1e99999999", "1.5E+99999999", '"${1}" == 1e999999999 ? "x" : ""'])
def test_numbers_without_end_are_refused_at_once(number: str) -> None:
    """HashiCorp's parser would write all the digits out; text that looks like such a number is text."""
    began = time.monotonic()
    assert refusal(f"a = {number}")[0] == "hcl-not-understood"
    assert parse(b'a = "12e45678"', "f.hcl").body is not None
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("number", ["9" * 5_000, "1e301", "1e-301"])
def test_numbers_that_python_cannot_hold_are_refused(number: str) -> None:
    """Neither infinity nor zero is what stands there."""
    assert refusal(f"\na = {number}") == ("hcl-not-understood", 2, 5, "the number is too large")


def test_what_only_one_parser_reads_is_refused_with_its_place() -> None:
    """A file is refused rather than guessed at."""
    assert refusal("a = 1\nb = !!true")[:3] == ("hcl-not-understood", 2, 6)


@pytest.mark.parametrize(
    ("text", "read", "agrees"),
    [
        ('"x"', "x", True),
        ('"x"', "y", False),
        ("1", True, False),
        ("true", 1, False),
        ("1.0", 1, True),
        ("[1, 2]", [1], False),
        ('{ a = "b" }', {"a": "b"}, True),
        ('{ a = "b" }', {"b": "b"}, False),
        ("x y", "x y", False),
    ],
)
def test_a_value_that_the_parsers_read_differently_is_found(text: str, read: object, agrees: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Each literal is held against what HashiCorp's parser makes of its source."""
    from vend.hcl import Attribute, Body

    place = Position(file="f.hcl", line=1, column=1)
    right = Attribute(name="r", position=place, expression=Value(value=1, text="1", position=place))
    wrong = Attribute(name="w", position=place, expression=Value(value=read, text=text, position=place))
    found = agreement.disagreements(Body(attributes={"r": right, "w": wrong}))
    assert found == (() if agrees else (wrong.expression,))


def test_a_disagreement_is_a_diagnostic(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value read differently by the two parsers refuses the file."""
    monkeypatch.setattr(agreement, "_same", lambda _left, _right: False)
    code, line, column, summary = refusal('a = 1\nb { c = "x" }\n')
    assert (code, line, column) == ("hcl-not-understood", 1, 5)
    assert summary == "the two HCL parsers read this value differently"


def quoted(text: str) -> str:
    """A string as HCL writes it."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{plain.replace("${", "$${").replace("%{", "%%{")}"'


def composed(text: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFC", text)


_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cn"], exclude_characters="\0")).filter(
    # HCL reads `$${` as `${`, so a text with a dollar before `${` has no other quoted form than this one.
    lambda text: "$${" not in text and "%%{" not in text
)
_SCALARS = st.one_of(_TEXT, st.booleans(), st.none(), st.integers(-(10**30), 10**30))


@settings(max_examples=300, deadline=None)
@given(_TEXT)
@example("${")
@example('${file("/etc/hostname")}')
@example("%{ if true }")
@example('a"b}\n${')
@example("\u2028\u0085\x0b\x0c\x1c")
@example("👩‍👩‍👧 e\u0301")
def test_any_text_comes_back(text: str) -> None:
    """What is written in quotes is read as it was, in composed form."""
    parsed = parse(f'b "l" {{\n  a = {quoted(text)}\n  c = {{ {quoted(text)} = [{quoted(text)}] }}\n}}\n'.encode(), "f")
    assert parsed.body is not None, parsed.diagnostics
    found = parsed.body.blocks[0].body.attributes
    assert found["a"].value == composed(text)
    assert found["c"].value == {composed(text): [composed(text)]}


@settings(max_examples=100, deadline=None)
@given(st.recursive(_SCALARS, lambda inner: st.one_of(st.lists(inner), st.dictionaries(_TEXT, inner)), max_leaves=12))
def test_any_value_comes_back(value: object) -> None:
    """Lists and maps of anything are read as they were written, or refused; never read as something else."""
    parsed = parse(f"a = {_written(value)}\n".encode(), "f")
    assert parsed.body is not None, parsed.diagnostics
    assert parsed.body.attributes["a"].value == _composed(value)


def _written(value: object) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, dict):
        return "{\n" + "".join(f"{quoted(key)} = {_written(inner)}\n" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    return "null" if value is None else str(value).lower()


def _composed(value: object) -> object:
    if isinstance(value, str):
        return composed(value)
    if isinstance(value, dict):
        return {composed(key): _composed(inner) for key, inner in value.items()}
    return [_composed(inner) for inner in value] if isinstance(value, list) else value


_FRAGMENTS = st.sampled_from(
    [
        "a", "b", " ", "\n", "\r\n", "=", "{", "}", "[", "]", "(", ")", '"', "${", "%{", "$${", "%%{", "<<E\n",
        "<<-E\n", "\nE\n", "\\", "\\n", "#", "//", "/*", "*/", ",", ":", ".", "-", "!", "?", "1", "-10", "1e5", "é",
        "😀", "\ufeff", "true", "null", "for", "in", "if", "=>", "...", "::", 'a = "', "b {\n", "\u2028", "'", "~}",
        "&&", "~",
    ]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(_FRAGMENTS, max_size=25).map("".join))
@example("a = <<_\nx\n_\n")
@example("a=b-10.5e\n")
def test_no_text_ends_in_a_traceback(text: str) -> None:
    """Whatever stands in a file, a body or diagnostics come of it, never both."""
    parsed = parse(text.encode(), "f.hcl")
    assert (parsed.body is None) is bool(parsed.diagnostics)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_end_in_a_traceback(content: bytes) -> None:
    """The same for what is no text at all."""
    parsed = parse(content, "f.hcl")
    assert (parsed.body is None) is bool(parsed.diagnostics)
