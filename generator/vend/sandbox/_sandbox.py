"""A sandbox in this process."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from vend.errors import Diagnostic, ProcessError, SandboxError
from vend.sandbox._environment import CONTROL_VARIABLE, variables, without_aws
from vend.sandbox.start._config import SandboxConfig

if TYPE_CHECKING:
    from vend.sandbox._emulation import Emulation
    from vend.sandbox._front import Front
    from vend.sandbox.faults._faults import Faults
    from vend.sandbox.organizations._accounts_api import AccountChange

_ONE_AT_A_TIME = threading.Lock()
_FAILED, _NOT_STARTABLE, _NOT_FOUND = 125, 126, 127
"""Exit codes: the sandbox itself, the command cannot be started, the command is not found (as `env` and `nohup` do)."""


class Sandbox:
    """An emulated AWS on a free loopback port, for as long as the `with` block runs.

    moto keeps its state in the process, so that one process can hold one sandbox at a time. Meanwhile the AWS_*
    variables of this process are set aside.

    Args:
        config: the landing zone.
        clock: seconds since the epoch.
        state: a file that keeps everything for the next sandbox with that file; nothing is kept without.

    Raises:
        SandboxError: `sandbox-running`, `sandbox-not-installed`, `sandbox-not-started`, `sandbox-state-…`.
    """

    def __init__(
        self, config: SandboxConfig, *, clock: Callable[[], float] = time.time, state: Path | None = None
    ) -> None:
        self._config = config
        self._clock = clock
        self._state = state
        self._emulation: Emulation | None = None
        self._directory: Path | None = None
        self._set_aside: dict[str, str] = {}

    def __enter__(self) -> Self:
        if not _ONE_AT_A_TIME.acquire(blocking=False):
            raise SandboxError(
                Diagnostic(
                    code="sandbox-running",
                    summary="this process already has a sandbox",
                    hint="stop the first one, or run the second one in its own process",
                )
            )
        try:
            self._start()
        except BaseException:
            self._clear_away()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if self._emulation is not None:
                self._emulation.stop()
        except SandboxError:
            # The error that ended the block matters more than a state that could not be saved.
            if error is None:
                raise
        finally:
            self._clear_away()

    def _start(self) -> None:
        # moto asks botocore which Regions there are, and botocore heeds AWS_PROFILE and the like of this process.
        self._set_aside = {name: os.environ.pop(name) for name in tuple(os.environ) if name.startswith("AWS_")}
        try:
            from vend.sandbox._control import Control
            from vend.sandbox._emulation import Emulation

            self._directory = Path(tempfile.mkdtemp(prefix="vend-sandbox-"))
            (self._directory / "empty").touch(mode=0o600)
            control = Control(self._directory, secrets.token_hex(16))
            self._emulation = Emulation(self._config, self._clock, control=control, state=self._state)
        except ImportError as error:
            raise SandboxError(not_installed(error)) from error
        self._emulation.start()
        control.announce(self._emulation)

    def _clear_away(self) -> None:
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = None
        if self._emulation is not None:
            self._emulation = None
        if "moto" in sys.modules:
            from vend.sandbox.on_moto._forwarding import forget_everything

            forget_everything()
        os.environ.update(self._set_aside)
        _ONE_AT_A_TIME.release()

    def _running(self) -> tuple[Emulation, Path]:
        if self._emulation is None or self._directory is None:
            raise SandboxError(Diagnostic(code="sandbox-not-running", summary="the sandbox is not running"))
        return self._emulation, self._directory

    @property
    def _front(self) -> Front:
        return self._running()[0].front

    @property
    def directory(self) -> Path:
        """The folder by which other processes find this sandbox: `vend.sandbox.status(sandbox.directory)`."""
        return self._running()[1]

    @property
    def endpoint(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self._running()[0].server.port}"

    @property
    def organization_id(self) -> str:
        """The id of this start's organization."""
        return self._front.zone.organization.id

    @property
    def faults(self) -> Faults:
        """The faults: `sandbox.faults.add(Fault(operation="ProvisionProduct", kind="throttle"))`."""
        return self._front.faults

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """Warnings about what could not be restored exactly from the state file."""
        return self._running()[0].warnings

    def change_account(self, account: str, change: AccountChange) -> dict[str, Any]:
        """Does to an account what AWS does unasked; as `vend.sandbox.change_account`."""
        return self._front.change_account(account, change)

    def status(self) -> dict[str, Any]:
        """The organization, its accounts and products, what is under way, and the last calls."""
        return {"endpoint": self.endpoint, **self._running()[0].status()}

    def variables(self) -> dict[str, str]:
        """The variables that lead a command to this sandbox."""
        emulation, directory = self._running()
        return variables(emulation.front, emulation.server.port, directory / "empty")

    def environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The environment of a command: `environ` without anything of AWS or a proxy, and what leads here."""
        return {**without_aws(environ), **self.variables(), CONTROL_VARIABLE: str(self.directory)}


def not_installed(error: ImportError) -> Diagnostic:
    """The diagnostic of a library that the sandbox lacks."""
    return Diagnostic(
        code="sandbox-not-installed",
        summary=f"the sandbox needs a library that is not installed: {error.name}",
        hint="install it with `pip install 'vend[sandbox]'`",
    )


def run_command(
    config: SandboxConfig,
    argv: Sequence[str],
    environ: Mapping[str, str],
    *,
    state: Path | None = None,
    on_warnings: Callable[[Sequence[Diagnostic]], None] = lambda _: None,
) -> int:
    """Runs a command against a sandbox that ends with it. When this process is killed, the command is too.

    Args:
        config: the landing zone.
        argv: the command.
        environ: what its environment is made from.
        state: a file that keeps everything for the next sandbox with that file.
        on_warnings: gets what of that file may not be as it was, before the command runs.

    Returns:
        The command's exit code; 126 when it cannot be started, 127 when it is not found.

    Raises:
        SandboxError: the sandbox itself did not start (exit code 125).
        ProcessError: the command was not found or not startable; `exit_code_of` says which code that is.
    """
    from vend.process import run_foreground

    with Sandbox(config, state=state) as sandbox:
        on_warnings(sandbox.warnings)
        return run_foreground(argv, sandbox.environment(environ), guarded=True)


def exit_code_of(error: SandboxError | ProcessError) -> int:
    """The exit code of `sandbox run` when the command did not run."""
    if isinstance(error, SandboxError):
        return _FAILED
    return _NOT_FOUND if any(one.code == "program-not-found" for one in error.diagnostics) else _NOT_STARTABLE
