"""What is going to happen: resource changes and operations per account and stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from vend.errors import Diagnostic
from vend.models import Stage

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
class AttributeChange:
    """One attribute of a resource change, as it may be shown; `vend.review` derives them.

    Attributes:
        path: `tags.CostCenter`, `ingress[0].cidr_blocks`, `provisioning_parameters["AccountName"].value`.
        kind: what happens to the value.
        before: the value now on one line, masked where it is sensitive; None when there is none.
        after: the value then, likewise.
        known: false where the value then is known only after apply.
        forces_replacement: whether this attribute is why the resource is replaced.
    """

    path: str
    kind: Literal["add", "change", "remove"]
    before: str | None = None
    after: str | None = None
    known: bool = True
    forces_replacement: bool = False

    def to_json(self) -> dict[str, Any]:
        """The JSON document form; keys are a contract."""
        return {
            "path": self.path,
            "kind": self.kind,
            "before": self.before,
            "after": self.after,
            "known": self.known,
            "forces_replacement": self.forces_replacement,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
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
    before: Any = None
    after: Any = None
    precondition: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The JSON document form; keys are a contract."""
        return {
            "operation": self.operation,
            "stage": self.stage,
            "from": self.before,
            "to": self.after,
            "precondition": self.precondition,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePlan:
    """What one stage of one account will do.

    Attributes:
        state: `planned`; `follows` when it can be planned only after the account exists; `unchanged`.
        fingerprint: of what would be applied.
        plan_file: Terraform's saved plan, where there is one; a secret.
        hooks: whether hooks run before or after it, if it is applied.
    """

    stage: Stage
    state: StageState
    fingerprint: str
    changes: tuple[ResourceChange, ...] = ()
    plan_file: str | None = None
    hooks: bool = True

    def count(self, *actions: ChangeAction) -> int:
        """How many changes have one of these actions."""
        return sum(change.action in actions for change in self.changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPlan:
    """What will happen to one account."""

    account: str
    action: AccountAction
    account_id: str | None = None
    operations: tuple[Operation, ...] = ()
    stages: tuple[StagePlan, ...] = ()
    policy: tuple[Mapping[str, Any], ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The change set of a fleet.

    Attributes:
        digest: SHA-256 (hex) over the normalized changes and operations of all accounts.
        bundle: where it was written, if it was.
    """

    accounts: tuple[AccountPlan, ...]
    digest: str
    terraform_runs: int
    bundle: str | None = None
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def summary(self) -> dict[str, int]:
        """How many accounts have each action, by action, sorted."""
        counts: dict[str, int] = {}
        for account in self.accounts:
            counts[account.action] = counts.get(account.action, 0) + 1
        return dict(sorted(counts.items()))

    @property
    def pending(self) -> bool:
        """Whether an apply would do anything."""
        return any(account.action not in {"none", "refused", "failed"} for account in self.accounts)


@dataclass(frozen=True, slots=True, kw_only=True)
class TerraformCounts:
    """Terraform's own summary of one run."""

    add: int = 0
    change: int = 0
    remove: int = 0
    imported: int = field(default=0)
