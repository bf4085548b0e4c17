"""The comment on a pull request: it fits, it names everybody, and nothing in it comes to life."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from support.fake_lifecycle import a_report
from support.plans import HOSTILE, PLANS, a_fleet, a_request, an_account
from vend.errors import Diagnostic
from vend.models import AccountResult, Report, StageResult
from vend.plan import Review
from vend.review import review_of
from vend.views import COMMENT_LIMIT, CommentOptions, comment, comment_marker, frozen_marker
from vend.views._markup import block, code, hidden, html_code, length, link

RENDER = MarkdownIt("commonmark", {"html": True}).enable("table")
_TAGS = re.compile(r"</?(?:details(?: open)?|summary|b|code)>|<!-- [^<>]* -->")


def _leaves(tokens: list[Token]) -> list[Token]:
    return [leaf for token in tokens for leaf in ([token] if token.children is None else _leaves(token.children))]


def _kinds(text: str) -> list[str]:
    return [leaf.type for token in RENDER.parse(text) for leaf in token.children or ()]


def _reviewed(name: str) -> Review:
    return review_of(PLANS[name]())


def _sections(text: str) -> list[str]:
    found = [token.content for token in RENDER.parse(text) if token.type == "inline"]
    return [title for title in re.findall(r"^### (.+)$", text, re.MULTILINE) if title in found]


@pytest.mark.parametrize("name", PLANS)
def test_a_comment_fits(name: str) -> None:
    """Whatever the plan."""
    assert 0 < length(comment(_reviewed(name))) <= COMMENT_LIMIT


@pytest.mark.parametrize("name", PLANS)
def test_nothing_comes_to_life(name: str) -> None:
    """Outside of code there is no text but ours: no tag, mention, link, address or reference that a value brought."""
    for leaf in _leaves(RENDER.parse(comment(_reviewed(name)))):
        if leaf.type in {"html_block", "html_inline"}:
            rest = _TAGS.sub("", re.sub(r"<code>[^<>]*</code>", "", leaf.content))
            assert not re.search(r"[<>@]|https?:|www\.", rest), rest
        elif leaf.type == "text":
            assert not re.search(r"@\w|https?:|www\.|#\d|<|javascript:", leaf.content), leaf.content
        else:
            assert leaf.type not in {"link_open", "image"}, leaf


def test_hostile_values_are_there_to_read() -> None:
    """Neutralized, not swallowed."""
    text = comment(_reviewed("hostile"))
    assert "@platform-team please merge" in text
    assert "<!-- vend -->" not in [token.content for token in RENDER.parse(text) if token.type == "html_block"]
    assert "\x1b" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize("value", [*HOSTILE, "`", "``", "a`b", " ", "", "|", "\\|", "`|`", "\\", "a\\"])
def test_a_value_is_one_piece_of_code(value: str) -> None:
    """In a line, in a cell of a table, in a fence, and between HTML tags."""
    assert _kinds(f"before {code(value)} after") == ["text", "code_inline", "text"]
    table = f"| a | b |\n|---|---|\n| {code(value, cell=True)} | end |\n"
    cells = [token for token in RENDER.parse(table) if token.type == "inline"]
    assert [cell.content for cell in cells[:2]] == ["a", "b"]
    assert cells[3].content == "end"
    assert len(cells) == 4
    assert [leaf.type for leaf in cells[2].children or ()] == ["code_inline"]
    (fence,) = RENDER.parse(block([value, "second"], "diff"))
    assert fence.type == "fence"
    assert fence.content.endswith("second\n")
    assert "<" not in re.sub(r"^<code>|</code>$", "", html_code(value))
    (comment_,) = RENDER.parse(hidden(value))
    assert comment_.content.count("-->") == 1


def test_a_link_is_an_https_address() -> None:
    """Anything else is its label alone."""
    assert link("report", "https://example.com/a?b=c") == "[report](<https://example.com/a?b=c>)"
    for other in ("javascript:alert(1)", "http://example.com", "https://a>b", "https://a b", ""):
        assert link("report", other) == "report"


def test_the_order_is_the_reviewers() -> None:
    """Verdict, what ends or destroys, accounts, policies, details, drift, what next."""
    text = comment(_reviewed("mixed"))
    assert text.index("## vend") < text.index("[!CAUTION]") < text.index("### Accounts") < text.index("### Details")
    assert text.index("### Details") < text.index("### What to do next")
    assert _sections(comment(_reviewed("policy"))) == ["Accounts", "Policies", "Details", "What to do next"]
    assert "Changed outside Terraform" in _sections(comment(_reviewed("drift")))


def test_three_hundred_accounts_are_named_and_those_that_matter_detailed() -> None:
    """Each has its row; every one that is refused, removed or closed has its details."""
    review = _reviewed("fleet-of-300")
    text = comment(review)
    assert len(review.accounts) == 300
    for account in review.accounts:
        assert f"| {code(account.account)} |" in text
        if account.action in {"refused", "close", "unmanage"}:
            assert f"<summary>{html_code(account.account)}: <b>{account.action}</b>" in text
    assert "Shortened" in text


@pytest.mark.parametrize("limit", [COMMENT_LIMIT, 30_000, 20_000, 12_000, 9_000, 3_000])
def test_details_give_way_in_order(limit: int) -> None:
    """Names stay longest; below what they need, the text ends at a whole line and says so."""
    review = _reviewed("fleet-of-300")
    text = comment(review, CommentOptions(limit=limit, report_url="https://example.com/report"))
    assert length(text) <= limit
    assert "https://example.com/report" in text
    named = sum(code(account.account) in text for account in review.accounts)
    assert named == 300 or limit < 10_000
    assert next(iter(RENDER.parse(text))).type == "html_block"


def test_three_hundred_refused_accounts_are_all_detailed() -> None:
    """Even where none is ordinary."""
    accounts = []
    for number in range(300):
        problem = Diagnostic(code="name-changed", summary="the name differs", hint="write the account's own name")
        accounts.append(an_account(a_request(f"team-{number:03d}"), "refused", diagnostics=(problem,)))
    text = comment(review_of(a_fleet(*accounts)))
    assert length(text) <= COMMENT_LIMIT
    assert text.count("<summary>") == 300


def test_a_comment_is_found_again_until_it_is_frozen() -> None:
    """By a hidden line that names fleet and organization; a frozen one has another, and says what became of it."""
    review = _reviewed("one-account")
    marker = comment_marker(review.fleet, review.organization_id)
    assert comment(review).startswith(marker)
    assert marker != comment_marker("other", review.organization_id)
    report = a_report(**{account.account: "succeeded" for account in review.accounts})
    frozen = comment(review, CommentOptions(applied=report))
    assert marker not in frozen
    assert frozen.startswith(frozen_marker(review))
    assert "**applied:** 1 account: 1 succeeded" in frozen
    assert "What to do next" not in frozen


def test_a_frozen_comment_names_what_failed() -> None:
    """Each account that did not succeed, in which stage, why, and what to do; hostile words stay code."""
    problem = Diagnostic(code="terraform-error", summary=HOSTILE[3], detail=HOSTILE[0], hint="look at <the log>")
    stage = StageResult(stage="settings", status="failed", diagnostics=(problem,))
    results = (
        AccountResult(account="a0", status="succeeded"),
        AccountResult(account="a1", status="failed", stages=(stage,)),
        AccountResult(account="a2", status="aborted"),
    )
    report = Report(run="r1", status="failed", terraform_runs=0, results=results)
    text = comment(_reviewed("mixed"), CommentOptions(applied=report))
    assert "## vend `example`: applied in part" in text
    assert "**applied in part:** 3 accounts: 1 succeeded, 1 failed, 1 aborted" in text
    assert (
        "- `a1`: **failed** (settings failed)\n  - **error** `terraform-error`: `@platform-team please merge`" in text
    )
    assert "- `a2`: **aborted**" in text
    assert "it resumes there" in text
    told = [leaf.content for leaf in _leaves(RENDER.parse(text)) if leaf.type in {"text", "html_inline"}]
    assert not any("@platform" in each or "<script" in each or "<the" in each for each in told)


def test_a_frozen_comment_of_many_failures_fits() -> None:
    """Fifty are named, the others counted."""
    problem = Diagnostic(code="terraform-error", summary="x" * 400, detail="y" * 400)
    stage = StageResult(stage="settings", status="failed", diagnostics=(problem,))
    results = tuple(AccountResult(account=f"a{at}", status="failed", stages=(stage,)) for at in range(300))
    report = Report(run="r1", status="failed", terraform_runs=0, results=results)
    text = comment(_reviewed("fleet-of-300"), CommentOptions(applied=report))
    assert length(text) <= COMMENT_LIMIT
    assert "- and 250 more, in the log of the run" in text
    assert "not applied" in text


def test_an_apply_that_was_refused_says_why() -> None:
    """No account was reached: what stopped it counts."""
    report = replace(a_report(), status="failed", diagnostics=(Diagnostic(code="bundle-expired", summary="too old"),))
    text = comment(_reviewed("one-account"), CommentOptions(applied=report))
    assert "**not applied:** bundle-expired" in text
    assert "- **error** `bundle-expired`: `too old`" in text


@pytest.mark.parametrize("name", ["fleet-of-300", "hostile"])
def test_a_comment_may_be_measured_in_bytes(name: str) -> None:
    """As GitHub measures the summary of a check run."""
    review = _reviewed(name)
    for limit in (65_535, 20_000):
        text = comment(review, CommentOptions(limit=limit, counted="utf-8"))
        assert len(text.encode()) <= limit
    assert length(comment(review, CommentOptions(limit=20_000))) > 0


def test_what_is_denied_says_how_to_approve_it() -> None:
    """By the digest that approvals name; what is approved says by whom."""
    text = comment(_reviewed("policy"))
    assert f"to approve: `{'a' * 16}`" in text
    assert "approved by `ada@example.com`, `grace@example.com`" in text


def test_counts_are_those_of_terraform() -> None:
    """The line of the verdict sums up what the accounts' details hold."""
    for name in PLANS:
        review = _reviewed(name)
        assert review.headline in comment(review)
        if review.resources:
            assert review.resources in comment(review)


def test_an_account_that_stays_is_only_counted() -> None:
    """Nobody reads rows in which nothing happens."""
    review = _reviewed("unchanged")
    text = comment(replace(review))
    assert "2 accounts unchanged." in text
    assert "### Accounts" not in text
