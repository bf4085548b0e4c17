"""Whether an account that exists can be enrolled: what Control Tower would find out too late.

A try that fails leaves a provisioned product in ERROR, which keeps the next one from being made.
"""

from __future__ import annotations

from dataclasses import replace

from vend.decide import Decision, Situation, decide
from vend.errors import AwsError, Diagnostic
from vend.lifecycle._workspace import PreparedAccount, Workspace
from vend.lifecycle.roots._roots import StageFailedError
from vend.lifecycle.survey._account_survey import FailedSurvey, survey_account_again
from vend.models import OrganizationAccount


def check_enrolment(workspace: Workspace, situation: Situation, decision: Decision) -> Decision:
    """The decision to enrol an account, or its refusal where Control Tower would not.

    Raises:
        AwsError: AWS could not be asked.
    """
    account = situation.account
    if decision.action != "enrol" or account is None:
        return decision
    problem = _obstacle(workspace, account)
    if problem is None:
        return decision
    position = situation.request.position("email")
    placed = replace(
        problem,
        account=situation.request.account,
        file=position.file if position else None,
        line=position.line if position else None,
        column=position.column if position else None,
    )
    return Decision(action="refused", diagnostics=(placed,))


def check_again(workspace: Workspace, prepared: PreparedAccount) -> None:
    """Looks once more, right before the account is enrolled: another email, by now, would make a new account.

    Raises:
        StageFailedError: what was planned does not hold any more.
        AwsError: AWS could not be asked.
    """
    surveyed = survey_account_again(workspace, prepared.request)
    if isinstance(surveyed, FailedSurvey):
        raise StageFailedError(surveyed.diagnostics)
    decision = check_enrolment(workspace, surveyed.situation, decide(surveyed.situation))
    if decision.operations != prepared.decision.operations:
        raise StageFailedError(
            [
                Diagnostic(
                    code="precondition-failed",
                    summary="the account is not to be enrolled as it was planned",
                    detail="\n".join(problem.summary for problem in decision.diagnostics) or None,
                    hint="run `vend plan` again",
                    account=prepared.request.account,
                ),
                *decision.diagnostics,
            ]
        )


def _obstacle(workspace: Workspace, account: OrganizationAccount) -> Diagnostic | None:
    aws = workspace.aws
    if account.id == aws.management_account_id or account.id in aws.landing_zone().shared_accounts:
        return Diagnostic(
            code="email-in-use",
            summary=f'the email belongs to account {account.id} ("{account.name}")',
            detail="The account is the management account, or one that Control Tower made for itself.",
            hint="use another email",
        )
    try:
        traces = aws.config_traces(account.id)
    except AwsError as error:
        if any(problem.code != "role-not-assumed" for problem in error.diagnostics):
            raise
        return error.diagnostics[0]
    if not traces:
        return None
    return Diagnostic(
        code="config-in-the-way",
        summary=f"account {account.id} has AWS Config, and Control Tower does not enrol it so",
        detail=", ".join(traces),
        hint="delete its recorders and delivery channels in every governed Region",
    )
