"""One root module that calls those of many accounts: written, initialized, planned, read back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vend.lifecycle._workspace import Workspace

if TYPE_CHECKING:
    from vend.render import Batch
    from vend.terraform import Outcome, PlanDocument

_FOLDER = ".batch"
"""No account has this name."""
_STATE = "terraform.tfstate"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRoot:
    """A batch on disk.

    Attributes:
        root: its directory; it and the data directory stay for the next run, which then need not initialize.
        plan_file: this run's own; a secret.
    """

    workspace: Workspace
    root: Path
    data: Path
    plan_file: Path

    def init(self) -> Outcome:
        """Initializes it, unless the last run did."""
        return self.workspace.terraform.init(self.root, data_directory=self.data, session=self._session())

    def plan(self, on_progress: Callable[[str, int, int], None]) -> Outcome:
        """Plans with the merged state."""
        return self.workspace.terraform.plan(
            self.root,
            out=self.plan_file,
            data_directory=self.data,
            session=self._session(),
            on_progress=on_progress,
        )

    def show(self) -> PlanDocument:
        """Reads the plan back.

        Raises:
            VendError: it cannot be read, or the run is being stopped.
        """
        return self.workspace.terraform.show(
            self.root, plan_file=self.plan_file, data_directory=self.data, session=self._session()
        )

    def _session(self) -> dict[str, str]:
        return self.workspace.endpoint.environment(self.workspace.aws.management_source())


@contextmanager
def batch_root(workspace: Workspace, batch: Batch, state: bytes) -> Iterator[BatchRoot]:
    """Writes a batch for as long as it is planned; the merged state and the plan go afterwards.

    Raises:
        VendError: it cannot be written.
    """
    from vend.render import write_files

    directory = workspace.batch_directory(batch.name)
    placed = BatchRoot(
        workspace=workspace,
        root=directory / "root",
        data=directory / "data",
        plan_file=workspace.plans / _FOLDER / f"{batch.name}.tfplan",
    )
    try:
        # Without a backend, Terraform takes the file of this name for the state.
        write_files(placed.root, {**batch.files, _STATE: state})
        yield placed
    finally:
        for secret in (placed.root / _STATE, placed.plan_file):
            secret.unlink(missing_ok=True)
