"""Putting foreign text into Markdown so that it stays text.

A comment on GitHub renders Markdown and HTML, turns `@team` into a notification, `#1` and addresses into links. None of
that happens inside code, so that is where every value goes; what remains is that a value must not end its code.
"""

from __future__ import annotations

import html
import re

from vend.views._text import neutralized

_BACKTICKS = re.compile(r"`+")
_SAFE_URL = re.compile(r"https://[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]+")


def code(text: str, *, cell: bool = False) -> str:
    """The text as code on one line.

    Args:
        text: whatever it is; control characters and line ends are written out.
        cell: whether it stands in a table, where a bar would end the cell.
    """
    shown = neutralized(text) or " "
    longest = max((len(run[0]) for run in _BACKTICKS.finditer(shown)), default=0)
    fence = "`" * (longest + 1)
    inner = f" {shown} " if shown.startswith(("`", " ")) or shown.endswith("`") else shown
    if cell:
        inner = inner.replace("|", "\\|")
    return f"{fence}{inner}{fence}"


def block(lines: list[str], language: str = "") -> str:
    """The lines as a fenced block; nothing in them ends it."""
    shown = [neutralized(text) for text in lines]
    longest = max((len(run[0]) for text in shown for run in _BACKTICKS.finditer(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}{language}", *shown, fence])


def html_code(text: str) -> str:
    """The text as code where Markdown is not read: between HTML tags on one line."""
    return f"<code>{html.escape(neutralized(text), quote=True)}</code>"


def hidden(text: str) -> str:
    """A comment that is not shown, to find again; the text cannot end it."""
    return f"<!-- {neutralized(text).replace('-', '&#45;').replace('<', '&lt;').replace('>', '&gt;')} -->"


def link(label: str, url: str) -> str:
    """A link to an https address; the label alone where the address is another one."""
    return f"[{label}](<{url}>)" if is_address(url) else label


def is_address(url: str) -> bool:
    """Whether it is an https address that may be linked to."""
    return _SAFE_URL.fullmatch(url) is not None


def length(text: str) -> int:
    """How long GitHub takes a text to be: in UTF-16 units, the most that any of its parts counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def size(text: str) -> int:
    """How many bytes a text has."""
    return len(text.encode("utf-8", "surrogatepass"))
