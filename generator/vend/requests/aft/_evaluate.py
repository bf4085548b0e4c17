"""Evaluating requests with Terraform, without providers, credentials or network access."""

from __future__ import annotations

import posixpath
import re
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vend.errors import Diagnostic, WorkingDirectoryError
from vend.plan import ResourceChange
from vend.requests.aft import _path_checks as guard
from vend.requests.aft._prepare import PreparedCopy
from vend.requests.aft._repository import ROOT
from vend.requests.aft._text_edits import original_column
from vend.settings import TerraformSettings
from vend.terraform import ProviderMirror, Terraform, find_binary
from vend.working import prepare_working_directory

_COPY = "repo"
_KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TMPDIR")
_LONGEST_MINUTES = 10
_STEP = re.compile(r'module\.([^.\["]+)(?:\[("(?:[^"\\]|\\.)*"|\d+)\])?\.?')


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What evaluation needs.

    Attributes:
        settings: of vend.hcl.
        environ: the caller's; Terraform gets its path and language, and nothing else.
        working: `.vend` of the fleet.
    """

    settings: TerraformSettings
    environ: Mapping[str, str]
    working: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One resource that a module would make.

    Attributes:
        module: labels of the module's address, without instance keys.
        address: the module's address as Terraform writes it.
        resource: the resource's own address, such as `terraform_data.account-request`.
        value: its input, as far as it is known.
        unknown: the same shape, true where it is not.
        sensitive: the same shape, true where it must not be shown.
        parts: labels of parts of calls that it is in; elsewhere the whole calls' labels stand.
    """

    module: tuple[str, ...]
    address: str
    resource: str
    value: Any
    unknown: Any
    sensitive: Any
    parts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryEvaluation:
    """What Terraform made of a configuration, and the problems it had, files relative to the repository.

    Attributes:
        parts: of which part of a call each problem is told; None where of none.
    """

    instances: tuple[Instance, ...]
    diagnostics: tuple[Diagnostic, ...]
    parts: tuple[str | None, ...] = ()
    runs: int = 0


def evaluate(prepared: PreparedCopy, tools: Tools) -> RepositoryEvaluation:
    """The values of every request's module.

    Raises:
        VendError: no Terraform that suits, or it could not be started.
    """
    with suppress(WorkingDirectoryError):  # what cannot be kept is evaluated again
        prepare_working_directory(tools.working)
    binary = find_binary(tools.settings, tools.environ, tools.working / "terraform.json")
    with tempfile.TemporaryDirectory(prefix="vend-aft-") as name:
        base = Path(name).resolve()
        copy = base / _COPY
        _write_copy(copy, prepared.files)
        nothing = base / "providers"
        nothing.mkdir()
        terraform = Terraform(
            binary=binary,
            mirror=ProviderMirror(path=nothing, source="nowhere", alone=True),
            directory=base / ".vend",
            settings=replace(tools.settings, timeout_minutes=min(tools.settings.timeout_minutes, _LONGEST_MINUTES)),
            environ={name: tools.environ[name] for name in _KEPT_ENVIRONMENT if name in tools.environ},
            stop=threading.Event(),
        )
        document, outcome = terraform.evaluate(copy / ROOT, data_directory=base / ".vend" / "data")
    changes = document.changes if document is not None else ()
    return RepositoryEvaluation(
        instances=tuple(_instance(change, prepared.parts) for change in changes if change.type == "terraform_data"),
        diagnostics=tuple(_placed(problem, prepared) for problem in outcome.diagnostics),
        parts=tuple(_part(problem, prepared) for problem in outcome.diagnostics),
        runs=terraform.runs,
    )


def _write_copy(copy: Path, files: Mapping[str, bytes]) -> None:
    inside = guard.inside_pattern(str(copy)).encode()
    for path, content in files.items():
        target = copy / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(
            content.replace(guard.INSIDE.encode(), inside) if path.endswith((".tf", ".json")) else content
        )
    (copy / ROOT).mkdir(parents=True, exist_ok=True)


def _instance(change: ResourceChange, parts: Mapping[str, str]) -> Instance:
    labels: list[str] = []
    steps: list[str] = []
    position = 0
    while (step := _STEP.match(change.address, position)) is not None:
        labels.append(step[1])
        steps.append(f"module.{parts.get(step[1], step[1])}" + (f"[{step[2]}]" if step[2] is not None else ""))
        position = step.end()

    def given(value: Any) -> Any:
        return value.get("input") if isinstance(value, Mapping) else value

    return Instance(
        module=tuple(parts.get(label, label) for label in labels),
        address=".".join(steps),
        resource=change.address[position:],
        value=given(change.after),
        unknown=given(change.after_unknown),
        sensitive=given(change.after_sensitive),
        parts=frozenset(parts.keys() & set(labels)),
    )


def _part(problem: Diagnostic, prepared: PreparedCopy) -> str | None:
    name = posixpath.basename(problem.file or "").removesuffix(".tf")
    return name if name in prepared.parts else None


def _placed(problem: Diagnostic, prepared: PreparedCopy) -> Diagnostic:
    """Terraform's diagnostic, where the repository has its cause, in words that say what vend does."""
    detail = (problem.detail or "").replace(f"in {_COPY}/{ROOT}", f"in {ROOT}")
    if problem.file is None:
        return replace(problem, detail=detail)
    copied = posixpath.relpath(problem.file, _COPY)
    shifts = prepared.shifts.get(copied, ())
    line, column = problem.line or 1, problem.column or 1
    problem = replace(
        problem,
        detail=detail,
        file=prepared.renamed.get(copied, copied),
        column=original_column(shifts, line, column) if problem.column is not None else None,
        end_line=None,
        end_column=None,
    )
    if guard.failed_guard(detail) and any(shift.guard and shift.line == line for shift in shifts):
        return replace(
            problem,
            code="aft-outside",
            summary="vend does not read files outside the repository",
            detail=None,
            hint="put the file into the repository",
        )
    gone = next((address for address in prepared.dropped if _names(detail, address)), None)
    if problem.summary.startswith("Reference to undeclared") and gone is not None:
        return replace(
            problem,
            code="aft-value-unknown",
            summary=f"the value comes from {gone}, which vend does not evaluate",
            detail="vend runs only Terraform's built-in provider, and has no credentials here.",
            hint="write the value itself, or keep this request in vend's own form: vend import aft",
        )
    if problem.code == "provider-unavailable":
        return replace(problem, hint="vend evaluates AFT's requests with Terraform's built-in provider only")
    return problem


def _names(detail: str, address: str) -> bool:
    """Whether a sentence of Terraform's is about this: `resource "aws_x" "y"`, or `module call named "z"`."""
    kind, label = address.split(".")[-2:]
    return (f'module call named "{label}"' if kind == "module" else f'"{kind}" "{label}"') in detail
