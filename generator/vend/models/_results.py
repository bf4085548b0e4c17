"""What came of a run, and what is remembered of what was applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vend.errors import Diagnostic
from vend.models._roots import Stage, StageName, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class StageResult:
    """How one stage of one account ended; `seconds` is wall time."""

    stage: StageName
    status: Status
    seconds: float = 0.0
    diagnostics: tuple[Diagnostic, ...] = ()

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> StageResult:
        """The result of a document that `to_json` made."""
        return cls(
            stage=document["stage"],
            status=document["status"],
            seconds=document["seconds"],
            diagnostics=tuple(Diagnostic.from_json(found) for found in document["diagnostics"]),
        )

    def to_json(self) -> dict[str, Any]:
        """The JSON document form; keys are a contract."""
        return {
            "stage": self.stage,
            "status": self.status,
            "seconds": round(self.seconds, 3),
            "diagnostics": [d.to_json() for d in self.diagnostics],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountResult:
    """How one account ended."""

    account: str
    status: Status
    account_id: str | None = None
    changed: bool = False
    stages: tuple[StageResult, ...] = ()

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> AccountResult:
        """The result of a document that `to_json` made."""
        return cls(
            account=document["account"],
            status=document["status"],
            account_id=document["account_id"],
            changed=document["changed"],
            stages=tuple(StageResult.from_json(stage) for stage in document["stages"]),
        )

    def to_json(self) -> dict[str, Any]:
        """The JSON document form; keys are a contract."""
        return {
            "account": self.account,
            "account_id": self.account_id,
            "status": self.status,
            "changed": self.changed,
            "stages": [s.to_json() for s in self.stages],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
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

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Report:
        """The report of a document that `vend apply --format json` wrote; one of a command that failed has no run."""
        return cls(
            run=document["run"] or "",
            status=document["status"],
            terraform_runs=document["terraform_runs"],
            results=tuple(AccountResult.from_json(result) for result in document["results"]),
            diagnostics=tuple(Diagnostic.from_json(found) for found in document["diagnostics"]),
        )

    def to_json(self) -> dict[str, Any]:
        """The JSON document form; keys are a contract."""
        return {
            "run": self.run,
            "status": self.status,
            "terraform_runs": self.terraform_runs,
            "results": [r.to_json() for r in self.results],
            "diagnostics": [d.to_json() for d in self.diagnostics],
        }


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
class Applied:
    """What the ledger remembers of one account.

    Attributes:
        request: the request as last applied, in the form of `AccountRequest.to_json`.
        stages: by stage, the newest entry.
    """

    account: str
    account_id: str | None = None
    email: str | None = None
    organizational_unit: str | None = None
    request: Mapping[str, Any] | None = None
    stages: Mapping[Stage, AppliedStage] = field(default_factory=dict)
    last_run: str | None = None
