"""One call of the command line: where it starts, how it answers, and how errors become exit codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from vend.cli.call._run_log import RunLog
from vend.cli.call._signals import ForcedInterrupt, interruptible
from vend.cli.call._standard_streams import OutputLostError

if TYPE_CHECKING:
    from vend.errors import Diagnostic, VendError
    from vend.events import Event
    from vend.views import SarifTool, Sources, View


DONE = 0
FAILED = 1
PENDING = 2
REFUSED = 3
INVALID = 4
SANDBOX_FAILED = 125
INTERRUPTED = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """Standard input, output and error."""

    stdin: TextIO
    out: TextIO
    err: TextIO


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What every command is given.

    Attributes:
        fleet: what `--fleet` says; None means the nearest folder upwards from `directory`.
        directory: the working directory.
        form: `text`, `json`, `markdown`, `html`, `github` or `sarif`.
        command: its name on the command line, such as `plan`.
        log: of the run, once there is one.
    """

    fleet: Path | None
    directory: Path
    environ: Mapping[str, str]
    form: str
    streams: Streams
    view: View
    command: str = ""
    log: RunLog = field(default_factory=RunLog)

    def on_event(self, event: Event) -> None:
        """Shows an event, and logs it."""
        self.view.on_event(event)
        self.log.on_event(event)

    @property
    def quiet(self) -> bool:
        """Whether standard output belongs to one JSON document."""
        return self.form in {"json", "sarif"}

    @property
    def can_ask(self) -> bool:
        """Whether somebody can answer a question."""
        return not self.quiet and self.streams.stdin.isatty() and self.streams.err.isatty()

    def ask(self, question: str) -> str:
        """What is answered to a question, without blanks around it; nothing where the answer ends before it began."""
        self.streams.err.write(f"{question} ")
        self.streams.err.flush()
        answer = ""
        try:
            answer = self.streams.stdin.readline()
        finally:
            if not answer.endswith("\n"):  # Ctrl-C or Ctrl-D: what is said next begins a line
                self.streams.err.write("\n")
        return answer.strip()

    def agreed(self, question: str) -> bool:
        """Whether a question is answered with yes."""
        return self.ask(f"{question} [y/N]").casefold() in {"y", "yes"}


def view_for(form: str, streams: Streams, sources: Sources | None = None, prefix: str = "") -> View:
    """The view of this format.

    Args:
        form: `text`, `json`, `markdown`, `html`, `github` or `sarif`.
        streams: where it writes.
        sources: where it finds the lines that diagnostics are about; nowhere if None.
        prefix: of the fleet's files in their repository, for forms that a forge reads.
    """
    from vend.views import GithubView, HumanView, JsonView, PageView, SarifView, no_sources

    found = sources or no_sources
    if form == "json":
        return JsonView(streams.out, streams.err, sources=found)
    if form == "sarif":
        return SarifView(streams.out, streams.err, sources=found, tool=_sarif_tool(prefix))
    if form in {"markdown", "html"}:
        return PageView(streams.out, streams.err, "html" if form == "html" else "markdown", sources=found)
    if form == "github":
        return GithubView(streams.out, streams.err, sources=found, prefix=prefix)
    return HumanView(streams.out, streams.err, sources=found)


def _sarif_tool(prefix: str) -> SarifTool:
    from vend._version import __version__
    from vend.cli.call._explanations import explanation
    from vend.views import SarifTool

    return SarifTool(version=__version__, prefix=prefix, explain=lambda code: explanation(code).text)


def answer(call: Call, work: Callable[[Call], int]) -> int:
    """Does the work of a command; the one place where an error becomes an exit code.

    Set VEND_DEBUG=1 to get the traceback of an error that vend did not foresee.
    """
    from vend.errors import VendError

    problems: tuple[Diagnostic, ...] | None = None
    try:
        with interruptible():
            code = work(call)
    except VendError as error:
        code, problems = exit_code(error), error.diagnostics
    except KeyboardInterrupt as interrupt:
        code, problems = INTERRUPTED, (_interrupted(forced=isinstance(interrupt, ForcedInterrupt)),)
    except (BrokenPipeError, OutputLostError):  # nobody is left to answer
        raise
    except Exception as error:
        if call.environ.get("VEND_DEBUG"):
            raise
        # Whatever it is, the user gets a diagnostic rather than a traceback; VEND_DEBUG gives the latter.
        code, problems = FAILED, (_unforeseen(error),)
    finally:
        call.view.close()
    if problems is not None:
        _show(call, problems)
    call.log.close()
    if code not in {DONE, PENDING} and call.log.told:
        from vend.views import line

        call.view.say(line(call.log.told))
    return code


def _show(call: Call, problems: tuple[Diagnostic, ...]) -> None:
    """What ended the command."""
    call.log.diagnostics(problems)
    call.view.diagnostics(problems)
    if call.quiet:
        from vend.views import failure_document

        call.view.show(failure_document(problems, call.command))


def exit_code(error: VendError) -> int:
    """The exit code of an error that ended a command."""
    from vend.errors import InterruptedRunError, InvalidInputError, RefusedError, SandboxError

    codes = (
        (InvalidInputError, INVALID),
        (RefusedError, REFUSED),
        (SandboxError, SANDBOX_FAILED),
        (InterruptedRunError, INTERRUPTED),
    )
    return next((code for kind, code in codes if isinstance(error, kind)), FAILED)


def _interrupted(*, forced: bool) -> Diagnostic:
    from vend.errors import Diagnostic

    if forced:
        return Diagnostic(
            code="interrupted",
            summary="stopped by force: a Terraform state may be locked, and may lack what was being made",
            hint="run the same command again: it adopts what was made, and names a lock that is left",
        )
    return Diagnostic(
        code="interrupted",
        summary="stopped",
        hint="run the same command again: it goes on from what is done",
    )


def _unforeseen(error: Exception) -> Diagnostic:
    from vend.errors import Diagnostic

    return Diagnostic(
        code="internal-error",
        summary=f"unexpected error: {type(error).__name__}",
        detail=str(error) or None,
        hint="this is a bug in vend; run the command again with VEND_DEBUG=1 to see the traceback, and report it",
    )
