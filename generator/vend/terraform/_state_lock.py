"""The lock of a Terraform state: reading it, and clearing away what a dead Terraform left beside a local state.

A state in S3 is locked by an object, which stays when its Terraform is killed. A local state is locked by the kernel,
which lets go when the process ends; all that stays then is a file that says who had it.
"""

from __future__ import annotations

import fcntl
import json
import os
from datetime import UTC, datetime
from pathlib import Path

from vend.models import StateLock

S3_SUFFIX = ".tflock"
"""What the backend appends to the key of a state (`use_lockfile`)."""


def read_lock(content: bytes, etag: str = "") -> StateLock:
    """A lock as Terraform writes it; one that is damaged has no owner, and was taken in 1970."""
    try:
        document = json.loads(content)
        return StateLock(
            id=str(document["ID"]),
            who=str(document["Who"]),
            created=datetime.fromisoformat(str(document["Created"])).astimezone(UTC),
            operation=str(document.get("Operation", "")),
            etag=etag,
        )
    except (ValueError, KeyError, TypeError):
        return StateLock(id="", who="", created=datetime.fromtimestamp(0, UTC), operation="", etag=etag)


def local_lock(state: Path) -> StateLock | None:
    """The lock that a process has on a local state; None where none has."""
    if not _is_locked(state):
        return None
    try:
        return read_lock(_info(state).read_bytes())
    except OSError:
        return read_lock(b"")


def clear_local_lock(state: Path) -> bool:
    """Removes what a Terraform that was killed left beside a local state; whether there was anything.

    It locks nobody out. Nothing is done while a process has the lock.
    """
    if not _info(state).exists() or _is_locked(state):
        return False
    _info(state).unlink(missing_ok=True)
    return True


def _info(state: Path) -> Path:
    return state.with_name(f".{state.name}.lock.info")


def _is_locked(state: Path) -> bool:
    try:
        descriptor = os.open(state, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)  # lets go of it
    return False
