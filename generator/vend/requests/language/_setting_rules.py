"""Rules for the values of vend.hcl."""

from __future__ import annotations

import re
from pathlib import Path

from vend.errors import did_you_mean
from vend.requests.language._language import InvalidValue, Rule

_VERSION = re.compile(r"\s*(=|!=|>=|<=|>|<|~>)?\s*[0-9]+(\.[0-9]+){0,2}(-[0-9A-Za-z.-]+)?\s*")


def matching(pattern: str, what: str, form: str, accepts: str) -> Rule:
    """A rule that is a regular expression; `form` is a value that it takes."""
    compiled = re.compile(f"^{pattern}$", re.ASCII)

    def check(value: str) -> InvalidValue | None:
        if compiled.fullmatch(value):
            return None
        return InvalidValue(
            code="invalid-setting", summary=f'"{value}" is not a valid {what}', hint=f'such as "{form}"'
        )

    return Rule(check=check, accepts=accepts, pattern=f"^{pattern}$")


def _printable(value: str) -> InvalidValue | None:
    if value.strip() and value.isprintable():
        return None
    return InvalidValue(
        code="invalid-setting",
        summary="the value is empty or has a non-printable character",
        hint="remove the line",
    )


def _folder(value: str) -> InvalidValue | None:
    if value.isprintable() and not value.startswith("/") and Path(value).parts and ".." not in Path(value).parts:
        return None
    return InvalidValue(
        code="invalid-setting",
        summary=f'"{value}" is not a folder inside the fleet',
        hint='relative to vend.hcl, such as "account-requests"',
    )


def version_constraint(value: str) -> InvalidValue | None:
    """A constraint on versions, as Terraform writes them."""
    if all(_VERSION.fullmatch(part) for part in value.split(",")):
        return None
    return InvalidValue(
        code="invalid-setting", summary=f'"{value}" is not a version constraint', hint='such as "~> 1.11"'
    )


def exact_version(value: str) -> InvalidValue | None:
    """One version, all three numbers."""
    if re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?", value):
        return None
    return InvalidValue(
        code="invalid-setting",
        summary=f'"{value}" is not an exact version',
        hint='such as "5.100.0", the version whose hashes the lock file holds',
    )


def one_of(what: str, *choices: str) -> Rule:
    """A rule that is a choice; `what` says of what."""

    def check(value: str) -> InvalidValue | None:
        if value in choices:
            return None
        return InvalidValue(
            code="invalid-setting",
            summary=f'unknown {what} "{value}"',
            hint=did_you_mean(value, choices, listing=12),
        )

    return Rule(check=check, accepts=" or ".join(f"`{choice}`" for choice in choices), choices=choices)


def unit_pattern(value: str) -> InvalidValue | None:
    """A pattern that some path of an organizational unit can match."""
    if value.strip("/") and value.isprintable():
        return None
    return InvalidValue(
        code="invalid-setting",
        summary=f'"{value}" cannot match the path of an organizational unit',
        hint='such as "Workloads/Prod" or "*/Prod"',
    )


def words(value: str) -> InvalidValue | None:
    """One or more words that a name could have."""
    if any(character.isalnum() for character in value):
        return None
    return InvalidValue(
        code="invalid-setting",
        summary=f'"{value}" contains no word',
        hint='write one or more words, such as "license key"',
    )


PRINTABLE = Rule(check=_printable, accepts="printable text", shortest=1)
FOLDER = Rule(check=_folder, accepts="a folder inside the fleet, relative to vend.hcl, without `..`", shortest=1)


def fleet_name(value: str) -> InvalidValue | None:
    """The label of the fleet block."""
    if value.strip():
        return None
    return InvalidValue(code="invalid-setting", summary="the fleet has no name", hint='fleet "name" { … }')
