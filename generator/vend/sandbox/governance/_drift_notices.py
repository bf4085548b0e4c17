"""What Control Tower tells of drift: one notice of each, by the aggregating topic of the audit account.

Texts: Control Tower user guide, detect and resolve drift.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from vend.sandbox.governance._governance import Governance
from vend.sandbox.governance._guardrails import Guardrails

TOPIC = "aws-controltower-AggregateSecurityNotifications"
CHANGES = frozenset(
    {
        "DeleteOrganizationalUnit",
        "DeletePolicy",
        "DetachPolicy",
        "MoveAccount",
        "RemoveAccountFromOrganization",
        "UpdatePolicy",
    }
)
"""Operations of Organizations that may make something drift."""
_MORE = (
    "For more information, including steps to resolve this issue, see "
    "'https://docs.aws.amazon.com/console/controltower/{page}'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One difference from what Control Tower set up.

    Attributes:
        page: of the documentation that the text leads to.
        members: what identifies it, as the notice has it.
    """

    kind: str
    text: str
    page: str
    remedy: str
    members: tuple[tuple[str, str], ...]


class DriftNotices:
    """The notices of one landing zone.

    Args:
        governance: units and accounts.
        guardrails: the policies of the units.
    """

    KEPT: ClassVar[tuple[str, ...]] = ("published",)
    KEPT_AS: ClassVar[Mapping[str, str]] = {"published": "told"}

    def __init__(self, governance: Governance, guardrails: Guardrails) -> None:
        self._governance = governance
        self._organization = governance.organization
        self._guardrails = guardrails
        self.published: set[tuple[str, ...]] = set()
        """Drift that was published and still exists."""

    def look(self) -> None:
        """Publishes drift that is new since the last look."""
        found = {(drift.kind, *(value for _, value in drift.members)): drift for drift in self._drifts()}
        for key in found.keys() - self.published:
            self._publish(found[key])
        self.published.clear()
        self.published.update(found)

    def _drifts(self) -> Iterator[Drift]:
        organization = self._organization
        for account_id, unit_id in self._governance.enrolled.items():
            account = organization.account(account_id)
            if account is None:
                yield self._removed(account_id)
            elif account.parent_id != unit_id:
                yield self._moved(account, unit_id)
        for unit_id in self._governance.registered:
            if organization.unit(unit_id) is None:
                yield Drift(
                    kind="ORGANIZATIONAL_UNIT_DELETED",
                    text=f"the registered organizational unit '{unit_id}' has been deleted.",
                    page="delete-ou",
                    remedy="Delete managed organizational unit in Control Tower",
                    members=(("OrganizationalUnitId", unit_id),),
                )
        for unit_id, policy_id in self._guardrails.policies.items():
            if organization.unit(unit_id) is not None and not self._guardrails.is_intact(unit_id):
                yield self._changed(unit_id, policy_id)

    def _removed(self, account_id: str) -> Drift:
        return Drift(
            kind="ACCOUNT_REMOVED_FROM_ORGANIZATION",
            text=f"the member account {account_id} has been removed from organization {self._organization.id}.",
            page="remove-account",
            remedy="Add account to Organization and update Account Factory provisioned product",
            members=(("AccountId", account_id),),
        )

    def _moved(self, account: Any, unit_id: str) -> Drift:
        source, destination = self._named(unit_id), self._named(account.parent_id)
        return Drift(
            kind="ACCOUNT_MOVED_BETWEEN_OUS",
            text=(
                f"your member account '{account.email} ({account.id})' has been moved from organizational unit "
                f"'{source}' to '{destination}'."
            ),
            page="move-account",
            remedy="Update Account Factory Provisioned Product",
            members=(("AccountId", account.id), ("SourceId", unit_id), ("DestinationId", account.parent_id)),
        )

    def _changed(self, unit_id: str, policy_id: str) -> Drift:
        policy = self._organization.policy(policy_id)
        attached = policy is not None and any(target.id == unit_id for target in policy.attachments)
        name = f"{policy.name if policy is not None else 'aws-guardrails'} ({policy_id})"
        if attached:
            text = f"the service control policy '{name}', attached to '{self._named(unit_id)}', has been modified."
        else:
            text = f"the service control policy '{name}' has been detached from '{self._named(unit_id)}'."
        return Drift(
            kind="SCP_UPDATED" if attached else "SCP_DETACHED_FROM_OU",
            text=text,
            page="update-scp" if attached else "scp-detached",
            remedy="Update Control Tower Setup",
            members=(("OrganizationalUnitId", unit_id), ("PolicyId", policy_id)),
        )

    def _named(self, unit_id: str) -> str:
        unit = self._organization.unit(unit_id)
        return f"{unit.name if unit is not None else 'Root'} ({unit_id})"

    def _publish(self, drift: Drift) -> None:
        estate = self._governance.resources.estate
        if "sns" in self._governance.resources.pending.get(estate.audit, ()):
            return  # nobody has looked at the topic, hence nobody has subscribed
        from moto.sns.models import sns_backends

        arn = f"arn:aws:sns:{estate.home}:{estate.audit}:{TOPIC}"
        topics = sns_backends[estate.audit][estate.home]
        if arn not in topics.topics:
            return
        notice = {
            "Message": f"AWS Control Tower has detected that {drift.text} {_MORE.format(page=drift.page)}",
            "ManagementAccountId": estate.management,
            "OrganizationId": self._organization.id,
            "DriftType": drift.kind,
            "RemediationStep": drift.remedy,
            **dict(drift.members),
        }
        topics.publish(message=json.dumps(notice), arn=arn)
