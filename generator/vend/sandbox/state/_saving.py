"""Keeps a sandbox's state in a file while it runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from vend.errors import Diagnostic, SandboxError
from vend.sandbox.state._file import StateFile

_READS = (
    "BatchGet", "Check", "Describe", "Filter", "Get", "HEAD ", "Head", "List", "Lookup", "Query", "Scan", "Search",
    "Select", "Simulate", "Test", "Validate",
)  # fmt: skip
_HANDS_OUT = ("AssumeRole", "GetFederationToken", "GetSessionToken")
Take = Callable[[], tuple[Mapping[str, Any], Mapping[str, Any]]]
"""The header and the document as they are now."""
_REST_SECONDS = 1.0
_SHARE = 10
"""Writing may take one part in so many of the time: nobody is answered while the state is collected."""


def may_change(operation: str) -> bool:
    """Whether a call of this name may change what is in a sandbox, as AWS names its operations.

    Sessions are not worth a write of their own: they go with the next one.
    """
    return not operation.startswith((*_READS, *_HANDS_OUT))


class StateSaver:
    """Writes the state a moment after it changed, and when it ends.

    Args:
        file: where to.
        take: collects the state.
    """

    def __init__(self, file: StateFile, take: Take) -> None:
        self._file = file
        self._take = take
        self._changed = threading.Event()
        self._ended = threading.Event()
        self._guard = threading.Lock()
        self._spent = 0.0
        self._not_kept: tuple[str, ...] = ()
        self.saved_at: float | None = None
        self.problem: Diagnostic | None = None
        self._thread = threading.Thread(target=self._keep, name="vend-sandbox-state", daemon=True)

    def to_json(self) -> dict[str, Any]:
        """For the status."""
        return {
            "file": str(self._file.path),
            "saved_at": self.saved_at,
            "problem": None if self.problem is None else self.problem.to_json(),
            "not_kept": list(self._not_kept),
        }

    def begin(self) -> None:
        """Saves the state once, so that problems show at once, and then after each change.

        Raises:
            SandboxError: `sandbox-state-not-written`.
        """
        self.save()
        self._thread.start()

    def changed(self) -> None:
        """Marks the state as changed, so that it will be saved."""
        self._changed.set()

    def save(self) -> None:
        """Writes the state now.

        Raises:
            SandboxError: `sandbox-state-not-written`.
        """
        with self._guard:
            self._changed.clear()
            began = time.monotonic()
            try:
                header, document = self._take()
                self._file.write(header, document)
                self._not_kept = tuple(header.get("not_kept", ()))
            except SandboxError as error:
                self._changed.set()
                self.problem = error.diagnostics[0]
                raise
            finally:
                self._spent = time.monotonic() - began
            self.problem, self.saved_at = None, time.time()

    def end(self) -> None:
        """Saves what has changed and closes the file.

        Raises:
            SandboxError: `sandbox-state-not-written`.
        """
        self._ended.set()
        self._changed.set()
        self._thread.join()
        try:
            self.save()
        finally:
            self._file.close()

    def _keep(self) -> None:
        while self._changed.wait() and not self._ended.wait(max(_REST_SECONDS, _SHARE * self._spent)):
            try:
                self.save()
            except SandboxError:
                continue  # `problem` says so, and it is tried again
