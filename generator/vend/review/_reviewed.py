"""From a plan to what may be shown of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from vend.errors import Diagnostic
from vend.plan import (
    CHANGING,
    AccountPlan,
    AccountReview,
    Operation,
    Plan,
    ResourceChange,
    Review,
    ReviewedChange,
    StagePlan,
    StageReview,
)
from vend.review._attributes import attributes
from vend.review._concealing import masking_of, scrubbed, scrubbed_diagnostic, scrubbed_policy
from vend.review._masking import CHANGED, Masking
from vend.review._risk import risk_of
from vend.review._secrets import SENSITIVE
from vend.review._semantic import semantic_changes
from vend.settings import ReviewSettings

_MODULE = re.compile(r'^(?P<module>(?:module\.[^.\[]+(?:\[(?:"(?:[^"\\]|\\.)*"|\d+)\])?\.)*)')


def review_of(plan: Plan, settings: ReviewSettings | None = None) -> Review:
    """What may be shown of a plan: everything that every form of it is made from.

    Args:
        plan: with every value, sensitive ones in clear.
        settings: the `review` block of vend.hcl; without it, what is sensitive by default is masked.
    """
    return reviewed(plan, account_maskings(plan, settings or ReviewSettings()))


def account_maskings(plan: Plan, settings: ReviewSettings) -> dict[str, Masking]:
    """What is hidden in the review of each account, by its name."""
    masking = Masking(settings.sensitive_patterns)
    return {account.account: masking_of(account, masking) for account in plan.accounts}


def reviewed(plan: Plan, maskings: Mapping[str, Masking]) -> Review:
    """What may be shown of a plan.

    Args:
        plan: with every value, sensitive ones in clear.
        maskings: of `account_maskings`.
    """
    return Review(
        digest=plan.digest,
        accounts=tuple(
            _account(account, maskings[account.account])
            for account in sorted(plan.accounts, key=lambda account: account.account)
        ),
        terraform_runs=plan.terraform_runs,
        fleet=plan.fleet,
        organization_id=plan.organization_id,
        policy=plan.policy,
        diagnostics=tuple(_of_fleet(diagnostic, maskings) for diagnostic in plan.diagnostics),
        bundle=plan.bundle,
    )


def _of_fleet(diagnostic: Diagnostic, maskings: Mapping[str, Masking]) -> Diagnostic:
    """One of the fleet as a whole may quote what Terraform said of any account."""
    mine = maskings.get(diagnostic.account or "")
    for masking in (mine,) if mine else maskings.values():
        diagnostic = scrubbed_diagnostic(diagnostic, masking)
    return diagnostic


def _account(plan: AccountPlan, masking: Masking) -> AccountReview:
    subject = plan.subject
    request = subject.request if subject else None
    stages = tuple(_stage(stage, masking) for stage in plan.stages)
    semantic = semantic_changes(plan, masking)
    return AccountReview(
        account=plan.account,
        action=plan.action,
        account_id=plan.account_id,
        name=request.name if request else subject.name if subject else None,
        email=request.email if request else subject.email if subject else None,
        unit_before=subject.unit_before if subject else None,
        unit_after=subject.unit_after if subject else None,
        risk=risk_of(plan, stages, semantic),
        requested_by=scrubbed(request.change.requested_by, masking) if request and request.change else None,
        reason=scrubbed(request.change.reason, masking) if request and request.change else None,
        position=request.position() if request else None,
        semantic=semantic,
        operations=tuple(_operation(operation, masking) for operation in plan.operations),
        stages=stages,
        policy=tuple(scrubbed_policy(result, masking) for result in plan.policy),
        diagnostics=tuple(scrubbed_diagnostic(diagnostic, masking) for diagnostic in plan.diagnostics),
    )


def _stage(stage: StagePlan, masking: Masking) -> StageReview:
    return StageReview(
        stage=stage.stage,
        state=stage.state,
        fingerprint=stage.fingerprint,
        changes=tuple(_change(change, masking) for change in stage.changes if change.action in CHANGING),
        drift=tuple(_told(_change(change, masking) for change in stage.drift)),
        preview=stage.preview,
        hooks=stage.hooks,
        diagnostics=tuple(scrubbed_diagnostic(diagnostic, masking) for diagnostic in stage.diagnostics),
        started=stage.started,
        seconds=stage.seconds,
    )


def _told(drift: Iterable[ReviewedChange]) -> Iterator[ReviewedChange]:
    """Drift without resources of which nothing differs that is shown: an empty list is none, read back."""
    return (change for change in drift if change.attributes or change.action != "update")


def _change(change: ResourceChange, masking: Masking) -> ReviewedChange:
    changed, unchanged = attributes(change, masking)
    return ReviewedChange(
        address=masking.scrubbed(change.address),
        type=change.type,
        name=change.name,
        action=change.action,
        module=masking.scrubbed(_module(change.address)),
        importing=scrubbed(change.importing, masking),
        attributes=changed,
        unchanged=unchanged,
        forced_by=tuple(attribute.path for attribute in changed if attribute.forces_replacement),
    )


def _module(address: str) -> str:
    found = _MODULE.match(address)
    return found["module"].rstrip(".") if found else ""


def _operation(operation: Operation, masking: Masking) -> Operation:
    before, after = operation.before, operation.after
    return replace(
        operation,
        before=_masked(before, None, masking),
        after=_masked(after, before, masking),
        precondition=scrubbed(operation.precondition, masking),
    )


def _masked(value: Any, other: Any, masking: Masking) -> Any:
    """An operation's value; of what is hidden it is said whether it differs."""
    if not isinstance(value, Mapping):
        return masking.masked(value)
    known = other if isinstance(other, Mapping) else {}
    changed = {masking.scrubbed(key) for key, item in value.items() if key in known and known[key] != item}
    shown = masking.fields(value)
    return {key: CHANGED if item == SENSITIVE and key in changed else item for key, item in shown.items()}
