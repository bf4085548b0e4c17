"""What a ledger is: the interface that its two kinds share, and the values it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypedDict, Unpack

from vend.models import Applied, AppliedStage, Held, RunOrigin, RunOwner, Stage, StageName, Status


class AccountEntry(TypedDict):
    """What is recorded of an account once it exists."""

    account: str
    account_id: str | None
    email: str
    organizational_unit: str
    request: Mapping[str, Any]
    run: str


class EventEntry(TypedDict):
    """Something that happened to an account in a run.

    `payload` is masked by whoever records it: nothing secret goes into a ledger.
    """

    run: str
    at: str
    account: str
    stage: StageName
    kind: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run of vend.

    Attributes:
        started: ISO 8601, UTC.
        finished: likewise; None while it runs, or when it was killed.
        status: `running` until it is finished.
        report: the document of the command.
        origin: who started it, and on what; None where an older vend recorded it.
    """

    run: str
    command: str
    started: str
    finished: str | None = None
    status: Status = "running"
    report: Mapping[str, Any] | None = None
    origin: RunOrigin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    """One recorded event, in the order of recording."""

    run: str
    at: str
    account: str
    stage: StageName
    kind: str
    payload: Mapping[str, Any]


class Ledger(Protocol):
    """What was last applied to each account, runs, events, leases and slots.

    A cache and a journal: without it vend plans again what it could have skipped, and no account is lost.
    Every method may be called from any thread, and from several processes or machines at once. Each
    raises LedgerError when the ledger cannot be read or written, and RefusedError when a newer vend wrote it.

    A lease has one holder, a pool of slots has up to `limit`; both end by themselves `ttl_seconds` after
    they were last acquired or renewed. Acquiring what one holds already renews it.
    """

    def applied(self) -> Mapping[str, Applied]:
        """What is remembered of every account, by slug."""
        ...

    def applied_to(self, account: str) -> Applied | None:
        """What is remembered of one account."""
        ...

    def record_stage(self, account: str, stage: Stage, entry: AppliedStage) -> None:
        """Remembers how a stage of an account ended; the newest entry counts."""
        ...

    def replace_fingerprint(self, account: str, stage: Stage, former: str, fingerprint: str) -> None:
        """Writes a fingerprint in another form; nothing where another than the former is remembered by now."""
        ...

    def record_account(self, **entry: Unpack[AccountEntry]) -> None:
        """Remembers an account and the request that was applied to it; its stages stay."""
        ...

    def forget_account(self, account: str) -> None:
        """Forgets an account that is managed no more, stages included."""
        ...

    def start_run(self, run: str, command: str, at: str, origin: RunOrigin | None = None) -> None:
        """Records that a run began."""
        ...

    def finish_run(self, run: str, status: Status, report: Mapping[str, Any], at: str) -> None:
        """Records how a run ended."""
        ...

    def runs(self, limit: int = 20) -> tuple[RunRecord, ...]:
        """The last runs, newest first."""
        ...

    def recorded_run(self, run: str) -> RunRecord | None:
        """One run; None where it is not known."""
        ...

    def record_event(self, **entry: Unpack[EventEntry]) -> None:
        """Adds to the journal of a run."""
        ...

    def events(self, run: str) -> tuple[EventRecord, ...]:
        """The journal of a run, oldest first."""
        ...

    def register_run(self, owner: RunOwner) -> None:
        """Says who a run is, before it holds anything, and that it lives."""
        ...

    def beat(self, run: str) -> None:
        """Says that a run lives."""
        ...

    def run_owner(self, run: str) -> RunOwner | None:
        """Who a run is, and when it said last that it lives; None where it is not known."""
        ...

    def acquire_lease(self, name: str, holder: str, ttl_seconds: float) -> bool:
        """Takes a lease; False where another holder has it."""
        ...

    def renew_lease(self, name: str, holder: str, ttl_seconds: float) -> bool:
        """Keeps a lease; False where it has ended or is another's."""
        ...

    def release_lease(self, name: str, holder: str) -> None:
        """Gives a lease back, if it is this holder's."""
        ...

    def lease(self, name: str) -> Held | None:
        """Who has a lease; None where nobody has."""
        ...

    def acquire_slot(self, pool: str, holder: str, limit: int, ttl_seconds: float) -> bool:
        """Takes one of a pool's slots; False where `limit` others hold one."""
        ...

    def renew_slot(self, pool: str, holder: str, ttl_seconds: float) -> bool:
        """Keeps a slot; False where it has ended."""
        ...

    def release_slot(self, pool: str, holder: str) -> None:
        """Gives a slot back, if there is one."""
        ...

    def slots(self, pool: str) -> tuple[Held, ...]:
        """Who has the slots of a pool, in the order in which they took them."""
        ...

    def close(self) -> None:
        """Ends the use of the ledger; may be called twice."""
        ...
