"""What was reviewed, as one number."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from vend.plan import AccountPlan, ResourceChange, StagePlan

PLACEHOLDER = "000000000000"
_ACCOUNT_ID = "<account-id>"


def digest(accounts: Iterable[AccountPlan]) -> str:
    """SHA-256 (hex) over the normalized change set of these accounts.

    Equal digests mean: the same accounts, operations, and resource changes, value by value. An account's
    own id counts as one placeholder, so that a plan made before the account existed equals the one after.
    """
    documents = sorted((_account(account) for account in accounts), key=lambda d: str(d["account"]))
    return _sha256(documents)


def stage_digest(stage: StagePlan, account_id: str | None) -> str:
    """SHA-256 (hex) over one stage's normalized changes."""
    return _sha256(_stage(stage, account_id))


def operation_token(*parts: str) -> str:
    """An idempotency token for an operation: the same reviewed change gives the same token."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _sha256(document: Any) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _account(account: AccountPlan) -> dict[str, Any]:
    return {
        "account": account.account,
        "operations": [operation.to_json() for operation in account.operations],
        "stages": [_stage(stage, account.account_id) for stage in account.stages],
    }


def _stage(stage: StagePlan, account_id: str | None) -> dict[str, Any]:
    shown = () if stage.preview else stage.changes
    changes = [_change(change) for change in shown if change.action not in {"no-op", "read"}]
    document: dict[str, Any] = {
        "stage": stage.stage,
        "changes": sorted(changes, key=lambda change: str(change["address"])),
    }
    if stage.state == "follows":
        document["fingerprint"] = stage.fingerprint
    normalized = _normalize(document, account_id)
    return dict(normalized)


def _change(change: ResourceChange) -> dict[str, Any]:
    return {
        "address": change.address,
        "action": change.action,
        "before": change.before,
        "after": change.after,
        "after_unknown": change.after_unknown,
        "importing": change.importing,
    }


def _normalize(value: Any, account_id: str | None) -> Any:
    if isinstance(value, str):
        text = value.replace(PLACEHOLDER, _ACCOUNT_ID)
        return text.replace(account_id, _ACCOUNT_ID) if account_id else text
    if isinstance(value, Mapping):
        return {key: _normalize(item, account_id) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_normalize(item, account_id) for item in value]
    return value
