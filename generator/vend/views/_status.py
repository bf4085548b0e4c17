"""What `vend status` and `vend history` show, in the width that there is."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from vend.views._document import STATUS_STYLES, Document
from vend.views._text import Line, Span, columns, count, line, width

_DAY = 86400
_HOUR = 3600
_MINUTE = 60
_HEADER = ("ACCOUNT", "ID", "STATUS", "ORGANIZATIONAL UNIT", "EMAIL", "LAST RUN")
_UNIT = 3
"""The column that is cut where there is too little room; those behind it are whole, or not there."""
_NARROWEST_UNIT = 12
_DONE = {
    "create": "created",
    "update": "updated",
    "move": "moved",
    "customize": "customized",
    "adopt": "adopted",
    "enrol": "enrolled",
    "rename": "renamed",
    "upgrade": "upgraded",
    "repair": "repaired",
    "remove": "removed",
    "unmanage": "unmanaged",
    "close": "closed",
}
_ACTIVE = frozenset({None, "ACTIVE"})


def status_document(found: Mapping[str, Any], *, now: datetime, columns_wide: int) -> Document:
    """The answer of `vend status`.

    Args:
        found: the JSON document of the fleet's status.
        now: what ages are counted from.
        columns_wide: no line is longer, as far as labels of accounts allow.
    """
    rows = found["accounts"]
    lines = list(_table(rows, now, columns_wide)) if rows else [line("no accounts")]
    return Document(json=dict(found), text=tuple(lines))


def history_document(found: Mapping[str, Any], *, columns_wide: int, account: str | None = None) -> Document:
    """The answer of `vend history`.

    Args:
        found: the JSON document of the runs.
        columns_wide: no line is longer, as far as ids of runs and labels of accounts allow.
        account: the one that the history is of.
    """
    lines: list[Line] = []
    for run in found["runs"]:
        if lines:
            lines.append(line())
        lines += _run(run, columns_wide, everything=account is not None)
    nothing = f"the ledger remembers no run with {account}" if account else "the ledger remembers no run"
    return Document(json=dict(found), text=tuple(lines) or (line(nothing),))


def _table(rows: Sequence[Mapping[str, Any]], now: datetime, wide: int) -> Iterator[Line]:
    cells = [_cells(row) for row in rows]
    widths = [max(width(_text(row[at])) for row in (_HEADER, *cells)) for at in range(len(_HEADER))]
    room = wide - sum(widths[:_UNIT]) - 2 * _UNIT
    shown = _UNIT + (room >= min(widths[_UNIT], _NARROWEST_UNIT))
    while _UNIT < shown < len(widths) and sum(widths[: shown + 1]) + 2 * shown <= wide:
        shown += 1
    drawn = columns(
        [[*row[:_UNIT], *(_shortened(_text(cell), room) for cell in row[_UNIT:shown])] for row in cells],
        header=[*_HEADER[:_UNIT], *(title[:room] for title in _HEADER[_UNIT:shown])],
    )
    yield drawn[0]
    for row, first in zip(rows, drawn[1:], strict=True):
        yield first
        for note in _notes(row, now):
            yield from _wrapped(note, wide)
    yield line()
    counted = Counter(row["status"] for row in rows)
    told = ", ".join(f"{number} {status}" for status, number in sorted(counted.items()))
    yield from _wrapped(Span(f"{count(len(rows), 'account')}: {told}"), wide, indent="")


def _cells(row: Mapping[str, Any]) -> list[str | Span]:
    return [
        row["account"],
        row["account_id"] or "-",
        _status(row),
        row["organizational_unit"] or "-",
        row["email"] or "-",
        row["last_run"] or "-",
    ]


def _shortened(text: str, room: int) -> str:
    """A unit without its beginning, since its end says most; what follows it has room, or is not shown."""
    return text if width(text) <= room else "…" + text[-(room - 1) :]


def _status(row: Mapping[str, Any]) -> Span:
    """How its last run ended; with the account's own state, where that is not ACTIVE."""
    if row.get("state") in _ACTIVE:
        return Span(row["status"], STATUS_STYLES.get(row["status"], ""))
    return Span(f"{row['status']}, {row['state']}", STATUS_STYLES["failed"])


def _notes(row: Mapping[str, Any], now: datetime) -> Iterator[Span]:
    """What there is to know beyond the status, the worst first."""
    failure = row.get("failure")
    if failure:
        told = (
            f"[{failure['code']}]: {failure['summary']}" if failure["code"] and failure["summary"] else failure["code"]
        )
        yield Span(
            f"{failure['stage']} {failure['status']} {age(failure['at'], now)} ago{f' {told}' if told else ''}",
            STATUS_STYLES["failed"],
        )
    if row.get("pending_stages") and row["stages"]:
        yield Span(f"never ran: {', '.join(row['pending_stages'])}", STATUS_STYLES["pending"])
    if row.get("pending_fields"):
        yield Span(f"edited, not applied: {', '.join(row['pending_fields'])}", STATUS_STYLES["pending"])
    if row.get("requested") is False:
        yield Span("no request names it any more", STATUS_STYLES["pending"])


def _run(run: Mapping[str, Any], wide: int, *, everything: bool) -> Iterator[Line]:
    yield line(
        Span(run["run"], "bold"), f"  {run['command']}  ", Span(run["status"], STATUS_STYLES.get(run["status"], ""))
    )
    host = f"{run['user'] or '?'}@{run['host']}" if run["host"] else None
    who = f"{run['actor']} ({host})" if run["actor"] and host else run["actor"] or host
    ended = run["finished"] or ("still running" if run["status"] == "running" else "ended without a report")
    yield from _wrapped(Span(f"{run['started']} - {ended}{f', {who}' if who else ''}", "dim"), wide)
    origin = [f"commit {run['commit'][:12]}"] if run["commit"] else []
    origin += [f"digest {run['digest'][:12]}"] if run["digest"] else []
    if origin:
        yield from _wrapped(Span(", ".join(origin), "dim"), wide)
    unchanged = 0
    for outcome in run["accounts"]:
        if outcome["status"] == "succeeded" and not outcome["changed"] and not everything:
            unchanged += 1
            continue
        yield from _wrapped(Span(_outcome(outcome), STATUS_STYLES.get(outcome["status"], "")), wide)
    if unchanged:
        yield from _wrapped(Span(f"{count(unchanged, 'account')} unchanged"), wide)


def _outcome(outcome: Mapping[str, Any]) -> str:
    account = f"{outcome['account']} ({outcome['account_id']})" if outcome["account_id"] else outcome["account"]
    if outcome["status"] == "succeeded":
        return f"{account}: {_DONE.get(outcome['action'] or '', 'changed') if outcome['changed'] else 'unchanged'}"
    told = f" in {outcome['stage']}" if outcome["stage"] else ""
    told += f": {', '.join(outcome['codes'])}" if outcome["codes"] else ""
    wanted = f"{outcome['action']} " if outcome["action"] not in {None, "refused", "failed"} else ""
    changed = "; AWS was changed" if outcome["changed"] else ""
    return f"{account}: {wanted}{outcome['status']}{told}{changed}"


def age(at: str, now: datetime) -> str:
    """How long ago a time in ISO 8601 was: `5 minutes`, `3 hours`, `2 days`."""
    seconds = max(0, int((now - datetime.fromisoformat(at)).total_seconds()))
    for unit, length in (("day", _DAY), ("hour", _HOUR), ("minute", _MINUTE)):
        if seconds >= length:
            return count(seconds // length, unit)
    return count(seconds, "second")


def _wrapped(span: Span, wide: int, indent: str = "  ") -> Iterator[Line]:
    pieces = textwrap.wrap(span.text, max(20, wide - len(indent) - 2), break_long_words=True, break_on_hyphens=False)
    for number, piece in enumerate(pieces):
        yield line(indent if number == 0 else f"{indent}  " if indent else "", Span(piece, span.style))


def _text(cell: str | Span) -> str:
    return cell.text if isinstance(cell, Span) else cell
