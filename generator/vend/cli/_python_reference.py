"""The reference page of the Python interface, from signatures and docstrings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import vend

_SECTIONS = re.compile(r"^(Args|Returns|Raises|Yields|Attributes):$")


def python_reference() -> Iterator[str]:
    """The lines of the page."""
    yield "# Python"
    yield ""
    yield "`import vend` offers what scripts need; [how to](../how-to/python.md) shows three. It is provisional until"
    yield "version 0.3: names may still change, and the changelog says when they do."
    values = []
    for name in vend.__all__:
        found = getattr(vend, name)
        if inspect.isfunction(found):
            yield from _callable(f"vend.{name}", found)
        elif inspect.isclass(found) and found.__module__.startswith("vend.api"):
            yield from _class(name, found)
        elif inspect.isclass(found):
            values.append((name, found))
    yield from ("", "## Values and errors", "")
    for name, found in values:
        summary = " ".join((inspect.getdoc(found) or "").split("\n\n")[0].split())
        yield f"- `vend.{name}`: {summary}"
    yield "- `vend.Event`: what `on_event` is called with; `vend.events` has the classes."
    yield "- `vend.__version__`: the version of this release."


def _class(name: str, found: type) -> Iterator[str]:
    yield from ("", f"## `vend.{name}`", "")
    yield from _docstring(found)
    for member, value in vars(found).items():
        if member.startswith("_"):
            continue
        if isinstance(value, property):
            yield from ("", f"### `{name}.{member}`", "")
            yield from _docstring(value)
        elif inspect.isfunction(value):
            yield from _callable(f"{name}.{member}", value, level=3)


def _callable(title: str, function: Any, level: int = 2) -> Iterator[str]:
    signature = str(inspect.signature(inspect.unwrap(function))).replace("(self, ", "(").replace("(self)", "()")
    yield from ("", f"{'#' * level} `{title}`", "", "```python")
    signature = re.sub(r"(: |-> )'([^']*)'", r"\1\2", signature)  # annotations are text
    yield re.sub(r"<function (\w+) at 0x[0-9a-f]+>", r"\1", f"{title}{signature}")
    yield from ("```", "")
    yield from _docstring(function)


def _docstring(found: Any) -> Iterator[str]:
    """A docstring in Google's convention as Markdown."""
    section = False
    for line in (inspect.getdoc(found) or "").splitlines():
        if _SECTIONS.match(line):
            section = True
            yield f"**{line.removesuffix(':')}**"
            yield ""
        elif section and (entry := re.match(r"^    (\w+): (.*)", line)):
            yield f"- `{entry[1]}`: {entry[2]}"
        else:
            yield f"  {line.strip()}" if section and line.strip() else line.strip()
