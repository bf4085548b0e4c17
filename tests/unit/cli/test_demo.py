"""The demo ends with a failure where what it says is not so."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import pytest

import vend.sandbox
from support.fake_lifecycle import FakeLifecycle
from vend.cli.call._call import Call, Streams, answer, view_for
from vend.cli.demo import _demo
from vend.models import AccountResult, Organization, OrganizationAccount, OrganizationalUnit, Report, Stage
from vend.plan import AccountPlan, Plan
from vend.requests import load_fleet

REPOSITORY = Path(vend.sandbox.__file__).parents[3]


@dataclass
class FakeSandbox:
    """An emulated AWS that is not even there."""

    endpoint: str = "http://127.0.0.1:1"
    organization_id: str = "o-fakefakefake"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def environment(self, environ: dict[str, str]) -> dict[str, str]:
        """The same."""
        return environ


@dataclass
class FakeAws:
    """Says that every account is where its request in this folder wants it."""

    directory: Path

    def organization(self) -> Organization:
        """Reads the requests."""
        requests = load_fleet(self.directory).requests
        paths = sorted({request.organizational_unit for request in requests})
        units = {path: OrganizationalUnit(id=path, name=path, path=path, parent_id="r-1") for path in paths}
        accounts = {
            request.account: OrganizationAccount(
                id=request.account,
                name=request.name,
                email=request.email,
                state="ACTIVE",
                parent_id=request.organizational_unit,
            )
            for request in requests
        }
        return Organization(id="o-1", management_account_id="1", root_id="r-1", units=units, accounts=accounts)


@dataclass
class FakeWorkspace:
    """Has an AWS."""

    aws: FakeAws


@dataclass
class Vending(FakeLifecycle):
    """Remembers what was applied, so that only what differs is planned.

    Attributes:
        restless: claims on every run that the first account changes.
        failing: reports every account as failed.
        runs: Terraform runs of each report.
    """

    restless: bool = False
    failing: bool = False
    runs: int = 0
    applied: dict[str, object] = field(default_factory=dict)
    directory: Path = Path()

    @contextmanager
    def open_workspace(self, fleet: Any, catalogue: Any, **_: Any) -> Iterator[Any]:
        """The fleet's own workspace."""
        del catalogue
        self.directory = fleet.directory
        yield FakeWorkspace(aws=FakeAws(fleet.directory))

    def plan(
        self, workspace: Any, *, accounts: Iterable[str] = (), refresh: bool = False, stage: Stage | None = None
    ) -> Plan:
        """What differs from what was applied."""
        del workspace, accounts, refresh, stage
        requests = load_fleet(self.directory).requests
        plans = [
            AccountPlan(
                account=request.account, action="none" if self.applied.get(request.account) == request else "update"
            )
            for request in requests
        ]
        if self.restless:
            plans[0] = replace(plans[0], action="update")
        return Plan(accounts=tuple(plans), digest="d", terraform_runs=self.runs)

    def apply(self, workspace: Any, plan: Plan) -> Report:
        """Applies it."""
        del workspace
        self.applied = {request.account: request for request in load_fleet(self.directory).requests}
        status = "failed" if self.failing else "succeeded"
        return Report(
            run="r",
            status=status,
            terraform_runs=self.runs,
            results=tuple(
                AccountResult(account=each.account, status="succeeded", changed=each.action != "none")
                for each in plan.accounts
            ),
        )


@pytest.fixture(autouse=True)
def sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vend.sandbox, "Sandbox", lambda _: FakeSandbox(), raising=False)
    monkeypatch.setattr(vend.sandbox, "config_from", lambda _: None)


def demonstrated(
    lifecycle: FakeLifecycle, fleet: Path | None, directory: Path | None = None, form: str = "text"
) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of the demo below a fleet, or in a folder that is none."""
    directory = directory or fleet or Path()
    streams = Streams(stdin=io.StringIO(), out=io.StringIO(), err=io.StringIO())
    call = Call(fleet=fleet, directory=directory, environ={}, form=form, streams=streams, view=view_for(form, streams))
    code = answer(call, lambda call: _demo.demo(call, lifecycle))
    return code, streams.out.getvalue(), streams.err.getvalue()


def test_the_story_is_told_from_requests_to_nothing_to_do(tmp_path: Path) -> None:
    """The example is copied, vended, edited, vended again, and a last run finds nothing."""
    code, out, err = demonstrated(Vending(), tmp_path)
    assert (code, err) == (0, "")
    for part in ("Read the account requests", "Root/", "+++ b/account-requests", "nothing to do; 0 Terraform runs"):
        assert part in out
    assert (tmp_path / ".vend" / ".gitignore").read_text() == "*\n"
    assert (tmp_path / ".vend" / "demo" / "vend.hcl").exists()


def test_the_example_itself_stays_as_it_is(tmp_path: Path) -> None:
    """The edit is made to a copy."""
    before = {path: path.read_bytes() for path in (REPOSITORY / "account-requests").rglob("*.hcl")}
    demonstrated(Vending(), tmp_path)
    assert before == {path: path.read_bytes() for path in (REPOSITORY / "account-requests").rglob("*.hcl")}


def test_json_is_one_document(tmp_path: Path) -> None:
    """Steps and seconds, and nothing else, on standard output."""
    code, out, _ = demonstrated(Vending(), tmp_path, form="json")
    document = json.loads(out)
    assert code == 0
    assert [step["step"] for step in document["steps"]][-1] == "Run once more"


@pytest.mark.parametrize(
    ("lifecycle", "claim"),
    [
        (Vending(restless=True), "only payments-test changed"),
        (Vending(failing=True), "every account succeeded"),
        (Vending(runs=1), "a second run starts no Terraform"),
    ],
)
def test_a_claim_that_does_not_hold_ends_the_demo(lifecycle: Vending, claim: str, tmp_path: Path) -> None:
    """Whatever is not as told is an error with exit code 1."""
    code, _, err = demonstrated(lifecycle, tmp_path)
    assert code == 1
    assert f"error[demo-not-as-claimed]: the demo expected that {claim}" in err


def test_outside_of_a_fleet_the_demo_works_in_a_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has installed vend and has no fleet yet sees the demo too."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    code, out, _ = demonstrated(Vending(), None, tmp_path)
    assert code == 0
    assert f"{tmp_path}/vend-demo-" in out
