"""A change set for reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vend.plan import (
    AccountReview,
    AttributeChange,
    ChangeAction,
    Operation,
    PolicyResult,
    Review,
    ReviewedChange,
    RiskLevel,
    StageReview,
)
from vend.views._comment import CommentOptions, comment
from vend.views._diagnostics import diagnostic_lines
from vend.views._document import Document
from vend.views._html import report
from vend.views._text import Line, Span, count, line

_SYMBOLS: dict[ChangeAction, Span] = {
    "create": Span("  +", "green"),
    "update": Span("  ~", "yellow"),
    "replace": Span("-/+", "bold red"),
    "destroy": Span("  -", "red"),
    "import": Span("  <", "cyan"),
    "forget": Span("  x", "magenta"),
    "read": Span(" <=", "dim"),
    "no-op": Span("   ", "dim"),
}
_DRIFT = Span("  ≠", "magenta")
_ACTION_STYLES = {"refused": "bold red", "failed": "bold red", "create": "bold green", "none": "dim"}
_RISK_STYLES: dict[RiskLevel, str] = {
    "none": "",
    "low": "green",
    "medium": "yellow",
    "high": "bold red",
    "critical": "bold red",
}
_LONGEST_VALUE = 120
_SHORT_DIGEST = 12
_FOLLOWS = {
    "account": "follows once Control Tower is free",
    "settings": "follow once the account exists",
    "customizations": "follow once the account exists",
}
_PREVIEW = "Preview only. The real plan is made at apply and may only create"


def plan_document(review: Review, options: CommentOptions | None = None) -> Document:
    """A change set, as `vend plan` and `vend show` show it.

    Args:
        review: the change set.
        options: of the comment, where it is written as one.
    """
    return Document(
        json=review.to_json(),
        text=tuple(_plan_lines(review)),
        diagnostics=review.all_diagnostics,
        markdown=lambda: comment(review, options),
        html=lambda: report(review),
    )


def _plan_lines(review: Review) -> Iterator[Line]:
    for account in review.accounts:
        if not account.unremarkable:
            yield from _account_lines(account)
            yield line()
    for result in review.policy:
        yield from policy_lines(result)
    if review.diagnostics:
        yield from diagnostic_lines(review.diagnostics)
    if review.policy or review.diagnostics:
        yield line()
    yield from _summary(review)


def _account_lines(account: AccountReview) -> Iterator[Line]:
    heading = [Span(account.account, "bold"), Span(": "), Span(account.action, _ACTION_STYLES.get(account.action, ""))]
    if account.account_id:
        heading.append(Span(f", account {account.account_id}"))
    if account.risk.level != "none":
        heading += [Span(", "), Span(f"{account.risk.level} risk", _RISK_STYLES[account.risk.level])]
    yield tuple(heading)
    yield from _facts(account)
    for change in account.semantic:
        yield line("  • ", change.summary)
    planned = {stage.stage for stage in account.stages}
    for operation in account.operations:
        if operation.stage not in planned:
            yield from _operation_lines(operation)
    for stage in account.stages:
        yield from _stage_lines(stage, [o for o in account.operations if o.stage == stage.stage])
    for result in account.policy:
        yield from (line("  ", *found) for found in policy_lines(result))
    for found in diagnostic_lines(account.diagnostics):
        yield line("  ", *found)


def _facts(account: AccountReview) -> Iterator[Line]:
    """What the account is called and why it changes; nothing where it stays as it is."""
    if account.action == "none":
        return
    if account.name and account.email:
        yield line("  ", Span(f'"{account.name}" <{account.email}>', "dim"))
    if account.requested_by:
        yield line("  ", Span(f"requested by {account.requested_by}: {account.reason}", "dim"))


def policy_lines(result: PolicyResult) -> Iterator[Line]:
    """A violation of a policy: what it is, where, and what to do."""
    style = "bold red" if result.denies else "bold yellow"
    yield line(Span(f"{result.severity}[{result.code}]", style), ": ", Span(result.summary, "bold"))
    if result.position is not None:
        place = result.position
        yield line("  ", Span(f"{place.file}:{place.line}:{place.column}", "cyan"))
    if result.address:
        yield line("  ", result.address)
    yield from (line("  ", text) for text in (result.detail or "").splitlines())
    if result.approved_by:
        yield line("  ", Span("approved by ", "green"), ", ".join(result.approved_by))
        return
    if result.hint:
        yield line("  ", Span("hint:", "green"), " ", result.hint)
    if result.denies:
        yield line("  to approve: ", result.digest[:16])


def _stage_lines(stage: StageReview, operations: Sequence[Operation]) -> Iterator[Line]:
    told = [stage.counts.words] if stage.changes else []
    told += [count(len(operations), "operation")] if operations else []
    quiet = {"follows": _FOLLOWS[stage.stage], "unchanged": "unchanged", "planned": "nothing to change in AWS"}
    words = ", ".join(told)
    if stage.preview:
        words = f"preview: {words or 'nothing to change'}"
    hooks = ", hooks run" if stage.hooks else ""
    yield line("  ", stage.stage, ": ", words or Span(quiet[stage.state], "dim"), hooks)
    if stage.preview:
        yield line("    ", Span(_PREVIEW, "dim"))
    for operation in operations:
        yield from _operation_lines(operation)
    for change in stage.drift:
        yield line("  ", _DRIFT, " ", change.address, Span(" (changed outside Terraform)", "magenta"))
        yield from _attribute_lines(change)
    for change in stage.changes:
        yield line("  ", _SYMBOLS[change.action], " ", change.address)
        yield from _attribute_lines(change)
    for found in diagnostic_lines(stage.diagnostics):
        yield line("    ", *found)


def _attribute_lines(change: ReviewedChange) -> Iterator[Line]:
    if change.action in {"destroy", "forget"}:
        return
    if change.importing:
        yield line("        imported by ", change.importing)
    for attribute in change.attributes:
        if change.action == "create" and (not attribute.known or _is_noise(attribute)):
            continue
        before, after = _short(attribute.before), _short(attribute.after)
        if attribute.kind == "add":
            told = Span(after, "green" if attribute.known else "dim")
        elif attribute.kind == "remove":
            told = Span(f"{before} → (none)", "red")
        elif attribute.sensitive:
            told = Span(after, "yellow")
        else:
            told = Span(f"{before} → {after}", "yellow")
        forces = Span("  (forces replacement)", "bold red") if attribute.forces_replacement else Span("")
        yield line("        ", attribute.path, ": ", told, forces)


def _is_noise(attribute: AttributeChange) -> bool:
    """Whether it says what the path says already (`parameters["OU"].key: "OU"`), or how long to wait."""
    own_name = attribute.path.endswith((f"[{attribute.after}].key", f"[{attribute.after}].name"))
    return own_name or attribute.path.startswith("timeouts.")


def _short(shown: str | None) -> str:
    """A value that fits on a line; the JSON document holds the whole."""
    text = shown or ""
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def _operation_lines(operation: Operation) -> Iterator[Line]:
    name = operation.operation.replace("_", " ")
    before, after = operation.before, operation.after
    if isinstance(before or after, Mapping):
        old, new = dict(before or {}), dict(after or {})
        for key in sorted({*old, *new}):
            if old.get(key) != new.get(key):
                yield line("  ", Span("  ~", "yellow"), f" {name} {key}: {_value(old, key)} → {_value(new, key)}")
        return
    told = f" {name}"
    if after is not None:
        told += f": {'(none)' if before is None else before} → {after}"
    elif before is not None:
        told += f" {before}"
    if operation.precondition:
        told += f" (if {operation.precondition})"
    yield line("  ", Span("  ~", "yellow"), told)


def _value(values: Mapping[str, Any], key: str) -> str:
    return str(values[key]) if key in values else "(none)"


def _summary(review: Review) -> Iterator[Line]:
    yield line(Span("plan: ", "bold"), review.headline)
    if review.resources:
        yield line("resources: ", review.resources)
    if review.verdict == "unchanged":
        yield line(Span("nothing to do: every account matches its request", "green"))
    runs = count(review.terraform_runs, "Terraform run")
    if review.bundle is None:
        yield line(Span(f"{runs}; digest {review.digest[:_SHORT_DIGEST]}", "dim"))
        return
    until = f", expires {review.expires}" if review.expires else ""
    yield line(Span(f"{runs}; bundle {review.bundle}{until}", "dim"))
    yield line(Span(f"digest {review.digest}", "dim"))
