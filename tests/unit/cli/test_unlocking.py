"""`vend unlock`: who holds what, and whether it is released."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from support.fake_lifecycle import FakeLifecycle
from vend.cli.call._call import Call, Streams, answer, view_for
from vend.cli.changes import _unlocking
from vend.errors import Diagnostic, RefusedError
from vend.lifecycle import AccountHolds
from vend.models import Fleet, Hold
from vend.settings import Settings

LOCK = Hold(kind="state-lock", name="settings", holder="grace@laptop", since="2026-01-01T00:00:00+00:00", alive=None)
LEASE = Hold(kind="lease", name="payments", holder="ci@runner (run r1)", since="", alive=True)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Always."""
        return True


class Locked(FakeLifecycle):
    """A lifecycle in which an account is held."""

    def __init__(self, *told: Hold) -> None:
        super().__init__()
        self.told = told

    def account_holds(self, workspace: Any, account: str) -> AccountHolds:
        """Gives what is held."""
        self.asked.append(("account_holds", workspace, account))
        return AccountHolds(lease=None, slots=(), records={}, locks={}, told=self.told)

    def unlock(self, workspace: Any, account: str, holds: AccountHolds) -> None:
        """Releases it, as far as nobody lives."""
        if any(hold.alive for hold in holds.told):
            raise RefusedError(Diagnostic(code="still-held", summary="no"))
        self.asked.append(("unlock", workspace, account))


@pytest.fixture(autouse=True)
def fleet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    opened = Fleet(directory=tmp_path, settings=Settings(name="test", home_region="eu-west-1"), requests=())
    monkeypatch.setattr(_unlocking, "open_fleet", lambda _: (opened, None))


def unlocked(lifecycle: Locked, form: str = "text", typed: str | None = None, *, yes: bool = False) -> tuple[int, Any]:
    """The exit code and the call."""
    terminal = io.StringIO if typed is None else Terminal
    streams = Streams(stdin=terminal(typed or ""), out=io.StringIO(), err=terminal())
    call = Call(fleet=None, directory=Path(), environ={}, form=form, streams=streams, view=view_for(form, streams))
    return answer(call, lambda call: _unlocking.unlock(call, "payments", lifecycle, yes=yes)), streams


def test_who_holds_what_is_shown_before_anything_is_released() -> None:
    """And released when that is wished."""
    lifecycle = Locked(LOCK)
    code, streams = unlocked(lifecycle, typed="y\n")
    assert code == 0
    shown = streams.err.getvalue()
    assert "grace@laptop has locked the state of settings since 2026-01-01T00:00:00+00:00" in shown
    assert "whether it lives is not known" in shown
    assert streams.out.getvalue() == "released all that was held of payments\n"
    assert lifecycle.asked[-1] == ("unlock", "workspace", "payments")


def test_any_other_answer_releases_nothing() -> None:
    """An empty one too."""
    lifecycle = Locked(LOCK)
    assert unlocked(lifecycle, typed="\n")[0] == 3
    assert lifecycle.asked[-1][0] == "account_holds"


@pytest.mark.parametrize("form", ["text", "json"])
def test_without_a_terminal_it_is_not_asked_for_but_refused(form: str) -> None:
    """With the command that works there."""
    lifecycle = Locked(LOCK)
    code, streams = unlocked(lifecycle, form)
    assert code == 3
    assert "vend unlock payments --yes" in streams.err.getvalue()
    assert lifecycle.asked[-1][0] == "account_holds"


def test_yes_releases_without_asking() -> None:
    """The document says what was held."""
    code, streams = unlocked(Locked(LOCK), "json", yes=True)
    assert code == 0
    document = json.loads(streams.out.getvalue())
    assert document == {
        "account": "payments",
        "holds": [
            {
                "kind": "state-lock",
                "name": "settings",
                "holder": "grace@laptop",
                "since": "2026-01-01T00:00:00+00:00",
                "alive": None,
            }
        ],
        "released": True,
        "diagnostics": [],
    }


def test_what_the_living_have_is_refused_without_asking() -> None:
    """There is nothing to agree to."""
    code, streams = unlocked(Locked(LEASE, LOCK), typed="y\n")
    assert code == 3
    assert "?" not in streams.err.getvalue()


def test_nothing_that_is_held_is_no_failure() -> None:
    """The next run finds nothing in its way."""
    code, streams = unlocked(Locked())
    assert (code, streams.out.getvalue()) == (0, "nothing is held of payments\n")
