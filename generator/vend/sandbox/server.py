"""The process that `vend sandbox start` leaves running: `python -m vend.sandbox.server STATE_DIRECTORY`."""

from __future__ import annotations

import json
import os
import secrets
import signal
import sys
import threading
import time
from http import HTTPStatus
from pathlib import Path
from typing import Any

from vend.errors import InvalidInputError
from vend.sandbox._background import state_file, write_private
from vend.sandbox._config import SandboxConfig
from vend.sandbox._faults import Fault, FaultState
from vend.sandbox._front import Front
from vend.sandbox._http import LoopbackServer
from vend.sandbox._sandbox import variables
from vend.sandbox._wire import Answer, HttpRequest


class _Control:
    """Answers `/_vend/…` to whoever has the token of the state file."""

    def __init__(self, directory: Path, config: SandboxConfig, token: str) -> None:
        self._directory = directory
        self._token = token
        self.front = Front(config, time.time, self)
        self.server = LoopbackServer(self.front)

    def announce(self) -> None:
        """Writes how this sandbox is reached."""
        write_private(state_file(self._directory), {**self._reach(), "pid": os.getpid(), "token": self._token})

    def _reach(self) -> dict[str, Any]:
        port = self.server.port
        return {
            "endpoint": f"http://127.0.0.1:{port}",
            "port": port,
            "environment": variables(self.front, port, self._directory / "empty"),
        }

    def __call__(self, request: HttpRequest) -> Answer:
        given = request.headers.get("x-vend-token", "")
        if not secrets.compare_digest(given.encode(), self._token.encode()):
            return Answer(status=403, headers={"Content-Type": "text/plain"}, body=b"wrong token\n")
        if (request.method, request.path) == ("POST", "/_vend/reset"):
            self.front.renew(SandboxConfig.from_json(json.loads(request.body)))
            self.announce()
            return self._document({**self.front.status(), "environment": self._reach()["environment"]})
        if (request.method, request.path) == ("GET", "/_vend/status"):
            return self._document(self.front.status())
        if request.path == "/_vend/faults":
            return self._faults(request)
        return Answer(status=404, headers={"Content-Type": "text/plain"}, body=b"unknown\n")

    def _faults(self, request: HttpRequest) -> Answer:
        """POST adds one, DELETE clears those that are named, or all; the answer holds the faults that are meant."""
        faults = self.front.faults
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
        return self._document({"faults": [state.to_json() for state in states]})

    def _document(self, document: dict[str, Any]) -> Answer:
        body = json.dumps({"endpoint": self._reach()["endpoint"], **document}).encode()
        return Answer(headers={"Content-Type": "application/json"}, body=body)


def serve(directory: Path, stopped: threading.Event) -> None:
    """Serves until `stopped` is set; gone, it leaves no file that would name it."""
    document = json.loads((directory / "config.json").read_text(encoding="utf-8"))
    control = _Control(directory, SandboxConfig.from_json(document), document["token"])
    control.server.start()
    control.announce()
    stopped.wait()
    state_file(directory).unlink(missing_ok=True)
    control.server.stop()


def main(arguments: list[str]) -> int:
    """Serves until SIGTERM or SIGINT."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    serve(Path(arguments[0]), stopped)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
