"""A fleet in files, in an emulated AWS, with a Terraform that keeps its states: what hints say can be typed into it."""

from __future__ import annotations

import os
import re
import shlex
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from support.emulated import Clock, Emulated
from support.fakes import FakeEndpoint
from support.stateful_terraform import StatefulTerraform
from vend import lifecycle
from vend.api import read_fleet
from vend.aws import Aws
from vend.cli._main import main
from vend.ledger import SqliteFile
from vend.lifecycle import Workspace
from vend.lifecycle._leases import Leases
from vend.lifecycle._owners import own_owner
from vend.models import Report
from vend.plan import AccountPlan, Plan, Selection
from vend.sandbox import Sandbox, SandboxConfig
from vend.working import RunFolders

_SETTINGS = 'fleet "test" { home_region = "eu-west-1" }\n'
_COMMAND = re.compile(r"`((?:vend|aws) [^`]+)`")


class EmulatedFleet:
    """Requests in a file each; plans and applies in this process."""

    def __init__(self, directory: Path, emulated: Emulated, *, real: bool) -> None:
        self.directory = directory
        self.emulated = emulated
        (directory / "vend.hcl").write_text(_SETTINGS, encoding="utf-8")
        (directory / "account-requests").mkdir()
        self.terraform = None if real else StatefulTerraform(emulated.client("servicecatalog"))
        self.ledger = SqliteFile(directory / "ledger.sqlite3")
        self.runs = 0

    def wants(self, label: str, **fields: str) -> None:
        """Writes a request; one more, or another in its place."""
        said = {"email": f"aws+{label}@example.com", "organizational_unit": "Workloads/Prod", **fields}
        lines = "".join(f'  {field} = "{value}"\n' for field, value in said.items())
        self.file(label).write_text(f'account "{label}" {{\n{lines}}}\n', encoding="utf-8")

    def file(self, label: str) -> Path:
        """The file of a request."""
        return self.directory / "account-requests" / f"{label}.hcl"

    @contextmanager
    def workspace(self) -> Iterator[Workspace]:
        """Looks at AWS anew."""
        if self.terraform is None:
            found = read_fleet(self.directory, environ := self.emulated.sandbox.environment(dict(os.environ)))
            with lifecycle.open_workspace(
                found.fleet, found.catalogue, environ=environ, on_event=lambda _: None, stop=threading.Event()
            ) as workspace:
                yield workspace
        else:
            yield self._workspace(self.terraform)

    def _workspace(self, terraform: StatefulTerraform) -> Workspace:
        self.runs += 1
        environ = dict(self.emulated.variables)
        found = read_fleet(self.directory, environ)
        run = f"run-{self.runs}"
        aws = Aws.connect(found.fleet.settings, environ)
        return Workspace(
            fleet=found.fleet,
            catalogue=found.catalogue,
            aws=aws,
            ledger=self.ledger,
            terraform=terraform,  # type: ignore[arg-type]  # a fake with its interface
            endpoint=FakeEndpoint(),  # type: ignore[arg-type]  # likewise
            leases=Leases(self.ledger, own_owner(run, "2026-01-01T00:00:00+00:00"), patience_seconds=0),
            directory=self.directory / ".vend" / aws.organization_id,
            folders=RunFolders(self.directory / ".vend" / aws.organization_id, run),
            environ=environ,
            on_event=lambda _: None,
            stop=threading.Event(),
            clock=lambda: datetime.now(UTC),
            run=run,
        )

    def plan(self, **options: Any) -> Plan:
        """Plans the fleet."""
        with self.workspace() as workspace:
            return lifecycle.plan(workspace, Selection(**options))

    def planned(self, label: str, **options: Any) -> AccountPlan:
        """The plan of one account."""
        return next(account for account in self.plan(**options).accounts if account.account == label)

    def apply(self, **options: Any) -> Report:
        """Plans and applies."""
        with self.workspace() as workspace:
            return lifecycle.apply(workspace, lifecycle.plan(workspace, Selection(**options)))

    def follow(self, hint: str, *, way: int = 0, **words: str) -> None:
        """Does what a hint says.

        Args:
            hint: with commands between backticks.
            way: which of the commands to begin with; those that `then` joins to it follow.
            words: what stands for words in capitals, such as ADDRESS.
        """
        commands = list(_COMMAND.finditer(hint))
        assert commands, hint
        typed = [commands[way]]
        for before, after in zip(commands[way:], commands[way + 1 :], strict=False):
            if before is not typed[-1] or "then" not in hint[before.end() : after.start()]:
                break
            typed.append(after)
        for command in typed:
            self.type(" ".join(words.get(word, word) for word in command[1].split(" ")), **words)

    def type(self, command: str, **words: str) -> None:
        """Carries out one command line."""
        for name, value in words.items():
            command = command.replace(name, value)
        program, *arguments = shlex.split(command)
        if program == "aws":
            self._aws(*arguments)
        elif arguments[0] == "forget":
            with self.workspace() as workspace:
                lifecycle.forget(workspace, arguments[1])
        elif arguments[0] == "apply":
            allowed = tuple(arguments[2:3]) if arguments[1:2] == ["--allow-removal"] else ()
            self.apply(allow_removal=allowed)
        else:
            assert main(["--fleet", str(self.directory), *arguments]) == 0

    def _aws(self, service: str, operation: str, *options: str) -> None:
        arguments = {
            "".join(part.capitalize() for part in name.removeprefix("--").split("-")): value
            for name, value in zip(options[::2], options[1::2], strict=True)
        }
        getattr(self.emulated.client(service), operation.replace("-", "_"))(**arguments)
        self.settle()

    def settle(self) -> None:
        """Waits until no operation on a product is under way."""
        catalog = self.emulated.client("servicecatalog")
        pause = threading.Event()
        while any(one["Status"] == "UNDER_CHANGE" for one in products(catalog)):
            pause.wait(0.02)


def products(catalog: Any) -> list[dict[str, Any]]:
    """Every provisioned product."""
    found = catalog.search_provisioned_products(AccessLevelFilter={"Key": "Account", "Value": "self"})
    return list(found["ProvisionedProducts"])


@contextmanager
def emulated_fleet(directory: Path, *, real: bool = False) -> Iterator[EmulatedFleet]:
    """An empty fleet, whose account operations take a moment; `real`: with the Terraform of this machine."""
    config = SandboxConfig(organizational_units=("Workloads/Prod", "Workloads/Test"), operation_seconds=0.05)
    with Sandbox(config) as sandbox:
        fleet = EmulatedFleet(directory, Emulated(sandbox, Clock()), real=real)
        try:
            yield fleet
        finally:
            fleet.ledger.close()
