"""`vend doctor`: whether everything that vend needs is here and may be used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vend.cli._call import DONE, FAILED, Call
from vend.cli._fleet import fleet_customizations, fleet_directory

if TYPE_CHECKING:
    from vend.aws import Aws
    from vend.errors import Diagnostic
    from vend.settings import Settings


_OF_AWS = ("account factory", "quotas", "state", "ledger")
"""Checks that need AWS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that vend needs.

    Attributes:
        status: `skipped` where an earlier failure makes the check pointless, or where it could not be made and vend
            goes on without.
        found: what is there, in words.
    """

    name: str
    status: Literal["ok", "failed", "skipped"]
    found: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()


def doctor(call: Call) -> int:
    """Checks settings, requests, Terraform, credentials, organization, Account Factory, quotas and state."""
    from vend.views import Document, Span, columns, diagnostic_lines, line

    checks = list(_checks(call))
    diagnostics = tuple(diagnostic for check in checks for diagnostic in check.diagnostics)
    styles = {"ok": "green", "failed": "bold red", "skipped": "dim"}
    rows = [(Span(check.status, styles[check.status]), check.name, check.found) for check in checks]
    problems = diagnostic_lines(diagnostics)
    call.view.show(
        Document(
            json={
                "checks": [{"check": check.name, "status": check.status, "found": check.found} for check in checks],
                "diagnostics": [diagnostic.to_json() for diagnostic in diagnostics],
            },
            text=(*columns(rows), *((line(), *problems) if problems else ())),
            diagnostics=diagnostics,
        )
    )
    return FAILED if any(check.status == "failed" for check in checks) else DONE


def _checks(call: Call) -> Iterator[Check]:
    from vend.requests import load_settings

    settings: list[Settings] = []
    directory: list[Path] = []

    def read_settings() -> str:
        directory.append(fleet_directory(call))
        settings.append(load_settings(directory[0], environ=call.environ))
        return f"{directory[0]}, home Region {settings[0].home_region}"

    yield _check("settings", read_settings)
    if not settings:
        names = ("requests", "terraform", "providers", "credentials", *_OF_AWS)
        yield from (Check(name=name, status="skipped") for name in names)
        return
    yield _check("requests", lambda: _requests(directory[0], call))
    yield _check("terraform", lambda: _terraform(settings[0], directory[0], call))
    yield _check("providers", lambda: _providers(settings[0], call))
    yield from _aws_checks(settings[0], directory[0], call)


def _aws_checks(settings: Settings, directory: Path, call: Call) -> Iterator[Check]:
    connected: list[Aws] = []

    def connect() -> str:
        from vend.aws import Aws

        connected.append(Aws.connect(settings, call.environ))
        aws = connected[0]
        return f"{aws.caller_arn} in organization {aws.organization_id}"

    yield _check("credentials", connect)
    if not connected:
        yield from (Check(name=name, status="skipped") for name in _OF_AWS)
        return
    yield _check("account factory", lambda: _account_factory(connected[0]))
    yield _quotas(connected[0])
    yield _check("state", lambda: _state(settings, connected[0]))
    yield _check("ledger", lambda: _ledger(settings, directory, connected[0]))


def _check(name: str, look: Callable[[], str]) -> Check:
    from vend.errors import VendError

    try:
        return Check(name=name, status="ok", found=look())
    except VendError as error:
        return Check(name=name, status="failed", diagnostics=error.diagnostics)


def _requests(directory: Path, call: Call) -> str:
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


def _account_factory(aws: Aws) -> str:
    factory = aws.account_factory()
    return f"product {factory.product_id}, artifact {factory.provisioning_artifact_id}"


def _quotas(aws: Aws) -> Check:
    """How many accounts there may be; whoever may not ask is told so, and can go on."""
    from vend.errors import Diagnostic

    def look() -> str:
        quota = aws.account_quota()
        if isinstance(quota, Diagnostic):
            unknown.append(quota)
            return ""
        there = sum(account.state != "CLOSED" for account in aws.organization().accounts.values())
        return f"{there:,} of {quota:,} accounts"

    unknown: list[Diagnostic] = []
    check = _check("quotas", look)
    return Check(name=check.name, status="skipped", diagnostics=tuple(unknown)) if unknown else check


def _state(settings: Settings, aws: Aws) -> str:
    from vend.settings import S3State

    if not isinstance(settings.state, S3State):
        return "local files"
    aws.read_state_object(f"{settings.state.prefix}/doctor/account.tfstate")
    return f"bucket {settings.state.bucket} can be read"


def _ledger(settings: Settings, directory: Path, aws: Aws) -> str:
    from vend.ledger import open_ledger
    from vend.settings import DynamodbLedger

    working = directory / ".vend" / aws.organization_id
    if not isinstance(settings.ledger, DynamodbLedger) and not working.exists():
        return "SQLite, nothing recorded yet"
    ledger = open_ledger(settings, working, aws)
    try:
        return f"{len(ledger.applied())} accounts recorded"
    finally:
        ledger.close()
