"""Releasing what is held of one account, where a person says that nobody works on it any more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vend.errors import Diagnostic, InvalidInputError, RefusedError, did_you_mean
from vend.lifecycle._leases import CONTROL_TOWER, UNMANAGING, lease_name, run_of
from vend.lifecycle._owners import at
from vend.lifecycle.locks._state_locks import record_name
from vend.models import ROOTS, Held, Hold, Stage, StateLock

if TYPE_CHECKING:
    from vend.lifecycle._workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountHolds:
    """What keeps runs from an account.

    Attributes:
        lease: the account's own.
        slots: Control Tower's, taken for it.
        records: whose Terraform works on a root, by stage.
        locks: on the states, by stage.
        told: all of that in words.
    """

    lease: Held | None
    slots: tuple[Held, ...]
    records: dict[Stage, Held]
    locks: dict[Stage, StateLock]
    told: tuple[Hold, ...]


def account_holds(workspace: Workspace, account: str) -> AccountHolds:
    """Everything that somebody holds of an account.

    Raises:
        InvalidInputError: `unknown-account`: nothing is held, and neither a request nor the ledger has the name.
        AwsError: AWS refused a look-up.
    """
    ledger, owners = workspace.ledger, workspace.leases.owners
    lease = ledger.lease(lease_name(account))
    slots = tuple(
        held
        for pool in (CONTROL_TOWER, UNMANAGING)
        for held in ledger.slots(pool)
        if held.holder.partition("/")[2] == account
    )
    records = {stage: held for stage in ROOTS if (held := ledger.lease(record_name(account, stage))) is not None}
    locks = {stage: lock for stage in ROOTS if (lock := workspace.places.lock(account, stage)) is not None}
    told = [] if lease is None else [_hold(workspace, "lease", account, lease)]
    told += [_hold(workspace, "slot", held.name, held) for held in slots]
    for stage in ROOTS:
        record, lock = records.get(stage), locks.get(stage)
        ours = record is not None and (lock is None or owners.took(record.holder, record.since, lock))
        if record is not None and ours:
            told.append(_hold(workspace, "terraform" if lock is None else "state-lock", stage, record))
        elif lock is not None:
            since = lock.created.isoformat(timespec="seconds")
            # The kernel has the lock of a local state, for a process that lives.
            alive = None if lock.etag else True
            told.append(Hold(kind="state-lock", name=stage, holder=lock.who or "somebody", since=since, alive=alive))
    found = AccountHolds(lease=lease, slots=slots, records=records, locks=locks, told=tuple(told))
    if not told:
        _refuse_unknown(workspace, account)
    return found


def unlock(workspace: Workspace, account: str, holds: AccountHolds) -> None:
    """Releases all of it.

    Raises:
        RefusedError: `still-held`: a run that lives has some of it.
        AwsError: AWS refused a call.
    """
    alive = [hold for hold in holds.told if hold.alive]
    if alive:
        raise RefusedError(
            Diagnostic(
                code="still-held",
                summary=f"{alive[0].holder} is still at work on {account}; nothing was released",
                hint="wait until it ends, or end it: then this is released without you",
                account=account,
            )
        )
    for stage, lock in holds.locks.items():
        workspace.places.release(account, stage, lock)
    for stage, record in holds.records.items():
        workspace.ledger.release_lease(record_name(account, stage), record.holder)
    for held in holds.slots:
        workspace.ledger.release_slot(held.name, held.holder)
    if holds.lease is not None:
        workspace.ledger.release_lease(lease_name(account), holds.lease.holder)


def _hold(workspace: Workspace, kind: str, name: str, held: Held) -> Hold:
    owners = workspace.leases.owners
    run = run_of(held.holder)
    dead = owners.is_dead(run)
    # A lease and a slot end by themselves: whoever has one that has not ended may well be alive.
    alive = not dead if dead is not None or kind in {"lease", "slot"} else None
    return Hold(kind=kind, name=name, holder=owners.told(run), since=at(held.since), alive=alive)  # type: ignore[arg-type]


def _refuse_unknown(workspace: Workspace, account: str) -> None:
    known = {request.account for request in workspace.fleet.requests} | set(workspace.ledger.applied())
    if account not in known:
        raise InvalidInputError(
            Diagnostic(
                code="unknown-account",
                summary=f'no account request "{account}"',
                hint=did_you_mean(account, known) or "run `vend requests` to list them",
            )
        )
