"""validate, requests, generate, lock and doctor over rooms that only pretend."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import vend.aws
import vend.customizations
import vend.ledger
import vend.render
import vend.requests
import vend.terraform
from support.factories import an_account_request
from support.fakes import FakeAws
from vend.cli import _lock, _validate
from vend.cli.call._call import Call, Streams, answer, view_for
from vend.cli.call._fleet import repository_prefix
from vend.cli.doctor import _doctor
from vend.cli.doctor._aws import OF_AWS
from vend.errors import AwsError, Diagnostic, ToolMissingError
from vend.models import AccountRequest, Fleet
from vend.settings import LocalState, S3State, Settings

ERROR = Diagnostic(code="invalid-email", summary="no email", file="account-requests/a.hcl", line=3, column=5)
WARNING = Diagnostic(severity="warning", code="setting-without-effect", summary="does nothing yet", file="vend.hcl")


@dataclass
class Reading:
    """What `load_fleet` gives."""

    fleet: Fleet | None
    requests: tuple[AccountRequest, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass
class Catalogue:
    """What `load_customizations` gives."""

    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass
class Rooms:
    """What the rooms below will give; a test changes it."""

    fleet: Fleet
    reading: Reading
    catalogue: Catalogue = field(default_factory=Catalogue)
    generated: tuple[Diagnostic, ...] = ()
    unrenderable: tuple[Diagnostic, ...] = ()


@pytest.fixture
def rooms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rooms:
    settings = Settings(name="example", home_region="eu-west-1")
    request = an_account_request()
    fleet = Fleet(directory=tmp_path, settings=settings, requests=(request,))
    made = Rooms(fleet=fleet, reading=Reading(fleet=fleet, requests=(request,)))

    monkeypatch.setattr(vend.requests, "find_fleet", lambda _: tmp_path, raising=False)
    monkeypatch.setattr(vend.requests, "load_fleet", lambda *_, **__: made.reading, raising=False)
    monkeypatch.setattr(vend.requests, "load_settings", lambda *_, **__: settings, raising=False)
    monkeypatch.setattr(vend.customizations, "load_customizations", lambda *_: made.catalogue)
    monkeypatch.setattr(vend.render, "generate", lambda *_: made.generated)
    monkeypatch.setattr(vend.render, "check", lambda *_: made.generated)
    monkeypatch.setattr(vend.render, "unrenderable", lambda *_: made.unrenderable)
    return made


def called(work: Callable[[Call], int], form: str = "json") -> tuple[int, Any, str]:
    """Exit code, standard output (parsed if JSON) and standard error."""
    out, err = io.StringIO(), io.StringIO()
    streams = Streams(stdin=io.StringIO(), out=out, err=err)
    call = Call(fleet=None, directory=Path(), environ={}, form=form, streams=streams, view=view_for(form, streams))
    code = answer(call, work)
    return code, json.loads(out.getvalue()) if form == "json" else out.getvalue(), err.getvalue()


def test_a_valid_fleet_is_told_valid(rooms: Rooms) -> None:
    """Nothing wrong is exit code 0 and an empty list."""
    del rooms
    assert called(_validate.validate) == (0, {"requests": 1, "diagnostics": []}, "")
    assert called(_validate.validate, "text") == (0, "1 account request: valid\n", "")


def test_warnings_alone_do_not_fail(rooms: Rooms) -> None:
    """A warning is reported and the exit code stays 0."""
    rooms.catalogue = Catalogue(diagnostics=(WARNING,))
    code, document, _ = called(_validate.validate)
    assert (code, document["diagnostics"]) == (0, [WARNING.to_json()])


def test_every_problem_of_every_room_is_reported_at_once(rooms: Rooms) -> None:
    """Requests and customizations are both read, whatever the other says."""
    rooms.reading = Reading(fleet=None, requests=rooms.reading.requests, diagnostics=(ERROR,))
    rooms.catalogue = Catalogue(diagnostics=(WARNING,))
    code, text, err = called(_validate.validate, "text")
    assert code == 4
    assert "\n1 account request: 1 error, 1 warning\n" in text
    assert "error[invalid-email]: no email\n  account-requests/a.hcl:3:5\n" in text
    assert err == ""
    assert called(_validate.validate, "github")[1].count("\n") == 2


def test_templates_that_cannot_be_rendered_are_invalid(rooms: Rooms) -> None:
    """What shows only when it is used is used by validate."""
    rooms.unrenderable = (ERROR,)
    code, document, _ = called(_validate.validate)
    assert (code, len(document["diagnostics"])) == (4, 1)


def test_requests_shows_what_is_readable(rooms: Rooms) -> None:
    """The readable requests are an array on standard output; what is wrong goes to standard error, with 4."""
    rooms.reading = Reading(fleet=None, requests=rooms.reading.requests, diagnostics=(ERROR,))
    code, document, err = called(_validate.requests)
    assert code == 4
    assert [entry["account"] for entry in document] == ["payments-prod"]
    assert err.startswith("error[invalid-email]")


@pytest.mark.parametrize("check", [True, False])
def test_generate_says_where(rooms: Rooms, tmp_path: Path, check: bool) -> None:  # noqa: FBT001 — a parameter of the test
    """Without an --out the rendered roots lie in the working directory of the fleet."""
    del rooms
    code, document, _ = called(lambda call: _validate.generate(call, None, check=check))
    assert (code, document) == (0, {"out": str(tmp_path / ".vend" / "generated"), "ok": True, "diagnostics": []})


def test_generate_tells_what_differs(rooms: Rooms, tmp_path: Path) -> None:
    """A difference is exit code 1 with a diagnostic."""
    rooms.generated = (ERROR,)
    code, document, _ = called(lambda call: _validate.generate(call, tmp_path, check=True))
    assert (code, document["ok"], len(document["diagnostics"])) == (1, False, 1)


def test_an_invalid_fleet_generates_nothing(rooms: Rooms) -> None:
    """Invalid requests end with 4 before anything is rendered."""
    rooms.reading = Reading(fleet=None, diagnostics=(ERROR,))
    code, document, err = called(lambda call: _validate.generate(call, None, check=False))
    assert (code, document) == (4, {"diagnostics": [ERROR.to_json()]})
    assert err.startswith("error[invalid-email]")


class FakeTerraform:
    """Locks without a process."""

    runs = 1

    def __init__(self, **_: Any) -> None:
        """Takes anything."""

    def lock(self) -> bytes:
        """The content of a lock file."""
        return b"# hashes\n"


def test_lock_writes_the_file_once(rooms: Rooms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock file lies beside vend.hcl; a second time nothing changes."""
    del rooms
    monkeypatch.setattr(vend.terraform, "find_binary", lambda *_: None)
    monkeypatch.setattr(vend.terraform, "find_mirror", lambda *_: None)
    monkeypatch.setattr(vend.terraform, "Terraform", FakeTerraform)
    for changed in (True, False):
        code, document, _ = called(_lock.lock)
        assert (code, document["changed"], document["terraform_runs"]) == (0, changed, 1)
    assert (tmp_path / "terraform.lock.hcl").read_bytes() == b"# hashes\n"


@dataclass
class Binary:
    """A Terraform."""

    version: str = "1.11.4"
    flavour: str = "terraform"
    source: str = "PATH"


@dataclass
class Mirror:
    """No mirror."""

    path: Path | None = None
    source: str = "the registry"


@pytest.fixture
def healthy(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> Rooms:
    monkeypatch.setattr(vend.terraform, "find_binary", lambda *_: Binary())
    monkeypatch.setattr(vend.terraform, "find_mirror", lambda *_: Mirror())
    monkeypatch.setattr(vend.aws.Aws, "connect", lambda *_: FakeAws())
    return rooms


def _statuses(document: Any) -> dict[str, str]:
    return {check["check"]: check["status"] for check in document["checks"]}


def test_a_healthy_machine_passes(healthy: Rooms) -> None:
    """Every check is named, with what was found."""
    del healthy
    code, document, _ = called(_doctor.doctor)
    assert code == 0
    assert set(_statuses(document).values()) == {"ok"}
    found = {check["check"]: check["found"] for check in document["checks"]}
    assert found["terraform"] == "terraform 1.11.4, PATH"
    assert found["state"] == "local files"
    assert found["quotas"] == "0 of 10,000 accounts"


def test_a_quota_that_may_not_be_read_fails_nothing(healthy: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told, with what to allow; vend works without."""
    del healthy
    unknown = Diagnostic(severity="warning", code="quota-unknown", summary="could not be read")
    monkeypatch.setattr(vend.aws.Aws, "connect", lambda *_: FakeAws(quota=unknown))
    code, document, _ = called(_doctor.doctor)
    assert (code, _statuses(document)["quotas"]) == (0, "skipped")
    assert [(found["severity"], found["code"]) for found in document["diagnostics"]] == [("warning", "quota-unknown")]


def test_one_failure_does_not_hide_the_others(healthy: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    """No Terraform and no credentials are both told; what depends on AWS is skipped; the rest is looked at."""

    def no_terraform(*_: Any) -> None:
        raise ToolMissingError(Diagnostic(code="terraform-not-found", summary="no Terraform"))

    def no_credentials(*_: Any) -> None:
        raise AwsError(Diagnostic(code="no-credentials", summary="no credentials"))

    healthy.reading = Reading(fleet=None, diagnostics=(ERROR,))
    monkeypatch.setattr(vend.terraform, "find_binary", no_terraform)
    monkeypatch.setattr(vend.aws.Aws, "connect", no_credentials)
    code, document, _ = called(_doctor.doctor)
    assert code == 1
    assert _statuses(document) == {
        "settings": "ok",
        "requests": "failed",
        "terraform": "failed",
        "providers": "ok",
        "credentials": "failed",
        **dict.fromkeys(OF_AWS, "skipped"),
    }
    assert {entry["code"] for entry in document["diagnostics"]} == {
        "invalid-email",
        "no-credentials",
        "terraform-not-found",
    }


def test_the_state_bucket_is_tried(healthy: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    """With S3 state doctor reads from the bucket, which is what fails without it or the permission."""
    settings = Settings(name="x", home_region="eu-west-1", state=S3State(bucket="b", region="eu-west-1"))
    assert isinstance(healthy.fleet.settings.state, LocalState)
    monkeypatch.setattr(vend.requests, "load_settings", lambda *_, **__: settings, raising=False)
    _, text, _ = called(_doctor.doctor, "text")
    assert "bucket b can be read" in text


@pytest.mark.parametrize(
    ("folders", "fleet", "prefix"),
    [(".git", "fleets/one", "fleets/one/"), (".git", ".", ""), ("", "fleets/one", "")],
)
def test_a_forge_is_told_paths_from_the_top_of_the_repository(
    tmp_path: Path, folders: str, fleet: str, prefix: str
) -> None:
    """A fleet may lie in a folder of a repository; without one, its own folder is the top."""
    (tmp_path / fleet).mkdir(parents=True, exist_ok=True)
    (tmp_path / folders).mkdir(exist_ok=True)
    for form, expected in (("github", prefix), ("sarif", prefix), ("text", ""), ("json", "")):
        assert repository_prefix(form, tmp_path / fleet, tmp_path) == expected


def test_where_there_is_no_fleet_there_is_no_prefix(tmp_path: Path) -> None:
    """The problem is told by the command itself."""
    assert repository_prefix("github", None, tmp_path) == ""
