"""Writes the reference pages that come from the code: `python -m vend.cli.reference [DIR]`.

Pages: `../rooms.md` from module docstrings, `cli.md` from the commands, `python.md` from what `import vend` offers,
`diagnostics.md` from `vend.errors.CODES`, one page per code from its explanation and what its example really gives,
`decisions.md` from the table of `decide`, and the tables of `requests.md` from those that requests and settings are
read by. A test holds that what is committed is what this writes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typer

from vend.cli._commands import app
from vend.cli._decision_table import decision_table
from vend.cli._explain import reproduce
from vend.cli._field_tables import with_tables
from vend.cli._python_reference import python_reference
from vend.cli._rooms_page import rooms_page
from vend.cli.call._explanations import Explanation, explanation
from vend.cli.call._fleet import FleetSources
from vend.errors import CODES
from vend.views import HumanView

_EXIT_CODES = (
    ("0", "done, or nothing to do"),
    ("1", "something failed"),
    ("2", "changes are pending (`plan --detailed-exitcode`)"),
    ("3", "refused: policy, removal not allowed, another organization, a frozen fleet, not approved"),
    ("4", "bad usage, or invalid requests or settings"),
    ("125", "the sandbox itself failed"),
    ("127", "`sandbox run`: the command was not found; every other code is the command's own"),
    ("130", "interrupted"),
)
_GENERATED = "<!-- Written by `python -m vend.cli.reference`; edit the code, not this page. -->"


def pages() -> dict[str, str]:
    """Every generated page by file name."""
    found = {
        "cli.md": _command_line(),
        "decisions.md": _decisions(),
        "diagnostics.md": _diagnostics(),
        "python.md": [_GENERATED, "", *python_reference()],
    }
    found |= {f"diagnostics/{code}.md": _diagnostic(code) for code in CODES}
    return {name: "\n".join(lines) + "\n" for name, lines in found.items()}


def rooms() -> str:
    """The page of rooms, which stands beside the reference."""
    return "\n".join([_GENERATED, "", *rooms_page()]) + "\n"


def main(directory: Path) -> None:
    """Writes the pages into a folder, and removes those of codes that are gone."""
    written = pages()
    (directory / "diagnostics").mkdir(exist_ok=True)
    for page in (directory / "diagnostics").glob("*.md"):
        if f"diagnostics/{page.name}" not in written:
            page.unlink()
    for name, text in written.items():
        (directory / name).write_text(text, encoding="utf-8")
    (directory.parent / "rooms.md").write_text(rooms(), encoding="utf-8")
    requests = directory / "requests.md"
    if requests.exists():
        requests.write_text(with_tables(requests.read_text(encoding="utf-8")), encoding="utf-8")


def _command_line() -> Iterator[str]:
    root = typer.main.get_command(app)
    yield "# Command line"
    yield ""
    yield _GENERATED
    yield ""
    yield "`vend [--fleet DIR] COMMAND`. The fleet is the nearest folder upwards that holds a `vend.hcl`. With"
    yield "`--format json` standard output holds one JSON document and nothing else; progress and problems go to"
    yield "standard error."
    yield ""
    yield from _options(root)
    for path, command in _commands(root, "vend"):
        yield f"## {path}"
        yield ""
        yield from _paragraphs(command.help or "")
        usage = " ".join(part for part in (path, *_arguments(command)) if part)
        yield f"    {usage}"
        yield ""
        yield from _options(command)
    yield "## Exit codes"
    yield ""
    yield "| code | meaning |"
    yield "|---|---|"
    for code, meaning in _EXIT_CODES:
        yield f"| {code} | {meaning} |"


def _commands(group: Any, path: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        below = f"{path} {name}"
        if hasattr(command, "commands"):
            yield from _commands(command, below)
        elif not command.hidden:
            yield below, command


def _arguments(command: Any) -> Iterator[str]:
    options = [parameter for parameter in command.params if parameter.param_type_name == "option"]
    yield "[OPTIONS]" if options else ""
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            yield parameter.metavar or parameter.name.upper()


def _options(command: Any) -> Iterator[str]:
    rows = [record for parameter in command.params for record in _option(parameter)]
    if not rows:
        return
    yield "| option | what it does |"
    yield "|---|---|"
    yield from rows
    yield ""


def _option(parameter: Any) -> Iterator[str]:
    if parameter.param_type_name != "option" or parameter.hidden or parameter.name.endswith("_completion"):
        return
    names = ", ".join(f"`{name}`" for name in parameter.opts)
    value = (parameter.metavar or "").replace("|", "\\|")
    told = (parameter.help or "").replace("|", "\\|")
    if isinstance(parameter.default, str):
        told += f" Default: `{parameter.default}`."
    yield f"| {names}{f' {value}' if value and not parameter.is_flag else ''} | {told} |"


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        yield " ".join(paragraph.split())
        yield ""


def _diagnostics() -> Iterator[str]:
    yield "# Diagnostics"
    yield ""
    yield _GENERATED
    yield ""
    yield "A problem is shown as"
    yield ""
    yield '    error[unknown-organizational-unit]: no organizational unit "Worklods/Prod"'
    yield "      account-requests/payments.hcl:4:25"
    yield '      4 |   organizational_unit = "Worklods/Prod"'
    yield "        |                         ^^^^^^^^^^^^^^^"
    yield '      hint: did you mean "Workloads/Prod"?'
    yield ""
    yield "Lines and columns begin with 1; columns count characters. In JSON a problem is `{severity, code, summary,"
    yield "detail, hint, file, line, column, end_line, end_column, account, related}`: the end is that of the first"
    yield "character beyond, null where it is not known; `related` lists other places, each with a message."
    yield ""
    yield "`vend validate --format sarif` writes them for code scanning, `--format github` as annotations. A code never"
    yield "changes its meaning. `vend explain CODE` shows its page on the command line."
    yield ""
    yield "| code | when |"
    yield "|---|---|"
    for code, sentence in sorted(CODES.items()):
        told = sentence.replace("|", "\\|")
        yield f"| [`{code}`](diagnostics/{code}.md) | {told} |"


def _decisions() -> Iterator[str]:
    yield "# Decisions"
    yield ""
    yield _GENERATED
    yield ""
    yield from decision_table()


def _diagnostic(code: str) -> Iterator[str]:
    """One code's page: when, what to do, and what its example gives."""
    explained = explanation(code)
    yield f"# {code}"
    yield ""
    yield _GENERATED
    yield ""
    yield explained.when
    yield ""
    yield explained.text.rstrip("\n")
    if explained.files:
        yield ""
        yield "gives"
        yield ""
        yield "```text"
        yield _example(explained)
        yield "```"


def _example(explained: Explanation) -> str:
    """What vend says of a page's example, as on a terminal without colours."""
    with TemporaryDirectory() as folder:
        fleet = Path(folder).resolve()
        found = reproduce(explained, fleet)
        written = StringIO()
        HumanView(written, written, sources=FleetSources(fleet, fleet)).diagnostics(found)
        return written.getvalue().rstrip("\n")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/reference"))
