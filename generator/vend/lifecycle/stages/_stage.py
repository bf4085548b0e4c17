"""One stage of one account, with every way it can end."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace

from vend.errors import Diagnostic, InterruptedRunError, VendError
from vend.events import StageProgress
from vend.lifecycle._workspace import Workspace
from vend.lifecycle.roots._roots import StageFailedError
from vend.models import StageName, StageResult, Status


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
    return StageResult(
        stage=stage,
        status=status,
        seconds=time.monotonic() - started,
        diagnostics=tuple(replace(d, account=d.account or account) for d in diagnostics),
    )


@contextmanager
def account_lease(workspace: Workspace, account: str) -> Iterator[bool]:
    """Keeps other runs from this account; gives False where one has it."""

    def on_wait() -> None:
        step = "waiting: another run works on this account"
        workspace.on_event(StageProgress(account=account, stage="account", step=step))

    with workspace.leases.lease(f"account/{account}", workspace.stop, on_wait) as held:
        yield held


def account_busy(account: str) -> Diagnostic:
    """Another run has the account's lease."""
    return Diagnostic(
        code="account-busy",
        summary="another run is working on this account",
        hint="wait for it; a run that was killed lets go after half a minute",
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

        def on_wait() -> None:
            workspace.on_event(StageProgress(account=account, stage="account", step="waiting for a Control Tower slot"))

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
