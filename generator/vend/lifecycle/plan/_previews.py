"""Previews: customizations of accounts that do not exist yet, planned against an emulated AWS.

::

    new accounts ─► as many as vend.hcl allows ─► the organization with them in it ─► an emulated AWS
          each: init, plan, read back, in a folder that goes afterwards ─► changes, or a warning

A preview informs. It is no part of the digest and is never applied, and whatever goes wrong with one is a warning.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, Self

from vend.errors import Diagnostic, VendError
from vend.events import StageProgress
from vend.lifecycle._workspace import Workspace
from vend.lifecycle.plan._preview_choice import (
    PreviewCandidate,
    choose,
    emulated_ids,
    failed,
    left_out,
    unavailable,
    with_new_accounts,
    with_placeholder,
)
from vend.lifecycle.roots._roots import StageFailedError, placed_in_fleet
from vend.models import AccessAssignment, OrganizationFile, Stage
from vend.plan import ResourceChange, StagePlan

_STAGE: Stage = "customizations"
_LOCK = "lock"
_BACKEND = "zz_preview_override.tf"
"""Read after every other file: nothing that a template says of the backend counts."""
_LOCAL = b"""\
# Written by vend: what is planned against an emulated AWS never comes near a state.
terraform {
  backend "local" {}
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmulatedAws:
    """An emulated AWS that runs.

    Attributes:
        environ: what the environments of programs are made from, so that they find this AWS and no other.
        session: for an account's id and the name of its request, the variables of a session in the account.
    """

    environ: Mapping[str, str]
    session: Callable[[str, str], Mapping[str, str]]


class StartEmulation(Protocol):
    """Starts an emulated AWS; a room below the sandbox cannot."""

    def __call__(
        self, organization: OrganizationFile, *, new: Mapping[str, Sequence[AccessAssignment]], directory: Path
    ) -> AbstractContextManager[EmulatedAws]:
        """An emulated AWS for as long as the `with` block runs.

        Args:
            organization: that is in it.
            new: its accounts that are as Account Factory makes them, by id, with who else has access to each.
            directory: for its files.

        Raises:
            VendError: it cannot be started.
        """


class Previews:
    """Plans customizations against an emulated AWS, which is started where there is anything to preview.

    Args:
        workspace: from `open_workspace`.
        emulate: starts it; None where no previews are wanted.
        on_start: told the account of each that is about to be planned.

    Attributes:
        diagnostics: why there are none at all.
    """

    def __init__(self, workspace: Workspace, emulate: StartEmulation | None, on_start: Callable[[str], None]) -> None:
        self._workspace = workspace
        self._emulate = emulate
        self._on_start = on_start
        self._directory = workspace.directory / "previews" / workspace.run
        self._begun = time.monotonic()
        self._stack = ExitStack()
        self._pool = ThreadPoolExecutor(max_workers=max(1, workspace.terraform.slots), thread_name_prefix="preview")
        self._ids: dict[str, str] = {}
        self._found: dict[str, Future[StagePlan]] = {}
        self._left_out: dict[str, Diagnostic] = {}
        self.diagnostics: tuple[Diagnostic, ...] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._pool.shutdown(cancel_futures=True)
        finally:
            # All that was wanted of the emulated AWS is here, and it ends with this process at the latest.
            with suppress(Exception):
                self._stack.close()

    def begin(self, candidates: Sequence[PreviewCandidate], accounts: Collection[str]) -> None:
        """Begins to plan these, as many as vend.hcl allows; returns at once.

        Args:
            candidates: new accounts that have customizations.
            accounts: ids of the organization's accounts; no emulated account has one of them.
        """
        if self._emulate is None or not candidates:
            return
        most = self._workspace.fleet.settings.review.max_previews
        chosen = choose(candidates, most)
        self._left_out = left_out(candidates, chosen, most)
        self._ids = emulated_ids(chosen, accounts)
        emulated = self._pool.submit(self._started, self._emulate, chosen)
        self._found = {one.account: self._pool.submit(self._preview, one, emulated) for one in chosen}

    def of(self, account: str, following: StagePlan) -> StagePlan:
        """A stage that follows, with its preview where there is one, or with why there is none; waits for it."""
        if following.stage != _STAGE:
            return following
        if account in self._left_out:
            return replace(following, diagnostics=(self._left_out[account],))
        if account not in self._found:
            return following
        found = self._found[account].result()
        return replace(found, fingerprint=following.fingerprint)

    def _started(self, emulate: StartEmulation, chosen: Sequence[PreviewCandidate]) -> EmulatedAws | None:
        """The emulated AWS; None, and a warning for the whole plan, where there is none."""
        from vend.aws import sketch_organization

        workspace = self._workspace
        for one in chosen:
            self._on_start(one.account)
            self._tell(one.account, "waiting for an emulated AWS")
        try:
            units = {one.situation.wanted_unit.id for one in chosen}
            sketch = sketch_organization(workspace.aws, workspace.fleet.settings.home_region, sorted(units))
            if sketch.landing_zone is None:
                self.diagnostics = (unavailable("the landing zone cannot be read"),)
                return None
            self._stack.enter_context(_folder(self._directory))
            organization = with_new_accounts(sketch, chosen, self._ids)
            new = {self._ids[one.account]: one.situation.request.access for one in chosen}
            directory = self._directory / "emulated"
            return self._stack.enter_context(emulate(organization, new=new, directory=directory))
        except VendError as error:
            first = error.diagnostics[0]
            self.diagnostics = (unavailable(first.summary, first.detail, first.hint),)
        except Exception as error:  # noqa: BLE001 - whatever keeps it from running, a plan does not need it
            self.diagnostics = (unavailable(f"{type(error).__name__}: {error}"),)
        return None

    def _preview(self, wanted: PreviewCandidate, emulated: Future[EmulatedAws | None]) -> StagePlan:
        following = StagePlan(stage=_STAGE, state="follows", fingerprint="")
        running = emulated.result()
        if running is None or self._workspace.stop.is_set():
            return following
        request, account_id = wanted.situation.request, self._ids[wanted.account]
        started = time.monotonic()
        try:
            changes = self._planned(wanted, running)
        except (VendError, StageFailedError) as error:
            problems = [problem for problem in error.diagnostics if problem.severity == "error"]
            following = replace(following, diagnostics=tuple(failed(one, request, account_id) for one in problems))
        except Exception as error:  # noqa: BLE001 - what happens in an emulated AWS must not end a real plan
            problem = Diagnostic(code="internal-error", summary=f"{type(error).__name__}: {error}")
            following = replace(following, diagnostics=(failed(problem, request, account_id),))
        else:
            shown = tuple(with_placeholder(change, account_id) for change in changes)
            following = replace(following, changes=shown, preview=True)
        return replace(following, started=started - self._begun, seconds=time.monotonic() - started)

    def _planned(self, wanted: PreviewCandidate, emulated: EmulatedAws) -> tuple[ResourceChange, ...]:
        """What Terraform would do in the emulated account.

        Raises:
            StageFailedError: Terraform refused.
            VendError: it could not be tried.
        """
        from vend.render import CustomizationsRuntime, write_root
        from vend.terraform import Outcome

        account, account_id = wanted.account, self._ids[wanted.account]
        terraform = self._workspace.terraform.with_environment(emulated.environ)
        session = emulated.session(account_id, account)
        root, data = self._directory / "roots" / account / _STAGE, self._directory / "data" / account
        plan_file = self._directory / "plans" / f"{account}.tfplan"

        def on_progress(detail: str, done: int, total: int) -> None:
            self._tell(account, f"previewing {detail}".strip(), done, total)

        def checked(outcome: Outcome) -> bool:
            if outcome.ok:
                return outcome.changed
            fleet = self._workspace.fleet.directory
            raise StageFailedError(_placed(problem, fleet, root) for problem in outcome.diagnostics)

        local = replace(wanted.root, files={**wanted.root.files, _BACKEND: _LOCAL})
        write_root(local, root, CustomizationsRuntime(account_id=account_id))
        with terraform.slot():
            self._tell(account, "initializing the preview")
            checked(terraform.init(root, data_directory=data, session=session))
            planned = terraform.plan(root, out=plan_file, data_directory=data, session=session, on_progress=on_progress)
            if not checked(planned):
                return ()
            return terraform.show(root, plan_file=plan_file, data_directory=data, session=session).changes

    def _tell(self, account: str, step: str, done: int = 0, total: int = 0) -> None:
        event = StageProgress(account=account, stage=_STAGE, step=step, done=done, total=total)
        self._workspace.on_event(event)


@contextmanager
def _folder(directory: Path) -> Iterator[None]:
    """A folder for as long as the `with` block runs; what runs that were killed left beside it goes with it.

    The lock is what a killed run cannot hold on to; it has its name only once it is held.
    """
    directory.mkdir(parents=True, mode=0o700)
    new = directory / "lock.new"
    lock = os.open(new, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        new.rename(directory / _LOCK)
        for other in directory.parent.iterdir():
            if other != directory and _is_left(other):
                shutil.rmtree(other, ignore_errors=True)
        yield
    finally:
        shutil.rmtree(directory, ignore_errors=True)
        os.close(lock)
        with suppress(OSError):  # another run's are there
            directory.parent.rmdir()


def _is_left(directory: Path) -> bool:
    """Whether the run that made a folder has ended without removing it."""
    try:
        lock = os.open(directory / _LOCK, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(lock)
    return True


def _placed(problem: Diagnostic, fleet: Path, root: Path) -> Diagnostic:
    """The problem at the fleet's own file, or at none: a preview's own files differ in name each time, and go."""
    where = root.relative_to(fleet).as_posix()
    found = placed_in_fleet(problem, fleet, root)
    if found.file is not None and found.file.startswith(where):
        found = replace(found, file=None, line=None, column=None, end_line=None, end_column=None)
    return replace(found, detail=found.detail and found.detail.replace(where, "its preview"))
