"""A fleet in an organization in memory, for tests of the lifecycle."""

from __future__ import annotations

import json
import stat
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from support.factories import a_change, a_new_product, a_unit
from support.fakes import FakeAws, FakeEndpoint, FakeTerraform
from vend import lifecycle
from vend.customizations import load_customizations
from vend.events import Event
from vend.ledger import SqliteFile
from vend.lifecycle import Sealing, Workspace
from vend.lifecycle._leases import Leases
from vend.lifecycle._owners import own_owner
from vend.models import AccountRequest, Approval, Fleet, OrganizationalUnit, Report
from vend.plan import Plan, Selection
from vend.review import Bundle, Key, unpack
from vend.review._bundle import from_archive, to_archive
from vend.settings import SavedPlans, Settings
from vend.working import RunFolders

PROD = a_unit()
SANDBOX = a_unit(id="ou-ab12-sandboxx", name="Sandbox", path="Sandbox", parent_id="r-ab12")
UNGOVERNED = a_unit(id="ou-ab12-ungovern", name="Old", path="Old", parent_id="r-ab12", registered=False)


class World:
    """A fleet, an organization in memory and a Terraform that does as told."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.aws = FakeAws(units={unit.id: unit for unit in (PROD, SANDBOX, UNGOVERNED)})
        self.terraform = FakeTerraform()
        self.ledger = SqliteFile(directory / "ledger.sqlite3")
        self.events: list[Event] = []
        self.stop = threading.Event()
        self.requests: list[AccountRequest] = []
        self.approvals: list[Approval] = []
        self.settings = Settings(name="test", home_region="eu-west-1")
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.runs = 0
        self.environ = {"PATH": "/usr/bin:/bin"}

    def wants(self, request: AccountRequest, unit: OrganizationalUnit = PROD, *, customized: bool = False) -> None:
        """Adds a request whose account does not exist; applying its product makes it."""
        self.requests.append(request)
        name = request.account
        wanted = next((one for one in self.aws.units.values() if one.path == request.organizational_unit), unit)
        self.terraform.changes[name, "account"] = (a_new_product(request, wanted),)
        self.terraform.on_apply[name, "account"] = lambda: self.aws.vend(request, unit)
        if customized:
            change = a_change(action="create", address="x.y", type="x")
            self.terraform.changes[name, "customizations"] = (change,)

    def hook(self, stage: str, script: str) -> None:
        path = self.directory / "hooks" / f"{stage}.sh"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def writes_state(self, account: str = "payments-prod", *, tainted: bool = False, serial: int = 1) -> Path:
        """Puts the account's product into the state of its `account` root, as an apply would."""
        instance: dict[str, Any] = {
            "attributes": {"id": f"pp-{account}", "provisioning_parameters": [{"key": "AccountName"}]},
        }
        if tainted:
            instance["status"] = "tainted"
        resource = {
            "module": "module.account",
            "mode": "managed",
            "type": "aws_servicecatalog_provisioned_product",
            "name": "this",
            "provider": 'provider["registry.terraform.io/hashicorp/aws"]',
            "instances": [instance],
        }
        document = {
            "version": 4,
            "terraform_version": "1.11.4",
            "serial": serial,
            "lineage": "l",
            "outputs": {},
            "resources": [resource],
        }
        state = self.directory / ".vend" / "o-fakefakefake" / "state" / account / "account.tfstate"
        state.parent.mkdir(parents=True, exist_ok=True)
        state.write_text(json.dumps(document))
        return state

    def workspace(self) -> Workspace:
        self.runs += 1
        run = f"run-{self.runs}"
        catalogue = load_customizations(self.directory)
        assert not catalogue.diagnostics
        return Workspace(
            fleet=Fleet(
                directory=self.directory,
                settings=self.settings,
                requests=tuple(self.requests),
                approvals=tuple(self.approvals),
            ),
            catalogue=catalogue,
            aws=self.aws,  # type: ignore[arg-type]  # a fake with its interface
            ledger=self.ledger,
            terraform=self.terraform,  # type: ignore[arg-type]  # likewise
            endpoint=FakeEndpoint(),  # type: ignore[arg-type]  # likewise
            leases=Leases(self.ledger, own_owner(run, "2026-01-01T00:00:00+00:00"), patience_seconds=0),
            directory=self.directory / ".vend" / "o-fakefakefake",
            folders=RunFolders(self.directory / ".vend" / "o-fakefakefake", run),
            environ=self.environ,
            on_event=self.events.append,
            stop=self.stop,
            clock=lambda: self.now,
            run=run,
        )

    def plan(self, **options: Any) -> Plan:
        return lifecycle.plan(self.workspace(), Selection(**options))

    def apply(self, **options: Any) -> Report:
        workspace = self.workspace()
        self.terraform.log.clear()
        return lifecycle.apply(workspace, lifecycle.plan(workspace, Selection(**options)))

    def bundle(
        self, selection: Selection | None = None, *, saved_plans: SavedPlans = "keep", key: Key | None = None
    ) -> Bundle:
        """Plans, and gives the bundle, once it went through its packed form."""
        workspace, selection = self.workspace(), selection or Selection()
        planned = lifecycle.plan(workspace, selection)
        made = lifecycle.bundle(workspace, planned, selection, Sealing(saved_plans=saved_plans, key=key))
        return unpack(from_archive(to_archive(made)), key)

    def plan_bundle(self, bundle: Bundle, key: Key | None = None) -> Plan:
        """What of a bundle may be applied now."""
        return lifecycle.plan_of_bundle(self.workspace(), bundle, key)

    def apply_bundle(self, bundle: Bundle, key: Key | None = None) -> Report:
        """Applies it in a run of its own."""
        workspace = self.workspace()
        self.terraform.log.clear()
        self.terraform.applied.clear()
        return lifecycle.apply(workspace, lifecycle.plan_of_bundle(workspace, bundle, key))
