"""The log of a run: every event with its time, in a file that a failure names."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from vend.errors import Diagnostic
    from vend.events import Event
    from vend.review import Masking


def _utc_now() -> datetime:
    return datetime.now(UTC)


class RunLog:
    """Writes what a view is told, once a run has begun; that it cannot is no failure of the run.

    Secrets are masked as in reviews. Until an account is planned it is not known what is secret of it: so long,
    steps are written without the resources that they name.

    Args:
        now: the time.
    """

    def __init__(self, now: Callable[[], datetime] = _utc_now) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._file: TextIO | None = None
        self._path: Path | None = None
        self._problem: str | None = None
        self._patterns: tuple[str, ...] = ()
        self._maskings: dict[str, Masking] = {}

    @property
    def told(self) -> str | None:
        """Where it is, in words, relative to the fleet; None where no run has begun."""
        if self._path is None:
            return None
        fleet = self._path.parents[3]  # FLEET/.vend/ORGANIZATION/logs
        return f"log: {self._path.relative_to(fleet)}{f' (incomplete: {self._problem})' if self._problem else ''}"

    def on_event(self, event: Event) -> None:
        """Writes an event; from any thread."""
        from vend.events import AccountPlanned, RunStarted
        from vend.review import Masking, masking_of

        with self._lock:
            if isinstance(event, RunStarted) and event.directory is not None:
                self._open(event.directory, event.run)
                self._patterns = event.sensitive_patterns
            if self._file is None:
                return
            if isinstance(event, AccountPlanned):
                self._maskings[event.plan.account] = masking_of(event.plan, Masking(self._patterns))
            self._write(self._lines(event))

    def diagnostics(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Writes what ended the command."""
        from vend.views import diagnostic_lines, plain

        with self._lock:
            text = plain(diagnostic_lines(diagnostics))
            self._write([self._masked(line, None) for line in text.splitlines()])

    def close(self) -> None:
        """Ends the file; nothing is written any more."""
        with self._lock:
            self._end()

    def _open(self, directory: Path, run: str) -> None:
        from vend.working import open_run_log, run_log_path

        path = run_log_path(directory, run)
        if path == self._path:
            return
        self._end()
        self._path, self._problem = path, None
        self._maskings.clear()
        try:
            self._file = open_run_log(directory, run, self._now().timestamp())
        except OSError as error:
            self._problem = error.strerror or str(error)

    def _lines(self, event: Event) -> list[str]:
        """The event's line, and below it what is wrong in full."""
        from vend.events import StageProgress
        from vend.views import belongs_to, diagnostic_lines, event_name, phase, plain, told

        account, stage = belongs_to(event)
        words = told(event) or event_name(event).replace("_", " ")
        if isinstance(event, StageProgress) and account not in self._maskings:
            words = phase(words)
        head = "  ".join(part for part in (account, stage, words) if part)
        below = plain(diagnostic_lines(_problems(event))).splitlines()
        return [self._masked(head, account), *(f"    {self._masked(line, account)}".rstrip() for line in below)]

    def _masked(self, text: str, account: str | None) -> str:
        """Without the secrets of its account; of all, where it belongs to none."""
        maskings = [self._maskings[account]] if account in self._maskings else []
        for masking in maskings if account else self._maskings.values():
            text = masking.scrubbed(text)
        return text

    def _write(self, lines: Iterable[str]) -> None:
        from vend.views import neutralized

        if self._file is None:
            return
        at = self._now().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        first = True
        try:
            for line in lines:
                self._file.write(f"{at}  {neutralized(line)}\n" if first else f"{' ' * len(at)}  {neutralized(line)}\n")
                first = False
        except (OSError, ValueError) as error:
            self._problem = getattr(error, "strerror", None) or str(error)
            self._end()

    def _end(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            try:
                file.close()
            except OSError as error:
                self._problem = self._problem or error.strerror or str(error)


def _problems(event: Event) -> tuple[Diagnostic, ...]:
    from vend.events import AccountPlanned, RunFinished, StageFinished

    if isinstance(event, AccountPlanned):
        return event.plan.diagnostics
    if isinstance(event, StageFinished):
        return event.result.diagnostics
    return event.report.diagnostics if isinstance(event, RunFinished) else ()
