"""Reading vend.hcl: every block and setting known, checked, with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from vend.errors import Diagnostic, InvalidInputError, Related, has_errors, sort_diagnostics
from vend.hcl import Attribute, Block, parse
from vend.models import Position
from vend.requests._files import read_file
from vend.requests._problems import Problems, choice
from vend.requests._setting_specs import LEDGERS, SPECS, STATES, BlockSpec
from vend.settings import (
    ControlTowerSettings,
    DynamodbLedger,
    LocalState,
    ReviewSettings,
    S3State,
    SandboxSettings,
    Settings,
    SqliteLedger,
    TerraformSettings,
)

SETTINGS_FILE = "vend.hcl"

_WITHOUT_EFFECT = ("notify",)


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
        content = read_file(path, SETTINGS_FILE, problems)
    except FileNotFoundError:
        problems.add(
            "settings-missing",
            None,
            f"{directory} has no {SETTINGS_FILE}",
            hint='the least it says is: fleet "name" { home_region = "eu-west-1" }',
        )
        return None
    if content is None:
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
            hint=choice(attribute.name, SPECS),
        )
    return _settings(directory, _known_blocks(parsed.body.blocks, problems), problems)


def _known_blocks(blocks: Iterable[Block], problems: Problems) -> dict[str, Block]:
    known: dict[str, Block] = {}
    for block in blocks:
        if block.type in _WITHOUT_EFFECT:
            problems.warn("setting-without-effect", block.position, f'"{block.type}" has no effect in this version')
        elif block.type not in SPECS:
            problems.add(
                "unknown-setting",
                block.position,
                f'there is no block "{block.type}" in {SETTINGS_FILE}',
                hint=choice(block.type, SPECS),
            )
        elif block.type in known:
            first = known[block.type].position
            problems.twice(
                "duplicate-block",
                block.position,
                f'a second "{block.type}" block',
                first=Related.at("the first is here", first),
                hint="put them into one",
            )
        else:
            known[block.type] = block
    return known


def _settings(directory: Path, blocks: Mapping[str, Block], problems: Problems) -> Settings | None:
    read = {name: _block(blocks[name], spec, problems) for name, spec in SPECS.items() if name in blocks}
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
    if not blocks["fleet"].labels[0].strip():
        problems.add("invalid-setting", blocks["fleet"].label_positions[0], "the fleet has no name")
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
    if "required_providers" in terraform:
        terraform["required_providers"] = {
            **TerraformSettings().required_providers,
            **terraform["required_providers"],
        }
    for name in ("binary", "provider_mirror"):
        if name in terraform:
            terraform[name] = _beside(directory, terraform[name], mirror=name == "provider_mirror")
    return Settings(
        name=blocks["fleet"].labels[0],
        **fleet,
        **chosen,
        control_tower=ControlTowerSettings(**read.get("control_tower", {})),
        state=state,
        ledger=ledger,
        terraform=TerraformSettings(**terraform),
        sandbox=SandboxSettings(**read.get("sandbox", {})),
        review=ReviewSettings(**read.get("review", {})),
    )


def _beside(directory: Path, value: str, *, mirror: bool) -> str:
    """A path is relative to vend.hcl; a program's bare name is looked up on PATH."""
    return str(directory / Path(value).expanduser()) if mirror or "/" in value else value


def _block(block: Block, spec: BlockSpec, problems: Problems) -> dict[str, Any]:
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
                hint=choice(name, spec.settings),
            )
            continue
        value = reader(attribute, problems)
        if value is not None:
            found[name] = value
    for name in spec.required:
        if name not in block.body.attributes:
            problems.add("missing-setting", block.position, f'"{block.type}" lacks "{name}"', hint=f'{name} = "…"')
    return found


def _attribute_blocks(block: Block, spec: BlockSpec, problems: Problems) -> dict[str, Attribute]:
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
            hint=choice(inner.type, spec.settings),
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
    values = _labelled(block, STATES, problems)
    if block.labels[:1] == ("s3",) and {"bucket", "region"} <= set(values):
        return S3State(**values)
    return LocalState()


def _ledger(block: Block | None, problems: Problems) -> SqliteLedger | DynamodbLedger:
    if block is None:
        return SqliteLedger()
    values = _labelled(block, LEDGERS, problems)
    if block.labels[:1] == ("dynamodb",) and "table" in values:
        return DynamodbLedger(**values)
    return SqliteLedger()


def _labelled(block: Block, kinds: Mapping[str, BlockSpec], problems: Problems) -> dict[str, Any]:
    """The settings of a block whose label says which settings it has."""
    if len(block.labels) != 1:
        return {}
    kind = block.labels[0]
    if kind not in kinds:
        problems.add(
            "invalid-setting",
            block.label_positions[0],
            f'there is no {block.type} "{kind}"',
            hint=choice(kind, kinds),
        )
        return {}
    return _block(replace(block, type=f'{block.type} "{kind}"'), kinds[kind], problems)
