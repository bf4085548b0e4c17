"""Work on an account that goes on after its call was answered."""

from __future__ import annotations

from dataclasses import dataclass

from vend.sandbox.service_catalog._disturbances import UNDISTURBED, Disturbance, Step
from vend.sandbox.service_catalog._products import Product, Record


@dataclass(slots=True, kw_only=True)
class AccountOperation:
    """A record's work under way.

    It holds values only, so that a sandbox can be written to a file in the middle of it.

    Attributes:
        steps: those not done yet, with the time they fall due.
        refused: code and text of what Control Tower will say of it.
        creates: whether it has made the account.
    """

    record: Record
    product: Product
    parameters: dict[str, str]
    before: str
    steps: list[tuple[float, Step]]
    refused: tuple[str, str] | None = None
    disturbance: Disturbance = UNDISTURBED
    creates: bool = False

    def let_go(self, now: float) -> None:
        """Ends a hold; all later steps are postponed by the time that it lasted."""
        at = next((at for at, (_, step) in enumerate(self.steps) if step == "hold"), None)
        if at is not None:
            lasted = max(0.0, now - self.steps[at][0])
            self.steps[at:] = [(due + lasted, step) for due, step in self.steps[at + 1 :]]
