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
from vend.sandbox.start._organization_checks import Place, contradictions, named
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
        problem = _unreadable(file, f"it is no JSON: {error.msg}", error.lineno, error.colno)
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
        raise InvalidInputError(_unreadable(file, 'its "version" is no number'))
    if version > VERSION:
        raise InvalidInputError(
            Diagnostic(
                code="organization-file-newer",
                summary=f"the file has version {version} of its format; this vend knows up to {VERSION}",
                hint="use the vend that wrote it, or export again with this one",
                file=file,
            )
        )


def _unreadable(file: str, why: str, line: int | None = None, column: int | None = None) -> Diagnostic:
    return Diagnostic(
        code="organization-file-unreadable",
        summary=f"this is no file of an organization: {why}",
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
        """Its values one by one, then what they say of one another."""
        whole = {"format", "version", *DOCUMENT, *LISTS, *PARTS}
        self._check_keys(document, whole, ())
        self._check_values({"not_exported": [], **document}, DOCUMENT, ())
        for name, shape in PARTS.items():
            if document.get(name) is not None:
                self._check_object(document[name], shape, (name,))
        for name, shape in LISTS.items():
            listed = document.get(name)
            if not isinstance(listed, list):
                self.add((name,), f'"{name}" is no list')
                continue
            for number, each in enumerate(listed):
                self._check_object(each, shape, (name, number), {"sso_user"} if shape is PRODUCT else set())
        for number, product in enumerate(document.get("provisioned_products") or ()):
            if isinstance(product, dict) and product.get("sso_user") is not None:
                self._check_object(product["sso_user"], USER, ("provisioned_products", number, "sso_user"))
        for place, summary in contradictions(document):
            self.add(place, summary)

    def _check_object(self, given: Any, shape: Shape, place: Place, more: set[str] | None = None) -> None:
        if not isinstance(given, dict):
            self.add(place, f"{named(place)} is no object")
            return
        self._check_keys(given, {*shape, *(more or ())}, place)
        self._check_values(given, shape, place)

    def _check_keys(self, given: Mapping[str, Any], known: set[str], place: Place) -> None:
        for name in given:
            if name not in known:
                hint = did_you_mean(name, sorted(known), listing=len(known))
                self.add((*place, name), f"{named((*place, name))} is not known", hint)

    def _check_values(self, given: Mapping[str, Any], shape: Shape, place: Place) -> None:
        for name, wanted in shape.items():
            value, at = given.get(name), (*place, name)
            if isinstance(wanted, Texts):
                self._check_texts(value, wanted, at, is_there=name in given)
            elif value is None:
                if not wanted.optional or (isinstance(wanted, Other) and name in given):
                    self.add(at if name in given else place, f"{named(at)} is missing", _such_as(wanted))
            elif isinstance(wanted, Text):
                self._check_text(value, wanted, at)
            elif wanted.kind is bool and not isinstance(value, bool):
                self.add(at, f"{named(at)} is neither true nor false")
            elif wanted.kind is dict:
                self._check_tags(value, at)

    def _check_text(self, value: Any, wanted: Text | Texts, at: Place) -> None:
        if not isinstance(value, str):
            self.add(at, f"{named(at)} is no text", _such_as(wanted))
        elif re.fullmatch(wanted.pattern, value) is None:
            self.add(at, f'{named(at)} cannot be "{value}"', _such_as(wanted))

    def _check_texts(self, value: Any, wanted: Texts, at: Place, *, is_there: bool) -> None:
        if not is_there:
            return
        if not isinstance(value, list):
            self.add(at, f"{named(at)} is no list", f'["{wanted.such_as}"]')
            return
        for number, each in enumerate(value):
            self._check_text(each, wanted, (*at, number))
        for each, count in Counter(each for each in value if isinstance(each, str)).items():
            if count > 1:
                self.add(at, f'{named(at)} has "{each}" twice')

    def _check_tags(self, value: Any, at: Place) -> None:
        if not isinstance(value, dict):
            self.add(at, f"{named(at)} is no object", '{"CostCenter": "4711"}')
            return
        for name, each in value.items():
            if not isinstance(each, str):
                self.add((*at, name), f"{named((*at, name))} is no text")

    def add(self, place: Place, summary: str, hint: str | None = None) -> None:
        """Takes note of a problem."""
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


def _such_as(wanted: Text | Other | Texts) -> str | None:
    return None if isinstance(wanted, Other) or not wanted.such_as else f'such as "{wanted.such_as}"'
