"""What Terraform says while it runs (`-json`, its "machine-readable UI" page), as values."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from vend.errors import Diagnostic
from vend.plan import ChangeAction, TerraformCounts
from vend.process import Completed
from vend.terraform._diagnose import diagnose

OnProgress = Callable[[str, int, int], None]
"""Gets what is being done, how many resource changes are finished, and how many there are (0: not known)."""

_ACTIONS: dict[str, ChangeAction] = {
    "noop": "no-op",
    "move": "no-op",
    "create": "create",
    "read": "read",
    "update": "update",
    "replace": "replace",
    "delete": "destroy",
    "remove": "forget",
    "forget": "forget",
    "import": "import",
}
_ECHOES = re.compile(r"^execution halted$|context canceled")
_KEPT_LINES = 200
_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedChange:
    """One line of a plan: enough to count and to refuse, without reading the saved plan."""

    address: str
    type: str
    action: ChangeAction


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one Terraform command ended.

    Attributes:
        ok: whether it did what it was asked to.
        changed: for a plan, whether there is anything to apply, outputs included; for an apply, whether it finished a
            change, even if it failed afterwards.
        begun: whether an apply began a change, finished or not.
        planned: changes of a plan, without those that do nothing.
        drift: what a plan found changed outside Terraform.
        counts: Terraform's own summary, where it gave one.
        outputs: after an apply, output values by name; sensitive ones too.
        diagnostics: errors and warnings, with files relative to the fleet.
        blamed: addresses of the resources that errors name; None for an error that names none.
        stopped: whether it was asked to stop before it was done.
        text: what it wrote that was no event.
    """

    ok: bool
    changed: bool = False
    begun: bool = False
    planned: tuple[PlannedChange, ...] = ()
    drift: tuple[PlannedChange, ...] = ()
    counts: TerraformCounts | None = None
    outputs: Mapping[str, Any] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()
    blamed: tuple[str | None, ...] = ()
    stopped: bool = False
    seconds: float = 0.0
    text: str = ""


class Transcript:
    """Collects one command's events.

    Args:
        command: `plan`, `apply`, …: for messages.
        root: the root's directory relative to the fleet, for the files of diagnostics.
        on_progress: told of each step.
    """

    def __init__(self, command: str, root: str, on_progress: OnProgress | None) -> None:
        self._command = command
        self._root = root
        self._on_progress = on_progress
        self._planned: list[PlannedChange] = []
        self._drift: list[PlannedChange] = []
        self._counts: TerraformCounts | None = None
        self._outputs: dict[str, Any] = {}
        self._diagnostics: list[Diagnostic] = []
        self._blamed: list[str | None] = []
        self._text: deque[str] = deque(maxlen=_KEPT_LINES)
        self._done = 0
        self._begun = self._completed = False
        self._events: dict[str, Callable[[Mapping[str, Any]], None]] = {
            "planned_change": self._on_planned,
            "resource_drift": self._on_drift,
            "change_summary": self._on_summary,
            "outputs": self._on_outputs,
            "diagnostic": self._on_diagnostic,
            "refresh_start": lambda event: self._step(f"reading {_address(event)}"),
            "apply_start": self._on_started,
            "apply_progress": self._on_apply_progress,
            "apply_complete": self._on_completed,
            "apply_errored": self._on_finished,
        }

    def line(self, line: str) -> None:
        """Takes one line of output; what is no event is kept as text (a crash, a notice printed before JSON begins)."""
        if line.startswith("{"):
            try:
                event = json.loads(line)
            except ValueError:
                event = None
            if isinstance(event, dict) and "type" in event:
                self._event(event)
                return
        text = _ESCAPES.sub("", line).rstrip()
        if text:
            self._text.append(text)

    def _event(self, event: Mapping[str, Any]) -> None:
        listener = self._events.get(str(event["type"]))
        if listener is None:
            return
        try:
            listener(event)
        except (KeyError, TypeError, AttributeError) as error:
            # An event of a shape we do not know is text, not a reason to lose the run.
            self._text.append(f"{event.get('@message', '')} ({error!r})")

    def outcome(self, completed: Completed, *, changed: bool) -> Outcome:
        """The result of the process that wrote these lines."""
        ok = completed.returncode == 0 or (changed and completed.returncode == 2)  # noqa: PLR2004 - -detailed-exitcode
        # A plan that fails says again what checking its configuration said.
        diagnostics = list(dict.fromkeys(self._diagnostics))
        stopped = completed.stopped and not ok
        if completed.timed_out and not ok:
            diagnostics.append(self._ended("terraform-timeout", "ran out of time", completed))
        elif stopped:
            # What Terraform says of its own interruption says nothing more.
            diagnostics = [one for one in diagnostics if not _ECHOES.search(one.summary)]
            code, how = ("terraform-killed", "was killed") if completed.killed else ("terraform-stopped", "was stopped")
            diagnostics.append(self._ended(code, how, completed))
        elif not ok and not any(diagnostic.severity == "error" for diagnostic in diagnostics):
            diagnostics.append(self._unexplained(completed))
        return Outcome(
            ok=ok,
            changed=(ok and changed) or self._completed,
            begun=self._begun,
            planned=tuple(self._planned),
            drift=tuple(self._drift),
            counts=self._counts,
            outputs=self._outputs,
            diagnostics=tuple(diagnostics),
            blamed=tuple(self._blamed),
            stopped=stopped,
            seconds=completed.seconds,
            text="\n".join(self._text),
        )

    @property
    def applied(self) -> bool:
        """Whether an apply finished at least one resource change."""
        return self._done > 0

    def _ended(self, code: str, how: str, completed: Completed) -> Diagnostic:
        left = "its state was written and its lock released"
        if completed.killed:
            left = "its state may still be locked, and may lack what was being made"
        return Diagnostic(
            code=code,
            summary=f"terraform {self._command} {how}",
            detail=f"terraform {self._command} in {self._root or '.'} {how} after {completed.seconds:.0f} s; {left}",
            hint="run the same command again: it goes on from here",
        )

    def _unexplained(self, completed: Completed) -> Diagnostic:
        said = _ESCAPES.sub("", completed.stderr).strip() or "\n".join(self._text)
        return diagnose(
            {
                "severity": "error",
                "summary": _summary(said) or f"exit code {completed.returncode}",
                "detail": said[-4000:],
            },
            command=self._command,
            root=self._root,
        )

    def _step(self, detail: str) -> None:
        if self._on_progress is not None:
            self._on_progress(detail, self._done, len(self._planned))

    def _on_planned(self, event: Mapping[str, Any]) -> None:
        change = _planned(event)
        if change.action != "no-op":
            self._planned.append(change)
            self._step(change.address)

    def _on_drift(self, event: Mapping[str, Any]) -> None:
        self._drift.append(_planned(event))

    def _on_summary(self, event: Mapping[str, Any]) -> None:
        changes = event["changes"]
        self._counts = TerraformCounts(
            add=changes.get("add", 0),
            change=changes.get("change", 0),
            remove=changes.get("remove", 0),
            imported=changes.get("import", 0),
        )

    def _on_outputs(self, event: Mapping[str, Any]) -> None:
        self._outputs = {name: output["value"] for name, output in event["outputs"].items() if "value" in output}

    def _on_diagnostic(self, event: Mapping[str, Any]) -> None:
        said = event["diagnostic"]
        diagnostic = diagnose(said, command=self._command, root=self._root)
        self._diagnostics.append(diagnostic)
        if diagnostic.severity == "error":
            self._blamed.append(said.get("address"))

    def _on_apply_progress(self, event: Mapping[str, Any]) -> None:
        self._step(f"{_address(event)} ({event['hook'].get('elapsed_seconds', 0):.0f} s)")

    def _on_started(self, event: Mapping[str, Any]) -> None:
        self._begun = True
        self._step(_address(event))

    def _on_completed(self, event: Mapping[str, Any]) -> None:
        self._completed = True
        self._on_finished(event)

    def _on_finished(self, event: Mapping[str, Any]) -> None:
        # A replacement finishes twice, once for the old object and once for the new one.
        self._done = min(self._done + 1, max(len(self._planned), 1))
        self._step(_address(event))


def _planned(event: Mapping[str, Any]) -> PlannedChange:
    change = event["change"]
    action = _ACTIONS.get(change["action"])
    if action is None:
        # Whatever a newer Terraform means by it, it does something, and must not pass for nothing.
        action = "update"
    if action == "no-op" and "importing" in change:
        action = "import"
    return PlannedChange(address=change["resource"]["addr"], type=change["resource"]["resource_type"], action=action)


def _address(event: Mapping[str, Any]) -> str:
    return str(event["hook"]["resource"]["addr"])


def _summary(said: str) -> str:
    """The first thing that reads like a message in Terraform's text output."""
    lines = [line.strip(" │╷╵") for line in said.splitlines()]
    for line in lines:
        if line.startswith("Error: "):
            return line.removeprefix("Error: ")
    return next((line for line in lines if line), "")
