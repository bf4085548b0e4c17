"""The one place that knows python-hcl2's tree, whose `_meta` and rule names are private to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from vend.hcl._tree import Attribute, Block, Body, Expression, Value
from vend.models import Position

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))")
_TEMPLATE = re.compile(r"[$%]\{")


class NotUnderstoodError(Exception):
    """python-hcl2 could not read what HashiCorp's parser accepts."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        self.line = line
        self.column = column
        super().__init__(message)


def read_tree(text: str, file: str) -> Body:
    """The body of a file that HashiCorp's parser has accepted.

    Raises:
        NotUnderstoodError: python-hcl2 cannot read it.
    """
    import hcl2
    from lark.exceptions import UnexpectedInput

    text = text if text.endswith("\n") else text + "\n"
    stand_ins = _stand_ins(text)
    plain = text
    for escape, stand_in in stand_ins.items():
        plain = plain.replace(escape, stand_in)
    try:
        start = hcl2.parses(plain)
    except UnexpectedInput as error:
        message = str(error).splitlines()[0]
        raise NotUnderstoodError(message, _count(error, "line"), _count(error, "column")) from error
    return _Reader(text, file, stand_ins).body(next(iter(_rules(start, "BodyRule"))))


def _stand_ins(text: str) -> dict[str, str]:
    """What stands in for `$${` and `%%{` while python-hcl2 reads: as many characters that the text does not have.

    python-hcl2 8.1.4 reads either as the start of a token that goes on to the next `}`, over quotes and lines.
    """
    unused = (chr(code) for code in range(0xE000, 0xF900) if chr(code) not in text)
    return {"$${": next(unused) * 3, "%%{": next(unused) * 3}


def _count(error: Exception, name: str) -> int | None:
    value = getattr(error, name, None)
    return value if isinstance(value, int) and value > 0 else None


def _kind(node: Any) -> str:
    return type(node).__name__


def _rules(node: Any, kind: str) -> Iterator[Any]:
    return (child for child in node.children if child is not None and _kind(child) == kind)


class _Reader:
    """Turns rules into values; `text` is the source that their positions count in."""

    def __init__(self, text: str, file: str, stand_ins: dict[str, str]) -> None:
        self._text = text
        self._file = file
        self._stand_ins = stand_ins

    def body(self, node: Any) -> Body:
        attributes: dict[str, Attribute] = {}
        blocks: list[Block] = []
        for child in node.children:
            if child is None:
                continue
            if _kind(child) == "AttributeRule":
                attribute = self._attribute(child)
                attributes[attribute.name] = attribute
            elif _kind(child) == "BlockRule":
                blocks.append(self._block(child))
        return Body(attributes=attributes, blocks=tuple(blocks))

    def _position(self, node: Any) -> Position:
        return Position(file=self._file, line=node._meta.line, column=node._meta.column)  # noqa: SLF001 - has no public form

    def _source(self, node: Any) -> str:
        return self._text[node._meta.start_pos : node._meta.end_pos]  # noqa: SLF001 - has no public form

    def _attribute(self, node: Any) -> Attribute:
        parts = [child for child in node.children if child is not None]
        return Attribute(
            name=str(parts[0].children[0]), position=self._position(parts[0]), expression=self._value(parts[-1])
        )

    def _block(self, node: Any) -> Block:
        names = [c for c in node.children if c is not None and _kind(c) in {"IdentifierRule", "StringRule"}]
        return Block(
            type=str(names[0].children[0]),
            labels=tuple(self._label(name) for name in names[1:]),
            position=self._position(node),
            label_positions=tuple(self._position(name) for name in names[1:]),
            body=self.body(next(_rules(node, "BodyRule"))),
        )

    def _label(self, node: Any) -> str:
        if _kind(node) == "IdentifierRule":
            return str(node.children[0])
        value = self._string(node)
        return value if isinstance(value, str) else self._source(node).strip('"')

    def _value(self, node: Any) -> Value:
        inner = self._unwrapped(node)
        kind = _kind(inner)
        if kind == "ObjectRule":
            return self._map(inner)
        if kind == "TupleRule":
            return self._list(inner)
        return Value(value=self._scalar(inner, kind), text=self._source(inner), position=self._position(inner))

    def _unwrapped(self, node: Any) -> Any:
        """The rule inside expression terms that hold nothing else; parentheses make an expression."""
        while _kind(node) == "ExprTermRule":
            children = [c for c in node.children if c is not None and _kind(c) != "NewLineOrCommentRule"]
            if len(children) != 1:
                return node
            node = children[0]
        return node

    def _scalar(self, node: Any, kind: str) -> Any:
        text = self._source(node)
        match kind:
            case "StringRule" | "HeredocTemplateRule" | "HeredocTrimTemplateRule":
                return self._string(node) if kind == "StringRule" else self._heredoc(node)
            case "IntLitRule" | "FloatLitRule":
                return _number(str(node.children[0]))
            case "LiteralValueRule":
                return {"true": True, "false": False, "null": None}[text]
            case "UnaryOpRule":
                return self._negative(node, text)
            case _:
                return Expression(text=text)

    def _negative(self, node: Any, text: str) -> Any:
        inner = self._unwrapped(node.children[-1])
        if text.startswith("-") and _kind(inner) in {"IntLitRule", "FloatLitRule"}:
            number = self._scalar(inner, _kind(inner))
            return -number
        return Expression(text=text)

    def _string(self, node: Any) -> str | Expression:
        parts: list[str] = []
        for part in _rules(node, "StringPartRule"):
            child = part.children[0]
            match _kind(child):
                case "STRING_CHARS_TOKEN":
                    parts.append(_unescaped(str(child), self._stand_ins))
                case _:
                    return Expression(text=self._source(node))
        return "".join(parts)

    def _heredoc(self, node: Any) -> str | Expression:
        """HashiCorp's parser says what indentation a heredoc loses, where it holds no template."""
        import pygohcl

        text = self._source(node)
        if _TEMPLATE.search(str(node.children[0])):
            return Expression(text=text)
        return str(pygohcl.loads(f"a = {text.rstrip()}\n")["a"])

    def _list(self, node: Any) -> Value:
        skipped = {"NewLineOrCommentRule", "LSQB_TOKEN", "RSQB_TOKEN", "COMMA_TOKEN"}
        items = [self._value(c) for c in node.children if c is not None and _kind(c) not in skipped]
        return Value(
            value=[item.value for item in items],
            text=self._source(node),
            position=self._position(node),
            elements=dict(enumerate(items)),
        )

    def _map(self, node: Any) -> Value:
        elements: dict[int | str, Value] = {}
        keys: dict[str, Position] = {}
        for element in _rules(node, "ObjectElemRule"):
            parts = [c for c in element.children if c is not None and _kind(c) != "NewLineOrCommentRule"]
            key = self._key(parts[0])
            if isinstance(key, Expression) or key in keys:
                return self._not_literal(node)
            keys[key] = self._position(parts[0])
            elements[key] = self._value(parts[-1])
        return Value(
            value={key: item.value for key, item in elements.items()},
            text=self._source(node),
            position=self._position(node),
            elements=elements,
            key_positions=keys,
        )

    def _not_literal(self, node: Any) -> Value:
        """A computed key, or one key twice: what the map says is not what stands there."""
        text = self._source(node)
        return Value(value=Expression(text=text), text=text, position=self._position(node))

    def _key(self, node: Any) -> str | Expression:
        if _kind(node) != "ObjectElemKeyRule":
            return Expression(text=self._source(node))
        inner = node.children[0]
        match _kind(inner):
            case "StringRule":
                return self._string(inner)
            case "IdentifierRule":
                return str(inner.children[0])
            case _:
                return Expression(text=self._source(node))


def _number(text: str) -> int | float:
    return int(text) if text.isdigit() else float(text)


def _unescaped(text: str, stand_ins: dict[str, str]) -> str:
    """A quoted literal's characters; HashiCorp's parser has made sure that every escape is a valid one."""

    def replaced(match: re.Match[str]) -> str:
        short, long, letter = match.groups()
        if letter is not None:
            return _ESCAPES.get(letter, letter)
        return chr(int(short or long, 16))

    for escape, stand_in in stand_ins.items():
        text = text.replace(stand_in, escape[1:])
    return _ESCAPE.sub(replaced, text)
