"""What a policy says of a change set."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from vend.codec import JsonDocument, spread
from vend.models import Position

PolicySeverity = Literal["deny", "warn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyResult(JsonDocument):
    """One violation of a policy.

    Attributes:
        code: the rule's name, kebab-case.
        severity: `deny` refuses the account (or the fleet) unless it is approved; `warn` informs.
        summary: what violates the rule, on one line.
        digest: SHA-256 (hex) of the violation: the same violation in a later plan has the same digest, so that an
            approval survives a plan that does not change it.
        account: the account request it concerns; None for the fleet as a whole.
        address: of the resource change it concerns, where it is one.
        detail: more about it.
        hint: what to do.
        reference: where the rule is documented: a URL, or a page of this documentation.
        position: where to look in the fleet's files.
        approved_by: who approved exactly this violation; empty when nobody did.
    """

    code: str
    severity: PolicySeverity
    summary: str
    digest: str
    account: str | None = None
    address: str | None = None
    detail: str | None = None
    hint: str | None = None
    reference: str | None = None
    position: Position | None = field(default=None, metadata=spread(names="file line column"))
    approved_by: tuple[str, ...] = ()

    @property
    def denies(self) -> bool:
        """Whether it keeps the change from being applied."""
        return self.severity == "deny" and not self.approved_by
