"""Faults on demand: what shall go wrong, when, for whom, and how often."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, get_args

from vend.codec import JsonDocument, spread
from vend.errors import Diagnostic, InvalidInputError
from vend.sandbox.faults._operation_names import UnknownOperation, resolve

FaultKind = Literal["error", "tainted", "timeout", "throttle", "in-use", "crash-after", "slow"]
Moment = Literal["call", "start", "end"]
ACCOUNT_OPERATIONS = frozenset(
    {
        "servicecatalog:ProvisionProduct",
        "servicecatalog:UpdateProvisionedProduct",
        "servicecatalog:TerminateProvisionedProduct",
    }
)
"""Operations that go on after their call was answered."""
MOMENTS: Mapping[FaultKind, tuple[Moment, ...]] = {
    "error": ("start", "call", "end"),
    "tainted": ("end",),
    "timeout": ("start", "call", "end"),
    "throttle": ("call",),
    "in-use": ("start", "call"),
    "crash-after": ("call",),
    "slow": ("start", "call"),
}
"""When each kind can apply; the first is the default for account operations, `call` for all others."""
DEFAULT_SLOW_SECONDS = 5.0
_MOST_SECONDS = 3600.0
_REFUSING = frozenset({"error", "tainted", "in-use", "throttle"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault(JsonDocument):
    """What shall go wrong.

    Attributes:
        operation: botocore's name, `ProvisionProduct` or `servicecatalog:ProvisionProduct`.
        kind: what happens; docs/reference/sandbox.md says of each kind what a caller sees.
        account: only where the call concerns this account: product name, account name, id or email; None means any.
        times: how many calls it affects; 0 means all of them until it is cleared.
        at: `call` strikes the call itself, `start` and `end` the work after an account operation was accepted; None
            means `start` where the kind and the operation have it.
        code: AWS's error code; None means the one that AWS gives.
        message: the text; None means AWS's own.
        seconds: how long `slow` delays.
    """

    operation: str
    kind: FaultKind
    account: str | None = None
    times: int = 1
    at: Moment | None = None
    code: str | None = None
    message: str | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultState(JsonDocument):
    """A fault that was added.

    Attributes:
        id: `fault-1` and so on.
        fault: with operation and moment filled in.
        used: how many calls it has struck.
    """

    id: str
    fault: Fault = field(metadata=spread(names="operation kind account times at code message seconds"))
    used: int = 0

    @property
    def remaining(self) -> int | None:
        """How many more calls it affects; None means all of them."""
        return None if self.fault.times == 0 else self.fault.times - self.used

    def _computed(self) -> Mapping[str, Mapping[str, Any]]:
        return {"used": {"remaining": self.remaining}}


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultProblem:
    """What is wrong with a fault; `attribute` names the one that it concerns."""

    attribute: str
    code: str
    summary: str
    hint: str | None = None


def checked(fault: Fault) -> tuple[Fault, tuple[FaultProblem, ...]]:
    """Fills in a fault's operation and moment, and lists its problems."""
    problems: list[FaultProblem] = []
    found = resolve(fault.operation)
    named = None if isinstance(found, UnknownOperation) else found
    if isinstance(found, UnknownOperation):
        problems.append(
            FaultProblem(attribute="operation", code="unknown-operation", summary=found.summary, hint=found.hint)
        )
    problems += _value_problems(fault)
    if fault.kind not in MOMENTS:
        return fault, tuple(problems)
    moments = MOMENTS[fault.kind] if named is None else _moments(fault.kind, named)
    if not moments:
        hint = "this kind is only for servicecatalog:ProvisionProduct and servicecatalog:UpdateProvisionedProduct"
        problems.append(_invalid("kind", f'{named} cannot have the fault kind "{fault.kind}"', hint))
    elif fault.at is not None and fault.at not in moments:
        summary = f'"{fault.kind}" of {fault.operation} cannot happen at "{fault.at}"'
        problems.append(_invalid("at", summary, hint=f"one of {', '.join(moments)}"))
    filled = replace(fault, operation=named or fault.operation, at=fault.at or next(iter(moments), None))
    return filled, tuple(problems)


def _moments(kind: FaultKind, operation: str) -> tuple[Moment, ...]:
    """When a kind can apply to an operation, the default first; a product that is gone cannot be TAINTED."""
    if operation in ACCOUNT_OPERATIONS and not (
        kind == "tainted" and operation.endswith(":TerminateProvisionedProduct")
    ):
        return MOMENTS[kind]
    return ("call",) if "call" in MOMENTS[kind] else ()


def _value_problems(fault: Fault) -> Iterable[FaultProblem]:
    if fault.kind not in MOMENTS:
        yield _invalid(
            "kind", f'there is no fault kind "{fault.kind}"', hint=f"one of {', '.join(get_args(FaultKind))}"
        )
    if fault.times != int(fault.times) or fault.times < 0:
        yield _invalid(
            "times", f'"times" must be a whole number of at least 0, not {fault.times}', hint="0 means every call"
        )
    if fault.seconds is not None and (fault.kind != "slow" or not 0 < fault.seconds <= _MOST_SECONDS):
        yield _invalid(
            "seconds", f'"seconds" is only for the kind "slow"; it must be more than 0 and at most {_MOST_SECONDS:.0f}'
        )
    for attribute in ("account", "code", "message"):
        value = getattr(fault, attribute)
        if value is not None and not (isinstance(value, str) and value.strip() and value.isprintable()):
            yield _invalid(attribute, f'"{attribute}" is empty or contains a character that is not printable')
    for attribute in ("code", "message"):
        if getattr(fault, attribute) is not None and fault.kind not in _REFUSING:
            yield _invalid(attribute, f'"{attribute}" has no effect with the kind "{fault.kind}"')


def _invalid(attribute: str, summary: str, hint: str | None = None) -> FaultProblem:
    return FaultProblem(attribute=attribute, code="invalid-fault", summary=summary, hint=hint)


class Faults:
    """The faults of one sandbox; safe to use from every thread.

    `add`, `list` and `clear` are for whoever wants something to go wrong, the rest for the emulation.
    """

    KEPT: ClassVar[tuple[str, ...]] = ("_states", "_made")

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self.on_clear: Callable[[], None] = lambda: None
        """Called after faults were cleared, so that operations that they held continue from then on."""
        self._states: dict[str, FaultState] = {}
        self._made = 0
        self._closed = False
        self._changed = threading.Condition()
        for fault in faults:
            self.add(fault)

    def add(self, fault: Fault) -> FaultState:
        """Adds a fault. If several match a call, the one that was added first applies.

        Raises:
            InvalidInputError: `unknown-operation`, `invalid-fault`; every problem.
        """
        filled, problems = checked(fault)
        if problems:
            raise InvalidInputError(Diagnostic(code=p.code, summary=p.summary, hint=p.hint) for p in problems)
        with self._changed:
            self._made += 1
            state = FaultState(id=f"fault-{self._made}", fault=filled)
            self._states[state.id] = state
        return state

    def list(self) -> tuple[FaultState, ...]:
        """All faults that were not cleared, including those that are used up."""
        with self._changed:
            return tuple(self._states.values())

    def clear(self, *ids: str) -> tuple[FaultState, ...]:
        """Clears the named faults or all, and returns them. Operations that a `timeout` held continue.

        Raises:
            InvalidInputError: `unknown-fault`; nothing is taken away then.
        """
        with self._changed:
            unknown = [one for one in ids if one not in self._states]
            if unknown:
                raise InvalidInputError(
                    Diagnostic(
                        code="unknown-fault",
                        summary=f'there is no fault "{one}"',
                        hint="`vend sandbox fault list` lists them",
                    )
                    for one in unknown
                )
            cleared = tuple(self._states.pop(one) for one in ids or tuple(self._states))
            self._changed.notify_all()
        self.on_clear()
        return cleared

    def strike(self, operation: str, moments: Collection[Moment], concerns: Callable[[str], bool]) -> FaultState | None:
        """The first fault that matches; one of its uses is consumed.

        Args:
            operation: `service:Operation`.
            moments: at which of them the caller can act on it.
            concerns: whether the call concerns the account that a fault names.
        """
        with self._changed:
            for state in self._states.values():
                fault = state.fault
                fits = fault.operation == operation and fault.at in moments and state.remaining != 0
                if fits and (fault.account is None or concerns(fault.account)):
                    struck = replace(state, used=state.used + 1)
                    self._states[state.id] = struck
                    return struck
        return None

    def holds(self, fault_id: str) -> bool:
        """Whether a fault still holds an operation."""
        with self._changed:
            return not self._closed and fault_id in self._states

    def wait(self, fault_id: str, seconds: float | None = None) -> None:
        """Waits until a fault is cleared or the sandbox ends, at most some seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or fault_id not in self._states, timeout=seconds)

    def close(self) -> None:
        """Releases everything that faults hold, because the sandbox stops."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
