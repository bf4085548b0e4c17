"""The runs that the ledger remembers: who, on what, and what became of each account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vend.codec import JsonDocument
from vend.errors import Diagnostic
from vend.lifecycle._failures import failed_stage
from vend.lifecycle._workspace import Workspace
from vend.models import RunOrigin, Status

if TYPE_CHECKING:
    from vend.ledger import RunRecord

_MOST_RUNS = 1000
"""How far back the runs of one account are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOutcome(JsonDocument):
    """What became of one account in one run.

    Attributes:
        action: what was to be done; None where nothing was, or where an older vend recorded the run.
        status: `pending` where the run ended before it came to the account.
        stage: in which it failed.
        codes: of what went wrong there.
    """

    account: str
    account_id: str | None = None
    action: str | None = None
    status: Status
    changed: bool | None = None
    stage: str | None = None
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHistory(JsonDocument):
    """One run.

    Attributes:
        status: `running` while it runs; `aborted` where it is proved dead, or was stopped.
        user: of the operating system; None where an older vend recorded the run, as with the rest.
        actor: who started the CI job.
        commit: of the fleet's repository.
        digest: of the change set that was applied.
    """

    run: str
    command: str
    started: str
    finished: str | None
    status: Status
    user: str | None
    host: str | None
    actor: str | None
    commit: str | None
    digest: str | None
    accounts: tuple[AccountOutcome, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetHistory(JsonDocument):
    """The document of `vend history`, newest run first."""

    runs: tuple[RunHistory, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


def history(workspace: Workspace, account: str | None = None, limit: int = 20) -> FleetHistory:
    """The last runs, from the ledger alone.

    Args:
        workspace: from `open_workspace`.
        account: only runs that had to do with this account, and of them only what became of it; it may be one that
            is gone.
        limit: how many runs.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    if account is None:
        return FleetHistory(runs=tuple(_run(workspace, record) for record in workspace.ledger.runs(limit)))
    found: list[RunHistory] = []
    for record in workspace.ledger.runs(_MOST_RUNS):
        outcomes = tuple(outcome for outcome in _outcomes(workspace, record) if outcome.account == account)
        if outcomes and len(found) < limit:
            found.append(_run(workspace, record, outcomes))
    return FleetHistory(runs=tuple(found))


def _run(workspace: Workspace, record: RunRecord, outcomes: tuple[AccountOutcome, ...] | None = None) -> RunHistory:
    origin = record.origin
    killed = record.finished is None and workspace.leases.owners.is_dead(record.run)
    return RunHistory(
        run=record.run,
        command=record.command,
        started=record.started,
        finished=record.finished,
        status="aborted" if killed else record.status,
        user=origin.user if origin else None,
        host=origin.host if origin else None,
        actor=origin.actor if origin else None,
        commit=origin.commit if origin else None,
        digest=origin.digest if origin else None,
        accounts=tuple(_outcomes(workspace, record)) if outcomes is None else outcomes,
    )


def _outcomes(workspace: Workspace, record: RunRecord) -> Iterator[AccountOutcome]:
    """By account: of the report where there is one; of a run that left none, from its journal."""
    actions = (record.origin or RunOrigin()).actions
    if record.report is not None:
        for result in record.report.get("results") or ():
            yield _reported(result, actions)
        return
    ended = {event.account: event for event in workspace.ledger.events(record.run)}
    for account in sorted({*actions, *ended}):
        event = ended.get(account)
        failed = event is not None and event.kind == "failed"
        yield AccountOutcome(
            account=account,
            action=actions.get(account),
            status="failed" if failed else "running" if event else "pending",
            stage=event.stage if event and failed else None,
            codes=tuple(event.payload.get("codes", ())) if event and failed else (),
        )


def _reported(result: Mapping[str, Any], actions: Mapping[str, str]) -> AccountOutcome:
    failed = failed_stage(result)
    return AccountOutcome(
        account=result["account"],
        account_id=result.get("account_id"),
        action=actions.get(result["account"]),
        status=result["status"],
        changed=result.get("changed"),
        stage=failed["stage"] if failed else None,
        codes=tuple(problem["code"] for problem in failed.get("diagnostics", ())) if failed else (),
    )
