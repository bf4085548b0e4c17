"""A change set as one HTML file: no network, no parts, and nothing in it that a value could bring to life.

The page is written here, whole, and can be read without its script, which only filters, searches and groups. The policy
in its head lets run exactly that script and apply exactly that style, by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from vend.plan import AccountReview, Review, ReviewedChange
from vend.views._text import neutralized

if TYPE_CHECKING:
    from jinja2 import Template

_SYMBOLS = {
    "create": "+",
    "update": "~",
    "replace": "±",
    "destroy": "-",
    "import": "↓",
    "forget": "x",
    "read": "?",
    "no-op": "=",
}
_VERDICTS = {"unchanged": "nothing to do", "changes": "changes", "refused": "refused", "failed": "failed"}
_BAD = frozenset({"refused", "failed", "close", "unmanage", "remove", "denied", "destructive"})
_MARKS = {
    "denied": "denied by policy",
    "destructive": "destroy or replace",
    "high": "high risk",
    "drift": "changed outside",
}
_OPENED = 10
_CHART_LEFT, _CHART_WIDTH = 300, 700


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tile:
    key: str
    label: str
    number: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Account:
    review: AccountReview
    filters: str
    unit: str
    move: str
    denied: int
    opened: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bar:
    name: str
    stage: str
    x: float
    width: float
    seconds: float


def report(review: Review) -> str:
    """The page; the same review gives the same bytes."""
    template, style, script = _parts()
    bars, longest = _timeline(review)
    return template.render(
        review=review,
        verdict=_VERDICTS[review.verdict],
        symbols=_SYMBOLS,
        tiles=tuple(_tiles(review)),
        accounts=tuple(_accounts(review)),
        modules=_modules(review),
        timeline=bars,
        longest=longest,
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


@lru_cache(maxsize=1)
def _parts() -> tuple[Template, str, str]:
    from jinja2 import Environment, StrictUndefined

    folder = resources.files("vend.views") / "report"
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["visible"] = lambda value: neutralized(str(value))
    environment.filters["told"] = _told
    page = environment.from_string((folder / "page.html.j2").read_text(encoding="utf-8"))
    style, script = ((folder / name).read_text(encoding="utf-8") for name in ("style.css", "script.js"))
    return page, style, script


def _hash(text: str) -> str:
    """As a content security policy names a text (CSP Level 3, hash sources)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _told(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)


def _tiles(review: Review) -> Iterator[_Tile]:
    for action, number in sorted(review.summary.items(), key=lambda item: (item[0] == "none", item[0])):
        label = "unchanged" if action == "none" else action
        yield _Tile(key=action, label=label, number=number, kind="bad" if action in _BAD else "")
    for key, label in _MARKS.items():
        number = sum(key in _marks(account) for account in review.accounts)
        if number:
            yield _Tile(key=key, label=label, number=number, kind="bad" if key in _BAD else "")


def _marks(account: AccountReview) -> tuple[str, ...]:
    """What an account can be filtered by besides its action."""
    held = {
        "denied": any(result.denies for result in account.policy),
        "destructive": bool(account.destructive),
        "high": account.risk.level in {"high", "critical"},
        "drift": bool(account.drift),
    }
    return tuple(key for key, holds in held.items() if holds)


def _accounts(review: Review) -> Iterator[_Account]:
    few = sum(account.action != "none" for account in review.accounts) <= _OPENED
    ordered = sorted(review.accounts, key=lambda account: (account.unremarkable, account.account))
    for account in ordered:
        before, after = account.unit_before, account.unit_after
        units = [path or "(root)" for path in (before, after) if path is not None]
        yield _Account(
            review=account,
            filters=" ".join((account.action, *_marks(account))),
            unit=units[-1] if units else "",
            move=units[0] if before == after and units else " → ".join(units),
            denied=sum(result.denies for result in account.policy),
            opened=few and not account.unremarkable,
        )


def _modules(review: Review) -> tuple[tuple[str, tuple[tuple[str, ReviewedChange], ...]], ...]:
    """Every change by the module it is in, with the account it belongs to."""
    found: dict[str, list[tuple[str, ReviewedChange]]] = {}
    for account in review.accounts:
        for stage in account.stages:
            for change in stage.changes:
                found.setdefault(change.module or "(root)", []).append((account.account, change))
    return tuple((module, tuple(found[module])) for module in sorted(found))


def _timeline(review: Review) -> tuple[tuple[_Bar, ...], float]:
    measured = [
        (account.account, stage.stage, stage.started, stage.seconds)
        for account in review.accounts
        for stage in account.stages
        if stage.started is not None and stage.seconds is not None
    ]
    longest = max((started + seconds for _, _, started, seconds in measured), default=0.0)
    if not longest:
        return (), 0.0
    scale = _CHART_WIDTH / longest
    bars = tuple(
        _Bar(
            name=name,
            stage=stage,
            x=round(_CHART_LEFT + started * scale, 1),
            width=round(max(seconds * scale, 1.0), 1),
            seconds=round(seconds, 1),
        )
        for name, stage, started, seconds in sorted(measured, key=lambda each: each[2])
    )
    return bars, round(longest, 1)
