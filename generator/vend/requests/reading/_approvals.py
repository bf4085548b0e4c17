"""Reading approvals.hcl: who approved which policy violations."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from vend.errors import InvalidInputError, has_errors, sort_diagnostics
from vend.hcl import Block, parse
from vend.models import Approval
from vend.requests.language._problems import Problems, choice
from vend.requests.reading._files import read_file
from vend.requests.reading._literals import text
from vend.working import Cache

APPROVALS_FILE = "approvals.hcl"
_DIGEST = re.compile(r"[0-9a-f]{12,64}")
_FIELDS = ("by", "reason", "expires")
_FORM = 'approval "DIGEST" { by = "grace@example.com" }'


def read_approvals(directory: Path, problems: Problems, cache: Cache | None = None) -> tuple[Approval, ...]:
    """Reads the fleet's approvals; none where it has no such file."""
    try:
        content = read_file(directory / APPROVALS_FILE, APPROVALS_FILE, problems)
    except FileNotFoundError:
        return ()
    if content is None:
        return ()
    parsed = parse(content, APPROVALS_FILE, cache)
    problems.extend(parsed.diagnostics)
    if parsed.body is None:
        return ()
    for attribute in parsed.body.attributes.values():
        problems.add("unknown-field", attribute.position, f'"{attribute.name}" is outside any block', hint=_FORM)
    found = [_approval(block, problems) for block in parsed.body.blocks]
    return tuple(approval for approval in found if approval is not None)


def load_approvals(directory: Path) -> tuple[Approval, ...]:
    """Reads the approvals of another checkout.

    Raises:
        InvalidInputError: one of them cannot be used; every problem.
    """
    problems = Problems()
    found = read_approvals(directory, problems)
    if has_errors(problems.found):
        raise InvalidInputError(sort_diagnostics(problems.found))
    return found


def parse_approval(given: str) -> Approval | None:
    """An approval from the command line, `DIGEST=NAME`; None where it is not of that form."""
    digest, _, name = given.partition("=")
    if not _DIGEST.fullmatch(digest) or not _speakable(name):
        return None
    return Approval(violation=digest, by=name)


def _approval(block: Block, problems: Problems) -> Approval | None:
    if block.type != "approval":
        problems.add(
            "unknown-block",
            block.position,
            f'there is no block "{block.type}" in {APPROVALS_FILE}',
            hint=choice(block.type, ("approval",)),
        )
        return None
    before = len(problems)
    if len(block.labels) != 1:
        problems.add("wrong-labels", block.position, f'"approval" takes one label, not {len(block.labels)}', hint=_FORM)
    elif not _DIGEST.fullmatch(block.labels[0]):
        problems.add(
            "invalid-approval",
            block.label_positions[0],
            f'"{block.labels[0]}" is not the digest of a violation',
            hint="12-64 hexadecimal digits, as `vend plan` shows them next to the violation",
        )
    values = _values(block, problems)
    expires = _day(block, values.get("expires"), problems)
    if len(problems) > before:
        return None
    return Approval(
        violation=block.labels[0],
        by=values["by"],
        reason=values.get("reason"),
        expires=expires,
        position=block.position,
    )


def _values(block: Block, problems: Problems) -> dict[str, str]:
    values: dict[str, str] = {}
    for attribute in block.body.attributes.values():
        if attribute.name not in _FIELDS:
            problems.add(
                "unknown-field",
                attribute.position,
                f'"approval" has no field "{attribute.name}"',
                hint=choice(attribute.name, _FIELDS),
            )
            continue
        found = text(attribute, problems)
        if found is None:
            continue
        values[attribute.name] = found.value
        if attribute.name != "expires" and not _speakable(found.value):
            problems.add(
                "invalid-approval",
                found.position,
                f'"{attribute.name}" is empty or has a non-printable character',
            )
    for inner in block.body.blocks:
        problems.add("unknown-block", inner.position, f'"approval" has no block "{inner.type}"', hint=_FORM)
    if "by" not in block.body.attributes:
        problems.add(
            "missing-field", block.position, '"approval" has no "by"', hint='who approved it: by = "grace@example.com"'
        )
    return values


def _day(block: Block, written: str | None, problems: Problems) -> date | None:
    if written is None:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        problems.add(
            "invalid-approval",
            block.body.attributes["expires"].value_position,
            f'"{written}" is not a date',
            hint='the last day on which the approval is valid, such as "2026-12-31"',
        )
        return None


def _speakable(value: str) -> bool:
    return bool(value.strip()) and value.isprintable()
