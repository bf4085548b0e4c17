"""Many root modules planned in one Terraform run.

::

    roots ─► grouped by structure ─► states merged ─► one plan ─► split by account
                  an error that names accounts: the others together once more
                  an error that names none: each half once more, a few times
                  any doubt about a part: not in the result

What is not in the result is planned alone by the caller, as if there were no batch: whatever goes wrong here costs time
and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from vend.errors import Diagnostic, VendError
from vend.events import BatchProgress
from vend.lifecycle._workspace import Workspace
from vend.lifecycle.roots._batch_root import BatchRoot, batch_root
from vend.lifecycle.roots._roots import RootPlan, RootRun
from vend.models import Stage

if TYPE_CHECKING:
    from vend.render import Batch, BatchMember
    from vend.terraform import Outcome, PlannedChange

Key: TypeAlias = tuple[str, Stage]
"""A root module: account and stage."""

_READERS = 10
"""States read at once."""
_FEW = 2
"""So few roots are planned alone, rather than together once more, after a run that failed."""
_MOST_RUNS = 12
"""Plans in all, failed ones included; what is not planned by then is planned alone."""
_OF_ANY = frozenset({"provider-unavailable", "lock-outdated", "no-credentials"})
"""Failures that each root would meet alone just the same, where they belong to no resource."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """What came of planning together.

    Attributes:
        plans: of the roots that could be planned.
        diagnostics: of the roots that cannot be planned at all, with whatever else.
    """

    plans: Mapping[Key, RootPlan] = field(default_factory=dict)
    diagnostics: Mapping[Key, tuple[Diagnostic, ...]] = field(default_factory=dict)


def plan_together(workspace: Workspace, runs: Sequence[RootRun], states: Mapping[Key, bytes | None]) -> BatchResult:
    """Plans root modules in as few Terraform runs as possible.

    Each plan is the one that `RootRun.plan` makes, resource by resource, but for the saved plan. A root that is in
    neither part of the result must be planned alone.

    Args:
        workspace: from `open_workspace`.
        runs: of the stages that run with the management account's session.
        states: those that are known already.
    """
    batch = _BatchRun(workspace, {run.account for run in runs}, states)
    try:
        batch.start(runs)
    finally:
        batch.over()
    return BatchResult(plans=batch.plans, diagnostics=batch.diagnostics)


@dataclass(frozen=True, slots=True, kw_only=True)
class _BatchedRoot:
    """A root module to be planned, with the active artifact or with the one its product has."""

    run: RootRun
    active: bool = False


_Members: TypeAlias = Mapping[str, _BatchedRoot]
"""By module instance."""


class _BatchRun:
    """Plans and splits; `plans` and `diagnostics` grow."""

    def __init__(self, workspace: Workspace, accounts: Collection[str], states: Mapping[Key, bytes | None]) -> None:
        self._workspace = workspace
        self._accounts = accounts
        self._reached: set[str] = set()
        self._states = dict(states)
        self._left = _MOST_RUNS
        self.plans: dict[Key, RootPlan] = {}
        self.diagnostics: dict[Key, tuple[Diagnostic, ...]] = {}

    def start(self, runs: Sequence[RootRun]) -> None:
        """Plans all of them, as far as they can be planned together."""
        self._tell()
        self._read_states(runs)
        self._plan(_BatchedRoot(run=run) for run in runs if run.key in self._states)

    def over(self) -> None:
        """Says that nothing more is planned together."""
        self._reached.update(self._accounts)
        self._tell()

    def _read_states(self, runs: Sequence[RootRun]) -> None:
        def read(run: RootRun) -> None:
            with suppress(VendError, OSError):  # planned alone, it says what is wrong with its state
                self._states[run.key] = self._workspace.read_state(run.account, run.stage)

        with ThreadPoolExecutor(max_workers=_READERS, thread_name_prefix="states") as pool:
            list(pool.map(read, (run for run in runs if run.key not in self._states)))

    def _plan(self, wanted: Iterable[_BatchedRoot], fewest: int = 2) -> None:
        from vend.render import render_batches

        members: list[BatchMember] = []
        by_key: dict[Key, _BatchedRoot] = {}
        for one in wanted:
            with suppress(VendError):  # likewise
                members.append(one.run.batch_member(active=one.active))
                by_key[one.run.key] = one
        for batch in render_batches(members, self._workspace.cache):
            named = {at: by_key[member.root.account, member.root.stage] for at, member in batch.members.items()}
            if len(named) >= fewest and self._left > 0 and not self._workspace.stop.is_set():
                with suppress(VendError):  # likewise
                    self._plan_batch(batch, named)

    def _plan_batch(self, batch: Batch, members: _Members) -> None:
        from vend.terraform import merge_states

        version = self._workspace.terraform.binary.version
        merged = merge_states({at: self._states[one.run.key] for at, one in members.items()}, version)
        if merged.refused:
            self._plan(one for at, one in members.items() if at not in merged.refused)
            return
        self._left -= 1
        with self._workspace.terraform.slot(), batch_root(self._workspace, batch, merged.content) as root:
            outcome = root.init()
            if outcome.ok:
                outcome = root.plan(self._on_progress)
                again = self._split(root, members, merged.held, outcome) if outcome.ok else ()
        if outcome.ok:
            self._plan(again)
        elif not outcome.stopped:
            self._failed(members, outcome)

    def _split(
        self, root: BatchRoot, members: _Members, held: Mapping[str, Collection[str]], outcome: Outcome
    ) -> Sequence[_BatchedRoot]:
        """Takes the plan apart; gives those that must be planned again, with the active artifact."""
        from vend.terraform import split_plan, split_planned

        planned, strays = split_planned(outcome.planned)
        if strays or not _adds_up(outcome) or not members.keys() >= planned.keys():
            return ()
        self.plans |= {one.run.key: RootPlan() for at, one in members.items() if at not in planned}
        outdated = {at for at, changes in planned.items() if _is_outdated(members[at], changes)}
        if outdated:
            return [replace(one, active=one.active or at in outdated) for at, one in members.items() if at in planned]
        if planned:
            split = split_plan(root.show(), planned, held)
            if not split.strays:
                self.plans |= {
                    members[at].run.key: RootPlan(changes=split.changes[at], drift=split.drift[at])
                    for at in planned
                    if at not in split.doubtful
                }
        return ()

    def _failed(self, members: _Members, outcome: Outcome) -> None:
        """Plans once more without those that an error names; where it names none, each half by itself."""
        from vend.terraform import split_address

        blamed = {split_address(address)[0] for address in outcome.blamed if address is not None} & members.keys()
        errors = tuple(d for d in outcome.diagnostics if d.severity == "error")
        if not blamed and {error.code for error in errors} <= _OF_ANY:
            self.diagnostics |= {one.run.key: errors for one in members.values()}
            return
        others = [one for at, one in members.items() if at not in blamed]
        parts = [others] if blamed else [others[: len(others) // 2], others[len(others) // 2 :]]
        for part in parts:
            self._plan(part, fewest=_FEW + 1)

    def _on_progress(self, detail: str, done: int, total: int) -> None:
        from vend.terraform import split_address

        del done, total  # of resources; an account is done when Terraform came to any of its own
        _, _, address = detail.rpartition("reading ")
        instance, _ = split_address(address)
        account = instance.split('"')[1] if instance else None
        if account is not None and account in self._accounts and account not in self._reached:
            self._reached.add(account)
            if len(self._reached) < len(self._accounts):  # that it is over is said once, at the end
                self._tell()

    def _tell(self) -> None:
        total = len(self._accounts)
        step = f"planning {total} accounts at once"
        self._workspace.on_event(BatchProgress(step=step, done=len(self._reached), total=total))


def _is_outdated(wanted: _BatchedRoot, changes: Iterable[PlannedChange]) -> bool:
    """Whether parameters change, for which Control Tower wants the active artifact, and it was another."""
    return not wanted.active and wanted.run.is_outdated(change.action for change in changes)


def _adds_up(outcome: Outcome) -> bool:
    """Whether Terraform told of as many changes as it counts."""
    counts = outcome.counts
    if counts is None:
        return False
    actions = [change.action for change in outcome.planned]

    def many(*named: str) -> int:
        return sum(action in named for action in actions)

    found = (many("create", "replace"), many("update"), many("destroy", "replace"))
    return found == (counts.add, counts.change, counts.remove)
