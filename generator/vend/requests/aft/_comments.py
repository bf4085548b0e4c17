"""The comments of a module block, by the argument that they belong to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from vend.hcl import Block
from vend.requests.aft._call_inputs import Path, values_in
from vend.requests.text._source import Source, SourceSpan

Lines = tuple[str, ...]
END = ""
"""Behind the path of a map: what stands last in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockComments:
    """Comments, without their indentation.

    Attributes:
        over: paragraphs that come before the block, back to whatever stands before it.
        above: lines that come before an argument or an entry, by path; those before a map's closing brace by the map's
            with `END`, those before the block's by `()`.
        beside: what follows an argument or an entry on its line.
    """

    over: tuple[Lines, ...] = ()
    above: dict[Path, Lines] = field(default_factory=dict)
    beside: dict[Path, str] = field(default_factory=dict)


def block_comments(source: Source, block: Block, others: Iterable[Block]) -> BlockComments:
    """All comments that belong to a block of a file's top level.

    Args:
        source: of the file.
        block: the one.
        others: blocks that have their own; comments behind the last of them and before this one belong to this one,
            but for those right above another block.
    """
    above, beside = _inside(source, block)
    if behind := _behind(source, source.block(block).end):
        above[()] = (*above.get((), ()), *behind)
    end = source.block(block).start
    start = max((found.end for other in others if (found := source.block(other)).end <= end), default=0)
    return BlockComments(over=_between(source, start, end), above=above, beside=beside)


def closing_comments(source: Source, blocks: Iterable[Block]) -> tuple[Lines, ...]:
    """The paragraphs of comments behind the last of these blocks."""
    start = max((source.block(block).end for block in blocks), default=0)
    return _between(source, start, len(source.text))


def _behind(source: Source, end: int) -> Lines:
    """The comments behind a closing brace, on its line."""
    line = SourceSpan(start=end, end=source.after_trivia(end))
    comments = [found for found in source.comments(line) if "\n" not in source.text[end : found.start]]
    return tuple(text for comment in comments for text in _lines(source, comment))


def _between(source: Source, start: int, end: int) -> tuple[Lines, ...]:
    """Comments between two places of a file's top level, without those that are about blocks in between."""
    spans = sorted(span for block in source.body.blocks if start <= (span := source.block(block)).start < end)
    found: list[Lines] = []
    for span in (*spans, SourceSpan(start=end, end=end)):
        gap = SourceSpan(start=start, end=span.start)
        paragraphs = _paragraphs(source, gap, skip_line=start > 0)
        about_it = span.start < end and paragraphs and "\n\n" not in _behind_comments(source, gap)
        found += paragraphs[:-1] if about_it else paragraphs
        start = span.end
    return tuple(found)


def _behind_comments(source: Source, gap: SourceSpan) -> str:
    """What stands between the last comment of a stretch and its end, without carriage returns and blanks."""
    last = max((comment.end for comment in source.comments(gap)), default=gap.start)
    return "".join(character for character in source.text[last : gap.end] if character == "\n")


def _paragraphs(source: Source, span: SourceSpan, *, skip_line: bool) -> tuple[Lines, ...]:
    """Comments in a stretch, those with a blank line between them apart.

    Args:
        source: of the file.
        span: between blocks.
        skip_line: what stands on the first line belongs to the block before.
    """
    found: list[list[str]] = []
    last = None
    for comment in source.comments(span):
        if skip_line and "\n" not in source.text[span.start : comment.start]:
            continue
        between = source.text[last : comment.start] if last is not None else "\n\n"
        if between.count("\n") > 1 or not found:
            found.append([])
        found[-1] += _lines(source, comment)
        last = comment.end
    return tuple(tuple(paragraph) for paragraph in found)


def _lines(source: Source, comment: SourceSpan) -> Iterator[str]:
    for line in source.text[comment.start : comment.end].splitlines():
        yield line.strip()


def _inside(source: Source, block: Block) -> tuple[dict[Path, Lines], dict[Path, str]]:
    """The comments between a block's braces: those on lines of their own, and those behind something."""
    spans = {path: source.value(value) for path, value in values_in(block)}
    above: dict[Path, list[str]] = defaultdict(list)
    beside: dict[Path, str] = {}
    for comment in _comments(source, block):
        before = max(
            (path for path in spans if spans[path].end <= comment.start), key=lambda p: spans[p].end, default=()
        )
        behind = before and "\n" not in source.text[spans[before].end : comment.end]
        if behind and before not in beside:
            beside[before] = source.text[comment.start : comment.end]
        else:
            above[_below(spans, comment)] += _lines(source, comment)
    return {path: tuple(lines) for path, lines in above.items()}, beside


def _comments(source: Source, block: Block) -> Iterator[SourceSpan]:
    """Those between values and keys; what is inside of an expression or a heredoc is left where it is."""
    taken = []
    for _, value in values_in(block):
        if not value.elements:
            taken.append(source.value(value))
        for place in value.key_positions.values():
            start = source.offset(place)
            taken.append(SourceSpan(start=start, end=source.key_end(start)))
    body = source.inside(block)
    start = body.start
    for span in (*sorted(taken), SourceSpan(start=body.end, end=body.end)):
        yield from source.comments(SourceSpan(start=start, end=span.start))
        start = max(start, span.end)


def _below(spans: Mapping[Path, SourceSpan], comment: SourceSpan) -> Path:
    """What a comment is about that stands alone: what comes next, or what it is the last thing in."""
    after = [path for path in spans if spans[path].start >= comment.end]
    following: Path = min(after, key=lambda path: (spans[path].start, len(path)), default=())
    around = [path for path in spans if spans[path].start < comment.start and comment.end < spans[path].end]
    within: Path = max(around, key=len, default=())
    if following[: len(within)] == within:
        return following
    return (*within, END)
