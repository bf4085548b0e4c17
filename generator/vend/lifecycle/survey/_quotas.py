"""AWS's quotas that a change set would exceed, as far as they can be known beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from vend.errors import AwsError, Diagnostic
from vend.models import AccountRequest, Applied, Organization, OrganizationAccount
from vend.plan import AccountPlan

if TYPE_CHECKING:
    from vend.aws import Aws

MOST_OPT_INS_OF_ACCOUNT, MOST_OPT_INS_OF_ORGANIZATION = 6, 50
"""Regions that come or go at once (Account Management reference guide, quotas)."""
_FEWEST_CLOSINGS, _SHARE, _MOST_CLOSINGS = 250, 5, 1000
"""In 30 days: so many, or one account in so many, and never more than so many (botocore's model of CloseAccount)."""
_MOST_IN_REGIONS = 150_000
"""Governed accounts times governed Regions (Control Tower user guide, limits)."""
_MOST_REGIONS = 50
"""More than AWS has."""
_CLOSED_LATELY = frozenset({"PENDING_CLOSURE", "CLOSED"})
"""An account is listed as CLOSED for 90 days, in which it can be reinstated (Organizations API reference, Account)."""


def account_quota_problems(aws: Aws, organization: Organization, new: Sequence[AccountRequest]) -> Iterator[Diagnostic]:
    """New accounts beyond what the organization may have; or that its quota could not be read.

    A closed account counts for as long as it is listed (Organizations user guide, quotas). Invitations count too, and
    are not looked for.
    """
    if not new:
        return
    quota = aws.account_quota()
    if isinstance(quota, Diagnostic):
        yield quota
        return
    there = len(organization.accounts)
    for number, request in enumerate(new, start=there + 1):
        if number > quota:
            yield Diagnostic(
                code="account-quota-exceeded",
                summary=f"the organization would have {number:,} accounts, and its quota is {quota:,}",
                detail=f"It has {there:,} now; an account that was closed counts for 90 days.",
                hint="ask for a higher quota in Service Quotas: AWS Organizations, in us-east-1",
            ).at(request.position(), request.account)


def landing_zone_problems(aws: Aws, organization: Organization, new: Sequence[AccountRequest]) -> Iterator[Diagnostic]:
    """New accounts beyond what Control Tower governs in so many Regions.

    The landing zone is asked for its Regions only where their number could matter.
    """
    governed = sum(a.enrolled is not False for a in organization.accounts.values()) + len(new)
    if not new or governed * _MOST_REGIONS <= _MOST_IN_REGIONS:
        return
    try:
        regions = len(aws.landing_zone().governed_regions)
    except AwsError as error:
        yield replace(error.diagnostics[0], severity="warning")
        return
    if governed * regions > _MOST_IN_REGIONS:
        yield Diagnostic(
            severity="warning",
            code="landing-zone-full",
            summary=f"Control Tower would govern {governed:,} accounts in {regions} Regions",
            detail=f"Accounts times Regions are at most {_MOST_IN_REGIONS:,}.",
            hint="govern fewer Regions, or ask AWS before more accounts are made",
        )


def opt_in_problems(
    requests: Sequence[AccountRequest],
    accounts: Mapping[str, OrganizationAccount | None],
    applied: Mapping[str, Applied],
) -> Iterator[Diagnostic]:
    """Regions that would be opted in to at once beyond what AWS works on; the others are asked for until it does.

    What an account that vend has not applied yet has opted in to already is not known, and not counted.
    """
    total = 0
    for request in requests:
        regions = _new_regions(request, accounts[request.account], applied.get(request.account))
        total += len(regions)
        if len(regions) > MOST_OPT_INS_OF_ACCOUNT:
            yield Diagnostic(
                severity="warning",
                code="opt-in-quota-exceeded",
                summary=f"{len(regions)} Regions are opted in to at once, and AWS works on "
                f"{MOST_OPT_INS_OF_ACCOUNT} of an account",
                detail="Each takes minutes, at times hours; the others are asked for again and again until time is up.",
                hint="add Regions in several runs",
            ).at(request.position(f"opt_in_regions[{MOST_OPT_INS_OF_ACCOUNT}]"), request.account)
    if total > MOST_OPT_INS_OF_ORGANIZATION:
        yield Diagnostic(
            severity="warning",
            code="opt-in-quota-exceeded",
            summary=f"{total} Regions are opted in to in this run, and AWS works on {MOST_OPT_INS_OF_ORGANIZATION} of "
            "an organization at once",
            hint="apply some accounts at a time: vend apply --account NAME",
        )


def _new_regions(
    request: AccountRequest, account: OrganizationAccount | None, applied: Applied | None
) -> frozenset[str]:
    if account is None:
        return frozenset(request.opt_in_regions)
    if applied is None or applied.request is None:
        return frozenset()
    return frozenset(request.opt_in_regions) - frozenset(applied.request.get("opt_in_regions") or ())


def within_closing_quota(
    organization: Organization, removals: Sequence[AccountPlan]
) -> tuple[tuple[AccountPlan, ...], tuple[Diagnostic, ...]]:
    """The removals, with closures beyond the quota refused, and a warning where closures of other runs may use it up.

    An account is unmanaged before it is closed: one whose closure AWS then refuses would stay open and ungoverned.
    When an account was closed, Organizations does not say; those that are not closed for good were within 90 days.
    """
    members = sum(account_id != organization.management_account_id for account_id in organization.accounts)
    most = min(max(_FEWEST_CLOSINGS, members // _SHARE), _MOST_CLOSINGS)
    lately = sum(account.state in _CLOSED_LATELY for account in organization.accounts.values())
    kept: list[AccountPlan] = []
    closing = 0
    for plan in removals:
        closing += plan.action == "close"
        refused = plan.action == "close" and closing > most
        kept.append(
            replace(plan, action="refused", operations=(), diagnostics=(_too_many(plan, most),)) if refused else plan
        )
    if not closing or closing > most or closing + lately <= most:
        return tuple(kept), ()
    warning = Diagnostic(
        severity="warning",
        code="closing-quota-exceeded",
        summary=f"{closing} accounts are closed, and AWS closes {most} in 30 days",
        detail=f"{lately} more were closed within 90 days; how many of them count, Organizations does not say.",
        hint="an account that AWS refuses to close is unmanaged by then, and stays open: close it later",
    )
    return tuple(kept), (warning,)


def _too_many(plan: AccountPlan, most: int) -> Diagnostic:
    return Diagnostic(
        code="closing-quota-exceeded",
        summary=f"account {plan.account_id} is not closed: AWS closes {most} accounts in 30 days",
        hint="it is left as it is; apply again once the quota allows it",
        account=plan.account,
    )
