"""vend explain, and that every example of a diagnostic's page gives what it shows."""

from __future__ import annotations

import ast
import io
import json
import tomllib
from pathlib import Path

import pytest

import vend
from vend.cli._explain import explain, reproduce
from vend.cli.call._call import DONE, INVALID, Call, Streams, answer, view_for
from vend.cli.call._explanations import explanation
from vend.errors import CODES, page_of

PACKAGE = Path(vend.__file__).parent
EXAMPLES = {code: found for code in CODES if (found := explanation(code)).files}
WITHOUT_EXAMPLE = {
    "aft-module-unknown": "needs Terraform",
    "aft-region-assumed": "of a fleet without vend.hcl",
    "aft-too-large": "a repository of 20,000 files",
    "aft-value-sensitive": "needs Terraform",
    "aft-value-unknown": "needs Terraform",
    "customization-unreadable": "depends on permissions",
    "edit-not-possible": "from an edit",
    "file-changed": "from an edit, of two at once",
    "fleet-not-found": "there is no fleet to show",
    "format-changes-meaning": "needs Terraform",
    "generated-file-differs": "from `vend generate --check`",
    "generated-file-missing": "the same",
    "generated-file-stale": "the same",
    "hcl-encoding": "cannot be shown as text",
    "hcl-too-large": "a file of a megabyte",
    "import-left-out": "needs an organization",
    "import-without-user": "the same",
    "invalid-assignment": "from an edit",
    "invalid-csv": "from `vend import`",
    "import-computed": "from `vend import`",
    "import-differs": "from `vend import`",
    "import-not-carried": "from `vend import`",
    "link-in-a-circle": "links cannot be shown as text",
    "lock-unreadable": "depends on permissions",
    "module-link-outside": "links cannot be shown as text",
    "no-identity-center": "needs an organization",
    "not-a-requests-file": "from an edit",
    "not-writable": "depends on permissions",
    "output-not-generated": "from `vend generate --out`",
    "output-not-writable": "depends on permissions",
    "provider-unavailable": "needs Terraform",
    "settings-missing": "there is no file to show",
    "template-error": "a template of many lines",
    "unknown-account": "from a command that names one",
    "unknown-group": "needs an organization",
    "unknown-permission-set": "the same",
    "unreadable-file": "depends on permissions",
    "value-inherited": "from an edit",
    "value-not-there": "from an edit",
}
"""Codes of rooms that read files, and why no file shows them."""


def call(form: str = "text") -> Call:
    streams = Streams(stdin=io.StringIO(), out=io.StringIO(), err=io.StringIO())
    view = view_for(form, streams)
    return Call(fleet=None, directory=Path("/"), environ={}, form=form, streams=streams, view=view, command="explain")


@pytest.mark.parametrize("code", EXAMPLES)
def test_the_example_of_a_page_gives_its_code(tmp_path: Path, code: str) -> None:
    """A fleet of the files that a page shows is told this very problem."""
    assert reproduce(EXAMPLES[code], tmp_path)


def test_what_reading_a_fleet_can_say_has_an_example() -> None:
    """Every code that the reading rooms give is shown by files, but for those where there is a reason."""
    given = {
        node.value
        for room in ("requests", "hcl", "customizations", "render")
        for path in (PACKAGE / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in CODES
    }
    running = {code for code in given if code.startswith("hook-") and code not in EXAMPLES} | {
        "installation-incomplete"
    }
    assert given - set(EXAMPLES) - running == set(WITHOUT_EXAMPLE)


@pytest.mark.parametrize("code", CODES)
def test_an_explanation_says_what_to_do(code: str) -> None:
    """In sentences, before any example."""
    told = explanation(code).text.split("```")[0].strip()
    assert told.endswith((".", ":"))
    assert len(told) > 20


@pytest.mark.parametrize("written", ["wrong-type", "error[wrong-type]", "warning[wrong-type]", " Wrong-Type "])
def test_a_code_is_explained_however_it_was_copied(written: str) -> None:
    """With its sentence, what to do, and an example."""
    made = call()
    assert answer(made, lambda made: explain(made, written)) == DONE
    told = made.streams.out.getvalue()  # type: ignore[attr-defined]
    assert told.startswith(f"wrong-type: {CODES['wrong-type']}\n\n")
    assert "CostCenter = 0815" in told


def test_all_codes_are_listed() -> None:
    """Each with its sentence, as text and as JSON."""
    made = call("json")
    assert answer(made, lambda made: explain(made, None)) == DONE
    listed = json.loads(made.streams.out.getvalue())["codes"]  # type: ignore[attr-defined]
    assert {entry["code"]: entry["when"] for entry in listed} == CODES
    made = call()
    answer(made, lambda made: explain(made, None))
    assert len(made.streams.out.getvalue().splitlines()) == len(CODES)  # type: ignore[attr-defined]


def test_a_code_that_does_not_exist_is_told() -> None:
    """Bad input, with the nearest code."""
    made = call()
    assert answer(made, lambda made: explain(made, "wrong-tpye")) == INVALID
    assert 'did you mean "wrong-type"?' in made.streams.err.getvalue()  # type: ignore[attr-defined]


def test_pages_are_where_the_project_says_that_its_documentation_is() -> None:
    """The address of a page begins with the documentation's, and leads to a file."""
    root = PACKAGE.parents[1]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert page_of(None) == project["urls"]["Documentation"]
    assert (root / "docs" / page_of("wrong-type").removeprefix(page_of(None)).lstrip("/")).is_file()
