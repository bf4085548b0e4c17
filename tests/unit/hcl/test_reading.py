"""What stands in a file comes out as it stands, with its place."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from vend.hcl import Body, Expression, parse
from vend.models import Position


def body(text: str) -> Body:
    parsed = parse(text.encode(), "f.hcl")
    assert parsed.body is not None, parsed.diagnostics
    return parsed.body


def value(source: str) -> Any:
    return body(f"a = {source}\n").attributes["a"].value


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ('"x"', "x"),
        ('""', ""),
        (r'"a\n\r\t\"\\\u00e9\U0001F600"', 'a\n\r\t"\\é😀'),
        ('"$${x} %%{if} $$ %% $ % 100%"', "${x} %{if} $$ %% $ % 100%"),
        ('"$${"', "${"),
        (r'"\\$${x}"', "\\${x}"),
        ('"$$${x}"', "$${x}"),
        ('"# no // comment /* here */"', "# no // comment /* here */"),
        ("<<E\n  two\n  $${lines}\n  E\n", "  two\n  ${lines}\n"),
        ("<<-E\n  x\n    y\n  E\n", "x\n  y\n"),
        ("<<E\nÉ\nE\n", "É\n"),
        ("0", 0),
        ("-5", -5),
        ("-55", -55),
        ("- 5", -5),
        ("-1.5", -1.5),
        ("1.5e-3", 0.0015),
        ("12345678901234567890123", 12345678901234567890123),
        ("true", True),
        ("null", None),
        ('["a", 1, true, null, -12]', ["a", 1, True, None, -12]),
        ("[<<E\nx\nE\n, 2]", ["x\n", 2]),
        ('{ a = 1, "b c" : "2", for = 3\n in = 4 }', {"a": 1, "b c": "2", "for": 3, "in": 4}),
        ('{ größe = "ü" }', {"größe": "ü"}),
        ("[1 /* c */, 2 // d\n]", [1, 2]),
    ],
)
def test_literals_have_the_value_that_hcl_gives_them(source: str, read: Any) -> None:
    """Escapes, heredocs, numbers, lists and maps are what HashiCorp's parser makes of them."""
    found = value(source)
    assert found == read
    assert type(found) is type(read)


def test_strings_are_in_composed_form() -> None:
    """HCL's strings are NFC: a letter and a combining accent become one character, in keys too."""
    assert value('{ "e\u0301" = "e\u0301" }') == {"\u00e9": "\u00e9"}


@pytest.mark.parametrize(
    "source",
    [
        '"${x}"',
        '"a ${x} b"',
        '"%{ if x }y%{ endif }"',
        "<<E\n${x}\nE",
        "var.x",
        "x-y",
        "f(x)-10",
        "2024-01-02",
        "10-3",
        "x -10",
        "1 -1.5",
        "(1)",
        "1 + 1",
        "!true",
        "x ? 1 : 2",
        "[for k in x : k]",
        "{ for k in x : k => k }",
        'upper("x")',
        "p::n::f(x)",
        "{ (x) = 1 }",
        '{ "${x}" = 1 }',
        "{ a = 1, a = 2 }",
        "{ 1 = 2 }",
        "x.0.b",
        "x[*].y",
    ],
)
def test_everything_else_is_an_expression_with_its_source(source: str) -> None:
    """Whatever would have to be evaluated is no literal, and keeps its text."""
    assert value(source) == Expression(text=source)


def test_expressions_inside_collections_stand_beside_literals() -> None:
    """A list or map tells which of its elements are literals."""
    assert value('[1, x, { b = "c", d = y }]') == [1, Expression(text="x"), {"b": "c", "d": Expression(text="y")}]


def test_positions_are_of_the_very_value() -> None:
    """Names, labels, values, elements and keys each know their line and column, in characters."""
    read = body('\ufeffé "l" {\r\n  tags = { "ü😀" = "x", b = [1,\n 2] }\n}\n')
    block = read.blocks[0]
    assert (block.type, block.labels) == ("é", ("l",))
    assert (block.position.line, block.position.column) == (1, 1)
    assert (block.label_positions[0].line, block.label_positions[0].column) == (1, 3)
    tags = block.body.attributes["tags"]
    assert (tags.position.line, tags.position.column) == (2, 3)
    assert (tags.value_position.line, tags.value_position.column) == (2, 10)
    assert (tags.expression.key_positions["b"].line, tags.expression.key_positions["b"].column) == (2, 24)
    element = tags.expression.elements["ü😀"]
    assert (element.text, element.position.column) == ('"x"', 19)
    assert tags.expression.elements["b"].elements[1].position.line == 3


def test_blocks_nest_and_repeat() -> None:
    """Blocks keep their order, labels with and without quotes, and what is in them."""
    read = body('a "x" y {\n  b {\n    c = 1\n  }\n  b { c = 2 }\n}\na "x" z {}\n')
    assert [block.labels for block in read.blocks_of("a")] == [("x", "y"), ("x", "z")]
    assert [block.body.attributes["c"].value for block in read.blocks[0].body.blocks_of("b")] == [1, 2]


def test_a_block_and_an_argument_may_share_a_name() -> None:
    """It is valid HCL; what it means is for the reader of the tree to say."""
    read = body('a "x" {}\na = 1\nb = { null = 5 }\n')
    assert read.attributes["a"].value == 1
    assert read.blocks[0].labels == ("x",)


def test_terraform_modules_can_be_read() -> None:
    """A module full of expressions gives its variables, modules and the literals in them."""
    read = body(
        'terraform {\n  required_version = ">= 1.11"\n}\n'
        'variable "n" {\n  type    = object({ a = optional(string, "x") })\n  default = {}\n'
        "  validation {\n    condition     = alltrue([for k, v in var.n : length(v) -10 > 0])\n"
        '    error_message = "Not ${jsonencode(var.n)}: %{ for k in var.n ~}\\n${k}%{ endfor ~}."\n  }\n}\n'
        'module "m" {\n  source = "./m"\n  count  = var.n.a == null ? 0 : 1\n}\n'
        'provider "p" {}\nprovider "p" { alias = "b" }\n'
        'output "o" {\n  value = try(module.m[0].x["y"].*.z, <<-E\n    ${upper("q")}\n  E\n  )\n}\n'
    )
    assert [block.type for block in read.blocks] == [
        "terraform",
        "variable",
        "module",
        "provider",
        "provider",
        "output",
    ]
    assert read.blocks[2].body.attributes["source"].value == "./m"
    assert isinstance(read.blocks[1].body.attributes["type"].value, Expression)


@pytest.mark.parametrize("text", ["", "\ufeff", "\n\n", "# only a comment", "/* x */"])
def test_a_file_may_hold_nothing(text: str) -> None:
    """No attribute, no block, no complaint."""
    assert body(text) == Body()


def test_line_ends_of_windows_are_read() -> None:
    """CRLF separates lines; inside a heredoc it is part of the text, as in HCL."""
    read = body('a = "x"\r\nb = <<E\r\nl\r\nE\r\n')
    assert (read.attributes["a"].value, read.attributes["b"].value) == ("x", "l\r\n")


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_is_left_as_it_was(enabled: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """It rests while a file is parsed, and only then."""
    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        parse(b"a = 1\n", "f.hcl")
        parse(b"a = \n", "f.hcl")
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if before else gc.disable)()


def test_blocks_and_values_know_where_they_end() -> None:
    """Just behind the last character, also behind a heredoc, a comment or a closing brace on a line of its own."""
    text = 'a "x" { b = "c" } # d\ne {\n  f = <<E\ngü\nE\n  h = [\n    1, # i\n  ]\n}\n'
    first, second = body(text).blocks
    lines = text.split("\n")

    def behind(place: Any) -> str:
        return lines[place.line - 1][place.column - 2]

    assert (first.end.line, first.end.column, behind(first.end)) == (1, 18, "}")
    assert (second.end.line, second.end.column, behind(second.end)) == (9, 2, "}")
    ends = {name: attribute.expression.end for name, attribute in second.body.attributes.items()}
    assert (ends["f"].line, ends["f"].column) == (5, 2)
    assert (ends["h"].line, ends["h"].column, behind(ends["h"])) == (8, 4, "]")
    assert (first.body.attributes["b"].expression.end.column, behind(first.body.attributes["b"].expression.end)) == (
        16,
        '"',
    )


def extents(text: str) -> dict[str, str]:
    """What each position of a file covers, by what it is."""
    body = parse(text.encode(), "f.hcl").body
    assert body is not None
    lines = text.split("\n")

    def covered(place: Position) -> str:
        assert place.end_line is not None
        assert place.end_column is not None
        part = lines[place.line - 1 : place.end_line]
        part[-1] = part[-1][: place.end_column - 1]
        part[0] = part[0][place.column - 1 :]
        return "\n".join(part)

    found = {}
    for attribute in body.attributes.values():
        found[f"name {attribute.name}"] = covered(attribute.position)
        found[attribute.name] = covered(attribute.value_position)
        for key, element in attribute.expression.elements.items():
            found[f"{attribute.name}.{key}"] = covered(element.position)
        for key, place in attribute.expression.key_positions.items():
            found[f"key {attribute.name}.{key}"] = covered(place)
    for block in body.blocks:
        found[f"block {block.type}"] = covered(block.position)
        found |= {f"label {name}": covered(at) for name, at in zip(block.labels, block.label_positions, strict=True)}
    return found


def test_every_position_has_its_extent() -> None:
    """From the first character to the last: of names, values, elements, keys, labels and blocks' headers."""
    assert extents(
        'a = "日本" # c\nlist = [ 1 , "x" ]\nmap = {\n  k = "v" ,\n  "q r" : [\n  ]\n}  \n'
        'here = <<-E\n  x\n  E\nnegative = - 12\naccount   "x"  "y" {\n}\ndefaults {}\nref = var.x\n'
    ) == {
        "name a": "a", "a": '"日本"',
        "name list": "list", "list": '[ 1 , "x" ]', "list.0": "1", "list.1": '"x"',
        "name map": "map", "map": '{\n  k = "v" ,\n  "q r" : [\n  ]\n}', "map.k": '"v"', "map.q r": "[\n  ]",
        "key map.k": "k", "key map.q r": '"q r"',
        "name here": "here", "here": "<<-E\n  x\n  E",
        "name negative": "negative", "negative": "- 12",
        "block account": 'account   "x"  "y"', "label x": '"x"', "label y": '"y"', "block defaults": "defaults",
        "name ref": "ref", "ref": "var.x",
    }  # fmt: skip
