"""Events as one line of text, and as JSON."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import Any, assert_never

from vend.events import (
    AccountFinished,
    AccountPlanned,
    AccountStarted,
    BatchProgress,
    Event,
    HookOutput,
    Notice,
    RunFinished,
    RunStarted,
    StageFinished,
    StageProgress,
    StageStarted,
    Waiting,
)
from vend.models import AccountResult, StageResult
from vend.plan import CHANGING, AccountPlan
from vend.views._diagnostics import beyond_stopping
from vend.views._text import count

_VERBS = {"plan": "planning", "apply": "applying", "demo": "demonstrating with"}


def told(event: Event) -> str | None:  # noqa: C901, PLR0911 — one case per event
    """The event in words, without the account and stage it belongs to; None where there is nothing to say."""
    match event:
        case RunStarted():
            return f"{_VERBS.get(event.command, event.command)} {count(len(event.accounts), 'account')}"
        case AccountStarted():
            return None if event.action == "none" else event.action
        case AccountPlanned():
            return _planned(event.plan)
        case StageStarted():
            return event.step or "started"
        case StageProgress() | BatchProgress():
            return event.step
        case Waiting():
            return _waiting(event)
        case HookOutput():
            return f"{event.hook} | {event.line}"
        case StageFinished():
            return _ended(event.result)
        case AccountFinished():
            return _finished(event.result)
        case Notice():
            return f"note: {event.message}"
        case RunFinished():
            return None
        case _:
            assert_never(event)


def phase(step: str) -> str:
    """A step without the resource it is at: `planning reading module.a.b` is `planning`."""
    return re.split(r" (?:reading )?\S*\w\.\w", step, maxsplit=1)[0]


def belongs_to(event: Event) -> tuple[str | None, str | None]:
    """The account and the stage that an event belongs to."""
    match event:
        case RunStarted() | BatchProgress() | RunFinished():
            return None, None
        case AccountStarted() | Notice():
            return event.account, None
        case AccountPlanned():
            return event.plan.account, None
        case AccountFinished():
            return event.result.account, None
        case StageFinished():
            return event.account, event.result.stage
        case StageStarted() | StageProgress() | Waiting() | HookOutput():
            return event.account, event.stage
        case _:
            assert_never(event)


def event_name(event: Event) -> str:
    """What kind of event it is, in snake case: `stage_finished`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(event).__name__).lower()


def event_to_json(event: Event) -> dict[str, Any]:
    """One event as a JSON object: `event` names it, in snake case; the rest are its fields.

    A plan and a report are told by their outlines here; the documents on standard output hold them.
    """
    match event:
        case AccountPlanned():
            fields: dict[str, Any] = {
                "account": event.plan.account,
                "account_id": event.plan.account_id,
                "action": event.plan.action,
                "diagnostics": [diagnostic.to_json() for diagnostic in event.plan.diagnostics],
            }
        case RunStarted():
            fields = {"run": event.run, "command": event.command, "accounts": event.accounts}
        case StageFinished():
            fields = {"account": event.account, **event.result.to_json()}
        case AccountFinished():
            fields = event.result.to_json()
        case RunFinished():
            fields = {"run": event.report.run, "status": event.report.status}
        case _:
            fields = {field.name: getattr(event, field.name) for field in dataclasses.fields(event)}
    return {"event": event_name(event), **{key: list(v) if isinstance(v, tuple) else v for key, v in fields.items()}}


def _planned(plan: AccountPlan) -> str | None:
    if plan.action == "none":
        return None
    if plan.action in {"refused", "failed"}:
        return f"{plan.action}: {_summaries(plan.diagnostics)}" if plan.diagnostics else plan.action
    changes = sum(stage.count(*CHANGING) for stage in plan.stages if not stage.preview)
    previewed = sum(stage.count(*CHANGING) for stage in plan.stages if stage.preview)
    parts = [count(changes, "resource change")]
    parts += [count(len(plan.operations), "operation")] if plan.operations else []
    parts += [f"{previewed} in a preview"] if previewed else []
    return f"planned: {plan.action}, {', '.join(parts)}"


def _waiting(event: Waiting) -> str:
    holder, since = event.holder or "another run", f" since {event.since}" if event.since else ""
    match event.hold:
        case "account":
            return f"waiting: {holder} has worked on this account{since}"
        case "state-lock":
            return f"waiting: {holder} has locked the state{since}"
        case "slot":
            return f"waiting for a Control Tower slot: {holder} has had one{since}"


def _ended(result: StageResult) -> str:
    diagnostics = beyond_stopping(result.diagnostics) if result.status == "aborted" else result.diagnostics
    return f"{result.status}: {_summaries(diagnostics)}" if diagnostics else result.status


def _finished(result: AccountResult) -> str | None:
    if result.status == "succeeded" and not result.changed:
        return "unchanged" if result.stages else None
    return f"{result.status}{f', account {result.account_id}' if result.account_id else ''}"


def _summaries(diagnostics: Sequence[Any]) -> str:
    return "; ".join(diagnostic.summary for diagnostic in diagnostics)
