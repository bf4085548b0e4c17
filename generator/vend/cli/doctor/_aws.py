"""What `vend doctor` tries in AWS: each thing that vend looks at, with the permissions that whoever runs it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vend.cli.call._call import Call

if TYPE_CHECKING:
    from vend.aws import Aws
    from vend.errors import Diagnostic
    from vend.settings import Settings

OF_AWS = (
    "organization",
    "landing zone",
    "account factory",
    "provisioned products",
    "identity center",
    "alternate contacts",
    "quotas",
    "state",
    "ledger",
)
"""Checks that need AWS, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that vend needs.

    Attributes:
        status: `skipped` where an earlier failure makes the check pointless, or where AWS refuses something that vend
            needs only for what not every fleet asks for; what is then missing is a warning.
        found: what is there, in words.
    """

    name: str
    status: Literal["ok", "failed", "skipped"]
    found: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()


def check(name: str, look: Callable[[], str]) -> Check:
    """What a look-up finds, or why it failed."""
    from vend.errors import VendError

    try:
        return Check(name=name, status="ok", found=look())
    except VendError as error:
        return Check(name=name, status="failed", diagnostics=error.diagnostics)


def aws_checks(settings: Settings, directory: Path, call: Call) -> Iterator[Check]:
    """Credentials, and then all of `OF_AWS`; one that fails keeps no other from being made.

    Args:
        settings: of the fleet.
        directory: of the fleet.
        call: its environment is where credentials come from.
    """
    connected: list[Aws] = []

    def connect() -> str:
        from vend.aws import Aws

        connected.append(Aws.connect(settings, call.environ))
        aws = connected[0]
        return f"{aws.caller_arn} in organization {aws.organization_id}"

    yield check("credentials", connect)
    if not connected:
        yield from (Check(name=name, status="skipped") for name in OF_AWS)
        return
    (aws,) = connected
    yield check("organization", lambda: _organization(aws))
    yield check("landing zone", lambda: _landing_zone(aws))
    yield check("account factory", lambda: _account_factory(aws))
    yield check("provisioned products", lambda: f"{len(aws.provisioned_products()):,}")
    yield _spared(check("identity center", lambda: _identity_center(aws)))
    yield _spared(check("alternate contacts", lambda: _contacts(aws)))
    yield _spared(check("quotas", lambda: _quotas(aws)))
    yield check("state", lambda: _state(settings, aws))
    yield check("ledger", lambda: _ledger(settings, directory, aws))


def _spared(made: Check) -> Check:
    """The check of something that many fleets can do without."""
    if made.status != "failed":
        return made
    return replace(
        made,
        status="skipped",
        diagnostics=tuple(replace(problem, severity="warning") for problem in made.diagnostics),
    )


def _organization(aws: Aws) -> str:
    organization = aws.organization()
    units = [unit for unit in organization.units.values() if unit.id != organization.root_id]
    registered = sum(unit.registered is True for unit in units)
    known = any(unit.registered is not None for unit in units)
    said = f"{registered:,} of them registered" if known else "Control Tower did not say which are registered"
    return f"{len(organization.accounts):,} accounts, {len(units):,} organizational units, {said}"


def _landing_zone(aws: Aws) -> str:
    zone = aws.landing_zone()
    return ", ".join(filter(None, (f"version {zone.version}" if zone.version else "", zone.drift)))


def _account_factory(aws: Aws) -> str:
    factory = aws.account_factory()
    return f"product {factory.product_id}, artifact {factory.provisioning_artifact_id}"


def _identity_center(aws: Aws) -> str:
    center = aws.identity_center()
    if center is None:
        return "none: groups cannot be assigned"
    return f"{len(center.groups):,} groups, {len(center.permission_sets):,} permission sets"


def _contacts(aws: Aws) -> str:
    """Tried with a member account: whether Account Management is trusted shows only there."""
    organization = aws.organization()
    members = (
        account.id
        for account in organization.accounts.values()
        if account.id != organization.management_account_id and account.state == "ACTIVE"
    )
    member = min(members, default=None)
    if member is None:
        return "no member account to check"
    aws.alternate_contacts(member, ("security",))
    return f"can be read, tried with account {member}"


def _quotas(aws: Aws) -> str:
    from vend.errors import AwsError, Diagnostic

    quota = aws.account_quota()
    if isinstance(quota, Diagnostic):
        raise AwsError(quota)
    accounts = aws.organization().accounts.values()
    closed = sum(account.state == "CLOSED" for account in accounts)
    counting = f", {closed:,} of them closed within 90 days" if closed else ""
    return f"{len(accounts):,} of {quota:,} accounts{counting}"


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
        return "SQLite, empty"
    ledger = open_ledger(settings, working, aws)
    try:
        return f"{len(ledger.applied())} accounts recorded"
    finally:
        ledger.close()
