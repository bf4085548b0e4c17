"""A change set as a forge is given it: a comment, a check run, labels."""

from __future__ import annotations

import hashlib

from vend.models import Label, Publication
from vend.plan import Review
from vend.views._check import CheckOptions, check_run
from vend.views._comment import CommentOptions, comment, comment_marker, frozen_marker
from vend.views._markup import size
from vend.views._outcome import outcome
from vend.views._text import neutralized

SUMMARY_LIMIT = 1_048_576
"""Bytes of UTF-8 that GitHub Actions takes as the summary of one step."""
_LABELS = {
    "nothing to do": ("c5def5", "Every account matches its request"),
    "changes": ("0e8a16", "Accounts change"),
    "refused": ("d93f0b", "Blocked by a policy, or by something that must not be applied"),
    "failed": ("b60205", "Not everything could be planned"),
    "ends or destroys": ("b60205", "An account ends, or something is replaced, destroyed or forgotten"),
    "drift": ("fbca04", "Something was changed outside Terraform"),
    "high risk": ("e99695", "The worst account is of high risk"),
    "critical risk": ("b60205", "The worst account is of critical risk"),
    "applied": ("5319e7", "Applied as it was reviewed"),
    "applied in part": ("d93f0b", "Applied, but not every account succeeded"),
    "not applied": ("b60205", "The apply was refused or failed"),
}
"""What a label says after the fleet's name: its color, and its description."""
_LONGEST_FLEET = 26
"""What 50 characters leave for the fleet's name."""


def publication(review: Review, options: CheckOptions) -> Publication:
    """Everything that a forge is given of a change set, or of what came of applying it."""
    applied = options.applied
    live, frozen = comment_marker(review.fleet, review.organization_id), frozen_marker(review)
    return Publication(
        comment=comment(review, CommentOptions(report_url=options.report_url, applied=applied)),
        # The comment of an apply that is repeated is the frozen one; a newer plan's is left alone then.
        markers=(live,) if applied is None else (frozen, live),
        check=check_run(review, options),
        labels=tuple(_label(review.fleet, what) for what in _LABELS if what in _told(review, options)),
        owned=frozenset(_label(review.fleet, what).name for what in _LABELS),
        newest_only=applied is None,
    )


def step_summary(review: Review, options: CheckOptions, already: int = 0) -> str:
    """The comment as the summary of a step: longer than a comment may be.

    Args:
        review: the change set.
        options: what it holds besides.
        already: bytes that the step has in its summary.
    """
    limit = SUMMARY_LIMIT - already
    wanted = CommentOptions(
        report_url=options.report_url, applied=options.applied, limit=max(limit, 0), counted="utf-8"
    )
    text = comment(review, wanted)
    return text if size(text) <= limit else ""


def _told(review: Review, options: CheckOptions) -> set[str]:
    if options.applied is not None:
        return {outcome(options.applied)}
    told: set[str] = {"nothing to do" if review.verdict == "unchanged" else review.verdict}
    accounts = review.accounts
    told |= {"ends or destroys"} if any(account.ends or account.destructive for account in accounts) else set()
    told |= {"drift"} if review.drifted else set()
    levels = {account.risk.level for account in accounts}
    worst = next((level for level in ("critical", "high") if level in levels), None)
    return told | ({f"{worst} risk"} if worst else set())


def _label(fleet: str, what: str) -> Label:
    """Several fleets of one repository have labels of their own."""
    color, description = _LABELS[what]
    name = neutralized(fleet)
    if len(name) > _LONGEST_FLEET:
        name = f"{name[: _LONGEST_FLEET - 7]}~{hashlib.sha256(fleet.encode()).hexdigest()[:6]}"
    return Label(name=f"{f'vend {name}'.rstrip()}: {what}", color=color, description=description)
