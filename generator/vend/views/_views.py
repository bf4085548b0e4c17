"""Where everything that vend says goes through: one interface, one view per form."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from typing import Literal, Protocol, TextIO

from vend.errors import Diagnostic
from vend.events import Event
from vend.views._board import Board, LineBoard, LiveBoard
from vend.views._diagnostics import annotation, diagnostic_lines
from vend.views._document import Document
from vend.views._events import event_to_json
from vend.views._excerpt import Sources, no_sources, with_excerpts
from vend.views._sarif import SarifTool, sarif_log
from vend.views._text import Line, neutralized, plain


class View(Protocol):
    """Shows what happens and what came of it. Events may come from many threads at once."""

    def on_event(self, event: Event) -> None:
        """Shows progress, on standard error."""

    def show(self, document: Document) -> None:
        """Shows a command's answer, on standard output."""

    def diagnostics(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Shows problems that are not part of an answer, on standard error."""

    def say(self, *lines: Line) -> None:
        """Shows a few words beside the answer, on standard error."""

    def close(self) -> None:
        """Leaves the terminal as it was found."""


class HumanView:
    """For people: colours and a live board where the stream is a terminal, plain lines elsewhere."""

    def __init__(self, out: TextIO, err: TextIO, board: Board | None = None, *, sources: Sources = no_sources) -> None:
        self._out = out
        self._err = err
        self._sources = sources
        self._board = board or (LiveBoard(err) if err.isatty() else LineBoard(err))

    def on_event(self, event: Event) -> None:
        """Shows progress, on standard error."""
        self._board.on_event(event)

    def show(self, document: Document) -> None:
        """Prints the document's text on standard output."""
        self._board.close()
        _write(self._out, document.text, self._sources)

    def diagnostics(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Prints problems on standard error."""
        self._board.close()
        _write(self._err, diagnostic_lines(diagnostics), self._sources)

    def say(self, *lines: Line) -> None:
        """Prints lines on standard error."""
        self._board.close()
        _write(self._err, lines, self._sources)

    def close(self) -> None:
        """Takes the board off the screen."""
        self._board.close()


class JsonView:
    """For programs: one JSON document on standard output, events as JSON lines on standard error."""

    def __init__(self, out: TextIO, err: TextIO, *, sources: Sources = no_sources) -> None:
        self._out = out
        self._err = err
        self._sources = sources
        self._lock = threading.Lock()

    def on_event(self, event: Event) -> None:
        """Writes the event as one line of JSON on standard error."""
        text = json.dumps(event_to_json(event), default=str)
        with self._lock:
            self._err.write(text + "\n")
            self._err.flush()

    def show(self, document: Document) -> None:
        """Writes the document."""
        self._out.write(json.dumps(document.json, indent=2, default=str) + "\n")
        self._out.flush()

    def diagnostics(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Writes problems on standard error, as text: a log is read by people."""
        with self._lock:
            _write(self._err, diagnostic_lines(diagnostics), self._sources)

    def say(self, *lines: Line) -> None:
        """Says nothing: the document holds what matters."""

    def close(self) -> None:
        """Nothing is left open."""


class SarifView(JsonView):
    """For code scanning: a document's diagnostics as a SARIF log on standard output."""

    def __init__(self, out: TextIO, err: TextIO, *, tool: SarifTool, sources: Sources = no_sources) -> None:
        super().__init__(out, err, sources=sources)
        self._tool = tool

    def show(self, document: Document) -> None:
        """Writes the log."""
        self._out.write(json.dumps(sarif_log(document.diagnostics, self._tool), indent=2) + "\n")
        self._out.flush()


class PageView(HumanView):
    """For pull requests and browsers: a document as Markdown or HTML, everything else as for people."""

    def __init__(
        self, out: TextIO, err: TextIO, form: Literal["markdown", "html"], *, sources: Sources = no_sources
    ) -> None:
        super().__init__(out, err, sources=sources)
        self._form = form

    def show(self, document: Document) -> None:
        """Writes the page on standard output; a document that has no such form as text."""
        write = document.markdown if self._form == "markdown" else document.html
        if write is None:
            super().show(document)
            return
        self._board.close()
        self._out.write(write())
        self._out.flush()


class GithubView(HumanView):
    """For GitHub Actions: a document's diagnostics as annotations of the files they stand in."""

    def __init__(self, out: TextIO, err: TextIO, *, sources: Sources = no_sources, prefix: str = "") -> None:
        super().__init__(out, err, LineBoard(err), sources=sources)
        self._prefix = prefix

    def show(self, document: Document) -> None:
        """Writes an annotation per diagnostic on standard output; GitHub shows the first ten of a step."""
        for diagnostic in document.diagnostics:
            self._out.write(annotation(diagnostic, self._prefix) + "\n")
        self._out.flush()

    def diagnostics(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Writes annotations on standard output, where GitHub reads them."""
        for diagnostic in diagnostics:
            self._out.write(annotation(diagnostic, self._prefix) + "\n")
        self._out.flush()


def _write(stream: TextIO, lines: Iterable[Line], sources: Sources) -> None:
    lines = with_excerpts(lines, sources)
    if not stream.isatty():
        stream.write(plain(lines))
        stream.flush()
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    for pieces in lines:
        text = Text.assemble(*((neutralized(span.text), span.style) for span in pieces))
        console.print(text, soft_wrap=True)
