"""Why accounts failed when they were last applied, from what the ledger keeps of its runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vend.codec import JsonDocument
from vend.models import Applied, AppliedStage, Status

if TYPE_CHECKING:
    from vend.ledger import Ledger, RunRecord

_RUNS = 20
"""How many of the last runs are read for accounts that were refused before any stage of theirs began."""
UNSUCCESSFUL: tuple[Status, ...] = ("failed", "aborted")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFailure(JsonDocument):
    """Why an account failed, or was stopped.

    Attributes:
        code: of the diagnostic; None where nothing is recorded but that it failed.
        stage: in which it failed; hooks are stages too.
        at: ISO 8601, UTC.
    """

    code: str | None
    summary: str | None
    stage: str
    status: Status
    at: str
    run: str


def current_failures(ledger: Ledger, applied: Mapping[str, Applied]) -> dict[str, AccountFailure]:
    """Of each account that has not succeeded since.

    Args:
        ledger: of the fleet.
        applied: every entry of it, by account.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    records = {record.run: record for record in ledger.runs(_RUNS)}
    latest: dict[str, AccountFailure | None] = {}
    for record in records.values():  # newest first
        for result in _results(record):
            latest.setdefault(result["account"], _reported(record, result))
    found = {account: failure for account, failure in latest.items() if failure is not None}
    for account, entry in applied.items():
        failed = _failed_stage(entry)
        if failed is not None:
            found[account] = _of_stage(ledger, records, account, *failed)
        elif account in found and _succeeded_since(entry.stages.values(), found[account]):
            del found[account]
    return found


def failed_stage(result: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The stage of an account's result that stopped it; a failure of `on_failure` is none."""
    stages = [stage for stage in result.get("stages", ()) if stage["status"] in UNSUCCESSFUL]
    return next((stage for stage in stages if stage["stage"] != "on_failure"), None)


def _failed_stage(entry: Applied) -> tuple[str, AppliedStage] | None:
    failed = [(name, stage) for name, stage in entry.stages.items() if stage.status in UNSUCCESSFUL]
    return max(failed, key=lambda found: found[1].at, default=None)


def _succeeded_since(stages: Iterable[AppliedStage], failure: AccountFailure) -> bool:
    """By a run that was killed afterwards: it left no report."""
    return any(stage.at > failure.at for stage in stages)


def _of_stage(
    ledger: Ledger, records: Mapping[str, RunRecord], account: str, stage: str, entry: AppliedStage
) -> AccountFailure:
    record = records.get(entry.run) or ledger.recorded_run(entry.run)
    reported = [_reported(record, one) for one in _results(record) if one["account"] == account] if record else []
    if reported and reported[0] is not None:
        return reported[0]
    told = [event for event in ledger.events(entry.run) if event.account == account and event.kind in UNSUCCESSFUL]
    problem = next(iter(told[0].payload.get("codes", ())), None) if told else None
    return AccountFailure(
        code=problem,
        summary=next(iter(told[0].payload.get("summaries", ())), None) if told else None,
        stage=told[0].stage if told else stage,
        status=entry.status,
        at=entry.at,
        run=entry.run,
    )


def _results(record: RunRecord) -> Iterable[Mapping[str, Any]]:
    return (record.report or {}).get("results") or ()


def _reported(record: RunRecord, result: Mapping[str, Any]) -> AccountFailure | None:
    if result["status"] not in UNSUCCESSFUL:
        return None
    stage = failed_stage(result) or {}
    problems: Sequence[Mapping[str, Any]] = stage.get("diagnostics") or ({},)
    problem = next((one for one in problems if one.get("severity") == "error"), problems[0])
    code, summary = problem.get("code"), problem.get("summary")
    return AccountFailure(
        code=code,
        summary=summary,
        stage=stage.get("stage", "account"),
        status=result["status"],
        at=record.finished or record.started,
        run=record.run,
    )
