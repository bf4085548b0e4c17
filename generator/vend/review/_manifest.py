"""What a plan bundle says of itself: what was planned, from what, for whom, and until when.

It holds digests where values could be secret. JSON keys are a contract, described in docs/reference/bundle.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vend.codec import JsonDocument, key
from vend.models import Stage
from vend.plan import AccountAction, ChangeAction, Selection, StageState
from vend.review._digest import changes_digest, combined_digest, fleet_digest

FORMAT = 2
"""Of bundles; another one is refused. Format 1, of vend 0.1.0, had fingerprints that name the request's file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedChange(JsonDocument):
    """One reviewed resource change.

    Attributes:
        digest: as `vend.review.change_digest` gives it.
        unknown: what was known only after apply, in the form of `after_unknown`.
    """

    address: str
    type: str
    action: ChangeAction
    digest: str
    unknown: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedStage(JsonDocument):
    """One reviewed stage, and what it was planned from.

    Attributes:
        inputs: SHA-256 (hex) by path of each file of the rendered root module, and of each hook as `hook <label>`.
        lineage: of the state it was planned against; None where there was none.
        serial: of that state.
        plan: name of its saved plan in the bundle; None where it has none.
    """

    stage: Stage
    state: StageState
    preview: bool = False
    hooks: bool = False
    fingerprint: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    lineage: str | None = field(default=None, metadata=key("terraform_state", "lineage"))
    serial: int | None = field(default=None, metadata=key("terraform_state", "serial"))
    changes: tuple[RecordedChange, ...] = ()
    plan: str | None = None

    @property
    def digest(self) -> str:
        """As `vend.review.stage_digest` gives it."""
        return changes_digest(self.stage, self.fingerprint, {c.address: c.digest for c in self.changes})

    def _computed(self) -> Mapping[str, Mapping[str, Any]]:
        return {"fingerprint": {"digest": self.digest}}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedOperation(JsonDocument):
    """One reviewed operation."""

    operation: str
    stage: Stage
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedAccount(JsonDocument):
    """One reviewed account, and what it was planned from.

    Attributes:
        request: SHA-256 (hex) of each field of the account request, by field path; empty where it is gone.
        found: what AWS had, by name: the unit the account is in, its product, that product's status and artifact.
    """

    account: str
    account_id: str | None = None
    action: AccountAction
    request: Mapping[str, str] = field(default_factory=dict)
    found: Mapping[str, str | None] = field(default_factory=dict)
    operations: tuple[RecordedOperation, ...] = ()
    stages: tuple[RecordedStage, ...] = ()

    @property
    def acts(self) -> bool:
        """Whether there is anything to apply."""
        return bool(self.operations or self.stages)

    @property
    def digest(self) -> str:
        """As `vend.review.account_digest` gives it."""
        return combined_digest(
            self.account,
            [operation.digest for operation in self.operations],
            {stage.stage: stage.digest for stage in self.stages},
        )

    def _computed(self) -> Mapping[str, Mapping[str, Any]]:
        return {"action": {"digest": self.digest}}


@dataclass(frozen=True, slots=True, kw_only=True)
class BundledFile(JsonDocument):
    """A file of a bundle: its SHA-256 (hex) and its size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest(JsonDocument):
    """What a plan bundle says of itself.

    Attributes:
        created: ISO 8601, UTC.
        expires: likewise; from then on the bundle is refused.
        policy_digest: of the policies that judged it; empty where there were none.
        artifact: the active provisioning artifact of Account Factory; None where nothing asked for it.
        settings: of vend.hcl, as text by name, as far as they decide what is planned.
        templates: SHA-256 (hex) of the templates.
        terraform: flavour and version of the binary.
        providers: exact versions by local name.
        lock: SHA-256 (hex) of terraform.lock.hcl; None where there is none.
        commit: of the fleet's repository; informs, and decides nothing.
        vend: the version of vend, likewise.
        sealed: whether the saved plans are encrypted.
        files: every other file of the bundle, by name.
    """

    fleet: str
    organization_id: str
    created: str
    expires: str
    policy_digest: str = ""
    selection: Selection = field(default_factory=Selection)
    terraform: str = ""
    providers: Mapping[str, str] = field(default_factory=dict)
    lock: str | None = None
    artifact: str | None = None
    templates: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    commit: str | None = None
    vend: str = ""
    sealed: bool = False
    accounts: tuple[RecordedAccount, ...]
    files: Mapping[str, BundledFile] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Of the change set, as `vend.review.digest` gives it: computed from the digests of its parts."""
        return fleet_digest({account.account: account.digest for account in self.accounts if account.acts})

    def _computed(self) -> Mapping[str, Mapping[str, Any]]:
        return {"": {"format": FORMAT}, "organization_id": {"digest": self.digest}}
