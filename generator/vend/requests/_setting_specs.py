"""What vend.hcl may say: every block and setting, and how each is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vend.hcl import Attribute
from vend.requests import _constraints as constraints
from vend.requests._literals import Text, boolean, number, text, text_list, text_map
from vend.requests._problems import Problems

_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_ORGANIZATION_ID = re.compile(r"o-[a-z0-9]{10,32}")
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+", re.ASCII)
_ROLE_NAME = re.compile(r"[\w+=,.@/-]{1,128}", re.ASCII)
_BUCKET = re.compile(r"(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[a-zA-Z0-9_-][a-zA-Z0-9._-]*(/[a-zA-Z0-9_-][a-zA-Z0-9._-]*)*")
_KMS = re.compile(r"(arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:(key|alias)/)?[a-zA-Z0-9/_-]{1,256}")
_TABLE = re.compile(r"[a-zA-Z0-9_.-]{3,255}")
_PROVIDER = re.compile(r"[a-z][a-z0-9-]*")
_EXACT = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?")
_CONSTRAINT = re.compile(r"\s*(=|!=|>=|<=|>|<|~>)?\s*[0-9]+(\.[0-9]+){0,2}(-[0-9A-Za-z.-]+)?\s*")

Reader = Callable[[Attribute, Problems], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockSpec:
    """A block of vend.hcl: how many labels it takes, and its settings."""

    labels: int = 0
    settings: Mapping[str, Reader] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()


def _matching(pattern: re.Pattern[str], what: str, form: str) -> Reader:
    def read(attribute: Attribute, problems: Problems) -> str | None:
        found = text(attribute, problems)
        if found is None:
            return None
        if pattern.fullmatch(found.value):
            return found.value
        problems.add("invalid-setting", found.position, f'"{found.value}" is no {what}', hint=f'such as "{form}"')
        return None

    return read


def _plain(attribute: Attribute, problems: Problems) -> str | None:
    found = text(attribute, problems)
    if found is not None and not (found.value.strip() and found.value.isprintable()):
        summary = f'"{attribute.name}" is empty or has a character that is not printable'
        problems.add("invalid-setting", found.position, summary, hint="leave the line out")
        return None
    return found.value if found else None


def _checked(check: constraints.Check) -> Reader:
    def read(attribute: Attribute, problems: Problems) -> str | None:
        found = text(attribute, problems)
        return found.value if found and _passes(found, check, problems) else None

    return read


def _passes(found: Text, check: constraints.Check, problems: Problems) -> bool:
    violation = check(found.value)
    if violation is not None:
        problems.add("invalid-setting", found.position, violation.summary, hint=violation.hint)
    return violation is None


def _between(low: int, high: int) -> Reader:
    def read(attribute: Attribute, problems: Problems) -> int | None:
        found = number(attribute, problems)
        if found is None:
            return None
        if isinstance(found, int) and low <= found <= high:
            return found
        problems.add(
            "invalid-setting",
            attribute.value_position,
            f'"{attribute.name}" is a whole number from {low} to {high}, not {attribute.expression.text}',
        )
        return None

    return read


def _seconds(attribute: Attribute, problems: Problems) -> float | None:
    found = number(attribute, problems)
    if found is not None and not 0 <= found <= 3600:  # noqa: PLR2004 - an hour
        problems.add("invalid-setting", attribute.value_position, f'"{attribute.name}" is from 0 to 3600 seconds')
        return None
    return found


def _names(check: constraints.Check) -> Reader:
    def read(attribute: Attribute, problems: Problems) -> tuple[str, ...] | None:
        found = text_list(attribute, problems)
        if found is None:
            return None
        return tuple(item.value for item in found if _passes(item, check, problems))

    return read


def _path(value: str) -> constraints.Violation | None:
    if value.isprintable() and not value.startswith("/") and Path(value).parts and ".." not in Path(value).parts:
        return None
    return constraints.Violation(
        code="invalid-setting",
        summary=f'"{value}" is no folder inside the fleet',
        hint='relative to vend.hcl, such as "account-requests"',
    )


def _pattern(value: str) -> constraints.Violation | None:
    if any(character.isalnum() for character in value):
        return None
    return constraints.Violation(
        code="invalid-setting",
        summary=f'"{value}" has no word in it that a name could have',
        hint='one or more words, such as "license key"',
    )


def _constraint(attribute: Attribute, problems: Problems) -> str | None:
    found = text(attribute, problems)
    if found is None:
        return None
    if all(_CONSTRAINT.fullmatch(part) for part in found.value.split(",")):
        return found.value
    problems.add(
        "invalid-setting", found.position, f'"{found.value}" is no version constraint', hint='such as "~> 1.11"'
    )
    return None


def _providers(attribute: Attribute, problems: Problems) -> dict[str, str] | None:
    found = text_map(attribute, problems)
    if found is None:
        return None
    providers: dict[str, str] = {}
    for name, version in found.items.items():
        if not _PROVIDER.fullmatch(name):
            problems.add("invalid-setting", found.keys[name], f'"{name}" is no local name of a provider')
        elif not _EXACT.fullmatch(version.value):
            problems.add(
                "invalid-setting",
                version.position,
                f'"{version.value}" is no exact version',
                hint='such as "5.100.0": the lock file holds its hashes',
            )
        else:
            providers[name] = version.value
    return providers


_REGION = _checked(constraints.region)
SPECS: dict[str, BlockSpec] = {
    "fleet": BlockSpec(
        labels=1,
        settings={
            "home_region": _REGION,
            "organization_id": _matching(_ORGANIZATION_ID, "organization id", "o-exampleorgid"),
            "management_account_id": _matching(_ACCOUNT_ID, "account id", "111111111111"),
            "frozen": boolean,
            "frozen_reason": _plain,
        },
        required=("home_region",),
    ),
    "control_tower": BlockSpec(
        settings={
            "max_concurrent_operations": _between(1, 10),
            "vending_role": _matching(_ROLE_ARN, "ARN of a role", "arn:aws:iam::111111111111:role/vend-apply"),
            "execution_role": _matching(_ROLE_NAME, "name of a role", "AWSControlTowerExecution"),
            "timeout_minutes": _between(1, 1440),
        }
    ),
    "state": BlockSpec(labels=1),
    "ledger": BlockSpec(labels=1),
    "terraform": BlockSpec(
        settings={
            "binary": _plain,
            "version": _constraint,
            "required_providers": _providers,
            "provider_mirror": _plain,
            "parallelism": _between(1, 100),
            "timeout_minutes": _between(1, 1440),
        },
        blocks=("required_providers",),
    ),
    "requests": BlockSpec(settings={"paths": _names(_path), "aft": _plain}),
    "review": BlockSpec(settings={"sensitive_patterns": _names(_pattern)}),
    "hooks": BlockSpec(settings={"timeout_minutes": _between(1, 1440)}),
    "sandbox": BlockSpec(
        settings={
            "organizational_units": _names(constraints.organizational_unit),
            "groups": _names(constraints.group),
            "permission_sets": _names(constraints.permission_set),
            "operation_seconds": _seconds,
        }
    ),
}
STATES: dict[str, BlockSpec] = {
    "local": BlockSpec(labels=1),
    "s3": BlockSpec(
        labels=1,
        settings={
            "bucket": _matching(_BUCKET, "bucket name", "example-vend-state"),
            "region": _REGION,
            "prefix": _matching(_PREFIX, "prefix of state keys", "vend"),
            "kms_key_id": _matching(_KMS, "id, alias or ARN of a key", "alias/vend"),
        },
        required=("bucket", "region"),
    ),
}
LEDGERS: dict[str, BlockSpec] = {
    "sqlite": BlockSpec(labels=1),
    "dynamodb": BlockSpec(
        labels=1,
        settings={"table": _matching(_TABLE, "name of a table", "vend-ledger"), "region": _REGION},
        required=("table",),
    ),
}
