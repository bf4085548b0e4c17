"""A landing zone behind a loopback port, optionally with its state in a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vend.errors import Diagnostic, SandboxError
from vend.sandbox._front import Front
from vend.sandbox.protocol._call import Answer, HttpRequest
from vend.sandbox.protocol._server import LoopbackServer
from vend.sandbox.start._config import SandboxConfig
from vend.sandbox.state._file import Saved, StateFile, unreadable
from vend.sandbox.state._saving import StateSaver


class Emulation:
    """What a process needs to be an emulated AWS.

    Args:
        config: the landing zone; of one that comes out of a state file, what vend.hcl named since is added.
        clock: seconds since the epoch.
        control: answers requests below `/_vend/`; None where nobody controls it from outside.
        state: the file that keeps its state; None where nothing is kept.

    Raises:
        SandboxError: `sandbox-state-…`, `sandbox-not-started`.
        ImportError: a library of the sandbox is not installed.
    """

    def __init__(
        self,
        config: SandboxConfig,
        clock: Callable[[], float],
        *,
        control: Callable[[HttpRequest], Answer] | None = None,
        state: Path | None = None,
    ) -> None:
        file = None if state is None else StateFile.open(state)
        self.saver: StateSaver | None = None
        self.warnings: tuple[Diagnostic, ...] = ()
        try:
            saved = None if file is None else _of_this_landing_zone(file, config)
            self.front = Front(config, clock, control)
            if file is not None:
                if saved is not None:
                    self.warnings = _restored(self.front, saved, file.path)
                self.saver = StateSaver(file, self.front.kept)
            self.server = _listening(self.front)
            if self.saver is not None:
                self.saver.begin()
                self.front.on_change = self.saver.changed
        except BaseException:
            if file is not None:
                file.close()
            raise

    def start(self) -> None:
        """Starts to answer requests."""
        self.server.start()

    def stop(self) -> None:
        """Closes all connections and saves the state one last time.

        Raises:
            SandboxError: `sandbox-state-not-written`.
        """
        self.front.faults.close()
        self.server.stop()
        if self.saver is not None:
            self.saver.end()

    def status(self) -> dict[str, Any]:
        """The content of the sandbox, and where it is saved."""
        found = self.front.status()
        return found if self.saver is None else {**found, "state": self.saver.to_json()}


def _listening(front: Front) -> LoopbackServer:
    try:
        return LoopbackServer(front)
    except OSError as error:
        raise SandboxError(
            Diagnostic(code="sandbox-not-started", summary="no loopback port is available", detail=str(error))
        ) from error


def _of_this_landing_zone(file: StateFile, config: SandboxConfig) -> Saved | None:
    """What is in a state file, if that is the landing zone that vend.hcl describes."""
    saved = file.read()
    if saved is None:
        return None
    expected = {"management_account_id": config.management_account, "home_region": config.home_region}
    if config.organization is not None:
        expected["organization_id"] = config.organization.organization_id
    differing = [
        f"its {name} is {saved.header.get(name)}; this fleet has {value}"
        for name, value in expected.items()
        if saved.header.get(name) != value
    ]
    if differing:
        raise SandboxError(
            Diagnostic(
                code="sandbox-state-mismatch",
                summary=f"{file.path} holds the state of a different landing zone",
                detail="; ".join(differing),
                hint="use the state file of this fleet, or a new file to start a new organization",
            )
        )
    return saved


def _restored(front: Front, saved: Saved, path: Path) -> tuple[Diagnostic, ...]:
    """Restores a saved sandbox; returns warnings about what may differ."""
    import moto

    try:
        mismatches = front.restore(saved.document)
    except ValueError as error:
        detail = f"reading it: {error}{_of_another_moto(saved.header, moto.__version__)}"
        raise SandboxError(unreadable(path, detail)) from error
    warnings = []
    if saved.header.get("moto") != moto.__version__:
        warnings.append(
            Diagnostic(
                severity="warning",
                code="sandbox-state-other-moto",
                summary=f"{path} was written with moto {saved.header.get('moto')}; this is {moto.__version__}",
                detail="Objects written by one version may lack attributes that another version expects.",
                hint="if calls fail with NotEmulated and the name of an attribute, start with a new file",
            )
        )
    not_kept = [
        *saved.header.get("not_kept", ()),
        *(f"written by a different version of vend: {one}" for one in mismatches),
    ]
    if not_kept:
        warnings.append(
            Diagnostic(
                severity="warning",
                code="sandbox-state-incomplete",
                summary=f"{path} does not contain everything that was in the sandbox",
                detail="\n".join(not_kept),
                hint="these resources are as in a new account; create them again",
            )
        )
    return tuple(warnings)


def _of_another_moto(header: Mapping[str, Any], version: str) -> str:
    written = header.get("moto")
    return "" if written == version else f"; it was written with moto {written}, this is {version}"
