"""A file of an organization, checked as a whole: every problem, with its place."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vend.errors import Diagnostic, InvalidInputError, did_you_mean, sort_diagnostics
from vend.models import ORGANIZATION_FORMAT as FORMAT
from vend.models import ORGANIZATION_VERSION as VERSION
from vend.models import OrganizationFile
from vend.sandbox.start._json_positions import place_of
from vend.sandbox.start._organization_checks import JsonPath, contradictions, named
from vend.sandbox.start._organization_shapes import DOCUMENT, LISTS, PARTS, PRODUCT, USER, Other, Shape, Text, Texts


def load_organization(path: Path, shown: str | None = None) -> OrganizationFile:
    """Reads a file of an organization.

    Args:
        path: of the file.
        shown: its name in diagnostics; None means the path.

    Raises:
        InvalidInputError: it cannot be read or used; every problem, with its place.
    """
    file = shown or str(path)
    try:
        content = path.read_bytes()
        text = content.decode()
        document = json.loads(text)
    except OSError as error:
        raise InvalidInputError(_unreadable(file, f"it cannot be read: {error.strerror}")) from error
    except UnicodeDecodeError as error:
        raise InvalidInputError(_unreadable(file, f"it is not UTF-8: {error.reason}")) from error
    except json.JSONDecodeError as error:
        problem = _unreadable(file, f"it is not JSON: {error.msg}", error.lineno, error.colno)
        raise InvalidInputError(problem) from error
    except RecursionError as error:
        raise InvalidInputError(_unreadable(file, "it nests values too deeply")) from error
    _check_format(document, file)
    reading = _Reading(file, text)
    reading.check(document)
    if reading.problems:
        raise InvalidInputError(sort_diagnostics(reading.problems))
    return OrganizationFile.from_json({**dict.fromkeys(PARTS), **document})


def _check_format(document: Any, file: str) -> None:
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InvalidInputError(_unreadable(file, f'it does not say "format": "{FORMAT}"'))
    version = document.get("version")
    if type(version) is not int or version < 1:
        raise InvalidInputError(_unreadable(file, 'its "version" is not a number'))
    if version > VERSION:
        raise InvalidInputError(
            Diagnostic(
                code="organization-file-newer",
                summary=f"the file has format version {version}; this version of vend reads up to {VERSION}",
                hint="use the version of vend that wrote it, or export the organization again with this one",
                file=file,
            )
        )


def _unreadable(file: str, why: str, line: int | None = None, column: int | None = None) -> Diagnostic:
    return Diagnostic(
        code="organization-file-unreadable",
        summary=f"this is not an organization file: {why}",
        hint="`vend sandbox export --out FILE` writes one",
        file=file,
        line=line,
        column=column,
    )


class _Reading:
    """One file; collects what is wrong with it."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._text = text
        self.problems: list[Diagnostic] = []

    def check(self, document: dict[str, Any]) -> None:
        """Checks each value, then whether the values contradict each other."""
        whole = {"format", "version", *DOCUMENT, *LISTS, *PARTS}
        self._check_keys(document, whole, ())
        self._check_values({"not_exported": [], **document}, DOCUMENT, ())
        for name, shape in PARTS.items():
            if document.get(name) is not None:
                self._check_object(document[name], shape, (name,))
        for name, shape in LISTS.items():
            listed = document.get(name)
            if not isinstance(listed, list):
                self.add((name,), f'"{name}" is not a list')
                continue
            for number, each in enumerate(listed):
                self._check_object(each, shape, (name, number), {"sso_user"} if shape is PRODUCT else set())
        for number, product in enumerate(document.get("provisioned_products") or ()):
            if isinstance(product, dict) and product.get("sso_user") is not None:
                self._check_object(product["sso_user"], USER, ("provisioned_products", number, "sso_user"))
        for place, summary in contradictions(document):
            self.add(place, summary)

    def _check_object(self, entry: Any, shape: Shape, place: JsonPath, more: set[str] | None = None) -> None:
        if not isinstance(entry, dict):
            self.add(place, f"{named(place)} is not an object")
            return
        self._check_keys(entry, {*shape, *(more or ())}, place)
        self._check_values(entry, shape, place)

    def _check_keys(self, entry: Mapping[str, Any], known: set[str], place: JsonPath) -> None:
        for name in entry:
            if name not in known:
                hint = did_you_mean(name, sorted(known), listing=len(known))
                self.add((*place, name), f"{named((*place, name))} is not known", hint)

    def _check_values(self, entry: Mapping[str, Any], shape: Shape, place: JsonPath) -> None:
        for name, expected in shape.items():
            value, at = entry.get(name), (*place, name)
            if isinstance(expected, Texts):
                self._check_texts(value, expected, at, is_there=name in entry)
            elif value is None:
                if not expected.optional or (isinstance(expected, Other) and name in entry):
                    self.add(at if name in entry else place, f"{named(at)} is missing", _such_as(expected))
            elif isinstance(expected, Text):
                self._check_text(value, expected, at)
            elif expected.kind is bool and not isinstance(value, bool):
                self.add(at, f"{named(at)} is neither true nor false")
            elif expected.kind is dict:
                self._check_tags(value, at)

    def _check_text(self, value: Any, expected: Text | Texts, at: JsonPath) -> None:
        if not isinstance(value, str):
            self.add(at, f"{named(at)} is not a string", _such_as(expected))
        elif re.fullmatch(expected.pattern, value) is None:
            self.add(at, f'{named(at)} cannot be "{value}"', _such_as(expected))

    def _check_texts(self, value: Any, expected: Texts, at: JsonPath, *, is_there: bool) -> None:
        if not is_there:
            return
        if not isinstance(value, list):
            self.add(at, f"{named(at)} is not a list", f'["{expected.such_as}"]')
            return
        for number, each in enumerate(value):
            self._check_text(each, expected, (*at, number))
        for each, count in Counter(each for each in value if isinstance(each, str)).items():
            if count > 1:
                self.add(at, f'{named(at)} has "{each}" twice')

    def _check_tags(self, value: Any, at: JsonPath) -> None:
        if not isinstance(value, dict):
            self.add(at, f"{named(at)} is not an object", '{"CostCenter": "4711"}')
            return
        for name, each in value.items():
            if not isinstance(each, str):
                self.add((*at, name), f"{named((*at, name))} is not a string")

    def add(self, place: JsonPath, summary: str, hint: str | None = None) -> None:
        """Adds a problem."""
        line, column = place_of(self._text, place)
        self.problems.append(
            Diagnostic(
                code="organization-file-invalid",
                summary=summary,
                hint=hint,
                file=self._file,
                line=line,
                column=column,
            )
        )


def _such_as(expected: Text | Other | Texts) -> str | None:
    return None if isinstance(expected, Other) or not expected.such_as else f'such as "{expected.such_as}"'
