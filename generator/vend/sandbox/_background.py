"""A sandbox that keeps running between commands, in its own process, found by a file in the fleet's folder."""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import secrets
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from vend.errors import Diagnostic, InvalidInputError, SandboxError
from vend.process import is_running, start_detached, terminate
from vend.sandbox.faults._faults import Fault
from vend.sandbox.organizations._accounts_api import AccountChange
from vend.sandbox.start._config import SandboxConfig

_FILE = "sandbox.json"
_START_SECONDS = 30.0
_POLL_SECONDS = 0.02
_INHERITED = ("PATH", "LANG", "LC_ALL", "TMPDIR", "HOME", "PYTHONPATH", "VIRTUAL_ENV")
_LOG_TAIL = 2000
_UNDERSTOOD = frozenset({HTTPStatus.OK, HTTPStatus.UNPROCESSABLE_ENTITY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A running sandbox.

    Attributes:
        environment: the variables that lead a command to it.
        warnings: what of its state file may not be as it was.
    """

    environment: Mapping[str, str]
    warnings: tuple[Diagnostic, ...] = ()


def start(
    config: SandboxConfig, state_directory: Path, *, state: Path | None = None, owner: int | None = None
) -> Started:
    """Starts a sandbox that keeps running.

    Args:
        config: its landing zone.
        state_directory: where the file that finds it is kept (0700, made if it is not there).
        state: a file that keeps everything for the next sandbox with that file; nothing is kept without.
        owner: a process id; the sandbox ends when that process does. None means that it stays until it is stopped.

    Raises:
        SandboxError: `sandbox-owner-gone`, `sandbox-running` where one runs already, `sandbox-not-started`, or
            `sandbox-state-…`.
    """
    state_directory.mkdir(parents=True, exist_ok=True)
    with (state_directory / "start.lock").open("w") as lock:
        # Two concurrent starts would both find nothing running, and no file would name one of the sandboxes.
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _start(config, state_directory, state=state, owner=owner)


def _start(config: SandboxConfig, state_directory: Path, *, state: Path | None, owner: int | None) -> Started:
    running = _find(state_directory)
    if running is not None:
        raise SandboxError(
            Diagnostic(
                code="sandbox-running",
                summary=f"a sandbox is already running at {running['endpoint']}",
                hint="`vend sandbox reset` gives it a new organization; `vend sandbox stop` stops it",
            )
        )
    if owner is not None and not is_running(owner):
        raise SandboxError(
            Diagnostic(
                code="sandbox-owner-gone",
                summary=f"there is no process {owner} to be the owner",
                hint="in a shell, `--owner $$` is the shell itself",
            )
        )
    state_directory.chmod(0o700)
    (state_directory / "empty").touch(mode=0o600)
    failure_file(state_directory).unlink(missing_ok=True)
    process_settings = {
        "token": secrets.token_hex(16),
        "state": None if state is None else str(state.absolute()),
        "owner": owner,
    }
    write_private(state_directory / "config.json", {**config.to_json(), **process_settings})
    log = state_directory / "sandbox.log"
    log.unlink(missing_ok=True)
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    argv = (sys.executable, "-m", "vend.sandbox.server", str(state_directory))
    pid = start_detached(argv, environment, None, log)
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        found = _find(state_directory)
        if found is not None:
            warnings = tuple(Diagnostic(**warning) for warning in found["warnings"])
            return Started(environment=found["environment"], warnings=warnings)
        if not is_running(pid):
            break
        time.sleep(_POLL_SECONDS)
    terminate(pid)
    diagnostics = _failure(state_directory)
    if diagnostics:
        raise SandboxError(diagnostics)
    written = log.read_text(encoding="utf-8", errors="replace")[-_LOG_TAIL:] if log.exists() else ""
    raise SandboxError(
        Diagnostic(
            code="sandbox-not-started", summary="the sandbox did not start", detail=written.strip() or None, file=None
        )
    )


def stop(state_directory: Path) -> bool:
    """Stops the sandbox and returns whether one was running. Only its state file remains.

    Raises:
        SandboxError: `sandbox-state-not-written`; it has ended all the same.
    """
    running = _find(state_directory)
    problems: list[Diagnostic] = []
    if running is not None:
        problems = [Diagnostic(**problem) for problem in _ask(running, "POST", "/_vend/save")["diagnostics"]]
        terminate(int(running["pid"]))
    for name in (_FILE, "config.json"):
        (state_directory / name).unlink(missing_ok=True)
    if problems:
        raise SandboxError(problems)
    return running is not None


def status(state_directory: Path) -> dict[str, Any] | None:
    """The content of the running sandbox; None if none is running.

    Raises:
        SandboxError: `sandbox-unreachable`.
    """
    running = _find(state_directory)
    return None if running is None else {"pid": running["pid"], **_ask(running, "GET", "/_vend/status")}


def reset(config: SandboxConfig, state_directory: Path) -> dict[str, Any]:
    """Gives the running sandbox a new organization, at the same address and with new keys.

    Returns:
        What `status` gives, with the new variables under `environment`.

    Raises:
        SandboxError: `sandbox-not-running` or `sandbox-unreachable`.
    """
    running = _required(state_directory)
    return {"pid": running["pid"], **_ask(running, "POST", "/_vend/reset", config.to_json())}


def add_fault(fault: Fault, state_directory: Path) -> dict[str, Any]:
    """Adds a fault to the running sandbox; returns it with its id.

    Raises:
        InvalidInputError: `unknown-operation` or `invalid-fault`.
        SandboxError: `sandbox-not-running` or `sandbox-unreachable`.
    """
    document: dict[str, Any] = _ask(_required(state_directory), "POST", "/_vend/faults", fault.to_json())["faults"][0]
    return document


def faults(state_directory: Path) -> list[dict[str, Any]]:
    """The faults of the running sandbox.

    Raises:
        SandboxError: `sandbox-not-running` or `sandbox-unreachable`.
    """
    found: list[dict[str, Any]] = _ask(_required(state_directory), "GET", "/_vend/faults")["faults"]
    return found


def clear_faults(ids: Sequence[str], state_directory: Path) -> list[dict[str, Any]]:
    """Clears the given faults, or all; returns the cleared ones.

    Raises:
        InvalidInputError: `unknown-fault`.
        SandboxError: `sandbox-not-running` or `sandbox-unreachable`.
    """
    answer = _ask(_required(state_directory), "DELETE", "/_vend/faults", {"ids": list(ids)})
    cleared: list[dict[str, Any]] = answer["faults"]
    return cleared


def change_account(account: str, change: AccountChange, state_directory: Path) -> dict[str, Any]:
    """Does to an account of the running sandbox what AWS does unasked.

    Args:
        account: product name or id, or account name, id or email.
        change: `suspend` restricts an ACTIVE account, `reinstate` makes a SUSPENDED or CLOSED one ACTIVE again,
            `expire` ends the 90 days for which a CLOSED one is listed.
        state_directory: by which the sandbox is found.

    Returns:
        `account_id`, `name`, `state_before`, and `state`: None where the account is no longer listed.

    Raises:
        InvalidInputError: `unknown-sandbox-account`, or `sandbox-account-state`: its state does not allow the change.
        SandboxError: `sandbox-not-running` or `sandbox-unreachable`.
    """
    return _ask(_required(state_directory), "POST", "/_vend/accounts", {"name": account, "change": change})


def write_private(path: Path, document: Mapping[str, Any]) -> None:
    """Writes JSON that only this user may read; a reader sees the old file or the new one, never half."""
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(document, file)
    temporary.replace(path)


def state_file(state_directory: Path) -> Path:
    """The file in which a running sandbox writes how to reach it."""
    return state_directory / _FILE


def failure_file(state_directory: Path) -> Path:
    """The file in which a sandbox that could not start writes the reason."""
    return state_directory / "failure.json"


def _failure(state_directory: Path) -> list[Diagnostic]:
    try:
        document = json.loads(failure_file(state_directory).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return [Diagnostic(**diagnostic) for diagnostic in document["diagnostics"]]


def _find(state_directory: Path) -> dict[str, Any] | None:
    """The running sandbox's file; one that names a sandbox that is gone is removed."""
    path = state_file(state_directory)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        alive = is_running(int(document["pid"])) and _answers(document)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        alive = False
    if not alive:
        # It ended with a reboot or a kill. Another process may have its id by now, so only its answer counts.
        path.unlink(missing_ok=True)
        return None
    found: dict[str, Any] = document
    return found


def _required(state_directory: Path) -> dict[str, Any]:
    running = _find(state_directory)
    if running is None:
        raise SandboxError(
            Diagnostic(
                code="sandbox-not-running", summary="no sandbox is running", hint="`vend sandbox start` starts one"
            )
        )
    return running


def _answers(document: Mapping[str, Any]) -> bool:
    try:
        _ask(document, "GET", "/_vend/status")
    except SandboxError:
        return False
    return True


def _ask(running: Mapping[str, Any], method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", int(running["port"]), timeout=30)
    try:
        connection.request(
            method, path, body=json.dumps(body) if body else None, headers={"X-Vend-Token": str(running["token"])}
        )
        response = connection.getresponse()
        text = response.read()
        answer: dict[str, Any] = json.loads(text) if response.status in _UNDERSTOOD else {}
        if response.status == HTTPStatus.OK:
            return answer
        if answer:
            raise InvalidInputError(Diagnostic(**diagnostic) for diagnostic in answer["diagnostics"])
        reason = text.decode("utf-8", "replace")
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = str(error)
    finally:
        connection.close()
    raise SandboxError(
        Diagnostic(
            code="sandbox-unreachable",
            summary="the sandbox does not respond",
            detail=f"{method} {path} at port {running['port']}: {reason}",
            hint="`vend sandbox stop`, then `vend sandbox start`",
        )
    )
