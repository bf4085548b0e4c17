"""Running Terraform in root modules."""

from __future__ import annotations

import copy
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Self

from vend.errors import Diagnostic, InterruptedRunError, ProcessError, TerraformError
from vend.process import Command, Completed, run
from vend.settings import TerraformSettings
from vend.terraform._binary import TerraformBinary
from vend.terraform._command_line import command_line
from vend.terraform._configuration import (
    cli_configuration,
    lock_configuration,
    new_plan_file,
    private_directory,
    write_private,
)
from vend.terraform._environment import terraform_environment
from vend.terraform._initialized import (
    LOCK_FILE,
    forget_initialized,
    inputs_digest,
    is_initialized,
    record_initialized,
)
from vend.terraform._messages import OnProgress, Outcome, Transcript
from vend.terraform._mirror import ProviderMirror, platform_target
from vend.terraform._plan_json import PlanDocument, read_plan
from vend.terraform._slots import available_memory, machine_slots, terraform_slots

_GRACE_SECONDS = 120.0
"""After an interrupt Terraform waits for calls in flight, writes the state and releases the lock."""
_MANY = 1_000_000
"""More processors than any machine has."""
_RUNTIME_VALUES = "runtime.tfvars.json"
_CHANGES_PENDING = 2
_LOCK_TIMEOUT = "10s"
"""Whoever applies has looked for a lock before; this is for one that was taken since."""
_UNDONE_INIT = frozenset({"terraform-not-initialized", "provider-unavailable", "lock-outdated"})
"""Failures of a plan after which the next init must be a real one."""
_LOCK_PLATFORMS = ("darwin_amd64", "darwin_arm64", "linux_amd64", "linux_arm64")


class _Count:
    """How many processes were started; counted in many threads."""

    def __init__(self, number: int) -> None:
        self._lock = threading.Lock()
        self.number = number

    def add(self) -> None:
        """One more."""
        with self._lock:
            self.number += 1


class Terraform:
    """Runs Terraform commands in root modules, several at once.

    Args:
        binary: from `find_binary`.
        mirror: from `find_mirror`.
        directory: where the CLI configuration, a private home and the like go: `.vend/<organization-id>`.
        settings: of vend.hcl.
        environ: the caller's environment; what Terraform sees is built from it, never inherited.
        stop: once set, running commands are interrupted, and none is started.
        marks: variables that every process gets, and all that it starts: what tells later whose they were.

    Attributes:
        slots: how many commands may run at once on this machine; see `slot`.
    """

    def __init__(  # noqa: PLR0913 - what every run has in common
        self,
        *,
        binary: TerraformBinary,
        mirror: ProviderMirror,
        directory: Path,
        settings: TerraformSettings,
        environ: Mapping[str, str],
        stop: threading.Event,
        marks: Mapping[str, str] | None = None,
    ) -> None:
        self.binary = binary
        self.mirror = mirror
        self.slots = machine_slots()
        self._directory = directory.absolute()
        self._working = next(
            (path for path in (self._directory, self._directory.parent) if path.name == ".vend"), self._directory
        )
        self._settings = settings
        self._environ = environ
        self._stop = stop
        self._marks = dict(marks or {})
        self._count = _Count(binary.runs)
        self._configuring = threading.Lock()
        self._semaphore = threading.BoundedSemaphore(self.slots)
        self._memory = threading.BoundedSemaphore(max(self.slots, terraform_slots(_MANY, available_memory())))
        # Two inits that download at once can corrupt the plugin cache (hashicorp/terraform #31964); a mirror cannot be.
        self._downloads = nullcontext() if mirror.path is not None else threading.Lock()
        self._configuration: Path | None = None

    @property
    def runs(self) -> int:
        """Processes started so far, the one that told the version included."""
        return self._count.number

    def stopped_by(self, stop: threading.Event) -> Self:
        """The same Terraform with another `stop`; both share slots and folders, and count runs together."""
        other = copy.copy(self)
        other._stop = stop  # noqa: SLF001 - a copy of this very object
        return other

    def with_environment(self, environ: Mapping[str, str]) -> Self:
        """The same Terraform with another `environ`; both share slots and folders, and count runs together."""
        other = copy.copy(self)
        other._environ = environ  # noqa: SLF001 - a copy of this very object
        return other

    @contextmanager
    def slot(self, *, waiting: bool = False) -> Iterator[None]:
        """Waits until the machine carries another Terraform process.

        Args:
            waiting: the process will spend its time waiting for AWS, so that memory limits it and processors do not.
        """
        with self._memory, nullcontext() if waiting else self._semaphore:
            yield

    def init(
        self,
        root: Path,
        *,
        data_directory: Path,
        session: Mapping[str, str],
        on_progress: OnProgress | None = None,
    ) -> Outcome:
        """Initializes a root, unless it still is as it was when it was initialized last.

        Never upgrades, never migrates a state: with a lock file in the root, exactly its providers are installed; a
        changed backend is taken as it is now.
        """
        extra = (self.binary.version, *self.binary.argv, str(self.mirror.path), *self.mirror.providers, str(root))
        if is_initialized(data_directory, inputs_digest(root, extra)):
            return Outcome(ok=True)
        forget_initialized(data_directory)
        locked = (root / LOCK_FILE).exists()
        arguments = self._argv("init", json=True, reconfigure=True, **({"lockfile": "readonly"} if locked else {}))
        with self._downloads:
            outcome = self._command(
                "init", arguments, root, self._environment(session, data_directory, downloads=True), on_progress
            )
        if outcome.ok:
            record_initialized(data_directory, inputs_digest(root, extra))
        return outcome

    def plan(
        self,
        root: Path,
        *,
        out: Path,
        data_directory: Path,
        session: Mapping[str, str],
        on_progress: OnProgress | None = None,
    ) -> Outcome:
        """Plans an initialized root and saves the plan to `out` (0600; a plan holds secrets in clear).

        Takes no lock, since a plan writes no state: one made while the state changes is refused when it is applied.
        """
        outcome = self._plan(root, out, self._environment(session, data_directory), on_progress)
        if not outcome.ok:
            out.unlink(missing_ok=True)
            if any(diagnostic.code in _UNDONE_INIT for diagnostic in outcome.diagnostics):
                forget_initialized(data_directory)
        return outcome

    def _plan(
        self, root: Path, out: Path, environment: Mapping[str, str], on_progress: OnProgress | None = None
    ) -> Outcome:
        new_plan_file(out)
        values = {"var_file": _RUNTIME_VALUES} if (root / _RUNTIME_VALUES).exists() else {}
        arguments = self._argv(
            "plan",
            json=True,
            detailed_exitcode=True,
            out=str(out.absolute()),
            lock="false",
            parallelism=self._settings.parallelism,
            **values,
        )
        return self._command("plan", arguments, root, environment, on_progress)

    def evaluate(self, root: Path, *, data_directory: Path) -> tuple[PlanDocument | None, Outcome]:
        """Initializes and plans a root that has no state, for the values that it would set.

        Returns:
            The plan, as far as planning came where it failed, or None; and how it went.

        Raises:
            TerraformError: the plan cannot be read.
            ProcessError: Terraform cannot be started.
            InterruptedRunError: the run is being stopped.
        """
        outcome = self.init(root, data_directory=data_directory, session={})
        if not outcome.ok:
            return None, outcome
        out = data_directory / "values.tfplan"
        outcome = self._plan(root, out, self._environment({}, data_directory))
        # Terraform saves what it has planned even where something else failed.
        if not out.stat().st_size:
            return None, outcome
        return self.show(root, plan_file=out, data_directory=data_directory, session={}), outcome

    def show(self, root: Path, *, plan_file: Path, data_directory: Path, session: Mapping[str, str]) -> PlanDocument:
        """Reads a saved plan back with every value, sensitive ones in clear.

        Raises:
            TerraformError: it cannot be read.
            ProcessError: Terraform cannot be started.
            InterruptedRunError: the run is being stopped.
        """
        arguments = command_line(self.binary.argv, "show", str(plan_file.absolute()), json=True, no_color=True)
        completed = self._read(arguments, root, self._environment(session, data_directory))
        if completed.returncode == 0:
            return read_plan(completed.stdout)
        transcript = Transcript("show", self._relative(root), None)
        raise TerraformError(transcript.outcome(completed, changed=False).diagnostics)

    def apply(
        self,
        root: Path,
        *,
        plan_file: Path,
        data_directory: Path,
        session: Mapping[str, str],
        on_progress: OnProgress | None = None,
    ) -> Outcome:
        """Applies a saved plan, and nothing else."""
        arguments = self._argv(
            "apply",
            str(plan_file.absolute()),
            json=True,
            lock_timeout=_LOCK_TIMEOUT,
            parallelism=self._settings.parallelism,
        )
        return self._command("apply", arguments, root, self._environment(session, data_directory), on_progress)

    def refresh(self, root: Path, *, data_directory: Path, session: Mapping[str, str]) -> Outcome:
        """Reads again what the state of an initialized root has; what is gone leaves the state, and nothing else."""
        values = {"var_file": _RUNTIME_VALUES} if (root / _RUNTIME_VALUES).exists() else {}
        arguments = self._argv(
            "apply", json=True, refresh_only=True, auto_approve=True, lock_timeout=_LOCK_TIMEOUT, **values
        )
        return self._command("refresh", arguments, root, self._environment(session, data_directory), None)

    def untaint(self, root: Path, *, address: str, data_directory: Path, session: Mapping[str, str]) -> Outcome:
        """Makes Terraform take a resource for whole again that it would replace."""
        arguments = command_line(self.binary.argv, "untaint", address, no_color=True, lock_timeout=_LOCK_TIMEOUT)
        return self._command("untaint", arguments, root, self._environment(session, data_directory), None)

    def lock(self, platforms: tuple[str, ...] | None = None) -> bytes:
        """The content of a lock file for the required providers.

        Args:
            platforms: whose hashes it holds; by default the usual ones where providers come from the registry, and
                this machine's where they come from a mirror.

        Raises:
            TerraformError: `provider-unavailable`, mostly.
            ProcessError: Terraform cannot be started.
            InterruptedRunError: the run is being stopped.
        """
        if platforms is None:
            platforms = (platform_target(),) if self.mirror.providers else _LOCK_PLATFORMS
        with tempfile.TemporaryDirectory(prefix="vend-lock-") as name:
            root = Path(name)
            (root / "versions.tf").write_text(
                lock_configuration(self._settings.required_providers.items()), encoding="utf-8"
            )
            mirrored = {"fs_mirror": str(self.mirror.path)} if self.mirror.providers else {}
            arguments = command_line(self.binary.argv, "providers lock", platform=list(platforms), **mirrored)
            completed = self._read(arguments, root, self._environment({}, root / "data", downloads=True))
            written = root / LOCK_FILE
            if completed.returncode == 0 and written.exists():
                return written.read_bytes()
            raise TerraformError(Transcript("providers lock", "", None).outcome(completed, changed=False).diagnostics)

    def _argv(self, command: str, *arguments: str, **options: bool | str | int) -> list[str]:
        return command_line(self.binary.argv, command, *arguments, input="false", **options)

    def _command(
        self,
        name: str,
        arguments: list[str],
        root: Path,
        environment: Mapping[str, str],
        on_progress: OnProgress | None,
    ) -> Outcome:
        if self._stop.is_set():
            return _not_started(name)
        transcript = Transcript(name, self._relative(root), on_progress)
        try:
            completed = self._run(arguments, root, environment, transcript)
        except ProcessError as error:
            return Outcome(ok=False, diagnostics=error.diagnostics)
        changed = completed.returncode == _CHANGES_PENDING if name == "plan" else transcript.applied
        outcome = transcript.outcome(completed, changed=changed)
        return replace(outcome, changed=changed) if name == "apply" else outcome

    def _read(self, arguments: list[str], root: Path, environment: Mapping[str, str]) -> Completed:
        """Runs what has no outcome to carry that it was stopped.

        Raises:
            InterruptedRunError: it was, or was not even started.
        """
        if self._stop.is_set():
            raise _interrupted()
        completed = self._run(arguments, root, environment, None)
        if completed.stopped and completed.returncode != 0:
            raise _interrupted()
        return completed

    def _run(
        self, arguments: list[str], root: Path, environment: Mapping[str, str], transcript: Transcript | None
    ) -> Completed:
        self._count.add()
        return run(
            Command(
                argv=arguments,
                env=environment,
                cwd=root,
                timeout_seconds=self._settings.timeout_minutes * 60.0,
                grace_seconds=_GRACE_SECONDS,
                on_stdout=transcript.line if transcript else None,
                stop=self._stop,
            )
        )

    def _environment(
        self, session: Mapping[str, str], data_directory: Path, *, downloads: bool = False
    ) -> dict[str, str]:
        private_directory(data_directory)
        extra = {
            **self._marks,
            "HOME": str(private_directory(self._directory / "home")),
            "TF_CLI_CONFIG_FILE": str(self._cli_configuration()),
            "TF_DATA_DIR": str(data_directory.absolute()),
        }
        return terraform_environment(self._environ, session, extra, downloads=downloads)

    def _cli_configuration(self) -> Path:
        with self._configuring:
            if self._configuration is None:
                cache = None if self.mirror.path is not None else self._plugin_cache()
                path = self._directory / "terraform.tfrc"
                write_private(path, cli_configuration(self.mirror, cache))
                self._configuration = path
            return self._configuration

    def _plugin_cache(self) -> Path:
        # Beside the organizations' directories: a provider is the same for all of them.
        named = self._environ.get("TF_PLUGIN_CACHE_DIR")
        cache = Path(named).expanduser().absolute() if named else self._working / "providers"
        cache.mkdir(parents=True, exist_ok=True)
        return cache

    def _relative(self, root: Path) -> str:
        """The root's directory relative to the fleet, which holds `.vend`."""
        try:
            return root.absolute().relative_to(self._working.parent).as_posix()
        except ValueError:
            return root.name


def _not_started(name: str) -> Outcome:
    return Outcome(
        ok=False,
        stopped=True,
        diagnostics=(
            Diagnostic(
                code="terraform-stopped",
                summary=f"terraform {name} was not started, since the run is being stopped",
                hint="run the same command again: it goes on from here",
            ),
        ),
    )


def _interrupted() -> InterruptedRunError:
    return InterruptedRunError(Diagnostic(code="terraform-stopped", summary="terraform was stopped by request"))
