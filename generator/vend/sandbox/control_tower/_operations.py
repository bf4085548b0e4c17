"""What Control Tower does in the background: operations on landing zone, baselines and controls, and their status."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from vend.sandbox.protocol._call import ApiError

Family = Literal["landing-zone", "baseline", "control", "auto-enrollment"]
Status = Literal["IN_PROGRESS", "SUCCEEDED", "FAILED"]


@dataclass(slots=True, kw_only=True)
class TowerOperation:
    """One operation; values only, so that a sandbox can be written to a file in the middle of it.

    Attributes:
        type: as the family's GetOperation call gives it.
        target: id of the unit, or of the account, that it is about; empty for the landing zone.
        subject: ARN of the landing zone, enabled baseline or enabled control.
        arguments: what else is needed to finish it.
        message: why it failed.
    """

    id: str
    family: Family
    type: str
    started: float
    ends: float
    target: str = ""
    subject: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    status: Status = "IN_PROGRESS"
    message: str | None = None


class FailedOperationError(Exception):
    """An operation that Control Tower began cannot be finished; the text is its status message."""


class TowerOperations:
    """All operations of one landing zone.

    Args:
        clock: seconds since the epoch.
        seconds: how long one takes.
    """

    KEPT: ClassVar[tuple[str, ...]] = ("all",)

    def __init__(self, clock: Callable[[], float], seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self.all: dict[str, TowerOperation] = {}

    def begin(
        self, family: Family, kind: str, *, target: str = "", subject: str = "", arguments: Mapping[str, Any] = {}
    ) -> TowerOperation:
        """Starts an operation; `settle` finishes it."""
        now = self._clock()
        operation = TowerOperation(
            id=str(uuid.uuid4()),
            family=family,
            type=kind,
            started=now,
            ends=now + self._seconds,
            target=target,
            subject=subject,
            arguments=arguments,
        )
        self.all[operation.id] = operation
        return operation

    def running(self, *families: Family) -> list[TowerOperation]:
        """Unfinished operations of the given families, or of all."""
        return [
            operation
            for operation in self.all.values()
            if operation.status == "IN_PROGRESS" and (not families or operation.family in families)
        ]

    def settle(self, finish: Callable[[TowerOperation], None]) -> None:
        """Finishes the operations that are due, in order of time."""
        now = self._clock()
        for operation in sorted(self.running(), key=lambda one: one.ends):
            if operation.ends > now:
                return
            operation.status = "SUCCEEDED"
            try:
                finish(operation)
            except FailedOperationError as error:
                operation.status, operation.message = "FAILED", str(error)

    def find(self, operation_id: str, family: Family) -> TowerOperation:
        """One of a family.

        Raises:
            ApiError: there is none with this id.
        """
        operation = self.all.get(operation_id)
        if operation is None or operation.family != family:
            raise ApiError("ResourceNotFoundException", f"Operation {operation_id} was not found.")
        return operation


def described(operation: TowerOperation) -> dict[str, Any]:
    """What the three calls for an operation's status have in common."""
    return {
        "operationIdentifier": operation.id,
        "operationType": operation.type,
        "status": operation.status,
        "startTime": operation.started,
        "endTime": None if operation.status == "IN_PROGRESS" else operation.ends,
        "statusMessage": operation.message,
    }
