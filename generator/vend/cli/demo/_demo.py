"""`vend demo`: the main job from start to report against an emulated AWS, every claim checked."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vend.cli.call._call import DONE, Call
from vend.cli.call._fleet import open_fleet
from vend.cli.call._interrupts import stopping
from vend.cli.changes._lifecycle import Lifecycle
from vend.cli.demo._example_edit import TAG, edit_of, unit_tree
from vend.process import Stop

if TYPE_CHECKING:
    from vend.customizations import Catalogue
    from vend.lifecycle import Workspace
    from vend.models import Fleet, Organization, Report
    from vend.plan import Plan
    from vend.requests import FleetEdit

_EXAMPLE = ("vend.hcl", "terraform.lock.hcl", "account-requests", "customizations", "hooks", "templates")


def demo(call: Call, lifecycle: Lifecycle) -> int:
    """Vends the example fleet, edits one request, applies just that, and finds nothing left to do.

    Raises:
        VendError: a step did not do what it says.
    """
    story = _Story(call=call, lifecycle=lifecycle, directory=_copy_of_the_example(call))
    fleet = story.validate()
    with stopping(story.stop, call), story.sandbox(fleet):
        first = story.vend("the example fleet")
        story.claim(first.changed == len(fleet.requests), "every account of the fleet is vended")
        story.fleet()
        edit = story.edit()
        second = story.vend("that edit, and nothing else")
        story.claim(second.changed == 1, f"only {edit.account} changed")
        story.moved(edit)
        story.nothing_left()
        story.end(fleet)
    return DONE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Vended:
    """What one round of plan and apply came to."""

    planned: Plan
    report: Report

    @property
    def changed(self) -> int:
        return sum(result.changed for result in self.report.results)


@dataclass(slots=True, kw_only=True)
class _Story:
    """The steps, and what one leaves for the next."""

    call: Call
    lifecycle: Lifecycle
    directory: Path
    stop: Stop = field(default_factory=Stop)
    steps: list[dict[str, Any]] = field(default_factory=list)
    environ: Mapping[str, str] = field(default_factory=dict)
    organization_id: str = ""
    began: float = field(default_factory=time.monotonic)

    def validate(self) -> Fleet:
        """Reads the requests."""
        with self.step("Read the account requests", "HCL files in git, one block per account. `vend validate`"):
            fleet, _ = self._open()
            for request in fleet.requests:
                position = request.position()
                self.tell(f"  {position.file if position else '-'}: {request.account} → {request.organizational_unit}")
            self.claim(len(fleet.requests) > 1, "the example fleet has valid account requests")
        return fleet

    @contextmanager
    def sandbox(self, fleet: Fleet) -> Iterator[None]:
        """An emulated AWS for the steps within."""
        from contextlib import ExitStack

        from vend.sandbox import Sandbox, config_from

        with ExitStack() as stack:
            with self.step(
                "Start an emulated AWS", "Control Tower, Organizations and the rest, in this process. `vend sandbox`"
            ):
                sandbox = stack.enter_context(Sandbox(config_from(fleet.settings)))
                self.environ = sandbox.environment(dict(self.call.environ))
                self.organization_id = sandbox.organization_id
                self.tell(
                    f"  organization {sandbox.organization_id} at {sandbox.endpoint}; no call leaves this machine"
                )
            yield

    def vend(self, what: str) -> _Vended:
        """Plans and applies."""
        from vend.review import review_of
        from vend.views import plan_document, report_document

        with self._workspace() as workspace:
            with self.step(f"Plan {what}", "See what would happen before anything does. `vend plan`"):
                planned = self.lifecycle.plan(workspace)
                self._show(plan_document(review_of(planned)))
                actions = set(planned.summary)
                self.claim(not actions & {"failed", "refused"}, "every account can be planned")
            with self.step(
                f"Apply {what}", "Terraform, Control Tower, then Terraform inside the account. `vend apply`"
            ):
                report = self.lifecycle.apply(workspace, planned)
                self._show(report_document(report))
                self.claim(report.status == "succeeded", "every account succeeded")
        return _Vended(planned=planned, report=report)

    def fleet(self) -> None:
        """Shows the organization."""
        with self.step("Look at the fleet", "What AWS says now."):
            for text in unit_tree(self._organization()):
                self.tell(f"  {text}")

    def edit(self) -> FleetEdit:
        """Changes one request in its file."""
        from vend.requests import save

        with self.step("Change one request", f"Another organizational unit, another {TAG}. `vend set`"):
            edit = edit_of(self.directory)
            if edit is None:
                raise _not_as_claimed(f"a request of the example has a {TAG}, and somewhere else to go")
            save(self.directory, [edit.file])
            for text in edit.file.diff():
                self.tell(f"  {text}")
        return edit

    def moved(self, edit: FleetEdit) -> None:
        """Checks with AWS what the second apply did."""
        fleet, _ = self._open()
        request = next(request for request in fleet.requests if request.account == edit.account)
        organization = self._organization()
        account = organization.account_by_email(request.email)
        unit = organization.path_of(account.parent_id) if account else ""
        self.claim(unit == request.organizational_unit, f"{edit.account} is in {request.organizational_unit}")
        self.tell(f"  AWS says: {account.id if account else edit.account} is in {unit}")

    def nothing_left(self) -> None:
        """Runs once more."""
        with self.step("Run once more", "What is as requested costs nothing."), self._workspace() as workspace:
            planned = self.lifecycle.plan(workspace)
            report = self.lifecycle.apply(workspace, planned)
            self.tell(f"  nothing to do; {report.terraform_runs} Terraform runs")
            self.claim(not planned.pending, "nothing is left to do")
            self.claim(report.terraform_runs == 0, "a second run starts no Terraform")

    def end(self, fleet: Fleet) -> None:
        """Says where things are, how long they took, and what next."""
        from vend.settings import S3State
        from vend.views import Document, line

        working = self.directory / ".vend" / self.organization_id
        kept, state = fleet.settings.state, f"{working / 'state'}"
        if isinstance(kept, S3State):
            state = f"s3://{kept.bucket}/{kept.prefix} in the emulated AWS, which ends with the demo"
        seconds = time.monotonic() - self.began
        told = [
            "",
            f"Done in {seconds:.0f} s. Where to look:",
            f"  rendered Terraform  {working / 'roots'}",
            f"  Terraform state     {state}",
            f"  ledger              {working / 'ledger.sqlite3'}",
            f"  the requests        {self.directory / 'account-requests'}",
            "",
            "Where the time went:",
            *(f"  {step['seconds']:6.1f} s  {step['step']}" for step in self.steps),
            "",
            "What next: `vend sandbox run -- vend apply` in a fleet of your own; docs/how-to/customizations.md.",
        ]
        document = Document(
            json={
                "directory": str(self.directory),
                "organization_id": self.organization_id,
                "seconds": round(seconds, 3),
                "steps": self.steps,
                "diagnostics": [],
            },
            text=tuple(line(text) for text in told),
        )
        self.call.view.show(document)

    def claim(self, holds: bool, what: str) -> None:  # noqa: FBT001 — reads as a sentence
        """Ends the demo where what it says is not so."""
        if self.stop.is_set():
            from vend.errors import Diagnostic, InterruptedRunError

            raise InterruptedRunError(Diagnostic(code="interrupted", summary="the demo was stopped"))
        if not holds:
            raise _not_as_claimed(what)

    @contextmanager
    def step(self, title: str, why: str) -> Iterator[None]:
        """One step, told and timed."""
        from vend.views import Span, line

        number = len(self.steps) + 1
        self._print(line(), line(Span(f"{number}. {title}", "bold")), line("   ", Span(why, "dim")))
        began = time.monotonic()
        entry: dict[str, Any] = {"step": title, "seconds": 0.0}
        self.steps.append(entry)
        try:
            yield
        finally:
            entry["seconds"] = round(time.monotonic() - began, 3)

    def tell(self, text: str) -> None:
        """A line of the story."""
        from vend.views import line

        self._print(line(text))

    def _print(self, *lines: Any) -> None:
        from vend.views import Document

        if not self.call.quiet:
            self.call.view.show(Document(json=None, text=lines))

    def _show(self, document: Any) -> None:
        if not self.call.quiet:
            self.call.view.show(document)

    def _open(self) -> tuple[Fleet, Catalogue]:
        return open_fleet(replace(self.call, fleet=self.directory))

    def _organization(self) -> Organization:
        with self._workspace() as workspace:
            return workspace.aws.organization()

    @contextmanager
    def _workspace(self) -> Iterator[Workspace]:
        fleet, catalogue = self._open()
        with self.lifecycle.open_workspace(
            fleet, catalogue, environ=self.environ, on_event=self.call.on_event, stop=self.stop
        ) as workspace:
            yield workspace


def _copy_of_the_example(call: Call) -> Path:
    """A fresh copy of the example fleet, under the fleet's own working directory if there is one."""
    from vend.errors import InvalidInputError
    from vend.render import shipped_example
    from vend.requests import find_fleet

    try:
        working = (call.fleet or find_fleet(call.directory)) / ".vend"
    except InvalidInputError:
        working = Path(tempfile.mkdtemp(prefix="vend-demo-"))
    target = working / "demo"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    (working / ".gitignore").write_text("*\n", encoding="utf-8")
    example = shipped_example()
    for name in _EXAMPLE:
        source = example / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns(".*"))
        elif source.exists():
            shutil.copy2(source, target / name)
    return target


def _not_as_claimed(what: str) -> Exception:
    from vend.errors import Diagnostic, VendError

    return VendError(
        Diagnostic(
            code="demo-not-as-claimed",
            summary=f"the demo expected that {what}, but it is not so",
            hint="the output above shows what happened; `vend doctor` checks this machine",
        )
    )
