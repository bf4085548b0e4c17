"""Whether a root still is as it was when it was initialized."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

RECORD = "vend-init.json"
LOCK_FILE = ".terraform.lock.hcl"
_RUNTIME_FILES = frozenset({"imports.tf", "adopted_override.tf"})
"""Written per run by the renderer: import blocks and lifecycle settings, nothing that init looks at."""


def inputs_digest(directory: Path, extra: Iterable[str]) -> str:
    """SHA-256 (hex) over all that `init` depends on.

    That is every configuration file of the root and of the modules in it (backend, versions, providers, module
    sources), the lock file, and `extra` (which binary, which mirror). Variable values are no part of it.
    """
    digest = hashlib.sha256()
    for part in extra:
        digest.update(part.encode() + b"\0")
    for relative, path in _configuration(directory):
        content = path.read_bytes()
        digest.update(f"{relative}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def is_initialized(data_directory: Path, digest: str) -> bool:
    """Whether the last init was for this digest and what it made is all there."""
    try:
        record = json.loads((data_directory / RECORD).read_text(encoding="utf-8"))
        return record["digest"] == digest and all((data_directory / made).exists() for made in record["made"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def record_initialized(data_directory: Path, digest: str) -> None:
    """Remembers a successful init."""
    record = {"digest": digest, "made": sorted(_made(data_directory))}
    (data_directory / RECORD).write_text(json.dumps(record, indent=2), encoding="utf-8")


def forget_initialized(data_directory: Path) -> None:
    """Makes the next init a real one."""
    with suppress(FileNotFoundError):
        (data_directory / RECORD).unlink()


def _configuration(directory: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(directory.rglob("*")):
        relative = path.relative_to(directory).as_posix()
        if relative in _RUNTIME_FILES or ".terraform/" in f"{relative}/":
            continue
        if path.name.endswith((".tf", ".tf.json", ".tofu")) or relative == LOCK_FILE:
            yield relative, path


def _made(data_directory: Path) -> Iterator[str]:
    """Files, and links to providers, below the data directory; a link is not followed: a provider has 700 MB."""
    for folder, folders, files in os.walk(data_directory):
        links = [name for name in folders if Path(folder, name).is_symlink()]
        for name in [*files, *links]:
            if name not in {RECORD, ".terraform.tfstate.lock.info"}:
                yield Path(folder, name).relative_to(data_directory).as_posix()
