"""A fleet connected to AWS: what `vend plan`, `vend apply` and `vend status` do, as calls."""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vend.api._fleet import LoadedFleet
from vend.errors import Diagnostic, RefusedError
from vend.events import OnEvent, ignore
from vend.models import Report, Stage
from vend.plan import Plan, Review, Selection

if TYPE_CHECKING:
    from vend import lifecycle
    from vend.lifecycle import FleetStatus


@contextmanager
def open_workspace(
    fleet: LoadedFleet,
    *,
    environ: Mapping[str, str] | None = None,
    on_event: OnEvent = ignore,
    stop: threading.Event | None = None,
    read_only: bool = False,
) -> Iterator[Workspace]:
    """Connects a fleet to AWS and opens its ledger, for the length of a `with` block; starts no Terraform.

    Args:
        fleet: from `load_fleet`.
        environ: environment variables, AWS credentials among them; None for those of this process.
        on_event: is called, from several threads, with each event of `vend.events` as it happens.
        stop: once set, running steps end gracefully, nothing new begins, and `apply` returns a report that says
            `aborted`; the next `apply` resumes there.
        read_only: whether to work as the planning role of `vend.hcl`, where there is one; `apply` is refused then.

    Yields:
        What plans, applies and looks.

    Raises:
        AwsError: there are no credentials, or AWS cannot be reached.
        LedgerError: the ledger cannot be opened.
        RefusedError: the credentials belong to another organization than the one that `vend.hcl` pins.
        ToolMissingError: there is no Terraform.
        WorkingDirectoryError: nothing can be written in the fleet's folder.
    """
    from vend import lifecycle

    opened = fleet.fleet
    if read_only:
        opened = replace(opened, settings=opened.settings.as_planning_role())
    with lifecycle.open_workspace(
        opened,
        fleet.catalogue,
        environ=os.environ if environ is None else environ,
        on_event=on_event,
        stop=stop or threading.Event(),
    ) as workspace:
        yield Workspace(workspace, read_only=read_only)


class Workspace:
    """A fleet connected to AWS; `open_workspace` gives one.

    Args:
        workspace: what the verbs work with.
        read_only: whether `apply` is refused.
    """

    def __init__(self, workspace: lifecycle.Workspace, *, read_only: bool) -> None:
        self._workspace = workspace
        self._read_only = read_only

    @property
    def organization_id(self) -> str:
        """The organization that the credentials belong to."""
        return self._workspace.aws.organization_id

    def plan(
        self,
        accounts: Collection[str] = (),
        *,
        stage: Stage | None = None,
        refresh: bool = False,
        allow_removal: Collection[str] = (),
    ) -> Plan:
        """Plans what differs between the requests and AWS, as `vend plan` does, without previews of new accounts.

        Args:
            accounts: labels of account requests; all where empty.
            stage: this stage alone, even if it is unchanged since the last apply.
            refresh: every stage, even those unchanged since the last apply.
            allow_removal: accounts that may be unmanaged or closed, as their last applied request says.

        Returns:
            The plan; an account that cannot be planned is in it as `refused` or `failed`, with the reasons.

        Raises:
            InvalidInputError: a label names no account request.
            VendError: nothing at all could be planned.
        """
        from vend.lifecycle import plan

        selection = Selection(
            accounts=tuple(accounts), stage=stage, refresh=refresh, allow_removal=tuple(allow_removal)
        )
        return plan(self._workspace, selection)

    def review(self, plan: Plan) -> Review:
        """What may be shown of a plan: secrets are masked, and every change has its words and its risk."""
        from vend.review import review_of

        return review_of(plan, self._workspace.fleet.settings.review)

    def apply(self, plan: Plan) -> Report:
        """Applies a plan that was made in this workspace, without asking.

        One account's failure stops that account alone; running it again resumes there.

        Returns:
            What became of each account.

        Raises:
            LedgerError: the ledger cannot be written.
            RefusedError: the fleet is frozen, or the workspace is read-only.
        """
        from vend.lifecycle import apply

        if self._read_only:
            raise RefusedError(
                Diagnostic(
                    code="read-only-workspace",
                    summary="a read-only workspace applies nothing",
                    hint="open it with read_only=False",
                )
            )
        return apply(self._workspace, plan)

    def apply_bundle(self, path: str | os.PathLike[str], *, key: str | None = None) -> Report:
        """Applies a plan bundle that `vend plan --out` wrote, as it was reviewed.

        Args:
            path: of the bundle.
            key: the Base64 key that it was sealed with; None where it has none.

        Raises:
            InvalidInputError: there is no bundle there.
            RefusedError: it was altered, has expired, belongs to another organization, or the key is wrong.
        """
        from vend.lifecycle import plan_of_bundle
        from vend.review import Key, read_bundle, wipe_plans

        sealed = Key(key) if key is not None else None
        bundle = read_bundle(Path(path), sealed)
        try:
            return self.apply(plan_of_bundle(self._workspace, bundle, sealed))
        finally:
            wipe_plans(bundle, Path(path))

    def status(self) -> FleetStatus:
        """What the ledger and Organizations know of every account; starts no Terraform."""
        from vend.lifecycle import status

        return status(self._workspace)
