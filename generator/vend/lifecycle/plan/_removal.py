"""What happens to accounts whose requests are gone: kept, unless removal was asked for and confirmed by name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from vend.decide import Departed, decide_departed
from vend.errors import Diagnostic
from vend.lifecycle._workspace import Workspace
from vend.lifecycle.plan._policies import policies_of
from vend.lifecycle.survey._account_facts import facts_without_request
from vend.lifecycle.survey._fleet_survey import FleetSurvey
from vend.lifecycle.survey._made_with import product_resource, sent_email
from vend.lifecycle.survey._quotas import within_closing_quota
from vend.lifecycle.survey._scope import refuse_unknown
from vend.models import Applied
from vend.plan import AccountPlan, Selection
from vend.review import SHOWN, violation_digest

if TYPE_CHECKING:
    from vend.terraform import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Removals:
    """The plans of accounts whose requests are gone, and warnings about all of them together."""

    plans: tuple[AccountPlan, ...]
    warnings: tuple[Diagnostic, ...]


def plan_removals(workspace: Workspace, survey: FleetSurvey, selection: Selection) -> Removals:
    """What happens to the accounts in scope whose requests are gone, as far as AWS's quota of closures goes.

    The last applied request said what deleting an account's block means; anything but keeping the account must be
    allowed by name besides.

    Raises:
        InvalidInputError: an account is named that was tried once and left nothing.
    """
    removed = survey.without_request
    tried = {entry.account for entry in survey.scope.without_request} - {entry.account for entry in removed}
    labels = [request.account for request in workspace.fleet.requests]
    refuse_unknown((name for name in selection.accounts if name in tried), labels)
    plans = tuple(_removal_plan(workspace, survey, applied, selection.allow_removal) for applied in removed)
    kept, warnings = within_closing_quota(survey.organization, plans)
    return Removals(plans=kept, warnings=warnings)


def _removal_plan(workspace: Workspace, survey: FleetSurvey, applied: Applied, allowed: Collection[str]) -> AccountPlan:
    decision = decide_departed(departed_account(workspace, survey, applied, allowed))
    return AccountPlan(
        account=applied.account,
        account_id=applied.account_id,
        action=decision.action,
        operations=decision.operations,
        diagnostics=decision.diagnostics,
        subject=facts_without_request(survey, applied),
    )


def departed_account(workspace: Workspace, survey: FleetSurvey, applied: Applied, allowed: Collection[str]) -> Departed:
    """An account that no request names, as it is now."""
    name, meaning = applied.account, str((applied.request or {}).get("on_removal", "retain"))
    action: Literal["close", "unmanage"] = "close" if meaning == "close" else "unmanage"
    violation = violation_digest("account-would-end", name, (action, applied.account_id or ""))
    product = survey.products.get(name)
    account, email = survey.organization.accounts.get(applied.account_id or ""), applied.email
    if applied.account_id is None and product is not None:
        product = workspace.aws.provisioned_product(name)
        email = sent_email(product_resource(_state(workspace, name)))
        account = survey.organization.account_by_email(email) if email is not None else None
    return Departed(
        applied=applied,
        product=product,
        account=account,
        email=email,
        allowed=name in allowed or bool(policies_of(workspace).approved_by(violation)),
        renamed_to=survey.label_changes.get(name),
        approval=violation[:SHOWN],
    )


def _state(workspace: Workspace, account: str) -> State | None:
    from vend.terraform import read_state

    content = workspace.read_state(account, "account")
    return read_state(content) if content is not None else None
