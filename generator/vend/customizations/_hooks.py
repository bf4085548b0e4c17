"""Finding hooks: files named after their stage."""

from __future__ import annotations

import ast
import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_args

from vend.errors import Diagnostic, did_you_mean
from vend.models import ROOTS, Hook, StageName

HOOK_STAGES: tuple[StageName, ...] = tuple(stage for stage in get_args(StageName) if stage not in ROOTS)
"""Stages that are hooks: `pre_account`, `post_account`, `pre_customizations`, `post_customizations`, `on_failure`."""
_NO_HOOKS = (".md", ".txt")
"""Text beside the hooks."""
_NOT_RUN = frozenset({"README.md", "CHANGELOG.md", "__pycache__"})
"""Text for people, and what Python leaves behind, which no hook is given: see `_python_hook`."""


def find_hooks(
    folder: Path, origin: str, fleet_directory: Path, besides: Mapping[str, bytes] | None = None
) -> tuple[tuple[Hook, ...], tuple[Diagnostic, ...]]:
    """The hooks in one `hooks/` folder in filename order, and what is wrong with its files.

    A file's name up to the first dot is its stage; what follows is free, so that
    `post_customizations.10-quota.sh` runs before `post_customizations.20-report.py`.
    Folders, hidden files and `.md` and `.txt` files are no hooks. They are what hooks read and call, and part of the
    digest of each.

    Args:
        folder: may be missing.
        origin: name of the customization, or `fleet`.
        fleet_directory: what files in diagnostics are relative to.
        besides: other files that its hooks may need, by path.
    """
    try:
        files = sorted(entry for entry in folder.iterdir() if _may_be_hook(entry))
    except FileNotFoundError:
        return (), ()
    except OSError as error:
        return (), (_unreadable(folder, fleet_directory, error),)
    hooks: list[Hook] = []
    problems: list[Diagnostic] = []
    shared = b"".join(
        _part(name, hashlib.sha256(content).hexdigest()) for name, content in sorted((besides or {}).items())
    )
    for part in _parts(folder, folder, frozenset(), fleet_directory) if files else ():
        if isinstance(part, Diagnostic):
            problems.append(part)
        else:
            shared += part
    for file in files:
        hook = _read(file, origin, fleet_directory, shared)
        if isinstance(hook, Hook):
            hooks.append(hook)
        else:
            problems.append(hook)
    return tuple(hooks), tuple(problems)


def relative(path: Path, fleet_directory: Path) -> str:
    """A path as diagnostics name it: relative to the fleet where it is inside."""
    try:
        return path.relative_to(fleet_directory).as_posix()
    except ValueError:
        return path.as_posix()


def _may_be_hook(entry: Path) -> bool:
    return not entry.name.startswith(".") and entry.suffix not in _NO_HOOKS and not entry.is_dir()


def _parts(folder: Path, top: Path, above: frozenset[Path], fleet_directory: Path) -> Iterator[bytes | Diagnostic]:
    """What hooks may read or call below their folder: each file's path and digest.

    Links are followed, as a hook would, but for one that leads back to a folder that it is in.
    """
    real = folder.resolve()
    if real in above:
        return
    try:
        entries = sorted(entry for entry in folder.iterdir() if entry.name not in _NOT_RUN)
    except OSError as error:
        yield _unreadable(folder, fleet_directory, error)
        return
    for entry in entries:
        if entry.is_dir():
            yield from _parts(entry, top, above | {real}, fleet_directory)
        elif entry.is_file() and not (folder == top and _may_be_hook(entry)):
            try:
                with entry.open("rb") as stream:
                    digest = hashlib.file_digest(stream, "sha256").hexdigest()
            except OSError as error:
                yield _unreadable(entry, fleet_directory, error)
            else:
                yield _part(entry.relative_to(top).as_posix(), digest)


def _part(name: str, digest: str) -> bytes:
    return f"{name}\0{digest}\0".encode(errors="surrogateescape")


def _read(file: Path, origin: str, fleet_directory: Path, shared: bytes) -> Hook | Diagnostic:
    place = relative(file, fleet_directory)
    stage = next((stage for stage in HOOK_STAGES if stage == file.name.split(".", 1)[0]), None)
    if stage is None:
        return _no_stage(file, place)
    try:
        content = file.read_bytes()
    except OSError as error:
        return _unreadable(file, fleet_directory, error)
    if file.suffix == ".py":
        problem = _python_problem(content, place)
        if problem:
            return problem
    elif not os.access(file, os.X_OK):
        return Diagnostic(
            code="hook-not-executable",
            summary=f'hook "{file.name}" is not executable',
            detail="A hook is an executable file, or a Python file with def run(context).",
            hint=f"chmod +x {place}; git update-index --chmod=+x {place}",
            file=place,
        )
    return Hook(stage=stage, origin=origin, path=file, digest=hashlib.sha256(shared + content).hexdigest())


def _no_stage(file: Path, place: str) -> Diagnostic:
    stem, _, rest = file.name.partition(".")
    contained = [stage for stage in HOOK_STAGES if stage in stem]
    near = did_you_mean(
        file.name, (".".join(part for part in (stage, rest) if part) for stage in HOOK_STAGES), cutoff=0.7
    )
    if contained:
        number = stem.replace(contained[0], "").strip("-_")
        suggestion = ".".join(part for part in (contained[0], number, rest) if part)
        hint = f'did you mean "{suggestion}"? The stage comes first; files of one stage run in filename order'
    else:
        hint = near or "put files that are not hooks into a subfolder of hooks/"
    return Diagnostic(
        code="hook-stage-unknown",
        summary=f'"{stem}" is not a stage that a hook can run at',
        detail=f"A hook is named after its stage: {', '.join(HOOK_STAGES)}.",
        hint=hint,
        file=place,
    )


def _python_problem(content: bytes, place: str) -> Diagnostic | None:
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError) as error:  # ValueError: NUL bytes
        return Diagnostic(
            code="hook-invalid",
            summary="the hook is not valid Python",
            detail=error.msg if isinstance(error, SyntaxError) else str(error),
            file=place,
            line=error.lineno if isinstance(error, SyntaxError) else None,
            column=error.offset if isinstance(error, SyntaxError) else None,
        )
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    names |= {
        alias.asname or alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    if "run" in names:
        return None
    return Diagnostic(
        code="hook-invalid",
        summary='the Python hook has no function "run"',
        hint="define it at the top level: def run(context): …",
        file=place,
        line=1,
        column=1,
    )


def _unreadable(file: Path, fleet_directory: Path, error: OSError) -> Diagnostic:
    place = relative(file, fleet_directory)
    return Diagnostic(
        code="customization-unreadable", summary=f'"{place}" cannot be read', detail=error.strerror, file=place
    )
