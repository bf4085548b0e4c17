"""What holds across the whole of vend."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import vend
from vend.cli import reference
from vend.errors import CODES

PACKAGE = Path(vend.__file__).parent
REPOSITORY = PACKAGE.parent.parent
SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "errors" / "codes.py")
CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")


def _trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in SOURCES:
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def _named_codes() -> dict[str, Path]:
    """Every literal that stands as `code=…` in a call."""
    found = {}
    for path, tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg == "code":
                values = [value for value in ast.walk(node.value) if isinstance(value, ast.Constant)]
                found.update({value.value: path for value in values if isinstance(value.value, str)})
    return found


def _all_strings() -> set[str]:
    return {
        node.value
        for _, tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_code_that_is_used_is_explained() -> None:
    """A diagnostic's code stands in the table with one sentence, so that the reference explains it."""
    unexplained = {code: str(path) for code, path in _named_codes().items() if code not in CODES}
    assert not unexplained


def test_every_code_that_is_explained_is_used() -> None:
    """The table holds no code that nothing gives."""
    assert set(CODES) <= _all_strings()


def test_codes_are_well_formed_and_sorted() -> None:
    """Codes are kebab-case, in order, each with one sentence."""
    assert list(CODES) == sorted(CODES)
    assert all(CODE.fullmatch(code) or code.isalpha() for code in CODES)
    assert all(sentence.endswith(".") and "\n" not in sentence for sentence in CODES.values())


@pytest.mark.parametrize(
    "name", sorted(module.name for module in pkgutil.iter_modules(vend.__path__, "vend.") if module.ispkg)
)
def test_what_a_room_offers_is_there(name: str) -> None:
    """Every name in a room's `__all__` resolves, once, in order."""
    room = importlib.import_module(name)
    offered = room.__all__
    assert sorted(set(offered), key=offered.index) == offered
    assert all(hasattr(room, each) for each in offered)


@cache
def _pages() -> dict[str, str]:
    return reference.pages()


_CODE_PAGES = tuple(f"diagnostics/{code}.md" for code in CODES)


@pytest.mark.parametrize("page", ["cli.md", "decisions.md", "diagnostics.md", "python.md", *_CODE_PAGES])
def test_the_reference_is_what_the_code_says(page: str) -> None:
    """The generated pages are current; `python -m vend.cli.reference` writes them."""
    committed = (REPOSITORY / "docs" / "reference" / page).read_text(encoding="utf-8")
    assert committed == _pages()[page]


def test_the_page_of_rooms_is_what_the_docstrings_say() -> None:
    """docs/rooms.md lists every module with its docstring; `python -m vend.cli.reference` writes it."""
    committed = (REPOSITORY / "docs" / "rooms.md").read_text(encoding="utf-8")
    assert committed == reference.rooms()


def test_the_architecture_page_links_every_room() -> None:
    """A reader who begins there finds each room."""
    text = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert {room for room in rooms if f"(../generator/vend/{room})" not in text} == set()


RECIPE_PATH = re.compile(r"`((?:generator|tests|docs|modules|account-requests|customizations)/[^` *]+)`")


def test_the_recipes_of_contributing_name_files_that_exist() -> None:
    """Each path that CONTRIBUTING.md names is there; names in capitals stand for the new thing's own."""
    text = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    paths = [path for path in RECIPE_PATH.findall(text) if not re.search(r"[A-Z]{3,}", path.rpartition("/")[2])]
    assert len(paths) > 20
    assert [path for path in paths if not (REPOSITORY / path).exists()] == []


def test_there_is_no_page_of_a_code_that_is_gone() -> None:
    """Pages and explanations are those of the codes there are: a new code needs `cli/explanations/CODE.md`."""
    pages = {page.stem for page in (REPOSITORY / "docs" / "reference" / "diagnostics").iterdir()}
    explained = {page.stem for page in (PACKAGE / "cli" / "explanations").iterdir()}
    assert pages == explained == set(CODES)


def test_only_views_print() -> None:
    """No room but the views calls `print`; hooks' runner, which is a program of its own, may."""
    printing = {
        str(path.relative_to(PACKAGE))
        for path, tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    }
    assert printing <= {"customizations/_python_hook.py"}


def test_no_module_is_much_longer_than_four_hundred_lines() -> None:
    """A module much past 400 lines has two ideas in it."""
    long = {
        str(path.relative_to(PACKAGE)): lines
        for path in SOURCES
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 450
    }
    assert not long


def test_no_folder_is_too_full_to_find_one_s_way() -> None:
    """A folder of more than 26 modules wants wings."""
    full = {str(folder) for folder in {path.parent for path in SOURCES} if len(list(folder.glob("*.py"))) > 26}
    assert not full
