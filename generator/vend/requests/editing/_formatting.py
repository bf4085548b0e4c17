"""Formatting the fleet's files with Terraform, without changing their meaning."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vend.errors import Diagnostic, InvalidInputError, sort_diagnostics
from vend.requests.editing._saving import FileEdit
from vend.requests.language._problems import Problems
from vend.requests.reading._approvals import APPROVALS_FILE
from vend.requests.reading._files import read_file, request_files
from vend.requests.reading._settings import load_settings
from vend.requests.text._plain_block import plain_file
from vend.requests.text._source import Source
from vend.settings import SETTINGS_FILE, USUAL_PATHS

Formatter = Callable[[Sequence[str]], Sequence[str]]
_SPACING = re.compile(r'[\s"]+')
"""What a formatter may change: blanks, and quotes around labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Formatted:
    """What came of formatting.

    Attributes:
        files: every file that was looked at; those that are as they should be do not change.
        diagnostics: files that were left alone, and why.
    """

    files: tuple[FileEdit, ...]
    diagnostics: tuple[Diagnostic, ...]


def format_fleet(directory: Path, named: Sequence[str], formatter: Formatter) -> Formatted:
    """The fleet's files as they should look; nothing is written.

    Args:
        directory: of the fleet.
        named: files relative to it, or absolute; vend.hcl, approvals.hcl and every file of requests where empty.
        formatter: from texts to formatted texts.

    A file that cannot be read, or whose meaning would change, is left alone with a diagnostic; the others are not.
    """
    problems = Problems()
    sources = list(_sources(_contents(directory, named, problems), problems))
    texts = formatter([source.text for source in sources]) if sources else ()
    files = []
    for source, text in zip(sources, texts, strict=True):
        if not _says_the_same(source, text):
            problems.add(
                "format-changes-meaning",
                None,
                f"formatting {source.file} would change its meaning",
                hint="write it more simply: `terraform fmt` rewrites templates that contain only an expression",
            )
            text = source.text  # noqa: PLW2901 - it stays as it is
        files.append(FileEdit(file=source.file, before=source.encoded(source.text), after=source.encoded(text)))
    return Formatted(files=tuple(files), diagnostics=sort_diagnostics(problems.found))


def _contents(directory: Path, named: Sequence[str], problems: Problems) -> Iterator[tuple[str, bytes]]:
    """The files by name."""
    optional = () if named else (SETTINGS_FILE, APPROVALS_FILE)
    for name in (*optional, *dict.fromkeys(named)):
        try:
            content = read_file(directory / name, name, problems)
        except FileNotFoundError:
            if name in named:
                problems.add("unreadable-file", None, f"there is no file {name}")
            continue
        if content is not None:
            yield name, content
    if not named:
        yield from ((file.name, file.content) for file in request_files(directory, _paths(directory), problems))


def _paths(directory: Path) -> tuple[str, ...]:
    """The folders of requests; the usual ones, as far as they exist, where the settings cannot say."""
    try:
        return load_settings(directory).request_paths
    except InvalidInputError:  # its syntax is told of anyway, and what else is wrong is not for a formatter to say
        return tuple(path for path in USUAL_PATHS if (directory / path).is_dir())


def _sources(contents: Iterator[tuple[str, bytes]], problems: Problems) -> Iterator[Source]:
    for name, content in contents:
        try:
            yield Source.read(content, name)
        except InvalidInputError as error:
            problems.extend(error.diagnostics)


def _says_the_same(source: Source, text: str) -> bool:
    if _SPACING.sub("", text) != _SPACING.sub("", source.text):
        return False
    try:
        return plain_file(Source.read(source.encoded(text), source.file).body) == plain_file(source.body)
    except InvalidInputError:
        return False
