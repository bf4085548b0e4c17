"""Root modules, hooks, and the spelling of stages and statuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Stage = Literal["account", "settings", "customizations"]
StageName = Literal[
    "pre_account",
    "account",
    "post_account",
    "settings",
    "pre_customizations",
    "customizations",
    "post_customizations",
    "on_failure",
]
Status = Literal["pending", "running", "succeeded", "failed", "skipped", "aborted"]

ROOTS: tuple[Stage, ...] = ("account", "settings", "customizations")


@dataclass(frozen=True, slots=True, kw_only=True)
class RootModule:
    """A rendered root module.

    Attributes:
        files: content by path relative to the root's directory; everything but runtime files, sorted.
        digest: SHA-256 (hex) over paths and contents, without the headers of rendered files, and over the hooks that
            count as part of it; the same request gives the same digest, whatever its file is called.
    """

    account: str
    stage: Stage
    files: Mapping[str, bytes]
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """An executable, or a Python file with `run(context)`, that runs at a stage.

    Attributes:
        origin: the customization it belongs to, or `fleet`.
        path: absolute.
        digest: SHA-256 (hex) of its content and of what lies beside it for hooks to read and call.
    """

    stage: StageName
    origin: str
    path: Path
    digest: str

    @property
    def label(self) -> str:
        """How it is named to people: `baseline/post_customizations.sh`."""
        return f"{self.origin}/{self.path.name}"
