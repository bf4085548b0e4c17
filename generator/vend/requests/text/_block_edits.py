"""Edits of one account's block: of its values, and of its text.

The two are independent, so that one checks the other: the new text is parsed and must give the new values.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from vend.hcl import Attribute, Block
from vend.requests.text import _element_edits as elements
from vend.requests.text import _splice as splice
from vend.requests.text._plain_block import FieldValue, PlainBlock, plain
from vend.requests.text._source import NotLocatedError, Source

Path = tuple[str, ...]
"""A block within an account's: its type and labels; the account's own where it is empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditTarget:
    """An account's block."""

    account: str

    def found(self, source: Source, path: Path = ()) -> Block:
        """The block, or one within it.

        Raises:
            NotLocatedError: there is none, or there are several.
        """
        blocks = [b for b in source.body.blocks_of("account") if b.labels == (self.account,)]
        if path and len(blocks) == 1:
            blocks = [b for b in blocks[0].body.blocks if (b.type, *b.labels) == path]
        if len(blocks) != 1:
            raise NotLocatedError(" ".join((self.account, *path)))
        return blocks[0]


class BlockEdit(Protocol):
    """One step."""

    def values(self, account: PlainBlock) -> PlainBlock:
        """What the account's block then says."""

    def text(self, source: Source, target: EditTarget) -> Source:
        """The file with that written down.

        Raises:
            NotLocatedError: the place cannot be found.
            InvalidInputError: the new text is no HCL.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class PutAttribute:
    """An attribute has this value."""

    name: str
    value: FieldValue
    path: Path = ()

    def values(self, account: PlainBlock) -> PlainBlock:
        """See `BlockEdit`."""
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        return _within(account, self.path, lambda b: replace(b, attributes={**b.attributes, self.name: value}))

    def text(self, source: Source, target: EditTarget) -> Source:
        """See `BlockEdit`."""
        block = target.found(source, self.path)
        attribute = block.body.attributes.get(self.name)
        if attribute is None:
            return reread(source, splice.put_attribute(source, block, self.name, self.value))
        if isinstance(self.value, Mapping) and isinstance(attribute.value, Mapping):
            return self._entries(source, target, attribute, self.value)
        if not isinstance(self.value, str | Mapping) and isinstance(attribute.value, list):
            return self._elements(source, target, attribute, self.value)
        return reread(source, splice.replace_value(source, source.value(attribute.expression), self.value))

    def _attribute(self, source: Source, target: EditTarget) -> Attribute:
        return target.found(source, self.path).body.attributes[self.name]

    def _entries(self, source: Source, target: EditTarget, attribute: Attribute, wanted: Mapping[str, str]) -> Source:
        for name, before in attribute.value.items():
            value = self._attribute(source, target).expression
            if name not in wanted:
                index = list(value.elements).index(name)
                source = reread(source, elements.drop_element(source, value, index))
            elif wanted[name] != before:
                span = source.value(value.elements[name])
                source = reread(source, splice.replace_value(source, span, wanted[name]))
        for name in (name for name in wanted if name not in attribute.value):
            value = self._attribute(source, target).expression
            source = reread(source, elements.put_entry(source, value, name, wanted[name]))
        return source

    def _elements(self, source: Source, target: EditTarget, attribute: Attribute, wanted: Sequence[str]) -> Source:
        """From the end to the beginning, so that places before stay what they are."""
        matcher = difflib.SequenceMatcher(None, attribute.value, list(wanted), autojunk=False)
        for kind, start, end, first, last in reversed(matcher.get_opcodes()):
            if kind == "equal":
                continue
            both = min(end - start, last - first)
            for index in reversed(range(start + both, end)):
                value = self._attribute(source, target).expression
                source = reread(source, elements.drop_element(source, value, index))
            for text in reversed(wanted[first + both : last]):
                value = self._attribute(source, target).expression
                source = reread(source, elements.put_element(source, value, start + both, text))
            for offset in reversed(range(both)):
                span = source.value(self._attribute(source, target).expression.elements[start + offset])
                source = reread(source, splice.replace_value(source, span, wanted[first + offset]))
        return source


@dataclass(frozen=True, slots=True, kw_only=True)
class DropAttribute:
    """An attribute is not said any more."""

    name: str

    def values(self, account: PlainBlock) -> PlainBlock:
        """See `BlockEdit`."""
        return replace(account, attributes={n: v for n, v in account.attributes.items() if n != self.name})

    def text(self, source: Source, target: EditTarget) -> Source:
        """See `BlockEdit`."""
        block = target.found(source)
        return reread(source, splice.drop_attribute(source, block, block.body.attributes[self.name]))


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBlock:
    """A block is there besides those that are."""

    block: PlainBlock

    def values(self, account: PlainBlock) -> PlainBlock:
        """See `BlockEdit`."""
        return replace(account, blocks=(*account.blocks, self.block))

    def text(self, source: Source, target: EditTarget) -> Source:
        """See `BlockEdit`."""
        return reread(source, splice.put_block(source, target.found(source), self.block))


@dataclass(frozen=True, slots=True, kw_only=True)
class DropBlock:
    """A block that says just this is there no more."""

    block: PlainBlock

    def values(self, account: PlainBlock) -> PlainBlock:
        """See `BlockEdit`."""
        index = account.blocks.index(self.block)
        return replace(account, blocks=account.blocks[:index] + account.blocks[index + 1 :])

    def text(self, source: Source, target: EditTarget) -> Source:
        """See `BlockEdit`."""
        account = target.found(source)
        block = next((block for block in account.body.blocks if plain(block) == self.block), None)
        if block is None:
            raise NotLocatedError(self.block.type)
        return reread(source, splice.drop_block(source, block, inside=account))


@dataclass(frozen=True, slots=True, kw_only=True)
class PutIn:
    """A block's only attribute has another value; for blocks of which there may be several with the same labels."""

    block: PlainBlock
    name: str
    value: str

    def values(self, account: PlainBlock) -> PlainBlock:
        """See `BlockEdit`."""
        changed = replace(self.block, attributes={**self.block.attributes, self.name: self.value})
        index = account.blocks.index(self.block)
        return replace(account, blocks=(*account.blocks[:index], changed, *account.blocks[index + 1 :]))

    def text(self, source: Source, target: EditTarget) -> Source:
        """See `BlockEdit`."""
        blocks = (block for block in target.found(source).body.blocks if plain(block) == self.block)
        block = next(blocks, None)
        if block is None:
            raise NotLocatedError(self.block.type)
        span = source.value(block.body.attributes[self.name].expression)
        return reread(source, splice.replace_value(source, span, self.value))


def reread(source: Source, text: str) -> Source:
    """The same file with another text.

    Raises:
        InvalidInputError: it is no HCL.
    """
    return Source.read(source.encoded(text), source.file)


def _within(account: PlainBlock, path: Path, change: Callable[[PlainBlock], PlainBlock]) -> PlainBlock:
    if not path:
        return change(account)
    blocks = tuple(change(b) if (b.type, *b.labels) == path else b for b in account.blocks)
    return replace(account, blocks=blocks)
