"""A change set as a comment on a pull request: Markdown that GitHub, GitLab and others render.

Order: verdict, what ends or destroys, accounts, policies, details, what changed outside Terraform, what to do next. A
comment holds 65,536 characters at most; where there is more to say, details give way in a fixed order, those of
accounts that are refused, removed or closed last, and the names of the accounts never.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from vend.models import Report
from vend.plan import AccountReview, PolicyResult, Review
from vend.views._comment_details import Level, change_lines, details, diagnostic_item, place
from vend.views._markup import block, code, hidden, length, link, size
from vend.views._outcome import outcome, outcome_details
from vend.views._text import count

COMMENT_LIMIT = 65_536
"""Characters that GitHub takes in one comment."""
_SHOWN_DIGEST = 16
_VERDICTS = {
    "unchanged": "nothing to do",
    "changes": "changes",
    "refused": "refused",
    "failed": "failed",
}
_URGENT = frozenset({"refused", "failed", "remove", "unmanage", "close"})
"""Actions whose accounts are detailed whatever else gives way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentOptions:
    """What a comment holds besides the change set.

    Attributes:
        report_url: https address of the HTML report.
        applied: what came of applying it; a comment that says so is frozen: no later plan takes its place.
        limit: how long it may be.
        counted: in what; GitHub counts a comment in UTF-16 units, and a check run's summary in bytes of UTF-8.
    """

    report_url: str | None = None
    applied: Report | None = None
    limit: int = COMMENT_LIMIT
    counted: Literal["utf-16", "utf-8"] = "utf-16"

    def length(self, text: str) -> int:
        """How long a text is, as it is counted here."""
        return length(text) if self.counted == "utf-16" else size(text)


def comment_marker(fleet: str, organization_id: str | None) -> str:
    """The hidden line by which the comment of this fleet is found again, until it is frozen."""
    return hidden(f"vend review {fleet} {organization_id or ''}".rstrip())


def frozen_marker(review: Review) -> str:
    """The hidden line by which the comment of a change set is found again once it was applied."""
    return hidden(f"vend applied {review.fleet} {review.digest[:_SHOWN_DIGEST]}")


def comment(review: Review, options: CommentOptions | None = None) -> str:
    """The comment; it holds whatever fits, and says where the rest is.

    Args:
        review: the change set.
        options: the limit and the data it holds besides.
    """
    options = options or CommentOptions()
    text = ""
    for rung in _LADDER:
        text = _written(review, options, rung)
        if options.length(text) <= options.limit:
            return text
    return _cut(text, options)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rung:
    """How much is said: of ordinary accounts, of urgent ones, and whether the table has a row for each."""

    ordinary: Level
    urgent: Level
    table: bool = True


_LADDER = (
    _Rung(ordinary=Level.FULL, urgent=Level.FULL),
    _Rung(ordinary=Level.CHANGED, urgent=Level.FULL),
    _Rung(ordinary=Level.ADDRESSES, urgent=Level.FULL),
    _Rung(ordinary=Level.COUNTS, urgent=Level.FULL),
    _Rung(ordinary=Level.COUNTS, urgent=Level.CHANGED),
    _Rung(ordinary=Level.COUNTS, urgent=Level.CHANGED, table=False),
    _Rung(ordinary=Level.COUNTS, urgent=Level.ADDRESSES, table=False),
    _Rung(ordinary=Level.COUNTS, urgent=Level.COUNTS, table=False),
)


def _written(review: Review, options: CommentOptions, rung: _Rung) -> str:
    changing = [account for account in review.accounts if not account.unremarkable]
    parts = [
        *_heading(review, options),
        *_ending(changing),
        *_accounts(review, changing, table=rung.table),
        *_policy(review),
        *_details(changing, rung),
        *_drift(changing, rung),
        *_problems(review),
        *_next(review, options, shortened=rung.ordinary is not Level.FULL),
    ]
    return "\n\n".join(parts) + "\n"


def _heading(review: Review, options: CommentOptions) -> Iterator[str]:
    applied = options.applied
    yield frozen_marker(review) if applied else comment_marker(review.fleet, review.organization_id)
    fleet = f" {code(review.fleet)}" if review.fleet else ""
    yield f"## vend{fleet}: {outcome(applied) if applied else _VERDICTS[review.verdict]}"
    told = [f"**{review.headline}**"]
    told += [review.resources] if review.resources else []
    told.append(f"digest {code(review.digest[:_SHOWN_DIGEST])}")
    yield " · ".join(told)
    if applied:
        yield from outcome_details(applied)


def _ending(accounts: list[AccountReview]) -> Iterator[str]:
    """What cannot be taken back, first and unfolded."""
    items = [
        *(f"{code(a.account)}: **{a.action}** of account {code(a.account_id or '?')}" for a in accounts if a.ends),
        *(
            f"{code(account.account)}: **{change.action}** {code(change.address)}"
            + (f", forced by {', '.join(map(code, change.forced_by))}" if change.forced_by else "")
            for account in accounts
            for change in account.destructive
        ),
    ]
    if items:
        shown, rest = items[:_MOST_ENDING], len(items) - _MOST_ENDING
        shown += [f"and {rest} more, in the details"] if rest > 0 else []
        yield "\n".join(["> [!CAUTION]", "> **Ends, destroys or replaces**", ">", *(f"> - {item}" for item in shown)])


_MOST_ENDING = 50


def _accounts(review: Review, changing: list[AccountReview], *, table: bool) -> Iterator[str]:
    unchanged = len(review.accounts) - len(changing)
    if changing and table:
        yield "### Accounts"
        yield "\n".join(
            [
                "| account | action | organizational unit | email | risk | policy | stages |",
                "|---|---|---|---|---|---|---|",
                *(_row(account) for account in changing),
            ]
        )
    elif changing:
        yield "### Accounts"
        by_action: dict[str, list[str]] = {}
        for account in changing:
            by_action.setdefault(account.action, []).append(code(account.account))
        yield "\n".join(f"- **{action}**: {', '.join(names)}" for action, names in sorted(by_action.items()))
    if unchanged:
        yield f"{count(unchanged, 'account')} unchanged."


def _row(account: AccountReview) -> str:
    before, after = account.unit_before, account.unit_after
    unit = [code(path or "(root)", cell=True) for path in (before, after) if path is not None]
    if before == after:
        unit = unit[:1]
    denied = sum(result.denies for result in account.policy)
    told = [f"{denied} denied"] if denied else []
    told += [f"{len(account.policy) - denied} noted"] if len(account.policy) > denied else []
    cells = (
        code(account.account, cell=True),
        account.action,
        " → ".join(unit),
        code(account.email, cell=True) if account.email else "",
        "" if account.risk.level == "none" else account.risk.level,
        ", ".join(told),
        "; ".join(_stage_words(account)),
    )
    return f"| {' | '.join(cells)} |"


def _stage_words(account: AccountReview) -> Iterator[str]:
    operations = Counter(operation.stage for operation in account.operations)
    for stage in account.stages:
        words = [stage.counts.words or stage.state] if stage.changes or stage.state == "follows" else []
        done = operations.pop(stage.stage, 0)
        words += [count(done, "operation")] if done else []
        if words:
            yield f"{stage.stage} {'preview ' if stage.preview else ''}{', '.join(words)}"
    yield from (f"{stage} {count(done, 'operation')}" for stage, done in operations.items())


def _policy(review: Review) -> Iterator[str]:
    results = sorted(review.all_policy, key=lambda result: (not result.denies, result.severity))
    if results:
        yield "### Policies"
        shown = results[:_MOST_POLICY]
        items = [_policy_item(result) for result in shown]
        items += [f"- and {len(results) - len(shown)} more"] if len(results) > len(shown) else []
        yield "\n".join(items)


_MOST_POLICY = 60


def _policy_item(result: PolicyResult) -> str:
    severity = "deny" if result.denies else "approved" if result.severity == "deny" else "warn"
    account = f"{code(result.account)}: " if result.account else ""
    told = f"- **{severity}** {code(result.code)} {account}{code(result.summary)}{place(result.position)}"
    if result.approved_by:
        return f"{told}\n  approved by {', '.join(map(code, result.approved_by))}"
    hint = f"\n  hint: {code(result.hint)}" if result.hint else ""
    digest = f"\n  to approve: {code(result.digest[:_SHOWN_DIGEST])}" if result.denies else ""
    return f"{told}{hint}{digest}"


def _details(accounts: list[AccountReview], rung: _Rung) -> Iterator[str]:
    found = []
    for account in accounts:
        urgent = account.action in _URGENT
        level = rung.urgent if urgent else rung.ordinary
        if level is Level.COUNTS and not urgent:
            continue
        found.append(details(account, level, opened=urgent and len(accounts) <= _OPENED))
    if found:
        yield "### Details"
        yield "\n\n".join(found)


_OPENED = 10
"""So many accounts can be read at a glance; among more, nothing is unfolded."""


def _drift(accounts: list[AccountReview], rung: _Rung) -> Iterator[str]:
    drifted = [account for account in accounts if account.drift]
    if not drifted:
        return
    yield "### Changed outside Terraform"
    level = min(rung.ordinary, Level.CHANGED)
    if level is Level.COUNTS:
        yield ", ".join(f"{code(account.account)} ({len(account.drift)})" for account in drifted)
        return
    for account in drifted:
        lines = [text for change in account.drift for text in change_lines(change, level, drift=True)]
        yield f"{code(account.account)}\n\n{block(lines, 'diff')}"


def _problems(review: Review) -> Iterator[str]:
    if review.diagnostics:
        yield "### Problems"
        yield "\n".join(diagnostic_item(problem) for problem in review.diagnostics[:_MOST_POLICY])


def _next(review: Review, options: CommentOptions, *, shortened: bool) -> Iterator[str]:
    report = f" {link('The report', options.report_url)} has everything." if options.report_url else ""
    if shortened:
        yield f"_Shortened: not everything fits into a comment._{report or ' `vend show` has everything.'}"
    elif report:
        yield report.strip()
    if options.applied is not None:
        return
    yield "### What to do next"
    yield "\n".join(f"- {item}" for item in _advice(review))


def _advice(review: Review) -> Iterator[str]:
    verdict = review.verdict
    if verdict == "unchanged":
        yield "Nothing: every account matches its request."
        return
    if verdict == "failed":
        yield "Fix what the details name; the next commit is planned again. Nothing of a failed account is applied."
    if any(account.action == "refused" for account in review.accounts):
        yield (
            "Refused accounts stay as they are. Change the request, or have the violation approved by name: in "
            "`approvals.hcl`, or with `vend apply --approve DIGEST=NAME`."
        )
    if any(account.drift for account in review.accounts):
        yield "Changes made outside Terraform are reverted to what the code says; add them to the code to keep them."
    if set(review.summary) - {"none", "refused", "failed"}:
        yield (
            f"Applying does exactly this or nothing: anything that no longer matches digest "
            f"{code(review.digest[:_SHOWN_DIGEST])} is refused."
        )


def _cut(text: str, options: CommentOptions) -> str:
    """The text up to a whole line, where even names alone are too much."""
    end = f"\n\n_Cut: not everything fits into a comment.{' ' + options.report_url if options.report_url else ''}_\n"
    kept: list[str] = []
    left = options.limit - options.length(end)
    for text_line in text.splitlines():
        left -= options.length(text_line) + 1
        if left < 0:
            break
        kept.append(text_line)
    return "\n".join(kept) + end
