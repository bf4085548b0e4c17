"""From a change set to what the policies say of it: our own rules, the fleet's, and who approved what."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from vend.errors import Diagnostic
from vend.models import Approval
from vend.plan import AccountPlan, Plan, PolicyResult
from vend.review._masking import Masking
from vend.review._reviewed import account_maskings, reviewed
from vend.review._rules import MANY_ACCOUNTS, RULES, Facts, Violation
from vend.settings import FIXED_RULES, ReviewSettings

REFERENCE = "docs/reference/policy.md"
SHOWN = 16
"""Digits of a violation's digest that are shown, and enough to approve it."""
_QUIET = frozenset({"none", "refused", "failed", "wait"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """What a change set is judged by.

    Attributes:
        today: an approval that expired before counts no more.
        approvals: who approved which violations.
    """

    today: date
    facts: Facts = field(default_factory=Facts)
    approvals: Sequence[Approval] = ()

    def approved_by(self, digest: str) -> tuple[str, ...]:
        """Who approved the violation with this digest."""
        return tuple(
            approval.by
            for approval in self.approvals
            if digest.startswith(approval.violation) and (approval.expires is None or approval.expires >= self.today)
        )


def violation_digest(code: str, account: str | None, subject: Sequence[str]) -> str:
    """SHA-256 (hex) of a violation: of its rule, its account and its subject, not of the plan it was found in."""
    return _sha256([code, account, list(subject)])


def policy_digest(settings: ReviewSettings, files: Mapping[str, str]) -> str:
    """SHA-256 (hex) of what a change set is judged by: the rules, their settings, and the fleet's own policies.

    Approvals are no part of it: one that is given later lets a reviewed change set pass, and changes nothing else.

    Args:
        settings: the `review` block of vend.hcl.
        files: the fleet's own policies: text by name.
    """
    rules = {code: [rule.severity, rule.summary] for code, rule in RULES.items()}
    judged = {
        "production": settings.production,
        "max_accounts": settings.max_accounts,
        "data_types": settings.data_types,
        "rules": dict(settings.rules),
    }
    return _sha256([rules, judged, dict(files)])


def policy_input(plan: Plan, settings: ReviewSettings) -> dict[str, Any]:
    """What a rule of the fleet sees as `input`: the review as `vend plan --format json` prints it, and the requests.

    Nothing in it is secret: it is masked like the review.
    """
    maskings = account_maskings(plan, settings)
    requests = {account.account: account.subject.request for account in plan.accounts if account.subject}
    document = reviewed(plan, maskings).to_json()
    for account in document["accounts"]:
        request, masking = requests.get(account["account"]), maskings[account["account"]]
        account["request"] = _masked(request.to_json(), masking) if request else None
    return document


def judge(plans: Sequence[AccountPlan], policies: Policies) -> tuple[PolicyResult, ...]:
    """What the rules that come with vend say, in the order of accounts and codes; of the fleet as a whole last."""
    found = [
        result
        for plan in plans
        for code, rule in RULES.items()
        for violation in rule.check(plan, policies.facts)
        for result in _result(policies, code, violation, plan)
    ]
    return (*found, *_many(plans, policies))


def own_results(results: Iterable[PolicyResult], policies: Policies) -> tuple[PolicyResult, ...]:
    """What rules of the fleet say, each with the digest of its violation and who approved it."""

    def completed(result: PolicyResult) -> PolicyResult:
        place = result.position.file if result.position else ""
        digest = violation_digest(result.code, result.account, (place, result.summary))
        return replace(result, digest=digest, approved_by=policies.approved_by(digest))

    return tuple(completed(result) for result in results)


def refused_by_policy(
    plans: Iterable[AccountPlan], results: Sequence[PolicyResult], *, everything: bool = False
) -> tuple[AccountPlan, ...]:
    """The plans with what was said of each; an account that a violation denies is refused.

    Args:
        plans: of all accounts.
        results: what the policies say of them, and of the fleet.
        everything: refuse every account that would change, since a policy could not be judged. A denial of the fleet
            as a whole does the same.
    """
    everything = everything or any(result.denies for result in results if result.account is None)

    def judged(planned: AccountPlan) -> AccountPlan:
        mine = tuple(result for result in results if result.account == planned.account)
        denied = planned.action not in _QUIET and (everything or any(result.denies for result in mine))
        return replace(planned, policy=mine, action="refused" if denied else planned.action)

    return tuple(judged(planned) for planned in plans)


def denials(plan: AccountPlan) -> tuple[Diagnostic, ...]:
    """Why a refused account is not applied: its own diagnostics, and an error for each violation that denies it."""
    denied = tuple(
        Diagnostic(
            code="policy-denied",
            summary=f"{result.code}: {result.summary}",
            detail=result.detail,
            hint=f'approve it by name in approvals.hcl: approval "{result.digest[:SHOWN]}" {{ by = "…" }}'
            if result.code not in FIXED_RULES
            else result.hint,
            file=result.position.file if result.position else None,
            line=result.position.line if result.position else None,
            column=result.position.column if result.position else None,
            account=plan.account,
        )
        for result in plan.policy
        if result.denies
    )
    if denied or plan.diagnostics:
        return (*plan.diagnostics, *denied)
    return (
        Diagnostic(
            code="policy-denied",
            summary="a policy refuses the change set as a whole",
            hint="run `vend plan` to see which",
            account=plan.account,
        ),
    )


def _result(
    policies: Policies, code: str, violation: Violation, plan: AccountPlan | None = None
) -> tuple[PolicyResult, ...]:
    rule = RULES[code]
    chosen = {} if code in FIXED_RULES else policies.facts.settings.rules
    wanted = chosen.get(code, rule.severity)
    if wanted == "off":
        return ()
    account = plan.account if plan else None
    request = plan.subject.request if plan and plan.subject else None
    digest = violation_digest(code, account, violation.subject)
    return (
        PolicyResult(
            code=code,
            severity="warn" if wanted == "warn" else "deny",
            summary=violation.summary,
            digest=digest,
            account=account,
            address=violation.address,
            detail=violation.detail,
            hint=violation.hint,
            reference=f"{REFERENCE}#{code}",
            position=request.position(violation.field) if request else None,
            approved_by=() if code in FIXED_RULES else policies.approved_by(digest),
        ),
    )


def _many(plans: Sequence[AccountPlan], policies: Policies) -> tuple[PolicyResult, ...]:
    names = tuple(sorted(plan.account for plan in plans if plan.action not in _QUIET))
    most = policies.facts.settings.max_accounts
    if len(names) <= most:
        return ()
    violation = Violation(
        summary=f"This plan changes {len(names)} accounts (warning limit: {most})",
        subject=names,
        hint="apply some of them first with `--account NAME`; review { max_accounts } in vend.hcl sets the limit",
    )
    return _result(policies, MANY_ACCOUNTS, violation)


def _masked(request: Mapping[str, Any], masking: Masking) -> dict[str, Any]:
    named = {name: masking.fields(request[name]) for name in ("tags", "custom_fields")}
    return {**{name: masking.masked(value) for name, value in request.items()}, **named}


def _sha256(document: Any) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
