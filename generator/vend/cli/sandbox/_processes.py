"""Commands around the emulated AWS."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vend.cli.call._call import DONE, FAILED, Call
from vend.cli.call._fleet import open_settings

if TYPE_CHECKING:
    from vend.sandbox import SandboxConfig
    from vend.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxOptions:
    """The options of `run` and `start`; paths are relative to the working directory.

    Attributes:
        operation_seconds: None means what vend.hcl says.
        faults: a file of faults.
        state: a file that keeps everything for the next start.
        owner: process id of what a started sandbox ends with.
        organization: a file of an organization to start with.
    """

    operation_seconds: float | None = None
    faults: Path | None = None
    state: Path | None = None
    owner: int | None = None
    organization: Path | None = None


def run(call: Call, argv: Sequence[str], options: SandboxOptions) -> int:
    """Runs a command against an emulated AWS that stops with it; returns the command's exit code."""
    from vend.errors import ProcessError
    from vend.sandbox import exit_code_of, run_command

    _, settings = _open(call)
    try:
        return run_command(
            _config(call, settings, options),
            argv,
            with_vend_on_path(call.environ),
            state=_from_here(call, options.state),
            on_warnings=call.view.diagnostics,
        )
    except ProcessError as error:
        call.view.diagnostics(error.diagnostics)
        return exit_code_of(error)


def start(call: Call, options: SandboxOptions) -> int:
    """Starts an emulated AWS in the background and prints how to reach it."""
    from vend import sandbox
    from vend.views import Document, line

    directory, settings = _open(call)
    state = _from_here(call, options.state)
    started = sandbox.start(
        _config(call, settings, options), directory / ".vend" / "sandbox", state=state, owner=options.owner
    )
    call.view.diagnostics(started.warnings)
    call.view.show(
        Document(
            json={
                "environment": dict(started.environment),
                "state": None if state is None else str(state),
                "diagnostics": [warning.to_json() for warning in started.warnings],
            },
            text=tuple(line(text) for text in _exports(started.environment, call.environ)),
        )
    )
    return DONE


def stop(call: Call) -> int:
    """Stops the emulated AWS that `start` left running."""
    from vend import sandbox
    from vend.views import outcome_document

    directory, _ = open_settings(call)
    stopped = sandbox.stop(directory / ".vend" / "sandbox")
    message = "the sandbox was stopped" if stopped else "no sandbox was running"
    call.view.show(outcome_document({"stopped": bool(stopped)}, (message,)))
    return DONE


def status(call: Call) -> int:
    """Shows whether an emulated AWS is running, and its content."""
    from vend import sandbox
    from vend.views import sandbox_document

    found = sandbox.status(running_directory(call))
    call.view.show(sandbox_document(found))
    return FAILED if found is None else DONE


def running_directory(call: Call) -> Path:
    """The folder by which the sandbox is found: that of the surrounding `sandbox run`, else the fleet's own."""
    from vend.sandbox import CONTROL_VARIABLE

    inside = call.environ.get(CONTROL_VARIABLE)
    if inside:
        return Path(inside)
    directory, _ = open_settings(call)
    return directory / ".vend" / "sandbox"


def reset(call: Call, options: SandboxOptions) -> int:
    """Gives the running sandbox a new organization with new keys, and prints how to reach it."""
    from vend import sandbox
    from vend.views import outcome_document

    directory, settings = _open(call)
    found = sandbox.reset(_config(call, settings, options), directory / ".vend" / "sandbox")
    message = _exports(found.get("environment", {}), call.environ)
    call.view.show(outcome_document({"running": True, **found}, message))
    return DONE


def _config(call: Call, settings: Settings, options: SandboxOptions) -> SandboxConfig:
    """The landing zone of vend.hcl, changed by the options."""
    from vend.sandbox import config_from, load_faults, load_organization, start_from

    config = config_from(settings, options.operation_seconds)
    if options.organization is not None:
        shown = str(options.organization)
        config, warnings = start_from(load_organization(call.directory / options.organization, shown), config, shown)
        call.view.diagnostics(warnings)
    if options.faults is not None:
        config = replace(config, faults=load_faults(call.directory / options.faults, str(options.faults)))
    return config


def _from_here(call: Call, path: Path | None) -> Path | None:
    return None if path is None else call.directory / path


def _open(call: Call) -> tuple[Path, Settings]:
    """The fleet's directory, and its settings for a sandbox.

    Raises:
        InvalidInputError: there is no fleet, or its settings cannot be used.
    """
    directory, settings = open_settings(call)
    return directory, with_units_of_requests(directory, settings, call.environ)


def with_units_of_requests(directory: Path, settings: Settings, environ: Mapping[str, str]) -> Settings:
    """The settings, with the units that the requests name where the fleet is an AFT checkout, which names no others."""
    from vend.requests import is_bare_checkout, load_fleet

    if not is_bare_checkout(directory):
        return settings
    requests = load_fleet(directory, environ).requests
    units = {request.organizational_unit for request in requests if "/" not in request.organizational_unit}
    return replace(settings, sandbox=replace(settings.sandbox, organizational_units=tuple(sorted(units))))


def with_vend_on_path(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment in which `vend` is found by name, also from a virtual environment that is not activated.

    The folder comes last: nothing that is on the path already is hidden.
    """
    here = str(Path(sys.executable).parent)
    path = environ.get("PATH", os.defpath)
    return {**environ, "PATH": path if here in path.split(os.pathsep) else f"{path}{os.pathsep}{here}"}


def _exports(environment: Mapping[str, str], inherited: Mapping[str, str]) -> list[str]:
    """Lines for `eval "$(vend sandbox start)"` that lead to the sandbox and away from any other AWS."""
    import shlex

    elsewhere = sorted(name for name in inherited if name.startswith("AWS_") and name not in environment)
    unset = [f"unset {shlex.join(elsewhere)}"] if elsewhere else []
    return unset + [f"export {name}={shlex.quote(value)}" for name, value in sorted(environment.items())]
