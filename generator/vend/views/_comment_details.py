"""What a comment says of one account, in as much detail as there is room for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Any

from vend.errors import Diagnostic
from vend.models import Position
from vend.plan import AccountReview, AttributeChange, ChangeAction, Operation, ReviewedChange, StageReview
from vend.views._markup import block, code, html_code
from vend.views._text import count

_SYMBOLS: Mapping[ChangeAction, str] = {
    "create": "+",
    "update": "!",
    "replace": "-",
    "destroy": "-",
    "import": "!",
    "forget": "-",
}
"""What a line of a diff begins with; `!` marks what changes in place."""
_WORDS: Mapping[ChangeAction, str] = {
    "create": "is created",
    "update": "changes",
    "replace": "is DESTROYED and recreated",
    "destroy": "is DESTROYED",
    "import": "is imported",
    "forget": "is forgotten: it keeps existing, but Terraform no longer manages it",
}
_LONGEST = {2: 240, 3: 4000}
"""Characters of a value, by level."""


class Level(IntEnum):
    """How much is said of an account; each level says all that those below do."""

    COUNTS = 0
    ADDRESSES = 1
    CHANGED = 2
    FULL = 3


def details(account: AccountReview, level: Level, *, opened: bool = False) -> str:
    """One account, folded away below a line that says what happens to it.

    Args:
        account: not one that has nothing to say.
        level: how much is said; at `COUNTS` the line alone.
        opened: whether it is unfolded at first.
    """
    told = [account.counts.words] if account.counts.words else []
    told += [count(len(account.operations), "operation")] if account.operations else []
    summary = f"{html_code(account.account)}: <b>{account.action}</b>{', ' if told else ''}{', '.join(told)}"
    body = [*_words(account, level), *_stages(account, level)]
    if level is Level.COUNTS and not body:
        return f"- {code(account.account)}: **{account.action}**{', ' if told else ''}{', '.join(told)}"
    head = f"<details{' open' if opened else ''}><summary>{summary}</summary>"
    return "\n\n".join([head, *body, "</details>"])


def place(position: Position | None) -> str:
    """` (file:line)`, or nothing."""
    return f" ({code(f'{position.file}:{position.line}')})" if position else ""


def diagnostic_item(problem: Diagnostic) -> str:
    """One problem as an item of a list."""
    where = f" ({code(f'{problem.file}:{problem.line}')})" if problem.file else ""
    told = f"- **{problem.severity}** {code(problem.code)}: {code(problem.summary)}{where}"
    detail = f"\n  {code(problem.detail)}" if problem.detail else ""
    hint = f"\n  hint: {code(problem.hint)}" if problem.hint else ""
    return f"{told}{detail}{hint}"


def change_lines(change: ReviewedChange, level: Level, *, drift: bool = False) -> Iterator[str]:
    """One resource as lines of a diff."""
    words = "changed outside Terraform" if drift else _WORDS.get(change.action, change.action)
    symbol = "!" if drift else _SYMBOLS.get(change.action, " ")
    importing = f", imported by {change.importing}" if change.importing else ""
    yield f"{symbol} {change.address} {words}{importing}"
    if change.forced_by:
        yield f"!     forced by {', '.join(change.forced_by)}"
    if level <= Level.ADDRESSES or change.action in {"destroy", "forget"}:
        return
    for attribute in change.attributes:
        yield from _attribute_lines(attribute, level)
    if level is Level.FULL:
        yield from (f"      {each.path}: {_short(each.value, level)}" for each in change.unchanged)


def _words(account: AccountReview, level: Level) -> Iterator[str]:
    """What changes in the words of the request, and what is wrong."""
    if level >= Level.ADDRESSES:
        facts = [code(f'"{account.name}" <{account.email}>')] if account.name and account.email else []
        facts += [f"account {code(account.account_id)}"] if account.account_id else []
        if account.requested_by:
            facts.append(f"requested by {code(account.requested_by)}")
        if account.reason:
            facts.append(f"reason: {code(account.reason)}")
        if facts:
            yield ", ".join(facts)
    items = [f"- {code(change.summary)}" for change in account.semantic] if level >= Level.ADDRESSES else []
    items += [diagnostic_item(problem) for problem in account.diagnostics]
    if items:
        yield "\n".join(items)


def _stages(account: AccountReview, level: Level) -> Iterator[str]:
    if level is Level.COUNTS:
        return
    planned = {stage.stage for stage in account.stages}
    alone = [line for o in account.operations if o.stage not in planned for line in _operation_lines(o, level)]
    if alone:
        yield block(alone, "diff")
    for stage in account.stages:
        operations = [operation for operation in account.operations if operation.stage == stage.stage]
        yield from _stage(stage, operations, level)


def _stage(stage: StageReview, operations: list[Operation], level: Level) -> Iterator[str]:
    lines = [line for operation in operations for line in _operation_lines(operation, level)]
    lines += [line for change in stage.changes for line in change_lines(change, level)]
    words = stage.counts.words
    if stage.preview:
        words = f"preview against an emulated account: {words or 'nothing to change'}"
    elif stage.state == "follows":
        words = "follows once the account exists"
    elif not words:
        words = count(len(operations), "operation") if operations else "nothing to change in AWS"
    yield f"**{stage.stage}**: {words}{', hooks run' if stage.hooks else ''}"
    if lines:
        yield block(lines, "diff")
    if stage.diagnostics:
        yield "\n".join(diagnostic_item(problem) for problem in stage.diagnostics)


def _attribute_lines(attribute: AttributeChange, level: Level) -> Iterator[str]:
    forces = "  # forces replacement" if attribute.forces_replacement else ""
    if attribute.before is not None and attribute.kind != "add":
        yield f"-     {attribute.path}: {_short(attribute.before, level)}"
    if attribute.kind != "remove":
        yield f"+     {attribute.path}: {_short(attribute.after or '', level)}{forces}"


def _operation_lines(operation: Operation, level: Level) -> Iterator[str]:
    condition = f" (if {operation.precondition})" if operation.precondition else ""
    yield f"! {operation.operation.replace('_', ' ')}{condition}"
    if level <= Level.ADDRESSES:
        return
    before, after = operation.before, operation.after
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        old, new = dict(before or {}), dict(after or {})
        for key in sorted({*old, *new}):
            if old.get(key) != new.get(key):
                yield from (f"-     {key}: {_value(old[key], level)}" for _ in range(key in old))
                yield from (f"+     {key}: {_value(new[key], level)}" for _ in range(key in new))
        return
    if before is not None:
        yield f"-     {_value(before, level)}"
    if after is not None:
        yield f"+     {_value(after, level)}"


def _value(value: Any, level: Level) -> str:
    return _short(value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str), level)


def _short(text: str, level: Level) -> str:
    most = _LONGEST.get(level, 0)
    return text if len(text) <= most else f"{text[: most - 1]}…"
