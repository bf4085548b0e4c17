"""Reading one file of account requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vend.errors import Diagnostic
from vend.hcl import Block, parse
from vend.requests.language._problems import Problems, choice
from vend.requests.reading._block_values import BlockValues
from vend.requests.reading._blocks import check_label, read_block
from vend.requests.reading._files import RequestFile
from vend.working import Cache

_BLOCKS = ("account", "defaults")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReading:
    """The blocks of a file, and what is wrong in it.

    Attributes:
        accounts: label and what is said, in the order of the file; those without a label that can be used are left out.
        defaults: as many as there are, which should be one at most.
    """

    accounts: tuple[tuple[str, BlockValues], ...] = ()
    defaults: tuple[BlockValues, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    def to_json(self) -> list[Any]:
        """Without the name of the file but in diagnostics."""
        return [
            [[label, block_values.to_json()] for label, block_values in self.accounts],
            [block_values.to_json() for block_values in self.defaults],
            [problem.to_json() for problem in self.diagnostics],
        ]

    @classmethod
    def from_json(cls, document: Sequence[Any], file: str) -> FileReading:
        """The reading of the file of this name."""
        accounts, defaults, problems = document
        return cls(
            accounts=tuple((label, BlockValues.from_json(block_values, file)) for label, block_values in accounts),
            defaults=tuple(BlockValues.from_json(block_values, file) for block_values in defaults),
            diagnostics=tuple(Diagnostic.from_json(problem) for problem in problems),
        )


def read_request_file(file: RequestFile, cache: Cache | None = None) -> FileReading:
    """Reads one file; never raises for what stands in it."""
    if cache is None:
        return _read(file)
    document = cache.remembered("requests", file.name, file.content, lambda: _read(file).to_json())
    return FileReading.from_json(document, file.name)


def _read(file: RequestFile) -> FileReading:
    parsed = parse(file.content, file.name)
    problems = Problems()
    problems.extend(parsed.diagnostics)
    accounts: list[tuple[str, BlockValues]] = []
    defaults: list[BlockValues] = []
    for attribute in parsed.body.attributes.values() if parsed.body else ():
        problems.add(
            "unknown-field",
            attribute.position,
            f'"{attribute.name}" is outside any block',
            hint='put it into an account "name" { … } or defaults { … } block',
        )
    for block in parsed.body.blocks if parsed.body else ():
        if block.type == "account":
            accounts += _account(block, problems)
        elif block.type == "defaults":
            defaults.append(_defaults(block, problems))
        else:
            problems.add(
                "unknown-block",
                block.position,
                f'account requests have no block "{block.type}"',
                hint=choice(block.type, _BLOCKS),
            )
    return FileReading(accounts=tuple(accounts), defaults=tuple(defaults), diagnostics=problems.found)


def _account(block: Block, problems: Problems) -> list[tuple[str, BlockValues]]:
    label = check_label(block, problems)
    with problems.about(label):
        block_values = read_block(block, problems, default=False)
    return [] if label is None else [(label, block_values)]


def _defaults(block: Block, problems: Problems) -> BlockValues:
    if block.labels:
        problems.add("wrong-labels", block.position, '"defaults" must not have a label', hint="defaults { … }")
    return read_block(block, problems, default=True)
