"""Commands around the emulated AWS."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vend.cli._call import DONE, FAILED, Call
from vend.cli._fleet import open_settings

if TYPE_CHECKING:
    from vend.sandbox import SandboxConfig
    from vend.settings import Settings


def run(call: Call, argv: Sequence[str], *, operation_seconds: float | None = None, faults: Path | None = None) -> int:
    """Runs a command against an emulated AWS that ends with it; gives the command's exit code."""
    from vend.errors import ProcessError
    from vend.sandbox import exit_code_of, run_command

    _, settings = _open(call)
    try:
        config = _disturbed(call, config_from(settings, operation_seconds), faults)
        return run_command(config, argv, with_vend_on_path(call.environ))
    except ProcessError as error:
        call.view.diagnostics(error.diagnostics)
        return exit_code_of(error)


def start(call: Call, *, operation_seconds: float | None = None, faults: Path | None = None) -> int:
    """Starts an emulated AWS that stays, and says how to reach it."""
    from vend import sandbox
    from vend.views import Document, line

    directory, settings = _open(call)
    config = _disturbed(call, config_from(settings, operation_seconds), faults)
    environment = sandbox.start(config, directory / ".vend" / "sandbox")
    call.view.show(
        Document(
            json={"environment": dict(environment), "diagnostics": []},
            text=tuple(line(text) for text in _exports(environment, call.environ)),
        )
    )
    return DONE


def stop(call: Call) -> int:
    """Ends the emulated AWS that `start` left running."""
    from vend import sandbox
    from vend.views import outcome_document

    directory, _ = open_settings(call)
    stopped = sandbox.stop(directory / ".vend" / "sandbox")
    told = "the sandbox is stopped" if stopped else "no sandbox was running"
    call.view.show(outcome_document({"stopped": bool(stopped)}, (told,)))
    return DONE


def status(call: Call) -> int:
    """Says whether an emulated AWS is running, and what is in it."""
    from vend import sandbox
    from vend.views import sandbox_document

    directory, _ = open_settings(call)
    found = sandbox.status(directory / ".vend" / "sandbox")
    call.view.show(sandbox_document(found))
    return FAILED if found is None else DONE


def reset(call: Call, *, operation_seconds: float | None = None) -> int:
    """Makes a new organization in the running sandbox, and says how to reach it: its keys are new."""
    from vend import sandbox
    from vend.views import outcome_document

    directory, settings = _open(call)
    found = sandbox.reset(config_from(settings, operation_seconds), directory / ".vend" / "sandbox")
    told = _exports(found.get("environment", {}), call.environ)
    call.view.show(outcome_document({"running": True, **found}, told))
    return DONE


def _disturbed(call: Call, config: SandboxConfig, faults: Path | None) -> SandboxConfig:
    """The landing zone with the faults of a file, which is named from the working directory."""
    from vend.sandbox import load_faults

    return config if faults is None else replace(config, faults=load_faults(call.directory / faults, str(faults)))


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


def config_from(settings: Settings, operation_seconds: float | None = None) -> SandboxConfig:
    """The landing zone that vend.hcl describes."""
    from vend.sandbox import SandboxConfig
    from vend.settings import DynamodbLedger, S3State

    state, ledger, sandbox = settings.state, settings.ledger, settings.sandbox
    return SandboxConfig(
        organizational_units=sandbox.organizational_units,
        groups=sandbox.groups,
        permission_sets=sandbox.permission_sets,
        operation_seconds=sandbox.operation_seconds if operation_seconds is None else operation_seconds,
        home_region=settings.home_region,
        management_account_id=settings.management_account_id,
        vending_role=settings.control_tower.vending_role,
        state_bucket=state.bucket if isinstance(state, S3State) else None,
        state_region=state.region if isinstance(state, S3State) else None,
        ledger_table=ledger.table if isinstance(ledger, DynamodbLedger) else None,
        ledger_region=ledger.region if isinstance(ledger, DynamodbLedger) else None,
        landing_zone_version=sandbox.landing_zone_version,
        landing_zone_drift=sandbox.landing_zone_drift,
        auto_enrollment=sandbox.auto_enrollment,
        governed_regions=sandbox.governed_regions,
        account_quota=sandbox.account_quota,
        rate_limits=sandbox.rate_limits,
        max_concurrent_operations=settings.control_tower.max_concurrent_operations,
    )


def _exports(environment: Mapping[str, str], inherited: Mapping[str, str]) -> list[str]:
    """Lines for `eval "$(vend sandbox start)"`: what leads to the sandbox, and away from any other AWS."""
    import shlex

    elsewhere = sorted(name for name in inherited if name.startswith("AWS_") and name not in environment)
    unset = [f"unset {shlex.join(elsewhere)}"] if elsewhere else []
    return unset + [f"export {name}={shlex.quote(value)}" for name, value in sorted(environment.items())]
