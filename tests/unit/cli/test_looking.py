"""status and history: what is asked of the lifecycle, what is shown, and the exit code."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from support.fake_lifecycle import FakeLifecycle
from vend.cli.call._call import Call, Streams, view_for
from vend.cli.changes import _looking
from vend.lifecycle import AccountStatus
from vend.models import Fleet, Status
from vend.settings import Settings

FLEET = Fleet(directory=Path("fleet"), settings=Settings(name="example", home_region="eu-west-1"), requests=())


@pytest.fixture(autouse=True)
def fleet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(_looking, "open_fleet", lambda _: (replace(FLEET, directory=tmp_path), None))


def a_call(form: str = "text", environ: dict[str, str] | None = None) -> Call:
    streams = Streams(stdin=io.StringIO(), out=io.StringIO(), err=io.StringIO())
    view = view_for(form, streams)
    return Call(fleet=None, directory=Path(), environ=environ or {}, form=form, streams=streams, view=view)


def shown(call: Call) -> str:
    return str(call.streams.out.getvalue())  # type: ignore[attr-defined]


def a_row(account: str, status: Status, unit: str = "Workloads/Prod") -> AccountStatus:
    return AccountStatus(
        account=account,
        account_id="222222222222",
        email="a@example.com",
        organizational_unit=unit,
        status=status,
        stages={"account": status},
        last_run="r1",
        customizations=(),
    )


def rows(*statuses: Status) -> FakeLifecycle:
    return FakeLifecycle(rows=tuple(a_row(f"a{at}", status) for at, status in enumerate(statuses)))


@pytest.mark.parametrize(
    ("statuses", "code"),
    [((), 0), (("succeeded", "pending", "aborted"), 0), (("succeeded", "failed"), 1)],
)
def test_the_exit_code_of_a_status(statuses: Sequence[Status], code: int) -> None:
    """1 where an account failed."""
    assert _looking.status(a_call(), (), rows(*statuses)) == code


def test_a_status_of_failures_leaves_the_others_out() -> None:
    """In JSON as well; those that were stopped are shown."""
    call = a_call("json")
    assert _looking.status(call, (), rows("succeeded", "failed", "aborted", "pending"), failed=True) == 1
    assert [row["account"] for row in json.loads(shown(call))["accounts"]] == ["a1", "a2"]


def test_a_status_asks_for_the_accounts_that_were_named() -> None:
    """As often as the option was given."""
    lifecycle = rows("succeeded")
    _looking.status(a_call(), ["a0", "a1"], lifecycle)
    assert lifecycle.asked == [("status", "workspace", ("a0", "a1"))]


@pytest.mark.parametrize(("environ", "widest"), [({}, 80), ({"COLUMNS": "60"}, 60), ({"COLUMNS": "wide"}, 80)])
def test_a_status_is_as_wide_as_the_output(environ: dict[str, str], widest: int) -> None:
    """80 columns where there is no terminal, unless COLUMNS says otherwise."""
    call = a_call(environ=environ)
    lifecycle = FakeLifecycle(rows=(a_row("a0", "succeeded", "Workloads/" + "Deep/" * 20),))
    _looking.status(call, (), lifecycle)
    assert max(map(len, shown(call).splitlines())) == widest


def test_a_history_asks_for_what_was_named_and_shows_it() -> None:
    """JSON is the document as it is; in words that there is nothing is said."""
    lifecycle = FakeLifecycle()
    call = a_call("json")
    assert _looking.history(call, "tools", 3, lifecycle) == 0
    assert lifecycle.asked == [("history", "workspace", "tools", 3)]
    assert json.loads(shown(call)) == {"runs": [], "diagnostics": []}
    call = a_call()
    _looking.history(call, "tools", 3, lifecycle)
    assert shown(call) == "the ledger remembers no run with tools\n"
