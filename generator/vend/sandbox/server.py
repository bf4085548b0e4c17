"""The process that `vend sandbox start` leaves running: `python -m vend.sandbox.server STATE_DIRECTORY`."""

from __future__ import annotations

import json
import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

from vend.errors import Diagnostic, InvalidInputError, SandboxError, VendError
from vend.process import wait_until_gone
from vend.sandbox._background import failure_file, state_file, write_private
from vend.sandbox._config import SandboxConfig
from vend.sandbox._emulation import Emulation
from vend.sandbox._faults import Fault, FaultState
from vend.sandbox._sandbox import not_installed, variables
from vend.sandbox._wire import Answer, HttpRequest


class _Control:
    """Answers `/_vend/…` to whoever has the token of the state file."""

    def __init__(self, directory: Path, document: Mapping[str, Any]) -> None:
        self._directory = directory
        self._token = str(document["token"])
        state = document.get("state")
        self.emulation = Emulation(
            SandboxConfig.from_json(document),
            time.time,
            control=self,
            state=None if state is None else Path(state),
        )

    def announce(self) -> None:
        """Writes how this sandbox is reached."""
        warnings = [warning.to_json() for warning in self.emulation.warnings]
        reach = {**self._reach(), "pid": os.getpid(), "token": self._token, "warnings": warnings}
        write_private(state_file(self._directory), reach)

    def _reach(self) -> dict[str, Any]:
        port = self.emulation.server.port
        return {
            "endpoint": f"http://127.0.0.1:{port}",
            "port": port,
            "environment": variables(self.emulation.front, port, self._directory / "empty"),
        }

    def __call__(self, request: HttpRequest) -> Answer:
        given = request.headers.get("x-vend-token", "")
        if not secrets.compare_digest(given.encode(), self._token.encode()):
            return Answer(status=403, headers={"Content-Type": "text/plain"}, body=b"wrong token\n")
        if (request.method, request.path) == ("POST", "/_vend/reset"):
            self.emulation.front.renew(SandboxConfig.from_json(json.loads(request.body)))
            self.announce()
            return self._document({**self.emulation.status(), "environment": self._reach()["environment"]})
        if (request.method, request.path) == ("GET", "/_vend/status"):
            return self._document(self.emulation.status())
        if (request.method, request.path) == ("POST", "/_vend/save"):
            return self._save()
        if request.path == "/_vend/faults":
            return self._faults(request)
        return Answer(status=404, headers={"Content-Type": "text/plain"}, body=b"unknown\n")

    def _faults(self, request: HttpRequest) -> Answer:
        """POST adds one, DELETE clears those that are named, or all; the answer holds the faults that are meant."""
        faults = self.emulation.front.faults
        try:
            if request.method == "POST":
                states: tuple[FaultState, ...] = (faults.add(Fault.from_json(json.loads(request.body))),)
            elif request.method == "DELETE":
                states = faults.clear(*json.loads(request.body)["ids"])
            else:
                states = faults.list()
        except InvalidInputError as error:
            body = json.dumps({"diagnostics": [diagnostic.to_json() for diagnostic in error.diagnostics]}).encode()
            return Answer(
                status=HTTPStatus.UNPROCESSABLE_ENTITY, headers={"Content-Type": "application/json"}, body=body
            )
        if request.method != "GET":
            self.emulation.front.on_change()
        return self._document({"faults": [state.to_json() for state in states]})

    def _save(self) -> Answer:
        """Writes the state now; what keeps it from being written is in the answer."""
        keeper = self.emulation.keeper
        try:
            if keeper is not None:
                keeper.save()
        except SandboxError as error:
            return self._document({"diagnostics": [diagnostic.to_json() for diagnostic in error.diagnostics]})
        return self._document({"diagnostics": []})

    def _document(self, document: dict[str, Any]) -> Answer:
        body = json.dumps({"endpoint": self._reach()["endpoint"], **document}).encode()
        return Answer(headers={"Content-Type": "application/json"}, body=body)


def serve(directory: Path, stopped: threading.Event) -> None:
    """Serves until `stopped` is set; gone, it leaves no file that would name it."""
    document = json.loads((directory / "config.json").read_text(encoding="utf-8"))
    control = _Control(directory, document)
    control.emulation.start()
    control.announce()
    if document.get("owner") is not None:
        threading.Thread(target=_end_with, args=(int(document["owner"]), stopped), daemon=True).start()
    try:
        stopped.wait()
        control.emulation.stop()
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
