"""Reading vend.hcl: every block and setting known, checked, with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vend.errors import Diagnostic, InvalidInputError, has_errors, sort_diagnostics
from vend.hcl import Attribute, Block, parse
from vend.models import Position
from vend.requests import _constraints as constraints
from vend.requests._literals import Text, boolean, number, text, text_list, text_map
from vend.requests._problems import Problems, did_you_mean
from vend.settings import (
    ControlTowerSettings,
    DynamodbLedger,
    LocalState,
    S3State,
    SandboxSettings,
    Settings,
    SqliteLedger,
    TerraformSettings,
)

SETTINGS_FILE = "vend.hcl"

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
_WITHOUT_EFFECT = ("review", "notify")

Reader = Callable[[Attribute, Problems], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _BlockSpec:
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
    if found is not None and not found.value.strip():
        problems.add("invalid-setting", found.position, f'"{attribute.name}" is empty', hint="leave the line out")
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
    if value.strip() and not value.startswith("/") and ".." not in Path(value).parts:
        return None
    return constraints.Violation(
        code="invalid-setting",
        summary=f'"{value}" is no folder inside the fleet',
        hint='relative to vend.hcl, such as "account-requests"',
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
_SPECS: dict[str, _BlockSpec] = {
    "fleet": _BlockSpec(
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
    "control_tower": _BlockSpec(
        settings={
            "max_concurrent_operations": _between(1, 10),
            "vending_role": _matching(_ROLE_ARN, "ARN of a role", "arn:aws:iam::111111111111:role/vend-apply"),
            "execution_role": _matching(_ROLE_NAME, "name of a role", "AWSControlTowerExecution"),
            "timeout_minutes": _between(1, 1440),
        }
    ),
    "state": _BlockSpec(labels=1),
    "ledger": _BlockSpec(labels=1),
    "terraform": _BlockSpec(
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
    "requests": _BlockSpec(settings={"paths": _names(_path), "aft": _plain}),
    "hooks": _BlockSpec(settings={"timeout_minutes": _between(1, 1440)}),
    "sandbox": _BlockSpec(
        settings={
            "organizational_units": _names(constraints.organizational_unit),
            "groups": _names(constraints.group),
            "permission_sets": _names(constraints.permission_set),
            "operation_seconds": _seconds,
        }
    ),
}
_STATES: dict[str, _BlockSpec] = {
    "local": _BlockSpec(labels=1),
    "s3": _BlockSpec(
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
_LEDGERS: dict[str, _BlockSpec] = {
    "sqlite": _BlockSpec(labels=1),
    "dynamodb": _BlockSpec(
        labels=1,
        settings={"table": _matching(_TABLE, "name of a table", "vend-ledger"), "region": _REGION},
        required=("table",),
    ),
}


def load_settings(directory: Path, on_warning: Callable[[Iterable[Diagnostic]], None] | None = None) -> Settings:
    """Reads a fleet's vend.hcl.

    Args:
        directory: of the fleet.
        on_warning: takes what does not keep the settings from being used.

    Raises:
        InvalidInputError: it is missing, unreadable, or says something that cannot be used; every problem.
    """
    problems = Problems()
    settings = _load(directory, problems)
    found = sort_diagnostics(problems.found)
    if settings is None or has_errors(found):
        raise InvalidInputError(found)
    if on_warning is not None:
        on_warning(found)
    return settings


def _load(directory: Path, problems: Problems) -> Settings | None:
    path = directory / SETTINGS_FILE
    if not directory.is_dir():
        problems.add("fleet-not-found", None, f"there is no folder {directory}", hint="vend --fleet DIR …")
        return None
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        problems.add(
            "settings-missing",
            None,
            f"{directory} has no {SETTINGS_FILE}",
            hint='the least it says is: fleet "name" { home_region = "eu-west-1" }',
        )
        return None
    except OSError as error:
        place = Position(file=SETTINGS_FILE, line=1, column=1)
        problems.add("unreadable-file", place, f"the file cannot be read: {error.strerror}")
        return None
    parsed = parse(content, SETTINGS_FILE)
    problems.extend(parsed.diagnostics)
    if parsed.body is None:
        return None
    for attribute in parsed.body.attributes.values():
        problems.add(
            "unknown-setting",
            attribute.position,
            f'"{attribute.name}" stands outside of any block',
            hint=did_you_mean(attribute.name, _SPECS),
        )
    return _settings(_known_blocks(parsed.body.blocks, problems), problems)


def _known_blocks(blocks: Iterable[Block], problems: Problems) -> dict[str, Block]:
    known: dict[str, Block] = {}
    for block in blocks:
        if block.type in _WITHOUT_EFFECT:
            problems.warn("setting-without-effect", block.position, f'"{block.type}" has no effect in this version')
        elif block.type not in _SPECS:
            problems.add(
                "unknown-setting",
                block.position,
                f'there is no block "{block.type}" in {SETTINGS_FILE}',
                hint=did_you_mean(block.type, _SPECS),
            )
        elif block.type in known:
            first = known[block.type].position
            problems.add(
                "duplicate-block",
                block.position,
                f'a second "{block.type}" block',
                detail=f"The first is at {first.file}:{first.line}.",
                hint="put them into one",
            )
        else:
            known[block.type] = block
    return known


def _settings(blocks: Mapping[str, Block], problems: Problems) -> Settings | None:
    read = {name: _block(blocks[name], spec, problems) for name, spec in _SPECS.items() if name in blocks}
    state = _state(blocks.get("state"), problems)
    ledger = _ledger(blocks.get("ledger"), problems)
    if "fleet" not in blocks:
        problems.add(
            "missing-setting",
            Position(file=SETTINGS_FILE, line=1, column=1),
            'there is no "fleet" block',
            hint='fleet "name" { home_region = "eu-west-1" }',
        )
    fleet = read.get("fleet", {})
    if "home_region" not in fleet or not blocks["fleet"].labels:
        return None
    requests = read.get("requests", {})
    chosen: dict[str, Any] = {"request_paths": requests["paths"]} if "paths" in requests else {}
    hooks = read.get("hooks", {})
    if "timeout_minutes" in hooks:
        chosen["hook_timeout_minutes"] = hooks["timeout_minutes"]
    if requests.get("aft"):
        chosen["aft"] = requests["aft"]
        place = blocks["requests"].body.attributes["aft"].position
        problems.warn("setting-without-effect", place, '"requests.aft" has no effect in this version')
    terraform = read.get("terraform", {})
    if terraform.get("required_providers") and "aws" not in terraform["required_providers"]:
        terraform["required_providers"]["aws"] = TerraformSettings().required_providers["aws"]
    return Settings(
        name=blocks["fleet"].labels[0],
        **fleet,
        **chosen,
        control_tower=ControlTowerSettings(**read.get("control_tower", {})),
        state=state,
        ledger=ledger,
        terraform=TerraformSettings(**terraform),
        sandbox=SandboxSettings(**read.get("sandbox", {})),
    )


def _block(block: Block, spec: _BlockSpec, problems: Problems) -> dict[str, Any]:
    """The settings of one block that are usable; every problem is reported."""
    if len(block.labels) != spec.labels:
        many = ("no label", "one label")[spec.labels]
        problems.add("wrong-labels", block.position, f'"{block.type}" takes {many}, not {len(block.labels)}')
    if block.type in {"state", "ledger"}:
        return {}
    found: dict[str, Any] = {}
    for name, attribute in {**block.body.attributes, **_attribute_blocks(block, spec, problems)}.items():
        reader = spec.settings.get(name)
        if reader is None:
            problems.add(
                "unknown-setting",
                attribute.position,
                f'"{block.type}" has no setting "{name}"',
                hint=did_you_mean(name, spec.settings),
            )
            continue
        value = reader(attribute, problems)
        if value is not None:
            found[name] = value
    for name in spec.required:
        if name not in block.body.attributes:
            problems.add("missing-setting", block.position, f'"{block.type}" lacks "{name}"', hint=f'{name} = "…"')
    return found


def _attribute_blocks(block: Block, spec: _BlockSpec, problems: Problems) -> dict[str, Attribute]:
    """Nested blocks that stand for a map, such as `required_providers { aws = "…" }`."""
    found: dict[str, Attribute] = {}
    for inner in block.body.blocks:
        if inner.type in spec.blocks and not inner.labels and not inner.body.blocks and inner.type not in found:
            found[inner.type] = _as_map(inner)
            continue
        problems.add(
            "unknown-setting",
            inner.position,
            f'"{block.type}" has no block "{inner.type}"',
            hint=did_you_mean(inner.type, spec.settings),
        )
    return found


def _as_map(block: Block) -> Attribute:
    from vend.hcl import Value

    attributes = block.body.attributes
    return Attribute(
        name=block.type,
        position=block.position,
        expression=Value(
            value={name: attribute.value for name, attribute in attributes.items()},
            text="",
            position=block.position,
            elements={name: attribute.expression for name, attribute in attributes.items()},
            key_positions={name: attribute.position for name, attribute in attributes.items()},
        ),
    )


def _state(block: Block | None, problems: Problems) -> LocalState | S3State:
    if block is None:
        return LocalState()
    values = _labelled(block, _STATES, problems)
    if block.labels[:1] == ("s3",) and {"bucket", "region"} <= set(values):
        return S3State(**values)
    return LocalState()


def _ledger(block: Block | None, problems: Problems) -> SqliteLedger | DynamodbLedger:
    if block is None:
        return SqliteLedger()
    values = _labelled(block, _LEDGERS, problems)
    if block.labels[:1] == ("dynamodb",) and "table" in values:
        return DynamodbLedger(**values)
    return SqliteLedger()


def _labelled(block: Block, kinds: Mapping[str, _BlockSpec], problems: Problems) -> dict[str, Any]:
    """The settings of a block whose label says which settings it has."""
    if len(block.labels) != 1:
        return {}
    kind = block.labels[0]
    if kind not in kinds:
        problems.add(
            "invalid-setting",
            block.label_positions[0],
            f'there is no {block.type} "{kind}"',
            hint=did_you_mean(kind, kinds),
        )
        return {}
    renamed = Block(
        type=f'{block.type} "{kind}"',
        labels=block.labels,
        position=block.position,
        label_positions=block.label_positions,
        body=block.body,
    )
    return _block(renamed, kinds[kind], problems)
