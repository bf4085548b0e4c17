"""Patience with accounts that are minutes old: AWS lets nobody in, or offers no service there, for a while.

A role that was just created, and services of an account that was just created, answer AccessDenied, OptInRequired or
SubscriptionRequiredException until AWS's regions agree (hashicorp/terraform-provider-aws #6566, #15654).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator

from vend.errors import AwsError
from vend.events import StageProgress
from vend.lifecycle._workspace import Workspace
from vend.lifecycle.roots._roots import StageFailedError
from vend.models import Stage

_PATIENCE_SECONDS = 300.0
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 20.0
_NOT_YET = frozenset({"role-not-assumed", "account-not-ready"})


def pauses() -> Iterator[float]:
    """Seconds between tries: doubling up to 20, each a quarter longer or shorter by chance, five minutes in all."""
    left, pause = _PATIENCE_SECONDS, _FIRST_PAUSE
    while left > 0:
        jittered = pause * random.uniform(0.75, 1.25)  # noqa: S311 - spreads calls; nothing is kept secret by it
        yield jittered
        left -= jittered
        pause = min(pause * 2, _LONGEST_PAUSE)


def wait_until_enterable(
    workspace: Workspace, account: str, account_id: str, between: Iterable[float] | None = None
) -> None:
    """Waits until a new account's execution role can be assumed; returns as well where it never can.

    What needs the role then fails in its own name.

    Args:
        workspace: where the account is.
        account: its label.
        account_id: its id.
        between: seconds between tries.
    """
    for pause in pauses() if between is None else between:
        try:
            workspace.aws.account_source(account_id, account)
        except AwsError as error:
            if not _is_not_yet(diagnostic.code for diagnostic in error.diagnostics):
                return
        else:
            return
        if _waited(workspace, account, "account", pause):
            return


def retried(
    workspace: Workspace, account: str, stage: Stage, work: Callable[[], None], between: Iterable[float] | None = None
) -> None:
    """Does work inside a new account, again and again while AWS says that the account is not ready for it.

    Raises:
        StageFailedError: it failed for another reason, the user asked to stop, or patience ran out.
    """
    for pause in pauses() if between is None else between:
        try:
            return work()
        except StageFailedError as failure:
            if not _is_not_yet(diagnostic.code for diagnostic in failure.diagnostics):
                raise
            if _waited(workspace, account, stage, pause):
                raise
    return work()


def _is_not_yet(codes: Iterable[str]) -> bool:
    return not _NOT_YET.isdisjoint(codes)


def _waited(workspace: Workspace, account: str, stage: Stage, pause: float) -> bool:
    """Waits a while; True where the user asked to stop."""
    step = "waiting for AWS to make the new account ready"
    workspace.on_event(StageProgress(account=account, stage=stage, step=step))
    return workspace.stop.wait(pause)
