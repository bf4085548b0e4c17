"""The control interface of a running sandbox: status, faults, accounts, saving."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vend.errors import Diagnostic, InvalidInputError, SandboxError
from vend.sandbox._background import state_file, write_private
from vend.sandbox._environment import variables
from vend.sandbox.faults._faults import Fault, FaultState
from vend.sandbox.protocol._call import Answer, HttpRequest
from vend.sandbox.start._config import SandboxConfig

if TYPE_CHECKING:
    from vend.sandbox._emulation import Emulation


class Control:
    """Answers requests below `/_vend/` that have the token from the file by which the sandbox is found.

    Args:
        directory: where that file is written, readable for this user alone.
        token: which the file holds.
    """

    def __init__(self, directory: Path, token: str) -> None:
        self._directory = directory
        self._token = token
        self._emulation: Emulation | None = None

    @property
    def _running(self) -> Emulation:
        if self._emulation is None:
            raise SandboxError(Diagnostic(code="sandbox-not-running", summary="the sandbox is not running"))
        return self._emulation

    def announce(self, emulation: Emulation) -> None:
        """Writes how to reach the sandbox, which has started to listen."""
        self._emulation = emulation
        self._write()

    def _write(self) -> None:
        warnings = [warning.to_json() for warning in self._running.warnings]
        reach = {**self._reach(), "pid": os.getpid(), "token": self._token, "warnings": warnings}
        write_private(state_file(self._directory), reach)

    def _reach(self) -> dict[str, Any]:
        port = self._running.server.port
        return {
            "endpoint": f"http://127.0.0.1:{port}",
            "port": port,
            "environment": variables(self._running.front, port, self._directory / "empty"),
        }

    def __call__(self, request: HttpRequest) -> Answer:
        token = request.headers.get("x-vend-token", "")
        if not secrets.compare_digest(token.encode(), self._token.encode()):
            return Answer(status=403, headers={"Content-Type": "text/plain"}, body=b"wrong token\n")
        answers: dict[tuple[str, str], Callable[[HttpRequest], dict[str, Any]]] = {
            ("POST", "/_vend/reset"): self._reset,
            ("GET", "/_vend/status"): lambda _: self._running.status(),
            ("POST", "/_vend/save"): lambda _: self._save(),
            ("GET", "/_vend/faults"): self._faults,
            ("POST", "/_vend/faults"): self._faults,
            ("DELETE", "/_vend/faults"): self._faults,
            ("POST", "/_vend/accounts"): lambda asked: self._running.front.change_account(**json.loads(asked.body)),
        }
        answer = answers.get((request.method, request.path))
        if answer is None:
            return Answer(status=404, headers={"Content-Type": "text/plain"}, body=b"unknown\n")
        try:
            return self._document(answer(request))
        except InvalidInputError as error:
            body = json.dumps({"diagnostics": [diagnostic.to_json() for diagnostic in error.diagnostics]}).encode()
            return Answer(
                status=HTTPStatus.UNPROCESSABLE_ENTITY, headers={"Content-Type": "application/json"}, body=body
            )

    def _reset(self, request: HttpRequest) -> dict[str, Any]:
        self._running.front.renew(SandboxConfig.from_json(json.loads(request.body)))
        self._write()
        return {**self._running.status(), "environment": self._reach()["environment"]}

    def _faults(self, request: HttpRequest) -> dict[str, Any]:
        """POST adds a fault, DELETE clears the named faults or all, GET lists them; returns the affected faults."""
        faults = self._running.front.faults
        if request.method == "POST":
            states: tuple[FaultState, ...] = (faults.add(Fault(**json.loads(request.body))),)
        elif request.method == "DELETE":
            states = faults.clear(*json.loads(request.body)["ids"])
        else:
            states = faults.list()
        if request.method != "GET":
            self._running.front.on_change()
        return {"faults": [state.to_json() for state in states]}

    def _save(self) -> dict[str, Any]:
        """Saves the state now; returns the problems that prevent it."""
        saver = self._running.saver
        try:
            if saver is not None:
                saver.save()
        except SandboxError as error:
            return {"diagnostics": [diagnostic.to_json() for diagnostic in error.diagnostics]}
        return {"diagnostics": []}

    def _document(self, document: dict[str, Any]) -> Answer:
        body = json.dumps({"endpoint": self._reach()["endpoint"], **document}).encode()
        return Answer(headers={"Content-Type": "application/json"}, body=body)
