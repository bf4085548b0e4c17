"""What a plan is about, for its reviewers: the account as wanted, as it is, and as it was last asked for."""

from __future__ import annotations

from vend.decide import Situation
from vend.lifecycle._workspace import Workspace
from vend.models import AccountRequest, Applied
from vend.plan import Subject


def subject_of(workspace: Workspace, situation: Situation) -> Subject:
    """What is known of an account that was looked at."""
    account, applied = situation.account, situation.applied
    return Subject(
        request=situation.request,
        last=applied.request if applied else None,
        name=account.name if account else None,
        email=account.email if account else None,
        unit_before=workspace.aws.organization().path_of(account.parent_id) if account else None,
        unit_after=situation.wanted_unit.path,
    )


def requested(request: AccountRequest) -> Subject:
    """What is known of an account that could not be looked at."""
    return Subject(request=request)


def left_behind(workspace: Workspace, applied: Applied) -> Subject:
    """What is known of an account whose request is gone."""
    organization = workspace.aws.organization()
    account = organization.accounts.get(applied.account_id or "")
    return Subject(
        last=applied.request,
        name=account.name if account else None,
        email=account.email if account else applied.email,
        unit_before=organization.path_of(account.parent_id) if account else applied.organizational_unit,
    )
