"""A change set as it may be shown: the one value that every form of a review is made from.

Nothing in it is secret: what is sensitive was masked when it was made. Text, Markdown, HTML, JSON and what is
published to a forge say the same because they are made from the same `Review`.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from vend.codec import JsonDocument, key, spread
from vend.errors import Diagnostic
from vend.models import Position, Stage
from vend.plan._changes import (
    AccountAction,
    AttributeChange,
    AttributeKind,
    ChangeAction,
    Counts,
    Operation,
    StageState,
)
from vend.plan._policy import PolicyResult

Verdict = Literal["unchanged", "changes", "refused", "failed"]
RiskLevel = Literal["none", "low", "medium", "high", "critical"]
Topic = Literal[
    "account",
    "name",
    "email",
    "organizational_unit",
    "controls",
    "sso_user",
    "tag",
    "contact",
    "access",
    "region",
    "customization",
    "custom_field",
    "on_removal",
]
_ENDING: frozenset[AccountAction] = frozenset({"remove", "unmanage", "close"})
_DESTRUCTIVE: frozenset[ChangeAction] = frozenset({"replace", "destroy", "forget"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk(JsonDocument):
    """How much can go wrong, and why.

    Attributes:
        level: `none`: nothing happens. `low`: things are made, taken over or tagged. `medium`: things change in
            place, or who may do what changes. `high`: the account moves, or something is replaced, destroyed or
            forgotten. `critical`: the account itself ends.
        reasons: what makes it so, worst first.
    """

    level: RiskLevel = "none"
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SemanticChange(JsonDocument):
    """One change of an account in the words of its request.

    Attributes:
        topic: what kind of thing changes.
        kind: whether it comes, changes or goes.
        summary: a sentence without its subject: `moves Workloads/Prod → Sandbox`, `tag CostCenter 4711 → 4712`.
        field: where the request says it, such as `tags.CostCenter`; empty for the block as a whole.
        before: the value now, masked where it is sensitive.
        after: the value then, likewise.
        items: what it is about, where that is several things: the controls that are gained or lost.
        sensitive: whether the values are hidden.
        position: where the request says so.
    """

    topic: Topic
    kind: AttributeKind
    summary: str
    field: str = ""
    before: str | None = dataclasses.field(default=None, metadata=key("from"))
    after: str | None = dataclasses.field(default=None, metadata=key("to"))
    items: tuple[str, ...] = ()
    sensitive: bool = False
    position: Position | None = dataclasses.field(default=None, metadata=spread(names="file line column"))


@dataclass(frozen=True, slots=True, kw_only=True)
class UnchangedAttribute:
    """An attribute of a resource change that stays as it is: its path, and its value as it may be shown."""

    path: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedChange(JsonDocument):
    """One resource's planned change, as it may be shown.

    Attributes:
        module: address of the module it is in, such as `module.spoke-network`; empty for the root.
        attributes: those that change, in the order of their paths.
        unchanged: those that stay.
        forced_by: paths of the attributes that force a replacement.
    """

    address: str
    type: str
    name: str
    module: str = ""
    action: ChangeAction
    importing: str | None = None
    forced_by: tuple[str, ...] = ()
    attributes: tuple[AttributeChange, ...] = ()
    unchanged: tuple[UnchangedAttribute, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StageReview(JsonDocument):
    """One stage of one account, as it may be shown.

    Attributes:
        changes: those that do something; of a preview, what it did to an emulated account.
        drift: what changed outside Terraform since the last apply, and matters to this plan.
        preview: `changes` are a preview: they inform, and are never applied.
        hooks: whether hooks run before or after the stage.
        diagnostics: warnings of this stage alone, such as why there is no preview.
        started: when its planning began, in seconds from the start of the run; None where that was not measured.
        seconds: how long its planning took, likewise.
    """

    stage: Stage
    state: StageState
    preview: bool = False
    fingerprint: str
    changes: tuple[ReviewedChange, ...] = ()
    drift: tuple[ReviewedChange, ...] = ()
    hooks: bool = False
    started: float | None = None
    seconds: float | None = None
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def counts(self) -> Counts:
        """How many resources it touches, by what happens to them."""
        return Counts.of(self.changes)

    def _computed(self) -> Mapping[str, Mapping[str, Any]]:
        return {"fingerprint": self.counts.to_json()}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountReview(JsonDocument):
    """One account, as it may be shown.

    Attributes:
        account_id: twelve digits; None before it exists.
        name: as the request has it, else as AWS has it.
        email: likewise.
        unit_before: path of the organizational unit it is in; empty for the root, None before it exists.
        unit_after: path of the one it will be in; None where it leaves Control Tower or nothing is known.
        requested_by: who asked for it, as the request says.
        reason: why, likewise.
        position: where its request begins.
        semantic: what changes, in the words of the request.
        operations: what is done beside Terraform; values masked.
    """

    account: str
    account_id: str | None = None
    action: AccountAction
    name: str | None = None
    email: str | None = None
    unit_before: str | None = field(default=None, metadata=key("organizational_unit", "from"))
    unit_after: str | None = field(default=None, metadata=key("organizational_unit", "to"))
    risk: Risk = field(default_factory=Risk)
    requested_by: str | None = field(default=None, metadata=key("change", "requested_by"))
    reason: str | None = field(default=None, metadata=key("change", "reason"))
    position: Position | None = field(default=None, metadata=spread("source", names="file line column"))
    semantic: tuple[SemanticChange, ...] = ()
    operations: tuple[Operation, ...] = ()
    stages: tuple[StageReview, ...] = ()
    policy: tuple[PolicyResult, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def counts(self) -> Counts:
        """How many resources are touched, previews aside."""
        return _sum(stage.counts for stage in self.stages if not stage.preview)

    @property
    def ends(self) -> bool:
        """Whether the account is unmanaged or closed."""
        return self.action in _ENDING

    @property
    def unremarkable(self) -> bool:
        """Whether there is nothing to say of it: nothing happens, and nothing is wrong."""
        return self.action == "none" and not (self.diagnostics or self.policy or self.drift)

    @property
    def destructive(self) -> tuple[ReviewedChange, ...]:
        """The changes that replace, destroy or forget a resource, previews aside."""
        return tuple(
            change
            for stage in self.stages
            if not stage.preview
            for change in stage.changes
            if change.action in _DESTRUCTIVE
        )

    @property
    def drift(self) -> tuple[ReviewedChange, ...]:
        """What changed outside Terraform, of all stages."""
        return tuple(change for stage in self.stages for change in stage.drift)


@dataclass(frozen=True, slots=True, kw_only=True)
class Review(JsonDocument):
    """A fleet's change set, as it may be shown.

    Attributes:
        digest: of the change set, as `Plan.digest`.
        accounts: sorted by name; those with nothing to do too.
        fleet: the fleet's name.
        policy: what the policies say of the fleet as a whole.
        bundle: where the plan bundle was written, if it was.
        bundle_digest: SHA-256 (hex) of the bundle's manifest, and so of all that is in it.
        created: when it was planned: ISO 8601, UTC; None where that is not known.
        expires: until when the bundle may be applied, likewise.
    """

    bundle: str | None = None
    bundle_digest: str | None = None
    digest: str
    fleet: str = ""
    organization_id: str | None = None
    created: str | None = None
    expires: str | None = None
    terraform_runs: int = 0
    accounts: tuple[AccountReview, ...]
    policy: tuple[PolicyResult, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def summary(self) -> dict[str, int]:
        """How many accounts have each action, by action, sorted."""
        return _tally(account.action for account in self.accounts)

    @property
    def counts(self) -> Counts:
        """How many resources are touched, previews aside."""
        return _sum(account.counts for account in self.accounts)

    @property
    def previews(self) -> Counts:
        """How many resources the previews touch."""
        return _sum(stage.counts for account in self.accounts for stage in account.stages if stage.preview)

    @property
    def operations(self) -> int:
        """How many operations there are beside Terraform's."""
        return sum(len(account.operations) for account in self.accounts)

    @property
    def verdict(self) -> Verdict:
        """The worst that can be said of it: something failed, something is refused, something changes, or nothing."""
        actions = {account.action for account in self.accounts}
        if "failed" in actions or any(diagnostic.severity == "error" for diagnostic in self.diagnostics):
            return "failed"
        if "refused" in actions or any(result.denies for result in self.all_policy):
            return "refused"
        return "changes" if actions - {"none"} else "unchanged"

    @property
    def all_policy(self) -> tuple[PolicyResult, ...]:
        """What the policies say of the fleet, then of each account."""
        return (*self.policy, *(result for account in self.accounts for result in account.policy))

    @property
    def all_diagnostics(self) -> tuple[Diagnostic, ...]:
        """Diagnostics of the fleet, then of each account, then of its stages."""
        return (
            *self.diagnostics,
            *(
                diagnostic
                for account in self.accounts
                for diagnostic in (*account.diagnostics, *(d for stage in account.stages for d in stage.diagnostics))
            ),
        )

    @property
    def drifted(self) -> tuple[AccountReview, ...]:
        """The accounts in which something changed outside Terraform."""
        return tuple(account for account in self.accounts if account.drift)

    @property
    def headline(self) -> str:
        """`6 accounts: 1 create, 2 move, 3 unchanged`."""
        number = len(self.accounts)
        ordered = sorted(self.summary.items(), key=lambda item: (item[0] == "none", item[0]))
        told = ", ".join(f"{many} {'unchanged' if name == 'none' else name}" for name, many in ordered)
        return f"{number} {'account' if number == 1 else 'accounts'}{f': {told}' if told else ''}"

    @property
    def resources(self) -> str:
        """`1 to import, 2 to add, 1 operation; 8 to add in previews`; empty where nothing is touched."""
        operations = self.operations
        told = [self.counts.words] if self.counts.words else []
        told += [f"{operations} {'operation' if operations == 1 else 'operations'}"] if operations else []
        parts = [", ".join(told)] if told else []
        parts += [f"{self.previews.words} in previews"] if self.previews.words else []
        return "; ".join(parts)

    def _computed(self) -> Mapping[str, Mapping[str, Any]]:
        return {
            "terraform_runs": {
                "verdict": self.verdict,
                "summary": self.summary,
                "counts": self.counts.to_json(),
                "previews": self.previews.to_json(),
            }
        }


def _sum(counts: Iterable[Counts]) -> Counts:
    return sum(counts, start=Counts())


def _tally(actions: Iterable[AccountAction]) -> dict[str, int]:
    return dict(sorted(Counter(actions).items()))
