"""The process that `vend sandbox start` leaves running: `python -m vend.sandbox.server STATE_DIRECTORY`."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from vend.errors import Diagnostic, VendError
from vend.process import wait_until_gone
from vend.sandbox._background import failure_file, state_file, write_private
from vend.sandbox._control import Control
from vend.sandbox._emulation import Emulation
from vend.sandbox._sandbox import not_installed
from vend.sandbox.start._config import SandboxConfig


def serve(directory: Path, stopped: threading.Event) -> None:
    """Serves until `stopped` is set; gone, it leaves no file that would name it."""
    document = json.loads((directory / "config.json").read_text(encoding="utf-8"))
    state = document.get("state")
    control = Control(directory, str(document["token"]))
    emulation = Emulation(
        SandboxConfig.from_json(document), time.time, control=control, state=None if state is None else Path(state)
    )
    emulation.start()
    control.announce(emulation)
    if document.get("owner") is not None:
        threading.Thread(target=_end_with, args=(int(document["owner"]), stopped), daemon=True).start()
    try:
        stopped.wait()
        emulation.stop()
    finally:
        state_file(directory).unlink(missing_ok=True)


def _end_with(owner: int, stopped: threading.Event) -> None:
    wait_until_gone(owner)
    stopped.set()


def main(arguments: list[str]) -> int:
    """Serves until SIGTERM or SIGINT; why it could not stands in a file for whoever started it."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    directory = Path(arguments[0])
    try:
        serve(directory, stopped)
    except VendError as error:
        _tell(directory, error.diagnostics)
        return 1
    except ImportError as error:
        _tell(directory, [not_installed(error)])
        return 1
    return 0


def _tell(directory: Path, diagnostics: Sequence[Diagnostic]) -> None:
    write_private(failure_file(directory), {"diagnostics": [diagnostic.to_json() for diagnostic in diagnostics]})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
