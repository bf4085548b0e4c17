"""The tables of docs/reference/requests.md, written from those that requests and settings are read by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from vend.requests import ACCOUNT, DEFAULTS, SETTINGS, TEMPLATES, BlockType, Field

_REGION = re.compile(r"(<!-- table: (.+?) -->\n).*?(<!-- end -->\n)", re.DOTALL)
_KINDS = {"list": "list of strings", "map": "map of strings"}


def with_tables(page: str) -> str:
    """The page with every region `<!-- table: NAME -->` … `<!-- end -->` written anew.

    Args:
        page: Markdown. NAME is a block, such as `account`, `sso_user` or `state "s3"`.

    Raises:
        KeyError: there is no block of a name.
    """
    tables = documented()
    return _REGION.sub(lambda region: region[1] + _table(tables[region[2]]) + region[3], page)


def documented() -> Mapping[str, BlockType]:
    """Every block that has a table, by what the page calls it."""
    found = {ACCOUNT.name: ACCOUNT, **{block.name: block for block in ACCOUNT.blocks}}
    found[DEFAULTS.name] = replace(DEFAULTS, fields=TEMPLATES, blocks=())
    for block in SETTINGS:
        if block.kinds:
            found |= {f'{block.name} "{label}"': kind for label, kind in block.kinds.items()}
        else:
            found[block.name] = block
    return found


def _table(block: BlockType) -> str:
    """What the block is, its label, its fields and the blocks inside."""
    return "".join(f"{line}\n" for line in _lines(block))


def _lines(block: BlockType) -> Iterator[str]:
    yield block.description
    if block.label is not None:
        yield ""
        yield f"Label: {block.label.accepts}."
    if block.fields:
        yield ""
        yield "| name | type | default | what it is, and what it takes | example |"
        yield "|---|---|---|---|---|"
        yield from (_row(field) for field in block.fields)
        yield from (_block_row(inner) for inner in block.blocks)


def _row(field: Field) -> str:
    kind = _KINDS.get(field.kind, field.kind) + (" or block" if field.as_block else "")
    told = " ".join([field.description, *_takes(field)])
    return _cells(f"`{field.name}`", kind, _default(field), told, f"`{field.name} = {field.example}`")


def _block_row(block: BlockType) -> str:
    form = f'`{block.name} "…" {{ … }}`' if block.label is not None else f"`{block.name} {{ … }}`"
    return _cells(f"`{block.name}`", "blocks" if block.repeats else "block", "none", "See below.", form)


def _default(field: Field) -> str:
    if field.required:
        return "required"
    if field.default is None:
        return "none"
    written = field.default[0] in '"{[' or field.default[0].isdigit() or field.default in {"true", "false"}
    return f"`{field.default}`" if written else field.default


def _takes(field: Field) -> Iterator[str]:
    """The rules in words."""
    if field.kind == "number":
        yield f"From {_figure(field.lowest)} to {_figure(field.highest)}{', whole' if field.whole else ''}."
    if field.kind == "map":
        yield f"Keys: {field.key.accepts}; values: {field.rule.accepts}."
    elif field.kind in {"string", "list"} and field.rule.accepts:
        yield f"{field.rule.accepts[:1].upper()}{field.rule.accepts[1:]}."
    if field.unique:
        yield "Each at most once."
    if field.most is not None:
        yield f"At most {field.most}, defaults included."


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:,}"


def _cells(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
