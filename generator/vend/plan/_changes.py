"""What is going to happen: resource changes and operations per account and stage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from vend.codec import JsonDocument, key
from vend.errors import Diagnostic
from vend.models import AccountRequest, Stage
from vend.plan._policy import PolicyResult

ChangeAction = Literal["create", "update", "replace", "destroy", "import", "forget", "read", "no-op"]
CHANGING: tuple[ChangeAction, ...] = ("create", "update", "replace", "destroy", "import", "forget")
"""The actions that do something."""
AccountAction = Literal[
    "create",
    "update",
    "move",
    "customize",
    "adopt",
    "enrol",
    "rename",
    "upgrade",
    "repair",
    "wait",
    "remove",
    "unmanage",
    "close",
    "none",
    "refused",
    "failed",
]
StageState = Literal["planned", "follows", "unchanged"]
AttributeKind = Literal["add", "change", "remove"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceChange:
    """One resource's planned change, as `terraform show -json` gives it.

    Attributes:
        before: values now; None when it does not exist.
        after: values then; None when it goes; unknown ones are absent.
        after_unknown: mirrors `after`, true where a value is known only after apply.
        before_sensitive: mirrors `before`, true where a value must not be shown.
        after_sensitive: mirrors `after`, likewise.
        replace_paths: the attributes that force a replacement.
        importing: the id it is imported by.
    """

    address: str
    type: str
    name: str
    action: ChangeAction
    provider: str = ""
    before: Any = None
    after: Any = None
    after_unknown: Any = None
    before_sensitive: Any = None
    after_sensitive: Any = None
    replace_paths: tuple[tuple[str | int, ...], ...] = ()
    importing: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeChange(JsonDocument):
    """One attribute of a resource change, as it may be shown; `vend.review` derives them.

    Attributes:
        path: `tags.CostCenter`, `ingress[0].cidr_blocks`, `provisioning_parameters["AccountName"].value`.
        kind: what happens to the value.
        before: the value now as JSON on one line, `(sensitive)` where it must not be shown; None when there is none.
        after: the value then, likewise; `(sensitive, changed)` where it differs, `(known after apply)`.
        known: false where the value then is known only after apply.
        sensitive: whether the values are hidden.
        forces_replacement: whether this attribute is why the resource is replaced.
    """

    path: str
    kind: AttributeKind
    before: str | None = None
    after: str | None = None
    known: bool = True
    sensitive: bool = False
    forces_replacement: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(JsonDocument):
    """Something Terraform cannot express, done through AWS's API before the stage it belongs to.

    Attributes:
        operation: `tag`, `send_parameters`, `terminate_failed`, `untaint`, …
        stage: the stage it runs before.
        before: the value now (`from` in JSON).
        after: the value then (`to` in JSON).
        precondition: what must hold when it runs, in words.
    """

    operation: str
    stage: Stage
    before: Any = field(default=None, metadata=key("from"))
    after: Any = field(default=None, metadata=key("to"))
    precondition: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePlan:
    """What one stage of one account will do.

    Attributes:
        state: `planned`; `follows` when it can be planned only after the account exists; `unchanged`.
        fingerprint: of what would be applied.
        changes: what the stage will do; of a preview, what it did to an emulated account.
        drift: what changed outside Terraform since the last apply, as far as this plan depends on it.
        plan_file: Terraform's saved plan, where there is one; a secret.
        hooks: whether hooks run before or after it, if it is applied.
        preview: `changes` were planned against an emulated account, since the real one does not exist yet. They
            inform; they are not part of the digest, and are never applied.
        diagnostics: warnings of this stage alone, such as why there is no preview.
        started: when its planning began, in seconds from the start of the run.
        seconds: how long its planning took.
    """

    stage: Stage
    state: StageState
    fingerprint: str
    changes: tuple[ResourceChange, ...] = ()
    drift: tuple[ResourceChange, ...] = ()
    plan_file: str | None = None
    hooks: bool = True
    preview: bool = False
    diagnostics: tuple[Diagnostic, ...] = ()
    started: float | None = None
    seconds: float | None = None

    def count(self, *actions: ChangeAction) -> int:
        """How many changes have one of these actions."""
        return sum(change.action in actions for change in self.changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """What an account gains and loses of Control Tower's controls when it is created or moves.

    Attributes:
        gained: identifiers of controls, sorted: those of the unit it comes to and not of the one it leaves.
        lost: likewise, the other way round.
        problem: why they are not known, in words; None when they are.
    """

    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a plan is about: the account as it is wanted, as it is, and as it was last asked for.

    Attributes:
        request: None where the account's request is gone.
        last: the request as last applied, in the form of `AccountRequest.to_json`; None where that is not known.
        name: the account's name in AWS; None before it exists.
        email: its address in AWS, likewise.
        unit_before: path of the organizational unit it is in; empty for the root, None before it exists.
        unit_after: path of the one it will be in; None where it leaves Control Tower.
        unit_parameter: that unit as the product takes it, `Name (ou-id)`; None where it leaves, or is not known.
        controls: None where it stays where it is.
    """

    request: AccountRequest | None = None
    last: Mapping[str, Any] | None = None
    name: str | None = None
    email: str | None = None
    unit_before: str | None = None
    unit_after: str | None = None
    unit_parameter: str | None = None
    controls: Controls | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPlan:
    """What will happen to one account.

    Attributes:
        policy: what the policies say of it.
        subject: what a review says of the account beside its changes; None where nothing is known.
    """

    account: str
    action: AccountAction
    account_id: str | None = None
    operations: tuple[Operation, ...] = ()
    stages: tuple[StagePlan, ...] = ()
    policy: tuple[PolicyResult, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    subject: Subject | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The change set of a fleet.

    Attributes:
        digest: SHA-256 (hex) over the normalized changes and operations of all accounts.
        bundle: where it was written, if it was.
        fleet: the fleet's name.
        organization_id: of the organization it was made for; None where that is not known.
        policy: what the policies say of the fleet as a whole.
        policy_digest: SHA-256 (hex) of the policies that it was judged by; empty where there were none.
    """

    accounts: tuple[AccountPlan, ...]
    digest: str
    terraform_runs: int
    bundle: str | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    fleet: str = ""
    organization_id: str | None = None
    policy: tuple[PolicyResult, ...] = ()
    policy_digest: str = ""

    @property
    def summary(self) -> dict[str, int]:
        """How many accounts have each action, by action, sorted."""
        return dict(sorted(Counter(account.action for account in self.accounts).items()))

    @property
    def pending(self) -> bool:
        """Whether an apply would do anything."""
        return any(account.action not in {"none", "refused", "failed"} for account in self.accounts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection(JsonDocument):
    """What of the fleet is planned, and how.

    Attributes:
        accounts: names of account requests; all where empty.
        stage: this stage alone, whether it was applied before or not.
        refresh: plan every stage, also those that were applied as they are now.
        allow_removal: accounts that may be unmanaged or closed because their requests are gone.
    """

    accounts: tuple[str, ...] = ()
    stage: Stage | None = None
    refresh: bool = False
    allow_removal: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TerraformCounts:
    """Terraform's own summary of one run."""

    add: int = 0
    change: int = 0
    remove: int = 0
    imported: int = field(default=0)


class _Counted(Protocol):
    @property
    def action(self) -> ChangeAction: ...

    @property
    def importing(self) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts(JsonDocument):
    """How many resources a plan touches, by what happens to them.

    Attributes:
        replace: those destroyed and made again; Terraform's summary counts each once as added, once as destroyed.
        imported: those taken over, whatever else happens to them, as Terraform counts them.
    """

    add: int = 0
    change: int = 0
    replace: int = 0
    destroy: int = 0
    imported: int = field(default=0, metadata=key("import"))
    forget: int = 0

    @classmethod
    def of(cls, changes: Iterable[_Counted]) -> Counts:
        """Counts resource changes."""
        found = tuple(changes)

        def many(action: ChangeAction) -> int:
            return sum(change.action == action for change in found)

        return cls(
            add=many("create"),
            change=many("update"),
            replace=many("replace"),
            destroy=many("destroy"),
            imported=sum(change.action == "import" or change.importing is not None for change in found),
            forget=many("forget"),
        )

    def __add__(self, other: Counts) -> Counts:
        return Counts(**{name: getattr(self, name) + getattr(other, name) for name in self.__slots__})

    @property
    def total(self) -> int:
        """How many there are in all; a resource that is imported and changed counts twice."""
        return sum(getattr(self, name) for name in self.__slots__)

    @property
    def terraform(self) -> TerraformCounts:
        """The same as Terraform sums it up."""
        return TerraformCounts(
            add=self.add + self.replace,
            change=self.change,
            remove=self.destroy + self.replace,
            imported=self.imported,
        )

    @property
    def words(self) -> str:
        """`1 to import, 2 to add`; empty where there are none."""
        named = (
            (self.imported, "import"),
            (self.add, "add"),
            (self.change, "change"),
            (self.replace, "replace"),
            (self.destroy, "destroy"),
            (self.forget, "forget"),
        )
        return ", ".join(f"{number} to {verb}" for number, verb in named if number)
