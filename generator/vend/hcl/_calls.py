"""Finding the function calls in a file of HCL."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lark import Token, Tree

_COMMENTS = frozenset({"NL_OR_COMMENT"})
_PLAIN_TEXT = frozenset({"STRING_CHARS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionCall:
    """`name(…)` in an expression; all places are offsets in characters.

    Attributes:
        start: of the name.
        arguments: where each begins and ends.
        expanded: the last argument is a list that stands for several (`...`).
    """

    name: str
    start: int
    arguments: tuple[tuple[int, int], ...]
    expanded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallScan:
    """The calls of a file, and the parts of it that were not looked into.

    Attributes:
        calls: in the order of the text.
        unseen: begin and end of heredocs and of nested quotes, which may hold calls of their own.
        inert: begin and end of comments and of the plain text in strings, which hold none.
    """

    calls: tuple[FunctionCall, ...]
    unseen: tuple[tuple[int, int], ...]
    inert: tuple[tuple[int, int], ...]


def function_calls(text: str, names: Iterable[str]) -> CallScan | None:
    """Every call of these functions.

    Args:
        text: of a file that HashiCorp's parser has accepted.
        names: of the functions.

    Returns:
        None where python-hcl2 does not understand the file.
    """
    from lark import Token

    from vend.hcl._hcl2 import NotUnderstoodError, syntax_tree

    try:
        tree = syntax_tree(text)
    except NotUnderstoodError:
        return None
    wanted = frozenset(names)
    calls: list[FunctionCall] = []
    unseen: list[tuple[int, int]] = []
    inert: list[tuple[int, int]] = []
    for node in tree.iter_subtrees():
        if node.data == "function_call":
            call = _call(text, node)
            calls += [call] if call.name in wanted else []
        for leaf in node.children:
            if isinstance(leaf, Token) and leaf.start_pos is not None and leaf.end_pos is not None:
                place = (leaf.start_pos, leaf.end_pos)
                if leaf.type in _COMMENTS | _PLAIN_TEXT:
                    inert.append(place)
                elif leaf.type.startswith(("HEREDOC", "TEMPLATE_STRING", "ESCAPED")):
                    unseen.append(place)
    return CallScan(
        calls=tuple(sorted(calls, key=lambda call: call.start)),
        unseen=tuple(sorted(unseen)),
        inert=tuple(sorted(inert)),
    )


def _call(text: str, node: Tree[Token]) -> FunctionCall:
    lists = [child for child in node.children if getattr(child, "data", None) == "arguments"]
    parts: list[Any] = [part for given in lists for part in given.children if part is not None]
    arguments = [(part.meta.start_pos, part.meta.end_pos) for part in parts if _is_argument(part)]
    names = [child for child in node.children if getattr(child, "data", None) in {"identifier", "keyword"}]
    return FunctionCall(
        name="::".join(text[name.meta.start_pos : name.meta.end_pos] for name in names),
        start=node.meta.start_pos,
        arguments=tuple(arguments),
        expanded=any(getattr(part, "type", None) == "ELLIPSIS" for part in parts),
    )


def _is_argument(part: Any) -> bool:
    return getattr(part, "data", "new_line_or_comment") != "new_line_or_comment"
