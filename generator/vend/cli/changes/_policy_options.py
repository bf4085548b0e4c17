"""What a change set is judged by, where the command line says so: another checkout's policies, and approvals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vend.models import Approval, Fleet


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyOptions:
    """What the command line says of policies.

    Attributes:
        source: a checkout whose policies, rules and approvals count instead of the fleet's own.
        approvals: `DIGEST=NAME`.
    """

    source: Path | None = None
    approvals: tuple[str, ...] = ()


def judged_by(fleet: Fleet, options: PolicyOptions) -> Fleet:
    """The fleet with the policies that count.

    Raises:
        InvalidInputError: an approval is not of the form `DIGEST=NAME`, or the other checkout cannot be used.
    """
    given = _approvals(options.approvals)
    if options.source is not None:
        fleet = _from(fleet, options.source.absolute())
    return replace(fleet, approvals=(*fleet.approvals, *given))


def _from(fleet: Fleet, directory: Path) -> Fleet:
    """The fleet judged by another checkout; what either of the two hides stays hidden."""
    from vend.requests import load_approvals, load_settings

    review = load_settings(directory).review
    patterns = tuple(dict.fromkeys((*review.sensitive_patterns, *fleet.settings.review.sensitive_patterns)))
    settings = replace(fleet.settings, review=replace(review, sensitive_patterns=patterns))
    return replace(fleet, settings=settings, approvals=load_approvals(directory), policy_directory=directory)


def _approvals(given: Iterable[str]) -> tuple[Approval, ...]:
    from vend.errors import Diagnostic, InvalidInputError
    from vend.requests import parse_approval

    parsed = [(text, parse_approval(text)) for text in given]
    wrong = [
        Diagnostic(
            code="invalid-approval",
            summary=f'"{text}" approves nothing',
            hint="use --approve DIGEST=NAME with at least 12 digits of the digest that `vend plan` shows beside it",
        )
        for text, approval in parsed
        if approval is None
    ]
    if wrong:
        raise InvalidInputError(wrong)
    return tuple(approval for _, approval in parsed if approval is not None)
