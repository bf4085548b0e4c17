"""Where the states of a fleet are, and the locks on them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vend.models import Stage, StateLock
from vend.settings import LocalState, S3State

if TYPE_CHECKING:
    from vend.aws import Aws


@dataclass(frozen=True, slots=True)
class StatePlaces:
    """Reads states, and reads and releases their locks.

    Args:
        aws: for states in S3.
        state: of the settings.
        directory: `.vend/<organization-id>`, for local states.
    """

    aws: Aws
    state: S3State | LocalState
    directory: Path

    def read(self, account: str, stage: Stage) -> bytes | None:
        """The state of a root as bytes; None where there is none yet. Raises AwsError."""
        if isinstance(self.state, S3State):
            return self.aws.read_state_object(self._key(account, stage))
        path = self._path(account, stage)
        # Terraform makes the file empty to lock it; killed then, it leaves it so, and takes it for no state.
        return (path.read_bytes() or None) if path.exists() else None

    def lock(self, account: str, stage: Stage) -> StateLock | None:
        """The lock on the state of a root; None where there is none. Raises AwsError."""
        from vend.terraform import S3_SUFFIX, local_lock, read_lock

        if not isinstance(self.state, S3State):
            return local_lock(self._path(account, stage))
        found = self.aws.read_state_lock(self._key(account, stage) + S3_SUFFIX)
        return read_lock(*found) if found else None

    def release(self, account: str, stage: Stage, lock: StateLock) -> bool:
        """Releases a lock; False where another one is there by now, or none. Raises AwsError.

        The lock of a local state is the kernel's, which releases it with the end of the process that has it.
        """
        from vend.terraform import S3_SUFFIX, clear_local_lock

        if not isinstance(self.state, S3State):
            return clear_local_lock(self._path(account, stage))
        return self.aws.delete_state_lock(self._key(account, stage) + S3_SUFFIX, lock.etag)

    def clear(self, account: str, stage: Stage) -> None:
        """Removes the file that a killed Terraform leaves beside a local state, and that locks nobody out."""
        from vend.terraform import clear_local_lock

        if not isinstance(self.state, S3State):
            clear_local_lock(self._path(account, stage))

    def _key(self, account: str, stage: Stage) -> str:
        from vend.aws import state_key

        assert isinstance(self.state, S3State)  # noqa: S101 - asked for where it is
        return state_key(self.state, account, stage)

    def _path(self, account: str, stage: Stage) -> Path:
        return self.directory / "state" / account / f"{stage}.tfstate"
