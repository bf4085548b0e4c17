"""What a plan bundle says of itself: what was planned, from what, for whom, and until when.

It holds digests where values could be secret. JSON keys are a contract, described in docs/reference/bundle.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vend.models import Stage
from vend.plan import AccountAction, ChangeAction, Selection, StageState
from vend.review._digest import changes_digest, combined_digest, fleet_digest

FORMAT = 1
"""Of bundles; another one is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedChange:
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

    def to_json(self) -> dict[str, Any]:
        """The JSON form; keys are a contract."""
        return {
            "address": self.address,
            "type": self.type,
            "action": self.action,
            "digest": self.digest,
            "unknown": self.unknown,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedStage:
    """One reviewed stage, and what it was planned from.

    Attributes:
        inputs: SHA-256 (hex) by path of each file of the rendered root module, and of each hook as `hook <label>`.
        lineage: of the state it was planned against; None where there was none.
        serial: of that state.
        plan: name of its saved plan in the bundle; None where it has none.
    """

    stage: Stage
    state: StageState
    fingerprint: str
    preview: bool = False
    hooks: bool = False
    inputs: Mapping[str, str] = field(default_factory=dict)
    lineage: str | None = None
    serial: int | None = None
    changes: tuple[RecordedChange, ...] = ()
    plan: str | None = None

    @property
    def digest(self) -> str:
        """As `vend.review.stage_digest` gives it."""
        return changes_digest(self.stage, self.fingerprint, {c.address: c.digest for c in self.changes})

    def to_json(self) -> dict[str, Any]:
        """The JSON form; keys are a contract."""
        return {
            "stage": self.stage,
            "state": self.state,
            "preview": self.preview,
            "hooks": self.hooks,
            "fingerprint": self.fingerprint,
            "digest": self.digest,
            "inputs": dict(sorted(self.inputs.items())),
            "terraform_state": {"lineage": self.lineage, "serial": self.serial},
            "changes": [change.to_json() for change in self.changes],
            "plan": self.plan,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedOperation:
    """One reviewed operation."""

    operation: str
    stage: Stage
    digest: str

    def to_json(self) -> dict[str, Any]:
        """The JSON form; keys are a contract."""
        return {"operation": self.operation, "stage": self.stage, "digest": self.digest}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedAccount:
    """One reviewed account, and what it was planned from.

    Attributes:
        request: SHA-256 (hex) of each field of the account request, by field path; empty where it is gone.
        found: what AWS had, by name: the unit the account is in, its product, that product's status and artifact.
    """

    account: str
    action: AccountAction
    account_id: str | None = None
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

    def to_json(self) -> dict[str, Any]:
        """The JSON form; keys are a contract."""
        return {
            "account": self.account,
            "account_id": self.account_id,
            "action": self.action,
            "digest": self.digest,
            "request": dict(sorted(self.request.items())),
            "found": dict(sorted(self.found.items())),
            "operations": [operation.to_json() for operation in self.operations],
            "stages": [stage.to_json() for stage in self.stages],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class BundledFile:
    """A file of a bundle: its SHA-256 (hex) and its size in bytes."""

    sha256: str
    size: int

    def to_json(self) -> dict[str, Any]:
        """The JSON form; keys are a contract."""
        return {"sha256": self.sha256, "size": self.size}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
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
    accounts: tuple[RecordedAccount, ...]
    selection: Selection = field(default_factory=Selection)
    policy_digest: str = ""
    artifact: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    templates: str = ""
    terraform: str = ""
    providers: Mapping[str, str] = field(default_factory=dict)
    lock: str | None = None
    commit: str | None = None
    vend: str = ""
    sealed: bool = False
    files: Mapping[str, BundledFile] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Of the change set, as `vend.review.digest` gives it: computed from the digests of its parts."""
        return fleet_digest({account.account: account.digest for account in self.accounts if account.acts})

    def to_json(self) -> dict[str, Any]:
        """The JSON form; keys are a contract."""
        return {
            "format": FORMAT,
            "fleet": self.fleet,
            "organization_id": self.organization_id,
            "digest": self.digest,
            "created": self.created,
            "expires": self.expires,
            "policy_digest": self.policy_digest,
            "selection": self.selection.to_json(),
            "terraform": self.terraform,
            "providers": dict(sorted(self.providers.items())),
            "lock": self.lock,
            "artifact": self.artifact,
            "templates": self.templates,
            "settings": dict(sorted(self.settings.items())),
            "commit": self.commit,
            "vend": self.vend,
            "sealed": self.sealed,
            "accounts": [account.to_json() for account in self.accounts],
            "files": {name: file.to_json() for name, file in sorted(self.files.items())},
        }
