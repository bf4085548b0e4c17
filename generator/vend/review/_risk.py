"""How much can go wrong with a change set: a small scale, and the reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vend.plan import AccountPlan, Counts, Operation, Risk, RiskLevel, SemanticChange, StageReview

_LEVELS: tuple[RiskLevel, ...] = ("none", "low", "medium", "high", "critical")
_QUIET_OPERATIONS = frozenset({"tag"})


def risk_of(plan: AccountPlan, stages: Iterable[StageReview], semantic: Iterable[SemanticChange]) -> Risk:
    """The risk of what a plan will do to one account; of one that is refused or failed, nothing is applied."""
    if plan.action in {"none", "refused", "failed"}:
        return Risk()
    counts = sum((stage.counts for stage in stages if not stage.preview), start=Counts())
    found = [*_ending(plan), *_moving(semantic), *_resources(counts), *_operations(plan.operations)]
    found += list(_quiet(plan, counts))
    found.sort(key=lambda reason: -_LEVELS.index(reason[0]))
    return Risk(level=found[0][0], reasons=tuple(text for _, text in found)) if found else Risk(level="low")


def _ending(plan: AccountPlan) -> Iterator[tuple[RiskLevel, str]]:
    if plan.action == "close":
        yield "critical", "the account is closed"
    elif plan.action == "unmanage":
        yield "critical", "the account leaves Control Tower"


def _moving(semantic: Iterable[SemanticChange]) -> Iterator[tuple[RiskLevel, str]]:
    for change in semantic:
        if change.topic == "organizational_unit":
            yield "high", change.summary
        elif change.topic == "controls" and change.kind == "remove":
            yield "high", f"loses {len(change.items)} {'control' if len(change.items) == 1 else 'controls'}"
        elif change.topic == "access":
            yield "medium", change.summary


def _resources(counts: Counts) -> Iterator[tuple[RiskLevel, str]]:
    told: tuple[tuple[RiskLevel, int, str], ...] = (
        ("high", counts.replace, "replaced"),
        ("high", counts.destroy, "destroyed"),
        ("high", counts.forget, "forgotten"),
        ("medium", counts.change, "changed in place"),
    )
    for level, number, what in told:
        if number:
            yield level, f"{number} {'resource is' if number == 1 else 'resources are'} {what}"


def _operations(operations: Iterable[Operation]) -> Iterator[tuple[RiskLevel, str]]:
    for operation in operations:
        if operation.operation not in {*_QUIET_OPERATIONS, "unmanage", "close"}:
            yield "medium", f"operation: {operation.operation.replace('_', ' ')}"


def _quiet(plan: AccountPlan, counts: Counts) -> Iterator[tuple[RiskLevel, str]]:
    if plan.action == "create":
        yield "low", "a new account"
    elif counts.add:
        yield "low", f"{counts.add} {'resource is' if counts.add == 1 else 'resources are'} added"
    if counts.imported:
        yield "low", f"{counts.imported} {'resource is' if counts.imported == 1 else 'resources are'} taken over"
