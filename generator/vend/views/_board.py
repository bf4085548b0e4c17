"""Progress while work goes on: plain lines, or a board that redraws itself on a terminal."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol, TextIO

from vend.events import (
    AccountFinished,
    AccountPlanned,
    AccountStarted,
    BatchProgress,
    Event,
    HookOutput,
    Notice,
    RunFinished,
    RunStarted,
    StageFinished,
    StageProgress,
    StageStarted,
    Waiting,
)
from vend.views._document import STATUS_STYLES
from vend.views._events import belongs_to, phase, told
from vend.views._text import neutralized

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


_TOGETHER = ""
"""Stands for the accounts that are planned in one Terraform run, where others are told apart by name."""


class Board(Protocol):
    """Shows progress; called from many threads at once."""

    def on_event(self, event: Event) -> None:
        """Takes in one event."""

    def close(self) -> None:
        """Leaves the screen to others; the next event may open it again."""


class LineBoard:
    """One line per step, the same for the same events in the same order: no times, no cursor."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._width = 0
        self._last: dict[tuple[str | None, str | None], str] = {}

    def on_event(self, event: Event) -> None:
        """Writes a line, unless it is the one that was written last for this account and stage.

        A log names the phases of a stage; the resources that they go through would drown it.
        """
        text = phase(event.step) if isinstance(event, StageProgress) else told(event)
        account, stage = belongs_to(event)
        with self._lock:
            if isinstance(event, RunStarted):
                self._width = max(map(len, event.accounts), default=0)
                self._last.clear()
            if text is None or (self._last.get((account, stage)) == text and not isinstance(event, HookOutput)):
                return
            self._last[account, stage] = text
            prefix = account.ljust(self._width) if account else None
            parts = [part for part in (prefix, stage, text) if part]
            self._stream.write("  ".join(neutralized(part) for part in parts) + "\n")
            self._stream.flush()

    def close(self) -> None:
        """Nothing is left open."""


class LiveBoard:
    """A bar for the run and a line for every account at work, redrawn in place; what is done scrolls away above."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.RLock()
        self._progress: Progress | None = None
        self._run: TaskID | None = None
        self._tasks: dict[str, TaskID] = {}
        self._width = self._total = self._ended = 0

    def on_event(self, event: Event) -> None:
        """Redraws what the event changes."""
        with self._lock:
            if isinstance(event, RunStarted):
                self.close()
                self._open(event)
            if isinstance(event, RunFinished):
                self.close()
                return
            self._show(event)

    def close(self) -> None:
        """Takes the board off the screen."""
        with self._lock:
            if self._progress is not None:
                self._progress.stop()
            self._progress, self._run = None, None
            self._tasks.clear()

    def _open(self, event: RunStarted) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
        from rich.table import Column

        self._width = max(map(len, event.accounts), default=0)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis")),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[amount]}", markup=False),
            TimeElapsedColumn(),
            console=Console(file=self._stream, highlight=False, markup=False, emoji=False),
            refresh_per_second=5,
            transient=True,
        )
        self._total = len(event.accounts)
        self._ended = 0
        self._run = self._progress.add_task(told(event) or "", total=self._total, amount=f"0/{self._total}")
        self._progress.start()

    def _show(self, event: Event) -> None:
        match event:
            case AccountPlanned() | AccountFinished():
                self._done(event)
            case StageFinished():
                self._say(event, STATUS_STYLES.get(event.result.status, ""))
            case HookOutput():
                self._say(event, "dim")
            case Notice():
                self._say(event, "yellow")
            case BatchProgress():
                self._batch(event)
            case AccountStarted() | StageStarted() | StageProgress() | Waiting():
                self._step(event)
            case RunStarted() | RunFinished():
                return

    def _step(self, event: AccountStarted | StageStarted | StageProgress | Waiting) -> None:
        if self._progress is None or (isinstance(event, AccountStarted) and event.action == "none"):
            return
        stage = belongs_to(event)[1] or ""
        parts = [event.account.ljust(self._width), stage, told(event) or ""]
        text = neutralized("  ".join(part for part in parts if part))
        task = self._tasks.get(event.account)
        if task is None:
            task = self._tasks[event.account] = self._progress.add_task(text, total=None, amount="")
        done, total = (event.done, event.total) if isinstance(event, StageProgress) else (0, 0)
        amount = f"{done}/{total}" if total else ""
        self._progress.update(task, description=text, completed=done, total=total or None, amount=amount)

    def _batch(self, event: BatchProgress) -> None:
        """The accounts that are planned together share a line."""
        if self._progress is None:
            return
        task = self._tasks.get(_TOGETHER)
        if task is None:
            task = self._tasks[_TOGETHER] = self._progress.add_task("", total=None, amount="")
        amount = f"{event.done}/{event.total}"
        self._progress.update(
            task, description=neutralized(event.step), completed=event.done, total=event.total, amount=amount
        )
        if event.done >= event.total:
            self._progress.remove_task(self._tasks.pop(_TOGETHER))

    def _done(self, event: AccountPlanned | AccountFinished) -> None:
        account = event.plan.account if isinstance(event, AccountPlanned) else event.result.account
        if isinstance(event, AccountFinished):
            self._say(event, STATUS_STYLES.get(event.result.status, ""))
        task = self._tasks.pop(account, None)
        if self._progress is not None:
            if task is not None:
                self._progress.remove_task(task)
            if self._run is not None:
                self._ended += 1
                self._progress.update(self._run, completed=self._ended, amount=f"{self._ended}/{self._total}")

    def _say(self, event: Event, style: str) -> None:
        """Writes a line above the board."""
        text = told(event)
        if text is None:
            return
        account, stage = belongs_to(event)
        words = "  ".join(part for part in (account.ljust(self._width) if account else None, stage, text) if part)
        if self._progress is None:
            self._stream.write(neutralized(words) + "\n")
            return
        from rich.text import Text

        self._progress.console.print(Text(neutralized(words), style=style), soft_wrap=True)
