"""What was reviewed, as one number.

The digest of a change set is made of the digests of its parts, so that a plan bundle can hold the parts' digests
without their values: a change's of the change, a stage's of its fingerprint and its changes', an account's of its
operations' and stages', the fleet's of its accounts'.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vend.models import Stage
from vend.plan import CHANGING, AccountPlan, Operation, ResourceChange, StagePlan

PLACEHOLDER = "000000000000"
_ACCOUNT_ID = "<account-id>"


def digest(accounts: Iterable[AccountPlan]) -> str:
    """SHA-256 (hex) over the normalized change set of these accounts.

    Equal digests mean: the same accounts, operations, fingerprints, and resource changes, value by value. An
    account's own id counts as one placeholder, so that a plan made before the account existed equals the one after.
    Accounts with nothing to do do not count: what others merged in between changes nothing.
    """
    return fleet_digest({account.account: account_digest(account) for account in accounts if acts(account)})


def acts(account: AccountPlan) -> bool:
    """Whether there is anything to apply, or to remember as applied."""
    return bool(account.operations or account.stages)


def fleet_digest(accounts: Mapping[str, str]) -> str:
    """The digest of a change set from those of its accounts, by name."""
    return _sha256(sorted(accounts.items()))


def account_digest(account: AccountPlan) -> str:
    """SHA-256 (hex) over one account's normalized operations and stages."""
    return combined_digest(
        account.account,
        [operation_digest(operation) for operation in account.operations],
        {stage.stage: stage_digest(stage, account.account_id) for stage in account.stages},
    )


def combined_digest(account: str, operations: Sequence[str], stages: Mapping[Stage, str]) -> str:
    """The digest of an account from those of its operations, in order, and of its stages, by name."""
    return _sha256([account, list(operations), sorted(stages.items())])


def operation_digest(operation: Operation) -> str:
    """SHA-256 (hex) over one operation; an account that it names is part of it."""
    return _sha256(operation.to_json())


def stage_digest(stage: StagePlan, account_id: str | None) -> str:
    """SHA-256 (hex) over one stage's fingerprint and normalized changes; a preview's changes do not count."""
    changes = {change.address: change_digest(change, account_id) for change in reviewed_changes(stage)}
    return changes_digest(stage.stage, stage.fingerprint, changes)


def changes_digest(stage: Stage, fingerprint: str, changes: Mapping[str, str]) -> str:
    """The digest of a stage from those of its changes, by address."""
    return _sha256([stage, fingerprint, sorted(changes.items())])


def reviewed_changes(stage: StagePlan) -> tuple[ResourceChange, ...]:
    """The changes of a stage that count: those that do something, and are no preview."""
    return () if stage.preview else tuple(change for change in stage.changes if change.action in CHANGING)


def change_digest(change: ResourceChange, account_id: str | None, unknown: Any = None) -> str:
    """SHA-256 (hex) over one normalized change.

    Args:
        change: with every value, sensitive ones in clear.
        account_id: of the account, where it exists.
        unknown: values to take for unknown, in the form of `after_unknown`, whatever they are now. What was known
            only after apply when a change was reviewed may be known when it is planned again.
    """
    after, after_unknown = change.after, change.after_unknown
    if unknown is not None:
        after, after_unknown = _without(after, unknown), unknown
    document = {
        "address": change.address,
        "action": change.action,
        "before": change.before,
        "after": after,
        "after_unknown": _marks(after_unknown),
        "importing": change.importing,
    }
    return _sha256(_normalize(document, account_id))


def operation_token(*parts: str) -> str:
    """An idempotency token for an operation: the same reviewed change gives the same token."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _sha256(document: Any) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _without(value: Any, unknown: Any) -> Any:
    """The value without what is marked as unknown; as Terraform leaves it out."""
    if isinstance(value, Mapping) and isinstance(unknown, Mapping):
        kept = {key: item for key, item in value.items() if unknown.get(key) is not True}
        return {key: _without(item, unknown.get(key)) for key, item in kept.items()}
    if isinstance(value, list | tuple) and isinstance(unknown, list | tuple):
        marks = [*unknown, *[None] * len(value)]
        return [None if mark is True else _without(item, mark) for item, mark in zip(value, marks, strict=False)]
    return value


def _marks(mark: Any) -> Any:
    """Marks without those that are false, which Terraform writes or not, depending on the values."""
    if isinstance(mark, Mapping):
        kept = {key: _marks(item) for key, item in mark.items()}
        return {key: item for key, item in kept.items() if item} or None
    if isinstance(mark, list | tuple):
        found = [_marks(item) for item in mark]
        return found if any(found) else None
    return True if mark is True else None


def _normalize(value: Any, account_id: str | None) -> Any:
    if isinstance(value, str):
        text = value.replace(PLACEHOLDER, _ACCOUNT_ID)
        return text.replace(account_id, _ACCOUNT_ID) if account_id else text
    if isinstance(value, Mapping):
        return {key: _normalize(item, account_id) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_normalize(item, account_id) for item in value]
    return value
