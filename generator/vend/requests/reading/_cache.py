"""The cache of parsed files, keyed by their content and vend's own code."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from vend._version import __version__
from vend.working import Cache

CACHE = ".vend/cache"
SWITCH = "VEND_NO_CACHE"
_ROOMS = ("hcl", "requests", "customizations", "render", "terraform", "models", "errors")
"""Rooms whose code says what a file means, evaluated or not, and whether it can be rendered."""
_PARSERS = {"pygohcl": "pygohcl-", "hcl2": "python_hcl2-", "lark": "lark-", "regex": "regex-"}
"""Modules that read files, and what the folder of their metadata is called."""


def open_cache(directory: Path, environ: Mapping[str, str], of: str | None = None) -> Cache | None:
    """The cache of a fleet; None where the environment has VEND_NO_CACHE, or there is no such folder.

    Args:
        directory: of the fleet.
        environ: the caller's environment.
        of: what it is of, where it is one of its own rather than that of the fleet's requests.
    """
    if environ.get(SWITCH) or not directory.is_dir():
        return None
    return Cache(directory / (f"{CACHE}-{of}" if of else CACHE), (__version__, *_code()))


@cache
def _code() -> tuple[str, ...]:
    """What names this code and these parsers: changed in any way, they read everything anew."""
    found = []
    package = Path(__file__).parents[2]
    for room in _ROOMS:
        for path in sorted(path for path in (package / room).rglob("*") if path.suffix in {".py", ".j2"}):
            state = path.stat()
            found.append(f"{path.relative_to(package)} {state.st_size} {state.st_mtime_ns}")
    for module, beginning in _PARSERS.items():
        spec = find_spec(module)
        site = Path(spec.origin).parents[2] if spec is not None and spec.origin is not None else None
        names = () if site is None else sorted(name for name in os.listdir(site) if name.startswith(beginning))  # noqa: PTH208 - names alone, and many of them
        found.append(f"{module} {spec.origin if spec else None} {names}")
    return tuple(found)
