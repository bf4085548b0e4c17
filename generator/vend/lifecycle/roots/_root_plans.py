"""The plans of many root modules: together where they can be, each of the others alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Self, TypeAlias

from vend.lifecycle._workspace import Workspace
from vend.lifecycle.roots._batch import BatchResult, Key, plan_together
from vend.lifecycle.roots._roots import RootPlan, RootRun, StageFailedError
from vend.models import Stage

_SHARED: frozenset[Stage] = frozenset({"account", "settings"})
"""Stages that run with the management account's session; each of the others has a session of its own account."""
_FEWEST = 3
"""As many roots, at least, are planned together: an account's two are as quick alone, and have saved plans then."""


SavedPlanOf: TypeAlias = Callable[[RootRun], bytes | None]
"""Gives the saved plan of a root, where there is one that can still be applied."""


def no_saved_plan(run: RootRun) -> None:
    """Every root is planned."""
    del run


class RootPlans:
    """Plans root modules in threads, and keeps what came of each.

    Args:
        workspace: from `open_workspace`.
        on_alone: told the account of each that is about to be planned alone.
        saved: gives the saved plan of a root that need not be planned, since nothing changed after it was.
    """

    def __init__(
        self, workspace: Workspace, on_alone: Callable[[str], None], saved: SavedPlanOf = no_saved_plan
    ) -> None:
        self._workspace = workspace
        self._on_alone = on_alone
        self._saved = saved
        self._start = time.monotonic()
        self._together = BatchResult()
        self._seconds = 0.0
        self._alone: dict[Key, Future[RootPlan]] = {}
        self._pool = ThreadPoolExecutor(max_workers=max(1, workspace.terraform.slots), thread_name_prefix="plan")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def begin(self, runs: Sequence[RootRun], states: Mapping[Key, bytes | None]) -> None:
        """Plans these; returns when all that is planned together is planned, and the others are under way.

        Args:
            runs: the root modules, of any stage and account.
            states: those that were read just now; the others are read where they are needed.
        """
        runs = self._restore(runs)
        shared = [run for run in runs if run.stage in _SHARED]
        if len(shared) < _FEWEST:
            shared = []
        keys = {run.key for run in shared}
        together = self._pool.submit(plan_together, self._workspace, shared, states) if shared else None
        self._plan_alone(run for run in runs if run.key not in keys)
        if together is not None:
            self._together = together.result()
            self._seconds = time.monotonic() - self._start
            known = self._together.plans.keys() | self._together.diagnostics.keys()
            self._plan_alone(run for run in shared if run.key not in known)

    def of(self, run: RootRun) -> tuple[RootPlan, bool]:
        """The plan of one of them, and whether it was saved; waits for it.

        Raises:
            StageFailedError: Terraform refused.
            VendError: it could not be tried.
        """
        alone = self._alone.get(run.key)
        if alone is not None:
            return alone.result(), True
        if run.key in self._together.diagnostics:
            raise StageFailedError(self._together.diagnostics[run.key])
        return replace(self._together.plans[run.key], started=0.0, seconds=self._seconds), False

    def _restore(self, runs: Sequence[RootRun]) -> Sequence[RootRun]:
        """Takes up what was saved; gives the roots that are to be planned."""
        saved = {run.key: content for run in runs if (content := self._saved(run)) is not None}
        kept = [run for run in runs if run.key in saved]
        self._alone |= {run.key: self._pool.submit(self._timed, run, saved[run.key]) for run in kept}
        return [run for run in runs if run.key not in saved]

    def _plan_alone(self, runs: Iterable[RootRun]) -> None:
        self._alone |= {run.key: self._pool.submit(self._timed, run) for run in runs}

    def _timed(self, run: RootRun, saved: bytes | None = None) -> RootPlan:
        self._on_alone(run.account)
        started = time.monotonic()
        planned = run.plan() if saved is None else run.restore(saved)
        return replace(planned, started=started - self._start, seconds=time.monotonic() - started)
