"""The page of rooms: every module of the package with the first sentence of its docstring."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
_FROM_DOCS = "../generator/vend"


def rooms_page() -> Iterator[str]:
    """The lines of the page: a room a section, its wings below it."""
    yield "# Rooms"
    yield ""
    yield "Every module of vend, by room. [The architecture page](architecture.md) says how they work together, and"
    yield "`pyproject.toml` which may import which. [The glossary](glossary.md) has the words."
    for folder in sorted(path.parent for path in _PACKAGE.rglob("__init__.py")):
        if folder != _PACKAGE:
            yield from _room(folder)
    yield from ("", "## Modules outside rooms", "")
    yield from _modules(_PACKAGE)


def _room(folder: Path) -> Iterator[str]:
    name = folder.relative_to(_PACKAGE).as_posix()
    level = "##" if "/" not in name else "###"
    yield from ("", f"{level} [{name}]({_FROM_DOCS}/{name})", "")
    yield _docstring(folder / "__init__.py")
    yield ""
    yield from _modules(folder)


def _modules(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("*.py")):
        if path.name not in {"__init__.py", "__main__.py"}:
            yield f"- [{path.stem}]({_FROM_DOCS}/{path.relative_to(_PACKAGE).as_posix()}): {_docstring(path)}"


def _docstring(path: Path) -> str:
    """The first paragraph of a module's docstring, on one line."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split())
