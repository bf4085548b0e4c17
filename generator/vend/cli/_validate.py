"""Commands that read the fleet and change nothing but files of Terraform: validate, requests, generate."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from vend.cli.call._call import DONE, FAILED, INVALID, Call
from vend.cli.call._fleet import fleet_cache, fleet_directory, open_fleet

if TYPE_CHECKING:
    from vend.errors import Diagnostic


def validate(call: Call) -> int:
    """Reads everything and reports every problem."""
    from vend.errors import InvalidInputError, has_errors
    from vend.views import validation_document

    try:
        directory = fleet_directory(call)
    except InvalidInputError as error:
        call.view.show(validation_document(0, error.diagnostics))
        return INVALID
    requests, diagnostics = problems(directory, call.environ)
    call.view.show(validation_document(requests, diagnostics))
    return INVALID if has_errors(diagnostics) else DONE


def problems(directory: Path, environ: Mapping[str, str] = MappingProxyType({})) -> tuple[int, tuple[Diagnostic, ...]]:
    """How many account requests a fleet has that can be read, and everything that is wrong in it."""
    from vend.api import fleet_customizations
    from vend.errors import has_errors
    from vend.render import unrenderable
    from vend.requests import load_fleet

    with fleet_cache(directory, environ) as cache:
        reading = load_fleet(directory, environ, cache=cache)
        catalogue = fleet_customizations(directory, cache)
        found = (*reading.diagnostics, *catalogue.diagnostics)
        if reading.fleet is not None and not has_errors(found):
            found += unrenderable(reading.fleet, catalogue, cache)
    return len(reading.requests), found


def requests(call: Call) -> int:
    """Shows what is readable; what is wrong goes to standard error."""
    from vend.errors import InvalidInputError, has_errors
    from vend.requests import load_fleet
    from vend.views import requests_document

    try:
        directory = fleet_directory(call)
    except InvalidInputError as error:
        call.view.show(requests_document(()))
        call.view.diagnostics(error.diagnostics)
        return INVALID
    with fleet_cache(directory, call.environ) as cache:
        reading = load_fleet(directory, call.environ, cache=cache)
    call.view.show(requests_document(reading.requests))
    if reading.diagnostics:
        call.view.diagnostics(reading.diagnostics)
    return INVALID if has_errors(reading.diagnostics) else DONE


def explain(call: Call, account: str) -> int:
    """Shows where each value of one request comes from.

    Raises:
        InvalidInputError: there is no fleet, or no request of this name.
    """
    from vend.errors import Diagnostic, InvalidInputError, did_you_mean, has_errors
    from vend.requests import load_fleet
    from vend.views import origins_document

    directory = fleet_directory(call)
    with fleet_cache(directory, call.environ) as cache:
        reading = load_fleet(directory, call.environ, cache=cache)
    if reading.diagnostics:
        call.view.diagnostics(reading.diagnostics)
    request = reading.request(account)
    if request is None:
        known = (found.account for found in (*reading.requests, *reading.incomplete))
        raise InvalidInputError(
            Diagnostic(
                code="unknown-account",
                summary=f'no account request "{account}"',
                hint=did_you_mean(account, known) or "run `vend requests` to list them",
            )
        )
    call.view.show(origins_document(request))
    return INVALID if has_errors(reading.diagnostics) else DONE


def generate(call: Call, out: Path | None, *, check: bool) -> int:
    """Renders every root module to `out`, or says what differs from what lies there."""
    from vend import render
    from vend.errors import has_errors
    from vend.views import outcome_document

    fleet, catalogue = open_fleet(call)
    target = out if out is not None else fleet.directory / ".vend" / "generated"
    diagnostics = tuple((render.check if check else render.generate)(fleet, catalogue, target))
    failed = has_errors(diagnostics)
    told = "matches the account requests" if check else "contains the root modules of all account requests"
    call.view.show(
        outcome_document({"out": str(target), "ok": not failed}, () if failed else (f"{target} {told}",), diagnostics)
    )
    return FAILED if failed else DONE
