"""The variables of the repository's copy of AFT's module, in any of its versions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from vend.hcl import Block, Body
from vend.requests.aft._terraform_strings import Plain, plain

PARAMETERS = "control_tower_parameters"
TAGS = "account_tags"
FIELDS = "custom_fields"
CUSTOMIZATIONS = "account_customizations_name"
CHANGE = "change_management_parameters"
REQUEST_VARIABLES = (PARAMETERS, TAGS, FIELDS, CUSTOMIZATIONS, CHANGE)
ITEM = "aws_dynamodb_table_item"
"""The resource in which AFT leaves a request for its pipeline."""

_MAP_TYPES = frozenset({"", "any", "map(any)", "map(string)"})
_STRING_TYPES = frozenset({"", "any", "string"})
_OBJECT = re.compile(r"object\(\{(.*)\}\)", re.DOTALL)
_ATTRIBUTE = re.compile(
    r"\"?(\w+)\"?\s*[=:]\s*(optional\()?\s*(?:string|any)\s*(?:,\s*(?:null|\"\")\s*)?(\))?\s*(?:,|\n|$)\s*"
)
_COMMENT = re.compile(r"#[^\n]*|//[^\n]*|/\*.*?\*/", re.DOTALL)
_ENTRY = re.compile(
    r'"?(?P<key>\w+)"?[=:]\{"?S"?[=:](?P<json>jsonencode\()?'
    r'(?:lookup\(var\.(?P<a>\w+),"(?P<ak>\w+)"(?:,(?:null|""))?\)|var\.(?P<b>\w+)(?:\["(?P<bk>\w+)"\]|\.(?P<ck>\w+))?)'
    r"(?(json)\))\},?"
)
_FRAME = re.compile(rf'jsonencode\(\{{(?:"?(?:{PARAMETERS}|{CHANGE})"?[=:]\{{"?M"?[=:]\{{\}},?\}},?)*\}}\)')


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleInput:
    """A variable of the module.

    Attributes:
        attributes: of an object type, and whether each may be left out; None where any key is kept.
        strings: a map whose values must be strings, or become ones.
        plain: the HCL reader knows what Terraform makes of a value: the type is one of AFT's own, the default
            says nothing, and there is no rule of its own.
    """

    name: str
    required: bool
    attributes: Mapping[str, bool] | None = None
    strings: bool = False
    plain: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestModule:
    """One `modules/aft-account-request`.

    Attributes:
        variables: by name; empty where nothing is known of them.
        plain: what it leaves for AFT is what its variables were given, so that a literal call says it all.
    """

    variables: Mapping[str, ModuleInput] = field(default_factory=dict)
    plain: bool = True


def read_request_module(bodies: Iterable[Body]) -> RequestModule:
    """What the files of such a module declare."""
    variables: dict[str, ModuleInput] = {}
    unchanged = True
    for body in bodies:
        for block in body.blocks:
            if block.type == "variable" and block.labels:
                variables[block.labels[0]] = _variable(block)
            elif block.type == "resource" and block.labels[:1] == (ITEM,):
                unchanged = unchanged and _passes_on(block)
    known = [variables[name] for name in REQUEST_VARIABLES if name in variables]
    usable = not variables or PARAMETERS in variables
    return RequestModule(variables=variables, plain=unchanged and usable and all(variable.plain for variable in known))


def _variable(block: Block) -> ModuleInput:
    name = block.labels[0]
    arguments = block.body.attributes
    default: Plain | object = plain(arguments["default"].expression) if "default" in arguments else None
    written = _COMMENT.sub("", arguments["type"].expression.text).strip() if "type" in arguments else ""
    squeezed = "".join(written.split())
    attributes = _attributes(written) if name in {PARAMETERS, CHANGE} else None
    simple = default in (None, "", {}) and not block.body.blocks and not {"sensitive", "ephemeral"} & set(arguments)
    if name in {PARAMETERS, CHANGE}:
        known = attributes is not None or squeezed in _MAP_TYPES
    else:
        known = squeezed in (_STRING_TYPES if name == CUSTOMIZATIONS else _MAP_TYPES)
    return ModuleInput(
        name=name,
        required="default" not in arguments,
        attributes=attributes,
        strings=squeezed == "map(string)",
        plain=simple and known,
    )


def _attributes(written: str) -> dict[str, bool] | None:
    """The attributes of an object of strings, and whether each is optional; None where it is something else."""
    match = _OBJECT.fullmatch(written)
    if match is None:
        return None
    found = {}
    rest = match[1].strip()
    while rest:
        attribute = _ATTRIBUTE.match(rest)
        if attribute is None or bool(attribute[2]) != bool(attribute[3]):
            return None
        found[attribute[1]] = bool(attribute[2])
        rest = rest[attribute.end() :]
    return found


def _passes_on(resource: Block) -> bool:
    """Whether the item holds each variable as it is, under its own name, in a form that AFT has had."""
    arguments = resource.body.attributes
    if {"count", "for_each"} & set(arguments) or "item" not in arguments:
        return False
    item = "".join(_COMMENT.sub("", arguments["item"].expression.text).split())
    for entry in _ENTRY.finditer(item):
        variable = entry["a"] or entry["b"]
        key = entry["ak"] or entry["bk"] or entry["ck"]
        encoded = entry["json"] is not None
        as_it_is = (
            key == entry["key"] and variable in {PARAMETERS, CHANGE}
            if key is not None
            else variable == entry["key"] and encoded == (variable in {TAGS, FIELDS})
        )
        if entry["key"] == "id":
            as_it_is = (variable, key) == (PARAMETERS, "AccountEmail")
        if not as_it_is or (key is not None and encoded):
            return False
    return _FRAME.fullmatch(_ENTRY.sub("", item)) is not None
