"""plan, apply and status: what they show, ask and answer, with a lifecycle that only pretends."""

from __future__ import annotations

import io
import json
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.factories import an_account_request
from support.fake_lifecycle import FakeLifecycle, a_plan, a_report
from vend.cli.call._call import Call, Streams, answer, view_for
from vend.cli.changes import _looking, _plan_apply
from vend.cli.changes._arguments import Asked
from vend.errors import (
    Diagnostic,
    InterruptedRunError,
    InvalidInputError,
    RefusedError,
    SandboxError,
    VendError,
)
from vend.models import Fleet, Report
from vend.plan import AccountAction, Plan, Selection
from vend.review import review_of
from vend.settings import ReviewSettings, Settings

FLEET = Fleet(
    directory=Path("fleet"),
    settings=Settings(name="example", home_region="eu-west-1"),
    requests=(an_account_request(),),
)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Always."""
        return True


def a_call(form: str = "text", typed: str | None = None) -> Call:
    """A call; `typed` is what somebody types at a terminal."""
    streams = Streams(
        stdin=io.StringIO() if typed is None else Terminal(typed),
        out=io.StringIO(),
        err=io.StringIO() if typed is None else Terminal(),
    )
    view = view_for(form, streams)
    return Call(fleet=None, directory=Path(), environ={}, form=form, streams=streams, view=view)


def text_of(stream: Any) -> str:
    """What was written to a stream of a test."""
    return str(stream.getvalue())


@pytest.fixture(autouse=True)
def fleet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for module in (_plan_apply, _looking):
        monkeypatch.setattr(module, "open_fleet", lambda _: (replace(FLEET, directory=tmp_path), None))


def _status(call: Call, lifecycle: FakeLifecycle, *accounts: str, failed: bool = False) -> int:
    return _looking.status(call, accounts, lifecycle, failed=failed)


def _history(call: Call, lifecycle: FakeLifecycle) -> int:
    return _looking.history(call, None, 5, lifecycle)


NOW = Asked()


@pytest.mark.parametrize(
    ("actions", "detailed", "code"),
    [
        (("none",), False, 0),
        (("none",), True, 0),
        (("create", "none"), False, 0),
        (("create", "none"), True, 2),
        (("create", "refused"), True, 3),
        (("create", "refused", "failed"), True, 1),
    ],
)
def test_the_exit_code_of_a_plan(actions: tuple[AccountAction, ...], detailed: bool, code: int) -> None:  # noqa: FBT001
    """2 only when asked for and pending; 3 where an account is refused; 1 where one could not be planned."""
    found = _plan_apply.plan(a_call(), Asked(detailed_exitcode=detailed), FakeLifecycle(planned=a_plan(*actions)))
    assert found == code


def test_a_plan_hands_down_what_was_selected() -> None:
    """Accounts, stage and refresh reach the lifecycle; JSON stands alone on standard output."""
    lifecycle = FakeLifecycle()
    call = a_call("json")
    selection = Selection(accounts=("a",), stage="settings", refresh=True)
    _plan_apply.plan(call, Asked(selection=selection), lifecycle)
    assert lifecycle.asked[0] == ("plan", "workspace", selection)
    assert json.loads(text_of(call.streams.out))["summary"] == {"none": 1}


def test_what_changes_nothing_works_as_the_planning_role(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Plan, status and history; an apply works as the vending role, though it plans first."""
    vending, planning = "arn:aws:iam::111111111111:role/vend-apply", "arn:aws:iam::111111111111:role/vend-plan"
    roles = replace(FLEET.settings.control_tower, vending_role=vending, planning_role=planning)
    fleet = replace(FLEET, directory=tmp_path, settings=replace(FLEET.settings, control_tower=roles))
    monkeypatch.setattr(_plan_apply, "open_fleet", lambda _: (fleet, None))
    monkeypatch.setattr(_looking, "open_fleet", lambda _: (fleet, None))
    lifecycle = FakeLifecycle()
    _plan_apply.plan(a_call(), NOW, lifecycle)
    assert lifecycle.role == planning
    for look in (_status, _history):
        lifecycle.role = None
        look(a_call(), lifecycle)
        assert lifecycle.role == planning
    _plan_apply.apply(a_call(), Asked(auto_approve=True), lifecycle)
    assert lifecycle.role == vending


@pytest.mark.parametrize(("asked", "wanted"), [(True, True), (False, True), (True, False)])
def test_previews_are_made_where_they_are_wanted(
    monkeypatch: pytest.MonkeyPatch,
    asked: bool,  # noqa: FBT001
    wanted: bool,  # noqa: FBT001
) -> None:
    """Neither `--no-preview` nor vend.hcl says otherwise; an apply makes none."""
    settings = replace(FLEET.settings, review=ReviewSettings(previews=wanted))
    monkeypatch.setattr(_plan_apply, "open_fleet", lambda _: (replace(FLEET, settings=settings), None))
    lifecycle = FakeLifecycle()
    monkeypatch.setattr("vend.cli.changes._bundle_files.write", lambda *_: review_of(lifecycle.planned))
    _plan_apply.plan(a_call(), replace(NOW, previews=asked), lifecycle)
    assert (lifecycle.emulate is not None) == (asked and wanted)
    _plan_apply.apply(a_call(), replace(NOW, auto_approve=True), lifecycle)
    assert lifecycle.emulate is None


@pytest.mark.parametrize("typed", ["y\n", "YES\n", " yes \n"])
def test_an_apply_asks_and_goes_on_when_told_to(typed: str) -> None:
    """At a terminal the plan is shown, the question asked, and yes applies."""
    lifecycle = FakeLifecycle(planned=a_plan("create"))
    call = a_call(typed=typed)
    assert answer(call, lambda call: _plan_apply.apply(call, NOW, lifecycle)) == 0
    assert lifecycle.asked[-1][0] == "apply"
    assert "Apply these changes? [y/N] " in text_of(call.streams.err)
    assert "a0: create" in text_of(call.streams.out)


@pytest.mark.parametrize("typed", ["n\n", "\n", "", "yeah\n"])
def test_anything_but_yes_applies_nothing(typed: str) -> None:
    """No, nothing and anything else end with exit code 3."""
    lifecycle = FakeLifecycle(planned=a_plan("create"))
    call = a_call(typed=typed)
    assert answer(call, lambda call: _plan_apply.apply(call, NOW, lifecycle)) == 3
    assert [asked[0] for asked in lifecycle.asked] == ["plan"]
    assert "not-approved" in text_of(call.streams.err)


@pytest.mark.parametrize("form", ["text", "json"])
def test_without_a_terminal_an_apply_needs_approval_beforehand(form: str) -> None:
    """Nobody to ask means refused, and JSON output means nobody is asked."""
    lifecycle = FakeLifecycle(planned=a_plan("create"))
    call = a_call(form)
    assert answer(call, lambda call: _plan_apply.apply(call, NOW, lifecycle)) == 3
    assert [asked[0] for asked in lifecycle.asked] == ["plan"]
    assert "approval-needed" in text_of(call.streams.err)
    if form == "json":
        assert json.loads(text_of(call.streams.out))["diagnostics"][0]["code"] == "approval-needed"


def test_nothing_to_do_needs_no_approval() -> None:
    """A fleet that is as requested is applied without a question, and says so."""
    call = a_call()
    assert answer(call, lambda call: _plan_apply.apply(call, NOW, FakeLifecycle())) == 0
    assert "nothing to do" in text_of(call.streams.out)


@pytest.mark.parametrize(
    ("report", "planned", "code"),
    [
        (a_report(a0="succeeded"), a_plan("create"), 0),
        (a_report(a0="failed", a1="succeeded"), a_plan("create", "create"), 1),
        (a_report(a0="failed", a1="succeeded"), a_plan("refused", "create"), 3),
        (a_report(a0="failed", a1="failed"), a_plan("refused", "create"), 1),
        (a_report(a0="aborted", a1="failed"), a_plan("create", "create"), 130),
    ],
)
def test_the_exit_code_of_an_apply(report: Report, planned: Plan, code: int) -> None:
    """130 where it was stopped, 1 where something failed, 3 where only refused accounts did not succeed."""
    lifecycle = FakeLifecycle(planned=planned, report=report)
    call = a_call("json")
    assert answer(call, lambda call: _plan_apply.apply(call, Asked(auto_approve=True), lifecycle)) == code
    assert json.loads(text_of(call.streams.out))["status"] == report.status


def test_a_frozen_fleet_is_not_even_planned(monkeypatch: pytest.MonkeyPatch) -> None:
    """A frozen fleet ends an apply with exit code 3 and the reason."""
    settings = replace(FLEET.settings, frozen=True, frozen_reason="audit week")
    monkeypatch.setattr(_plan_apply, "open_fleet", lambda _: (replace(FLEET, settings=settings), None))
    lifecycle = FakeLifecycle()
    call = a_call()
    assert answer(call, lambda call: _plan_apply.apply(call, Asked(auto_approve=True), lifecycle)) == 3
    assert "audit week" in text_of(call.streams.err)
    assert lifecycle.asked == []


def test_status_shows_the_document() -> None:
    """The status document reaches standard output as it is."""
    call = a_call("json")
    assert _status(call, FakeLifecycle()) == 0
    assert json.loads(text_of(call.streams.out)) == {"accounts": [], "diagnostics": []}


def test_an_interrupt_reaches_the_work_of_a_plan() -> None:
    """SIGINT sets the stop event that the work heeds; the handlers are put back."""
    lifecycle = FakeLifecycle()

    def interrupted() -> None:
        signal.raise_signal(signal.SIGINT)
        assert lifecycle.stop.is_set()
        raise InterruptedRunError(Diagnostic(code="interrupted", summary="planning was stopped"))

    lifecycle.while_planning = interrupted
    before = signal.getsignal(signal.SIGINT)
    call = a_call()
    assert answer(call, lambda call: _plan_apply.plan(call, NOW, lifecycle)) == 130
    assert signal.getsignal(signal.SIGINT) is before
    assert "error[interrupted]: planning was stopped" in text_of(call.streams.err)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidInputError(Diagnostic(code="c", summary="s")), 4),
        (RefusedError(Diagnostic(code="c", summary="s")), 3),
        (SandboxError(Diagnostic(code="c", summary="s")), 125),
        (InterruptedRunError(Diagnostic(code="c", summary="s")), 130),
        (VendError(Diagnostic(code="c", summary="s")), 1),
        (KeyboardInterrupt(), 130),
        (ZeroDivisionError("by zero"), 1),
    ],
)
def test_every_error_has_its_exit_code(error: BaseException, code: int) -> None:
    """Each kind of error ends in its code, one JSON document, and a diagnostic on standard error."""

    def work(_: Call) -> int:
        raise error

    call = a_call("json")
    assert answer(call, work) == code
    assert len(json.loads(text_of(call.streams.out))["diagnostics"]) == 1
    assert text_of(call.streams.err).startswith("error[")
    assert "Traceback" not in text_of(call.streams.err)


def test_a_bug_shows_its_traceback_to_who_asks() -> None:
    """VEND_DEBUG lets an error that nobody foresaw through."""

    def work(_: Call) -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        answer(replace(a_call(), environ={"VEND_DEBUG": "1"}), work)


def test_a_plan_with_a_policy_that_cannot_be_judged_is_refused() -> None:
    """Even where nothing would change: a policy that is broken is known before it matters."""
    problem = Diagnostic(code="policy-invalid", summary="no valid Rego")
    planned = replace(a_plan("none"), diagnostics=(problem,))
    assert _plan_apply.plan_exit_code(planned) == 3
    warning = replace(problem, severity="warning")
    assert _plan_apply.plan_exit_code(replace(planned, diagnostics=(warning,))) == 0
