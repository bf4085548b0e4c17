"""Who holds what: runs of vend, and the leases, slots and state locks they have."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from vend.codec import JsonDocument, hidden

HoldKind = Literal["lease", "slot", "terraform", "state-lock"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessIdentity:
    """One process among all that ever ran on any machine.

    Attributes:
        boot: of the machine that it runs on, new with each boot.
        namespace: of process ids, inside which `pid` means something.
        started: when it started, in clock ticks since the boot; a process id is given again, this with it never.
    """

    boot: str
    namespace: str
    pid: int
    started: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOwner(JsonDocument):
    """Who a run of vend is.

    Attributes:
        user: of the operating system; empty where it has no name.
        host: name of the machine.
        started: ISO 8601, UTC.
        process: None on a machine that does not tell one process from another, such as macOS.
        heartbeat: when the run last said that it lives, in seconds since 1970; no part of the document.
    """

    run: str
    user: str
    host: str
    started: str
    process: ProcessIdentity | None = None
    heartbeat: float = field(default=0.0, metadata=hidden())

    @property
    def who(self) -> str:
        """As Terraform names itself in the lock of a state: `user@host`."""
        return f"{self.user}@{self.host}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A lease or a slot that somebody has.

    Attributes:
        name: of the lease, or of the slot's pool.
        since: when it was taken, in seconds since 1970; None where an older vend took it.
        ends: when it ends by itself, likewise.
    """

    name: str
    holder: str
    since: float | None
    ends: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StateLock:
    """The lock of a Terraform state, as Terraform writes it.

    Attributes:
        id: of this lock; the next one on the same state has another.
        who: `user@host`.
        created: when it was taken.
        operation: what for: `OperationTypeApply`.
        etag: of the object that it is; empty for the lock of a local state.
    """

    id: str
    who: str
    created: datetime
    operation: str
    etag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(JsonDocument):
    """Something that keeps others from an account, for people to judge.

    Attributes:
        name: what is held: the account, a pool of slots, or a stage's state.
        holder: who has it, in words.
        since: ISO 8601, UTC; empty where that is not known.
        alive: whether its holder lives; None where that cannot be said.
    """

    kind: HoldKind
    name: str
    holder: str
    since: str
    alive: bool | None
