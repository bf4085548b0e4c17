"""The one place that knows python-hcl2's grammar: from its syntax tree to values with positions.

Only where things stand is taken from the tree. What they say is taken from the source text at those places, so
python-hcl2 may be given a text in which what it cannot read is painted over, character for character.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vend.hcl._tree import Attribute, Block, Body, Expression, Value, after
from vend.models import Position

if TYPE_CHECKING:
    from lark import Token, Tree

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))|\$\$\{|%%\{")
_TEMPLATE_ESCAPE = re.compile(r"\$\$\{|%%\{")
_TEMPLATE = re.compile(r"[$%]\{")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_NEGATIVE = re.compile(r"(?<![\w-])-(?=\d)[\d.]+(?:[eE][+-]?\d+)?|(?<![\w.-])\d[\d.]*(?:-\d+)+(?![\w.-])")
_DIGITS = re.compile(r"-(\d[\d.]*(?:[eE][+-]?\d+)?)")
_NUMBER = re.compile(r"-?[ \t]*(?P<whole>\d+)(?P<rest>(?:\.\d+)?(?:[eE][+-]?(?P<exponent>\d+))?)")
_LONGEST_NUMBER = 300
"""Digits, and the largest exponent: what a float holds."""

_TRIVIA = {"new_line_or_comment"}


class NotUnderstoodError(Exception):
    """HashiCorp's parser accepts the file, and yet it cannot be read."""

    def __init__(self, summary: str, line: int | None = None, column: int | None = None) -> None:
        self.line = line
        self.column = column
        self.detail: str | None = None
        super().__init__(summary)


def read_tree(text: str, file: str) -> Body:
    """The body of a file that HashiCorp's parser has accepted.

    Raises:
        NotUnderstoodError: python-hcl2 cannot read it.
    """
    return _Reader(text if text.endswith("\n") else text + "\n", file).body(next(_trees(syntax_tree(text), "body")))


def syntax_tree(text: str) -> Tree[Token]:
    """python-hcl2's tree of a text, every node where it stands there.

    Raises:
        NotUnderstoodError: python-hcl2 cannot read it.
    """
    text = text if text.endswith("\n") else text + "\n"
    return _parsed(_NEGATIVE.sub(_subtraction, _painted(text)))


def numbers(text: str) -> Iterator[str]:
    """The number tokens of a file that may be no HCL at all.

    Raises:
        NotUnderstoodError: python-hcl2 cannot read it.
    """
    from lark import Token

    tree = _parsed(_painted(text))
    found = tree.scan_values(lambda leaf: isinstance(leaf, Token) and leaf.type in {"INT_LITERAL", "FLOAT_LITERAL"})
    return (str(token) for token in found)


def _parsed(text: str) -> Tree[Token]:
    import hcl2
    from lark.exceptions import LarkError

    try:
        tree: Tree[Token] = hcl2.parses_to_tree(text)
    except (LarkError, RecursionError) as error:
        line, column = _count(error, "line"), _count(error, "column")
        refusal = NotUnderstoodError("python-hcl2 cannot read text that HashiCorp's parser accepts", line, column)
        refusal.detail = f"python-hcl2: {str(error).partition(chr(10))[0]}"
        raise refusal from error
    return tree


def _painted(text: str) -> str:
    """The text with `$${`, `%%{` and letters beyond ASCII replaced by as many underscores.

    python-hcl2 8.1.4 reads either escape as the start of a token that goes on to the next `}`, over quotes and
    lines, and knows no identifiers in other alphabets.
    """
    painted = _TEMPLATE_ESCAPE.sub("___", text)
    return painted if painted.isascii() else _NOT_ASCII.sub("_", painted)


def _subtraction(match: re.Match[str]) -> str:
    """`-10` as `-` and a one-digit number: python-hcl2 reads the sign as the number's own, even after an operand."""
    return _DIGITS.sub(lambda digits: "-" + "1".rjust(len(digits[1])), match[0])


def _count(error: Exception, name: str) -> int | None:
    value = getattr(error, name, None)
    return value if isinstance(value, int) and value > 0 else None


def _kind(node: Any) -> str:
    """The rule's or the token's name."""
    return str(node.data if hasattr(node, "data") else node.type)


def _trees(node: Any, kind: str) -> Iterator[Any]:
    return (child for child in node.children if _kind(child) == kind)


def _parts(node: Any) -> list[Any]:
    return [child for child in node.children if child is not None and _kind(child) not in _TRIVIA]


def _place(node: Any) -> Any:
    """What knows where a node stands: a tree's meta or the token itself."""
    return node if isinstance(node, str) else node.meta


class _Reader:
    """Turns the syntax tree of a painted text into values of the true text."""

    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file

    def body(self, node: Any) -> Body:
        attributes: dict[str, Attribute] = {}
        blocks: list[Block] = []
        for child in node.children:
            if _kind(child) == "attribute":
                attribute = self._attribute(child)
                attributes[attribute.name] = attribute
            elif _kind(child) == "block":
                blocks.append(self._block(child))
        return Body(attributes=attributes, blocks=tuple(blocks))

    def _position(self, node: Any) -> Position:
        return self._extent(node, self._source(node))

    def _extent(self, node: Any, source: str) -> Position:
        """Where this source stands, which begins where the node does."""
        place = _place(node)
        start = Position(file=self._file, line=place.line, column=place.column)
        end = after(start, source)
        return replace(start, end_line=end.line, end_column=end.column)

    def _source(self, node: Any) -> str:
        place = _place(node)
        return self._text[place.start_pos : place.end_pos].rstrip()

    def _attribute(self, node: Any) -> Attribute:
        name, *_, value = _parts(node)
        return Attribute(name=self._source(name), position=self._position(name), expression=self._value(value))

    def _block(self, node: Any) -> Block:
        parts = _parts(node)
        names = parts[: next(i for i, part in enumerate(parts) if _kind(part) == "LBRACE")]
        header = self._text[_place(node).start_pos : _place(names[-1]).end_pos]
        return Block(
            type=self._source(names[0]),
            labels=tuple(self._label(name) for name in names[1:]),
            position=self._extent(node, header.rstrip()),
            end=after(self._position(node), self._source(node)),
            label_positions=tuple(self._position(name) for name in names[1:]),
            body=self.body(next(_trees(node, "body"))),
        )

    def _label(self, node: Any) -> str:
        source = self._source(node)
        return _unescaped(source[1:-1]) if _kind(node) == "string" else source

    def _value(self, node: Any) -> Value:
        inner = _unwrapped(node)
        match _kind(inner):
            case "object":
                return self._map(inner)
            case "tuple":
                return self._list(inner)
            case kind:
                text = self._source(inner)
                return Value(value=self._scalar(inner, kind, text), text=text, position=self._extent(inner, text))

    def _scalar(self, node: Any, kind: str, text: str) -> Any:
        match kind:
            case "string":
                return _normal(_unescaped(text[1:-1])) if _plain(node) else Expression(text=text)
            case "heredoc_template" | "heredoc_template_trim":
                return _heredoc(text)
            case "int_lit" | "float_lit":
                return self._number(node, text)
            case "literal_value":
                return {"true": True, "false": False, "null": None}[text]
            case "unary_op" if text.startswith("-") and _kind(_unwrapped(_parts(node)[-1])) in {"int_lit", "float_lit"}:
                return self._number(node, text)
            case _:
                return Expression(text=text)

    def _number(self, node: Any, text: str) -> int | float:
        place = self._position(node)
        match = _NUMBER.fullmatch(text)
        if match is None:
            raise NotUnderstoodError(f"{text} is not a number", place.line, place.column)
        if len(text) > _LONGEST_NUMBER or int(match["exponent"] or "0") > _LONGEST_NUMBER:
            raise NotUnderstoodError("the number is too large", place.line, place.column)
        digits = "".join(text.split())
        return float(digits) if match["rest"] else int(digits)

    def _list(self, node: Any) -> Value:
        items = [self._value(part) for part in _parts(node) if _kind(part) not in {"LSQB", "RSQB", "COMMA"}]
        text = self._source(node)
        return Value(
            value=[item.value for item in items],
            text=text,
            position=self._extent(node, text),
            elements=dict(enumerate(items)),
        )

    def _map(self, node: Any) -> Value:
        elements: dict[int | str, Value] = {}
        keys: dict[str, Position] = {}
        for element in _trees(node, "object_elem"):
            name, *_, value = _parts(element)
            key = self._key(name)
            if isinstance(key, Expression) or key in keys:
                return self._not_literal(node, name, first=keys.get(key) if isinstance(key, str) else None)
            keys[key] = self._position(name)
            elements[key] = self._value(value)
        text = self._source(node)
        return Value(
            value={key: item.value for key, item in elements.items()},
            text=text,
            position=self._extent(node, text),
            elements=elements,
            key_positions=keys,
        )

    def _not_literal(self, node: Any, key: Any, first: Position | None) -> Value:
        """A computed key, or one key twice: what the map says is not what stands there."""
        text = self._source(node)
        value = Expression(text=text, key=self._position(key), first=first)
        return Value(value=value, text=text, position=self._extent(node, text))

    def _key(self, node: Any) -> str | Expression:
        inner = _unwrapped(node.children[0])
        text = self._source(inner)
        match _kind(inner):
            case "string" if _plain(inner):
                return _normal(_unescaped(text[1:-1]))
            case "identifier" | "keyword":
                return _normal(text)
            case _:
                return Expression(text=text)


def _unwrapped(node: Any) -> Any:
    """The rule inside expression terms that hold nothing else; parentheses make an expression."""
    while _kind(node) == "expr_term":
        children = _parts(node)
        if len(children) != 1:
            return node
        node = children[0]
    return node


def _plain(string: Any) -> bool:
    """Whether a quoted string holds no template; escaped ones are painted over."""
    return all(_kind(part.children[0]) == "STRING_CHARS" for part in _trees(string, "string_part"))


def _heredoc(text: str) -> str | Expression:
    """HashiCorp's parser says what indentation a heredoc loses, where it holds no template."""
    import pygohcl

    if _TEMPLATE.search(_TEMPLATE_ESCAPE.sub("", text)):
        return Expression(text=text)
    return str(pygohcl.loads(f"a = {text}\n")["a"])


def _normal(text: str) -> str:
    """HCL's strings are in Unicode's composed form, NFC."""
    return unicodedata.normalize("NFC", text)


def _unescaped(text: str) -> str:
    """A quoted literal's characters; HashiCorp's parser has made sure that every escape is a valid one."""

    def replaced(match: re.Match[str]) -> str:
        short, long, letter = match.groups()
        if letter is not None:
            return _ESCAPES.get(letter, letter)
        return chr(int(short or long, 16)) if short or long else match[0][1:]

    return _ESCAPE.sub(replaced, text)
