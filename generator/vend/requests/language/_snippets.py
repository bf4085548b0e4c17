"""Editor snippets, generated from the tables of fields.

Their form is VS Code's, which other editors read too: a body with tab stops `${1:text}` and choices `${1|one,two|}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from vend.hcl import key
from vend.requests.language._language import BlockType, Field, value_of
from vend.requests.language._request_fields import ACCOUNT, DEFAULTS
from vend.requests.language._setting_fields import SETTINGS

_SCOPE = "hcl"
_SPECIAL = re.compile(r"([\\$}])")
_SPECIAL_IN_CHOICE = re.compile(r"([\\$},|])")


def snippets(known: Mapping[str, Sequence[str]] | None = None) -> dict[str, dict[str, Any]]:
    """Every block and every field, by name, as VS Code's `*.code-snippets` files have them.

    Args:
        known: values that a field of this name is likely to take, such as the units that are in use.
    """
    maker = _Maker(known or {})
    found: dict[str, dict[str, Any]] = {}
    for block in (ACCOUNT, *SETTINGS):
        for label, kind in block.kinds.items() or [(None, block)]:
            name = f'{block.name} "{label}"' if label is not None else block.name
            found[name] = _snippet(block.name, maker.block(kind, label), kind.description)
            found |= {
                f"{name}: {field.name}": _snippet(field.name, maker.field(field), field.description)
                for field in kind.fields
            }
            found |= {
                f"{name}: {inner.name}": _snippet(inner.name, maker.block(inner, None), inner.description)
                for inner in kind.blocks
            }
    found[DEFAULTS.name] = _snippet(DEFAULTS.name, maker.block(DEFAULTS, None), DEFAULTS.description)
    return found


def _snippet(prefix: str, body: Sequence[str], description: str) -> dict[str, Any]:
    return {"prefix": prefix, "scope": _SCOPE, "body": list(body), "description": description}


class _Maker:
    """Writes bodies; tab stops count from 1 in each."""

    def __init__(self, known: Mapping[str, Sequence[str]]) -> None:
        self._known = known

    def field(self, field: Field) -> list[str]:
        """`name = value`."""
        return list(self._field(field, count(1)))

    def block(self, block: BlockType, label: str | None) -> list[str]:
        """A block with what it cannot do without."""
        return list(self._block(block, label, count(1)))

    def _block(self, block: BlockType, label: str | None, stops: Iterator[int]) -> Iterator[str]:
        header = block.name
        if label is not None:
            header += f' "{label}"'
        elif block.label is not None:
            header += f' "{_stop(next(stops), block.label.choices or ("name",))}"'
        yield f"{header} {{"
        required = tuple(field for field in block.fields if field.required and block.name != DEFAULTS.name)
        written = required or (block.fields if block.sets_something else ())
        width = max((len(field.name) for field in written), default=0)
        for field in written:
            yield from (f"\t{line}" for line in self._field(field, stops, width))
        yield "\t$0"
        yield "}"

    def _field(self, field: Field, stops: Iterator[int], width: int = 0) -> Iterator[str]:
        name = field.name.ljust(width)
        example = value_of(field.example)
        example = field.example if example is None else example
        choices = tuple(self._known.get(field.name, ())) or field.rule.choices
        if isinstance(example, Mapping):
            yield f"{name} = {{"
            for entry, text in list(example.items())[:1]:
                yield f'\t{_stop(next(stops), (key(entry),))} = "{_stop(next(stops), (text,))}"'
            yield "}"
        elif isinstance(example, list):
            yield f'{name} = ["{_stop(next(stops), choices or tuple(example[:1]))}"]'
        elif isinstance(example, bool):
            yield f"{name} = {_stop(next(stops), ('true', 'false'))}"
        elif isinstance(example, str):
            yield f'{name} = "{_stop(next(stops), choices or (example,))}"'
        else:
            yield f"{name} = {_stop(next(stops), (str(example),))}"


def _stop(number: int, choices: Sequence[str]) -> str:
    """A place to type in: with the text that stands there first, or several to choose from."""
    special = _SPECIAL if len(choices) == 1 else _SPECIAL_IN_CHOICE
    escaped = ",".join(special.sub(r"\\\1", choice) for choice in choices)
    return f"${{{number}:{escaped}}}" if len(choices) == 1 else f"${{{number}|{escaped}|}}"
