"""Looking once more at an account, when its lease is held and before anything is done to it.

Between the plan and the lease another run may have applied the account, or somebody may have changed it.
"""

from __future__ import annotations

from vend.decide import decide
from vend.errors import Diagnostic
from vend.lifecycle._seen import Seen, seen
from vend.lifecycle._workspace import PreparedAccount, Workspace
from vend.lifecycle.roots._roots import StageFailedError
from vend.lifecycle.survey._account_survey import FailedSurvey, survey_account_again
from vend.models import OrganizationAccount


def found_done(workspace: Workspace, prepared: PreparedAccount) -> OrganizationAccount | None:
    """The account, where another run has done meanwhile all that was planned; None where nothing has changed.

    Raises:
        StageFailedError: `plan-stale`: the account is not what it was when it was planned.
        VendError: AWS or the ledger could not be asked.
    """
    before, account = prepared.seen, prepared.request.account
    if before is None:
        return None
    now = seen(
        workspace.ledger.applied_to(account),
        workspace.aws.provisioned_product(account),
        {stage: workspace.read_state(account, stage) for stage in before.states},
    )
    if now == before:
        return None
    surveyed = survey_account_again(workspace, prepared.request)
    if isinstance(surveyed, FailedSurvey):
        raise StageFailedError(surveyed.diagnostics)
    if decide(surveyed.situation).action == "none" and surveyed.situation.account is not None:
        return surveyed.situation.account
    raise StageFailedError([_stale(workspace, account, before, now)])


def _stale(workspace: Workspace, account: str, before: Seen, now: Seen) -> Diagnostic:
    changes = [
        what
        for what, differs in (
            ("what was last applied", before.applied != now.applied),
            ("its provisioned product", before.product != now.product),
            ("its Terraform state", before.states != now.states),
        )
        if differs
    ]
    other = f"{workspace.leases.owners.told(now.run)} was at work on it. " if now.run and now.run != before.run else ""
    return Diagnostic(
        code="plan-stale",
        summary="the account has changed since it was planned; nothing was applied",
        detail=f"{other}It differs in {', '.join(changes)}.",
        hint="run `vend apply` again: it plans what is left",
        account=account,
    )
