"""Reading and checking vend.hcl."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from vend.errors import Diagnostic, InvalidInputError, Related, has_errors, sort_diagnostics
from vend.hcl import Attribute, Block, parse
from vend.models import Position
from vend.requests.aft import checkout_settings, is_bare_checkout
from vend.requests.language._language import BlockType
from vend.requests.language._problems import Problems, choice
from vend.requests.language._setting_fields import NOT_YET, SETTINGS
from vend.requests.reading._files import read_file
from vend.requests.reading._setting_values import setting
from vend.settings import (
    SETTINGS_FILE,
    USUAL_PATHS,
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
from vend.working import Cache

_BLOCKS = {block.name: block for block in SETTINGS}
_REQUESTS_BLOCK = re.compile(r"^requests[ \t]*\{[^{}]*\}", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsReading:
    """What came of reading vend.hcl.

    Attributes:
        settings: None where anything is wrong with them.
        paths: the folders of requests; None where that is the usual ones, or cannot be said.
        aft: the AFT repository, whatever else is wrong; None where there is none, or it cannot be said.
        terraform: as far as it can be used.
        diagnostics: all of them, sorted.
    """

    settings: Settings | None = None
    paths: tuple[str, ...] | None = None
    aft: str | None = None
    terraform: TerraformSettings = field(default_factory=TerraformSettings)
    diagnostics: tuple[Diagnostic, ...] = ()


def load_settings(
    directory: Path,
    on_warning: Callable[[Iterable[Diagnostic]], None] | None = None,
    environ: Mapping[str, str] = MappingProxyType({}),
    cache: Cache | None = None,
) -> Settings:
    """Reads a fleet's vend.hcl; a checkout of an AFT repository has none, and settings all the same.

    Args:
        directory: of the fleet.
        on_warning: takes what does not keep the settings from being used.
        environ: the caller's environment, which may name the home Region of an AFT checkout.
        cache: remembers what was read before.

    Raises:
        InvalidInputError: it is missing, unreadable, or says something that cannot be used; every problem.
    """
    reading = read_settings(directory, environ, cache)
    if reading.settings is None:
        raise InvalidInputError(reading.diagnostics)
    if on_warning is not None:
        on_warning(reading.diagnostics)
    return reading.settings


def read_settings(
    directory: Path, environ: Mapping[str, str] = MappingProxyType({}), cache: Cache | None = None
) -> SettingsReading:
    """Reads a fleet's vend.hcl as far as it can be; takes what `load_settings` takes, and raises for no bad input."""
    problems = Problems()
    reading = _load(directory, environ, problems, cache)
    found = sort_diagnostics(problems.found)
    return replace(reading, settings=None if has_errors(found) else reading.settings, diagnostics=found)


def _load(directory: Path, environ: Mapping[str, str], problems: Problems, cache: Cache | None) -> SettingsReading:
    path = directory / SETTINGS_FILE
    if not directory.is_dir():
        problems.add("fleet-not-found", None, f"there is no folder {directory}", hint="vend --fleet DIR …")
        return SettingsReading()
    try:
        content = read_file(path, SETTINGS_FILE, problems)
    except FileNotFoundError:
        if is_bare_checkout(directory):
            return _complete(checkout_settings(directory, environ, problems))
        problems.add(
            "settings-missing",
            None,
            f"{directory} has no {SETTINGS_FILE}",
            hint='the minimum is: fleet "name" { home_region = "eu-west-1" }',
        )
        return SettingsReading()
    if content is None:
        return SettingsReading()
    parsed = parse(content, SETTINGS_FILE, cache)
    problems.extend(parsed.diagnostics)
    if parsed.body is None:
        return _requests_alone(directory, content)
    for attribute in parsed.body.attributes.values():
        problems.add(
            "unknown-setting",
            attribute.position,
            f'"{attribute.name}" is outside any block',
            hint=choice(attribute.name, _BLOCKS),
        )
    return _settings(directory, _known_blocks(parsed.body.blocks, problems), problems)


def _requests_alone(directory: Path, content: bytes) -> SettingsReading:
    """Where the requests are, as the only `requests` block says that is right by itself, in a file that is not.

    What is wrong elsewhere in vend.hcl then hides nothing that is wrong in the requests.
    """
    found = _REQUESTS_BLOCK.findall(content.decode("utf-8", "replace"))
    alone = parse(found[0].encode(), SETTINGS_FILE) if len(found) == 1 else None
    if alone is None or alone.body is None:
        return SettingsReading()
    settings_block = _block(alone.body.blocks[0], _BLOCKS["requests"], Problems())
    return SettingsReading(paths=_request_paths(directory, settings_block), aft=settings_block.get("aft"))


def _complete(settings: Settings) -> SettingsReading:
    return SettingsReading(
        settings=settings, paths=settings.request_paths, aft=settings.aft, terraform=settings.terraform
    )


def _known_blocks(blocks: Iterable[Block], problems: Problems) -> dict[str, Block]:
    known: dict[str, Block] = {}
    for block in blocks:
        if block.type in NOT_YET:
            problems.warn("setting-without-effect", block.position, f'"{block.type}" has no effect in this version')
        elif block.type not in _BLOCKS:
            problems.add(
                "unknown-setting",
                block.position,
                f'{SETTINGS_FILE} has no block "{block.type}"',
                hint=choice(block.type, _BLOCKS),
            )
        elif block.type in known:
            first = known[block.type].position
            problems.twice(
                "duplicate-block",
                block.position,
                f'a second "{block.type}" block',
                first=Related.at("the first is here", first),
                hint="merge them into one",
            )
        else:
            known[block.type] = block
    return known


def _settings(directory: Path, blocks: Mapping[str, Block], problems: Problems) -> SettingsReading:
    read = {name: _block(blocks[name], kind, problems) for name, kind in _BLOCKS.items() if name in blocks}
    if "fleet" not in blocks:
        problems.add(
            "missing-setting",
            Position(file=SETTINGS_FILE, line=1, column=1),
            'there is no "fleet" block',
            hint='fleet "name" { home_region = "eu-west-1" }',
        )
    requests = read.get("requests", {})
    reading = SettingsReading(
        paths=_request_paths(directory, requests),
        aft=requests.get("aft"),
        terraform=_terraform(directory, read.get("terraform", {})),
    )
    fleet = read.get("fleet", {})
    if "home_region" not in fleet or not blocks["fleet"].labels:
        return reading
    chosen: dict[str, Any] = {}
    if reading.paths is not None:
        chosen["request_paths"] = reading.paths
    hooks = read.get("hooks", {})
    if "timeout_minutes" in hooks:
        chosen["hook_timeout_minutes"] = hooks["timeout_minutes"]
    settings = Settings(
        name=blocks["fleet"].labels[0],
        **fleet,
        **chosen,
        aft=reading.aft,
        control_tower=ControlTowerSettings(**read.get("control_tower", {})),
        state=_state(blocks.get("state"), read),
        ledger=_ledger(blocks.get("ledger"), read),
        terraform=reading.terraform,
        sandbox=SandboxSettings(**read.get("sandbox", {})),
        review=ReviewSettings(**read.get("review", {})),
    )
    return replace(reading, settings=settings)


def _request_paths(directory: Path, requests: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Beside an AFT repository, the usual folders need not be there."""
    if "paths" in requests or "aft" not in requests:
        return requests.get("paths")
    return tuple(path for path in USUAL_PATHS if (directory / path).is_dir())


def _terraform(directory: Path, settings_block: Mapping[str, Any]) -> TerraformSettings:
    chosen = dict(settings_block)
    if "required_providers" in chosen:
        chosen["required_providers"] = {**TerraformSettings().required_providers, **chosen["required_providers"]}
    for name in ("binary", "provider_mirror"):
        if name in chosen:
            chosen[name] = _beside(directory, chosen[name], mirror=name == "provider_mirror")
    return TerraformSettings(**chosen)


def _beside(directory: Path, value: str, *, mirror: bool) -> str:
    """A path is relative to vend.hcl; a program's bare name is looked up on PATH."""
    return str(directory / Path(value).expanduser()) if mirror or "/" in value else value


def _block(block: Block, kind: BlockType, problems: Problems) -> dict[str, Any]:
    """The settings of one block that are usable; every problem is reported."""
    if not _label(block, kind, problems):
        return {}
    if kind.kinds:
        return _block_of_kind(block, kind.kinds.get(block.labels[0]), problems)
    return _fields(block, kind, f'"{block.type}"', problems)


def _block_of_kind(block: Block, kind: BlockType | None, problems: Problems) -> dict[str, Any]:
    return _fields(block, kind, f'"{block.type} "{block.labels[0]}""', problems) if kind else {}


def _label(block: Block, kind: BlockType, problems: Problems) -> bool:
    """Whether the block has as many labels as it takes; what is wrong with its label is reported."""
    wanted = 0 if kind.label is None else 1
    if len(block.labels) != wanted:
        many = ("no label", "one label")[wanted]
        problems.add("wrong-labels", block.position, f'"{block.type}" takes {many}, not {len(block.labels)}')
        return wanted == 0
    if kind.label is not None and (violation := kind.label(block.labels[0])) is not None:
        problems.violation(block.label_positions[0], violation)
    return True


def _fields(block: Block, kind: BlockType, name: str, problems: Problems) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for attribute in {**block.body.attributes, **_attribute_blocks(block, kind, problems)}.values():
        field = kind.field(attribute.name)
        if field is None:
            problems.add(
                "unknown-setting",
                attribute.position,
                f'{name} has no setting "{attribute.name}"',
                hint=choice(attribute.name, kind.field_names),
            )
            continue
        value = setting(field, attribute, problems)
        if value is not None:
            found[field.name] = value
    for required in kind.required:
        if required not in block.body.attributes:
            problems.add("missing-setting", block.position, f'{name} has no "{required}"', hint=f'{required} = "…"')
    return found


def _attribute_blocks(block: Block, kind: BlockType, problems: Problems) -> dict[str, Attribute]:
    """Nested blocks that stand for a map, such as `required_providers { aws = "…" }`."""
    found: dict[str, Attribute] = {}
    for inner in block.body.blocks:
        field = kind.field(inner.type)
        as_block = field is not None and field.as_block
        if as_block and not inner.labels and not inner.body.blocks and inner.type not in found:
            found[inner.type] = _as_map(inner)
            continue
        problems.add(
            "unknown-setting",
            inner.position,
            f'"{block.type}" has no block "{inner.type}"',
            hint=choice(inner.type, kind.field_names),
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


def _state(block: Block | None, read: Mapping[str, Mapping[str, Any]]) -> LocalState | S3State:
    values = read.get("state", {})
    if block is not None and block.labels == ("s3",) and {"bucket", "region"} <= set(values):
        return S3State(**values)
    return LocalState()


def _ledger(block: Block | None, read: Mapping[str, Mapping[str, Any]]) -> SqliteLedger | DynamodbLedger:
    values = read.get("ledger", {})
    if block is not None and block.labels == ("dynamodb",) and "table" in values:
        return DynamodbLedger(**values)
    return SqliteLedger()
