"""A change set for reading."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vend.plan import CHANGING, AccountPlan, AttributeChange, ChangeAction, Operation, Plan, ResourceChange, StagePlan
from vend.views._diagnostics import diagnostic_lines
from vend.views._document import AttributeChanges, Document
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
_ACTION_STYLES = {"refused": "bold red", "failed": "bold red", "create": "bold green", "none": "dim"}
_LONGEST_VALUE = 120
_UNIT = 'provisioning_parameters["ManagedOrganizationalUnit"].value'
_FOLLOWS = {
    "account": "follows once Control Tower is free",
    "settings": "follow once the account exists",
    "customizations": "follow once the account exists",
}


def plan_document(plan: Plan, attributes: AttributeChanges) -> Document:
    """A plan, as `vend plan` shows it.

    Args:
        plan: the change set of a fleet.
        attributes: says what of a resource change may be shown.
    """
    return Document(
        json=plan_to_json(plan, attributes),
        text=tuple(_plan_lines(plan, attributes)),
        diagnostics=(*plan.diagnostics, *(d for account in plan.accounts for d in account.diagnostics)),
    )


def plan_to_json(plan: Plan, attributes: AttributeChanges) -> dict[str, Any]:
    """The JSON document of a plan; keys are a contract. Sensitive values are masked."""
    return {
        "bundle": plan.bundle,
        "digest": plan.digest,
        "terraform_runs": plan.terraform_runs,
        "summary": plan.summary,
        "accounts": [_account_to_json(account, attributes) for account in plan.accounts],
        "diagnostics": [diagnostic.to_json() for diagnostic in plan.diagnostics],
    }


def _account_to_json(account: AccountPlan, attributes: AttributeChanges) -> dict[str, Any]:
    return {
        "account": account.account,
        "account_id": account.account_id,
        "action": account.action,
        "operations": [operation.to_json() for operation in account.operations],
        "stages": [
            {
                "stage": stage.stage,
                "state": stage.state,
                "fingerprint": stage.fingerprint,
                "add": stage.count("create"),
                "change": stage.count("update"),
                "replace": stage.count("replace"),
                "destroy": stage.count("destroy"),
                "import": stage.count("import"),
                "forget": stage.count("forget"),
                "changes": [_change_to_json(change, attributes) for change in _shown(stage)],
            }
            for stage in account.stages
        ],
        "policy": [dict(finding) for finding in account.policy],
        "diagnostics": [diagnostic.to_json() for diagnostic in account.diagnostics],
    }


def _change_to_json(change: ResourceChange, attributes: AttributeChanges) -> dict[str, Any]:
    return {
        "address": change.address,
        "type": change.type,
        "name": change.name,
        "action": change.action,
        "importing": change.importing,
        "attributes": [attribute.to_json() for attribute in attributes(change)],
    }


def _shown(stage: StagePlan) -> list[ResourceChange]:
    return [change for change in stage.changes if change.action in CHANGING]


def _plan_lines(plan: Plan, attributes: AttributeChanges) -> Iterator[Line]:
    for account in plan.accounts:
        if account.action == "none" and not account.diagnostics:
            continue
        yield from _account_lines(account, attributes)
        yield line()
    if plan.diagnostics:
        yield from diagnostic_lines(plan.diagnostics)
        yield line()
    yield from _summary(plan)


def _account_lines(account: AccountPlan, attributes: AttributeChanges) -> Iterator[Line]:
    heading = [Span(account.account, "bold"), Span(": "), Span(account.action, _ACTION_STYLES.get(account.action, ""))]
    if account.account_id:
        heading.append(Span(f", account {account.account_id}"))
    yield tuple(heading)
    unit = _unit(account, attributes)
    if unit:
        yield line("  organizational unit: ", unit)
    planned = {stage.stage for stage in account.stages}
    for operation in account.operations:
        if operation.stage not in planned:
            yield from _operation_lines(operation)
    for stage in account.stages:
        yield from _stage_lines(stage, [o for o in account.operations if o.stage == stage.stage], attributes)
    for found in diagnostic_lines(account.diagnostics):
        yield line("  ", *found)


def _unit(account: AccountPlan, attributes: AttributeChanges) -> str | None:
    """`Workloads/Test → Workloads/Prod`, where the product's parameters say so."""
    for stage in account.stages:
        for change in stage.changes:
            if stage.stage != "account" or change.action not in CHANGING:
                continue
            for attribute in attributes(change):
                if attribute.path.endswith(_UNIT) and attribute.after:
                    now, then = _bare(attribute.before), _bare(attribute.after)
                    return f"{now} → {then}" if now else then
    return None


def _bare(shown: str | None) -> str:
    """A shown string without its quotes."""
    return json.loads(shown) if shown and shown.startswith('"') else shown or ""


def _stage_lines(stage: StagePlan, operations: Sequence[Operation], attributes: AttributeChanges) -> Iterator[Line]:
    changes = _shown(stage)
    told = [_counts(changes)] if changes else []
    told += [count(len(operations), "operation")] if operations else []
    quiet = {"follows": _FOLLOWS[stage.stage], "unchanged": "unchanged", "planned": "nothing to change in AWS"}
    yield line("  ", stage.stage, ": ", ", ".join(told) or Span(quiet[stage.state], "dim"))
    for operation in operations:
        yield from _operation_lines(operation)
    for change in changes:
        yield line("  ", _SYMBOLS[change.action], " ", change.address)
        yield from _attribute_lines(change, attributes)


def _attribute_lines(change: ResourceChange, attributes: AttributeChanges) -> Iterator[Line]:
    if change.action in {"destroy", "forget"}:
        return
    if change.importing:
        yield line("        imported by ", change.importing)
    for attribute in attributes(change):
        if change.action == "create" and (not attribute.known or _is_noise(attribute)):
            continue
        before, after = _short(attribute.before), _short(attribute.after)
        if attribute.kind == "add":
            told = Span(after, "green" if attribute.known else "dim")
        elif attribute.kind == "remove":
            told = Span(f"{before} → (none)", "red")
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
    if before is not None or after is not None:
        told += f": {'(none)' if before is None else before} → {'(none)' if after is None else after}"
    if operation.precondition:
        told += f" (if {operation.precondition})"
    yield line("  ", Span("  ~", "yellow"), told)


def _value(values: Mapping[str, Any], key: str) -> str:
    return str(values[key]) if key in values else "(none)"


def _counts(changes: list[ResourceChange]) -> str:
    words: tuple[tuple[ChangeAction, str], ...] = (
        ("import", "to import"),
        ("create", "to add"),
        ("update", "to change"),
        ("replace", "to replace"),
        ("destroy", "to destroy"),
        ("forget", "to forget"),
    )
    found = [(sum(change.action == action for change in changes), text) for action, text in words]
    return ", ".join(f"{number} {text}" for number, text in found if number)


def _summary(plan: Plan) -> Iterator[Line]:
    accounts = ", ".join(f"{number} {'unchanged' if name == 'none' else name}" for name, number in _ordered(plan))
    yield line(Span("plan: ", "bold"), count(len(plan.accounts), "account"), f": {accounts}" if accounts else "")
    changes = [change for account in plan.accounts for stage in account.stages for change in _shown(stage)]
    operations = sum(len(account.operations) for account in plan.accounts)
    told = [text for text in (_counts(changes), count(operations, "operation") if operations else "") if text]
    if told:
        yield line("resources: ", ", ".join(told))
    if not plan.pending and not any(a.action in {"refused", "failed"} for a in plan.accounts):
        yield line(Span("nothing to do: every account is as requested", "green"))
    yield line(Span(f"{count(plan.terraform_runs, 'Terraform run')}; digest {plan.digest[:12]}", "dim"))


def _ordered(plan: Plan) -> list[tuple[str, int]]:
    """What happens first, what stays last."""
    return sorted(plan.summary.items(), key=lambda item: (item[0] == "none", item[0]))
