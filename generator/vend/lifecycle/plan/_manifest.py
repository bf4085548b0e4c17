"""What a plan was made from, recorded for its bundle; and the same of today, to hold against it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, timedelta
from typing import Any

from vend.errors import TerraformError
from vend.lifecycle._origin import fleet_commit
from vend.lifecycle._workspace import PreparedAccount, Workspace
from vend.models import Stage, StageName
from vend.plan import AccountPlan, Operation, Plan, Selection, StagePlan
from vend.review import (
    Manifest,
    RecordedAccount,
    RecordedChange,
    RecordedOperation,
    RecordedStage,
    change_digest,
    field_digests,
    operation_digest,
    reviewed_changes,
)
from vend.settings import Settings

_READERS = 10
"""States read at once."""
_UNDECIDING = (
    "review.",
    "sandbox.",
    "ledger.",
    "frozen",
    "hook_timeout_minutes",
    "control_tower.max_concurrent_operations",
    "control_tower.timeout_minutes",
    "terraform.binary",
    "terraform.parallelism",
    "terraform.provider_mirror",
    "terraform.timeout_minutes",
)
"""Settings that do not decide what is planned, by the beginnings of their names."""
_HOOKS: Mapping[Stage, tuple[StageName, ...]] = {
    "account": ("pre_account", "post_account", "on_failure"),
    "settings": ("on_failure",),
    "customizations": ("pre_customizations", "post_customizations", "on_failure"),
}
"""Hooks that run, or may run, where a stage is applied."""


def record(workspace: Workspace, plan: Plan, selection: Selection) -> Manifest:
    """What a plan was made from; without `files`, which are known when a bundle is packed.

    Args:
        workspace: the plan was made in.
        plan: with every value.
        selection: what was asked for.

    Raises:
        AwsError: a state cannot be read.
    """
    from vend._version import __version__
    from vend.render import templates_digest

    fleet, created = workspace.fleet, workspace.clock().astimezone(UTC)
    expires = created + timedelta(hours=fleet.settings.review.bundle_expires_hours)
    binary = workspace.terraform.binary
    with ThreadPoolExecutor(max_workers=_READERS, thread_name_prefix="record") as pool:
        accounts = tuple(pool.map(lambda account: record_account(workspace, account), plan.accounts))
    return Manifest(
        fleet=fleet.settings.name,
        organization_id=workspace.aws.organization_id,
        created=created.isoformat(timespec="seconds"),
        expires=expires.isoformat(timespec="seconds"),
        accounts=accounts,
        selection=selection,
        policy_digest=plan.policy_digest,
        artifact=_artifact(workspace, plan.accounts),
        settings=recorded_settings(fleet.settings),
        templates=templates_digest(fleet.overrides),
        terraform=f"{binary.flavour} {binary.version}",
        providers=dict(fleet.settings.terraform.required_providers),
        lock=_lock(workspace),
        commit=fleet_commit(workspace),
        vend=__version__,
    )


def record_account(workspace: Workspace, plan: AccountPlan) -> RecordedAccount:
    """What one account's plan was made from.

    Raises:
        AwsError: a state cannot be read.
    """
    prepared = workspace.prepared.get(plan.account)
    return RecordedAccount(
        account=plan.account,
        action=plan.action,
        account_id=plan.account_id,
        request=field_digests(prepared.request.to_json()) if prepared else {},
        found=observed_facts(prepared) if prepared else {},
        operations=tuple(_operation(operation) for operation in plan.operations),
        stages=tuple(_stage(workspace, plan, stage, prepared) for stage in plan.stages),
    )


def recorded_settings(settings: Settings) -> dict[str, str]:
    """The settings that decide what is planned, as text by name."""
    return {name: text for name, text in _flattened("", asdict(settings)) if not name.startswith(_UNDECIDING)}


def _operation(operation: Operation) -> RecordedOperation:
    return RecordedOperation(operation=operation.operation, stage=operation.stage, digest=operation_digest(operation))


def _stage(
    workspace: Workspace, plan: AccountPlan, stage: StagePlan, prepared: PreparedAccount | None
) -> RecordedStage:
    lineage, serial = state_identity(workspace, plan.account, stage.stage)
    return RecordedStage(
        stage=stage.stage,
        state=stage.state,
        fingerprint=stage.fingerprint,
        preview=stage.preview,
        hooks=stage.hooks,
        inputs=_inputs(workspace, prepared, stage.stage) if prepared else {},
        lineage=lineage,
        serial=serial,
        changes=tuple(
            RecordedChange(
                address=change.address,
                type=change.type,
                action=change.action,
                digest=change_digest(change, plan.account_id),
                unknown=change.after_unknown,
            )
            for change in reviewed_changes(stage)
        ),
    )


def state_identity(workspace: Workspace, account: str, stage: Stage) -> tuple[str | None, int | None]:
    """Lineage and serial of a root's state; None where there is none, or it cannot be understood.

    Raises:
        AwsError: it cannot be read.
    """
    from vend.terraform import read_state

    prepared = workspace.prepared.get(account)
    if prepared is not None and stage in prepared.states:
        content = prepared.states[stage]
    else:
        content = workspace.read_state(account, stage)
    if content is None:
        return None, None
    try:
        state = read_state(content)
    except TerraformError:
        return None, None
    return state.lineage, state.serial


def _inputs(workspace: Workspace, prepared: PreparedAccount, stage: Stage) -> dict[str, str]:
    from vend.customizations import hooks_of

    root = prepared.roots.get(stage)
    files = {path: hashlib.sha256(content).hexdigest() for path, content in root.files.items()} if root else {}
    hooks = (hook for name in _HOOKS[stage] for hook in hooks_of(prepared.request, workspace.catalogue, name))
    return {**files, **{f"hook {hook.label}": hook.digest for hook in hooks}}


def observed_facts(prepared: PreparedAccount) -> dict[str, str | None]:
    """What AWS had of an account, as far as its plan depends on it."""
    situation = prepared.situation
    product, account = situation.product, situation.account
    return {
        "unit": account.parent_id if account else None,
        "wanted_unit": situation.wanted_unit.id,
        "account_state": account.state if account else None,
        "product": product.id if product else None,
        "product_status": product.status if product else None,
        "product_artifact": product.provisioning_artifact_id if product else None,
    }


def _artifact(workspace: Workspace, accounts: Iterable[AccountPlan]) -> str | None:
    """The active artifact, where a plan was made with it."""
    if not any(stage.stage == "account" for account in accounts for stage in account.stages):
        return None
    return workspace.aws.account_factory().provisioning_artifact_id


def _lock(workspace: Workspace) -> str | None:
    path = workspace.fleet.overrides / "terraform.lock.hcl"
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _flattened(path: str, value: Any) -> Iterable[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key in sorted(value):
            yield from _flattened(f"{path}.{key}" if path else str(key), value[key])
    elif isinstance(value, list | tuple):
        yield path, ", ".join(str(item) for item in value)
    elif value is not None:
        yield path, str(value)
