"""The results of a run, and the record of what was applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vend.codec import JsonDocument, rounded
from vend.errors import Diagnostic
from vend.models._roots import Stage, StageName, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class StageResult(JsonDocument):
    """How one stage of one account ended; `seconds` is wall time."""

    stage: StageName
    status: Status
    seconds: float = field(default=0.0, metadata=rounded(3))
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountResult(JsonDocument):
    """How one account ended."""

    account: str
    account_id: str | None = None
    status: Status
    changed: bool = False
    stages: tuple[StageResult, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(JsonDocument):
    """The document of `vend apply`.

    Attributes:
        run: the run's id.
        terraform_runs: Terraform processes started, `version`, `init` and `show` included.
    """

    run: str
    status: Status
    terraform_runs: int
    results: tuple[AccountResult, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedStage:
    """What was last done for one stage of one account.

    Attributes:
        fingerprint: of what was applied; equal means nothing to do.
        status: how it ended; only `succeeded` counts as applied.
        at: ISO 8601, UTC.
    """

    fingerprint: str
    status: Status
    run: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeWith(JsonDocument):
    """The email and the name that Account Factory made an account with.

    It takes neither changed, whatever the account's are by now: every update of the product sends these again
    (Control Tower user guide, change-account-email).
    """

    email: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What the ledger remembers of one account.

    Attributes:
        request: the request as last applied, in the form of `AccountRequest.to_json`; with it stands, as `made_with`,
            what its product was sent.
        stages: by stage, the newest entry.
    """

    account: str
    account_id: str | None = None
    email: str | None = None
    organizational_unit: str | None = None
    request: Mapping[str, Any] | None = None
    stages: Mapping[Stage, AppliedStage] = field(default_factory=dict)
    last_run: str | None = None

    @property
    def made_with(self) -> MadeWith | None:
        """What the product was sent when it last succeeded; None where that is not known.

        Until vend told them apart, it sent what the request said.
        """
        request = self.request or {}
        said = request.get("made_with") or request
        email, name = said.get("email"), said.get("name")
        return MadeWith(email=str(email), name=str(name)) if email and name else None
