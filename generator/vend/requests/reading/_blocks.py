"""Reading one `account` or `defaults` block, and checking its values."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

from vend.errors import Related
from vend.hcl import Attribute, Block, Body
from vend.models import ContactKind
from vend.requests.language import _constraints as constraints
from vend.requests.language import _contact_constraints as contact_constraints
from vend.requests.language._language import Field, Rule
from vend.requests.language._problems import Problems, choice
from vend.requests.language._request_fields import ACCOUNT, DEFAULTS
from vend.requests.reading._block_values import BlockValues, NestedValues
from vend.requests.reading._literals import Text, TextMap, text, text_list, text_map

KINDS: tuple[ContactKind, ...] = get_args(ContactKind)
_INSIDE = {block.name: block for block in ACCOUNT.blocks}
_NOT_BY_DEFAULT = tuple(field.name for field in ACCOUNT.fields if not field.inherited)


def read_block(block: Block, problems: Problems, *, default: bool) -> BlockValues:
    """Reads an `account` block, or with `default` a `defaults` block."""
    body = block.body
    wrong: set[str] = set()
    scalars: dict[str, Text] = {}
    maps: dict[str, TextMap] = {}
    lists: dict[str, tuple[Text, ...]] = {}
    for attribute in body.attributes.values():
        if not _known(attribute, block, problems, default=default):
            continue
        before = len(problems)
        _attribute(attribute, problems, scalars, maps, lists)
        if len(problems) > before:
            wrong.add(attribute.name)
    _no_other_blocks(body, ACCOUNT.block_names, f'"{block.type}"', problems, attributes=ACCOUNT.field_names)
    return BlockValues(
        position=block.position,
        scalars=scalars,
        maps=maps,
        lists=lists,
        sso_user=_single(body, "sso_user", problems),
        change=_single(body, "change", problems),
        contacts=_contacts(body, problems),
        access=_access(body, problems),
        wrong=frozenset(wrong),
    )


def _known(attribute: Attribute, block: Block, problems: Problems, *, default: bool) -> bool:
    name = attribute.name
    if default and name in _NOT_BY_DEFAULT:
        problems.add(
            "not-by-default",
            attribute.position,
            f'"{name}" cannot have a default: every account has its own',
            hint=f"set it in the account block, or derive it from the label with {name}_template",
        )
        return False
    kind = DEFAULTS if default else ACCOUNT
    if name in kind.field_names:
        return True
    if name in DEFAULTS.field_names:
        problems.add(
            "unknown-field",
            attribute.position,
            f'"{name}" is allowed only in defaults',
            hint=f"write {name.split('_')[0]} = …",
        )
        return False
    if name in ACCOUNT.block_names:
        problems.add(
            "unknown-field", attribute.position, f'"{name}" is a block, not an argument', hint=f"{name} {{ … }}"
        )
        return False
    problems.add(
        "unknown-field",
        attribute.position,
        f'"{block.type}" has no field "{name}"',
        hint=choice(name, kind.field_names + kind.block_names),
    )
    return False


def _attribute(
    attribute: Attribute,
    problems: Problems,
    scalars: dict[str, Text],
    maps: dict[str, TextMap],
    lists: dict[str, tuple[Text, ...]],
) -> None:
    field = ACCOUNT.field(attribute.name) or DEFAULTS.field(attribute.name)
    if field is None:
        return
    if field.kind == "map":
        pairs = text_map(attribute, problems)
        if pairs is not None:
            maps[field.name] = pairs
            _check_map(field, pairs, problems)
    elif field.kind == "list":
        items = text_list(attribute, problems)
        if items is not None:
            lists[field.name] = items
            _check_list(field, items, problems)
    else:
        found = text(attribute, problems)
        if found is not None:
            scalars[field.name] = found
            _check(found, field.rule, problems)


def _check(found: Text, rule: Rule, problems: Problems) -> bool:
    violation = rule(found.value)
    if violation is None:
        return True
    problems.violation(found.position, violation)
    return violation.severity == "warning"


def _check_map(field: Field, pairs: TextMap, problems: Problems) -> None:
    for key, found in pairs.items.items():
        _check(Text(value=key, position=pairs.keys[key]), field.key, problems)
        _check(found, field.rule, problems)


def _check_list(field: Field, items: tuple[Text, ...], problems: Problems) -> None:
    first: dict[str, Text] = {}
    for item in items:
        _check(item, field.rule, problems)
        if field.unique and item.value in first:
            problems.twice(
                "duplicate-value",
                item.position,
                f'"{item.value}" appears twice in "{field.name}"',
                first=Related.at("the first is here", first[item.value].position),
            )
        first.setdefault(item.value, item)


def _no_other_blocks(
    body: Body, allowed: tuple[str, ...], where: str, problems: Problems, *, attributes: tuple[str, ...] = ()
) -> None:
    for block in body.blocks:
        if block.type in allowed:
            continue
        if block.type in attributes:
            problems.add(
                "unknown-block",
                block.position,
                f'"{block.type}" is an argument, not a block',
                hint=f"{block.type} = …",
            )
            continue
        problems.add(
            "unknown-block",
            block.position,
            f'{where} has no block "{block.type}"',
            hint=choice(block.type, allowed + attributes),
        )


def _single(body: Body, kind: str, problems: Problems) -> NestedValues | None:
    blocks = list(body.blocks_of(kind))
    for extra in blocks[1:]:
        first = Related.at("the first is here", blocks[0].position)
        problems.twice(
            "duplicate-block", extra.position, f'a second "{kind}" block', first=first, hint="keep one of them"
        )
    if not blocks:
        return None
    _labels(blocks[0], 0, f"{kind} {{ … }}", problems)
    return _group(blocks[0], problems)


def _group(block: Block, problems: Problems) -> NestedValues:
    """A nested block with the fields that it must have."""
    kind = _INSIDE[block.type]
    values: dict[str, Text] = {}
    for attribute in block.body.attributes.values():
        field = kind.field(attribute.name)
        if field is None:
            problems.add(
                "unknown-field",
                attribute.position,
                f'"{block.type}" has no field "{attribute.name}"',
                hint=choice(attribute.name, kind.field_names),
            )
            continue
        found = text(attribute, problems)
        if found is not None:
            values[attribute.name] = found
            _check(found, field.rule, problems)
    _no_other_blocks(block.body, (), f'"{block.type}"', problems)
    for name in kind.required:
        if name not in block.body.attributes:
            problems.add("missing-field", block.position, f'"{block.type}" has no "{name}"', hint=f'{name} = "…"')
    if kind.sets_something and block.body.attributes.keys().isdisjoint(kind.field_names):
        hint = " or ".join(f'{name} = "…"' for name in kind.field_names)
        problems.add("missing-field", block.position, f'"{block.type}" is empty', hint=hint)
    return NestedValues(position=block.position, values=values)


def _labels(block: Block, wanted: int, form: str, problems: Problems) -> bool:
    if len(block.labels) == wanted:
        return True
    many = ("no label", "one label")[wanted]
    problems.add("wrong-labels", block.position, f'"{block.type}" takes {many}, not {len(block.labels)}', hint=form)
    return False


def _contacts(body: Body, problems: Problems) -> dict[str, NestedValues]:
    contacts: dict[str, NestedValues] = {}
    for block in body.blocks_of("alternate_contact"):
        group = _group(block, problems)
        if not _labels(block, 1, 'alternate_contact "security" { … }', problems):
            continue
        kind, place = block.labels[0], block.label_positions[0]
        if not _check(Text(value=kind, position=place), contact_constraints.CONTACT_KIND, problems):
            continue
        if kind in contacts:
            first = Related.at("the first is here", contacts[kind].position)
            problems.twice(
                "duplicate-block", place, f'a second alternate contact "{kind}"', first=first, hint="keep one of them"
            )
        else:
            contacts[kind] = group
    return contacts


def _access(body: Body, problems: Problems) -> dict[str, tuple[NestedValues, ...]]:
    access: dict[str, tuple[NestedValues, ...]] = {}
    seen: set[tuple[str, str]] = set()
    for block in body.blocks_of("access"):
        found = _group(block, problems)
        if not _labels(block, 1, 'access "Group" { permission_set = "…" }', problems):
            continue
        name, place = block.labels[0], block.label_positions[0]
        if not _check(Text(value=name, position=place), constraints.GROUP, problems):
            continue
        given = found.values.get("permission_set")
        if given is not None and (name, given.value) in seen:
            problems.add("duplicate-block", place, f'group "{name}" has the permission set "{given.value}" twice')
            continue
        if given is not None:
            seen.add((name, given.value))
            access[name] = (*access.get(name, ()), replace(found, position=place))
    return access


def check_label(block: Block, problems: Problems) -> str | None:
    """The label of an `account` block; None after a diagnostic."""
    if not _labels(block, 1, 'account "name" { … }', problems):
        return None
    label = block.labels[0]
    if not _check(Text(value=label, position=block.label_positions[0]), constraints.SLUG, problems):
        return None
    return label
