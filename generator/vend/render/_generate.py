"""Writing all root modules of a fleet, for people and pipelines to inspect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from vend.customizations import Catalogue
from vend.errors import Diagnostic, VendError, has_errors, sort_diagnostics
from vend.models import ROOTS, Fleet
from vend.render._roots import Renderer
from vend.render._runtime import RUNTIME_FILES
from vend.render._text import HEADER, REQUEST_VALUES
from vend.render._write import stale_files, write_files

Rendered = Mapping[str, Mapping[str, bytes]]
"""Files of each root module, by `<account>/<root>`."""


def generate(fleet: Fleet, catalogue: Catalogue, out: Path) -> tuple[Diagnostic, ...]:
    """Writes the root modules of every request to `<out>/<account>/<root>/`, without runtime files.

    Root modules that were generated there before and are no longer wanted are removed. Nothing is written
    where anything is wrong, or where a folder in the way was not generated.

    Returns:
        What is wrong; empty when all was written.
    """
    rendered, problems = _render(fleet, catalogue)
    if has_errors(problems):
        return problems
    try:
        found = _generated(out)
        foreign = tuple(_foreign(out, rendered, found))
        if foreign:
            return foreign
        for name, files in rendered.items():
            write_files(out / name, files)
        for name in sorted(found - rendered.keys()):
            write_files(out / name, {})
            _remove_if_empty(out / name)
            _remove_if_empty((out / name).parent)
    except VendError as error:
        return error.diagnostics
    except OSError as error:
        return (_unusable(out, error),)
    return problems


def check(fleet: Fleet, catalogue: Catalogue, out: Path) -> tuple[Diagnostic, ...]:
    """Compares what `generate` would write with what lies there, byte for byte; runtime files do not count.

    Returns:
        One diagnostic for each file that differs, is missing, or should not be there; empty when nothing does.
    """
    rendered, problems = _render(fleet, catalogue)
    if has_errors(problems):
        return problems
    try:
        differences = [*_differences(out, rendered)]
    except OSError as error:
        return (_unusable(out, error),)
    return (*problems, *differences)


def _render(fleet: Fleet, catalogue: Catalogue) -> tuple[Rendered, tuple[Diagnostic, ...]]:
    rendered: dict[str, Mapping[str, bytes]] = {}
    problems: list[Diagnostic] = list(catalogue.diagnostics)
    try:
        renderer = Renderer(settings=fleet.settings, catalogue=catalogue, fleet_directory=fleet.overrides)
        for request in sorted(fleet.requests, key=lambda request: request.account):
            for root in renderer.account(request):
                rendered[f"{root.account}/{root.stage}"] = root.files
    except VendError as error:
        problems += error.diagnostics
    return rendered, sort_diagnostics(problems)


def _differences(out: Path, rendered: Rendered) -> Iterator[Diagnostic]:
    for name, files in rendered.items():
        for path, content in files.items():
            file = out / name / path
            if not file.is_file():
                yield _difference("generated-file-missing", f"{name}/{path} is missing")
            elif file.read_bytes() != content:
                yield _difference("generated-file-differs", f"{name}/{path} does not match the requests")
        known = {**files, **dict.fromkeys(RUNTIME_FILES, b"")}
        for path in stale_files(out / name, known):
            yield _difference("generated-file-stale", f"{name}/{path} no longer belongs to any request")
    for name in sorted(_generated(out) - rendered.keys()):
        yield _difference("generated-file-stale", f"{name} no longer belongs to any request")


def _generated(out: Path) -> set[str]:
    """The root modules below `out` that vend generated."""
    if not out.is_dir():
        return set()
    return {
        f"{account.name}/{stage}"
        for account in sorted(out.iterdir())
        for stage in ROOTS
        if account.is_dir() and _is_generated(account / stage)
    }


def _is_generated(directory: Path) -> bool:
    main = directory / "main.tf"
    if not main.is_file() or not (directory / REQUEST_VALUES).is_file():
        return False
    with main.open("rb") as stream:
        return stream.readline().startswith(HEADER.encode())


def _foreign(out: Path, rendered: Rendered, found: set[str]) -> Iterator[Diagnostic]:
    for name in rendered:
        directory = out / name
        if name not in found and directory.is_dir() and any(directory.iterdir()):
            yield Diagnostic(
                code="output-not-generated",
                summary=f"{directory} contains files that vend did not generate",
                hint="choose another folder with --out, or move the files away",
            )


def _difference(code: str, summary: str) -> Diagnostic:
    return Diagnostic(code=code, summary=summary, hint="run vend generate")


def _unusable(out: Path, error: OSError) -> Diagnostic:
    return Diagnostic(
        code="output-not-writable",
        summary=f"{error.filename or out} cannot be read",
        detail=f"reading {out}: {error.strerror}",
    )


def _remove_if_empty(directory: Path) -> None:
    if directory.is_dir() and not any(directory.iterdir()):
        directory.rmdir()
