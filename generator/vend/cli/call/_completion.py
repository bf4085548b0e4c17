"""What a shell completes: read from the fleet's files as text, since a shell waits for it.

Nothing here parses: a label that is found may stand in a file that is broken, and is offered all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import typer

COMPLETION = "_VEND_COMPLETE"
"""The variable by which the script of `vend completion` asks for completions."""
_ACCOUNT = re.compile(rb'^[ \t]*account[ \t]+"?([a-zA-Z0-9._-]+)"?[ \t]*\{', re.MULTILINE)
_UNIT = re.compile(rb'^[ \t]*organizational_unit[ \t]*=[ \t]*"((?:[^"\\$%]|[$%](?!\{))+)"', re.MULTILINE)
_PATHS = re.compile(r"^[ \t]*paths[ \t]*=[ \t]*\[([^\]]*)\]", re.MULTILINE)
_QUOTED = re.compile(r'"([^"\\]+)"')
_MOST_BYTES = 1_000_000


def account_names(context: typer.Context, incomplete: str) -> list[str]:
    """Labels of account requests."""
    return _beginning(incomplete, _found(context, _ACCOUNT))


def units(context: typer.Context, incomplete: str) -> list[str]:
    """Organizational units that requests name."""
    return _beginning(incomplete, _found(context, _UNIT))


def customizations(context: typer.Context, incomplete: str) -> list[str]:
    """Folders of customizations that a request may name."""
    folder = _fleet(context)
    names = (entry.name for entry in _entries(folder / "customizations") if entry.is_dir()) if folder else ()
    return _beginning(incomplete, (name for name in names if name != "global"))


def assignments(context: typer.Context, incomplete: str) -> list[str]:
    """`field=`, and its value for a unit, and where there are few."""
    from vend.requests import ACCOUNT

    name, sign, value = incomplete.partition("=")
    if not sign:
        return _beginning(incomplete, _forms())
    field = ACCOUNT.field(name)
    found = units(context, value) if name == "organizational_unit" else ()
    choices = field.rule.choices if field is not None else ()
    return [*(f"{name}={unit}" for unit in found), *_beginning(incomplete, (f"{name}={choice}" for choice in choices))]


def codes(incomplete: str) -> list[str]:
    """Of diagnostics."""
    from vend.errors import CODES

    return _beginning(incomplete, CODES)


def unsettable(incomplete: str) -> list[str]:
    """Fields that can be unset, as far as their names are known."""
    return _beginning(incomplete, (form.removesuffix("=").removesuffix(".") for form in _forms()))


def _forms() -> Iterator[str]:
    from vend.requests import ACCOUNT

    for field in ACCOUNT.fields:
        yield f"{field.name}." if field.kind == "map" else f"{field.name}="
    for block in ACCOUNT.blocks:
        labels = (f"{label}." for label in block.label.choices) if block.label is not None else ("",)
        if block.label is not None and not block.label.choices:
            yield f"{block.name}."
        for label in labels:
            yield from (f"{block.name}.{label}{name}=" for name in block.field_names)


def _beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    return sorted({name for name in names if name.startswith(incomplete)})


def _found(context: typer.Context, pattern: re.Pattern[bytes]) -> Iterator[str]:
    fleet = _fleet(context)
    for folder in _folders(fleet) if fleet is not None else ():
        for file in sorted(folder.rglob("*.hcl")):
            for match in pattern.findall(_content(file)):
                yield match.decode("utf-8", "replace")


def _fleet(context: typer.Context) -> Path | None:
    """What `--fleet` says, else the nearest folder upwards that has a vend.hcl."""
    named = context.find_root().params.get("fleet")
    if named is not None:
        return Path(named)
    try:
        here = Path.cwd()
    except FileNotFoundError:
        return None
    return next((folder for folder in (here, *here.parents) if (folder / "vend.hcl").is_file()), None)


def _folders(fleet: Path) -> Iterator[Path]:
    said = _PATHS.search(_content(fleet / "vend.hcl").decode("utf-8", "replace"))
    names = _QUOTED.findall(said[1]) if said is not None else ["account-requests"]
    return (fleet / name for name in names)


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(_MOST_BYTES)
    except OSError:
        return b""


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []
