"""What differs between a change set that was reviewed and the one that would be applied now, by name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from vend.decide import PRODUCT_TYPE
from vend.errors import Diagnostic
from vend.plan import AccountPlan, ResourceChange, StagePlan
from vend.review._digest import change_digest, operation_digest, reviewed_changes
from vend.review._manifest import Manifest, RecordedAccount, RecordedChange, RecordedStage

_VALUES = "terraform.tfvars.json"
_LOCK = ".terraform.lock.hcl"
_HOOK = "hook "
_UNDECIDING = frozenset({"change", "source"})
"""Parts of a request that inform, and decide nothing."""
_FOUND = {
    "unit": "organizational unit",
    "wanted_unit": "organizational unit that is asked for",
    "product": "provisioned product",
    "product_status": "status of the provisioned product",
    "product_artifact": "provisioning artifact of the product",
    "account_state": "state of the account",
}
"""What AWS had, in words."""


def field_digests(request: Mapping[str, Any]) -> dict[str, str]:
    """SHA-256 (hex) of each field of an account request that decides something, by field path.

    Args:
        request: in the form of `AccountRequest.to_json`.
    """
    fields = {name: value for name, value in request.items() if name not in _UNDECIDING}
    return {path: _sha256(value) for path, value in _flattened("", fields)}


def unreviewed(reviewed: RecordedAccount, plan: AccountPlan, now: RecordedAccount) -> tuple[str, ...]:
    """What a plan of today would do that nobody reviewed; empty where it is what was reviewed, or what is left of it.

    A run that was stopped half-way is taken up again: what it did already is missing now, and what was known only
    after apply may be known.

    Args:
        reviewed: from the bundle.
        plan: of today, with every value.
        now: the same, recorded.
    """
    known = {operation.digest for operation in reviewed.operations}
    # Another request may leave less to do, all of it reviewed, or nothing: it is another wish all the same.
    found = ["another request"] if reviewed.request != now.request else []
    found += [f"operation {o.operation.replace('_', ' ')}" for o in plan.operations if operation_digest(o) not in known]
    stages = {stage.stage: stage for stage in reviewed.stages}
    recorded = {stage.stage: stage for stage in now.stages}
    for stage in plan.stages:
        if stage.stage in stages:
            found += _unreviewed_stage(stages[stage.stage], stage, recorded[stage.stage], plan.account_id)
        elif reviewed_changes(stage) or stage.hooks or stage.state == "follows":
            found.append(f"stage {stage.stage}")
    return tuple(found)


def differences(
    reviewed: RecordedAccount, now: RecordedAccount, bundle: Manifest, present: Manifest
) -> tuple[str, ...]:
    """What an account's plan was made from and what is otherwise now, in words: `request: tags.CostCenter`.

    Args:
        reviewed: from the bundle.
        now: recorded today.
        bundle: the bundle's manifest.
        present: the same, recorded today; of its accounts nothing is needed.
    """
    return tuple(
        dict.fromkeys(
            (
                *_request(reviewed, now),
                *_stages(reviewed, now, bundle, present),
                *_artifact(reviewed, bundle, present),
                *_found(reviewed, now),
            )
        )
    )


def changed_since_review(account: str, changed: Iterable[str], causes: Iterable[str]) -> Diagnostic:
    """An account whose plan is not the one that was reviewed.

    Args:
        account: its name.
        changed: what it would do now that nobody reviewed.
        causes: what differs.
    """
    named = tuple(causes) or ("AWS: Terraform plans something else from the same inputs",)
    detail = [f"differs: {cause}" for cause in named] + [f"not reviewed: {what}" for what in changed]
    return Diagnostic(
        code="changed-since-review",
        summary=f"what would be applied to {account} is not what was reviewed: "
        + ", ".join(dict.fromkeys(cause.partition(":")[0] for cause in named)),
        detail="\n".join(detail),
        hint="run `vend plan` again and review the new plan",
        account=account,
    )


def _unreviewed_stage(
    reviewed: RecordedStage, stage: StagePlan, now: RecordedStage, account_id: str | None
) -> Iterator[str]:
    acts = bool(reviewed_changes(stage)) or stage.hooks or stage.state == "follows"
    if acts and stage.fingerprint != reviewed.fingerprint:
        yield f"root module {stage.stage}"
    if acts and _hooks(now) != _hooks(reviewed):
        yield f"hooks of {stage.stage}"
    known = {change.address: change for change in reviewed.changes}
    for change in reviewed_changes(stage):
        if reviewed.state == "follows":
            # It could not be planned when it was reviewed: like any such stage it may only create.
            covered = change.action == "create"
        else:
            covered = change.address in known and _covers(known[change.address], change, account_id)
        if not covered:
            yield f"{change.action} {change.address}"


def _covers(recorded: RecordedChange, change: ResourceChange, account_id: str | None) -> bool:
    if recorded.action == "create" and change.action == "import" and change.type == PRODUCT_TYPE:
        # A run that was killed had asked for the account already: the product that was reviewed is there.
        return True
    if recorded.action != change.action:
        return False
    digests = [change_digest(change, account_id)]
    if recorded.unknown:
        digests.append(change_digest(change, account_id, recorded.unknown))
    return recorded.digest in digests


def _hooks(stage: RecordedStage) -> dict[str, str]:
    return {name: digest for name, digest in stage.inputs.items() if name.startswith(_HOOK)}


def _request(reviewed: RecordedAccount, now: RecordedAccount) -> Iterator[str]:
    if bool(reviewed.request) != bool(now.request):
        yield "request: removed" if reviewed.request else "request: present again"
        return
    fields = sorted(
        name for name in {**reviewed.request, **now.request} if reviewed.request.get(name) != now.request.get(name)
    )
    if fields:
        yield f"request: {', '.join(fields)}"


def _stages(reviewed: RecordedAccount, now: RecordedAccount, bundle: Manifest, present: Manifest) -> Iterator[str]:
    stages = {stage.stage: stage for stage in now.stages}
    for before in reviewed.stages:
        after = stages.pop(before.stage, None)
        if after is not None:
            yield from _inputs(before.inputs, after.inputs, bundle, present)
            yield from _state(before, after)
    if "customizations" in stages and reviewed.request == now.request:
        # Nothing of it was recorded that could be compared: what it is made from is all that can be told.
        kinds = ("customization", "hook") if _hooks(stages["customizations"]) else ("customization",)
        yield f"{' or '.join(kinds)}: the customizations stage had nothing to do when it was reviewed"


def _inputs(before: Mapping[str, str], after: Mapping[str, str], bundle: Manifest, present: Manifest) -> Iterator[str]:
    settings = tuple(_settings(bundle, present))
    for name in sorted({*before, *after}):
        if before.get(name) == after.get(name):
            continue
        first, _, rest = name.partition("/")
        if name.startswith(_HOOK):
            yield f"hook: {name.removeprefix(_HOOK)}"
        elif first == "modules":
            yield f"module: modules/{rest.partition('/')[0]}"
        elif first == "customizations":
            yield f"customization: {rest.partition('/')[0]}"
        elif name == _LOCK:
            yield "provider: terraform.lock.hcl"
        elif name != _VALUES and bundle.templates != present.templates:
            yield f"template: {name}"
        else:
            yield from settings


def _state(before: RecordedStage, after: RecordedStage) -> Iterator[str]:
    if (before.lineage, before.serial) == (after.lineage, after.serial):
        return
    if before.lineage == after.lineage:
        yield f"state: {before.stage}, serial {before.serial} → {after.serial}"
    else:
        yield f"state: {before.stage}, {'replaced' if before.lineage and after.lineage else 'created or removed since'}"


def _artifact(reviewed: RecordedAccount, bundle: Manifest, present: Manifest) -> Iterator[str]:
    if any(stage.stage == "account" for stage in reviewed.stages) and bundle.artifact != present.artifact:
        yield f"artifact: {bundle.artifact or '(none)'} → {present.artifact or '(none)'}"


def _found(reviewed: RecordedAccount, now: RecordedAccount) -> Iterator[str]:
    for name, words in _FOUND.items():
        before, after = reviewed.found.get(name), now.found.get(name)
        if before != after:
            yield f"what AWS has: {words} {before or '(none)'} → {after or '(none)'}"


def _settings(bundle: Manifest, present: Manifest) -> Iterator[str]:
    for name in sorted({*bundle.settings, *present.settings}):
        before, after = bundle.settings.get(name), present.settings.get(name)
        if before != after:
            yield f"settings: {name} {before or '(none)'} → {after or '(none)'}"


def _flattened(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key in sorted(value):
            yield from _flattened(f"{path}.{key}" if path else str(key), value[key])
    elif isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value):
        for at, item in enumerate(value):
            yield from _flattened(f"{path}[{at}]", item)
    else:
        yield path, value


def _sha256(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
