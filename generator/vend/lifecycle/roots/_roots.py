"""One root module of one account: written, initialized, planned, applied."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vend.decide import Decision, Situation
from vend.errors import Diagnostic
from vend.events import StageProgress
from vend.lifecycle._workspace import Workspace
from vend.lifecycle.locks._state_locks import StateLocks
from vend.models import RootModule, Stage
from vend.plan import ChangeAction, ResourceChange
from vend.settings import S3State

if TYPE_CHECKING:
    from vend.render import AccountRuntime, BatchMember, CustomizationsRuntime, SettingsRuntime
    from vend.terraform import Outcome


class StageFailedError(Exception):
    """A stage of one account failed; it becomes that account's result.

    Args:
        diagnostics: why.
        aborted: whether the user asked to stop.
        changed: whether something was changed in AWS before it failed.
        begun: whether a change was begun, finished or not.
    """

    def __init__(
        self, diagnostics: Iterable[Diagnostic], *, aborted: bool = False, changed: bool = False, begun: bool = False
    ) -> None:
        self.diagnostics = tuple(diagnostics)
        self.aborted = aborted
        self.changed = changed
        self.begun = begun
        super().__init__("; ".join(diagnostic.summary for diagnostic in self.diagnostics))


@dataclass(frozen=True, slots=True, kw_only=True)
class RootPlan:
    """What Terraform plans for one root of one account.

    Attributes:
        changes: what it will do.
        drift: what changed outside Terraform, where there is anything to do.
        started: when the planning began, in seconds from that of all; None where that was not measured.
        seconds: how long it took; what was planned together took as long for each.
    """

    changes: tuple[ResourceChange, ...] = ()
    drift: tuple[ResourceChange, ...] = ()
    started: float | None = None
    seconds: float | None = None


def placed_in_fleet(problem: Diagnostic, fleet: Path, root: Path) -> Diagnostic:
    """Points at the fleet's own file where Terraform pointed at the copy of it beside a root."""
    try:
        inner = (fleet / (problem.file or "")).relative_to(root).as_posix()
    except ValueError:
        return problem
    return replace(problem, file=inner) if inner != "." and (fleet / inner).is_file() else problem


class RootRun:
    """Runs Terraform in one root of one account.

    Args:
        workspace: from `open_workspace`.
        root: as rendered.
        situation: of the account; its account id decides the runtime values.
        decision: whether and how the product is adopted.
        account_id: overrides the situation's, once the account was made.
    """

    def __init__(
        self,
        workspace: Workspace,
        root: RootModule,
        situation: Situation,
        decision: Decision,
        account_id: str | None = None,
    ) -> None:
        self._workspace = workspace
        self._root = root
        self._situation = situation
        self._decision = decision
        self._account_id = account_id or (situation.account.id if situation.account else None)
        self.account = root.account
        self.stage: Stage = root.stage
        self.directory = workspace.root_directory(root.account, root.stage)
        self._plan_file = workspace.plan_file(root.account, root.stage)

    @property
    def key(self) -> tuple[str, Stage]:
        """Account and stage."""
        return self.account, self.stage

    def plan(self) -> RootPlan:
        """Plans with every value, for review; the saved plan lies at the workspace's `plan_file`.

        The product is planned with the artifact it has; where its parameters change, with the active one,
        since Control Tower refuses old ones.

        Raises:
            StageFailedError: Terraform refused.
        """
        planned = self._plan(self._artifact(active=False))
        if self.is_outdated(change.action for change in planned.changes):
            planned = self._plan(self._artifact(active=True))
        return planned

    def restore(self, saved: bytes) -> RootPlan:
        """Takes up a plan that was saved elsewhere; it then lies at the workspace's `plan_file` as if made here.

        Raises:
            StageFailedError: Terraform refused.
            TerraformError: it cannot be read.
        """
        from vend.terraform import new_plan_file

        new_plan_file(self._plan_file).write_bytes(saved)
        with self._environment() as environment, self._workspace.terraform.slot():
            self._prepare(self._artifact(active=True), environment)
            return self._read(environment)

    def batch_member(self, *, active: bool) -> BatchMember:
        """This root with its runtime values, to be planned with others.

        Args:
            active: the product is planned with the active artifact, not with the one it has.

        Raises:
            VendError: what it needs cannot be looked up.
        """
        from vend.render import BatchMember

        return BatchMember(root=self._root, runtime=self._runtime(self._artifact(active=active)))

    def is_outdated(self, actions: Iterable[ChangeAction]) -> bool:
        """Whether a plan with the artifact that the product has is not the one to apply."""
        if self.stage != "account" or not any(action == "update" for action in actions):
            return False
        return self._artifact(active=False) != self._artifact(active=True)

    def plan_actions(self) -> tuple[tuple[str, ChangeAction], ...]:
        """Plans, and says address and action of each change only, which spares reading the plan back.

        Raises:
            StageFailedError: Terraform refused.
        """
        outcome = self._plan_outcome(self._artifact(active=True))
        return tuple((planned.address, planned.action) for planned in outcome.planned)

    def apply(self) -> Outcome:
        """Applies the saved plan, and forgets it.

        Raises:
            StageFailedError: Terraform failed or was stopped.
        """
        with self._writing(waiting=self.stage != "customizations") as environment:
            outcome = self._workspace.terraform.apply(
                self.directory,
                plan_file=self._plan_file,
                data_directory=self._data_directory,
                session=environment,
                on_progress=self._progress("applying"),
            )
        self._plan_file.unlink(missing_ok=True)
        return self._checked(outcome)

    def untaint(self, address: str) -> None:
        """Tells Terraform that a resource it holds for broken is not.

        Raises:
            StageFailedError: Terraform refused.
        """
        with self._writing() as environment:
            self._prepare(self._artifact(active=False), environment)
            outcome = self._workspace.terraform.untaint(
                self.directory, address=address, data_directory=self._data_directory, session=environment
            )
        self._checked(outcome)

    def refresh(self) -> None:
        """Has Terraform read again what its state has, and change nothing else.

        Raises:
            StageFailedError: Terraform refused.
        """
        with self._writing() as environment:
            self._prepare(self._artifact(active=False), environment)
            outcome = self._workspace.terraform.refresh(
                self.directory, data_directory=self._data_directory, session=environment
            )
        self._checked(outcome)

    def _plan(self, artifact: str | None) -> RootPlan:
        if not self._plan_outcome(artifact).changed:
            return RootPlan()
        with self._environment() as environment, self._workspace.terraform.slot():
            return self._read(environment)

    def _read(self, environment: dict[str, str]) -> RootPlan:
        document = self._workspace.terraform.show(
            self.directory,
            plan_file=self._plan_file,
            data_directory=self._data_directory,
            session=environment,
        )
        return RootPlan(changes=document.changes, drift=document.drift) if document.changes else RootPlan()

    def _plan_outcome(self, artifact: str | None) -> Outcome:
        with self._environment() as environment, self._workspace.terraform.slot():
            self._prepare(artifact, environment)
            outcome = self._workspace.terraform.plan(
                self.directory,
                out=self._plan_file,
                data_directory=self._data_directory,
                session=environment,
                on_progress=self._progress("planning"),
            )
        return self._checked(outcome)

    def _prepare(self, artifact: str | None, environment: dict[str, str]) -> None:
        from vend.render import write_root

        write_root(self._root, self.directory, self._runtime(artifact))
        outcome = self._workspace.terraform.init(
            self.directory,
            data_directory=self._data_directory,
            session=environment,
            on_progress=self._progress("initializing"),
        )
        self._checked(outcome)

    def _checked(self, outcome: Outcome) -> Outcome:
        if outcome.ok:
            return outcome
        fleet = self._workspace.fleet.directory
        placed = (placed_in_fleet(problem, fleet, self.directory) for problem in outcome.diagnostics)
        raise StageFailedError(placed, aborted=outcome.stopped, changed=outcome.changed, begun=outcome.begun)

    def _progress(self, step: str) -> Callable[[str, int, int], None]:
        def report(detail: str, done: int, total: int) -> None:
            self._workspace.on_event(
                StageProgress(
                    account=self.account,
                    stage=self.stage,
                    step=f"{step} {detail}".strip(),
                    done=done,
                    total=total,
                )
            )

        return report

    def _artifact(self, *, active: bool) -> str | None:
        if self.stage != "account":
            return None
        product = self._situation.product
        if product is not None and not active:
            return product.provisioning_artifact_id
        return self._workspace.aws.account_factory().provisioning_artifact_id

    def _runtime(self, artifact: str | None) -> AccountRuntime | SettingsRuntime | CustomizationsRuntime:
        from vend.aws import control_tower_value
        from vend.render import PLACEHOLDER_ACCOUNT_ID, AccountRuntime, CustomizationsRuntime, SettingsRuntime

        account_id = self._account_id or PLACEHOLDER_ACCOUNT_ID
        if self.stage == "customizations":
            return CustomizationsRuntime(account_id=account_id)
        if self.stage == "settings":
            needs = bool(self._situation.request.access)
            return SettingsRuntime(
                account_id=account_id,
                identity_center=self._workspace.aws.identity_center() if needs else None,
                request=self._situation.request,
                existing_contacts=self._decision.existing_contacts,
            )
        factory = self._workspace.aws.account_factory()
        return AccountRuntime(
            product_id=factory.product_id,
            provisioning_artifact_id=artifact or factory.provisioning_artifact_id,
            path_id=factory.path_id,
            organizational_unit=control_tower_value(self._situation.wanted_unit),
            adopt=self._decision.adopt,
            keep_adopted=self._decision.keep_adopted,
        )

    @contextmanager
    def _writing(self, *, waiting: bool = False) -> Iterator[dict[str, str]]:
        """Credentials for a Terraform that locks and writes the state, once nobody else has it."""
        with (
            StateLocks(self._workspace).terraform(self.account, self.stage),
            self._environment() as environment,
            self._workspace.terraform.slot(waiting=waiting),
        ):
            yield environment

    @contextmanager
    def _environment(self) -> Iterator[dict[str, str]]:
        """Credentials for this root alone: customizations never see the management account's."""
        aws, endpoint = self._workspace.aws, self._workspace.endpoint
        if self.stage != "customizations":
            yield endpoint.environment(aws.management_source())
            return
        if self._account_id is None:
            raise StageFailedError([Diagnostic(code="internal-error", summary="customizations need an account")])
        session = endpoint.environment(aws.account_source(self._account_id, self.account))
        state = self._workspace.fleet.settings.state
        if not isinstance(state, S3State):
            yield session
            return
        with aws.state_profile(self.account) as profile:
            yield {**session, **profile}

    @property
    def _data_directory(self) -> Path:
        return self._workspace.data_directory(self.account, self.stage)
