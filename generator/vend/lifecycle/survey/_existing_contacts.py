"""Settings that an account has before Terraform knows of them."""

from __future__ import annotations

from dataclasses import replace

from vend.decide import Decision
from vend.lifecycle._workspace import Workspace
from vend.lifecycle.survey._account_survey import AccountSurvey
from vend.models import ContactKind

_CONTACT = "aws_account_alternate_contact"


def with_existing_contacts(workspace: Workspace, surveyed: AccountSurvey, decision: Decision) -> Decision:
    """The decision, with the alternate contacts that are imported rather than made.

    A contact is written over whether it is there or not; imported, the plan says what really changes. Contacts that
    Terraform's state has are not asked for.

    Raises:
        AwsError: AWS could not be asked.
        TerraformError: the state cannot be read.
    """
    account = surveyed.situation.account
    wanted = {contact.kind for contact in surveyed.situation.request.alternate_contacts}
    if account is None or not wanted or "settings" not in decision.stages:
        return decision
    unknown = wanted - _known(workspace, surveyed)
    found = workspace.aws.alternate_contacts(account.id, sorted(unknown)) if unknown else ()
    return replace(decision, existing_contacts=tuple(contact.kind for contact in found))


def _known(workspace: Workspace, surveyed: AccountSurvey) -> set[ContactKind]:
    """Kinds of the contacts in the state of the account's `settings` root."""
    from vend.terraform import read_state

    name = surveyed.situation.request.account
    states = surveyed.states
    content = states["settings"] if "settings" in states else workspace.read_state(name, "settings")
    resources = read_state(content).resources if content is not None else ()
    kinds = {resource.index for resource in resources if resource.type == _CONTACT}
    return {contact.kind for contact in surveyed.situation.request.alternate_contacts if contact.kind in kinds}
