"""One stage of one account, with every way it can end."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from typing import Literal

from vend.errors import Diagnostic, InterruptedRunError, VendError
from vend.events import Waiting
from vend.lifecycle._leases import lease_name, run_of
from vend.lifecycle._owners import at
from vend.lifecycle._workspace import Workspace
from vend.lifecycle.roots._roots import StageFailedError
from vend.models import Held, StageName, StageResult, Status

_STOPPED = frozenset({"interrupted", "terraform-stopped", "terraform-killed"})
"""What is said of work that was stopped, which a better reason replaces."""


def run_stage(workspace: Workspace, account: str, stage: StageName, work: Callable[[], None]) -> StageResult:
    """Does the work of a stage; whatever goes wrong, and a wish to stop, is the result."""
    started = time.monotonic()
    status: Status = "succeeded"
    diagnostics: tuple[Diagnostic, ...] = ()
    try:
        if workspace.stop.is_set():
            status, diagnostics = "aborted", (_interrupted(stage),)
        else:
            work()
    except StageFailedError as failure:
        aborted = failure.aborted or workspace.stop.is_set()
        status, diagnostics = ("aborted" if aborted else "failed"), failure.diagnostics
        if aborted:
            diagnostics = (*diagnostics, _interrupted(stage))
    except InterruptedRunError as error:
        status, diagnostics = "aborted", (*error.diagnostics, _interrupted(stage))
    except VendError as error:
        status, diagnostics = "failed", error.diagnostics
    except Exception as error:  # noqa: BLE001 - one account's bug must not take the other accounts with it
        status, diagnostics = "failed", (_internal(error),)
    if status != "succeeded" and workspace.lease is not None and workspace.lease.lost:
        told = tuple(one for one in diagnostics if one.code not in _STOPPED)
        status, diagnostics = "failed", (_lease_lost(account), *told)
    return StageResult(
        stage=stage,
        status=status,
        seconds=time.monotonic() - started,
        diagnostics=tuple(replace(d, account=d.account or account) for d in diagnostics),
    )


@contextmanager
def account_lease(workspace: Workspace, account: str) -> Iterator[Workspace | None]:
    """Keeps other runs from this account.

    Gives the workspace for all that is done to it meanwhile; None where another run has the account.
    """
    name = lease_name(account)

    def on_wait(held: Held | None) -> None:
        workspace.on_event(_waiting(workspace, account, "account", held))

    with workspace.leases.lease(name, workspace.stop, on_wait) as lease:
        yield None if lease is None else workspace.under(lease)


def account_busy(workspace: Workspace, account: str) -> Diagnostic:
    """Another run has the account's lease."""
    held = workspace.ledger.lease(lease_name(account))
    holder = workspace.leases.owners.told(held.holder) if held else "another run"
    return Diagnostic(
        code="account-busy",
        summary=f"{holder} is working on this account{f' since {at(held.since)}' if held and held.since else ''}",
        hint=f"wait until it ends; if nobody works on it any more: vend unlock {account}",
        account=account,
    )


def _waiting(workspace: Workspace, account: str, hold: Literal["account", "slot"], held: Held | None) -> Waiting:
    holder = workspace.leases.owners.told(run_of(held.holder)) if held else ""
    return Waiting(account=account, stage="account", hold=hold, holder=holder, since=at(held.since if held else None))


def _lease_lost(account: str) -> Diagnostic:
    return Diagnostic(
        code="lease-lost",
        summary="this run could not keep other runs from the account any longer, and stopped its work on it",
        detail="The ledger could not be reached for half a minute, or this machine was asleep.",
        hint="run `vend apply` again: it looks at what is there and goes on",
        account=account,
    )


def _interrupted(stage: StageName) -> Diagnostic:
    left = {
        "account": "Control Tower finishes what it has begun; the next run waits for it and goes on",
        "customizations": "what was applied is in the state; the next run plans the rest",
    }
    return Diagnostic(
        code="interrupted",
        summary=f"stopped during {stage}, as asked",
        detail=left.get(stage),
        hint="run `vend apply` again to go on",
    )


def _internal(error: Exception) -> Diagnostic:
    return Diagnostic(
        code="internal-error",
        summary=f"{type(error).__name__}: {error}",
        detail="".join(traceback.format_tb(error.__traceback__, limit=-3)),
        hint="this is a bug in vend; the other accounts went on",
    )


class ControlTowerSlot:
    """Leases one of Control Tower's slots for as long as an operation takes, if one is needed.

    Args:
        workspace: whose slots it takes.
        account: the account that is operated on.
        needed: whether Control Tower has anything to do at all.
        unmanages: whether the operation terminates a product: of those there is one at a time.
    """

    def __init__(self, workspace: Workspace, account: str, *, needed: bool, unmanages: bool = False) -> None:
        leases, stop = workspace.leases, workspace.stop

        def on_wait(held: Held | None) -> None:
            workspace.on_event(_waiting(workspace, account, "slot", held))

        limit = workspace.fleet.settings.control_tower.max_concurrent_operations
        self._held = ExitStack()
        # Whoever waits for its turn to unmanage keeps no slot from others.
        self._wanted: list[Callable[[], AbstractContextManager[bool]]] = []
        if needed and unmanages:
            self._wanted.append(lambda: leases.turn_to_unmanage(account, stop, on_wait))
        if needed:
            self._wanted.append(lambda: leases.slot(account, limit, stop, on_wait))

    def __enter__(self) -> None:
        with ExitStack() as taking:
            if not all(taking.enter_context(wanted()) for wanted in self._wanted):
                raise StageFailedError((), aborted=True)
            self._held = taking.pop_all()

    def __exit__(self, *error: object) -> None:
        self._held.close()
