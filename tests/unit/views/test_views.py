"""Views: what goes to which stream, and that nothing that comes from outside can move a terminal."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import get_args

import pytest

from support.plans import PLANS
from vend.errors import Diagnostic, Related
from vend.events import (
    AccountFinished,
    AccountPlanned,
    AccountStarted,
    BatchProgress,
    Event,
    HookOutput,
    Notice,
    RunFinished,
    RunStarted,
    StageFinished,
    StageProgress,
    StageStarted,
    Waiting,
)
from vend.models import AccountResult, Report, StageResult
from vend.plan import AccountPlan, Operation, ResourceChange, StagePlan
from vend.views import (
    GithubView,
    HumanView,
    JsonView,
    LineBoard,
    LiveBoard,
    View,
    annotation,
    columns,
    diagnostic_lines,
    failure_document,
    line,
    neutralized,
    plain,
    report_document,
    validation_document,
)
from vend.views._events import told

AT = "2026-01-01T00:00:00+00:00"
ESCAPE = "\x1b[2J\u202e\n::error::x"
PROBLEM = Diagnostic(code="hook-failed", summary=f"it broke {ESCAPE}", account="payments-prod")
STAGE = StageResult(stage="account", status="failed", seconds=1.0, diagnostics=(PROBLEM,))
PLAN = AccountPlan(
    account="payments-prod",
    action="move",
    operations=(Operation(operation="tag", stage="settings"),),
    stages=(
        StagePlan(
            stage="account",
            state="planned",
            fingerprint="f",
            changes=(ResourceChange(address="t.n", type="t", name="n", action="update"),),
        ),
    ),
)
EVENTS: tuple[Event, ...] = (
    RunStarted(run="r1", command="apply", accounts=("payments-prod", "tool")),
    AccountStarted(account="payments-prod", action="move"),
    AccountStarted(account="tool", action="none"),
    AccountPlanned(plan=PLAN),
    AccountPlanned(plan=AccountPlan(account="tool", action="none")),
    AccountPlanned(plan=AccountPlan(account="tool", action="failed", diagnostics=(PROBLEM,))),
    StageStarted(account="payments-prod", stage="account", step="planning"),
    StageProgress(account="payments-prod", stage="account", step="waiting for Control Tower (IN_PROGRESS)"),
    StageProgress(account="payments-prod", stage="account", step="applying", done=1, total=3),
    Waiting(account="payments-prod", stage="account", hold="account", holder="grace@laptop (run r0)", since=AT),
    Waiting(account="payments-prod", stage="account", hold="slot", holder="grace@laptop (run r0)"),
    Waiting(account="payments-prod", stage="settings", hold="state-lock"),
    StageProgress(account="payments-prod", stage="account", step="applying", done=2, total=3),
    BatchProgress(step="planning 2 accounts at once", done=0, total=2),
    BatchProgress(step="planning 2 accounts at once", done=1, total=2),
    BatchProgress(step="planning 2 accounts at once", done=2, total=2),
    HookOutput(account="payments-prod", stage="post_customizations", hook="fleet/x.sh", line=ESCAPE),
    HookOutput(account="payments-prod", stage="post_customizations", hook="fleet/x.sh", line=ESCAPE),
    StageFinished(account="payments-prod", result=STAGE),
    AccountFinished(result=AccountResult(account="payments-prod", status="failed", stages=(STAGE,))),
    AccountFinished(result=AccountResult(account="tool", status="succeeded", account_id="123456789012", changed=True)),
    Notice(message="slow down", account="tool"),
    Notice(message="stopping"),
    RunFinished(report=Report(run="r1", status="failed", terraform_runs=1, results=())),
)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Always."""
        return True


VIEWS: dict[str, Callable[[io.StringIO, io.StringIO], View]] = {
    "lines": HumanView,
    "live": lambda out, err: HumanView(out, err, LiveBoard(err)),
    "json": JsonView,
    "github": GithubView,
}


def test_the_cases_hold_every_kind_of_event() -> None:
    """A new kind of event needs a case here, and so a place in every view."""
    assert {type(event) for event in EVENTS} == set(get_args(Event))


@pytest.mark.parametrize("name", VIEWS)
def test_every_view_takes_every_event(name: str) -> None:
    """Each view handles each kind of event, in and out of a run; progress never reaches standard output."""
    for events in (EVENTS, EVENTS[1:], tuple(reversed(EVENTS))):
        out, err = io.StringIO(), io.StringIO()
        view = VIEWS[name](out, err)
        for event in events:
            view.on_event(event)
        view.close()
        assert out.getvalue() == ""
        assert "payments-prod" in err.getvalue()


@pytest.mark.parametrize("name", ["lines", "json", "github"])
def test_what_comes_from_outside_cannot_move_a_terminal(name: str) -> None:
    """No escape sequence, direction mark or line end of a hook's output or an error's text goes through."""
    out, err = io.StringIO(), io.StringIO()
    view = VIEWS[name](out, err)
    for event in EVENTS:
        view.on_event(event)
    view.diagnostics([PROBLEM])
    view.show(validation_document(1, [PROBLEM]))
    written = out.getvalue() + err.getvalue()
    assert "\x1b" not in written
    assert "\u202e" not in written
    assert "\n::error::x" not in written


def test_lines_are_the_same_every_time() -> None:
    """On no terminal: one line per step, accounts aligned, nothing twice in a row, no times."""
    err = io.StringIO()
    board = LineBoard(err)
    for event in EVENTS:
        board.on_event(event)
    broke = "it broke \\x1b[2J\\u202e\\n::error::x"
    hook = "payments-prod  post_customizations  fleet/x.sh | \\x1b[2J\\u202e\\n::error::x"
    assert err.getvalue().splitlines() == [
        "applying 2 accounts",
        "payments-prod  move",
        "payments-prod  planned: move, 1 resource change, 1 operation",
        f"tool           failed: {broke}",
        "payments-prod  account  planning",
        "payments-prod  account  waiting for Control Tower (IN_PROGRESS)",
        "payments-prod  account  applying",
        f"payments-prod  account  waiting: grace@laptop (run r0) has worked on this account since {AT}",
        "payments-prod  account  waiting for a Control Tower slot: grace@laptop (run r0) has had one",
        "payments-prod  settings  waiting: another run has locked the state",
        "payments-prod  account  applying",
        "planning 2 accounts at once",
        hook,
        hook,
        f"payments-prod  account  failed: {broke}",
        "payments-prod  failed",
        "tool           succeeded, account 123456789012",
        "tool           note: slow down",
        "note: stopping",
    ]


def test_a_terminal_gets_a_board_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal the board redraws itself, finished stages scroll away above, and the cursor comes back."""
    monkeypatch.setenv("TERM", "xterm-256color")
    out, err = Terminal(), Terminal()
    view = HumanView(out, err)
    for event in EVENTS[:-1]:
        view.on_event(event)
    view.show(validation_document(1, []))
    written = err.getvalue()
    assert "\x1b[?25h" in written
    assert "payments-prod  account  failed" in written
    assert ESCAPE not in written
    assert "valid" in out.getvalue()


def test_events_are_json_lines() -> None:
    """Every line on standard error is an object that names its event and account."""
    err = io.StringIO()
    view = JsonView(io.StringIO(), err)
    for event in EVENTS:
        view.on_event(event)
    read = [json.loads(text) for text in err.getvalue().splitlines()]
    assert [entry["event"] for entry in read][:4] == [
        "run_started",
        "account_started",
        "account_started",
        "account_planned",
    ]
    assert read[8] == {
        "event": "stage_progress",
        "account": "payments-prod",
        "stage": "account",
        "step": "applying",
        "done": 1,
        "total": 3,
    }


def test_json_documents_stand_alone_on_standard_output() -> None:
    """Standard output is one document; problems beside it go to standard error as text."""
    out, err = io.StringIO(), io.StringIO()
    view = JsonView(out, err)
    view.diagnostics([PROBLEM])
    view.say(line("words"))
    view.show(failure_document([PROBLEM]))
    assert json.loads(out.getvalue()) == {"diagnostics": [PROBLEM.to_json()]}
    assert err.getvalue().startswith("error[hook-failed]: payments-prod: it broke")


def test_a_diagnostic_reads_as_design_says() -> None:
    """Severity, code and summary; then place, detail and hint, indented."""
    diagnostic = Diagnostic(
        code="unknown-organizational-unit",
        summary='no organizational unit "Worklods/Prod"',
        detail="one\ntwo",
        hint='did you mean "Workloads/Prod"?\nor not',
        file="account-requests/payments.hcl",
        line=4,
        column=25,
        account="payments-prod",
    )
    warning = Diagnostic(code="x", summary="y", severity="warning", file="vend.hcl")
    assert plain(diagnostic_lines([diagnostic, warning])) == (
        'error[unknown-organizational-unit]: no organizational unit "Worklods/Prod"\n'
        "  account-requests/payments.hcl:4:25\n"
        "  one\n"
        "  two\n"
        '  hint: did you mean "Workloads/Prod"?\n'
        "        or not\n"
        "\n"
        "warning[x]: y\n"
        "  vend.hcl\n"
    )


def test_an_annotation_escapes_what_github_reads() -> None:
    """Percent signs and line ends are escaped everywhere, colons and commas in properties."""
    diagnostic = Diagnostic(
        code="a-code",
        summary="100% wrong",
        detail="line one\r\nline two",
        hint="mend, then: go",
        file="a,b:c%\n::x.hcl",
        line=4,
        column=2,
    )
    assert annotation(diagnostic) == (
        "::error file=a%2Cb%3Ac%25\\n%3A%3Ax.hcl,line=4,col=2,title=a-code"
        "::100%25 wrong%0Aline one%0Aline two%0Ahint: mend, then: go"
    )
    assert "\n" not in annotation(diagnostic)


@pytest.mark.parametrize(
    ("end_line", "end_column", "written"),
    [
        (4, 9, "line=4,col=2,endColumn=8"),
        (4, 2, "line=4,col=2,endColumn=2"),
        (6, 3, "line=4,endLine=6"),
        (6, 1, "line=4,endLine=5"),
        (5, 1, "line=4,col=2"),
    ],
)
def test_an_annotation_says_how_far_the_problem_reaches(end_line: int, end_column: int, written: str) -> None:
    """To the last character; columns only where everything stands on one line, as GitHub wants it."""
    diagnostic = Diagnostic(
        code="c", summary="s", file="f.hcl", line=4, column=2, end_line=end_line, end_column=end_column
    )
    assert annotation(diagnostic) == f"::error file=f.hcl,{written},title=c::s"


def test_an_annotation_names_related_places() -> None:
    """The other place is told with the message: an annotation has one place."""
    related = Related(message="the first is here", file="a.hcl", line=1, column=2)
    diagnostic = Diagnostic(code="c", summary="s", file="f.hcl", line=4, column=2, related=(related,))
    assert annotation(diagnostic).endswith("::s%0Aa.hcl:1:2: the first is here")


def test_annotations_go_to_standard_output() -> None:
    """GitHub gets one line per diagnostic, and nothing else, from a document."""
    out = io.StringIO()
    GithubView(out, io.StringIO()).show(
        validation_document(3, [PROBLEM, Diagnostic(severity="warning", code="b", summary="c")])
    )
    assert [text.split(" ")[0] for text in out.getvalue().splitlines()] == ["::warning", "::error"]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("plain ünïcode 🎉 日本", "plain ünïcode 🎉 日本"),
        ("a\tb\nc\rd", "a\\tb\\nc\\rd"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("\x9b31m", "\\x9b31m"),
        ("\u2028\u2029\u2066", "\\u2028\\u2029\\u2066"),
        ("\udcff", "\\udcff"),
        ("👩\u200d🚀", "👩\u200d🚀"),
    ],
)
def test_control_characters_are_written_out(text: str, safe: str) -> None:
    """Letters of every script and emoji stay; what acts on a terminal is shown as an escape."""
    assert neutralized(text) == safe


def test_columns_align_by_what_the_terminal_shows() -> None:
    """Wide characters count twice, and no line ends in spaces."""
    assert plain(columns([("日本", "a", ""), ("x", "", ""), ("abcde", "b", "c")], header=("H", "I"))) == (
        "H      I\n日本   a\nx\nabcde  b  c\n"
    )


def test_a_line_that_looks_like_a_command_to_the_runner_is_defused() -> None:
    """GitHub Actions would act on `::…` and `##[…` at the start of a log line, spaces or not."""
    assert plain([line("::set-env name=x::y"), line("  ##[error]x")]) == "\\::set-env name=x::y\n  \\##[error]x\n"


def test_a_preview_is_told_apart_from_what_will_be_applied() -> None:
    """In the line that says that an account is planned."""
    (account,) = PLANS["create"]().accounts
    assert told(AccountPlanned(plan=account)) == "planned: create, 2 resource changes, 1 operation, 1 in a preview"


def test_one_wish_to_stop_gives_one_message() -> None:
    """However many accounts it stopped: the report says it once, and names what else went wrong."""

    def stopped(account: str, *more: Diagnostic) -> AccountResult:
        asked = Diagnostic(code="interrupted", summary="stopped during account, as asked", detail="It goes on.")
        stage = StageResult(stage="account", status="aborted", seconds=1.0, diagnostics=(*more, asked))
        return AccountResult(account=account, status="aborted", stages=(stage,))

    echo = Diagnostic(code="terraform-stopped", summary="terraform apply was stopped")
    killed = Diagnostic(code="terraform-killed", summary="terraform apply was killed", account="seven")
    results = [stopped(name, echo) for name in ("one", "two", "three", "four", "five", "six")]
    report = Report(run="r1", status="aborted", terraform_runs=6, results=(*results, stopped("seven", killed)))
    text = plain(report_document(report).text)
    assert text.count("error[interrupted]") == 1
    assert "error[interrupted]: stopped, as asked: one, two, three, four, five and 2 more\n  It goes on.\n" in text
    assert "terraform-stopped" not in text
    assert "error[terraform-killed]: seven: terraform apply was killed" in text
    assert told(StageFinished(account="one", result=results[0].stages[0])) == "aborted"
