"""What doctor tries in AWS: one thing that is denied hides no other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

import vend.aws
from support.factories import a_unit, an_organization_account
from support.fakes import FakeAws
from vend.cli.call._call import Call
from vend.cli.doctor._aws import OF_AWS, Check, aws_checks
from vend.errors import AwsError, Diagnostic
from vend.models import IdentityCenter
from vend.settings import Settings

MANAGEMENT = an_organization_account(id="111111111111", name="Management", email="m@example.com", parent_id="r-ab12")
MEMBER = an_organization_account()
CLOSED = an_organization_account(id="333333333333", name="x", email="x@example.com", state="CLOSED")
ROOT = a_unit(id="r-ab12", name="Root", path="", parent_id=None, registered=None)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> FakeAws:
    """An organization with three accounts, two units, and Identity Center."""
    old = a_unit(id="ou-ab12-oldoldol", name="Old", path="Old", parent_id="r-ab12", registered=False)
    found = FakeAws(
        units={unit.id: unit for unit in (ROOT, a_unit(), old)},
        accounts={account.id: account for account in (MANAGEMENT, MEMBER, CLOSED)},
        center=IdentityCenter(
            instance_arn="arn:aws:sso:::instance/ssoins-1", identity_store_id="d-1", groups={"Admins": "g-1"}
        ),
    )
    monkeypatch.setattr(vend.aws.Aws, "connect", lambda *_: found)
    return found


def checks(tmp_path: Path) -> dict[str, Check]:
    """By name, in order."""
    settings = Settings(name="x", home_region="eu-west-1")
    call = cast("Call", SimpleNamespace(environ={}))
    return {made.name: made for made in aws_checks(settings, tmp_path, call)}


def denied(aws: FakeAws, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def deny(*_: Any, **__: Any) -> None:
        raise AwsError(Diagnostic(code="access-denied", summary=f"AWS denied {name}"))

    monkeypatch.setattr(aws, name, deny)


def test_everything_is_tried_and_what_is_there_is_said(aws: FakeAws, tmp_path: Path) -> None:
    """Read-only calls alone; alternate contacts with an account that is open and a member."""
    found = checks(tmp_path)
    assert list(found) == ["credentials", *OF_AWS]
    assert {made.status for made in found.values()} == {"ok"}
    assert {name: made.found for name, made in found.items() if name != "ledger"} == {
        "credentials": "arn:aws:iam::111111111111:role/x in organization o-fakefakefake",
        "organization": "3 accounts, 2 organizational units, 1 of them registered",
        "landing zone": "version 3.3, IN_SYNC",
        "account factory": "product prod-1, artifact pa-active",
        "provisioned products": "0",
        "identity center": "1 groups, 0 permission sets",
        "alternate contacts": f"can be read, tried with account {MEMBER.id}",
        "quotas": "3 of 10,000 accounts, 1 of them closed within 90 days",
        "state": "local files",
    }
    assert ("alternate_contacts", MEMBER.id, ("security",)) in aws.calls


@pytest.mark.parametrize(
    ("call", "status"),
    [
        ("organization", "failed"),
        ("landing_zone", "failed"),
        ("account_factory", "failed"),
        ("provisioned_products", "failed"),
        ("identity_center", "skipped"),
        ("alternate_contacts", "skipped"),
    ],
)
def test_what_is_denied_is_told(
    aws: FakeAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, status: str
) -> None:
    """An error, or a warning where most fleets do without; everything after it is tried all the same."""
    denied(aws, monkeypatch, call)
    found = checks(tmp_path)
    assert list(found) == ["credentials", *OF_AWS]
    name = call.replace("_", " ")
    assert found[name].status == status
    severity = "error" if status == "failed" else "warning"
    assert [(d.severity, d.summary) for d in found[name].diagnostics] == [(severity, f"AWS denied {call}")]
    assert found["ledger"].status == "ok"


def _without_members(aws: FakeAws) -> None:
    aws.accounts = {MANAGEMENT.id: MANAGEMENT}


def _without_identity_center(aws: FakeAws) -> None:
    aws.center = None


def _without_control_tower(aws: FakeAws) -> None:
    aws.units = {unit.id: unit for unit in (ROOT, a_unit(registered=None))}


@pytest.mark.parametrize(
    ("change", "name", "said"),
    [
        (_without_members, "alternate contacts", "no member account to check"),
        (_without_identity_center, "identity center", "none: groups cannot be assigned"),
        (
            _without_control_tower,
            "organization",
            "3 accounts, 1 organizational units, Control Tower did not say which are registered",
        ),
    ],
)
def test_what_is_not_there_is_no_failure(
    aws: FakeAws, tmp_path: Path, change: Callable[[FakeAws], None], name: str, said: str
) -> None:
    """An organization may have none of it."""
    change(aws)
    made = checks(tmp_path)[name]
    assert (made.status, made.found) == ("ok", said)
