"""Everything one command works with: the fleet, AWS, Terraform, the ledger and where files go."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from vend.events import OnEvent
from vend.lifecycle._leases import Lease, Leases
from vend.lifecycle._owners import RUN_VARIABLE, own_owner
from vend.lifecycle._places import StatePlaces
from vend.lifecycle._seen import Seen
from vend.models import AccountRequest, Fleet, RootModule, Stage
from vend.working import Cache, RunFolders, prepare_working_directory

if TYPE_CHECKING:
    from vend.aws import Aws, CredentialsEndpoint
    from vend.customizations import Catalogue
    from vend.decide import Decision, Situation
    from vend.ledger import Ledger
    from vend.terraform import Terraform


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedAccount:
    """One account between plan and apply.

    Attributes:
        states: by stage, the Terraform states that were read, secrets included; None where there is none yet.
        former: by stage, fingerprints that an older release left in the ledger and that say what is wanted now.
        seen: tells whether anybody changed the account since.
    """

    request: AccountRequest
    situation: Situation
    decision: Decision
    roots: Mapping[Stage, RootModule]
    states: Mapping[Stage, bytes | None] = field(default_factory=dict)
    former: Mapping[Stage, str] = field(default_factory=dict)
    seen: Seen | None = None


@dataclass(slots=True, kw_only=True)
class Workspace:
    """What the verbs of this room share.

    Attributes:
        directory: `.vend/<organization-id>`.
        environ: the caller's environment; what programs get is built from it, never inherited.
        stop: set when the user asks to stop; work in hand ends gracefully.
        run: this run's id.
        prepared: what `plan` found out, for `apply`.
        cache: of what was parsed; None where none is kept.
        lease: of the account that it is for; None where it is for all.
        folders: where this run works, apart from other runs in the same fleet.
    """

    fleet: Fleet
    catalogue: Catalogue
    aws: Aws
    ledger: Ledger
    terraform: Terraform
    endpoint: CredentialsEndpoint
    leases: Leases
    directory: Path
    folders: RunFolders
    environ: Mapping[str, str]
    on_event: OnEvent
    stop: threading.Event
    clock: Callable[[], datetime]
    run: str
    prepared: dict[str, PreparedAccount] = field(default_factory=dict)
    cache: Cache | None = None
    lease: Lease | None = None

    def root_directory(self, account: str, stage: Stage) -> Path:
        """Where this root module is rendered."""
        return self.folders.kept("roots") / account / stage

    def data_directory(self, account: str, stage: Stage) -> Path:
        """Terraform's data directory of this root."""
        return self.folders.kept("data") / account / stage

    def batch_directory(self, name: str) -> Path:
        """Where the roots of many accounts are planned together."""
        return self.folders.kept("batch") / name

    def plan_file(self, account: str, stage: Stage) -> Path:
        """Where this run's saved plan of this root lies; a secret, and no other run's. Raises WorkingDirectoryError."""
        return self.plans / account / f"{stage}.tfplan"

    @property
    def plans(self) -> Path:
        """This run's saved plans; they go when the workspace is closed, or with the next run."""
        return self.folders.plans

    def read_state(self, account: str, stage: Stage) -> bytes | None:
        """The state of this root as bytes; None where there is none yet. Raises AwsError."""
        return self.places.read(account, stage)

    @property
    def places(self) -> StatePlaces:
        """Where the states are, and the locks on them."""
        return StatePlaces(self.aws, self.fleet.settings.state, self.directory)

    def under(self, lease: Lease) -> Workspace:
        """This workspace for the work under a lease: whatever it starts ends before the lease does."""
        return replace(self, lease=lease, stop=lease.stop, terraform=self.terraform.stopped_by(lease.stop))

    def now(self) -> str:
        """ISO 8601, UTC, to the second."""
        return self.clock().astimezone(UTC).isoformat(timespec="seconds")


def _utc_now() -> datetime:
    return datetime.now(UTC)


def run_id(clock: Callable[[], datetime]) -> str:
    """An id for a run: sorts by time, unique without coordination."""
    return f"{clock().astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


@contextmanager
def open_workspace(
    fleet: Fleet,
    catalogue: Catalogue,
    *,
    environ: Mapping[str, str],
    on_event: OnEvent,
    stop: threading.Event,
) -> Iterator[Workspace]:
    """Connects to AWS and opens the ledger; starts no Terraform.

    Raises:
        WorkingDirectoryError: nothing can be written in the fleet.
        AwsError: no credentials, or AWS cannot be reached.
        RefusedError: another organization than the one vend.hcl pins.
        ToolMissingError: no Terraform.
        LedgerError: the ledger cannot be opened.
        RefusedError: a newer vend wrote the ledger.
    """
    from vend.aws import Aws, CredentialsEndpoint
    from vend.ledger import open_ledger
    from vend.requests import open_cache
    from vend.terraform import Terraform, find_binary, find_mirror

    settings = fleet.settings
    working = fleet.directory / ".vend"
    run = run_id(_utc_now)
    prepare_working_directory(working)
    binary = find_binary(settings.terraform, environ, working / "terraform.json")
    aws = Aws.connect(settings, environ)
    directory = working / aws.organization_id
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    terraform = Terraform(
        binary=replace(binary, runs=binary.runs + fleet.terraform_runs),
        mirror=find_mirror(settings.terraform, environ),
        directory=directory,
        settings=settings.terraform,
        environ=environ,
        stop=stop,
        marks={RUN_VARIABLE: run},
    )
    ledger = open_ledger(settings, directory, aws)
    leases = Leases(ledger, own_owner(run, _utc_now().isoformat(timespec="seconds")))
    folders = RunFolders(directory, run)
    cache = open_cache(fleet.directory, environ, "modules")
    try:
        with CredentialsEndpoint() as endpoint:
            yield Workspace(
                fleet=fleet,
                catalogue=catalogue,
                aws=aws,
                ledger=ledger,
                terraform=terraform,
                endpoint=endpoint,
                leases=leases,
                directory=directory,
                folders=folders,
                environ=environ,
                on_event=on_event,
                stop=stop,
                clock=_utc_now,
                run=run,
                cache=cache,
            )
        if cache is not None:
            cache.save()
    finally:
        folders.close()
        leases.close()
        ledger.close()
