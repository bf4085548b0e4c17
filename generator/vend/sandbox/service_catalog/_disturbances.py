"""How a fault disturbs the work that goes on after an account operation was accepted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from vend.sandbox.faults._answers import refusal_of_operation
from vend.sandbox.faults._faults import DEFAULT_SLOW_SECONDS, Faults
from vend.sandbox.service_catalog._products import OPERATIONS, Product, RecordType

Step: TypeAlias = Literal["begin", "create", "check_update", "place", "finish", "unmanage", "hold", "refuse", "taint"]
Steps: TypeAlias = Sequence[tuple[float, Step]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbance:
    """What keeps an operation from going as it should; values only, as all of an operation.

    Attributes:
        fault: the id of the fault that struck; a `hold` lasts as long as that is not cleared.
        refusal: code and text of its failure.
        seconds: how much longer it takes.
    """

    kind: Literal["none", "refuse", "taint", "hold", "slow"] = "none"
    late: bool = False
    fault: str | None = None
    refusal: tuple[str, str] = ("", "")
    seconds: float = 0.0

    def applied_to(self, steps: Steps) -> Steps:
        """The steps of an operation: the part of its time after which each happens, and what it does."""
        end = steps[-1][0]
        split = next(at for at, (moment, _) in enumerate(steps) if moment == end) if self.late else 1
        done, rest, moment = steps[:split], steps[split:], end if self.late else steps[0][0]
        if self.kind == "hold":
            return (*done, (moment, "hold"), *rest)
        if self.kind == "refuse":
            return (*done, (moment, "refuse"))
        return (*steps[:-1], (end, "taint")) if self.kind == "taint" else steps


UNDISTURBED = Disturbance()


class Disturbances:
    """Looks up which fault of the sandbox affects an operation.

    Args:
        faults: those of the sandbox.
        names_of: every name, in lower case, of the account that one name stands for.
    """

    KEPT: ClassVar[tuple[str, ...]] = ()

    def __init__(self, faults: Faults, names_of: Callable[[str], frozenset[str]]) -> None:
        self._faults = faults
        self._names_of = names_of

    def of(self, kind: RecordType, product: Product) -> Disturbance:
        """What faults do to an operation that was accepted."""
        names = {product.name.casefold(), product.id}
        struck = self._faults.strike(
            f"servicecatalog:{OPERATIONS[kind]}",
            ("start", "end"),
            lambda account: bool(names & self._names_of(account)),
        )
        if struck is None:
            return UNDISTURBED
        fault, refusal = struck.fault, refusal_of_operation(struck)
        if refusal is not None:
            return Disturbance(
                kind="taint" if fault.kind == "tainted" else "refuse",
                late=fault.at == "end",
                fault=struck.id,
                refusal=(refusal.code, refusal.message),
            )
        if fault.kind == "slow":
            return Disturbance(kind="slow", fault=struck.id, seconds=fault.seconds or DEFAULT_SLOW_SECONDS)
        return Disturbance(kind="hold", late=fault.at == "end", fault=struck.id)

    def hold(self, disturbance: Disturbance) -> bool:
        """Whether a held operation must still wait."""
        return disturbance.fault is not None and self._faults.holds(disturbance.fault)
