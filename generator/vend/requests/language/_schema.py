"""JSON Schema of requests and settings, generated from the tables of their fields.

A schema is of HCL in its JSON syntax, as HCL's own specification has it: a block is a member named after its type; with
a label, an object by label; where there may be several, an array. Tools such as hcl2json write every block as an array.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from vend.requests.language._language import BlockType, Field, Rule, value_of
from vend.requests.language._request_fields import ACCOUNT, DEFAULTS, TEMPLATES
from vend.requests.language._setting_fields import SETTINGS

SchemaName = Literal["requests", "settings"]
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TITLES: Mapping[SchemaName, str] = {"requests": "Account requests of vend", "settings": "vend.hcl"}
_DESCRIPTIONS: Mapping[SchemaName, str] = {
    "requests": "A file of account requests, in HCL's JSON syntax. Fields that defaults can set are not required in "
    "an account.",
    "settings": "The settings of a fleet, in HCL's JSON syntax.",
}


def json_schema(name: SchemaName) -> dict[str, Any]:
    """The schema of a file of requests, or of vend.hcl: JSON Schema, draft 2020-12."""
    definitions: dict[str, Any] = {}
    blocks = (ACCOUNT, DEFAULTS) if name == "requests" else SETTINGS
    members = {block.name: _blocks(block, definitions) for block in blocks}
    required = [block.name for block in blocks if name == "settings" and block.required]
    return {
        "$schema": _DIALECT,
        "title": _TITLES[name],
        "description": _DESCRIPTIONS[name],
        "type": "object",
        "properties": members,
        "additionalProperties": False,
        **({"required": required} if required else {}),
        "$defs": dict(sorted(definitions.items())),
    }


def _blocks(block: BlockType, definitions: dict[str, Any]) -> dict[str, Any]:
    """Blocks of one type within a body."""
    if block.kinds:
        by_label = {
            label: _one(_defined(kind, f"{block.name}_{label}", definitions)) for label, kind in block.kinds.items()
        }
        return _labelled(block, {"properties": by_label, "additionalProperties": False})
    body = _defined(block, block.name, definitions)
    if block.label is None:
        return {"description": block.description, **_one(body)}
    several = block.repeats and block.name == "access"
    members = {
        "additionalProperties": _some(body) if several else _one(body),
        "propertyNames": _string(block.label),
    }
    return _labelled(block, members)


def _labelled(block: BlockType, members: Mapping[str, Any]) -> dict[str, Any]:
    """An object by label; a tool may write an array of them, one for each block."""
    single = {"type": "object", "minProperties": 1, **({} if block.repeats else {"maxProperties": 1}), **members}
    most = {} if block.repeats else {"maxItems": 1}
    return {
        "description": block.description,
        "anyOf": [single, {"type": "array", "items": single, "minItems": 1, **most}],
    }


def _one(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [body, {"type": "array", "items": body, "minItems": 1, "maxItems": 1}]}


def _some(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [body, {"type": "array", "items": body, "minItems": 1}]}


def _defined(block: BlockType, name: str, definitions: dict[str, Any]) -> dict[str, Any]:
    """A reference to what a block holds."""
    if name not in definitions:
        definitions[name] = {}
        definitions[name] = _body(block, definitions)
    return {"$ref": f"#/$defs/{name}"}


def _body(block: BlockType, definitions: dict[str, Any]) -> dict[str, Any]:
    properties = {field.name: _field(field) for field in block.fields}
    properties |= {inner.name: _blocks(inner, definitions) for inner in block.blocks}
    # What defaults may give need not stand in the block itself.
    inheriting = block.name in {ACCOUNT.name, DEFAULTS.name}
    required = [field.name for field in block.fields if field.required and not (inheriting and _given(field))]
    return {
        "type": "object",
        "description": block.description,
        "properties": properties,
        "additionalProperties": False,
        **({"required": required} if required else {}),
        **({"minProperties": 1} if block.sets_something else {}),
    }


def _given(field: Field) -> bool:
    """Whether defaults may say the field, or make it from a template."""
    return field.inherited or any(template.name == f"{field.name}_template" for template in TEMPLATES)


def _field(field: Field) -> dict[str, Any]:
    found: dict[str, Any] = {"description": _description(field)}
    match field.kind:
        case "string":
            found |= _string(field.rule)
        case "list":
            found |= {"type": "array", "items": _string(field.rule), **({"uniqueItems": True} if field.unique else {})}
        case "map":
            found |= {
                "type": "object",
                "additionalProperties": _string(field.rule),
                "propertyNames": _string(field.key),
            }
            found |= {"maxProperties": field.most} if field.most is not None else {}
            found = {"description": found.pop("description"), **_one(found)} if field.as_block else found
        case "number":
            limits = {"minimum": field.lowest, "maximum": field.highest}
            found |= {"type": "integer" if field.whole else "number"}
            found |= {name: limit for name, limit in limits.items() if limit is not None}
        case "boolean":
            found |= {"type": "boolean"}
    default = value_of(field.default)
    found |= {"default": default} if default is not None else {}
    example = value_of(field.example)
    return {**found, **({"examples": [example]} if example is not None else {})}


def _string(rule: Rule) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "string"}
    if rule.choices:
        return {**found, "enum": list(rule.choices)}
    found |= {"minLength": rule.shortest} if rule.shortest else {}
    found |= {"maxLength": rule.longest} if rule.longest is not None else {}
    return {**found, **({"pattern": rule.pattern} if rule.pattern is not None else {})}


def _description(field: Field) -> str:
    sentences = [field.description]
    if field.kind == "map" and field.key.accepts:
        sentences.append(f"Keys: {field.key.accepts}.")
    if field.rule.accepts and not field.rule.choices:
        sentences.append(f"{'Takes' if field.kind == 'string' else 'Values'}: {field.rule.accepts}.")
    if field.default is not None and value_of(field.default) is None:
        sentences.append(f"Default: {field.default}.")
    return " ".join(sentences)
