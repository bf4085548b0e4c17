"""What happens while work goes on; everything that shows progress listens to these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from vend.models import AccountResult, Report, StageName, StageResult
from vend.plan import AccountAction, AccountPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """A command began work on these accounts.

    Attributes:
        command: `plan`, `apply` or `demo`.
        directory: `.vend/<organization-id>` of the fleet, where the run may leave a log.
        sensitive_patterns: names of what is not to be shown, besides the built-in ones.
    """

    run: str
    command: str
    accounts: tuple[str, ...]
    directory: Path | None = None
    sensitive_patterns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStarted:
    """Work on one account began."""

    account: str
    action: AccountAction


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPlanned:
    """One account's plan is known."""

    plan: AccountPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class StageStarted:
    """A stage of an account began; `step` says what it is doing first."""

    account: str
    stage: StageName
    step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageProgress:
    """A stage moved on.

    Attributes:
        step: what it is doing now, such as `planning` or `waiting for Control Tower (IN_PROGRESS)`.
        done: resources finished.
        total: resources in all; 0 where it is not known.
    """

    account: str
    stage: StageName
    step: str
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A stage waits for what somebody else has.

    Attributes:
        hold: what it waits for: the account, the lock of a Terraform state, or one of Control Tower's slots.
        holder: who has it, in words; of several the first; empty where nobody knows.
        since: ISO 8601, UTC; empty where nobody knows.
    """

    account: str
    stage: StageName
    hold: Literal["account", "state-lock", "slot"]
    holder: str = ""
    since: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchProgress:
    """A Terraform run that plans many accounts at once moved on.

    Attributes:
        step: what it is doing now, such as `planning 300 accounts at once`.
        done: accounts that it came to; all of them once it is over, however it ended.
        total: accounts in all.
    """

    step: str
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HookOutput:
    """A hook or a tool that runs for an account wrote a line."""

    account: str
    stage: StageName
    hook: str
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFinished:
    """A stage of an account ended."""

    account: str
    result: StageResult


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFinished:
    """All stages of an account ended."""

    result: AccountResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something the user should know that belongs to no stage."""

    message: str
    account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished:
    """The run is over."""

    report: Report


Event: TypeAlias = (
    RunStarted
    | AccountStarted
    | AccountPlanned
    | StageStarted
    | StageProgress
    | Waiting
    | BatchProgress
    | HookOutput
    | StageFinished
    | AccountFinished
    | Notice
    | RunFinished
)
OnEvent: TypeAlias = Callable[[Event], None]


def ignore(event: Event) -> None:
    """Listens to nothing."""
    del event
