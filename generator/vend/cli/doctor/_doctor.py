"""`vend doctor`: whether everything that vend needs is here and may be used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from vend.cli.call._call import DONE, FAILED, Call
from vend.cli.call._fleet import fleet_directory
from vend.cli.doctor._aws import OF_AWS, Check, aws_checks, check

if TYPE_CHECKING:
    from vend.settings import Settings


def doctor(call: Call) -> int:
    """Checks settings, requests and Terraform, and everything in AWS that vend looks at or needs."""
    from vend.views import Document, Span, columns, diagnostic_lines, line

    checks = list(_checks(call))
    diagnostics = tuple(diagnostic for one in checks for diagnostic in one.diagnostics)
    styles = {"ok": "green", "failed": "bold red", "skipped": "dim"}
    rows = [(Span(one.status, styles[one.status]), one.name, one.found) for one in checks]
    problems = diagnostic_lines(diagnostics)
    call.view.show(
        Document(
            json={
                "checks": [{"check": one.name, "status": one.status, "found": one.found} for one in checks],
                "diagnostics": [diagnostic.to_json() for diagnostic in diagnostics],
            },
            text=(*columns(rows), *((line(), *problems) if problems else ())),
            diagnostics=diagnostics,
        )
    )
    return FAILED if any(one.status == "failed" for one in checks) else DONE


def _checks(call: Call) -> Iterator[Check]:
    from vend.requests import load_settings

    settings: list[Settings] = []
    directory: list[Path] = []

    def read_settings() -> str:
        directory.append(fleet_directory(call))
        settings.append(load_settings(directory[0], environ=call.environ))
        return f"{directory[0]}, home Region {settings[0].home_region}"

    yield check("settings", read_settings)
    if not settings:
        names = ("requests", "terraform", "providers", "credentials", *OF_AWS)
        yield from (Check(name=name, status="skipped") for name in names)
        return
    yield check("requests", lambda: _requests(directory[0], call))
    yield check("terraform", lambda: _terraform(settings[0], directory[0], call))
    yield check("providers", lambda: _providers(settings[0], call))
    yield from aws_checks(settings[0], directory[0], call)


def _requests(directory: Path, call: Call) -> str:
    from vend.api import fleet_customizations
    from vend.errors import InvalidInputError, has_errors
    from vend.requests import load_fleet

    reading = load_fleet(directory, call.environ)
    diagnostics = (*reading.diagnostics, *fleet_customizations(directory).diagnostics)
    if has_errors(diagnostics):
        raise InvalidInputError(diagnostics)
    return f"{len(reading.requests)} account requests"


def _terraform(settings: Settings, directory: Path, call: Call) -> str:
    from vend.terraform import find_binary

    binary = find_binary(settings.terraform, call.environ, directory / ".vend" / "terraform.json")
    return f"{binary.flavour} {binary.version}, {binary.source}"


def _providers(settings: Settings, call: Call) -> str:
    from vend.terraform import find_mirror

    mirror = find_mirror(settings.terraform, call.environ)
    return f"{mirror.path}, {mirror.source}" if mirror.path else mirror.source
